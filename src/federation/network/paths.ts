/**
 * The best way from one site to another through the others: least round trip, where every relay on the way costs something of its
 * own. Exact (Dijkstra over non-negative costs); a link that was not measured is no link. Pure.
 */

/** A way, and its round trip in microseconds with the relays' own cost. */
export interface Path {
  /** From the first site to the last. */
  readonly sites: readonly number[];
  readonly roundTripMicros: number;
}

/** Round trip of a directed link in microseconds; undefined where there is none to count on. */
export type LinkCost = (from: number, to: number) => number | undefined;

/**
 * The best path, or undefined where there is none. Of equally good ones the one with fewer relays.
 * @param relayMicros what each relay adds to the round trip
 */
export function bestPath(
  sites: number,
  cost: LinkCost,
  relayMicros: number,
  from: number,
  to: number,
): Path | undefined {
  if (from === to) return { sites: [from], roundTripMicros: 0 };
  const least = new Array<number>(sites).fill(Number.POSITIVE_INFINITY);
  const hops = new Array<number>(sites).fill(0);
  const before = new Array<number>(sites).fill(-1);
  const done = new Set<number>();
  least[from] = 0;
  for (;;) {
    const next = nearestOpen(least, hops, done);
    if (next < 0) return undefined;
    if (next === to) return { sites: walkBack(before, to), roundTripMicros: least[to] };
    done.add(next);
    for (let site = 0; site < sites; site++) {
      const link = done.has(site) ? undefined : cost(next, site);
      if (link === undefined) continue;
      const total = least[next] + link + (next === from ? 0 : relayMicros);
      if (total > least[site] || (total === least[site] && hops[next] + 1 >= hops[site])) continue;
      least[site] = total;
      hops[site] = hops[next] + 1;
      before[site] = next;
    }
  }
}

function nearestOpen(least: readonly number[], hops: readonly number[], done: ReadonlySet<number>): number {
  let nearest = -1;
  for (const [site, total] of least.entries()) {
    if (done.has(site) || total === Number.POSITIVE_INFINITY) continue;
    const isNearer = nearest < 0 || total < least[nearest] || (total === least[nearest] && hops[site] < hops[nearest]);
    if (isNearer) nearest = site;
  }
  return nearest;
}

function walkBack(before: readonly number[], to: number): number[] {
  const sites = [to];
  for (let site = before[to] ?? -1; site >= 0; site = before[site] ?? -1) sites.unshift(site);
  return sites;
}
