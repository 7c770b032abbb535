/**
 * The past of one load, ready for questions about windows and seasons: sums over any window in constant time. Grows at
 * the end only. Questions name the last bin they may know, and never see what is after it.
 */
import { invariant } from '#kit/invariant.ts';
import type { LoadSeries } from '../data/load-series.ts';

/** Bins kept at most; a year and a half of minutes. */
const BINS_MAX = 800_000;

/** One measured bin, as it is appended. */
export interface LoadBin {
  readonly timeMicros: number;
  readonly value: number;
  readonly slot: number;
  readonly weekday: number;
  readonly date: number;
  readonly filled: boolean;
  readonly signals: Readonly<Record<string, number>>;
}

/** Whether days of that date (yyyymmdd) are left out of a seasonal mean. */
export type DaySkip = (date: number) => boolean;

const skipNone: DaySkip = () => false;

export class LoadHistory {
  readonly slotsPerDay: number;
  readonly binMinutes: number;
  length = 0;
  timesMicros: Float64Array;
  values: Float64Array;
  slots: Int32Array;
  weekdays: Int32Array;
  dates: Int32Array;
  filled: Uint8Array;
  readonly signals: Record<string, Float64Array> = {};
  private sums: Float64Array;

  constructor(slotsPerDay: number, binMinutes: number, signalNames: readonly string[], capacity = 4096) {
    this.slotsPerDay = slotsPerDay;
    this.binMinutes = binMinutes;
    this.timesMicros = new Float64Array(capacity);
    this.values = new Float64Array(capacity);
    this.slots = new Int32Array(capacity);
    this.weekdays = new Int32Array(capacity);
    this.dates = new Int32Array(capacity);
    this.filled = new Uint8Array(capacity);
    this.sums = new Float64Array(capacity + 1);
    for (const name of signalNames) this.signals[name] = new Float64Array(capacity);
  }

  /** A history of a whole series. */
  static of(series: LoadSeries): LoadHistory {
    const names = Object.keys(series.signals);
    const history = new LoadHistory(series.slotsPerDay, series.binMinutes, names, series.values.length);
    for (let at = 0; at < series.values.length; at++) {
      const signals: Record<string, number> = {};
      for (const name of names) signals[name] = series.signals[name][at];
      history.append({
        timeMicros: series.timesMicros[at],
        value: series.values[at],
        slot: series.slots[at],
        weekday: series.weekdays[at],
        date: series.dates[at],
        filled: series.filled[at] === 1,
        signals,
      });
    }
    return history;
  }

  /**
   * Adds the next bin. A value that is not finite, or negative, is replaced by the last one and marked as filled: a load
   * cannot be either, and one bad sample must not spread through every window that holds it.
   */
  append(bin: LoadBin): void {
    invariant(this.length < BINS_MAX, 'features.history-full', this.length);
    if (this.length === this.values.length) this.grow();
    const at = this.length;
    const good = Number.isFinite(bin.value) && bin.value >= 0;
    this.timesMicros[at] = bin.timeMicros;
    this.values[at] = good ? bin.value : at > 0 ? this.values[at - 1] : 0;
    this.filled[at] = good && !bin.filled ? 0 : 1;
    this.slots[at] = bin.slot;
    this.weekdays[at] = bin.weekday;
    this.dates[at] = bin.date;
    for (const [name, column] of Object.entries(this.signals)) column[at] = bin.signals[name] ?? Number.NaN;
    this.sums[at + 1] = this.sums[at] + this.values[at];
    this.length++;
  }

  /** Mean of the bins from..to, both included and cut to what exists; NaN where nothing does. */
  mean(from: number, to: number): number {
    const low = Math.max(0, from);
    if (to < low) return Number.NaN;
    return (this.sums[to + 1] - this.sums[low]) / (to - low + 1);
  }

  /**
   * Mean over the last `days` days of the slot of bin `target`, seen at bin `at`: bins target - k days that are not after
   * `at`, each with `around` neighbours on both sides. NaN before the first whole day.
   */
  slotMean(at: number, target: number, days: number, around: number, skip: DaySkip = skipNone): number {
    const step = this.slotsPerDay;
    let sum = 0;
    let used = 0;
    for (let bin = latestSameSlot(at, target, step); bin >= 0 && used < days; bin -= step) {
      if (skip(this.dates[bin])) continue;
      sum += this.mean(bin - around, Math.min(at, bin + around));
      used++;
    }
    return used === 0 ? Number.NaN : sum / used;
  }

  /** Median over the last `days` days of the slot of bin `target`, seen at bin `at`; NaN before the first whole day. */
  slotMedian(at: number, target: number, days: number, around: number, skip: DaySkip = skipNone): number {
    const step = this.slotsPerDay;
    const found: number[] = [];
    for (let bin = latestSameSlot(at, target, step); bin >= 0 && found.length < days; bin -= step) {
      if (skip(this.dates[bin])) continue;
      found.push(this.mean(bin - around, Math.min(at, bin + around)));
    }
    if (found.length === 0) return Number.NaN;
    found.sort((a, b) => a - b);
    const middle = found.length >> 1;
    return found.length % 2 === 1 ? found[middle] : (found[middle - 1] + found[middle]) / 2;
  }

  private grow(): void {
    const capacity = this.values.length * 2;
    this.timesMicros = copy(new Float64Array(capacity), this.timesMicros);
    this.values = copy(new Float64Array(capacity), this.values);
    this.slots = copy(new Int32Array(capacity), this.slots);
    this.weekdays = copy(new Int32Array(capacity), this.weekdays);
    this.dates = copy(new Int32Array(capacity), this.dates);
    this.filled = copy(new Uint8Array(capacity), this.filled);
    this.sums = copy(new Float64Array(capacity + 1), this.sums);
    for (const [name, column] of Object.entries(this.signals)) {
      this.signals[name] = copy(new Float64Array(capacity), column);
    }
  }
}

function copy<T extends Float64Array | Int32Array | Uint8Array>(to: T, from: T): T {
  to.set(from);
  return to;
}

/** The newest bin with the slot of `target` that is not after `at`. */
export function latestSameSlot(at: number, target: number, slotsPerDay: number): number {
  const ahead = Math.max(0, target - at);
  return target - Math.ceil(ahead / slotsPerDay) * slotsPerDay;
}
