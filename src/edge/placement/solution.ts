/** Turns nodes and shares into what people read: sites in use, who is served where, cost, latency, objective. */
import type { Weights } from './formulation.ts';
import type { Problem } from './problem.ts';
import type { Solution } from './request.ts';

/** Shares below this are rounding. */
const SHARE_MIN = 1e-6;

/** @param shares of each group at its sites, in the order of `group.sites` */
export function evaluate(
  problem: Problem,
  weights: Weights,
  nodes: readonly number[],
  shares: readonly (readonly number[])[],
): Solution {
  const { sites, groups, request } = problem;
  const loads = sites.map(() => 0);
  let latencyMicros = 0;
  const assignments: Solution['assignments'][number][] = [];
  for (const [at, group] of groups.entries()) {
    for (const [rank, site] of group.sites.entries()) {
      const share = shares[at][rank];
      if (share < SHARE_MIN) continue;
      loads[site] += share * group.load;
      latencyMicros += share * group.weight * group.micros[rank];
      for (const member of group.members) {
        assignments.push({
          demand: request.demands[member].id,
          site: sites[site].id,
          share: Math.min(1, share),
          micros: group.micros[rank],
        });
      }
    }
  }
  const used = sites.flatMap((site, at) => {
    if (nodes[at] === 0) return [];
    const capacity = nodes[at] * site.nodeOrdersPerSecond;
    const costPerMonth = site.siteCost + nodes[at] * site.nodeCost;
    return [{ site: site.id, nodes: nodes[at], ordersPerSecond: loads[at], use: loads[at] / capacity, costPerMonth }];
  });
  const costPerMonth = used.reduce((sum, { costPerMonth: cost }) => sum + cost, 0);
  return {
    sites: used,
    assignments,
    costPerMonth,
    latencyMicros,
    objective: weights.latency * latencyMicros + weights.cost * costPerMonth,
  };
}
