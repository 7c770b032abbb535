/**
 * Nothing from after the decision leaks into a feature, training and live build the same rows, and bad data is lived with:
 * gaps, constants, nonsense values, half days, too little history.
 */
import { describe, expect, it } from 'vitest';
import { Rng } from '#kit/rng.ts';
import type { LoadSeries } from '../data/load-series.ts';
import { FeatureRow } from '../features/feature-row.ts';
import { writeFeatures } from '../features/forecast-features.ts';
import { LoadHistory } from '../features/load-history.ts';
import { targetMoment } from '../features/target-moment.ts';
import { eventsOn, strongEventOn } from '../features/market-calendar.ts';
import { buildDataset, cutDataset } from './dataset.ts';
import { HorizonModel, trainHorizon } from './horizon-model.ts';
import { backtestFigures, backtestRows } from './backtest.ts';
import { seasonalScale } from '../models/accuracy.ts';
import { ALWAYS_SHAPE, forecastSpec, WIDE_TASTE } from './spec.ts';

const SLOTS = 24;
const START_MICROS = Date.UTC(2024, 0, 1) * 1000;

function makeSeries(days: number, loadAt: (bin: number, noise: number) => number, seed = 1): LoadSeries {
  const bins = days * SLOTS;
  const rng = new Rng(seed);
  const index = Array.from({ length: bins }, (_none, bin) => bin);
  const day = (bin: number): Date => new Date(START_MICROS / 1000 + Math.floor(bin / SLOTS) * 86_400_000);
  return {
    name: 'made',
    slotsPerDay: SLOTS,
    binMinutes: 60,
    timesMicros: Float64Array.from(index, (bin) => START_MICROS + bin * 3_600_000_000),
    values: Float64Array.from(index, (bin) => loadAt(bin, rng.normal(0, 1))),
    slots: Int32Array.from(index, (bin) => bin % SLOTS),
    weekdays: Int32Array.from(index, (bin) => day(bin).getUTCDay()),
    dates: Int32Array.from(index, (bin) => 20_240_000 + (day(bin).getUTCMonth() + 1) * 100 + day(bin).getUTCDate()),
    filled: new Uint8Array(bins),
    signals: { beside: Float64Array.from(index, () => rng.float()) },
  };
}

const seasonal = (bin: number, noise: number): number =>
  100 * (1 + 0.5 * Math.sin((2 * Math.PI * bin) / SLOTS)) * Math.exp(0.1 * noise);

function rowAt(history: LoadHistory, at: number, ahead: number): number[] {
  const row = new FeatureRow();
  writeFeatures({ history, at, ahead, ...ALWAYS_SHAPE }, row);
  return [...row.values.subarray(0, row.width)];
}

describe('features', () => {
  const series = makeSeries(30, seasonal);

  it.each([1, 6, 24, 30])('know nothing of what comes after the bin they are made at (%i ahead)', (ahead) => {
    const at = 20 * SLOTS + 7;
    const known = rowAt(LoadHistory.of(series), at, ahead);
    const changed = { ...series, values: series.values.slice(), signals: { beside: series.signals['beside'].slice() } };
    for (let bin = at + 1; bin < changed.values.length; bin++) {
      changed.values[bin] = 1e9;
      changed.signals.beside[bin] = -1e9;
    }
    expect(rowAt(LoadHistory.of(changed), at, ahead)).toEqual(known);
    changed.values[at] *= 2;
    expect(rowAt(LoadHistory.of(changed), at, ahead)).not.toEqual(known);
  });

  it('are the same when bins arrive one by one as when a whole history is read', () => {
    const ahead = 3;
    const dataset = buildDataset(LoadHistory.of(series), ALWAYS_SHAPE, ahead, 0, series.values.length);
    const live = new LoadHistory(SLOTS, 60, ['beside'], 8);
    let compared = 0;
    for (let at = 0; at < series.values.length; at++) {
      live.append({
        timeMicros: series.timesMicros[at],
        value: series.values[at],
        slot: series.slots[at],
        weekday: series.weekdays[at],
        date: series.dates[at],
        filled: false,
        signals: { beside: series.signals['beside'][at] },
      });
      const place = dataset.targetBins.indexOf(at + ahead);
      if (place < 0) continue;
      const { values, width } = dataset.features;
      expect(rowAt(live, at, ahead)).toEqual([...values.subarray(place * width, (place + 1) * width)]);
      compared++;
    }
    expect(compared).toBeGreaterThan(600);
  });

  it('do not change with the size of the load', () => {
    const larger = { ...series, values: series.values.map((load) => load * 1000) };
    const one = rowAt(LoadHistory.of(series), 500, 6);
    rowAt(LoadHistory.of(larger), 500, 6).forEach((value, at) => expect(value).toBeCloseTo(one[at], 9));
  });

  it('mark values that are missing or impossible, and keep them out of every window', () => {
    const broken = { ...series, values: series.values.slice() };
    broken.values[490] = Number.NaN;
    broken.values[495] = -5;
    broken.values[497] = Number.POSITIVE_INFINITY;
    const history = LoadHistory.of(broken);
    expect([490, 495, 497].map((bin) => history.filled[bin])).toEqual([1, 1, 1]);
    expect(history.values[495]).toBe(history.values[494]);
    expect(rowAt(history, 500, 6).every((value) => Number.isFinite(value))).toBe(true);
  });

  it('are finite for a metric that is constant, and for one that is nothing', () => {
    for (const level of [5, 0]) {
      const flat = LoadHistory.of(makeSeries(20, () => level));
      expect(rowAt(flat, 400, 6).filter((value) => !Number.isFinite(value))).toEqual([]);
    }
  });

  it('do not exist before the first season is over', () => {
    const row = new FeatureRow();
    const history = LoadHistory.of(series);
    expect(writeFeatures({ history, at: SLOTS - 1, ahead: 1, ...ALWAYS_SHAPE }, row)).toBeUndefined();
  });
});

describe('the calendar of a forecast', () => {
  it('passes over weekends, holidays and half days where only whole sessions count', () => {
    const history = LoadHistory.of({ ...makeSeries(1, seasonal), dates: new Int32Array(SLOTS).fill(20_241_127) });
    expect(targetMoment(history, 20, 3, 'sessions')).toMatchObject({ date: 20_241_127, slot: 23, daysAhead: 0 });
    expect(targetMoment(history, 20, SLOTS, 'sessions')).toMatchObject({ date: 20_241_202, slot: 20, weekday: 1 });
    expect(targetMoment(history, 20, SLOTS, 'always')).toMatchObject({ date: 20_240_102, slot: 20 });
  });

  it('knows the days on which trading differs', () => {
    expect(eventsOn(20_241_220)).toContain('tripleWitching');
    expect(strongEventOn(20_240_628)).toBe('russellRebalance');
    expect(strongEventOn(20_241_031)).toBe('monthEnd');
    expect(strongEventOn(20_241_015)).toBeUndefined();
    expect(eventsOn(20_241_218)).toContain('centralBank');
  });
});

describe('a split', () => {
  it('keeps the rows of each part to its own time, where a shuffled one would leak', () => {
    // Load that wanders, so that a neighbour in time gives the answer away.
    let level = 100;
    const wandering = makeSeries(40, (_bin, noise) => (level = Math.max(20, level * Math.exp(0.15 * noise))));
    const all = buildDataset(LoadHistory.of(wandering), ALWAYS_SHAPE, 24, 0, wandering.values.length);
    const before = cutDataset(all, 0, 30 * SLOTS);
    const after = cutDataset(all, 30 * SLOTS, 40 * SLOTS);
    expect(Math.max(...before.targetBins)).toBeLessThan(Math.min(...after.targetBins));
    expect(before.targets.length + after.targets.length).toBe(all.targets.length);
  });
});

describe('a trained horizon', () => {
  const quick = { kind: 'boosting', trees: 60, learningRate: 0.1, leavesMax: 8 } as const;
  const spec = {
    ...forecastSpec(ALWAYS_SHAPE, WIDE_TASTE),
    members: [
      { name: 'boosting', unit: 'season', learner: quick },
      { name: 'ridge', unit: 'recent', learner: { kind: 'ridge', penalty: 10 } },
    ] as const,
    quantileLearner: quick,
  };
  const END = 30 * SLOTS;

  function train(series: LoadSeries, windows: readonly number[] = [20 * SLOTS, 25 * SLOTS]): HorizonModel {
    return new HorizonModel(trainHorizon({ history: LoadHistory.of(series), spec, ahead: 3, end: END, windows }));
  }

  it('is better than the best naive forecast on a season with noise, and covers nine in ten', () => {
    const series = makeSeries(45, seasonal);
    const history = LoadHistory.of(series);
    const model = train(series);
    const rows = backtestRows(model, history, END, series.values.length);
    const figures = backtestFigures(rows, model.data.naive, seasonalScale(series.values, SLOTS, END));
    expect(figures.mase).toBeLessThan(figures.naiveMase);
    expect(figures.coverage90).toBeGreaterThan(0.84);
    expect(figures.coverage90).toBeLessThan(0.96);
    expect(figures.pinball90).toBeGreaterThan(0);
  });

  it('learns nothing from after its end', () => {
    const series = makeSeries(45, seasonal);
    const changed = { ...series, values: series.values.map((load, bin) => (bin >= END ? 1e6 : load)) };
    expect(train(changed).data).toEqual(train(series).data);
  });

  it('gives rising quantiles and no load below nothing', () => {
    const series = makeSeries(31, (bin, noise) => Math.max(0, seasonal(bin, noise) - 60));
    const model = train(series);
    const rows = buildDataset(LoadHistory.of(series), ALWAYS_SHAPE, 3, END, series.values.length);
    for (let row = 0; row < rows.targets.length; row++) {
      const { values, width } = rows.features;
      const made = model.forecast(values, row * width, rows.references[row], 10);
      expect(made.value).toBeGreaterThanOrEqual(0);
      expect(made.quantiles).toEqual(made.quantiles.toSorted((a, b) => a - b));
    }
  });

  it('is refused with less than what one season and a window need', () => {
    const series = makeSeries(1, seasonal);
    const request = { history: LoadHistory.of(series), spec, ahead: 3, end: SLOTS, windows: [SLOTS - 4] };
    expect(() => trainHorizon(request)).toThrow(/forecast\./);
  });
});
