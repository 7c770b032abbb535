/**
 * When a market is open, by hour of the UTC day. Daylight saving counts: the same market is open at other hours in summer.
 * Weekends and holidays are not its business: it answers for an ordinary trading day.
 */
import type { Market } from './site.ts';

export const HOURS_A_DAY = 24;
const MINUTES_A_DAY = 1440;
const HOUR_MINUTES = 60;

/** The share of each UTC hour (0 to 1, 24 of them) that the market is open on the day of `nowMicros`. */
export function openShares(market: Pick<Market, 'timeZone' | 'opens' | 'closes'>, nowMicros: number): number[] {
  const { opens, closes } = market;
  if (opens === closes) return Array.from({ length: HOURS_A_DAY }, () => 1);
  const offset = utcOffsetMinutes(market.timeZone, nowMicros);
  const shares = Array.from({ length: HOURS_A_DAY }, () => 0);
  const length = (closes - opens + MINUTES_A_DAY) % MINUTES_A_DAY;
  const start = (((opens - offset) % MINUTES_A_DAY) + MINUTES_A_DAY) % MINUTES_A_DAY;
  for (let minute = start; minute < start + length; minute++) {
    shares[Math.floor((minute % MINUTES_A_DAY) / HOUR_MINUTES)] += 1 / HOUR_MINUTES;
  }
  return shares.map((share) => Math.min(1, Number(share.toFixed(6))));
}

/** Minutes to add to UTC for the local time of a zone at a moment. */
function utcOffsetMinutes(timeZone: string, nowMicros: number): number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  const text = format.formatToParts(nowMicros / 1000).find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  const match = /^GMT(?:([+-])(\d\d):(\d\d))?/.exec(text);
  if (match?.[1] === undefined) return 0;
  const minutes = Number(match[2]) * HOUR_MINUTES + Number(match[3]);
  return match[1] === '-' ? -minutes : minutes;
}
