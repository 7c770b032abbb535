/**
 * A whole placement run: the best answer with its proof, the rule of thumb beside it, what binds, why each site is in or
 * out, other good answers, and latency against cost. Long and synchronous: lives in the placement thread.
 */
import { bindingLimits } from './binding.ts';
import type { Weights } from './formulation.ts';
import { greedyPlacement } from './greedy.ts';
import type { GreedyAnswer } from './greedy.ts';
import { explainImpossible } from './impossible.ts';
import { compile } from './problem.ts';
import type { Problem } from './problem.ts';
import type {
  ParetoPoint,
  PlacementOutcome,
  PlacementRequest,
  SearchOptions,
  SiteReason,
  Solution,
} from './request.ts';
import { PlacementSolver } from './solver.ts';
import type { Found } from './solver.ts';

/** A million of money a month breaks a tie against a microsecond; a thousand microseconds against a unit of money. */
const COST_TIE = 1e-6;
const LATENCY_TIE = 1e-3;
/** Side questions (why, alternatives, Pareto) are answered within this share of the optimum. */
const SIDE_GAP = 1e-4;
const PERCENT = 100;

/** Runs everything within about `options.timeMs`. Throws what `compile` throws. */
export async function planPlacement(
  request: PlacementRequest,
  options: SearchOptions,
  nowMs: () => number,
): Promise<PlacementOutcome> {
  const deadline = nowMs() + options.timeMs;
  const left = (): number => deadline - nowMs();
  const problem = compile(request);
  const weights = weightsOf(problem);
  const greedy = greedyPlacement(problem, weights);
  const solver = await PlacementSolver.open(problem, weights, nowMs);
  const search = solver.solve({ gap: options.gap, timeMs: left() }, {}, greedy);
  if (search.kind === 'infeasible') {
    return { kind: 'impossible', impossible: explainImpossible(problem, solver, left()) };
  }
  if (search.kind === 'timeout') return { kind: 'unknown', detail: `nothing was found within ${options.timeMs} ms` };
  const { found } = search;
  const side = new SideQuestions(problem, solver, found, left);
  const excess = greedy === undefined ? null : (greedy.solution.objective / found.solution.objective - 1) * PERCENT;
  return {
    kind: 'placed',
    report: {
      strategy: request.strategy,
      solution: found.solution,
      proof: found.proof,
      greedy: greedy?.solution ?? null,
      greedyExcessPercent: excess,
      binding: bindingLimits(problem, found),
      alternatives: side.alternatives(options.alternatives),
      pareto: side.pareto(options.paretoPoints, greedy),
      reasons: options.explainSites ? side.reasons() : [],
    },
  };
}

/** What each strategy minimises. Balanced measures both against what the rule of thumb reaches. */
function weightsOf(problem: Problem): Weights {
  const { strategy, latencyShare } = problem.request;
  if (strategy === 'cost') return { latency: LATENCY_TIE, cost: 1 };
  if (strategy !== 'balanced') return { latency: 1, cost: COST_TIE };
  const plain = { latency: 1, cost: COST_TIE };
  const scale = greedyPlacement(problem, plain)?.solution ?? { latencyMicros: 1000, costPerMonth: 100_000 };
  return {
    latency: latencyShare / Math.max(1, scale.latencyMicros),
    cost: (1 - latencyShare) / Math.max(1, scale.costPerMonth),
  };
}

class SideQuestions {
  private readonly problem: Problem;
  private readonly solver: PlacementSolver;
  private readonly found: Found;
  private readonly left: () => number;

  constructor(problem: Problem, solver: PlacementSolver, found: Found, left: () => number) {
    this.problem = problem;
    this.solver = solver;
    this.found = found;
    this.left = left;
  }

  /** Other good answers, best first, each differing from all before by two sites at least. */
  alternatives(count: number): Solution[] {
    const forbidden = [this.found.open];
    const others: Solution[] = [];
    while (others.length < count && this.left() > 0) {
      const search = this.solver.solve({ gap: SIDE_GAP, timeMs: this.left() }, { forbidden });
      if (search.kind !== 'found') break;
      others.push(search.found.solution);
      forbidden.push(search.found.open);
    }
    return others;
  }

  /** Least latency for budgets from the least that is possible to what the best latency costs. */
  pareto(points: number, greedy: GreedyAnswer | undefined): ParetoPoint[] {
    if (points < 2) return [];
    const cheap = this.solver.reweighted({ latency: LATENCY_TIE, cost: 1 });
    const fast = this.solver.reweighted({ latency: 1, cost: COST_TIE });
    const cheapest = cheap.solve({ gap: SIDE_GAP, timeMs: this.left() }, { budget: null });
    const fastest = fast.solve({ gap: SIDE_GAP, timeMs: this.left() }, { budget: null }, greedy);
    if (cheapest.kind !== 'found' || fastest.kind !== 'found') return [];
    const from = cheapest.found.solution.costPerMonth;
    const to = Math.max(from, fastest.found.solution.costPerMonth);
    const front: ParetoPoint[] = [];
    for (let at = 0; at < points && this.left() > 0; at++) {
      const budget = at === points - 1 ? to : Math.round(from + ((to - from) * at) / (points - 1));
      const search = fast.solve({ gap: SIDE_GAP, timeMs: this.left() }, { budget });
      if (search.kind !== 'found') continue;
      const { costPerMonth, latencyMicros, sites } = search.found.solution;
      const before = front.at(-1);
      if (before !== undefined && before.latencyMicros <= latencyMicros) continue;
      const saved = before === undefined ? null : before.latencyMicros - latencyMicros;
      const costPerMicroSaved =
        saved === null || before === undefined ? null : (costPerMonth - before.costPerMonth) / saved;
      front.push({ budget, costPerMonth, latencyMicros, sites: sites.map(({ site }) => site), costPerMicroSaved });
    }
    return front;
  }

  /** Each site forced the other way: what that would cost, or that it cannot be. */
  reasons(): SiteReason[] {
    return this.problem.sites.map(({ id, nodesMax }, at) => {
      const used = this.found.open.includes(at);
      const reachable = this.problem.groups.filter(({ sites }) => sites.includes(at)).length;
      if (!used && reachable === 0) {
        return {
          site: id,
          used,
          objectiveChange: null,
          reason: 'no demand may be served from it: too far, or not allowed',
        };
      }
      const search = this.left() > 0 ? this.forced(at, used ? 0 : 1) : undefined;
      if (search?.kind === 'found') {
        const change = search.found.solution.objective - this.found.solution.objective;
        return { site: id, used, objectiveChange: change, reason: this.changeText(used, search.found) };
      }
      if (search?.kind === 'infeasible') {
        const reason = used
          ? 'nothing feasible is left without it'
          : 'nothing feasible has room for it within the limits';
        return { site: id, used, objectiveChange: null, reason };
      }
      const reason = `not looked into: the time was up (${nodesMax} nodes possible)`;
      return { site: id, used, objectiveChange: null, reason };
    });
  }

  private forced(site: number, value: 0 | 1) {
    return this.solver.solve({ gap: SIDE_GAP, timeMs: this.left() }, { forced: new Map([[site, value]]) });
  }

  private changeText(used: boolean, other: Found): string {
    const { solution } = this.found;
    const micros = signed(other.solution.latencyMicros - solution.latencyMicros);
    const cost = signed(other.solution.costPerMonth - solution.costPerMonth);
    return `${used ? 'without' : 'with'} it: latency ${micros} µs, cost ${cost} a month`;
  }
}

function signed(value: number): string {
  const rounded = Math.abs(value) >= 100 ? Math.round(value) : Number(value.toFixed(1));
  return `${rounded > 0 ? '+' : rounded < 0 ? '−' : '±'}${Math.abs(rounded).toLocaleString('en')}`;
}
