/**
 * Forecasts that anybody could make without a model. Permanent challengers: nothing that does not beat the best of them
 * on its validation windows is ever used.
 */
import { latestSameSlot, type LoadHistory } from '../features/load-history.ts';

export const NAIVE_KINDS = [
  'lastValue',
  'lastHour',
  'dayBefore',
  'weekBefore',
  'slotMean3',
  'slotMean5',
  'slotMean7',
  'slotMean10',
  'slotMean20',
  'slotMedian10',
] as const;
export type NaiveKind = (typeof NAIVE_KINDS)[number];

const SLOT_MEAN_DAYS: Readonly<Partial<Record<NaiveKind, number>>> = {
  slotMean3: 3,
  slotMean5: 5,
  slotMean7: 7,
  slotMean10: 10,
  slotMean20: 20,
};

/**
 * The forecast of that kind, made at bin `at` for `ahead` bins later. Falls back on the last value before a season is known.
 * @param daysPerWeek bins of a week ago lie that many days back: 5 for trading days, else 7
 */
export function naiveForecast(
  kind: NaiveKind,
  history: LoadHistory,
  at: number,
  ahead: number,
  daysPerWeek: number,
): number {
  const value = seasonalForecast(kind, history, at, ahead, daysPerWeek);
  return Number.isNaN(value) ? history.values[at] : value;
}

function seasonalForecast(
  kind: NaiveKind,
  history: LoadHistory,
  at: number,
  ahead: number,
  daysPerWeek: number,
): number {
  const target = at + ahead;
  const days = SLOT_MEAN_DAYS[kind];
  if (days !== undefined) return history.slotMean(at, target, days, 0);
  if (kind === 'lastValue') return history.values[at];
  if (kind === 'lastHour') return history.mean(at - Math.round(60 / history.binMinutes) + 1, at);
  if (kind === 'slotMedian10') return history.slotMedian(at, target, 10, 0);
  const step = history.slotsPerDay;
  const bin = kind === 'dayBefore' ? latestSameSlot(at, target, step) : latestSameSlot(at, target, step * daysPerWeek);
  return bin < 0 ? Number.NaN : history.values[bin];
}
