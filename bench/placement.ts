/**
 * Placement: how long the proven best answer takes on generated demand, and what the rule of thumb misses by. The large case
 * may end within 0.1 % of its bound.
 */
import { performance } from 'node:perf_hooks';
import { greedyPlacement } from '#edge/placement/greedy.ts';
import { compile } from '#edge/placement/problem.ts';
import { PlacementSolver } from '#edge/placement/solver.ts';
import { generateRequest } from '#edge/placement/testing.ts';
import { say } from './report.ts';

const SMALL = { sites: 15, demands: 200, gap: 0, timeMs: 60_000 };
const LARGE = { sites: 60, demands: 1000, gap: 0.001, timeMs: 120_000 };
const SEEDS = [1, 2, 3];
const PERCENT = 100;
/** What is reported where no answer was found in time. */
const NO_ANSWER = Number.NaN;

interface Case {
  readonly sites: number;
  readonly demands: number;
  readonly gap: number;
  readonly timeMs: number;
}

interface CaseFigures {
  readonly solveMs: number;
  readonly gap: number;
  readonly greedyExcessPercent: number;
}

async function solveOne({ sites, demands, gap, timeMs }: Case, seed: number): Promise<CaseFigures> {
  const problem = compile(generateRequest(seed, sites, demands));
  const weights = { latency: 1, cost: 1e-6 };
  const began = performance.now();
  const greedy = greedyPlacement(problem, weights);
  const greedyMs = performance.now() - began;
  const solver = await PlacementSolver.open(problem, weights, () => performance.now());
  const search = solver.solve({ gap, timeMs }, {}, greedy);
  const solveMs = performance.now() - began;
  if (search.kind !== 'found') {
    say(`  seed ${seed}: ${search.kind} after ${(solveMs / 1000).toFixed(1)} s`);
    return { solveMs, gap: NO_ANSWER, greedyExcessPercent: NO_ANSWER };
  }
  const { solution, proof } = search.found;
  const excess = greedy === undefined ? NO_ANSWER : greedy.solution.objective / solution.objective - 1;
  const figures = { solveMs, gap: proof.gap, greedyExcessPercent: excess * PERCENT };
  say(
    `  seed ${seed}: ${problem.groups.length} groups, ${(solveMs / 1000).toFixed(2)} s (rule of thumb ${(greedyMs / 1000).toFixed(2)} s), ` +
      `gap ${(proof.gap * PERCENT).toFixed(3)} %, ${proof.rounds} rounds, ${solution.sites.length} sites, ` +
      `${solution.latencyMicros.toFixed(1)} µs at ${Math.round(solution.costPerMonth)}, rule of thumb +${(excess * PERCENT).toFixed(2)} %`,
  );
  return figures;
}

/** The slowest of the seeds, the widest gap, and the mean excess of the rule of thumb where it found something. */
async function solveAll(name: string, given: Case): Promise<CaseFigures> {
  say(`\n${name}: ${given.sites} sites, ${given.demands} demands, gap at most ${given.gap * PERCENT} %`);
  const all: CaseFigures[] = [];
  for (const seed of SEEDS) all.push(await solveOne(given, seed));
  const excesses = all.map(({ greedyExcessPercent }) => greedyExcessPercent).filter((excess) => !Number.isNaN(excess));
  return {
    solveMs: Math.max(...all.map(({ solveMs }) => solveMs)),
    gap: Math.max(...all.map(({ gap }) => gap)),
    greedyExcessPercent: excesses.reduce((sum, excess) => sum + excess, 0) / excesses.length,
  };
}

/** Figures of both cases. */
export async function run(): Promise<object> {
  return { small: await solveAll('small', SMALL), large: await solveAll('large', LARGE) };
}
