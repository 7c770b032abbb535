/**
 * Plays through the loss of each provider: can everything it and the others carried be carried by what is left, within
 * backup latency and capacity? A maximum flow answers; where it cannot, the minimum cut names the demands that are stuck.
 */
import type { Problem } from './problem.ts';

/** Demands that do not fit once `provider` is lost: `sites` together must carry `load`. */
export interface Shortfall {
  readonly provider: number;
  /** Groups that cannot all be carried. */
  readonly groups: readonly number[];
  /** Every site that could carry any of them without the provider. */
  readonly sites: readonly number[];
  readonly load: number;
}

/** Relative rounding that is not a shortfall. */
const TOLERANCE = 1e-7;

/** The first demands that the loss of each provider would strand; empty where all survive. @param nodes nodes at each site */
export function shortfalls(problem: Problem, nodes: readonly number[]): Shortfall[] {
  return [...problem.providers.keys()].flatMap((provider) => {
    const found = shortfallWithout(problem, nodes, provider);
    return found === undefined ? [] : [found];
  });
}

function shortfallWithout(problem: Problem, nodes: readonly number[], provider: number): Shortfall | undefined {
  const { groups, sites, providerOf } = problem;
  const free = sites.map((site, at) => (providerOf[at] === provider ? 0 : nodes[at] * site.nodeOrdersPerSecond));
  const flow = new Transport(
    groups.map(({ backups }) => backups.filter((at) => providerOf[at] !== provider)),
    free,
  );
  // Who has least choice goes first: then hardly anybody has to be moved again.
  const order = [...groups.keys()].toSorted((a, b) => flow.targets[a].length - flow.targets[b].length);
  for (const group of order) {
    const { load } = groups[group];
    if (flow.send(group, load) <= load * TOLERANCE) continue;
    const stuck = flow.reached();
    return {
      provider,
      groups: stuck,
      sites: [...new Set(stuck.flatMap((at) => flow.targets[at]))],
      load: stuck.reduce((sum, at) => sum + groups[at].load, 0),
    };
  }
  return undefined;
}

/** A growing transport plan from groups to sites; each `send` finds augmenting paths through what was sent before. */
class Transport {
  readonly targets: readonly (readonly number[])[];
  private readonly free: number[];
  private readonly sent: readonly Map<number, number>[];
  private groupsSeen: Set<number> = new Set();

  constructor(targets: readonly (readonly number[])[], free: readonly number[]) {
    this.targets = targets;
    this.free = [...free];
    this.sent = free.map(() => new Map<number, number>());
  }

  /** Sends `amount` from a group; gives what found no room. */
  send(group: number, amount: number): number {
    let rest = amount;
    while (rest > amount * TOLERANCE) {
      const moved = this.augment(group, rest);
      if (moved === 0) return rest;
      rest -= moved;
    }
    return 0;
  }

  /** Groups that the last failed search reached: they fill every site they could use. */
  reached(): number[] {
    return [...this.groupsSeen];
  }

  private augment(from: number, wanted: number): number {
    const via = new Map<number, number>();
    const movedFrom = new Map<number, number>();
    this.groupsSeen = new Set([from]);
    const queue = [from];
    for (const group of queue) {
      for (const site of this.targets[group]) {
        if (via.has(site)) continue;
        via.set(site, group);
        if (this.free[site] > TOLERANCE) return this.push(from, site, wanted, via, movedFrom);
        for (const [other, carried] of this.sent[site]) {
          if (carried <= TOLERANCE || this.groupsSeen.has(other)) continue;
          this.groupsSeen.add(other);
          movedFrom.set(other, site);
          queue.push(other);
        }
      }
    }
    return 0;
  }

  private push(
    from: number,
    end: number,
    wanted: number,
    via: ReadonlyMap<number, number>,
    movedFrom: ReadonlyMap<number, number>,
  ): number {
    const steps: { readonly group: number; readonly to: number; readonly leaves: number | undefined }[] = [];
    for (let site: number | undefined = end; site !== undefined;) {
      const group: number = via.get(site) ?? from;
      const leaves: number | undefined = group === from ? undefined : movedFrom.get(group);
      steps.push({ group, to: site, leaves });
      site = leaves;
    }
    let amount = Math.min(wanted, this.free[end]);
    for (const { group, leaves } of steps) {
      if (leaves !== undefined) amount = Math.min(amount, this.sent[leaves].get(group) ?? 0);
    }
    for (const { group, to, leaves } of steps) {
      this.sent[to].set(group, (this.sent[to].get(group) ?? 0) + amount);
      if (leaves !== undefined) this.sent[leaves].set(group, (this.sent[leaves].get(group) ?? 0) - amount);
    }
    this.free[end] -= amount;
    return amount;
  }
}
