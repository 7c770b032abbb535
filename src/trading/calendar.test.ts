import { describe, expect, it } from 'vitest';
import { checkCalendar, dateOfDay, dayOfDate, NEVER_MICROS, phaseAt } from './calendar.ts';
import type { Calendar, CycleCalendar, DailyCalendar, PhaseStart } from './calendar.ts';
import { MARKET_STATE_NAMES, MarketState } from './terms.ts';

const { closed, preOpen, openingAuction, continuous, volatilityAuction, halt, closingAuction } = MarketState;

function micros(isoTime: string): number {
  return Date.parse(isoTime) * 1000;
}

function hours(text: string): number {
  const [hour, minute] = text.replace('-', '').split(':').map(Number);
  return (hour * 3600 + minute * 60) * (text.startsWith('-') ? -1 : 1);
}

function schedule(phases: Record<string, MarketState>): PhaseStart[] {
  return Object.entries(phases).map(([at, state]) => ({ atSeconds: hours(at), state }));
}

const NEW_YORK_OFFSETS = [
  { fromMicros: micros('2025-11-02T06:00:00Z'), offsetSeconds: hours('-05:00') },
  { fromMicros: micros('2026-03-08T07:00:00Z'), offsetSeconds: hours('-04:00') },
  { fromMicros: micros('2026-11-01T06:00:00Z'), offsetSeconds: hours('-05:00') },
  { fromMicros: micros('2027-03-14T07:00:00Z'), offsetSeconds: hours('-04:00') },
];

const NORMAL = schedule({
  '06:30': preOpen,
  '09:28': openingAuction,
  '09:30': continuous,
  '16:00': closingAuction,
  '16:02': closed,
});
const HALF = schedule({ '06:30': preOpen, '09:28': openingAuction, '09:30': continuous, '13:00': closed });

function weekdaysOnly(normal: PhaseStart[]): PhaseStart[][] {
  return [[], normal, normal, normal, normal, normal, []];
}

const newYork: DailyCalendar = {
  kind: 'daily',
  name: 'XNYS',
  offsets: NEW_YORK_OFFSETS,
  week: weekdaysOnly(NORMAL),
  exceptions: new Map([
    [20261126, []],
    [20261127, HALF],
  ]),
};

const chicago: DailyCalendar = {
  kind: 'daily',
  name: 'XCME',
  offsets: NEW_YORK_OFFSETS.map((change) => ({
    fromMicros: change.fromMicros + 3_600_000_000,
    offsetSeconds: change.offsetSeconds - 3600,
  })),
  week: weekdaysOnly(schedule({ '-07:15': preOpen, '-07:00': continuous, '16:00': closed })),
  exceptions: new Map(),
};

const tokyo: DailyCalendar = {
  kind: 'daily',
  name: 'XTKS',
  offsets: [{ fromMicros: 0, offsetSeconds: hours('09:00') }],
  week: weekdaysOnly(
    schedule({
      '08:00': preOpen,
      '09:00': continuous,
      '11:30': halt,
      '12:05': preOpen,
      '12:30': continuous,
      '15:25': closingAuction,
      '15:30': closed,
    }),
  ),
  exceptions: new Map(),
};

const everyDay = schedule({ '-06:59': preOpen, '-06:58': continuous, '17:00': closed });
const always: DailyCalendar = {
  kind: 'daily',
  name: 'ALWAYS',
  offsets: NEW_YORK_OFFSETS,
  week: [everyDay, everyDay, everyDay, everyDay, everyDay, everyDay, everyDay],
  exceptions: new Map(),
};

const hourly: CycleCalendar = {
  kind: 'cycle',
  name: 'DEMO',
  cycleSeconds: 3600,
  phases: schedule({
    '00:00': openingAuction,
    '00:01': continuous,
    '00:30': volatilityAuction,
    '00:31': continuous,
    '00:59': closed,
  }),
};

/** State name, moment of the next change, and trading day, as one readable line. */
function look(calendar: Calendar, isoTime: string): string {
  const phase = phaseAt(calendar, micros(isoTime));
  const next = phase.nextAtMicros === NEVER_MICROS ? 'never' : new Date(phase.nextAtMicros / 1000).toISOString();
  return `${MARKET_STATE_NAMES[phase.state]} of ${phase.tradingDay}, ${MARKET_STATE_NAMES[phase.next]} at ${next.replace('.000', '')}`;
}

describe('a market with trading days', () => {
  it('walks through the phases of an ordinary day', () => {
    expect(look(newYork, '2026-01-14T11:29:59Z')).toBe('closed of 20260114, pre-open at 2026-01-14T11:30:00Z');
    expect(look(newYork, '2026-01-14T11:30:00Z')).toBe('pre-open of 20260114, opening auction at 2026-01-14T14:28:00Z');
    expect(look(newYork, '2026-01-14T14:29:00Z')).toBe(
      'opening auction of 20260114, continuous at 2026-01-14T14:30:00Z',
    );
    expect(look(newYork, '2026-01-14T14:30:00Z')).toBe(
      'continuous of 20260114, closing auction at 2026-01-14T21:00:00Z',
    );
    expect(look(newYork, '2026-01-14T21:01:00Z')).toBe('closing auction of 20260114, closed at 2026-01-14T21:02:00Z');
    expect(look(newYork, '2026-01-14T21:02:00Z')).toBe('closed of 20260115, pre-open at 2026-01-15T11:30:00Z');
  });

  it('changes state exactly at the microsecond named', () => {
    const openMicros = micros('2026-01-14T14:30:00Z');
    expect(phaseAt(newYork, openMicros - 1).state).toBe(openingAuction);
    expect(phaseAt(newYork, openMicros).state).toBe(continuous);
    expect(phaseAt(newYork, openMicros).sinceMicros).toBe(openMicros);
    expect(phaseAt(newYork, openMicros + 1).previous).toBe(openingAuction);
  });

  it('rests over the weekend and names Monday as the next trading day', () => {
    expect(look(newYork, '2026-01-16T21:02:00Z')).toBe('closed of 20260119, pre-open at 2026-01-19T11:30:00Z');
    expect(look(newYork, '2026-01-17T15:00:00Z')).toBe('closed of 20260119, pre-open at 2026-01-19T11:30:00Z');
    expect(look(newYork, '2026-01-18T15:00:00Z')).toBe('closed of 20260119, pre-open at 2026-01-19T11:30:00Z');
  });

  it('opens an hour earlier in UTC once New York has gone to summer time', () => {
    expect(look(newYork, '2026-03-06T14:29:00Z')).toBe(
      'opening auction of 20260306, continuous at 2026-03-06T14:30:00Z',
    );
    expect(look(newYork, '2026-03-09T13:29:00Z')).toBe(
      'opening auction of 20260309, continuous at 2026-03-09T13:30:00Z',
    );
  });

  it('opens an hour later in UTC once New York is back on winter time', () => {
    expect(look(newYork, '2026-10-30T13:30:00Z')).toBe(
      'continuous of 20261030, closing auction at 2026-10-30T20:00:00Z',
    );
    expect(look(newYork, '2026-11-02T13:30:00Z')).toBe('pre-open of 20261102, opening auction at 2026-11-02T14:28:00Z');
  });

  it('stays closed on a holiday', () => {
    expect(look(newYork, '2026-11-26T15:00:00Z')).toBe('closed of 20261127, pre-open at 2026-11-27T11:30:00Z');
  });

  it('closes early on a half day', () => {
    expect(look(newYork, '2026-11-27T17:59:59Z')).toBe('continuous of 20261127, closed at 2026-11-27T18:00:00Z');
    expect(look(newYork, '2026-11-27T18:00:00Z')).toBe('closed of 20261130, pre-open at 2026-11-30T11:30:00Z');
  });

  it('tells when the day opens and closes', () => {
    const half = phaseAt(newYork, micros('2026-11-27T16:00:00Z'));
    expect(half.opensAtMicros).toBe(micros('2026-11-27T11:30:00Z'));
    expect(half.closesAtMicros).toBe(micros('2026-11-27T18:00:00Z'));
    const overnight = phaseAt(newYork, micros('2026-11-28T16:00:00Z'));
    expect(overnight.opensAtMicros).toBe(micros('2026-11-30T11:30:00Z'));
    expect(overnight.closesAtMicros).toBe(micros('2026-11-30T21:02:00Z'));
  });

  it('pauses for lunch and opens again', () => {
    expect(look(tokyo, '2026-11-24T02:29:00Z')).toBe('continuous of 20261124, halt at 2026-11-24T02:30:00Z');
    expect(look(tokyo, '2026-11-24T02:31:00Z')).toBe('halt of 20261124, pre-open at 2026-11-24T03:05:00Z');
    expect(look(tokyo, '2026-11-24T03:06:00Z')).toBe('pre-open of 20261124, continuous at 2026-11-24T03:30:00Z');
    expect(look(tokyo, '2026-11-24T06:30:00Z')).toBe('closed of 20261125, pre-open at 2026-11-24T23:00:00Z');
  });
});

describe('a market whose day begins on the evening before', () => {
  it('counts Sunday evening to Monday', () => {
    expect(look(chicago, '2026-01-18T22:44:59Z')).toBe('closed of 20260119, pre-open at 2026-01-18T22:45:00Z');
    expect(look(chicago, '2026-01-18T23:00:00Z')).toBe('continuous of 20260119, closed at 2026-01-19T22:00:00Z');
  });

  it('is closed from Friday afternoon to Sunday evening', () => {
    expect(look(chicago, '2026-01-16T22:00:00Z')).toBe('closed of 20260119, pre-open at 2026-01-18T22:45:00Z');
  });

  it('holds its local hours over the night the clocks change', () => {
    expect(look(chicago, '2026-03-08T21:45:00Z')).toBe('pre-open of 20260309, continuous at 2026-03-08T22:00:00Z');
    expect(look(chicago, '2026-11-01T22:45:00Z')).toBe('pre-open of 20261102, continuous at 2026-11-01T23:00:00Z');
  });
});

describe('a market that trades every day around the clock', () => {
  it('is open at any hour of any day but one minute', () => {
    const startMicros = micros('2026-10-28T00:00:30Z');
    const closedMinutes: string[] = [];
    for (let minute = 0; minute < 7 * 24 * 60; minute++) {
      const atMicros = startMicros + minute * 60_000_000;
      if (phaseAt(always, atMicros).state === closed) closedMinutes.push(new Date(atMicros / 1000).toISOString());
    }
    expect(closedMinutes).toEqual([
      '2026-10-28T21:00:30.000Z',
      '2026-10-29T21:00:30.000Z',
      '2026-10-30T21:00:30.000Z',
      '2026-10-31T21:00:30.000Z',
      '2026-11-01T22:00:30.000Z',
      '2026-11-02T22:00:30.000Z',
      '2026-11-03T22:00:30.000Z',
    ]);
  });

  it('gives the minute of rest the date of the day that comes', () => {
    expect(phaseAt(always, micros('2026-10-31T21:00:30Z')).tradingDay).toBe(20261101);
    expect(phaseAt(always, micros('2026-10-31T20:59:59Z')).tradingDay).toBe(20261031);
  });
});

describe('a cycle', () => {
  it('repeats from the epoch on, whatever the hour', () => {
    expect(look(hourly, '2026-11-22T16:00:30Z')).toBe(
      'opening auction of 20261122, continuous at 2026-11-22T16:01:00Z',
    );
    expect(look(hourly, '2026-11-22T03:30:00Z')).toBe(
      'volatility auction of 20261122, continuous at 2026-11-22T03:31:00Z',
    );
    expect(look(hourly, '2026-11-22T23:59:30Z')).toBe('closed of 20261123, opening auction at 2026-11-23T00:00:00Z');
  });

  it('tells cycles of one date apart by when they open', () => {
    const first = phaseAt(hourly, micros('2026-11-22T16:10:00Z'));
    const second = phaseAt(hourly, micros('2026-11-22T17:10:00Z'));
    expect(first.tradingDay).toBe(second.tradingDay);
    expect(second.opensAtMicros - first.opensAtMicros).toBe(3_600_000_000);
    expect(second.closesAtMicros).toBe(micros('2026-11-22T17:59:00Z'));
  });
});

describe('clock changes in the middle of a schedule', () => {
  const nightly: DailyCalendar = {
    ...newYork,
    week: Array.from({ length: 7 }, () =>
      schedule({ '00:30': preOpen, '01:30': continuous, '02:30': halt, '03:00': preOpen, '04:00': closed }),
    ),
    exceptions: new Map(),
  };

  it('takes the first of two moments that the clock shows twice', () => {
    expect(look(nightly, '2026-11-01T05:29:00Z')).toContain('continuous at 2026-11-01T05:30:00Z');
    expect(look(nightly, '2026-11-01T05:31:00Z')).toContain('halt at 2026-11-01T07:30:00Z');
  });

  it('takes the moment of the change for a time that the clock skips', () => {
    expect(look(nightly, '2026-03-08T06:59:59Z')).toContain('halt at 2026-03-08T07:00:00Z');
    expect(look(nightly, '2026-03-08T07:00:00Z')).toBe('pre-open of 20260308, closed at 2026-03-08T08:00:00Z');
  });
});

describe('a calendar without trading', () => {
  const never: DailyCalendar = { ...tokyo, week: [[], [], [], [], [], [], []] };

  it('is closed and says that nothing changes', () => {
    const phase = phaseAt(never, micros('2026-11-24T00:00:00Z'));
    expect(phase.state).toBe(closed);
    expect(phase.nextAtMicros).toBe(NEVER_MICROS);
    expect(phase.opensAtMicros).toBe(NEVER_MICROS);
  });
});

describe('dates', () => {
  it.each([
    [0, 19700101],
    [-1, 19691231],
    [11_016, 20000229],
    [20_512, 20260228],
    [20_513, 20260301],
    [21_243, 20280229],
  ])('day %i is %i', (day, date) => {
    expect(dateOfDay(day)).toBe(date);
  });

  it('agree with the machine for two centuries', () => {
    for (let day = -20_000; day < 53_000; day += 13) {
      const machine = new Date(day * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
      expect(dateOfDay(day)).toBe(Number(machine));
      expect(dayOfDate(Number(machine))).toBe(day);
    }
  });
});

describe('the check of a calendar', () => {
  it('lets well-formed ones pass', () => {
    for (const calendar of [newYork, chicago, tokyo, always, hourly])
      expect(() => checkCalendar(calendar)).not.toThrow();
  });

  it.each([
    ['a day that does not end closed', 'must-end-closed', schedule({ '09:00': continuous })],
    ['times that do not rise', 'order', schedule({ '09:00': preOpen, '08:00': continuous, '17:00': closed })],
    ['a day longer than a day', 'overlap', schedule({ '-07:00': continuous, '17:00': closed })],
  ])('refuses %s', (_what, code, phases) => {
    expect(() => checkCalendar({ ...tokyo, week: weekdaysOnly(phases) })).toThrow(code);
  });

  it('refuses a cycle that is shorter than its schedule', () => {
    expect(() => checkCalendar({ ...hourly, cycleSeconds: 600 })).toThrow('overlap');
    expect(() => checkCalendar({ ...hourly, phases: [] })).toThrow('empty');
  });
});
