/**
 * Placement as a mixed-integer linear model: capacitated facility location with each link `demand ≤ site open` written out
 * (the tight form), whole nodes, covering rows for the loss of any provider, and cuts added where a loss was played
 * through and stranded somebody. Solves nothing.
 */
import { greatCircleKm } from '#kit/geography.ts';
import { LinearModel } from './linear-model.ts';
import type { Problem } from './problem.ts';
import type { Shortfall } from './survival.ts';

/** What the objective weighs: each figure's share, per microsecond of mean latency and per unit of money. */
export interface Weights {
  readonly latency: number;
  readonly cost: number;
}

/** Changes to the problem for one solve. */
export interface Variation {
  /** In place of the request's budget; null for none. */
  readonly budget?: number | null;
  readonly withoutNodeLimits?: boolean;
  readonly minimiseNodes?: boolean;
  readonly forced?: ReadonlyMap<number, 0 | 1>;
  /** Sets of sites that were answers already: at least two sites must differ. */
  readonly forbidden?: readonly (readonly number[])[];
}

export interface Formulation {
  readonly model: LinearModel;
  readonly open: readonly number[];
  readonly nodes: readonly number[];
  /** Column of each group's share at each of its sites, in the order of `group.sites`. */
  readonly shares: readonly (readonly number[])[];
}

/** Sites that must differ between two alternatives. */
const DIFFERENCE_MIN = 2;

export function formulate(
  problem: Problem,
  weights: Weights,
  cuts: readonly Shortfall[],
  variation: Variation = {},
): Formulation {
  const model = new LinearModel();
  const { sites, groups } = problem;
  const nodeWeight = variation.minimiseNodes === true ? 1 : 0;
  const costWeight = variation.minimiseNodes === true ? 0 : weights.cost;
  const latencyWeight = variation.minimiseNodes === true ? 0 : weights.latency;
  const open = sites.map(({ siteCost }, at) => {
    const forced = variation.forced?.get(at);
    return model.whole(costWeight * siteCost, forced ?? 0, forced ?? 1);
  });
  const nodes = sites.map(({ nodeCost, nodesMax }) => model.whole(costWeight * nodeCost + nodeWeight, 0, nodesMax));
  const shares = groups.map(({ sites: near, micros, weight }) =>
    near.map((_site, at) => model.real(latencyWeight * weight * micros[at], 0, 1)),
  );
  const formulation = { model, open, nodes, shares };
  assignmentRows(problem, formulation);
  capacityRows(problem, formulation);
  limitRows(problem, formulation, variation);
  if (problem.request.redundancy) survivalRows(problem, formulation, cuts);
  if (problem.request.strategy === 'geographic-spread') spreadRows(problem, formulation);
  for (const used of variation.forbidden ?? []) differenceRow(formulation, used);
  return formulation;
}

function assignmentRows({ groups }: Problem, { model, open, shares }: Formulation): void {
  for (const [at, group] of groups.entries()) {
    model.row(
      1,
      1,
      shares[at].map((column) => [column, 1]),
    );
    for (const [rank, site] of group.sites.entries()) {
      // A group with one site only: the assignment itself opens it.
      model.row(undefined, 0, [
        [shares[at][rank], 1],
        [open[site], -1],
      ]);
    }
  }
}

function isBelow(a: readonly number[], b: readonly number[]): boolean {
  return a.every((load, at) => load <= b[at]);
}

/** The loads that must fit at once: the sum of peaks, or each hour of the day for the strategy that looks at hours. */
function loadCases({ request, groups }: Problem): (readonly number[])[] {
  if (request.strategy !== 'market-hours') return [groups.map(({ load }) => load)];
  const hours = [...(groups[0]?.hourly.keys() ?? [])];
  const cases = hours.map((hour) => groups.map(({ hourly }) => hourly[hour]));
  const distinct = [...new Map(cases.map((loads) => [loads.join(), loads])).values()];
  return distinct.filter((loads) => !distinct.some((other) => other !== loads && isBelow(loads, other)));
}

function capacityRows(problem: Problem, { model, open, nodes, shares }: Formulation): void {
  const { sites, groups } = problem;
  const users = sites.map((): [number, number][] => []);
  for (const [at, group] of groups.entries()) {
    for (const [rank, site] of group.sites.entries()) users[site].push([at, shares[at][rank]]);
  }
  for (const loads of loadCases(problem)) {
    for (const [site, { nodeOrdersPerSecond }] of sites.entries()) {
      if (users[site].length === 0) continue;
      const terms = users[site].map(([group, column]) => [column, loads[group] / nodeOrdersPerSecond] as const);
      model.row(undefined, 0, [...terms, [nodes[site], -1]]);
    }
  }
  for (const [site, { nodesMax }] of sites.entries()) {
    model.row(0, undefined, [
      [open[site], nodesMax],
      [nodes[site], -1],
    ]);
    model.row(0, undefined, [
      [nodes[site], 1],
      [open[site], -1],
    ]);
  }
}

function limitRows({ sites, request }: Problem, { model, open, nodes }: Formulation, variation: Variation): void {
  const { limits } = request;
  const budget = variation.budget === undefined ? limits.budget : (variation.budget ?? undefined);
  if (budget !== undefined) {
    model.row(undefined, budget, [
      ...open.map((column, at) => [column, sites[at].siteCost] as const),
      ...nodes.map((column, at) => [column, sites[at].nodeCost] as const),
    ]);
  }
  if (variation.withoutNodeLimits === true) return;
  if (limits.nodesMax !== undefined)
    model.row(
      undefined,
      limits.nodesMax,
      nodes.map((column) => [column, 1]),
    );
  if (limits.sitesMax !== undefined)
    model.row(
      undefined,
      limits.sitesMax,
      open.map((column) => [column, 1]),
    );
}

/** Without any one provider every group still has an open site in reach, and what is left can carry everything. */
function survivalRows(problem: Problem, { model, open, nodes }: Formulation, cuts: readonly Shortfall[]): void {
  const { groups, sites, providers, providerOf, totalLoad } = problem;
  const covers = new Map<string, readonly number[]>();
  for (const { backups } of groups) {
    for (const provider of providers.keys()) {
      const left = backups.filter((site) => providerOf[site] !== provider);
      covers.set(left.join(), left);
    }
  }
  const sets = [...covers.values()].map((left) => new Set(left));
  const minimal = sets.filter((set) => !sets.some((other) => other !== set && isSubset(other, set)));
  for (const set of minimal)
    model.row(
      1,
      undefined,
      [...set].map((site) => [open[site], 1]),
    );
  for (const provider of providers.keys()) {
    const left = [...sites.keys()].filter((site) => providerOf[site] !== provider);
    model.row(
      1,
      undefined,
      left.map((site) => [nodes[site], sites[site].nodeOrdersPerSecond / totalLoad]),
    );
  }
  for (const { sites: able, load } of cuts) {
    model.row(
      1,
      undefined,
      able.map((site) => [nodes[site], sites[site].nodeOrdersPerSecond / load]),
    );
  }
}

function isSubset(small: ReadonlySet<number>, large: ReadonlySet<number>): boolean {
  return small.size <= large.size && [...small].every((site) => large.has(site));
}

/** Two sites that are too near exclude each other. */
function spreadRows({ sites, request }: Problem, { model, open }: Formulation): void {
  const { spreadKm = 0 } = request.limits;
  for (const [a, site] of sites.entries()) {
    for (let b = a + 1; b < sites.length; b++) {
      if (greatCircleKm(site, sites[b]) >= spreadKm) continue;
      model.row(undefined, 1, [
        [open[a], 1],
        [open[b], 1],
      ]);
    }
  }
}

function differenceRow({ model, open }: Formulation, used: readonly number[]): void {
  const isUsed = new Set(used);
  model.row(
    DIFFERENCE_MIN - used.length,
    undefined,
    open.map((column, at) => [column, isUsed.has(at) ? -1 : 1]),
  );
}
