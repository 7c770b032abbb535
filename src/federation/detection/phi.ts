/**
 * The φ accrual failure detector of one link (Hayashibara, Défago, Yared, Katayama: "The φ accrual failure detector",
 * 2004): how unlikely it is that the next answer is only late. φ = −log₁₀ of the chance of a pause this long, from the
 * intervals seen lately. Time is passed in; a link decides nothing, it only suspects.
 */
import { invariant } from '#kit/invariant.ts';
import { deviationsAt, tailExponent } from './normal-tail.ts';

export interface PhiPolicy {
  /** φ from which the target is suspected: 8 means one chance in 10⁸ that it is alive. @default 8 */
  readonly threshold: number;
  /** Intervals that are remembered. @default 200 */
  readonly windowIntervals: number;
  /** The deviation counts as at least this: a quiet network must not make a detector nervous. @default 110_000 */
  readonly deviationMicrosMin: number;
  /** What the interval is taken for until some were seen. @default 250_000 */
  readonly expectedIntervalMicros: number;
}

export const PHI_DEFAULTS: PhiPolicy = {
  threshold: 8,
  windowIntervals: 200,
  deviationMicrosMin: 110_000,
  expectedIntervalMicros: 250_000,
};

/** Longest interval that is remembered; keeps the sums of squares exact. */
const INTERVAL_MICROS_MAX = 5_000_000;
const WINDOW_INTERVALS_MAX = 300;
/** Suspected pauses in a row from which on they count as the link's new nature. */
const LATE_RUN_LEARNT = 3;

export class PhiLink {
  private readonly policy: PhiPolicy;
  private readonly deviationsToSuspicion: number;
  private readonly intervals: Float64Array;
  private next = 0;
  private count = 0;
  private sum = 0;
  private sumOfSquares = 0;
  private last: number | undefined;
  private lateRun = 0;

  constructor(policy: PhiPolicy) {
    const { windowIntervals, threshold } = policy;
    invariant(windowIntervals >= 1 && windowIntervals <= WINDOW_INTERVALS_MAX, 'detection.window', windowIntervals);
    this.policy = policy;
    this.deviationsToSuspicion = deviationsAt(threshold);
    this.intervals = new Float64Array(windowIntervals);
  }

  /** An answer came. Arrivals are given in order of time. */
  arrive(nowMicros: number): void {
    if (this.last !== undefined) this.learn(Math.max(0, nowMicros - this.last));
    this.last = nowMicros;
  }

  /** The observer itself was away for so long: that time is no silence of the target. */
  excuse(micros: number, nowMicros: number): void {
    if (this.last !== undefined) this.last = Math.min(nowMicros, this.last + micros);
  }

  /** Suspicion now: 0 is none, and each step is a factor of ten. 0 before the first answer. */
  phi(nowMicros: number): number {
    if (this.last === undefined) return 0;
    const pause = nowMicros - this.last - this.meanMicros;
    return Math.max(0, tailExponent(pause / this.deviationMicros));
  }

  /** When φ reaches the threshold unless an answer comes; undefined before the first answer. */
  get suspicionDueMicros(): number | undefined {
    return this.last === undefined ? undefined : this.last + this.toleratedMicros();
  }

  isSuspected(nowMicros: number): boolean {
    return this.last !== undefined && nowMicros >= this.last + this.toleratedMicros();
  }

  get lastArrivalMicros(): number | undefined {
    return this.last;
  }

  get meanMicros(): number {
    return this.count === 0 ? this.policy.expectedIntervalMicros : this.sum / this.count;
  }

  /** Not below the floor. */
  get deviationMicros(): number {
    const floor = this.policy.deviationMicrosMin;
    if (this.count < 2) return Math.max(floor, this.policy.expectedIntervalMicros / 4);
    const mean = this.sum / this.count;
    return Math.max(floor, Math.sqrt(Math.max(0, this.sumOfSquares / this.count - mean * mean)));
  }

  /**
   * A pause that was suspected teaches nothing: an outage must not make the link patient, nor one after the other make it
   * blind. Only where several come in a row, without a punctual answer between them, has the link become slow.
   */
  private learn(pauseMicros: number): void {
    const tolerated = this.toleratedMicros();
    if (pauseMicros <= tolerated) {
      this.lateRun = 0;
      this.remember(pauseMicros);
      return;
    }
    this.lateRun++;
    if (this.lateRun >= LATE_RUN_LEARNT) this.remember(Math.floor(Math.min(tolerated, INTERVAL_MICROS_MAX)));
  }

  private toleratedMicros(): number {
    return this.meanMicros + this.deviationsToSuspicion * this.deviationMicros;
  }

  private remember(interval: number): void {
    const { intervals } = this;
    if (this.count === intervals.length) {
      const oldest = intervals[this.next];
      this.sum -= oldest;
      this.sumOfSquares -= oldest * oldest;
    } else {
      this.count++;
    }
    intervals[this.next] = interval;
    this.next = (this.next + 1) % intervals.length;
    this.sum += interval;
    this.sumOfSquares += interval * interval;
  }
}
