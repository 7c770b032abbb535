/**
 * The buckets of a log-linear histogram: equal steps inside each power of two, between two powers of two.
 * Pure arithmetic: finds a bucket in a few nanoseconds without allocating, and knows every bucket's bounds.
 */
import { invariant } from '#kit/invariant.ts';

/** 16 steps in each power of two: a quantile read from the buckets is at most 1/16 (6.3%) too high. */
export const STEP_BITS = 4;
const STEPS = 1 << STEP_BITS;
const TWO_POW_31 = 2 ** 31;

/** How many buckets the range needs, the one below and the one above it included. */
export function bucketCount(lowest: number, highest: number): number {
  return (Math.log2(highest) - Math.log2(lowest)) * STEPS + 2;
}

/**
 * Bucket of an integer of zero or more: 0 is below `2 ** lowestBits`, the last one is at or above the highest.
 * @param buckets as bucketCount gave it
 */
export function bucketOf(value: number, lowestBits: number, buckets: number): number {
  const exponent =
    value < TWO_POW_31
      ? 31 - Math.clz32(value)
      : value < 2 ** 62
        ? 62 - Math.clz32(Math.floor(value / TWO_POW_31))
        : 62;
  if (exponent < lowestBits) return 0;
  const octave = exponent - lowestBits;
  const step = exponent < 31 ? stepOfSmall(value, exponent) : Math.floor(value / 2 ** (exponent - STEP_BITS)) - STEPS;
  const bucket = 1 + octave * STEPS + step;
  return bucket < buckets - 1 ? bucket : buckets - 1;
}

function stepOfSmall(value: number, exponent: number): number {
  const scaled = exponent >= STEP_BITS ? value >>> (exponent - STEP_BITS) : value << (STEP_BITS - exponent);
  return scaled - STEPS;
}

/** The value just above a bucket, exclusive; infinite for the last one. */
export function upperBound(bucket: number, lowest: number, buckets: number): number {
  invariant(bucket >= 0 && bucket < buckets, 'metrics.bucket', bucket);
  if (bucket === buckets - 1) return Number.POSITIVE_INFINITY;
  const octave = Math.floor(bucket / STEPS);
  const step = bucket - octave * STEPS;
  return (lowest * 2 ** octave * (STEPS + step)) / STEPS;
}
