/**
 * Finds the best placement: solves the model through HiGHS, plays through the loss of each provider, adds what that taught
 * and solves again until nothing is stranded. Synchronous and long: only ever called in a thread of its own or a bench.
 */
import highsPackage from 'highs';
import type { Highs, Model } from 'highs';
import { CodedError } from '#kit/errors.ts';
import { PLACEMENT_ERRORS } from './errors.ts';
import { formulate } from './formulation.ts';
import type { Formulation, Variation, Weights } from './formulation.ts';
import type { Problem } from './problem.ts';
import type { Proof, Solution } from './request.ts';
import { evaluate } from './solution.ts';
import { shortfalls } from './survival.ts';
import type { Shortfall } from './survival.ts';

/** Its types describe the CommonJS form, where the loader lies one level deeper than in the module that is imported. */
const loadHighs = highsPackage as unknown as typeof highsPackage.default;

/** How often a model may be tightened by cuts before the search gives up. */
const ROUNDS_MAX = 60;
const WHOLE_TOLERANCE = 1e-6;
/** HiGHS calls a gap below this zero. */
const ABSOLUTE_GAP = 1e-9;

export interface Found {
  readonly solution: Solution;
  readonly proof: Proof;
  readonly open: readonly number[];
  readonly nodes: readonly number[];
}

export type Search =
  | { readonly kind: 'found'; readonly found: Found }
  | { readonly kind: 'infeasible' }
  | { readonly kind: 'timeout' };

export interface SearchLimits {
  readonly gap: number;
  readonly timeMs: number;
}

export class PlacementSolver {
  private readonly highs: Highs;
  private readonly nowMs: () => number;
  private readonly problem: Problem;
  private readonly weights: Weights;
  /** Cuts hold for every variation of a problem: they speak of loads and capacities alone. */
  private readonly cuts: Shortfall[] = [];

  private constructor(highs: Highs, problem: Problem, weights: Weights, nowMs: () => number) {
    this.highs = highs;
    this.problem = problem;
    this.weights = weights;
    this.nowMs = nowMs;
  }

  static async open(problem: Problem, weights: Weights, nowMs: () => number): Promise<PlacementSolver> {
    return new PlacementSolver(await loadHighs(), problem, weights, nowMs);
  }

  /** The same problem with other weights; what was learnt of it is kept. */
  reweighted(weights: Weights): PlacementSolver {
    const other = new PlacementSolver(this.highs, this.problem, weights, this.nowMs);
    other.cuts.push(...this.cuts);
    return other;
  }

  /** @param start nodes at each site to begin from, where a solution is known */
  solve(limits: SearchLimits, variation: Variation = {}, start?: StartPoint): Search {
    const began = this.nowMs();
    for (let round = 1; round <= ROUNDS_MAX; round++) {
      const left = limits.timeMs - (this.nowMs() - began);
      if (left <= 0) return { kind: 'timeout' };
      const formulation = formulate(this.problem, this.weights, this.cuts, variation);
      const answer = this.run(formulation, { gap: limits.gap, timeMs: left }, start);
      if (answer.kind !== 'answer') return answer;
      const lost = this.problem.request.redundancy ? shortfalls(this.problem, answer.nodes) : [];
      if (lost.length > 0) {
        this.cuts.push(...lost);
        continue;
      }
      const solution = evaluate(this.problem, this.weights, answer.nodes, answer.shares);
      const { bound } = answer;
      const gap = Math.max(0, (solution.objective - bound) / Math.max(Math.abs(solution.objective), ABSOLUTE_GAP));
      const proof = {
        bound,
        gap: gap < WHOLE_TOLERANCE ? 0 : gap,
        solveMs: this.nowMs() - began,
        rounds: round,
      };
      const open = [...answer.nodes.keys()].filter((at) => answer.nodes[at] > 0);
      return { kind: 'found', found: { solution, proof, open, nodes: answer.nodes } };
    }
    return { kind: 'timeout' };
  }

  private run(
    formulation: Formulation,
    { gap, timeMs }: SearchLimits,
    start: StartPoint | undefined,
  ):
    | { readonly kind: 'answer'; nodes: number[]; shares: number[][]; bound: number }
    | { readonly kind: 'infeasible' }
    | { readonly kind: 'timeout' } {
    const { highs } = this;
    const model = highs.createModel(formulation.model.data());
    try {
      model.options.set({
        output_flag: false,
        time_limit: timeMs / 1000,
        mip_rel_gap: gap,
        mip_abs_gap: ABSOLUTE_GAP,
      });
      if (start !== undefined) model.setSolution({ colValue: startValues(formulation, start) });
      model.run();
      const status = model.getModelStatus();
      const { modelStatus } = highs.constants;
      if (status === modelStatus.infeasible || status === modelStatus.unboundedOrInfeasible)
        return { kind: 'infeasible' };
      return this.read(model, formulation, status === modelStatus.optimal);
    } finally {
      model.dispose();
    }
  }

  private read(model: Model, formulation: Formulation, optimal: boolean) {
    const { colValue } = model.getSolution();
    if (!optimal && Number(model.info.get('primal_solution_status')) !== FEASIBLE) return { kind: 'timeout' as const };
    const nodes = formulation.nodes.map((column) => wholeOf(colValue[column]));
    const shares = formulation.shares.map((columns) => columns.map((column) => Math.max(0, colValue[column])));
    return { kind: 'answer' as const, nodes, shares, bound: Number(model.info.get('mip_dual_bound')) };
  }
}

/** HiGHS's mark of a primal feasible point. */
const FEASIBLE = 2;

/** A known solution to begin from. */
export interface StartPoint {
  readonly nodes: readonly number[];
  /** Shares of each group at its sites, in the order of `group.sites`. */
  readonly shares: readonly (readonly number[])[];
}

function startValues(formulation: Formulation, { nodes, shares }: StartPoint): Float64Array {
  const values = new Float64Array(formulation.model.columns);
  for (const [at, count] of nodes.entries()) {
    values[formulation.nodes[at]] = count;
    values[formulation.open[at]] = count > 0 ? 1 : 0;
  }
  for (const [group, columns] of formulation.shares.entries()) {
    for (const [rank, column] of columns.entries()) values[column] = shares[group][rank];
  }
  return values;
}

function wholeOf(value: number): number {
  const whole = Math.round(value);
  if (Math.abs(value - whole) > 1e-4) {
    throw new CodedError(PLACEMENT_ERRORS.PLACEMENT_SOLVER_FAILED, `${value} nodes`);
  }
  return whole;
}
