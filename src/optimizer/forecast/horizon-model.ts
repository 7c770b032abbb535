/**
 * The forecaster of one horizon: several models in different units, their blend, and its quantiles. Learns from bins before
 * a moment, chooses its blend on later windows than its members saw, and says how good it and the naive forecasts were
 * there. Holds no clock, reads no file.
 */
import { invariant } from '#kit/invariant.ts';
import type { Reference } from '../features/forecast-features.ts';
import type { LoadHistory } from '../features/load-history.ts';
import { meanAbsoluteError, pinballLoss } from '../models/accuracy.ts';
import { blendOf, fitBlend, type Blend, type BlendTaste } from '../models/blend.ts';
import { chooseCalibration, type Calibration, type CalibrationWindow } from '../models/conformal.ts';
import { fitLearner, openModel, type LearnerSpec, type Model, type ModelData } from '../models/learner.ts';
import { NAIVE_KINDS, naiveForecast, type NaiveKind } from '../models/naive.ts';
import { buildDataset, cutDataset, type Dataset, type LoadShape } from './dataset.ts';

/** The unit a model learns in; each is free of the load's size. */
export type TargetUnit = 'season' | 'paced' | 'recent' | 'level';

export interface MemberSpec {
  readonly name: string;
  readonly unit: TargetUnit;
  readonly learner: LearnerSpec;
}

export interface ForecastSpec {
  readonly shape: LoadShape;
  readonly members: readonly MemberSpec[];
  readonly quantileLearner: Extract<LearnerSpec, { kind: 'boosting' }>;
  readonly quantiles: readonly number[];
  readonly taste: BlendTaste;
}

export interface FoldFigures {
  readonly fromBin: number;
  readonly toBin: number;
  /** Mean absolute errors on the window. */
  readonly model: number;
  readonly naive: number;
}

interface QuantileData {
  readonly share: number;
  readonly unit: TargetUnit;
  readonly model: ModelData;
  readonly calibration: Calibration;
}

export interface HorizonModelData {
  readonly ahead: number;
  readonly shape: LoadShape;
  readonly names: readonly string[];
  readonly members: readonly { readonly name: string; readonly unit: TargetUnit; readonly model: ModelData }[];
  readonly naive: NaiveKind;
  /** The members' weights, then that of the naive forecast. */
  readonly blend: Blend;
  readonly quantiles: readonly QuantileData[];
  readonly folds: readonly FoldFigures[];
  /** Mean absolute error on all validation windows together, of the blend and of the naive forecast. */
  readonly validation: { readonly model: number; readonly naive: number };
}

/** What a forecast is made of. */
export interface PointForecast {
  readonly value: number;
  /** What each expert says: the blend, the naive forecast, the members; valid until the next forecast. */
  readonly experts: Float64Array;
  /** As learnt, before the running calibration; one a quantile, rising. */
  readonly quantiles: readonly number[];
}

export class HorizonModel {
  readonly data: HorizonModelData;
  private readonly members: readonly { unit: TargetUnit; model: Model }[];
  private readonly quantiles: readonly { unit: TargetUnit; model: Model }[];
  private readonly found: Float64Array;
  private readonly experts: Float64Array;

  constructor(data: HorizonModelData) {
    this.data = data;
    this.members = data.members.map(({ unit, model }) => ({ unit, model: openModel(model) }));
    this.quantiles = data.quantiles.map(({ unit, model }) => ({ unit, model: openModel(model) }));
    this.found = new Float64Array(data.members.length + 1);
    this.experts = new Float64Array(data.members.length + 2);
  }

  /** Forecasts from a row of features that begins at `place`. @param naive the naive forecast of the same moment */
  forecast(row: Float64Array, place: number, reference: Reference, naive: number): PointForecast {
    const { members, found } = this;
    for (let at = 0; at < members.length; at++) {
      found[at] = toLoad(members[at].unit, members[at].model.predict(row, place), reference);
    }
    found[members.length] = naive;
    const value = blendOf(this.data.blend, found, reference.floor);
    const quantiles = this.quantiles.map(({ unit, model }) => toLoad(unit, model.predict(row, place), reference));
    this.experts[0] = value;
    this.experts[1] = naive;
    for (let at = 0; at < members.length; at++) this.experts[at + 2] = found[at];
    return { value, experts: this.experts, quantiles: quantiles.toSorted((a, b) => a - b) };
  }

  /**
   * What each feature adds to the log of the blend, by the members' shares in it; members that learn differences are left
   * out, since theirs are in another unit.
   */
  explain(row: Float64Array): Float64Array {
    const effects = new Float64Array(this.data.names.length);
    const own = new Float64Array(this.data.names.length);
    const { weights } = this.data.blend;
    const used = this.members.map(({ unit }, at) => (unit === 'level' ? 0 : weights[at]));
    const sum = used.reduce((total, weight) => total + weight, 0);
    if (sum === 0) return effects;
    this.members.forEach(({ model }, at) => {
      if (used[at] === 0) return;
      model.explain(row, 0, own);
      for (let on = 0; on < effects.length; on++) effects[on] += (own[on] * used[at]) / sum;
    });
    return effects;
  }
}

/** A load in a unit that is free of its size. */
function toUnit(unit: TargetUnit, load: number, reference: Reference): number {
  const { base, level, floor } = reference;
  if (unit === 'level') return (load - base) / (level + floor);
  return Math.log((load + floor) / (denominatorOf(unit, reference) + floor));
}

function toLoad(unit: TargetUnit, value: number, reference: Reference): number {
  const { base, level, floor } = reference;
  if (unit === 'level') return Math.max(0, base + value * (level + floor));
  return Math.max(0, (denominatorOf(unit, reference) + floor) * Math.exp(value) - floor);
}

function denominatorOf(unit: 'season' | 'paced' | 'recent', { base, paced, recent }: Reference): number {
  return unit === 'season' ? base : unit === 'paced' ? paced : recent;
}

export interface TrainRequest {
  readonly history: LoadHistory;
  readonly spec: ForecastSpec;
  readonly ahead: number;
  /** Targets before that bin may be learnt from. */
  readonly end: number;
  /** Where each validation window begins, rising; the last one ends at `end`. Members of a window learn from before it. */
  readonly windows: readonly number[];
  /** Hears the share that is done, 0 to 1. */
  readonly progress?: (share: number) => void;
}

/** Trains members on the time before each window, chooses on the windows, and then trains them on everything. */
export function trainHorizon(request: TrainRequest): HorizonModelData {
  const { history, spec, ahead, end, windows } = request;
  const data = buildDataset(history, spec.shape, ahead, 0, end);
  invariant(windows.length > 0 && data.features.rows > 0, 'forecast.too-short', data.features.rows);
  const fits = (windows.length + 1) * (spec.members.length + 2);
  let done = 0;
  const step = (): void => request.progress?.(++done / fits);
  const folds = windows.map((from, at) => judgeWindow(data, spec, from, windows[at + 1] ?? end, step));
  const naive = chooseNaive(history, spec.shape, folds);
  const rows = joinFolds(folds, naive.forecasts);
  const blend = fitBlend(rows, spec.taste);
  const members = spec.members.map(({ name, unit, learner }) => {
    const model = fitMember(data, unit, learner);
    step();
    return { name, unit, model };
  });
  const blended = blendRows(rows.members, blend, rows.floors);
  return {
    ahead,
    shape: spec.shape,
    names: data.names,
    members,
    naive: naive.kind,
    blend,
    quantiles: spec.quantiles.map((share) => trainQuantile(data, spec, folds, share)),
    folds: figuresOf(folds, blended, naive.forecasts, end),
    validation: {
      model: meanAbsoluteError(rows.actual, blended),
      naive: meanAbsoluteError(rows.actual, rows.members[rows.members.length - 1]),
    },
  };
}

interface Fold {
  readonly rows: Dataset;
  readonly members: readonly Float64Array[];
  /** The 0.9 quantile of each unit, as learnt before the window. */
  readonly upper: Readonly<Record<'season' | 'recent', Float64Array>>;
}

const UPPER = 0.9;

function judgeWindow(data: Dataset, spec: ForecastSpec, from: number, to: number, step: () => void): Fold {
  const before = cutDataset(data, 0, from);
  const rows = cutDataset(data, from, to);
  invariant(before.features.rows > 0 && rows.features.rows > 0, 'forecast.empty-window', from);
  const members = spec.members.map(({ unit, learner }) => {
    const forecasts = predictAll(rows, unit, fitMember(before, unit, learner));
    step();
    return forecasts;
  });
  const upperOf = (unit: TargetUnit): Float64Array => {
    const learner = { ...spec.quantileLearner, loss: { quantile: UPPER } };
    const forecasts = predictAll(rows, unit, fitMember(before, unit, learner));
    step();
    return forecasts;
  };
  return { rows, members, upper: { season: upperOf('season'), recent: upperOf('recent') } };
}

function fitMember(data: Dataset, unit: TargetUnit, learner: LearnerSpec): ModelData {
  const targets = data.targets.map((load, row) => toUnit(unit, load, data.references[row]));
  return fitLearner(learner, { features: data.features, targets });
}

function predictAll(rows: Dataset, unit: TargetUnit, data: ModelData): Float64Array {
  const model = openModel(data);
  const { width, values } = rows.features;
  return rows.targets.map((_load, row) => toLoad(unit, model.predict(values, row * width), rows.references[row]));
}

/** The naive forecast with the smallest error on all windows together. */
function chooseNaive(
  history: LoadHistory,
  shape: LoadShape,
  folds: readonly Fold[],
): { kind: NaiveKind; forecasts: readonly Float64Array[] } {
  const errors = NAIVE_KINDS.map((kind) => {
    const forecasts = folds.map(({ rows }) => naiveOf(history, shape, rows, kind));
    const error = folds.reduce((sum, { rows }, at) => {
      return sum + meanAbsoluteError(rows.targets, forecasts[at]) * rows.targets.length;
    }, 0);
    return { kind, forecasts, error };
  });
  return errors.toSorted((a, b) => a.error - b.error)[0];
}

/** Naive forecasts of one kind for every row. */
export function naiveOf(history: LoadHistory, shape: LoadShape, rows: Dataset, kind: NaiveKind): Float64Array {
  const daysPerWeek = shape.rule === 'sessions' ? 5 : 7;
  const forecasts = new Float64Array(rows.targets.length);
  for (let row = 0; row < forecasts.length; row++) {
    forecasts[row] = naiveForecast(kind, history, rows.targetBins[row] - rows.ahead, rows.ahead, daysPerWeek);
  }
  return forecasts;
}

function joinFolds(
  folds: readonly Fold[],
  naive: readonly Float64Array[],
): { actual: Float64Array; members: Float64Array[]; floors: Float64Array } {
  const members = folds[0].members.map((_member, at) => concatenate(folds.map((fold) => fold.members[at])));
  return {
    actual: concatenate(folds.map(({ rows }) => rows.targets)),
    members: [...members, concatenate(naive)],
    floors: concatenate(folds.map(({ rows }) => Float64Array.from(rows.references, ({ floor }) => floor))),
  };
}

function blendRows(members: readonly Float64Array[], blend: Blend, floors: Float64Array): Float64Array {
  const found = new Float64Array(members.length);
  return floors.map((floor, row) => {
    for (let at = 0; at < members.length; at++) found[at] = members[at][row];
    return blendOf(blend, found, floor);
  });
}

function figuresOf(
  folds: readonly Fold[],
  blended: Float64Array,
  naive: readonly Float64Array[],
  end: number,
): FoldFigures[] {
  let at = 0;
  return folds.map(({ rows }, index) => {
    const part = blended.subarray(at, (at += rows.targets.length));
    return {
      fromBin: rows.targetBins[0],
      toBin: folds[index + 1]?.rows.targetBins[0] ?? end,
      model: meanAbsoluteError(rows.targets, part),
      naive: meanAbsoluteError(rows.targets, naive[index]),
    };
  });
}

/** Learns a quantile in the unit whose 0.9 quantile was better on the windows, and how to calibrate that one. */
function trainQuantile(data: Dataset, spec: ForecastSpec, folds: readonly Fold[], share: number): QuantileData {
  const actual = concatenate(folds.map(({ rows }) => rows.targets));
  const loss = (unit: 'season' | 'recent'): number =>
    pinballLoss(actual, concatenate(folds.map(({ upper }) => upper[unit])), UPPER);
  const unit = loss('season') <= loss('recent') ? 'season' : 'recent';
  const windows = folds.map(({ rows, upper }): CalibrationWindow => ({
    actual: rows.targets,
    quantile: upper[unit],
    floors: Float64Array.from(rows.references, ({ floor }) => floor),
  }));
  const calibration = chooseCalibration(windows, UPPER, data.ahead);
  const model = fitMember(data, unit, { ...spec.quantileLearner, loss: { quantile: share } });
  return { share, unit, model, calibration };
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
