/** Every value lies in exactly the bucket whose bounds hold it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketCount, bucketOf, upperBound } from './buckets.ts';

describe('buckets', () => {
  it('hold a value below their bound and not below the bound of the bucket before', () => {
    const bits = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 23 }));
    fc.assert(
      fc.property(bits, fc.maxSafeNat(), fc.integer({ min: 0, max: 53 }), ([lowestBits, octaves], seed, shift) => {
        const value = Math.floor(seed / 2 ** shift);
        const lowest = 2 ** lowestBits;
        const buckets = bucketCount(lowest, 2 ** (lowestBits + octaves));
        const bucket = bucketOf(value, lowestBits, buckets);
        expect(value).toBeLessThan(upperBound(bucket, lowest, buckets));
        if (bucket > 0) expect(value).toBeGreaterThanOrEqual(upperBound(bucket - 1, lowest, buckets));
      }),
      { numRuns: 20_000 },
    );
  });
});
