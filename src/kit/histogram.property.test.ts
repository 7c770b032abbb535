import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from './histogram.ts';

const anyValue = fc.oneof(fc.nat(300), fc.nat(2 ** 31 - 1), fc.integer({ min: 2 ** 31, max: 2 ** 43 - 1 }));
const anyValues = fc.array(anyValue, { minLength: 1, maxLength: 300 });

function filled(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

describe('Histogram', () => {
  it('gives every quantile within 1/128 above the true one, and never below', () => {
    fc.assert(
      fc.property(anyValues, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
        const sorted = values.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] ?? 0;
        const answer = filled(values).quantile(q);
        expect(answer).toBeGreaterThanOrEqual(exact);
        expect(answer).toBeLessThanOrEqual(exact + exact / 128);
      }),
    );
  });

  it('merges to what one histogram of everything would hold', () => {
    fc.assert(
      fc.property(anyValues, anyValues, (left, right) => {
        const merged = filled(left);
        merged.merge(filled(right));
        const { mean, ...figures } = merged.snapshot();
        const { mean: meanOfAll, ...figuresOfAll } = filled([...left, ...right]).snapshot();
        expect(figures).toEqual(figuresOfAll);
        expect(mean).toBeCloseTo(meanOfAll, 3);
      }),
    );
  });

  it('puts every value into the bucket whose range holds it, and buckets never overlap', () => {
    fc.assert(
      fc.property(anyValues, (values) => {
        let counted = 0;
        let previousHighest = -1;
        filled(values).forEachBucket((lowest, highest, count) => {
          expect(lowest).toBeGreaterThan(previousHighest);
          expect(values.filter((value) => value >= lowest && value <= highest)).toHaveLength(count);
          previousHighest = highest;
          counted += count;
        });
        expect(counted).toBe(values.length);
      }),
    );
  });
});
