import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CodedError } from '#kit/errors.ts';
import { demoSessions, drivenMarkets, intradayActivityOf } from './demo-set-up.ts';
import { holidayWarnings, loadReferenceData } from './reference-data.ts';

const CONFIG = fileURLToPath(new URL('../../config', import.meta.url));
const NOW_MICROS = Date.parse('2026-11-22T12:00:00Z') * 1000;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nautilus-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What loading says when `from` is replaced by `to` in one of the shipped files. */
function complaint(file: string, from: string, to: string): string {
  cpSync(CONFIG, folder, { recursive: true });
  const text = readFileSync(join(CONFIG, file), 'utf8');
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  writeFileSync(join(folder, file), text.replace(from, to));
  try {
    loadReferenceData(folder, NOW_MICROS);
    return 'nothing';
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    expect(error.code).toBe('APP_CONFIG_INVALID');
    return error.message.replaceAll(`${folder}/`, '');
  }
}

describe('the shipped reference data', () => {
  const data = loadReferenceData(CONFIG, NOW_MICROS);
  const bySymbol = (symbol: string) => data.instruments.find((instrument) => instrument.symbol === symbol);

  it('has shares in several price bands, a future, a crypto pair and a currency pair', () => {
    expect(data.instruments).toHaveLength(8);
    expect(new Set(data.instruments.map(({ kind }) => kind))).toEqual(new Set(['share', 'future', 'crypto', 'fx']));
  });

  it('turns prices into ticks and money per tick without rounding', () => {
    expect(bySymbol('ORCA')).toMatchObject({
      referenceTicks: 1_842_000,
      moneyPerTick: 1,
      tickMantissa: 1,
      tickExponent: -4,
    });
    expect(bySymbol('N50Z6')).toMatchObject({
      referenceTicks: 20_961,
      moneyPerTick: 125_000,
      tickMantissa: 25,
      tickExponent: -2,
    });
    expect(bySymbol('KELP')).toMatchObject({ moneyPerTick: 1, collarBasisPoints: 500, dynamicBandBasisPoints: 150 });
    expect(bySymbol('EUR-USD')).toMatchObject({ referenceTicks: 21_684, moneyPerTick: 500 });
  });

  it('has seven participants, and sessions for the simulated ones alone', () => {
    expect(data.participants).toHaveLength(7);
    const sessions = demoSessions(data);
    expect(sessions.map(({ session }) => session)).toEqual([101, 102, 103, 104, 105, 106]);
    expect(sessions.every(({ name }) => name.endsWith('(simulated)'))).toBe(true);
  });

  it('gives every instrument its calendar, and the day its curve', () => {
    expect(drivenMarkets(data).map(({ symbol }) => symbol)).toEqual(data.instruments.map(({ symbol }) => symbol));
    const activity = intradayActivityOf(data);
    const minute = 60_000_000;
    expect(activity(NOW_MICROS + minute)).toBeGreaterThan(2 * activity(NOW_MICROS + 30 * minute));
    expect(activity(NOW_MICROS + 58 * minute)).toBeGreaterThan(activity(NOW_MICROS + minute));
  });
});

describe('holidays', () => {
  const shipped = loadReferenceData(CONFIG, NOW_MICROS);
  const [orca] = shipped.instruments;
  const data = { ...shipped, instruments: [{ ...orca, calendar: 'XNYS' }] };
  const micros = (isoTime: string): number => Date.parse(isoTime) * 1000;

  it('are known for long enough, or a warning says what to do', () => {
    expect(holidayWarnings(data, NOW_MICROS)).toEqual([]);
    expect(holidayWarnings(data, micros('2027-11-15T12:00:00Z'))).toEqual([
      'calendar XNYS lists holidays through 2027-12-31 only: add later ones to calendars.yaml',
    ]);
    expect(holidayWarnings(data, micros('2029-01-01T00:00:00Z'))).toHaveLength(1);
  });

  it('of calendars that nobody uses do not matter', () => {
    expect(holidayWarnings(shipped, micros('2029-01-01T00:00:00Z'))).toEqual([]);
  });
});

describe('mistakes in the reference data', () => {
  it.each([
    [
      'instruments.yaml',
      'referencePrice: "184.20"',
      'referencePrice: "184.20005"',
      'instruments[0].referencePrice: is not a multiple of 0.0001',
    ],
    [
      'instruments.yaml',
      'tickTable: us-shares',
      'tickTable: us',
      'instruments[0].tickTable: no tick table is named "us"; there are: us-shares, ',
    ],
    [
      'instruments.yaml',
      'calendar: DEMO',
      'calendar: XPAR',
      'instruments[0].calendar: no calendar is named "XPAR"; there are: DEMO, ',
    ],
    ['instruments.yaml', 'tick: "0.25"', 'tock: "0.25"', 'instruments[5]: Unrecognized key'],
    ['instruments.yaml', 'symbol: REEF', 'symbol: ORCA', 'instruments[1].symbol: ORCA is used twice'],
    [
      'instruments.yaml',
      'pointValue: "0.001"',
      'pointValue: "0.00001"',
      'instruments[6].pointValue: is not a multiple of 0.0001',
    ],
    [
      'instruments.yaml',
      '- { from: "1", step: "0.01" }',
      '- { from: "0", step: "0.01" }',
      'tickTables[0].bands: bands must begin at 0 and rise',
    ],
    [
      'instruments.yaml',
      'maxPrice: "100000"',
      'maxPrice: "100"',
      'instruments[0].referencePrice: must lie between minPrice and maxPrice',
    ],
    [
      'accounts.yaml',
      'fees: standard',
      'fees: none',
      'participants[0].accounts[0].fees: no fee schedule is named "none"; there are: standard, ',
    ],
    ['accounts.yaml', 'index: 12, name', 'index: 11, name', 'participants[1].accounts[1].index: 11 is used twice'],
    ['accounts.yaml', 'session: 102', 'session: 101', 'participants[2].session: 101 is used twice'],
    ['accounts.yaml', 'funds: "1000000"', 'funds: "-1"', 'participants[0].accounts[0].funds: must not be negative'],
    ['accounts.yaml', 'plays: [quotes]', 'plays: [guess]', 'participants[1].accounts[0].plays[0]: Invalid option'],
    [
      'calendars.yaml',
      'America/New_York',
      'America/Gotham',
      'calendars[1].timeZone: the machine knows no such time zone',
    ],
  ])('in %s are named with file, line and place: %s → %s', (file, from, to, message) => {
    expect(complaint(file, from, to)).toMatch(new RegExp(`^The configuration has mistakes: \\n${file}:\\d+: `));
    expect(complaint(file, from, to)).toContain(message);
  });

  it('are all listed at once, from both files', () => {
    cpSync(CONFIG, folder, { recursive: true });
    writeFileSync(join(folder, 'instruments.yaml'), 'instruments: []\n');
    writeFileSync(join(folder, 'accounts.yaml'), 'participants: {}\n');
    expect(() => loadReferenceData(folder, NOW_MICROS)).toThrow(/instruments\.yaml:1: [^]*accounts\.yaml:1: /);
  });

  it('include a file that is missing', () => {
    expect(() => loadReferenceData(join(folder, 'nowhere'), NOW_MICROS)).toThrow('cannot be read');
  });
});
