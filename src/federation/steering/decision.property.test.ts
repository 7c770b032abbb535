/** What holds for every decision, whatever the targets are like. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TargetCondition } from '#kit/ports/steering.ts';
import { decide, ROUNDS, type Candidate } from './decision.ts';
import { SetConditions, shippedPolicy } from './harness.ts';
import { COUNTRIES } from './location.ts';
import { compilePolicy, STRATEGIES } from './policy.ts';

const condition = fc.record({
  state: fc.constantFrom('healthy', 'degraded', 'unhealthy', 'unknown'),
  sessions: fc.option(fc.integer({ min: 0, max: 12_000 }), { nil: undefined }),
  drained: fc.boolean(),
  source: fc.constant('property'),
}) satisfies fc.Arbitrary<TargetCondition>;

const world = fc.record({
  conditions: fc.array(condition, { minLength: 9, maxLength: 9 }),
  strategies: fc.array(fc.constantFrom(...STRATEGIES), { minLength: 4, maxLength: 4 }),
  country: fc.option(fc.integer({ min: 0, max: COUNTRIES.length - 1 }), { nil: undefined }),
  group: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  turn: fc.integer({ min: 0, max: 2 ** 40 }),
  previous: fc.option(fc.integer({ min: 0, max: 8 }), { nil: undefined }),
});

describe('every decision', () => {
  it('answers unless all are drained, keeps what its round promises, ends within a minute, and equals its explanation', () => {
    fc.assert(
      fc.property(world, ({ conditions: given, strategies, country, group, turn, previous }) => {
        const [fallback = 'health', ...perRoute] = strategies;
        const routes = shippedPolicy.routes.map((route, at) => ({
          ...route,
          strategy: perRoute[at] ?? route.strategy,
        }));
        const policy = compilePolicy({
          ...shippedPolicy,
          routes,
          fallback: { ...shippedPolicy.fallback, strategy: fallback },
        });
        const conditions = new SetConditions(policy);
        for (const [at, { id }] of policy.targets.entries()) conditions.set.set(id, given[at] ?? {});
        const question = { country: country === undefined ? undefined : COUNTRIES[country], group, turn, previous };
        const trace: Candidate[] = [];
        const decision = decide(policy, conditions, question, trace);
        expect(decide(policy, conditions, question)).toEqual(decision);
        expect(decision.ttlSeconds).toBeGreaterThanOrEqual(1);
        expect(decision.ttlSeconds).toBeLessThanOrEqual(60);
        expect(trace).toHaveLength(policy.targets.length);
        if (given.every(({ drained }) => drained)) {
          expect(decision.target).toBe(-1);
          return;
        }
        const round = ROUNDS.find(({ name }) => name === decision.round);
        const chosen = given[decision.target];
        expect(chosen?.drained).toBe(false);
        if (chosen?.state === 'unhealthy') expect(round?.unhealthyAllowed).toBe(true);
        if (chosen?.state === 'unknown') expect(round?.unknownAllowed).toBe(true);
        const told = trace.filter((candidate) => candidate.chosen);
        expect(told.map(({ target }) => target)).toEqual([policy.targets[decision.target]?.id]);
        if (round?.slowAllowed === false && country !== undefined) {
          const stage = decision.route.stages.find(({ label }) => label === decision.stage);
          expect(told[0]?.roundTripMicros ?? 0).toBeLessThanOrEqual(stage?.ceilingMicros ?? 0);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
