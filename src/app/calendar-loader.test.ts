import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { phaseAt } from '#trading/calendar.ts';
import { MARKET_STATE_NAMES, MarketState } from '#trading/terms.ts';
import { loadCalendars, offsetTable } from './calendar-loader.ts';
import type { CalendarSource } from './calendar-loader.ts';

const NOW_MICROS = micros('2026-11-22T12:00:00Z');
const shipped = readFileSync(new URL('../../config/calendars.yaml', import.meta.url), 'utf8');

function micros(isoTime: string): number {
  return Date.parse(isoTime) * 1000;
}

function load(text: string): ReadonlyMap<string, CalendarSource> {
  const loaded = loadCalendars(text, 'calendars.yaml', NOW_MICROS);
  if (!loaded.ok) throw new Error(loaded.error.join('\n'));
  return loaded.value;
}

function mistakesIn(text: string): string[] {
  const loaded = loadCalendars(text, 'calendars.yaml', NOW_MICROS);
  return loaded.ok ? [] : loaded.error;
}

function stateOf(name: string, isoTime: string): string {
  const source = load(shipped).get(name);
  if (source === undefined) throw new Error(`no calendar ${name}`);
  return MARKET_STATE_NAMES[phaseAt(source.forInstrument(0, 1), micros(isoTime)).state];
}

describe('the shipped calendars', () => {
  it('cover the four exchanges, two round-the-clock markets, foreign exchange and the demo', () => {
    expect([...load(shipped).keys()]).toEqual(['DEMO', 'ALWAYS', 'XNYS', 'XLON', 'XTKS', 'XCME', 'FX']);
  });

  it.each([
    ['XNYS', '2026-11-24T15:00:00Z', 'continuous'],
    ['XNYS', '2026-11-26T15:00:00Z', 'closed'],
    ['XNYS', '2026-11-27T18:01:00Z', 'closing auction'],
    ['XNYS', '2026-11-27T19:00:00Z', 'closed'],
    ['XNYS', '2027-07-05T15:00:00Z', 'closed'],
    ['XLON', '2026-11-24T12:01:00Z', 'volatility auction'],
    ['XLON', '2026-07-14T07:30:00Z', 'continuous'],
    ['XLON', '2026-12-24T12:31:00Z', 'closing auction'],
    ['XLON', '2026-12-28T10:00:00Z', 'closed'],
    ['XTKS', '2026-11-24T02:45:00Z', 'halt'],
    ['XTKS', '2026-09-22T02:00:00Z', 'closed'],
    ['XCME', '2026-11-22T23:30:00Z', 'continuous'],
    ['XCME', '2026-11-26T18:30:00Z', 'closed'],
    ['XCME', '2026-11-26T23:30:00Z', 'continuous'],
    ['ALWAYS', '2026-12-25T03:00:00Z', 'continuous'],
    ['FX', '2026-11-21T12:00:00Z', 'closed'],
    ['FX', '2026-11-22T22:10:00Z', 'continuous'],
  ])('have %s at %s in %s', (name, isoTime, state) => {
    expect(stateOf(name, isoTime)).toBe(state);
  });

  it('leave a minute each weekday in which every market is closed, for the day roll', () => {
    const names = ['ALWAYS', 'XNYS', 'XLON', 'XTKS', 'XCME', 'FX'];
    for (const isoTime of ['2026-11-24T22:00:30Z', '2026-07-14T21:00:30Z']) {
      expect(names.map((name) => stateOf(name, isoTime))).toEqual(names.map(() => 'closed'));
    }
  });

  it('give the instruments of the demo their auctions in turn, never two at once', () => {
    const demo = load(shipped).get('DEMO');
    const calendars = Array.from({ length: 8 }, (_, turn) => demo?.forInstrument(turn, 8));
    const auctionsOf = calendars.map(() => 0);
    for (let second = 0; second < 3600; second += 5) {
      const inAuction = calendars.map(
        (calendar) =>
          calendar !== undefined &&
          phaseAt(calendar, NOW_MICROS + second * 1_000_000).state === MarketState.volatilityAuction,
      );
      expect(inAuction.filter(Boolean).length).toBeLessThanOrEqual(1);
      for (const [at, auction] of inAuction.entries()) auctionsOf[at] += auction ? 1 : 0;
    }
    expect(Math.min(...auctionsOf)).toBeGreaterThanOrEqual(4);
  });
});

describe('offset tables', () => {
  it('find the second at which London changes its clocks', () => {
    const changes = offsetTable('Europe/London', NOW_MICROS);
    expect(changes).toContainEqual({ fromMicros: micros('2026-10-25T01:00:00Z'), offsetSeconds: 0 });
    expect(changes).toContainEqual({ fromMicros: micros('2027-03-28T01:00:00Z'), offsetSeconds: 3600 });
  });

  it('have one entry where clocks never change', () => {
    expect(offsetTable('Asia/Tokyo', NOW_MICROS).map((change) => change.offsetSeconds)).toEqual([32_400]);
    expect(offsetTable('UTC', NOW_MICROS).map((change) => change.offsetSeconds)).toEqual([0]);
  });
});

describe('a calendars file with mistakes', () => {
  const daily = `calendars:
  - name: A
    kind: daily
    description: a market
    timeZone: Europe/London
    weekdays: [mon]
    schedules:
      normal:
        - { at: "09:00", state: continuous }
        - { at: "17:00", state: closed }
`;

  it('is accepted when it has none', () => {
    expect(mistakesIn(daily)).toEqual([]);
  });

  it.each([
    [
      'an unknown time zone',
      'Europe/London',
      'Europe/Londres',
      'calendars.yaml:5: calendars[0].timeZone: the machine knows no such time zone',
    ],
    [
      'an impossible time',
      '"09:00"',
      '"9"',
      'calendars.yaml:9: calendars[0].schedules.normal[0].at: a time is "hh:mm"',
    ],
    [
      'an unknown state',
      'continuous',
      'trading',
      'calendars.yaml:9: calendars[0].schedules.normal[0].state: Invalid option',
    ],
    ['an unknown key', 'weekdays', 'weekDays', 'calendars.yaml:2: calendars[0]'],
    [
      'a day left open',
      'state: closed',
      'state: halt',
      'calendars.yaml:2: calendars[0]: every schedule must end with the state closed',
    ],
    ['times that fall', '"17:00"', '"08:00"', 'calendars.yaml:2: calendars[0]: the times of a schedule must rise'],
    ['broken YAML', 'weekdays: [mon]', 'weekdays: [mon', 'calendars.yaml:7: '],
  ])('names the line of %s', (_what, right, wrong, message) => {
    expect(mistakesIn(daily.replace(right, wrong))[0]).toContain(message);
  });

  it('names an unknown schedule of a day and a date that does not exist', () => {
    expect(mistakesIn(`${daily}    otherDays: { 2026-12-24: { schedule: half, name: Eve } }\n`)).toEqual([
      'calendars.yaml:11: calendars[0].otherDays.2026-12-24.schedule: there is no schedule "half"',
    ]);
    expect(mistakesIn(`${daily}    holidays: { 2026-02-30: Nothing }\n`)[0]).toContain('there is no such date');
  });

  it('refuses a name that is used twice', () => {
    const twice = daily + daily.replace('calendars:\n', '');
    expect(mistakesIn(twice)).toEqual(['calendars.yaml:11: calendars[1].name: "A" is used twice']);
  });
});
