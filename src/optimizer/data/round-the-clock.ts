/**
 * The targets that never close: `crypto` (trades of a perpetual), `azure` (processor use) and `nab` (requests, tweets),
 * each in 5-minute bins of UTC days. Bins without data are interpolated and marked.
 */
import path from 'node:path';
import { CodedError } from '#kit/errors.ts';
import { readBytes, readColumns, readTarMember } from './columns.ts';
import { DATA_ERRORS } from './errors.ts';
import { interpolateGaps, type LoadSeries } from './load-series.ts';

const BIN_MINUTES = 5;
const BIN_MICROS = BIN_MINUTES * 60_000_000;
const MINUTE_MICROS = 60_000_000;
const DAY_MICROS = 86_400_000_000;
const SLOTS = 288;
/** A gap that long is a broken file, not a gap. */
const BINS_MAX = 2_000_000;

/** Trade counts of one instrument from its monthly minute files, with the range and the flow beside them. */
export function loadTrades(folder: string, symbol: string, months: readonly string[]): LoadSeries {
  const names = ['minute', 'high', 'low', 'close', 'volume', 'trades', 'taker_buy_volume'];
  const parts = months.map((month) => {
    const file = path.join(folder, `${symbol}-1m-${month}.csv.gz`);
    return readColumns(readBytes(file).toString('latin1'), names, file);
  });
  const joined = names.map((_name, column) => concatenate(parts.map((part) => part[column])));
  const [minutes, highs, lows, closes, volumes, trades, bought] = joined;
  const bins = new Bins(minutes[0] * MINUTE_MICROS, (minutes.at(-1) as number) * MINUTE_MICROS, symbol);
  let previousClose = Number.NaN;
  for (let row = 0; row < minutes.length; row++) {
    const at = bins.indexOf(minutes[row] * MINUTE_MICROS);
    bins.add('values', at, trades[row]);
    bins.add('range', at, Math.log(highs[row] / lows[row]));
    bins.add('volume', at, volumes[row]);
    bins.add('bought', at, bought[row]);
    if (previousClose > 0) bins.add('move', at, Math.log(closes[row] / previousClose));
    if (minutes[row] % BIN_MINUTES === BIN_MINUTES - 1) bins.add('lastMinute', at, trades[row]);
    previousClose = closes[row];
  }
  return bins.series(symbol, ['range', 'volume', 'bought', 'move', 'lastMinute']);
}

/** Average processor use of the published trace, with its lowest and highest beside it. */
export function loadProcessorUse(file: string): LoadSeries {
  const names = ['timestamp', 'min cpu', 'max cpu', 'avg cpu'];
  const [times, lows, highs, averages] = readColumns(readBytes(file).toString('latin1'), names, file);
  const bins = new Bins(times[0], times.at(-1) as number, file);
  for (let row = 0; row < times.length; row++) {
    const at = bins.indexOf(times[row]);
    bins.set('values', at, averages[row]);
    bins.set('low', at, lows[row]);
    bins.set('high', at, highs[row]);
  }
  return bins.series('azure', ['low', 'high']);
}

/** One file of the NAB archive: `timestamp,value`. Times are kept to their bin, whatever second they carry. */
export function loadNab(archiveFile: string, member: string, name: string): LoadSeries {
  const text = readTarMember(readBytes(archiveFile), member);
  const [times, values] = readColumns(text, ['timestamp', 'value'], member);
  const bins = new Bins(times[0], times.at(-1) as number, member);
  for (let row = 0; row < times.length; row++) bins.set('values', bins.indexOf(times[row]), values[row]);
  return bins.series(name, []);
}

class Bins {
  private readonly firstMicros: number;
  private readonly length: number;
  private readonly columns = new Map<string, Float64Array>();

  constructor(firstMicros: number, lastMicros: number, source: string) {
    this.firstMicros = Math.floor(firstMicros / BIN_MICROS) * BIN_MICROS;
    this.length = Math.floor((lastMicros - this.firstMicros) / BIN_MICROS) + 1;
    if (!(this.length > 0 && this.length <= BINS_MAX)) throw new CodedError(DATA_ERRORS.LOAD_FILE_MALFORMED, source);
  }

  indexOf(micros: number): number {
    return Math.floor((micros - this.firstMicros) / BIN_MICROS);
  }

  add(name: string, at: number, value: number): void {
    const column = this.column(name);
    if (Number.isFinite(value)) column[at] = (Number.isNaN(column[at]) ? 0 : column[at]) + value;
  }

  set(name: string, at: number, value: number): void {
    if (Number.isFinite(value)) this.column(name)[at] = value;
  }

  series(name: string, signals: readonly string[]): LoadSeries {
    const values = this.column('values');
    const filled = new Uint8Array(this.length);
    interpolateGaps(values, filled);
    const timesMicros = new Float64Array(this.length);
    const slots = new Int32Array(this.length);
    const weekdays = new Int32Array(this.length);
    const dates = new Int32Array(this.length);
    for (let at = 0; at < this.length; at++) {
      const micros = this.firstMicros + at * BIN_MICROS;
      const day = Math.floor(micros / DAY_MICROS);
      const date = new Date(micros / 1000);
      timesMicros[at] = micros;
      slots[at] = Math.floor((micros - day * DAY_MICROS) / BIN_MICROS);
      weekdays[at] = date.getUTCDay();
      dates[at] = date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
    }
    const named = Object.fromEntries(signals.map((signal) => [signal, this.column(signal)]));
    return {
      name,
      slotsPerDay: SLOTS,
      binMinutes: BIN_MINUTES,
      timesMicros,
      values,
      slots,
      weekdays,
      dates,
      filled,
      signals: named,
    };
  }

  private column(name: string): Float64Array {
    const known = this.columns.get(name);
    if (known !== undefined) return known;
    const made = new Float64Array(this.length).fill(Number.NaN);
    this.columns.set(name, made);
    return made;
  }
}

function concatenate(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
