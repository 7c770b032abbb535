/**
 * How unlikely it is that a normally distributed value lies so far out, as a power of ten: exact where the probability
 * itself would be rounded to zero. Pure arithmetic.
 */
import { invariant } from '#kit/invariant.ts';

/** Below, the series converges in few terms; above, the continued fraction does. */
const SERIES_BELOW = 3;
const SERIES_TERMS = 120;
const FRACTION_TERMS = 60;
const HALF_LN_2PI = Math.log(2 * Math.PI) / 2;
const BISECTIONS = 80;
/** Deviations beyond which no suspicion is ever asked for. */
const DEVIATIONS_MAX = 200;

/** −log₁₀ P(X > deviations) of a standard normal X. */
export function tailExponent(deviations: number): number {
  if (deviations < SERIES_BELOW) return -Math.log10(0.5 - belowByArea(deviations));
  return (deviations ** 2 / 2 + HALF_LN_2PI - Math.log(millsRatio(deviations))) / Math.LN10;
}

/** The deviations at which the tail exponent reaches `exponent`; the inverse of tailExponent. */
export function deviationsAt(exponent: number): number {
  invariant(exponent > 0 && exponent < tailExponent(DEVIATIONS_MAX), 'detection.exponent', exponent);
  let low = -DEVIATIONS_MAX;
  let high = DEVIATIONS_MAX;
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = (low + high) / 2;
    if (tailExponent(middle) < exponent) low = middle;
    else high = middle;
  }
  return high;
}

/** P(0 < X < y), negative below zero (Abramowitz and Stegun 26.2.11). */
function belowByArea(y: number): number {
  // Below this the area is a half to the last bit, and the series would need too many terms.
  if (y < -8) return -0.5;
  let term = y;
  let sum = y;
  for (let n = 1; n <= SERIES_TERMS; n++) {
    term *= (y * y) / (2 * n + 1);
    sum += term;
  }
  return sum * Math.exp(-(y * y) / 2 - HALF_LN_2PI);
}

/** P(X > y) divided by the density at y (Abramowitz and Stegun 26.2.14). */
function millsRatio(y: number): number {
  let tail = y;
  for (let n = FRACTION_TERMS; n >= 1; n--) tail = y + n / tail;
  return 1 / tail;
}
