/**
 * Turns config/calendars.yaml into calendars the trading core can read: local times to seconds, dates to numbers, time
 * zones to tables of UTC offsets from the machine's time zone database. Never decides what a market does.
 */
import { z } from 'zod';
import { err, ok } from '#kit/result.ts';
import type { Result } from '#kit/result.ts';
import { InvariantViolation } from '#kit/invariant.ts';
import { checkCalendar, dateOfDay } from '#trading/calendar.ts';
import type { Calendar, CycleCalendar, DailyCalendar, OffsetChange, PhaseStart } from '#trading/calendar.ts';
import { MarketState } from '#trading/terms.ts';
import { readConfig } from './config-file.ts';
import type { ConfigFile } from './config-file.ts';

/** Offsets are listed from this many years before the moment of loading to this many after it. */
const OFFSET_YEARS_BEFORE = 1;
const OFFSET_YEARS_AFTER = 5;

const DAY_MS = 86_400_000;
/** No zone changes its offset there and back within this time. */
const OFFSET_PROBE_MS = 7 * DAY_MS;

const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

const timeText = z
  .string()
  .regex(/^-?\d\d:\d\d(:\d\d)?$/, 'a time is "hh:mm" or "hh:mm:ss", with "-" for the evening before')
  .transform((text) => {
    const negative = text.startsWith('-');
    const [hours, minutes, seconds = 0] = (negative ? text.slice(1) : text).split(':').map(Number);
    const total = hours * 3600 + minutes * 60 + seconds;
    return negative ? -total : total;
  });

const dateText = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d$/, 'a date is yyyy-mm-dd')
  .refine(
    (text) => dateOfDay(Date.parse(`${text.slice(0, 7)}-01`) / DAY_MS + Number(text.slice(8)) - 1) === dateNumber(text),
    'there is no such date',
  );

const stateNames = Object.keys(MarketState) as [keyof typeof MarketState];
const schedule = z.array(z.strictObject({ at: timeText, state: z.enum(stateNames) })).min(1);

const timeZone = z.string().refine(isTimeZone, 'the machine knows no such time zone');

const dailyCalendar = z.strictObject({
  kind: z.literal('daily'),
  name: z.string().min(1),
  description: z.string(),
  timeZone,
  weekdays: z.array(z.enum(WEEKDAYS)).min(1),
  schedules: z
    .record(z.string(), schedule)
    .refine((schedules) => 'normal' in schedules, 'a schedule "normal" is needed'),
  holidaysKnownThrough: dateText.optional(),
  holidays: z.record(dateText, z.string()).default({}),
  otherDays: z.record(dateText, z.strictObject({ schedule: z.string(), name: z.string() })).default({}),
});

const cycleCalendar = z.strictObject({
  kind: z.literal('cycle'),
  name: z.string().min(1),
  description: z.string(),
  cycle: z.strictObject({
    minutes: z.number().int().min(1).max(1440),
    schedule,
    rotatingAuction: z
      .strictObject({
        firstMinute: z.number().int().min(0),
        everyMinutes: z.number().int().min(1),
        seconds: z.number().int().min(1),
      })
      .optional(),
  }),
});

const calendarsFile = z.strictObject({
  calendars: z.array(z.discriminatedUnion('kind', [cycleCalendar, dailyCalendar])).min(1),
});

type DailyConfig = z.output<typeof dailyCalendar>;
type CycleConfig = z.output<typeof cycleCalendar>;
type RotatingAuction = NonNullable<CycleConfig['cycle']['rotatingAuction']>;

/** A calendar as an instrument uses it. */
export interface CalendarSource {
  readonly name: string;
  readonly description: string;
  /** yyyy-mm-dd after which no holidays are listed; undefined where there are none. */
  readonly holidaysKnownThrough: string | undefined;
  /** The calendar of the instrument that is number `turn` of `turns` on it (they take turns in rotating auctions). */
  forInstrument(turn: number, turns: number): Calendar;
}

/**
 * Reads the text of a calendars file.
 * @param nowMicros offsets are listed for the years around this moment
 * @returns calendars by name, or one line for each mistake
 */
export function loadCalendars(
  text: string,
  fileName: string,
  nowMicros: number,
): Result<ReadonlyMap<string, CalendarSource>, string[]> {
  const file = readConfig(text, fileName, calendarsFile);
  if (!file.ok) return file;
  const sources = new Map<string, CalendarSource>();
  const mistakes: string[] = [];
  for (const [at, config] of file.value.value.calendars.entries()) {
    const place = ['calendars', at];
    if (sources.has(config.name))
      mistakes.push(file.value.mistake([...place, 'name'], `"${config.name}" is used twice`));
    mistakes.push(...unknownSchedules(file.value, config, at));
    const source = config.kind === 'cycle' ? cycleSource(config) : dailySource(config, nowMicros);
    const broken = brokenRule(source);
    if (broken !== undefined) mistakes.push(file.value.mistake(place, broken));
    sources.set(config.name, source);
  }
  return mistakes.length > 0 ? err(mistakes) : ok(sources);
}

function unknownSchedules(file: ConfigFile<unknown>, config: DailyConfig | CycleConfig, calendarAt: number): string[] {
  if (config.kind === 'cycle') return [];
  return Object.entries(config.otherDays)
    .filter(([, day]) => config.schedules[day.schedule] === undefined)
    .map(([date, day]) =>
      file.mistake(['calendars', calendarAt, 'otherDays', date, 'schedule'], `there is no schedule "${day.schedule}"`),
    );
}

const RULES: Readonly<Record<string, string>> = {
  'calendar.schedule-must-end-closed': 'every schedule must end with the state closed',
  'calendar.schedule-order': 'the times of a schedule must rise',
  'calendar.days-overlap': 'a day may not begin before the day before it could have ended',
};

function brokenRule(source: CalendarSource): string | undefined {
  try {
    checkCalendar(source.forInstrument(0, 1));
    return undefined;
  } catch (error) {
    if (error instanceof InvariantViolation && error.code in RULES) return RULES[error.code];
    throw error;
  }
}

function dailySource(config: DailyConfig, nowMicros: number): CalendarSource {
  const schedules = new Map(Object.entries(config.schedules).map(([name, phases]) => [name, phaseStarts(phases)]));
  const normal = schedules.get('normal') ?? [];
  const exceptions = new Map<number, readonly PhaseStart[]>();
  for (const date of Object.keys(config.holidays)) exceptions.set(dateNumber(date), []);
  for (const [date, day] of Object.entries(config.otherDays)) {
    exceptions.set(dateNumber(date), schedules.get(day.schedule) ?? []);
  }
  const calendar: DailyCalendar = {
    kind: 'daily',
    name: config.name,
    offsets: offsetTable(config.timeZone, nowMicros),
    week: WEEKDAYS.map((weekday) => (config.weekdays.includes(weekday) ? normal : [])),
    exceptions,
  };
  return {
    name: config.name,
    description: config.description,
    holidaysKnownThrough: config.holidaysKnownThrough,
    forInstrument: () => calendar,
  };
}

function cycleSource(config: CycleConfig): CalendarSource {
  const { minutes, schedule: phases, rotatingAuction } = config.cycle;
  const base = phaseStarts(phases);
  return {
    name: config.name,
    description: config.description,
    holidaysKnownThrough: undefined,
    forInstrument(turn, turns): CycleCalendar {
      const auctions = rotatingAuction === undefined ? [] : auctionsOf(rotatingAuction, base, turn, turns);
      return {
        kind: 'cycle',
        name: config.name,
        cycleSeconds: minutes * 60,
        phases: [...base, ...auctions].toSorted((a, b) => a.atSeconds - b.atSeconds),
      };
    },
  };
}

/** The auctions that are instrument `turn`'s, each within the continuous phase of `base`. */
function auctionsOf(rotation: RotatingAuction, base: readonly PhaseStart[], turn: number, turns: number): PhaseStart[] {
  const continuousAt = base.findIndex(({ state }) => state === MarketState.continuous);
  const endSeconds = base[continuousAt + 1]?.atSeconds;
  if (continuousAt === -1 || endSeconds === undefined) return [];
  const auctions: PhaseStart[] = [];
  const periodSeconds = rotation.everyMinutes * 60;
  let atSeconds = rotation.firstMinute * 60 + turn * periodSeconds;
  for (; atSeconds + rotation.seconds < endSeconds; atSeconds += turns * periodSeconds) {
    if (atSeconds <= base[continuousAt].atSeconds) continue;
    auctions.push({ atSeconds, state: MarketState.volatilityAuction });
    auctions.push({ atSeconds: atSeconds + rotation.seconds, state: MarketState.continuous });
  }
  return auctions;
}

function phaseStarts(phases: z.output<typeof schedule>): PhaseStart[] {
  return phases.map(({ at, state }) => ({ atSeconds: at, state: MarketState[state] }));
}

function dateNumber(date: string): number {
  return Number(date.replaceAll('-', ''));
}

function isTimeZone(name: string): boolean {
  try {
    offsetReader(name);
    return true;
  } catch {
    return false;
  }
}

/** Gives the UTC offset of a zone in seconds at a moment in milliseconds. */
function offsetReader(zone: string): (atMs: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  return (atMs) => {
    const text = format.formatToParts(atMs).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
    const match = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text);
    if (match === null) throw new RangeError(`unreadable offset ${text} of ${zone}`);
    const [, sign, hours = '0', minutes = '0', seconds = '0'] = match;
    const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
    return sign === '-' ? -total : total;
  };
}

/** The offsets of `zone` for the years around `nowMicros`, each change found to the second. */
export function offsetTable(zone: string, nowMicros: number): OffsetChange[] {
  const offsetAt = offsetReader(zone);
  const nowMs = Math.floor(nowMicros / 1000);
  const startMs = nowMs - OFFSET_YEARS_BEFORE * 365 * DAY_MS;
  const endMs = nowMs + OFFSET_YEARS_AFTER * 365 * DAY_MS;
  const table: OffsetChange[] = [{ fromMicros: startMs * 1000, offsetSeconds: offsetAt(startMs) }];
  for (let fromMs = startMs; fromMs < endMs; fromMs += OFFSET_PROBE_MS) {
    const before = offsetAt(fromMs);
    const after = offsetAt(fromMs + OFFSET_PROBE_MS);
    if (before === after) continue;
    let low = Math.floor(fromMs / 1000);
    let high = Math.ceil((fromMs + OFFSET_PROBE_MS) / 1000);
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offsetAt(middle * 1000) === before) low = middle;
      else high = middle;
    }
    table.push({ fromMicros: high * 1_000_000, offsetSeconds: after });
  }
  return table;
}
