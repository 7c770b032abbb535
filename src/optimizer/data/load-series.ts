/**
 * A load measured in bins of equal length, with what was measured beside it, and how it is cut by time.
 * Never reorders: a split is a place on the time line, so that nothing from after it can be learnt from.
 */
import { invariant } from '#kit/invariant.ts';

/** One load, oldest bin first. All arrays have one entry a bin. */
export interface LoadSeries {
  readonly name: string;
  /** Bins of one day (trading day where it has sessions); the seasonal step. */
  readonly slotsPerDay: number;
  readonly binMinutes: number;
  /** Start of each bin, microseconds since the epoch. */
  readonly timesMicros: Float64Array;
  /** The load; NaN where it was not measured. */
  readonly values: Float64Array;
  /** Place of each bin within its day, 0 to slotsPerDay - 1. */
  readonly slots: Int32Array;
  /** 0 (Sunday) to 6 of the local day. */
  readonly weekdays: Int32Array;
  /** Local date of each bin, yyyymmdd. */
  readonly dates: Int32Array;
  /** Whether the bin's value was filled in. */
  readonly filled: Uint8Array;
  /** Further measurements by name; NaN where missing. */
  readonly signals: Readonly<Record<string, Float64Array>>;
}

/** Bins [0, validation) train, [validation, test) validate, [test, end) are for the one final test. */
export interface Split {
  readonly validation: number;
  readonly test: number;
  readonly end: number;
}

/** Where the bins at or after the two moments begin. */
export function splitAt(series: LoadSeries, validationMicros: number, testMicros: number): Split {
  const split = {
    validation: firstAtOrAfter(series.timesMicros, validationMicros),
    test: firstAtOrAfter(series.timesMicros, testMicros),
    end: series.values.length,
  };
  invariant(split.validation > 0 && split.validation < split.test && split.test < split.end, 'data.split', series.name);
  return split;
}

/** Index of the first time that is not before `micros`. */
function firstAtOrAfter(timesMicros: Float64Array, micros: number): number {
  let low = 0;
  let high = timesMicros.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timesMicros[middle] < micros) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Fills gaps by straight lines between neighbours, as the data sets' definitions ask; marks what it filled. */
export function interpolateGaps(values: Float64Array, filled: Uint8Array): void {
  let known = -1;
  for (let at = 0; at < values.length; at++) {
    if (Number.isNaN(values[at])) continue;
    for (let gap = known + 1; gap < at; gap++) {
      const share = known < 0 ? 1 : (gap - known) / (at - known);
      values[gap] = (known < 0 ? 0 : values[known] * (1 - share)) + values[at] * share;
      filled[gap] = 1;
    }
    known = at;
  }
  invariant(known >= 0, 'data.all-missing');
  for (let gap = known + 1; gap < values.length; gap++) {
    values[gap] = values[known];
    filled[gap] = 1;
  }
}
