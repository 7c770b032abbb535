/** Best paths and placements against looking at everything. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestPath } from './paths.ts';
import { placeReplicas, type PlacementSite } from './placement.ts';

const SITES_MAX = 6;
const matrix = fc.integer({ min: 2, max: SITES_MAX }).chain((sites) =>
  fc.record({
    sites: fc.constant(sites),
    links: fc.array(fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined, freq: 4 }), {
      minLength: sites * sites,
      maxLength: sites * sites,
    }),
    relayMicros: fc.integer({ min: 0, max: 30 }),
  }),
);

/** Every way without a site twice, by trying. */
function leastByTrying(sites: number, links: readonly (number | undefined)[], relay: number, to: number): number {
  let least = Number.POSITIVE_INFINITY;
  const go = (at: number, seen: readonly number[], total: number): void => {
    if (at === to) {
      least = Math.min(least, total);
      return;
    }
    for (let next = 0; next < sites; next++) {
      const link = links[at * sites + next];
      if (link !== undefined && !seen.includes(next)) go(next, [...seen, next], total + link + (at === 0 ? 0 : relay));
    }
  };
  go(0, [0], 0);
  return least;
}

describe('the best path', () => {
  it('is as good as the best of all ways, and costs what its links and relays cost', () => {
    fc.assert(
      fc.property(matrix, ({ sites, links, relayMicros }) => {
        const to = sites - 1;
        const path = bestPath(sites, (a, b) => links[a * sites + b], relayMicros, 0, to);
        const least = leastByTrying(sites, links, relayMicros, to);
        expect(path?.roundTripMicros ?? Number.POSITIVE_INFINITY).toBe(least);
        if (path === undefined) return;
        expect([path.sites[0], path.sites.at(-1)]).toEqual([0, to]);
        const hops = path.sites.slice(1).map((site, at) => links[(path.sites[at] ?? 0) * sites + site] ?? Number.NaN);
        expect(hops.reduce((sum, hop) => sum + hop, (hops.length - 1) * relayMicros)).toBe(path.roundTripMicros);
      }),
      { numRuns: 2000 },
    );
  });
});

const siteList = fc.array(
  fc.record({
    provider: fc.constantFrom('a', 'b', 'c'),
    region: fc.constantFrom('r', 's', 't', 'u'),
    failureDomain: fc.constantFrom('p', 'q', 'x', 'y'),
    trades: fc.boolean(),
    jurisdiction: fc.constantFrom('us', 'eu'),
  }),
  { minLength: 3, maxLength: 7 },
);

describe('the placement', () => {
  it('is the least of all that keep the rules, and there is none only where no choice keeps them', () => {
    fc.assert(
      fc.property(
        siteList,
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 49, maxLength: 49 }),
        fc.boolean(),
        (given, costs, isAway) => {
          const sites: PlacementSite[] = given.map((site, at) => ({ ...site, name: `s${at}` }));
          const cost = (a: number, b: number) => costs[a * 7 + b];
          const leader = isAway ? 'away' : 'near';
          const [best] = placeReplicas(sites, cost, 0, { leader, storeIn: ['us', 'eu'] }, 1);
          let least = Number.POSITIVE_INFINITY;
          for (const [standby, s] of sites.entries()) {
            for (const [witness, w] of sites.entries()) {
              const three = [sites[0] ?? s, s, w];
              const apart = (of: (site: PlacementSite) => string) => new Set(three.map(of)).size === 3;
              if (!s.trades || !apart((x) => x.name) || !apart((x) => x.provider) || !apart((x) => x.failureDomain))
                continue;
              for (const lead of [0, standby, witness]) {
                if (isAway && lead === 0) continue;
                const others = [0, standby, witness].filter((site) => site !== lead);
                const near = Math.min(...others.map((site) => cost(lead, site)));
                least = Math.min(least, (lead === 0 ? 0 : cost(0, lead)) + near);
              }
            }
          }
          expect(best?.ackMicros ?? Number.POSITIVE_INFINITY).toBe(least);
          if (best === undefined) return;
          const three = [best.primary, best.standby, best.witness].map((site) => sites[site]);
          expect(new Set(three.map((site) => site?.provider)).size).toBe(3);
          expect(sites[best.standby]?.trades).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
