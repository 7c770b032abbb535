/** Names the limits that keep an answer from being better: those it uses up, or misses by less than the next node costs. */
import type { Problem } from './problem.ts';
import type { Binding } from './request.ts';
import type { Found } from './solver.ts';

const FULL = 0.999_999;
const DEMANDS_NAMED_MAX = 5;

export function bindingLimits({ request, sites, groups }: Problem, { solution, open }: Found): Binding[] {
  const { budget, nodesMax, sitesMax } = request.limits;
  const bindings: Binding[] = [];
  const nextNode = Math.min(...sites.map(({ nodeCost }) => nodeCost));
  if (budget !== undefined && budget - solution.costPerMonth < nextNode) {
    const detail = `${Math.round(budget - solution.costPerMonth)} are left; the cheapest further node costs ${nextNode}`;
    bindings.push({ constraint: 'budget', used: solution.costPerMonth, limit: budget, detail });
  }
  const nodes = solution.sites.reduce((sum, site) => sum + site.nodes, 0);
  if (nodes === nodesMax) {
    bindings.push({ constraint: 'nodes', used: nodes, limit: nodesMax, detail: 'every permitted node is in use' });
  }
  if (solution.sites.length === sitesMax) {
    bindings.push({ constraint: 'sites', used: sitesMax, limit: sitesMax, detail: 'every permitted site is in use' });
  }
  for (const { site, use, ordersPerSecond, nodes: count } of solution.sites) {
    if (use < FULL) continue;
    const most = sites.find(({ id }) => id === site)?.nodesMax ?? count;
    const detail =
      count === most ? 'its highest number of nodes is full' : 'its nodes are full; another one would cost more';
    bindings.push({ constraint: `capacity of ${site}`, used: ordersPerSecond, limit: ordersPerSecond / use, detail });
  }
  const single = groups.filter((group) => group.sites.length === 1);
  if (single.length > 0) {
    const named = single.flatMap(({ members }) => members).slice(0, DEMANDS_NAMED_MAX);
    bindings.push({
      constraint: 'latency ceiling',
      used: single.length,
      limit: groups.length,
      detail: `one site alone is near enough for ${named.map((at) => request.demands[at].id).join(', ')}`,
    });
  }
  return open.length === 0 ? [] : bindings;
}
