/**
 * The answer of the usual rule of thumb: open the site that helps most, again and again. Shown beside the proven optimum, and
 * handed to the solver as a place to begin. Feasible where it gives something, but never claimed to be the best.
 */
import { greatCircleKm } from '#kit/geography.ts';
import type { Weights } from './formulation.ts';
import type { Problem } from './problem.ts';
import type { Solution } from './request.ts';
import type { StartPoint } from './solver.ts';
import { evaluate } from './solution.ts';
import { shortfalls } from './survival.ts';

export interface GreedyAnswer extends StartPoint {
  readonly solution: Solution;
}

/** Sites that are really tried in each step, best first. */
const TRIES_MAX = 4;
/** How often the loss of every provider is played through while nodes are added. */
const REPAIRS_MAX = 50;

/** Opens sites one at a time; undefined where that leads to nothing feasible. */
export function greedyPlacement(problem: Problem, weights: Weights): GreedyAnswer | undefined {
  const open = new Set<number>();
  let best: GreedyAnswer | undefined;
  for (let step = 0; step < problem.sites.length; step++) {
    const candidates = [...problem.sites.keys()].filter((site) => !open.has(site) && isFarEnough(problem, open, site));
    const missing = uncovered(problem, open);
    const choice = missing > 0 ? mostCovering(problem, open, candidates, missing) : undefined;
    if (choice !== undefined) {
      open.add(choice);
      continue;
    }
    best ??= placeOn(problem, weights, open);
    const better = bestAddition(problem, weights, open, candidates, best);
    const next = better?.site ?? (best === undefined ? cheapestRoom(problem, candidates) : undefined);
    if (next === undefined) break;
    open.add(next);
    best = better?.answer ?? best;
  }
  return best ?? placeOn(problem, weights, open);
}

function isFarEnough({ sites, request }: Problem, open: ReadonlySet<number>, site: number): boolean {
  if (request.strategy !== 'geographic-spread') return true;
  const { spreadKm = 0 } = request.limits;
  return [...open].every((other) => greatCircleKm(sites[other], sites[site]) >= spreadKm);
}

/** How much coverage is missing: groups without a site, and providers whose loss leaves a group without one. */
function uncovered({ groups, providerOf, request }: Problem, open: ReadonlySet<number>): number {
  let missing = 0;
  for (const { sites, backups, load } of groups) {
    if (!sites.some((site) => open.has(site))) missing += load;
    if (!request.redundancy) continue;
    const providers = new Set(backups.filter((site) => open.has(site)).map((site) => providerOf[site]));
    missing += load * Math.max(0, 2 - providers.size);
  }
  return missing;
}

function mostCovering(
  problem: Problem,
  open: ReadonlySet<number>,
  candidates: readonly number[],
  missing: number,
): number | undefined {
  let best: number | undefined;
  let bestValue = 0;
  for (const site of candidates) {
    const gain = missing - uncovered(problem, new Set([...open, site]));
    const { siteCost, nodeCost } = problem.sites[site];
    const value = gain / (siteCost + nodeCost + 1);
    if (value > bestValue) [best, bestValue] = [site, value];
  }
  return best;
}

/** While nothing fits yet: the site whose room costs least. */
function cheapestRoom({ sites }: Problem, candidates: readonly number[]): number | undefined {
  return candidates.toSorted((a, b) => roomPrice(sites[a]) - roomPrice(sites[b]))[0];
}

function roomPrice({ siteCost, nodeCost, nodesMax, nodeOrdersPerSecond }: Problem['sites'][number]): number {
  return (siteCost + nodeCost * nodesMax) / (nodeOrdersPerSecond * nodesMax);
}

/** The unopened site that helps most by nearest-site latency and its first node's cost, where it then really helps. */
function bestAddition(
  problem: Problem,
  weights: Weights,
  open: ReadonlySet<number>,
  candidates: readonly number[],
  present: GreedyAnswer | undefined,
): { site: number; answer: GreedyAnswer } | undefined {
  const ranked = candidates
    .map((site) => ({ site, gain: gainOf(problem, weights, open, site) }))
    .filter(({ gain }) => gain > 0 || present === undefined)
    .toSorted((a, b) => b.gain - a.gain);
  for (const { site } of ranked.slice(0, TRIES_MAX)) {
    const answer = placeOn(problem, weights, new Set([...open, site]));
    if (answer === undefined) continue;
    if (present === undefined || answer.solution.objective < present.solution.objective) return { site, answer };
  }
  return undefined;
}

function gainOf({ groups, sites }: Problem, weights: Weights, open: ReadonlySet<number>, site: number): number {
  let saved = 0;
  for (const { sites: near, micros, weight } of groups) {
    const rank = near.indexOf(site);
    const present = near.findIndex((other) => open.has(other));
    if (rank !== -1 && present > rank) saved += weight * (micros[present] - micros[rank]);
  }
  return weights.latency * saved - weights.cost * (sites[site].siteCost + sites[site].nodeCost);
}

/** Serves everybody from the nearest of these sites that has room, with as many nodes as that takes. */
function placeOn(problem: Problem, weights: Weights, open: ReadonlySet<number>): GreedyAnswer | undefined {
  const { sites, groups, request } = problem;
  const room = sites.map(({ nodesMax, nodeOrdersPerSecond }, at) =>
    open.has(at) ? nodesMax * nodeOrdersPerSecond : 0,
  );
  const loads = sites.map(() => 0);
  const shares: number[][] = groups.map(({ sites: near }) => near.map(() => 0));
  const order = [...groups.keys()].toSorted(
    (a, b) => groups[b].weight / groups[b].load - groups[a].weight / groups[a].load,
  );
  for (const at of order) {
    const { sites: near, load } = groups[at];
    let rest = load;
    for (const [rank, site] of near.entries()) {
      const taken = Math.min(rest, room[site]);
      if (taken <= 0) continue;
      shares[at][rank] = taken / load;
      room[site] -= taken;
      loads[site] += taken;
      rest -= taken;
    }
    if (rest > load * 1e-9) return undefined;
  }
  const nodes = sites.map(({ nodeOrdersPerSecond }, at) =>
    open.has(at) ? Math.max(1, Math.ceil(loads[at] / nodeOrdersPerSecond - 1e-9)) : 0,
  );
  if (request.redundancy && !repair(problem, nodes)) return undefined;
  const solution = evaluate(problem, weights, nodes, shares);
  return isWithin(problem, solution) ? { nodes, shares, solution } : undefined;
}

/** Adds nodes until the loss of any provider strands nobody; false where no node helps. */
function repair(problem: Problem, nodes: number[]): boolean {
  const { sites } = problem;
  for (let round = 0; round < REPAIRS_MAX; round++) {
    const lost = shortfalls(problem, nodes);
    if (lost.length === 0) return true;
    for (const { sites: able, load } of lost) {
      let missing = load - able.reduce((sum, site) => sum + nodes[site] * sites[site].nodeOrdersPerSecond, 0);
      for (const site of able.toSorted((a, b) => perOrder(sites[a]) - perOrder(sites[b]))) {
        if (nodes[site] === 0 || missing <= 0) continue;
        const { nodesMax, nodeOrdersPerSecond } = sites[site];
        const added = Math.min(nodesMax - nodes[site], Math.ceil(missing / nodeOrdersPerSecond));
        nodes[site] += added;
        missing -= added * nodeOrdersPerSecond;
      }
      if (missing > 0) return false;
    }
  }
  return false;
}

function perOrder({ nodeCost, nodeOrdersPerSecond }: Problem['sites'][number]): number {
  return nodeCost / nodeOrdersPerSecond;
}

function isWithin({ request }: Problem, { costPerMonth, sites }: Solution): boolean {
  const { budget = Infinity, nodesMax = Infinity, sitesMax = Infinity } = request.limits;
  const nodes = sites.reduce((sum, { nodes: count }) => sum + count, 0);
  return costPerMonth <= budget && nodes <= nodesMax && sites.length <= sitesMax;
}
