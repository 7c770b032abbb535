/**
 * Days known beforehand on which load differs: sessions, half days, expiries, index changes, central-bank meetings and
 * economic releases of the United States. Data as of 2026-11-22, plus the rules that give the rest; dates are local New York ones.
 */

/** Kinds of events, in the order of the feature columns. */
export const EVENT_KINDS = [
  'monthlyExpiry',
  'tripleWitching',
  'indexRebalance',
  'russellRebalance',
  'centralBank',
  'inflation',
  'employment',
  'monthEnd',
  'quarterEnd',
  'beforeHoliday',
  'afterHoliday',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

const HOLIDAYS = new Set([
  20230102, 20230116, 20230220, 20230407, 20230529, 20230619, 20230704, 20230904, 20231123, 20231225, 20240101,
  20240115, 20240219, 20240329, 20240527, 20240619, 20240704, 20240902, 20241128, 20241225, 20250101, 20250109,
  20250120, 20250217, 20250418, 20250526, 20250619, 20250704, 20250901, 20251127, 20251225, 20260101, 20260119,
  20260216, 20260403, 20260525, 20260619, 20260703, 20260907, 20261126, 20261225, 20270101, 20270118, 20270215,
  20270326, 20270531, 20270618, 20270705, 20270906, 20271125, 20271224,
]);

/** Sessions that end at 13:00. */
const HALF_DAYS = new Set([
  20230703, 20231124, 20240703, 20241129, 20241224, 20250703, 20251128, 20251224, 20261127, 20261224, 20271126,
]);

/** Last days of meetings of the Federal Open Market Committee; the decision comes at 14:00. */
const CENTRAL_BANK = new Set([
  20230201, 20230322, 20230503, 20230614, 20230726, 20230920, 20231101, 20231213, 20240131, 20240320, 20240501,
  20240612, 20240731, 20240918, 20241107, 20241218, 20250129, 20250319, 20250507, 20250618, 20250730, 20250917,
  20251029, 20251210, 20260128, 20260318, 20260429, 20260617, 20260729, 20260916, 20261028, 20261209,
]);

/** Consumer price index, 08:30. */
const INFLATION = new Set([
  20240111, 20240213, 20240312, 20240410, 20240515, 20240612, 20240711, 20240814, 20240911, 20241010, 20241113,
  20241211,
]);

/** Employment situation, 08:30. */
const EMPLOYMENT = new Set([
  20240105, 20240202, 20240308, 20240405, 20240503, 20240607, 20240705, 20240802, 20240906, 20241004, 20241101,
  20241206,
]);

/** Last trading days before quarterly changes of widely tracked global indices. */
const INDEX_REBALANCE = new Set([
  20230228, 20230531, 20230831, 20231130, 20240229, 20240531, 20240830, 20241125, 20250228, 20250530, 20250826,
  20251124,
]);

const DAYS_SEARCHED_MAX = 12;
const DAY_MILLIS = 86_400_000;

/** Whether the exchange has a whole session on that date. */
function isWholeSession(date: number): boolean {
  return isSession(date) && !HALF_DAYS.has(date);
}

/** Whether the exchange opens at all. */
function isSession(date: number): boolean {
  const weekday = weekdayOf(date);
  return weekday !== 0 && weekday !== 6 && !HOLIDAYS.has(date);
}

/** The next whole session after the date. */
export function nextWholeSession(date: number): number {
  let day = addDays(date, 1);
  for (let tries = 0; tries < DAYS_SEARCHED_MAX && !isWholeSession(day); tries++) day = addDays(day, 1);
  return day;
}

const known = new Map<number, readonly EventKind[]>();
const KNOWN_MAX = 20_000;

/** The events of a date, in order of EVENT_KINDS. */
export function eventsOn(date: number): readonly EventKind[] {
  const remembered = known.get(date);
  if (remembered !== undefined) return remembered;
  const month = Math.floor(date / 100) % 100;
  const expiry = isExpiry(date);
  const last = isLastSessionOfMonth(date);
  const holds: Readonly<Record<EventKind, boolean>> = {
    monthlyExpiry: expiry,
    tripleWitching: expiry && month % 3 === 0,
    indexRebalance: INDEX_REBALANCE.has(date),
    russellRebalance: isRussell(date),
    centralBank: CENTRAL_BANK.has(date),
    inflation: INFLATION.has(date),
    employment: EMPLOYMENT.has(date),
    monthEnd: last,
    quarterEnd: last && month % 3 === 0,
    beforeHoliday: isSession(date) && !isSession(addDays(date, 1)) && weekdayOf(addDays(date, 1)) !== 6,
    afterHoliday: isSession(date) && HOLIDAYS.has(addDays(date, -1)),
  };
  const events = EVENT_KINDS.filter((kind) => holds[kind]);
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(date, events);
  return events;
}

/** Events whose days trade so differently that ordinary days are not compared with them; the rarest first. */
const STRONG_KINDS: readonly EventKind[] = [
  'russellRebalance',
  'tripleWitching',
  'indexRebalance',
  'quarterEnd',
  'monthEnd',
];

/** The event that makes a date unlike ordinary days, if one does. */
export function strongEventOn(date: number): EventKind | undefined {
  const events = eventsOn(date);
  return events.length === 0 ? undefined : STRONG_KINDS.find((kind) => events.includes(kind));
}

/** Days from the date to the nearest meeting of the central bank, either way; at most 30. */
export function daysToCentralBank(date: number): number {
  for (let distance = 0; distance < 30; distance++) {
    if (CENTRAL_BANK.has(addDays(date, distance)) || CENTRAL_BANK.has(addDays(date, -distance))) return distance;
  }
  return 30;
}

/** Third Friday of the month, or the day before it where that is a holiday. */
function isExpiry(date: number): boolean {
  const friday = nthFriday(date, 3);
  return date === (isSession(friday) ? friday : addDays(friday, -1));
}

/** Fourth Friday of June. */
function isRussell(date: number): boolean {
  return Math.floor(date / 100) % 100 === 6 && date === nthFriday(date, 4);
}

function nthFriday(date: number, which: number): number {
  const first = Math.floor(date / 100) * 100 + 1;
  const offset = (5 - weekdayOf(first) + 7) % 7;
  return first + offset + (which - 1) * 7;
}

function isLastSessionOfMonth(date: number): boolean {
  if (!isSession(date)) return false;
  let next = addDays(date, 1);
  for (let tries = 0; tries < DAYS_SEARCHED_MAX && !isSession(next); tries++) next = addDays(next, 1);
  return Math.floor(next / 100) !== Math.floor(date / 100);
}

/** 0 is Sunday. */
export function weekdayOf(date: number): number {
  return new Date(toMillis(date)).getUTCDay();
}

/** The date in UTC, yyyymmdd. */
export function utcDate(micros: number): number {
  const day = new Date(micros / 1000);
  return day.getUTCFullYear() * 10_000 + (day.getUTCMonth() + 1) * 100 + day.getUTCDate();
}

function addDays(date: number, days: number): number {
  const moved = new Date(toMillis(date) + days * DAY_MILLIS);
  return moved.getUTCFullYear() * 10_000 + (moved.getUTCMonth() + 1) * 100 + moved.getUTCDate();
}

function toMillis(date: number): number {
  return Date.UTC(Math.floor(date / 10_000), (Math.floor(date / 100) % 100) - 1, date % 100);
}
