/**
 * Keeps a forecast from being stubborn while it runs: every expert (the blend, the naive forecast, each member) is judged by
 * the outcomes that are known, and one that has been much better of late takes over weight. With nothing known, or nobody
 * better, the blend speaks. This is how a model that the world has left behind falls back (Hedge: Freund, Schapire, 1997).
 */
import { invariant } from '#kit/invariant.ts';

/** Trust in the first expert, the blend, before anything is known; the others share the rest. */
const FIRST_TRUST = 0.9;
/** An expert whose recent error is a tenth smaller gains a factor of e^(that ÷ 10). */
const SHARPNESS = 20;
/** Errors of that many outcomes must be known before weights move. */
const OUTCOMES_MIN = 12;

export class RunningMix {
  private readonly errors: Float64Array;
  private readonly keep: number;
  private outcomes = 0;

  /** @param memoryBins outcomes count by half after about 0.7 times that many */
  constructor(experts: number, memoryBins: number) {
    invariant(experts >= 1 && memoryBins >= 1, 'mix.options', experts);
    this.errors = new Float64Array(experts);
    this.keep = 1 - 1 / memoryBins;
  }

  /** An outcome has become known. @param forecasts what each expert had said for it, from `at` on */
  observe(actual: number, forecasts: Float64Array, at = 0): void {
    const { errors, keep } = this;
    for (let expert = 0; expert < errors.length; expert++) {
      errors[expert] = errors[expert] * keep + Math.abs(actual - forecasts[at + expert]);
    }
    this.outcomes++;
  }

  /** Present weights, which sum to one. */
  weights(): Float64Array {
    const { errors } = this;
    const others = errors.length === 1 ? 0 : (1 - FIRST_TRUST) / (errors.length - 1);
    const known = this.outcomes >= OUTCOMES_MIN && errors[0] > 0;
    const weights = errors.map((error, expert) => {
      const trust = expert === 0 ? (errors.length === 1 ? 1 : FIRST_TRUST) : known ? others : 0;
      return known ? trust * Math.exp(SHARPNESS * (1 - error / errors[0])) : trust;
    });
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return weights.map((weight) => weight / sum);
  }

  /** The weighted mean of the experts' forecasts from `at` on. */
  mix(forecasts: Float64Array, at = 0): number {
    const weights = this.weights();
    let sum = 0;
    for (let expert = 0; expert < weights.length; expert++) sum += weights[expert] * forecasts[at + expert];
    return sum;
  }
}
