/**
 * How good forecasts were, honestly: squared and absolute errors beside what a naive forecast would have had. Never
 * drops a bin, and says so when a figure does not exist.
 */
import { invariant } from '#kit/invariant.ts';

export interface Accuracy {
  /** Share of the load's variance explained; negative when worse than its mean. */
  readonly r2: number;
  /** The same of log(1 + load). */
  readonly logR2: number;
  /** Mean absolute error in units of the in-sample error of the one-day seasonal naive forecast (Hyndman, 2006). */
  readonly mase: number;
}

/** @param scale mean absolute error of the seasonal naive forecast in training, see seasonalScale */
export function accuracyOf(actual: Float64Array, forecast: Float64Array, scale: number): Accuracy {
  invariant(actual.length === forecast.length && actual.length > 0, 'accuracy.length', actual.length);
  return {
    r2: explained(actual, forecast),
    logR2: explained(actual.map(logOf), forecast.map(logOf)),
    mase: meanAbsoluteError(actual, forecast) / scale,
  };
}

function logOf(load: number): number {
  return Math.log1p(Math.max(0, load));
}

function explained(actual: Float64Array, forecast: Float64Array): number {
  const mean = actual.reduce((sum, value) => sum + value, 0) / actual.length;
  let errors = 0;
  let spread = 0;
  for (let at = 0; at < actual.length; at++) {
    errors += (actual[at] - forecast[at]) ** 2;
    spread += (actual[at] - mean) ** 2;
  }
  return spread === 0 ? (errors === 0 ? 1 : Number.NaN) : 1 - errors / spread;
}

export function meanAbsoluteError(actual: Float64Array, forecast: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < actual.length; at++) sum += Math.abs(actual[at] - forecast[at]);
  return sum / actual.length;
}

/** Mean absolute error of "as at the same time yesterday" over the bins [0, end). */
export function seasonalScale(values: Float64Array, slotsPerDay: number, end: number): number {
  invariant(end > slotsPerDay, 'accuracy.too-short', end);
  let sum = 0;
  for (let at = slotsPerDay; at < end; at++) sum += Math.abs(values[at] - values[at - slotsPerDay]);
  return sum / (end - slotsPerDay);
}

/** Share of actual values at or under their quantile. */
export function coverageOf(actual: Float64Array, quantile: Float64Array): number {
  let under = 0;
  for (let at = 0; at < actual.length; at++) if (actual[at] <= quantile[at]) under++;
  return under / actual.length;
}

/** Mean pinball loss of a quantile forecast (Koenker and Bassett, 1978), in units of the load. */
export function pinballLoss(actual: Float64Array, quantile: Float64Array, share: number): number {
  let sum = 0;
  for (let at = 0; at < actual.length; at++) {
    const residual = actual[at] - quantile[at];
    sum += residual > 0 ? residual * share : residual * (share - 1);
  }
  return sum / actual.length;
}
