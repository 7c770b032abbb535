/**
 * When a forecast is for: date, slot and weekday of the bin that lies some bins ahead, by the calendar alone. Never looks
 * at a measured bin after the present one.
 */
import { nextWholeSession, utcDate, weekdayOf } from './market-calendar.ts';
import type { LoadHistory } from './load-history.ts';

const MINUTE_MICROS = 60_000_000;

/** `sessions`: only whole trading days have bins; `always`: every day has. */
export type DayRule = 'sessions' | 'always';

export interface TargetMoment {
  readonly date: number;
  readonly slot: number;
  readonly weekday: number;
  /** Days between the present bin and the target: 0 on the same day. */
  readonly daysAhead: number;
}

/** The moment `ahead` bins after bin `at`. */
export function targetMoment(history: LoadHistory, at: number, ahead: number, rule: DayRule): TargetMoment {
  const step = history.slotsPerDay;
  const total = history.slots[at] + ahead;
  const daysAhead = Math.floor(total / step);
  const slot = total - daysAhead * step;
  if (rule === 'always') {
    // By the clock: a season may be shorter than a day.
    const date = utcDate(history.timesMicros[at] + ahead * history.binMinutes * MINUTE_MICROS);
    return { date, slot, weekday: weekdayOf(date), daysAhead };
  }
  let date = history.dates[at];
  for (let day = 0; day < daysAhead; day++) date = nextWholeSession(date);
  return { date, slot, weekday: weekdayOf(date), daysAhead };
}
