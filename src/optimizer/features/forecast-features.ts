/**
 * The features of a forecast made at one bin for another: the one code path for training and live. Everything is measured
 * against trailing levels, so that a model learnt at one size of load holds at another. Reads no bin after `at`.
 */
import { EVENT_KINDS, daysToCentralBank, eventsOn, strongEventOn } from './market-calendar.ts';
import { latestSameSlot, type LoadHistory } from './load-history.ts';
import type { FeatureRow } from './feature-row.ts';
import { targetMoment, type DayRule, type TargetMoment } from './target-moment.ts';

/** What load is compared with: a seasonal base for the target, and the general level. */
export interface Reference {
  /** Expected load of the target's slot by the last days. */
  readonly base: number;
  /** Mean load of the last days. */
  readonly level: number;
  /** The base, half way to the pace of the last day. */
  readonly paced: number;
  /** Mean load of the last hour. */
  readonly recent: number;
  /** Added to both sides of ratios, so that a load of nothing has one. */
  readonly floor: number;
  /** What earlier days with the same event had more than their base, in logs. */
  readonly analog: Analog;
}

interface Analog {
  readonly ratio: number;
  readonly days: number;
}

const NO_ANALOG: Analog = { ratio: 0, days: 0 };

const LEVEL_DAYS = 20;
const BASE_DAYS = 10;
const FLOOR_SHARE = 0.02;
/** Floor of a load that was nothing for days: ratios of nothing to nothing are one. */
const FLOOR_MIN = 1e-9;
const WINDOWS = [1, 2, 3, 6, 12, 24, 48] as const;
const DAY_LAGS = [1, 2, 3, 4, 5, 7, 10] as const;
const SLOT_MEAN_DAYS = [3, 5, 7, 20] as const;
const MINUTES_PER_DAY = 1440;

export interface FeatureRequest {
  readonly history: LoadHistory;
  readonly at: number;
  /** Bins from `at` to the target. */
  readonly ahead: number;
  readonly rule: DayRule;
  /** Neighbouring bins on both sides that seasonal means take in; 0 where slots differ sharply. */
  readonly around: number;
}

/** The reference of a request. Undefined before the first whole day: nothing honest can be said of a season then. */
function referenceOf(request: FeatureRequest, target: TargetMoment): Reference | undefined {
  const { history, at, ahead, around, rule } = request;
  if (at < history.slotsPerDay) return undefined;
  const level = history.mean(at - LEVEL_DAYS * history.slotsPerDay + 1, at);
  const floor = FLOOR_SHARE * level;
  const skip = rule === 'sessions' ? isStrong : undefined;
  const ordinary = history.slotMean(at, at + ahead, BASE_DAYS, around, skip);
  const usual = Number.isNaN(ordinary) ? history.slotMean(at, at + ahead, BASE_DAYS, around) : ordinary;
  const analog = rule === 'sessions' ? analogOf(request, target) : NO_ANALOG;
  const recent = history.mean(at - Math.round(60 / history.binMinutes) + 1, at);
  const lastDay = history.mean(at - history.slotsPerDay + 1, at);
  const lastDays = history.mean(at - BASE_DAYS * history.slotsPerDay + 1, at);
  const base = usual * Math.exp(analog.ratio);
  const paced = base * Math.sqrt((lastDay + floor) / (lastDays + floor || 1));
  return { base, paced, level, recent, floor: floor > 0 ? floor : FLOOR_MIN, analog };
}

const isStrong = (date: number): boolean => strongEventOn(date) !== undefined;

/** Writes a request's features; gives false, and writes nothing, where there is no reference yet. */
export function writeFeatures(request: FeatureRequest, row: FeatureRow): Reference | undefined {
  const target = targetMoment(request.history, request.at, request.ahead, request.rule);
  const reference = referenceOf(request, target);
  if (reference === undefined) return undefined;
  row.begin();
  writeRecent(request, reference, row);
  writeSeasonal(request, reference, row);
  writeCalendar(request, target, row);
  writeEvents(request, target, reference, row);
  writeSignals(request, row);
  row.end();
  return reference;
}

/** Load of the last minutes and hours against what the last days had at the same time. */
function writeRecent({ history, at, around }: FeatureRequest, { level, floor }: Reference, row: FeatureRow): void {
  const step = history.slotsPerDay;
  for (const bins of WINDOWS) {
    const now = history.mean(at - bins + 1, at);
    let usual = 0;
    let used = 0;
    for (let day = 1; day <= BASE_DAYS && at - day * step >= 0; day++, used++) {
      usual += history.mean(at - day * step - bins + 1 - around, at - day * step + around);
    }
    row.put(`ratio_${bins}`, Math.log((now + floor) / (usual / used + floor)));
  }
  for (const bins of [1, 3, 12]) {
    row.put(`level_${bins}`, Math.log((history.mean(at - bins + 1, at) + floor) / (level + floor)));
  }
  const slot = history.slots[at];
  const today = history.mean(at - slot, at);
  let usual = 0;
  let used = 0;
  for (let day = 1; day <= BASE_DAYS && at - day * step >= 0; day++, used++) {
    usual += history.mean(at - slot - day * step, at - day * step);
  }
  row.put('ratio_today', Math.log((today + floor) / (usual / used + floor)));
  const yesterday = history.mean(at - slot - step, at - slot - 1);
  row.put('ratio_yesterday', Math.log((yesterday + floor) / (level + floor)));
  for (const days of [1, 2, 5]) {
    const recent = history.mean(at - days * step + 1, at);
    row.put(`trend_${days}d`, Math.log((recent + floor) / (level + floor)));
  }
  row.put('bins_filled_last_hour', countFilled(history, at, 60 / history.binMinutes));
}

function countFilled(history: LoadHistory, at: number, bins: number): number {
  let filled = 0;
  for (let bin = Math.max(0, at - bins + 1); bin <= at; bin++) filled += history.filled[bin];
  return filled;
}

/** Load at the target's slot on earlier days against the base. */
function writeSeasonal(request: FeatureRequest, { base, level, floor, analog }: Reference, row: FeatureRow): void {
  const { history, at, ahead, around, rule } = request;
  const skip = rule === 'sessions' ? isStrong : undefined;
  const usual = base / Math.exp(analog.ratio);
  const step = history.slotsPerDay;
  row.put('base_level', Math.log((base + floor) / (level + floor)));
  const latest = latestSameSlot(at, at + ahead, step);
  for (const lag of DAY_LAGS) {
    const bin = latest - (lag - 1) * step;
    const value = bin < 0 ? Number.NaN : history.mean(bin - around, Math.min(at, bin + around));
    const strong = bin >= 0 && skip?.(history.dates[bin]) === true;
    row.put(`day_${lag}`, strong ? Number.NaN : Math.log((value + floor) / (usual + floor)));
  }
  for (const days of SLOT_MEAN_DAYS) {
    row.put(
      `slot_mean_${days}d`,
      Math.log((history.slotMean(at, at + ahead, days, around, skip) + floor) / (usual + floor)),
    );
  }
  row.put(
    'slot_median',
    Math.log((history.slotMedian(at, at + ahead, BASE_DAYS, around, skip) + floor) / (usual + floor)),
  );
  const wide = history.slotMean(at, at + ahead, BASE_DAYS, around + 2, skip);
  row.put('slot_wide', Math.log((wide + floor) / (usual + floor)));
}

function writeCalendar({ history, at, ahead, rule }: FeatureRequest, target: TargetMoment, row: FeatureRow): void {
  const step = history.slotsPerDay;
  row.put('target_slot', target.slot);
  row.put('target_weekday', target.weekday);
  row.put('target_days_ahead', target.daysAhead);
  row.put('target_is_weekend', Number(target.weekday === 0 || target.weekday === 6));
  row.put('bins_to_day_end', step - target.slot);
  row.put(
    'calendar_gap',
    rule === 'sessions' && target.daysAhead > 0 ? weekdayGap(history.weekdays[at], target.weekday) : 0,
  );
  row.put('hour_sine', Math.sin((2 * Math.PI * target.slot) / step));
  row.put('hour_cosine', Math.cos((2 * Math.PI * target.slot) / step));
  row.put('day_of_month', target.date % 100);
  row.put('hours_ahead', (ahead * history.binMinutes) / 60);
  row.put('minute_of_hour', (target.slot * history.binMinutes) % 60);
  row.put('season_share', (at % step) / MINUTES_PER_DAY);
}

function weekdayGap(from: number, to: number): number {
  return (to - from + 7) % 7;
}

/** What is known of the target's day beforehand, and what the same kind of day did before at that slot. */
function writeEvents(request: FeatureRequest, target: TargetMoment, reference: Reference, row: FeatureRow): void {
  const events = request.rule === 'sessions' ? eventsOn(target.date) : [];
  for (const kind of EVENT_KINDS) row.put(`is_${kind}`, Number(events.includes(kind)));
  row.put('fed_meeting_proximity', daysToCentralBank(target.date));
  row.put('analog_ratio', reference.analog.ratio);
  row.put('analog_days', reference.analog.days);
  const today = request.history.dates[request.at];
  row.put('events_today', request.rule === 'sessions' ? eventsOn(today).length : 0);
  const before = request.history.dates[Math.max(0, request.at - request.history.slotsPerDay)];
  row.put('events_yesterday', request.rule === 'sessions' ? eventsOn(before).length : 0);
}

const ANALOG_DAYS_MAX = 400;
/** Days of no difference that a mean of few analog days is mixed with. */
const ANALOG_PRIOR_DAYS = 0.5;

/** Mean log ratio to its own base of the target's slot on earlier days with the same strong event. */
function analogOf({ history, at, ahead, around }: FeatureRequest, target: TargetMoment): Analog {
  const kind = strongEventOn(target.date);
  if (kind === undefined) return NO_ANALOG;
  const step = history.slotsPerDay;
  const reach = target.slot === 0 || target.slot >= step - 2 ? 0 : 2;
  let sum = 0;
  let days = 0;
  let bin = latestSameSlot(at, at + ahead, step);
  for (let day = 0; day < ANALOG_DAYS_MAX && bin >= 0; day++, bin -= step) {
    if (history.dates[bin] === target.date || strongEventOn(history.dates[bin]) !== kind) continue;
    const usual = history.slotMean(bin - 1, bin, BASE_DAYS, around + reach, isStrong);
    const ratio = history.mean(bin - reach, Math.min(at, bin + reach)) / usual;
    if (!(ratio > 0 && ratio < Number.POSITIVE_INFINITY)) continue;
    sum += Math.log(ratio);
    days++;
  }
  return { ratio: sum / (days + ANALOG_PRIOR_DAYS), days };
}

/** Measurements beside the load: each against its own usual, whatever its unit. */
function writeSignals({ history, at }: FeatureRequest, row: FeatureRow): void {
  const step = history.slotsPerDay;
  for (const [name, column] of Object.entries(history.signals)) {
    const last = windowMean(column, at - 2, at);
    const hour = windowMean(column, at - 11, at);
    let usual = 0;
    let used = 0;
    for (let day = 1; day <= 5 && at - day * step >= 0; day++) {
      const value = windowMean(column, at - day * step - 2, at - day * step + 2);
      if (Number.isNaN(value)) continue;
      usual += Math.abs(value);
      used++;
    }
    const scale = usual / used;
    row.put(`${name}_now`, column[at] / scale);
    row.put(`${name}_15m`, last / scale);
    row.put(`${name}_hour`, hour / scale);
  }
}

function windowMean(column: Float64Array, from: number, to: number): number {
  let sum = 0;
  let used = 0;
  for (let bin = Math.max(0, from); bin <= to; bin++) {
    if (Number.isNaN(column[bin])) continue;
    sum += column[bin];
    used++;
  }
  return used === 0 ? Number.NaN : sum / used;
}
