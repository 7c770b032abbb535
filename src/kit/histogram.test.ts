import { describe, expect, it } from 'vitest';
import { Histogram } from './histogram.ts';

function filled(values: Iterable<number>): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

function* upTo(last: number): Generator<number> {
  for (let value = 1; value <= last; value++) yield value;
}

describe('Histogram', () => {
  it('answers zero while it is empty', () => {
    expect(new Histogram().snapshot()).toEqual({
      count: 0,
      min: 0,
      max: 0,
      mean: 0,
      p50: 0,
      p90: 0,
      p99: 0,
      p999: 0,
      p9999: 0,
    });
  });

  it('is exact for small values', () => {
    expect(filled(upTo(100)).snapshot()).toMatchObject({
      count: 100,
      min: 1,
      max: 100,
      mean: 50.5,
      p50: 50,
      p90: 90,
      p99: 99,
    });
  });

  it('keeps the greatest value exactly, beyond its range too', () => {
    const histogram = filled([5, 2 ** 50]);
    expect(histogram.snapshot()).toMatchObject({ max: 2 ** 50, p99: 2 ** 50, p50: 5 });
  });

  it('counts a negative value as zero and cuts fractions off', () => {
    expect(filled([-3, 7.9]).snapshot()).toMatchObject({ count: 2, min: 0, max: 7, mean: 3.5 });
  });

  it('refuses a quantile outside 0 to 1', () => {
    expect(() => new Histogram().quantile(1.1)).toThrow('histogram.quantile');
    expect(() => new Histogram().quantile(Number.NaN)).toThrow('histogram.quantile');
  });

  it('forgets everything at a reset', () => {
    const histogram = filled(upTo(1000));
    histogram.reset();
    expect(histogram.snapshot()).toEqual(new Histogram().snapshot());
  });

  it('hands out its buckets from the lowest, none empty', () => {
    const seen: number[][] = [];
    filled([3, 3, 1000, 2 ** 40]).forEachBucket((lowest, highest, count) => seen.push([lowest, highest, count]));
    expect(seen).toEqual([
      [3, 3, 2],
      [1000, 1003, 1],
      [2 ** 40, 2 ** 40 + 2 ** 33 - 1, 1],
    ]);
  });

  it('allocates nothing while it records', () => {
    const histogram = new Histogram();
    for (let warm = 0; warm < 200_000; warm++) histogram.record(warm * 37);
    const growths = Array.from({ length: 9 }, () => {
      const before = process.memoryUsage().heapUsed;
      for (let value = 0; value < 100_000; value++) histogram.record(value * 37_000);
      return process.memoryUsage().heapUsed - before;
    });
    const [typical = 0] = growths.toSorted((a, b) => a - b).slice(4);
    expect(typical).toBeLessThan(400_000);
  });
});
