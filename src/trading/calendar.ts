/**
 * Trading calendars as data, and what a market's state should be at a moment, as a pure function of them.
 * Reads no clock and no time zone database: the moment and the table of UTC offsets are passed in.
 */
import { invariant } from '#kit/invariant.ts';
import { MarketState } from './terms.ts';

/** From when on a schedule asks for a market state. */
export interface PhaseStart {
  /** Seconds from the local midnight of the trading day (negative: the evening before), or from the cycle's begin. */
  readonly atSeconds: number;
  readonly state: MarketState;
}

/** From when on a time zone has an offset, in seconds east of UTC. */
export interface OffsetChange {
  readonly fromMicros: number;
  readonly offsetSeconds: number;
}

/** A market with trading days: a schedule for each weekday, and other schedules (or none) for named days. */
export interface DailyCalendar {
  readonly kind: 'daily';
  readonly name: string;
  /** In rising order; the first one also holds for all time before it. */
  readonly offsets: readonly OffsetChange[];
  /** Seven schedules from Sunday on; an empty one is a day without trading. */
  readonly week: readonly (readonly PhaseStart[])[];
  /** Schedules by yyyymmdd that replace the weekday's; an empty one is a holiday. */
  readonly exceptions: ReadonlyMap<number, readonly PhaseStart[]>;
}

/** A market that never sleeps: one schedule repeated for ever, counted from the epoch. */
export interface CycleCalendar {
  readonly kind: 'cycle';
  readonly name: string;
  readonly cycleSeconds: number;
  readonly phases: readonly PhaseStart[];
}

export type Calendar = DailyCalendar | CycleCalendar;

/** What a calendar asks for at a moment. */
export interface Phase {
  readonly state: MarketState;
  /** The state before this phase; `closed` when none is known. */
  readonly previous: MarketState;
  readonly sinceMicros: number;
  readonly next: MarketState;
  /** NEVER_MICROS when nothing changes within the days looked at. */
  readonly nextAtMicros: number;
  /** The trading day that runs, or while closed the next one, as yyyymmdd. */
  readonly tradingDay: number;
  /** When that day's first phase begins or began. */
  readonly opensAtMicros: number;
  /** When that day ends or ended: its last change to `closed`. */
  readonly closesAtMicros: number;
}

export const NEVER_MICROS = Number.MAX_SAFE_INTEGER;

/** How many days a search for a change goes back or ahead; no exchange rests for longer. */
const SEARCH_DAYS_MAX = 40;

const SECOND_MICROS = 1_000_000;
const DAY_SECONDS = 86_400;

interface Transition {
  readonly atMicros: number;
  readonly state: MarketState;
  /** The local day, or the cycle, whose schedule this is from. */
  readonly dayIndex: number;
}

/** Says what state the calendar asks for at `nowMicros`, since when, and what comes next. */
export function phaseAt(calendar: Calendar, nowMicros: number): Phase {
  const today = dayIndexAt(calendar, nowMicros);
  const transitions: Transition[] = [...transitionsOf(calendar, today), ...transitionsOf(calendar, today + 1)];
  let back = today;
  while (changesUpTo(transitions, nowMicros) < 2 && today - back < SEARCH_DAYS_MAX) {
    transitions.unshift(...transitionsOf(calendar, --back));
  }
  let ahead = today + 1;
  while (!knowsTheFuture(transitions, nowMicros) && ahead - today < SEARCH_DAYS_MAX) {
    transitions.push(...transitionsOf(calendar, ++ahead));
  }
  return describePhase(calendar, withoutRepeats(transitions), nowMicros);
}

function changesUpTo(transitions: readonly Transition[], nowMicros: number): number {
  return withoutRepeats(transitions).filter((transition) => transition.atMicros <= nowMicros).length;
}

/** True once the next change, and the end of the day it belongs to, are in the list. */
function knowsTheFuture(transitions: readonly Transition[], nowMicros: number): boolean {
  const changes = withoutRepeats(transitions);
  const next = changes.findIndex((transition) => transition.atMicros > nowMicros);
  return next !== -1 && changes.slice(next).some((transition) => transition.state === MarketState.closed);
}

function withoutRepeats(transitions: readonly Transition[]): Transition[] {
  return transitions.filter((transition, at) => at === 0 || transition.state !== transitions[at - 1].state);
}

function describePhase(calendar: Calendar, changes: readonly Transition[], nowMicros: number): Phase {
  const nextAt = changes.findIndex((transition) => transition.atMicros > nowMicros);
  const currentAt = (nextAt === -1 ? changes.length : nextAt) - 1;
  const current = changes[currentAt];
  const next = nextAt === -1 ? undefined : changes[nextAt];
  const state = current?.state ?? MarketState.closed;
  const dayIndex = (state === MarketState.closed ? (next ?? current) : current)?.dayIndex ?? 0;
  const ofDay = changes.filter((transition) => transition.dayIndex === dayIndex);
  const opening = ofDay.find((transition) => transition.state !== MarketState.closed);
  const closing = ofDay.findLast((transition) => transition.state === MarketState.closed);
  return {
    state,
    previous: changes[currentAt - 1]?.state ?? MarketState.closed,
    sinceMicros: current?.atMicros ?? 0,
    next: next?.state ?? MarketState.closed,
    nextAtMicros: next?.atMicros ?? NEVER_MICROS,
    tradingDay: tradingDayOf(calendar, dayIndex),
    opensAtMicros: opening?.atMicros ?? NEVER_MICROS,
    closesAtMicros: closing?.atMicros ?? NEVER_MICROS,
  };
}

/** The label of a day or cycle as yyyymmdd; a cycle bears the UTC date it begins on, so that several share one. */
function tradingDayOf(calendar: Calendar, dayIndex: number): number {
  if (calendar.kind === 'daily') return dateOfDay(dayIndex);
  return dateOfDay(Math.floor((dayIndex * calendar.cycleSeconds) / DAY_SECONDS));
}

/** The number of the local day (since 1970-01-01), or of the cycle, that `nowMicros` lies in. */
function dayIndexAt(calendar: Calendar, nowMicros: number): number {
  const seconds = Math.floor(nowMicros / SECOND_MICROS);
  if (calendar.kind === 'cycle') return Math.floor(seconds / calendar.cycleSeconds);
  return Math.floor((seconds + offsetAt(calendar.offsets, nowMicros)) / DAY_SECONDS);
}

function transitionsOf(calendar: Calendar, dayIndex: number): Transition[] {
  if (calendar.kind === 'cycle') {
    const beginSeconds = dayIndex * calendar.cycleSeconds;
    return calendar.phases.map(({ atSeconds, state }) => ({
      atMicros: (beginSeconds + atSeconds) * SECOND_MICROS,
      state,
      dayIndex,
    }));
  }
  const schedule = calendar.exceptions.get(dateOfDay(dayIndex)) ?? calendar.week[weekdayOfDay(dayIndex)];
  return schedule.map(({ atSeconds, state }) => ({
    atMicros: utcMicros(calendar.offsets, dayIndex * DAY_SECONDS + atSeconds),
    state,
    dayIndex,
  }));
}

function offsetAt(offsets: readonly OffsetChange[], atMicros: number): number {
  const inForce = offsets.findLast((change) => change.fromMicros <= atMicros) ?? offsets[0];
  return inForce.offsetSeconds;
}

/**
 * The moment a local clock shows `localSeconds` (seconds since 1970-01-01 local midnight). Of two such moments (clocks
 * were set back) the first; where there is none (clocks were set forward) the moment they were set.
 */
function utcMicros(offsets: readonly OffsetChange[], localSeconds: number): number {
  const before = offsetAt(offsets, (localSeconds - DAY_SECONDS) * SECOND_MICROS);
  const after = offsetAt(offsets, (localSeconds + DAY_SECONDS) * SECOND_MICROS);
  const early = (localSeconds - before) * SECOND_MICROS;
  if (offsetAt(offsets, early) === before) return early;
  const late = (localSeconds - after) * SECOND_MICROS;
  if (offsetAt(offsets, late) === after) return late;
  return offsets.find((change) => late < change.fromMicros && change.fromMicros <= early)?.fromMicros ?? early;
}

/** 0 for Sunday to 6 for Saturday; 1970-01-01 was a Thursday. */
function weekdayOfDay(dayIndex: number): number {
  return (((dayIndex + 4) % 7) + 7) % 7;
}

/** yyyymmdd of a day number, proleptic Gregorian (Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2013). */
export function dateOfDay(dayIndex: number): number {
  const shifted = dayIndex + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return year * 10_000 + month * 100 + day;
}

/** The day number of a date yyyymmdd; the inverse of dateOfDay. */
export function dayOfDate(date: number): number {
  const month = Math.floor(date / 100) % 100;
  const year = Math.floor(date / 10_000) - (month <= 2 ? 1 : 0);
  const era = Math.floor(year / 400);
  const yearOfEra = year - era * 400;
  const monthFromMarch = month > 2 ? month - 3 : month + 9;
  const dayOfYear = Math.floor((153 * monthFromMarch + 2) / 5) + (date % 100) - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/**
 * Throws InvariantViolation for a calendar that breaks a rule `phaseAt` relies on: schedules rise in time, end closed,
 * and no day's begins before another's could have ended.
 */
export function checkCalendar(calendar: Calendar): void {
  const { name } = calendar;
  if (calendar.kind === 'cycle') {
    invariant(calendar.phases.length > 0, 'calendar.empty', name);
    checkSchedules(name, [calendar.phases], calendar.cycleSeconds);
    return;
  }
  invariant(calendar.week.length === 7, 'calendar.week', name);
  invariant(calendar.offsets.length > 0, 'calendar.offsets', name);
  checkSchedules(name, [...calendar.week, ...calendar.exceptions.values()], DAY_SECONDS);
}

function checkSchedules(name: string, schedules: readonly (readonly PhaseStart[])[], daySeconds: number): void {
  let earliest = Infinity;
  let latest = -Infinity;
  for (const schedule of schedules) {
    if (schedule.length === 0) continue;
    invariant(schedule[schedule.length - 1].state === MarketState.closed, 'calendar.schedule-must-end-closed', name);
    for (let at = 1; at < schedule.length; at++) {
      invariant(schedule[at].atSeconds > schedule[at - 1].atSeconds, 'calendar.schedule-order', name);
    }
    earliest = Math.min(earliest, schedule[0].atSeconds);
    latest = Math.max(latest, schedule[schedule.length - 1].atSeconds);
  }
  invariant(latest < earliest + daySeconds || latest === -Infinity, 'calendar.days-overlap', name);
}
