/** No minority, no single region and no single provider can start a take-over, whatever the ballots say. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tally, type Ballot, type QuorumPolicy } from './quorum.ts';

const PROVIDERS = ['aws', 'gcp', 'azure'];

const policyArbitrary = fc
  .record({
    regions: fc.array(fc.record({ provider: fc.constantFrom(...PROVIDERS), region: fc.nat(5) }), {
      minLength: 1,
      maxLength: 14,
    }),
    regionsMin: fc.integer({ min: 1, max: 4 }),
    providersMin: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ regions, ...minima }): QuorumPolicy => ({
    ...minima,
    seats: regions.map(({ provider, region }, at) => ({
      observer: `o${at}`,
      provider,
      region: `${provider}/r${region}`,
    })),
  }));

const ballotArbitrary: fc.Arbitrary<Ballot> = fc.record({
  observer: fc.nat(16).map((at) => `o${at}`),
  verdict: fc.constantFrom('up' as const, 'suspect' as const, 'unknown' as const),
  // Also what a liar would send.
  weight: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(-1, 5, 1000)),
});

describe('a quorum', () => {
  it('stands on more than half of all seats by weight, on enough regions and providers, and says so otherwise', () => {
    fc.assert(
      fc.property(policyArbitrary, fc.array(ballotArbitrary, { maxLength: 20 }), (policy, ballots) => {
        const result = tally(ballots, policy);
        const last = new Map(ballots.map((ballot) => [ballot.observer, ballot]));
        const against = policy.seats.filter(({ observer }) => last.get(observer)?.verdict === 'suspect');
        const weight = against
          .map(({ observer }) => Math.min(1, Math.max(0, last.get(observer)?.weight ?? 0)))
          .reduce((sum, next) => sum + next, 0);
        const expected =
          weight > policy.seats.length / 2 &&
          new Set(against.map(({ region }) => region)).size >= policy.regionsMin &&
          new Set(against.map(({ provider }) => provider)).size >= policy.providersMin;
        expect(result.suspected).toBe(expected);
        expect(result.weight).toBeCloseTo(weight, 9);
        expect(result.suspecting.length + result.trusting.length + result.silent.length).toBe(policy.seats.length);
        expect(result.reason.startsWith('no quorum')).toBe(!expected);
      }),
      { numRuns: 1000 },
    );
  });

  it('is never reached by at most half of the seats', () => {
    fc.assert(
      fc.property(policyArbitrary, (policy) => {
        const half = policy.seats.slice(0, Math.floor(policy.seats.length / 2));
        const ballots = half.map(({ observer }) => ({ observer, verdict: 'suspect' as const, weight: 1000 }));
        expect(tally(ballots, policy).suspected).toBe(false);
      }),
    );
  });

  it('does not form while all are unwell, and is not kept from forming by one that is', () => {
    const seats = PROVIDERS.map((provider, at) => ({ observer: `o${at}`, provider, region: `${provider}/r` }));
    const policy = { seats: [...seats, { ...seats[0], observer: 'o3' }], regionsMin: 3, providersMin: 2 };
    const ballots = (weights: readonly number[]): Ballot[] =>
      weights.map((weight, at) => ({ observer: `o${at}`, verdict: 'suspect', weight }));
    expect(tally(ballots([0.5, 0.5, 0.5, 0.5]), policy)).toMatchObject({ suspected: false, weight: 2 });
    expect(tally(ballots([1, 1, 0.5, 0]), policy).suspected).toBe(true);
    expect(tally(ballots([1, 1, 0, 1]), policy).suspected).toBe(true);
  });
});
