/**
 * Steering as it runs: finds where a client is, remembers for a while where its network was sent, asks the decision, counts what it
 * decided. DNS, HTTP and the command line all ask here, so that they get the same answer.
 */
import type { Clock } from '#kit/clock.ts';
import type { SteeringConditions } from '#kit/ports/steering.ts';
import { addressText, GROUP_BITS, groupHash, prefixOf, type ClientAddress } from './address.ts';
import { decide, ROUNDS, type Candidate, type Decision } from './decision.ts';
import { GroupTable } from './group-table.ts';
import type { LocationTable } from './location.ts';
import type { SteeringPolicy } from './policy.ts';

/** Networks whose place is remembered. */
const STICKY_PLACES = 1 << 16;
/** Turns start over long before numbers get imprecise; every sum of weights divides into it often enough. */
const TURNS_MAX = 2 ** 40;

/** Why a client is sent where it is sent. */
export interface Explanation {
  readonly client: string;
  /** What the answer depends on: the network, not the address. */
  readonly network: string;
  readonly country: string | null;
  readonly region: string | null;
  readonly route: string;
  readonly strategy: string;
  readonly stage: string;
  readonly round: string;
  /** What is given up in this round, in words; null where every rule was kept. */
  readonly givenUp: string | null;
  readonly decidedBy: string;
  readonly target: string | null;
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
  readonly ttlSeconds: number;
  readonly ttlBecause: string;
  readonly candidates: readonly Candidate[];
}

const GIVEN_UP: Readonly<Record<Decision['round'], string | null>> = {
  'as ruled': null,
  'unknown allowed': 'no target is known to be well, so those nobody reports on are used',
  'full allowed': 'every fit target is full, so the least loaded is used',
  'ceiling given up': 'no target is within its latency ceiling, so the fastest is used',
  'health given up': 'every target is reported unhealthy: the reports may be wrong, so clients are still answered',
};

/** How often each round decided, and each target was given: for metrics. */
export interface SteeringCounts {
  readonly byRound: Float64Array;
  readonly byTarget: Float64Array;
  unlocated: number;
}

export class Steering {
  readonly policy: SteeringPolicy;
  readonly locations: LocationTable;
  readonly counts: SteeringCounts;
  private readonly conditions: SteeringConditions;
  private readonly clock: Pick<Clock, 'nowMicros'>;
  private readonly sticky = new GroupTable(STICKY_PLACES);
  private readonly stickyTarget = new Int16Array(STICKY_PLACES);
  private readonly stickySinceMicros = new Float64Array(STICKY_PLACES);
  private turn = 0;

  constructor(
    policy: SteeringPolicy,
    locations: LocationTable,
    conditions: SteeringConditions,
    clock: Pick<Clock, 'nowMicros'>,
  ) {
    this.policy = policy;
    this.locations = locations;
    this.conditions = conditions;
    this.clock = clock;
    this.counts = {
      byRound: new Float64Array(ROUNDS.length),
      byTarget: new Float64Array(policy.targets.length),
      unlocated: 0,
    };
  }

  /** Sends a client somewhere, and remembers it for its network. The answer depends on nothing but the network's prefix. */
  steer(client: ClientAddress): Decision {
    const network = prefixOf(client, GROUP_BITS[client.family]);
    const nowMicros = this.clock.nowMicros();
    const country = this.locations.countryOf(network);
    const remembers = this.policy.stickyMicros > 0;
    const { place, isNew } = remembers ? this.sticky.claim(network, nowMicros) : { place: 0, isNew: true };
    const previous = isNew ? undefined : this.remembered(place, nowMicros);
    this.turn = (this.turn + 1) % TURNS_MAX;
    const question = { country, group: groupHash(network), previous, turn: this.turn };
    const decision = decide(this.policy, this.conditions, question);
    if (remembers && decision.target !== previous) {
      this.stickyTarget[place] = decision.target;
      this.stickySinceMicros[place] = nowMicros;
    }
    this.count(decision, country === undefined);
    return decision;
  }

  /**
   * The decision as it would be now, with every candidate. Remembers and counts nothing.
   * @param stayAt target where the client is already, in place of what is remembered of its network
   */
  explain(client: ClientAddress, stayAt?: string): Explanation {
    const network = prefixOf(client, GROUP_BITS[client.family]);
    const country = this.locations.countryOf(network);
    const place = this.sticky.find(network);
    const remembered = place < 0 ? undefined : this.remembered(place, this.clock.nowMicros());
    const given = this.policy.targets.findIndex(({ id }) => id === stayAt);
    const previous = given < 0 ? remembered : given;
    const candidates: Candidate[] = [];
    const question = { country, group: groupHash(network), previous, turn: this.turn + 1 };
    const decision = decide(this.policy, this.conditions, question, candidates);
    const target = this.policy.targets[decision.target];
    return {
      client: addressText(client),
      network: addressText(network),
      country: country?.code ?? null,
      region: country?.region ?? null,
      route: decision.route.name,
      strategy: decision.route.strategy,
      stage: decision.stage,
      round: decision.round,
      givenUp: GIVEN_UP[decision.round],
      decidedBy: decision.decidedBy,
      target: target?.id ?? null,
      ipv4: target?.ipv4 ?? [],
      ipv6: target?.ipv6 ?? [],
      ttlSeconds: decision.ttlSeconds,
      ttlBecause: decision.ttlBecause,
      candidates,
    };
  }

  private remembered(place: number, nowMicros: number): number | undefined {
    const isFresh = nowMicros - this.stickySinceMicros[place] < this.policy.stickyMicros;
    const target = this.stickyTarget[place];
    return isFresh && target >= 0 ? target : undefined;
  }

  private count(decision: Decision, isUnlocated: boolean): void {
    this.counts.byRound[ROUNDS.findIndex(({ name }) => name === decision.round)] += 1;
    if (decision.target >= 0) this.counts.byTarget[decision.target] += 1;
    if (isUnlocated) this.counts.unlocated += 1;
  }
}
