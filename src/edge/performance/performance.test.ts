import { describe, expect, it } from 'vitest';
import type { Batch } from '#kit/ports/journal.ts';
import { compare } from './baselines.ts';
import { recommend } from './recommendations.ts';
import { RegionalPerformance } from './regional.ts';

const words = new Int32Array(0);

function batch(
  firstSequence: number,
  count: number,
  [matchedNanos, writtenNanos, ackedNanos]: readonly number[],
): Batch {
  const previous = { matchedNanos, writtenNanos, ackedNanos };
  return { epoch: 1, firstSequence, count, words, start: 0, end: 0, timeMicros: firstSequence, previous };
}

/** `batches` batches of four commands that took 40 µs to match, 360 µs to write and 100 µs to deliver. */
function measured(batches: number, promisedMicros: number): RegionalPerformance {
  const performance = new RegionalPerformance(promisedMicros, 0);
  performance.goLive(0);
  for (let at = 0; at <= batches; at++) performance.onBatch(batch(1 + at * 4, 4, [40_000, 400_000, 500_000]));
  return performance;
}

describe('the performance of a site', () => {
  it('attributes the time of batches to hops that add up to the whole', () => {
    const { hops, whole, bottleneck, attainment } = measured(1000, 2000).figures(1_000_000);
    expect(whole.count).toBe(1000);
    expect(hops.queueing.p50Micros).toBeCloseTo(30, 0);
    expect(hops.match.p50Micros).toBeCloseTo(10, 0);
    expect(hops.journal.shareOfTime).toBeCloseTo(0.72, 5);
    expect([bottleneck, attainment]).toEqual(['journal', 1]);
  });

  it('says nothing before anything was measured, nor of batches whose stamps do not follow', () => {
    const performance = new RegionalPerformance(100, 0);
    performance.goLive(0);
    performance.onBatch(batch(1, 4, [1, 2, 3]));
    performance.onBatch(batch(50, 4, [1, 2, 3]));
    performance.onBatch(batch(54, 4, [1, 2, 0]));
    expect(performance.figures(1)).toMatchObject({
      bottleneck: null,
      attainment: null,
      whole: { count: 0, p99Micros: null },
    });
  });

  it('recommends what the bottleneck asks for, only where the promise is missed and enough was measured', () => {
    expect(recommend(measured(1000, 100).figures(1), 1000).map(({ id }) => id)).toEqual(['faster-disk']);
    expect(recommend(measured(1000, 2000).figures(1), 1000)).toEqual([]);
    expect(recommend(measured(20, 100).figures(1), 1000)).toEqual([]);
  });

  it('tells better from worse against figures that were kept, and noise from both', () => {
    const before = measured(1000, 2000).figures(1);
    const worse = {
      ...before,
      whole: { ...before.whole, p99Micros: (before.whole.p99Micros ?? 0) * 2 },
      attainment: 0.5,
    };
    const verdicts = new Map(compare(before, worse).map(({ figure, verdict }) => [figure, verdict]));
    expect(verdicts.get('p99Micros')).toBe('worse');
    expect(verdicts.get('attainment')).toBe('worse');
    expect(verdicts.get('p50Micros')).toBe('same');
    expect(new Map(compare(worse, before).map(({ figure, verdict }) => [figure, verdict])).get('p99Micros')).toBe(
      'better',
    );
  });
});
