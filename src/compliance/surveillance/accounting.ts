/** How good alerts are: counts of right and wrong ones, with the interval that so few of them leave open. */

/** Standard normal quantile of a two-sided 95 % interval. */
const Z = 1.959963984540054;

/** Wilson's 95 % interval (1927) of a proportion; [0, 1] where nothing was counted. */
export function wilson(right: number, all: number): readonly [number, number] {
  if (all === 0) return [0, 1];
  const share = right / all;
  const centre = share + (Z * Z) / (2 * all);
  const reach = Z * Math.sqrt((share * (1 - share)) / all + (Z * Z) / (4 * all * all));
  const scale = 1 + (Z * Z) / all;
  return [Math.max(0, (centre - reach) / scale), Math.min(1, (centre + reach) / scale)];
}
