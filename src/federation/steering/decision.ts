/**
 * Which cluster a client is sent to: a pure function of the policy, the client's place and how the targets are. The same question
 * gives the same answer, and the same code answers and explains. It never refuses while any target is left that nobody has
 * drained: rules are given up one by one, and the answer says which.
 */
import type { SteeringConditions, SteeringTarget, TargetCondition, TargetState } from '#kit/ports/steering.ts';
import { mixBits } from './address.ts';
import type { Country } from './location.ts';
import type { Route, Stage, SteeringPolicy, Strategy } from './policy.ts';

/** Who asks. */
export interface Question {
  /** Undefined where the table does not know the address. */
  readonly country: Country | undefined;
  /** The same for everybody of one network (/24 or /56): decides who spills first, and ties. */
  readonly group: number;
  /** Where this client was sent before, by position; undefined where it is new or its time is up. */
  readonly previous: number | undefined;
  /** Counts questions, for taking turns. */
  readonly turn: number;
}

/** The rules that a round gives up, in order. The first gives up none. */
export const ROUNDS = [
  { name: 'as ruled', unknownAllowed: false, fullAllowed: false, slowAllowed: false, unhealthyAllowed: false },
  { name: 'unknown allowed', unknownAllowed: true, fullAllowed: false, slowAllowed: false, unhealthyAllowed: false },
  { name: 'full allowed', unknownAllowed: true, fullAllowed: true, slowAllowed: false, unhealthyAllowed: false },
  { name: 'ceiling given up', unknownAllowed: true, fullAllowed: true, slowAllowed: true, unhealthyAllowed: false },
  { name: 'health given up', unknownAllowed: true, fullAllowed: true, slowAllowed: true, unhealthyAllowed: true },
] as const;
type Round = (typeof ROUNDS)[number];

/** Why a target is out in a round. */
type Bar = 'drained' | 'unhealthy' | 'state unknown' | 'over its ceiling' | 'spills this client' | 'full';

/** A target as it was weighed. */
export interface Candidate {
  readonly target: string;
  readonly stage: string;
  readonly state: TargetState;
  readonly stateSource: string;
  /** Sessions over capacity; null where nobody counts. */
  readonly load: number | null;
  readonly distanceKm: number | null;
  readonly roundTripMicros: number | null;
  readonly roundTripSource: 'measured' | 'estimated' | 'not known';
  readonly ceilingMicros: number;
  readonly allowed: boolean;
  readonly chosen: boolean;
  /** Why it is in or out, in words. */
  readonly because: string;
}

export interface Decision {
  /** Position of the target; -1 where every one is drained. */
  readonly target: number;
  readonly route: Route;
  readonly stage: string;
  readonly round: Round['name'];
  readonly decidedBy: Strategy | 'session' | 'nothing';
  readonly ttlSeconds: number;
  readonly ttlBecause: string;
}

/** Shares of the policy's time to live where something is not as it should be, and the least that is given. */
const TTL_SECONDS = { neighbourUnwell: 30, unknown: 30, degraded: 15, givenUp: 5 } as const;
const STATE_RANK: Readonly<Record<TargetState, number>> = { healthy: 0, degraded: 1, unknown: 2, unhealthy: 3 };
const TWO_POW_32 = 2 ** 32;

/** Decides, and where `trace` is given adds every candidate of the round that decided, in the order they were looked at. */
export function decide(
  policy: SteeringPolicy,
  conditions: SteeringConditions,
  question: Question,
  trace?: Candidate[],
): Decision {
  const route = policy.routeOf(question.country?.region);
  const weighing = new Weighing(policy, conditions, question);
  const stay = weighing.stay(route);
  if (stay !== undefined) {
    trace?.push(...weighing.tell(route, ROUNDS[0], stay.target, 'session'));
    return finish(weighing, route, stay.stage, ROUNDS[0], stay.target, 'session');
  }
  for (const round of ROUNDS) {
    for (const stage of route.stages) {
      const chosen = weighing.choose(stage, round);
      if (chosen < 0) continue;
      trace?.push(...weighing.tell(route, round, chosen, stage.strategy));
      return finish(weighing, route, stage, round, chosen, stage.strategy);
    }
  }
  trace?.push(...weighing.tell(route, ROUNDS[ROUNDS.length - 1] ?? ROUNDS[0], -1, 'nothing'));
  const ttlSeconds = Math.min(policy.ttlSeconds, TTL_SECONDS.givenUp);
  const why = 'every target is drained';
  return {
    target: -1,
    route,
    stage: 'none',
    round: 'health given up',
    decidedBy: 'nothing',
    ttlSeconds,
    ttlBecause: why,
  };
}

function finish(
  weighing: Weighing,
  route: Route,
  stage: Stage,
  round: Round,
  target: number,
  decidedBy: Decision['decidedBy'],
): Decision {
  const { ttlSeconds, ttlBecause } = weighing.timeToLive(route, round, target);
  return { target, route, stage: stage.label, round: round.name, decidedBy, ttlSeconds, ttlBecause };
}

/** What is known about the targets while one question is answered: each is asked for once at most. */
class Weighing {
  private readonly policy: SteeringPolicy;
  private readonly conditions: SteeringConditions;
  private readonly question: Question;
  private readonly known: (TargetCondition | undefined)[] = [];
  private readonly trips: (number | undefined)[] = [];

  constructor(policy: SteeringPolicy, conditions: SteeringConditions, question: Question) {
    this.policy = policy;
    this.conditions = conditions;
    this.question = question;
  }

  /** Why a target may not be chosen in this stage and round; undefined where it may. */
  bar(target: number, stage: Stage, round: Round): Bar | undefined {
    const { state, drained } = this.condition(target);
    if (drained) return 'drained';
    if (state === 'unhealthy' && !round.unhealthyAllowed) return 'unhealthy';
    if (state === 'unknown' && !round.unknownAllowed) return 'state unknown';
    if (!round.slowAllowed && this.question.country !== undefined && this.roundTrip(target) > stage.ceilingMicros) {
      return 'over its ceiling';
    }
    return round.fullAllowed ? undefined : this.spill(target);
  }

  /**
   * Where the client stays: where it is, in any tier of its route, if that is fit. At the fallback it stays only while every tier is
   * out: a client that was sent across the world comes home as soon as it can.
   */
  stay(route: Route): { readonly target: number; readonly stage: Stage } | undefined {
    const { previous } = this.question;
    if (previous === undefined) return undefined;
    const stage = route.stages.find(({ members }) => members.includes(previous));
    if (stage === undefined) return undefined;
    const bar = this.bar(previous, stage, ROUNDS[0]);
    // Who is there already is part of its load: only new clients are passed on, until it is full.
    if (bar !== undefined && bar !== 'spills this client') return undefined;
    const isLast = stage === route.stages.at(-1);
    const hasHome = isLast && route.stages.slice(0, -1).some((tier) => this.choose(tier, ROUNDS[0]) >= 0);
    return hasHome ? undefined : { target: previous, stage };
  }

  /** The best allowed member of a stage, or -1. */
  choose(stage: Stage, round: Round): number {
    if (stage.strategy === 'weighted') return this.takeTurns(stage, round);
    let best = -1;
    for (const target of stage.members) {
      if (this.bar(target, stage, round) !== undefined) continue;
      if (best < 0 || this.isBetter(target, best, stage.strategy, round)) best = target;
    }
    return best;
  }

  timeToLive(route: Route, round: Round, target: number): { ttlSeconds: number; ttlBecause: string } {
    const full = this.policy.ttlSeconds;
    const { state } = this.condition(target);
    const shorter = (seconds: number, because: string) => ({
      ttlSeconds: Math.min(full, seconds),
      ttlBecause: because,
    });
    if (round.slowAllowed) return shorter(TTL_SECONDS.givenUp, `${round.name}: the answer should change soon`);
    if (state === 'degraded') return shorter(TTL_SECONDS.degraded, 'the target is degraded');
    if (state === 'unknown') return shorter(TTL_SECONDS.unknown, 'the state of the target is not known');
    const unwell = route.stages
      .slice(0, -1)
      .flatMap(({ members }) => members)
      .find((member) => member !== target && ['unhealthy', 'degraded'].includes(this.condition(member).state));
    if (unwell === undefined) return { ttlSeconds: full, ttlBecause: 'the route is well' };
    return shorter(TTL_SECONDS.neighbourUnwell, `${this.target(unwell).id} of this route is unwell`);
  }

  /** Every target once, in the first stage of the route that has it. */
  tell(route: Route, round: Round, chosen: number, decidedBy: Decision['decidedBy']): Candidate[] {
    const told = new Set<number>();
    return route.stages.flatMap((stage) =>
      stage.members.flatMap((target) => {
        if (told.has(target)) return [];
        told.add(target);
        return [this.candidate(target, stage, round, chosen, decidedBy)];
      }),
    );
  }

  private candidate(
    target: number,
    stage: Stage,
    round: Round,
    chosen: number,
    decidedBy: Decision['decidedBy'],
  ): Candidate {
    const { country } = this.question;
    const { state, source } = this.condition(target);
    const bar = this.bar(target, stage, round);
    const isChosen = target === chosen;
    const load = this.load(target);
    const measured = country === undefined ? undefined : this.measured(country, target);
    return {
      target: this.target(target).id,
      stage: stage.label,
      state,
      stateSource: source,
      load: load === undefined ? null : load,
      distanceKm: country === undefined ? null : this.policy.distanceKm(country.index, target),
      roundTripMicros: country === undefined ? null : this.roundTrip(target),
      roundTripSource: country === undefined ? 'not known' : measured === undefined ? 'estimated' : 'measured',
      ceilingMicros: stage.ceilingMicros,
      allowed: isChosen || bar === undefined,
      chosen: isChosen,
      because: isChosen ? CHOSEN_BECAUSE[decidedBy] : (bar ?? 'allowed, but another one comes first'),
    };
  }

  private isBetter(one: number, other: number, strategy: Strategy, round: Round): boolean {
    for (const difference of this.compare(one, other, strategy, round)) {
      if (difference !== 0) return difference < 0;
    }
    return false;
  }

  /** What is compared, most important first; less is better. Health always goes before what the strategy looks at. */
  private *compare(one: number, other: number, strategy: Strategy, round: Round): Generator<number> {
    yield STATE_RANK[this.condition(one).state] - STATE_RANK[this.condition(other).state];
    if (round.fullAllowed && strategy !== 'least-connections') yield this.overfull(one) - this.overfull(other);
    const { country } = this.question;
    const nearer = (): number =>
      country === undefined
        ? 0
        : this.policy.distanceKm(country.index, one) - this.policy.distanceKm(country.index, other);
    const faster = (): number => (country === undefined ? 0 : this.roundTrip(one) - this.roundTrip(other));
    const emptier = (): number => (this.load(one) ?? 0) - (this.load(other) ?? 0);
    if (strategy === 'geographic') yield nearer();
    if (strategy === 'least-connections') yield emptier();
    yield faster();
    yield emptier();
    // Nothing tells them apart: a network's own order, which spreads clients whose place is not known.
    yield this.lot(one) - this.lot(other);
  }

  /**
   * Weighted round-robin over the allowed members of the best state: in every run of as many turns as the weights add up to, each
   * is chosen exactly as often as its weight says, and turns of one target are spread over the run.
   */
  private takeTurns(stage: Stage, round: Round): number {
    const allowed = stage.members.filter((target) => this.bar(target, stage, round) === undefined);
    const best = Math.min(...allowed.map((target) => STATE_RANK[this.condition(target).state]));
    const members = allowed.filter((target) => STATE_RANK[this.condition(target).state] === best);
    const total = members.reduce((sum, target) => sum + this.target(target).weight, 0);
    if (total === 0) return -1;
    let slot = ((this.question.turn % total) * strideOf(total)) % total;
    for (const target of members) {
      slot -= this.target(target).weight;
      if (slot < 0) return target;
    }
    return -1;
  }

  /** Above the threshold a growing share of networks, always the same ones at the same load, is sent on. */
  private spill(target: number): Bar | undefined {
    const load = this.load(target);
    const { spillAt } = this.policy;
    if (load === undefined || load < spillAt) return undefined;
    if (load >= 1) return 'full';
    const share = (load - spillAt) / (1 - spillAt);
    return this.lot(target) / TWO_POW_32 < share ? 'spills this client' : undefined;
  }

  private lot(target: number): number {
    return mixBits(this.question.group ^ Math.imul(target + 1, 0x9e3779b9));
  }

  private overfull(target: number): number {
    return Math.max(0, (this.load(target) ?? 0) - 1);
  }

  private load(target: number): number | undefined {
    const { sessions } = this.condition(target);
    return sessions === undefined ? undefined : sessions / this.target(target).capacitySessions;
  }

  private roundTrip(target: number): number {
    const { country } = this.question;
    if (country === undefined) return 0;
    return (this.trips[target] ??=
      this.measured(country, target) ?? this.policy.estimatedMicros(country.index, target));
  }

  private measured(country: Country, target: number): number | undefined {
    return this.conditions.roundTripMicros(country.code, this.target(target).id);
  }

  private condition(target: number): TargetCondition {
    return (this.known[target] ??= this.conditions.conditionOf(this.target(target).id));
  }

  private target(target: number): SteeringTarget {
    return this.policy.targets[target];
  }
}

const CHOSEN_BECAUSE: Readonly<Record<Decision['decidedBy'], string>> = {
  latency: 'least round trip of the best state in its stage',
  geographic: 'nearest of the best state in its stage',
  health: 'best state in its stage, then least round trip',
  weighted: 'its turn by weight',
  'least-connections': 'least of its capacity in use in its stage',
  session: 'the client is there already, and it is fit',
  nothing: 'nothing is left to choose',
};

/** A step near the golden section that shares no factor with `total`, so that steps visit every slot once. */
function strideOf(total: number): number {
  let stride = Math.max(1, Math.round(total * 0.618_033_988_75));
  while (greatestCommonDivisor(stride, total) !== 1) stride++;
  return stride;
}

function greatestCommonDivisor(one: number, other: number): number {
  let [a, b] = [one, other];
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}
