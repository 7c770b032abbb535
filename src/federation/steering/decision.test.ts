/** Where clients are sent, under the rules as shipped and under one changed rule at a time. */
import { describe, expect, it } from 'vitest';
import { decide, type Candidate, type Question } from './decision.ts';
import { countryNamed, SetConditions, shippedPolicy } from './harness.ts';
import {
  compilePolicy,
  policyMistakes,
  steeringPolicySchema,
  type SteeringPolicySpec,
  type Strategy,
} from './policy.ts';

const US_EAST = 'nautilus-primary-us-east';
const US_WEST = 'nautilus-hub-us-west';
const TOKYO = 'nautilus-primary-asia-northeast';
const FRANKFURT = 'nautilus-hub-eu-central';
const BELGIUM = 'nautilus-primary-eu-west';

function world(change: Partial<SteeringPolicySpec> = {}) {
  const policy = compilePolicy({ ...shippedPolicy, ...change });
  const conditions = new SetConditions(policy);
  const send = (country: string | undefined, more: Partial<Question> = {}) => {
    const trace: Candidate[] = [];
    const question: Question = {
      country: country === undefined ? undefined : countryNamed(country),
      group: 1,
      previous: undefined,
      turn: 0,
      ...more,
    };
    const decision = decide(policy, conditions, question, trace);
    return { ...decision, id: policy.targets[decision.target]?.id, trace };
  };
  const indexOf = (id: string) => policy.targets.findIndex((target) => target.id === id);
  return { policy, conditions, send, indexOf };
}

/** One route whose only tier holds every target. */
function flat(strategy: Strategy): Partial<SteeringPolicySpec> {
  const tiers = [shippedPolicy.targets.map(({ id }) => id)];
  return { routes: [{ name: 'all', clients: 'europe', ceilingMs: 10_000, strategy, tiers }] };
}

describe('a client of a region', () => {
  it.each([
    ['US', US_EAST, 'americas'],
    ['CA', US_EAST, 'americas'],
    ['GB', BELGIUM, 'europe'],
    ['CH', BELGIUM, 'europe'],
    ['JP', TOKYO, 'asia'],
    ['KR', TOKYO, 'asia'],
  ])('%s goes to its own primary %s', (country, target, route) => {
    expect(world().send(country)).toMatchObject({
      id: target,
      round: 'as ruled',
      stage: 'tier 1',
      route: { name: route },
    });
  });

  it('goes to the hub, then to disaster recovery, where what comes first is unhealthy', () => {
    const { conditions, send } = world();
    conditions.set.set(BELGIUM, { state: 'unhealthy' });
    expect(send('DE')).toMatchObject({ id: FRANKFURT, stage: 'tier 2' });
    conditions.set.set(FRANKFURT, { state: 'unhealthy' });
    expect(send('DE')).toMatchObject({ id: 'nautilus-dr-eu-central', stage: 'tier 3' });
  });

  it('passes over a tier whose round trip is above the ceiling', () => {
    expect(world().send('SG')).toMatchObject({ id: 'nautilus-hub-asia-southeast', stage: 'tier 2' });
    expect(
      world()
        .send('SG')
        .trace.find(({ target }) => target === TOKYO)?.because,
    ).toBe('over its ceiling');
  });

  it('believes a measured round trip more than the estimate', () => {
    const { conditions, send } = world();
    conditions.roundTrips.set(`GB ${BELGIUM}`, 41_000);
    const { id, trace } = send('GB');
    expect(id).toBe(FRANKFURT);
    const out = trace.find(({ target }) => target === BELGIUM);
    expect(out).toMatchObject({ roundTripSource: 'measured', roundTripMicros: 41_000, because: 'over its ceiling' });
  });

  it('takes the global fallback by health where every target of its route is too far', () => {
    expect(world().send('NZ')).toMatchObject({ stage: 'tier 3' });
    expect(world().send('ZA')).toMatchObject({ route: { name: 'global' }, decidedBy: 'health', round: 'as ruled' });
    expect(world().send('AR')).toMatchObject({ stage: 'fallback', decidedBy: 'health', id: US_EAST });
  });

  it('of unknown place is spread over the healthy targets by its network', () => {
    const { send } = world();
    const chosen = new Set(Array.from({ length: 200 }, (_, group) => send(undefined, { group }).id));
    expect(chosen.size).toBe(9);
    expect(send(undefined, { group: 5 }).id).toBe(send(undefined, { group: 5 }).id);
  });
});

describe('a strategy', () => {
  it('latency takes the least round trip, geographic the nearest, where the two differ', () => {
    for (const [strategy, expected] of [
      ['latency', FRANKFURT],
      ['geographic', BELGIUM],
    ] as const) {
      const { conditions, send } = world(flat(strategy));
      conditions.roundTrips.set(`GB ${FRANKFURT}`, 5000);
      expect(send('GB')).toMatchObject({ id: expected, decidedBy: strategy });
    }
  });

  it('health takes the best state first', () => {
    const { conditions, policy, send } = world(flat('health'));
    for (const { id } of policy.targets) conditions.set.set(id, { state: 'degraded' });
    conditions.set.set('nautilus-dr-asia-australia', { state: 'healthy' });
    expect(send('GB').id).toBe('nautilus-dr-asia-australia');
  });

  it('least connections takes the emptiest by capacity, not by count', () => {
    const { conditions, policy, send } = world(flat('least-connections'));
    for (const { id } of policy.targets) conditions.load(id, 0.5);
    conditions.load(US_EAST, 0.49);
    expect(send('GB').id).toBe(US_EAST);
  });

  it('weighted takes each exactly as often as its weight in every run of the sum of weights', () => {
    const { policy, send } = world(flat('weighted'));
    const total = policy.targets.reduce((sum, { weight }) => sum + weight, 0);
    const counts = new Map<string, number>();
    for (let turn = 0; turn < total; turn++) {
      const id = send('GB', { turn }).id ?? '';
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    expect(counts).toEqual(new Map(policy.targets.map(({ id, weight }) => [id, weight])));
  });
});

describe('a full target', () => {
  it('sends a growing share of networks on, always the same ones', () => {
    const { conditions, send } = world();
    const away = (load: number) => {
      conditions.load(US_EAST, load);
      const groups = Array.from({ length: 1000 }, (_, at) => Math.imul(at + 1, 0x9e3779b9));
      return new Set(groups.filter((group) => send('US', { group }).id === US_WEST));
    };
    expect(away(0.84).size).toBe(0);
    const some = away(0.925);
    expect(some.size).toBeGreaterThan(430);
    expect(some.size).toBeLessThan(570);
    const more = away(0.96);
    expect(more.size).toBeGreaterThan(some.size);
    expect([...some].every((group) => more.has(group))).toBe(true);
    expect(away(1).size).toBe(1000);
  });

  it('is used all the same where every other one is full or gone, and the answer says so', () => {
    const { conditions, policy, send } = world();
    for (const { id } of policy.targets) conditions.set.set(id, { state: 'unhealthy' });
    conditions.set.set(US_EAST, { state: 'healthy' });
    conditions.load(US_EAST, 1.2);
    expect(send('US')).toMatchObject({ id: US_EAST, round: 'full allowed' });
  });
});

describe('a session', () => {
  it('stays where it is while that place is fit, even when another one comes first', () => {
    const { conditions, send, indexOf } = world();
    const previous = indexOf(FRANKFURT);
    expect(send('GB', { previous })).toMatchObject({ id: FRANKFURT, decidedBy: 'session' });
    conditions.set.set(FRANKFURT, { state: 'unhealthy' });
    expect(send('GB', { previous })).toMatchObject({ id: BELGIUM, decidedBy: 'latency' });
  });

  it('is not passed on by a target that passes new clients on, until that is full', () => {
    const { conditions, send, indexOf } = world();
    const groups = Array.from({ length: 100 }, (_, at) => Math.imul(at + 1, 0x9e3779b9));
    const kept = () =>
      groups.filter((group) => send('GB', { group, previous: indexOf(BELGIUM) }).id === BELGIUM).length;
    conditions.load(BELGIUM, 0.95);
    expect(groups.filter((group) => send('GB', { group }).id === BELGIUM).length).toBeLessThan(60);
    expect(kept()).toBe(100);
    conditions.load(BELGIUM, 1);
    expect(kept()).toBe(0);
  });

  it('comes home from the fallback as soon as a tier of its route is fit, and stays there until then', () => {
    const { conditions, policy, send, indexOf } = world();
    const previous = indexOf(US_EAST);
    expect(send('GB', { previous })).toMatchObject({ id: BELGIUM, decidedBy: 'latency' });
    for (const { id } of policy.targets) if (id.includes('-eu-')) conditions.set.set(id, { state: 'unhealthy' });
    conditions.roundTrips.set(`GB ${TOKYO}`, 190_000);
    expect(send('GB', { previous: indexOf(TOKYO) })).toMatchObject({
      id: TOKYO,
      decidedBy: 'session',
      stage: 'fallback',
    });
  });

  it('leaves a place that is full, drained, or over its ceiling', () => {
    const { conditions, send, indexOf } = world();
    const previous = indexOf(FRANKFURT);
    conditions.load(FRANKFURT, 1);
    expect(send('GB', { previous }).id).toBe(BELGIUM);
    conditions.set.set(FRANKFURT, { drained: true });
    expect(send('GB', { previous }).id).toBe(BELGIUM);
    conditions.set.set(FRANKFURT, {});
    conditions.roundTrips.set(`GB ${FRANKFURT}`, 41_000);
    expect(send('GB', { previous })).toMatchObject({ id: BELGIUM, decidedBy: 'latency' });
  });
});

describe('when little is left', () => {
  it('uses targets nobody reports on before it uses none, and says that it does', () => {
    const { conditions, policy, send } = world();
    for (const { id } of policy.targets) conditions.set.set(id, { state: 'unknown' });
    expect(send('US')).toMatchObject({ id: US_EAST, round: 'unknown allowed', ttlSeconds: 30 });
  });

  it('prefers a known well target over the ceiling-free unknown one, but gives up the ceiling before health', () => {
    const { conditions, policy, send } = world();
    for (const { id } of policy.targets) conditions.set.set(id, { state: 'unhealthy' });
    conditions.set.set('nautilus-dr-asia-australia', { state: 'degraded' });
    expect(send('GB')).toMatchObject({ id: 'nautilus-dr-asia-australia', round: 'ceiling given up', ttlSeconds: 5 });
  });

  it('fails static when all are reported unhealthy: the reports may be wrong', () => {
    const { conditions, policy, send } = world();
    for (const { id } of policy.targets) conditions.set.set(id, { state: 'unhealthy' });
    expect(send('US')).toMatchObject({ id: US_EAST, round: 'health given up', ttlSeconds: 5 });
  });

  it('never sends anybody to a drained target, and answers nothing where all are drained', () => {
    const { conditions, policy, send } = world();
    for (const { id } of policy.targets) conditions.set.set(id, { drained: true });
    expect(send('US')).toMatchObject({ target: -1, decidedBy: 'nothing' });
    expect(send('US').trace.every(({ because }) => because === 'drained')).toBe(true);
  });
});

describe('the time an answer may be kept', () => {
  it('is the policy’s while the route is well, and shrinks with trouble', () => {
    const { conditions, send } = world();
    expect(send('US').ttlSeconds).toBe(60);
    conditions.set.set(US_WEST, { state: 'unhealthy' });
    expect(send('US')).toMatchObject({ ttlSeconds: 30, ttlBecause: `${US_WEST} of this route is unwell` });
    conditions.set.set(US_EAST, { state: 'degraded' });
    expect(send('US').ttlSeconds).toBe(15);
  });

  it('may not be above a minute in any configuration', () => {
    expect(steeringPolicySchema.safeParse({ ...shippedPolicy, ttlSeconds: 61 }).success).toBe(false);
  });
});

describe('the explanation', () => {
  it('names every target once, the chosen one as chosen, and a reason for each', () => {
    const { policy, send } = world();
    const { trace, id } = send('GB');
    expect(new Set(trace.map(({ target }) => target))).toEqual(new Set(policy.targets.map((target) => target.id)));
    expect(trace.filter(({ chosen }) => chosen).map(({ target }) => target)).toEqual([id]);
    expect(trace.every(({ because }) => because.length > 3)).toBe(true);
  });
});

describe('a configuration', () => {
  it('as shipped has no mistakes', () => {
    expect(policyMistakes(shippedPolicy)).toEqual([]);
  });

  it('with names that do not fit is refused at each place', () => {
    const [first] = shippedPolicy.routes;
    const [target] = shippedPolicy.targets;
    if (first === undefined || target === undefined) throw new Error('nothing is shipped');
    const broken = {
      ...shippedPolicy,
      routes: [first, { ...first, tiers: [['nowhere'], [US_EAST], [US_EAST]] }],
      targets: [target, { ...target, ipv4: [], ipv6: [] }],
    };
    const told = policyMistakes(broken).map(({ path, message }) => `${path.join('.')}: ${message}`);
    expect(told).toContain(`targets.1.id: ${US_EAST} is there twice`);
    expect(told).toContain(`targets.1: ${US_EAST} has no address`);
    expect(told).toContain('routes.1.clients: americas has a route already');
    expect(told).toContain('routes.1.tiers: nowhere is no target');
    expect(told).toContain('routes.1.tiers: a target is in it twice');
  });
});
