/**
 * The `equities` target: volume of US stocks in 5-minute bins of the New York session. Each stock's minute volume is
 * divided by its mean over the first quarter, clipped, and summed; days that are not whole (half days, gaps) are left out.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { CodedError } from '#kit/errors.ts';
import { readBytes, readColumns } from './columns.ts';
import { DATA_ERRORS } from './errors.ts';
import type { LoadSeries } from './load-series.ts';
import { LocalTime } from './local-time.ts';

const OPEN_MINUTE = 9 * 60 + 30;
const CLOSE_MINUTE = 16 * 60;
const BIN_MINUTES = 5;
const SLOTS = (CLOSE_MINUTE - OPEN_MINUTE) / BIN_MINUTES;
const MINUTE_MICROS = 60_000_000;
const SCALED_VOLUME_MAX = 20;
const DAY_SUM_MIN = 100;
const EMPTY_BINS_MAX = 20;
/** The scale of a stock is its mean over these months; one that lists later has its first month's. */
const SCALE_UNTIL_MONTH = 3;

interface Bar {
  readonly date: number;
  readonly slot: number;
  readonly minute: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

interface DayBins {
  readonly load: Float64Array;
  readonly range: Float64Array;
  readonly move: Float64Array;
  readonly active: Float64Array;
  /** Load of the bin's last minute, which says most of where the next one begins. */
  readonly lastMinute: Float64Array;
  readonly largest: Float64Array;
  readonly opening: number[];
}

/** Reads every `*-1m.csv.gz` of the folder; bins in order, whole trading days only. */
export function loadEquities(folder: string): LoadSeries {
  const files = listFiles(folder);
  const days = new Map<number, DayBins>();
  const newYork = new LocalTime('America/New_York');
  for (const file of files) addStock(days, readBars(path.join(folder, file), newYork));
  const kept = [...days].toSorted(([a], [b]) => a - b).filter(([, day]) => isWhole(day));
  return toSeries(kept);
}

function listFiles(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('-1m.csv.gz'));
  } catch {
    names = [];
  }
  if (names.length === 0) throw new CodedError(DATA_ERRORS.LOAD_FILE_MISSING, path.join(folder, '*-1m.csv.gz'));
  return names.toSorted();
}

function readBars(file: string, newYork: LocalTime): Bar[] {
  const names = ['minute', 'high', 'low', 'close', 'volume'];
  const [minutes, highs, lows, closes, volumes] = readColumns(readBytes(file).toString('latin1'), names, file);
  const bars: Bar[] = [];
  for (let row = 0; row < minutes.length; row++) {
    const { date, minuteOfDay } = newYork.at(minutes[row] * MINUTE_MICROS);
    if (minuteOfDay < OPEN_MINUTE || minuteOfDay >= CLOSE_MINUTE || !(volumes[row] >= 0)) continue;
    bars.push({
      date,
      slot: Math.floor((minuteOfDay - OPEN_MINUTE) / BIN_MINUTES),
      minute: minutes[row],
      high: highs[row],
      low: lows[row],
      close: closes[row],
      volume: volumes[row],
    });
  }
  return bars;
}

function addStock(days: Map<number, DayBins>, bars: readonly Bar[]): void {
  const scale = meanVolume(bars);
  if (!(scale > 0)) return;
  let previousClose = Number.NaN;
  for (const bar of bars) {
    const day = days.get(bar.date) ?? emptyDay(bar);
    days.set(bar.date, day);
    const scaled = Math.min(bar.volume / scale, SCALED_VOLUME_MAX);
    day.load[bar.slot] += scaled;
    day.active[bar.slot] += 1;
    day.range[bar.slot] += Math.log(bar.high / bar.low);
    if (previousClose > 0) day.move[bar.slot] += Math.log(bar.close / previousClose);
    if (minuteOfBin(bar) === BIN_MINUTES - 1) day.lastMinute[bar.slot] += scaled;
    day.largest[bar.slot] = Math.max(day.largest[bar.slot], scaled);
    previousClose = bar.close;
  }
}

function minuteOfBin(bar: Bar): number {
  return bar.minute % BIN_MINUTES;
}

function meanVolume(bars: readonly Bar[]): number {
  const inQuarter = bars.filter((bar) => Math.floor(bar.date / 100) % 100 <= SCALE_UNTIL_MONTH);
  const firstMonth = Math.floor((bars[0]?.date ?? 0) / 100);
  const used = inQuarter.length > 0 ? inQuarter : bars.filter((bar) => Math.floor(bar.date / 100) === firstMonth);
  return used.reduce((sum, bar) => sum + bar.volume, 0) / used.length;
}

const make = (): Float64Array => new Float64Array(SLOTS);

function emptyDay(bar: Bar): DayBins {
  const opening = Math.floor(bar.minute / BIN_MINUTES) * BIN_MINUTES - bar.slot * BIN_MINUTES;
  return {
    load: make(),
    range: make(),
    move: make(),
    active: make(),
    lastMinute: make(),
    largest: make(),
    opening: [opening],
  };
}

function isWhole(day: DayBins): boolean {
  const sum = day.load.reduce((total, load) => total + load, 0);
  const empty = day.active.filter((bars) => bars === 0).length;
  return sum >= DAY_SUM_MIN && empty <= EMPTY_BINS_MAX;
}

function toSeries(days: readonly (readonly [number, DayBins])[]): LoadSeries {
  const bins = days.length * SLOTS;
  const join = (name: 'load' | 'range' | 'move' | 'active' | 'lastMinute' | 'largest'): Float64Array => {
    const all = new Float64Array(bins);
    days.forEach(([, day], index) => all.set(day[name], index * SLOTS));
    return all;
  };
  const timesMicros = new Float64Array(bins);
  const slots = new Int32Array(bins);
  const dates = new Int32Array(bins);
  const weekdays = new Int32Array(bins);
  for (let at = 0; at < bins; at++) {
    const [date, day] = days[Math.floor(at / SLOTS)];
    slots[at] = at % SLOTS;
    timesMicros[at] = (day.opening[0] + slots[at] * BIN_MINUTES) * MINUTE_MICROS;
    dates[at] = date;
    weekdays[at] = weekdayOf(date);
  }
  const { load, range, move, active, lastMinute, largest } = {
    load: join('load'),
    range: join('range'),
    move: join('move'),
    active: join('active'),
    lastMinute: join('lastMinute'),
    largest: join('largest'),
  };
  return {
    name: 'equities',
    slotsPerDay: SLOTS,
    binMinutes: BIN_MINUTES,
    timesMicros,
    values: load,
    slots,
    weekdays,
    dates,
    filled: new Uint8Array(bins),
    signals: { range, move, active, lastMinute, largest },
  };
}

function weekdayOf(date: number): number {
  return new Date(Date.UTC(Math.floor(date / 10_000), (Math.floor(date / 100) % 100) - 1, date % 100)).getUTCDay();
}
