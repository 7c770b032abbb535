/** The statistics by which a simulated market is compared with real ones. Pure functions of samples. */

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which `share` of the values lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** Fourth standardised moment: 3 for a normal distribution, more for heavier tails. */
export function kurtosis(values: readonly number[]): number {
  const centre = mean(values);
  const variance = mean(values.map((value) => (value - centre) ** 2));
  return mean(values.map((value) => (value - centre) ** 4)) / variance ** 2;
}

/** Correlation of the values with themselves `lag` places later. */
export function autocorrelation(values: readonly number[], lag: number): number {
  const centre = mean(values);
  let together = 0;
  let variance = 0;
  for (const [at, value] of values.entries()) {
    variance += (value - centre) ** 2;
    if (at >= lag) together += (value - centre) * (values[at - lag] - centre);
  }
  return together / variance;
}

/** Variance over mean of counts: 1 for independent arrivals, more for clustered ones. */
export function dispersion(counts: readonly number[]): number {
  const centre = mean(counts);
  return mean(counts.map((count) => (count - centre) ** 2)) / centre;
}

/** Logarithmic returns of prices that are `every` places apart. */
export function logReturns(prices: readonly number[], every: number): number[] {
  const returns: number[] = [];
  for (let at = every; at < prices.length; at += every) returns.push(Math.log(prices[at] / prices[at - every]));
  return returns;
}
