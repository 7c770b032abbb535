import { describe, expect, it } from 'vitest';
import { createManualClock } from '#kit/clock.ts';
import { createIdSource } from '#kit/ids.ts';
import { Rng } from '#kit/rng.ts';
import { greedyPlacement } from './greedy.ts';
import { planPlacement } from './plan.ts';
import { compile } from './problem.ts';
import type { PlacementReport, PlacementRequest, SearchOptions } from './request.ts';
import { PlacementRuns } from './runs.ts';
import { shortfalls } from './survival.ts';
import { generateRequest } from './testing.ts';

const OPTIONS: SearchOptions = { gap: 0, timeMs: 15_000, alternatives: 0, paretoPoints: 0, explainSites: false };
const WEIGHTS = { latency: 1, cost: 1e-6 };
const now = (): number => performance.now();

async function placed(request: PlacementRequest, options = OPTIONS): Promise<PlacementReport> {
  const outcome = await planPlacement(request, options, now);
  if (outcome.kind !== 'placed') throw new Error(JSON.stringify(outcome));
  return outcome.report;
}

/** A small case with one node a site, so that every choice can be counted out by hand. */
function tiny(seed: number): PlacementRequest {
  const rng = new Rng(seed);
  const request = generateRequest(seed, 6, 5);
  const load = request.demands.reduce((sum, { ordersPerSecond }) => sum + ordersPerSecond, 0);
  return {
    ...request,
    redundancy: rng.int(2) === 0,
    sites: request.sites.map((site) => ({
      ...site,
      nodesMax: 2,
      nodeOrdersPerSecond: Math.ceil(load / (2 + rng.int(3))),
    })),
    demands: request.demands.map((demand) => ({
      ...demand,
      latencyMicrosMax: 200_000,
      backupLatencyMicrosMax: 200_000,
    })),
    limits: { budget: 25_000 + rng.int(60_000) },
  };
}

/** Best objective over every number of nodes at every site, loads served by a cheapest flow; undefined where none fits. */
function countedOut(request: PlacementRequest): number | undefined {
  const problem = compile(request);
  const { sites, groups } = problem;
  let best: number | undefined;
  const nodes = sites.map(() => 0);
  const visit = (at: number): void => {
    if (at < sites.length) {
      for (let count = 0; count <= sites[at].nodesMax; count++) {
        nodes[at] = count;
        visit(at + 1);
      }
      return;
    }
    const cost = sites.reduce((sum, site, i) => sum + (nodes[i] > 0 ? site.siteCost + nodes[i] * site.nodeCost : 0), 0);
    if (cost > (request.limits.budget ?? Infinity)) return;
    if (request.redundancy && shortfalls(problem, nodes).length > 0) return;
    const floor = groups.reduce((sum, { weight, micros }) => sum + weight * Math.min(...micros), 0);
    if (best !== undefined && floor + cost * WEIGHTS.cost >= best) return;
    const latency = cheapestFlow(problem, nodes);
    if (latency === undefined) return;
    const objective = latency + cost * WEIGHTS.cost;
    if (best === undefined || objective < best) best = objective;
  };
  visit(0);
  return best;
}

/** Least latency of serving everybody with these nodes: successive shortest paths (Bellman and Ford). */
function cheapestFlow({ sites, groups }: ReturnType<typeof compile>, nodes: readonly number[]): number | undefined {
  const free = sites.map((site, at) => site.nodeOrdersPerSecond * nodes[at]);
  const flow = groups.map(() => sites.map(() => 0));
  const price = groups.map((group) =>
    sites.map((_, site) => {
      const rank = group.sites.indexOf(site);
      return rank === -1 ? Infinity : (group.weight * group.micros[rank]) / group.load;
    }),
  );
  let total = 0;
  for (const [from, group] of groups.entries()) {
    let rest = group.load;
    while (rest > group.load * 1e-9) {
      const siteCost = sites.map((_, site) => price[from][site]);
      const via = sites.map(() => ({ group: from, left: -1 }));
      for (let pass = 0; pass < sites.length; pass++) {
        for (const [at] of sites.entries()) {
          for (const [other] of groups.entries()) {
            if (flow[other][at] <= 1e-9) continue;
            for (const [to] of sites.entries()) {
              const through = siteCost[at] - price[other][at] + price[other][to];
              if (through < siteCost[to] - 1e-12) {
                siteCost[to] = through;
                via[to] = { group: other, left: at };
              }
            }
          }
        }
      }
      const end = [...sites.keys()].filter((at) => free[at] > 1e-9).toSorted((a, b) => siteCost[a] - siteCost[b])[0];
      if (end === undefined || siteCost[end] === Infinity) return undefined;
      const steps: { group: number; to: number; left: number }[] = [];
      for (let site = end; site !== -1; site = via[site].left) steps.push({ ...via[site], to: site });
      const amount = Math.min(rest, free[end], ...steps.filter((s) => s.left !== -1).map((s) => flow[s.group][s.left]));
      for (const step of steps) {
        flow[step.group][step.to] += amount;
        if (step.left !== -1) flow[step.group][step.left] -= amount;
      }
      free[end] -= amount;
      rest -= amount;
      total += amount * siteCost[end];
    }
  }
  return total;
}

describe('the best placement', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('is what counting out every choice finds (case %i)', async (seed) => {
    const request = tiny(seed);
    const counted = countedOut(request);
    const outcome = await planPlacement(request, OPTIONS, now);
    expect(outcome.kind).toBe(counted === undefined ? 'impossible' : 'placed');
    if (outcome.kind !== 'placed' || counted === undefined) return;
    expect(outcome.report.solution.objective).toBeCloseTo(counted, 4);
    expect(outcome.report.proof.gap).toBe(0);
  });

  it('is never worse than the rule of thumb, and stays within the budget', async () => {
    const request = generateRequest(3, 12, 60);
    const report = await placed(request);
    expect(report.greedyExcessPercent).toBeGreaterThanOrEqual(-1e-6);
    expect(report.solution.costPerMonth).toBeLessThanOrEqual(request.limits.budget ?? 0);
    const greedy = greedyPlacement(compile(request), WEIGHTS);
    expect(greedy?.solution.objective).toBeGreaterThanOrEqual(report.solution.objective - 1e-6);
  });

  it('serves each demand whole, from permitted sites within its ceiling', async () => {
    const base = generateRequest(4, 12, 40);
    const request = {
      ...base,
      demands: base.demands.map((one, at) => (at === 0 ? { ...one, jurisdictions: ['EU', 'UK', 'US'] } : one)),
    };
    const { solution } = await placed(request);
    for (const demand of request.demands) {
      const own = solution.assignments.filter((each) => each.demand === demand.id);
      expect(own.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 5);
      for (const { micros } of own) expect(micros).toBeLessThanOrEqual(demand.latencyMicrosMax);
    }
    const first = solution.assignments.filter((each) => each.demand === request.demands[0].id);
    const where = first.map(({ site }) => request.sites.find(({ id }) => id === site)?.jurisdiction);
    expect(where.every((jurisdiction) => ['EU', 'UK', 'US'].includes(jurisdiction ?? ''))).toBe(true);
  });

  it('survives the loss of every provider, and needs cuts where capacity is tight', async () => {
    const base = generateRequest(5, 12, 40);
    const request = {
      ...base,
      strategy: 'cost' as const,
      limits: {},
      sites: base.sites.map((site) => ({ ...site, nodesMax: 9, nodeOrdersPerSecond: site.nodeOrdersPerSecond / 2 })),
      demands: base.demands.map((demand) => ({ ...demand, backupLatencyMicrosMax: demand.latencyMicrosMax })),
    };
    const { solution, proof } = await placed(request);
    expect(proof.rounds).toBeGreaterThan(1);
    const nodes = request.sites.map(({ id }) => solution.sites.find(({ site }) => site === id)?.nodes ?? 0);
    expect(shortfalls(compile(request), nodes)).toEqual([]);
    const without = await placed({ ...request, redundancy: false });
    expect(without.solution.costPerMonth).toBeLessThan(solution.costPerMonth);
  });

  it('keeps sites apart, and counts capacity by the hour where that is the strategy', async () => {
    const base = generateRequest(6, 12, 40);
    const spread = await placed({
      ...base,
      strategy: 'geographic-spread',
      limits: { spreadKm: 800 },
      redundancy: false,
    });
    const peak = await placed({ ...base, strategy: 'cost', limits: {}, redundancy: false });
    const hourly = await placed({ ...base, strategy: 'market-hours', limits: {}, redundancy: false });
    expect(spread.solution.sites.length).toBeGreaterThan(1);
    expect(hourly.solution.latencyMicros).toBeLessThanOrEqual(peak.solution.latencyMicros + 1e-6);
  });
});

describe('a report', () => {
  it('has alternatives, a Pareto front that falls, and a reason for each site', async () => {
    const base = generateRequest(7, 8, 24);
    const request = { ...base, limits: { budget: (base.limits.budget ?? 0) * 1.3 } };
    const report = await placed(request, { ...OPTIONS, alternatives: 3, paretoPoints: 5, explainSites: true });
    expect(report.alternatives).toHaveLength(3);
    for (const other of report.alternatives) {
      expect(other.objective).toBeGreaterThanOrEqual(report.solution.objective * (1 - 1e-3));
    }
    const latencies = report.pareto.map(({ latencyMicros }) => latencyMicros);
    expect(latencies.length).toBeGreaterThan(1);
    expect(latencies).toEqual(latencies.toSorted((a, b) => b - a));
    expect(report.reasons.map(({ site }) => site)).toEqual(request.sites.map(({ id }) => id));
    for (const { objectiveChange } of report.reasons) {
      if (objectiveChange !== null) expect(objectiveChange).toBeGreaterThanOrEqual(-report.solution.objective * 1e-3);
    }
  });
});

describe('what cannot be', () => {
  it('is told with the least budget that would do, and that budget does', async () => {
    const request = { ...generateRequest(8, 8, 24), limits: { budget: 9000 } };
    const outcome = await planPlacement(request, OPTIONS, now);
    if (outcome.kind !== 'impossible') throw new Error(outcome.kind);
    const { leastBudget, remedies } = outcome.impossible;
    expect(remedies[0]).toMatch(/a budget of \d+ a month/);
    expect(leastBudget).toBeGreaterThan(9000);
    await placed({ ...request, limits: { budget: leastBudget ?? 0 } });
    const short = await planPlacement({ ...request, limits: { budget: (leastBudget ?? 0) * 0.999 } }, OPTIONS, now);
    expect(short.kind).toBe('impossible');
  });

  it('names demands that are too far from everything, and the ceiling that would reach a site', async () => {
    const base = generateRequest(9, 6, 10);
    const demands = base.demands.map((one, at) =>
      at === 0 ? { ...one, latitude: -54.8, longitude: -68.3, latencyMicrosMax: 500 } : one,
    );
    const outcome = await planPlacement({ ...base, demands }, OPTIONS, now);
    if (outcome.kind !== 'impossible') throw new Error(outcome.kind);
    expect(outcome.impossible.why).toMatch(/no permitted site/);
    expect(outcome.impossible.remedies[0]).toMatch(/^demand-0: a ceiling of \d+ µs/);
  });

  it('is refused where a measurement beats light', async () => {
    const base = generateRequest(9, 6, 10);
    const measured = [{ demand: 'demand-0', site: 'site-3', micros: 0.5 }];
    await expect(planPlacement({ ...base, measured }, OPTIONS, now)).rejects.toThrow(/faster than light/);
  });
});

describe('a run', () => {
  it('is computed in a thread while the process stays responsive', async () => {
    const clock = createManualClock(1_700_000_000_000_000);
    const runs = new PlacementRuns({ clock, ids: createIdSource(clock, (bytes) => bytes.fill(7)) });
    const { run, ended } = runs.start(generateRequest(1, 12, 80), OPTIONS);
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    await ended;
    clearInterval(timer);
    expect(run.failure).toBeNull();
    expect(run.outcome?.kind).toBe('placed');
    expect(turns).toBeGreaterThan(10);
    expect(runs.list().map(({ id }) => id)).toEqual([run.id]);
  });
});
