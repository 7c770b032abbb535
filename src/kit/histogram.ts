/**
 * A latency histogram with a bounded relative error over a wide range: linear inside each power of two, after
 * Tene's HdrHistogram. Recording allocates nothing and takes a few nanoseconds. Never averages quantiles: merge instead.
 */
import { invariant } from './invariant.ts';

/** 128 steps in each power of two: a quantile is at most 1/128 (0.8%) above the value that was recorded. */
const STEP_BITS = 7;
const STEPS = 1 << STEP_BITS;

/** Values from here on are counted in the last bucket; the greatest is still kept exactly. 2^43 ns is 2.4 hours. */
const VALUE_BITS_MAX = 43;
const BUCKETS = (VALUE_BITS_MAX - STEP_BITS + 1) * STEPS;
const TWO_POW_31 = 2 ** 31;

/** What a histogram held at one moment; values are in the unit that was recorded. */
export interface HistogramSnapshot {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly p9999: number;
}

export class Histogram {
  private readonly counts = new Float64Array(BUCKETS);
  private total = 0;
  private sum = 0;
  private least = Number.POSITIVE_INFINITY;
  private greatest = 0;

  /** How many values were recorded. */
  get count(): number {
    return this.total;
  }

  /** Records one value: zero or more; a fraction is cut off. A negative value (a clock gone wrong) counts as zero. */
  record(value: number): void {
    const whole = value > 0 ? Math.floor(value) : 0;
    this.counts[bucketOf(whole)] += 1;
    this.total += 1;
    this.sum += whole;
    if (whole < this.least) this.least = whole;
    if (whole > this.greatest) this.greatest = whole;
  }

  /** A value that the share `q` (0 to 1) of all recorded values do not exceed; 0 when nothing was recorded. */
  quantile(q: number): number {
    invariant(q >= 0 && q <= 1, 'histogram.quantile', q);
    if (this.total === 0) return 0;
    const rank = Math.max(1, Math.ceil(q * this.total));
    let seen = 0;
    for (let bucket = bucketOf(this.least); bucket < BUCKETS - 1; bucket++) {
      seen += this.counts[bucket];
      if (seen >= rank) return Math.min(highestOf(bucket), this.greatest);
    }
    return this.greatest;
  }

  /** Adds everything that `other` recorded. */
  merge(other: Histogram): void {
    for (let bucket = 0; bucket < BUCKETS; bucket++) this.counts[bucket] += other.counts[bucket];
    this.total += other.total;
    this.sum += other.sum;
    this.least = Math.min(this.least, other.least);
    this.greatest = Math.max(this.greatest, other.greatest);
  }

  /** Forgets everything. */
  reset(): void {
    this.counts.fill(0);
    this.total = 0;
    this.sum = 0;
    this.least = Number.POSITIVE_INFINITY;
    this.greatest = 0;
  }

  /** Calls `visit` with each bucket that holds anything, from the lowest: its range (both ends included) and count. */
  forEachBucket(visit: (lowest: number, highest: number, count: number) => void): void {
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const count = this.counts[bucket];
      if (count === 0) continue;
      const highest = bucket === BUCKETS - 1 ? this.greatest : highestOf(bucket);
      visit(lowestOf(bucket), highest, count);
    }
  }

  /** The figures people ask for, all zero when nothing was recorded. */
  snapshot(): HistogramSnapshot {
    const empty = this.total === 0;
    return {
      count: this.total,
      min: empty ? 0 : this.least,
      max: this.greatest,
      mean: empty ? 0 : this.sum / this.total,
      p50: this.quantile(0.5),
      p90: this.quantile(0.9),
      p99: this.quantile(0.99),
      p999: this.quantile(0.999),
      p9999: this.quantile(0.9999),
    };
  }
}

function bucketOf(value: number): number {
  if (value < STEPS) return value;
  if (value < TWO_POW_31) {
    const shift = 31 - Math.clz32(value) - STEP_BITS;
    return (shift << STEP_BITS) + (value >>> shift);
  }
  if (value >= 2 ** VALUE_BITS_MAX) return BUCKETS - 1;
  const high = Math.floor(value / TWO_POW_31);
  const shift = 31 + (31 - Math.clz32(high)) - STEP_BITS;
  return (shift << STEP_BITS) + Math.floor(value / 2 ** shift);
}

function lowestOf(bucket: number): number {
  if (bucket < 2 * STEPS) return bucket;
  const shift = (bucket >>> STEP_BITS) - 1;
  return (bucket - (shift << STEP_BITS)) * 2 ** shift;
}

function highestOf(bucket: number): number {
  return lowestOf(bucket + 1) - 1;
}
