/**
 * When simulated traders act: a self-exciting point process (Hawkes, 1971) with two exponential kernels, drawn exactly
 * by thinning (Ogata, 1981). Each arrival raises the chance of more: a burst within the second, a swell within the minute.
 * Time and randomness are passed in.
 */
import { invariant } from '#kit/invariant.ts';
import type { Rng } from '#kit/rng.ts';

/** A part of the response to an arrival. */
export interface Kernel {
  /** Arrivals that one arrival brings about through this kernel, on average. */
  readonly offspring: number;
  /** How fast the excitement fades, per second. */
  readonly decayPerSecond: number;
}

const DEFAULT_KERNELS: readonly Kernel[] = [
  { offspring: 0.4, decayPerSecond: 12 },
  { offspring: 0.25, decayPerSecond: 0.25 },
];

/** Candidates that thinning may reject before the next arrival is put off to the last one. */
const CANDIDATES_MAX = 10_000;

const SECOND_MICROS = 1_000_000;

export class Arrivals {
  private readonly rng: Rng;
  private readonly kernels: readonly Kernel[];
  private readonly excitement: Float64Array;
  private readonly spontaneousShare: number;
  private lastMicros: number;

  constructor(rng: Rng, startMicros: number, kernels: readonly Kernel[] = DEFAULT_KERNELS) {
    const offspring = kernels.reduce((sum, kernel) => sum + kernel.offspring, 0);
    invariant(offspring < 1, 'arrivals.explosive', offspring);
    this.rng = rng;
    this.kernels = kernels;
    this.excitement = new Float64Array(kernels.length);
    this.spontaneousShare = 1 - offspring;
    this.lastMicros = startMicros;
  }

  /**
   * The moment of the next arrival after the present one (or after `excite`).
   * @param ratePerSecond mean rate wanted at a moment, all arrivals counted
   * @param ratePerSecondMax no rate above this is ever asked for
   */
  next(ratePerSecond: (atMicros: number) => number, ratePerSecondMax: number): number {
    for (let candidate = 0; candidate < CANDIDATES_MAX; candidate++) {
      const bound = ratePerSecondMax * this.spontaneousShare + this.sum();
      this.fade(this.rng.exponential(1 / bound));
      const intensity = ratePerSecond(this.lastMicros) * this.spontaneousShare + this.sum();
      if (this.rng.float() * bound <= intensity) {
        this.excite(1);
        break;
      }
    }
    return Math.round(this.lastMicros);
  }

  /** Adds the excitement of `arrivals` arrivals at the moment last reached: news. */
  excite(arrivals: number): void {
    for (const [at, kernel] of this.kernels.entries()) {
      this.excitement[at] += arrivals * kernel.offspring * kernel.decayPerSecond;
    }
  }

  private fade(seconds: number): void {
    this.lastMicros += seconds * SECOND_MICROS;
    for (const [at, kernel] of this.kernels.entries()) {
      this.excitement[at] *= Math.exp(-kernel.decayPerSecond * seconds);
    }
  }

  private sum(): number {
    let total = 0;
    for (const part of this.excitement) total += part;
    return total;
  }
}
