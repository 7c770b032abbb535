/** How busy a market is over its day: much at the open, more at the close, little in between. */

/** Highest value of `intradayActivity`. */
export const INTRADAY_ACTIVITY_MAX = 1.95;

const FLOOR = 0.6;
const CURVE = 1.2;
const TILT = 0.15;

/**
 * Activity at a share of the trading day, as a multiple of the day's mean: a parabola (the "U shape" of Jain and Joh,
 * 1988) with a little more towards the close. Its mean over the day is 1.
 * @param dayShare 0 at the open, 1 at the close; outside counts as the nearer end
 */
export function intradayActivity(dayShare: number): number {
  const position = Math.min(1, Math.max(0, dayShare)) * 2 - 1;
  return FLOOR + CURVE * position * position + TILT * position;
}
