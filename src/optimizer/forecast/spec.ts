/** The settings of forecasters: found by walk-forward validation on training data, never on a test period. */
import { invariant } from '#kit/invariant.ts';
import type { Split } from '../data/load-series.ts';
import type { LoadHistory } from '../features/load-history.ts';
import type { BlendTaste } from '../models/blend.ts';
import type { LoadShape } from './dataset.ts';
import type { ForecastSpec, MemberSpec } from './horizon-model.ts';

/** Quantiles that are always forecast. */
const QUANTILES = [0.5, 0.9, 0.95, 0.99] as const;

const BOOSTING = {
  kind: 'boosting',
  trees: 300,
  learningRate: 0.03,
  leavesMax: 15,
  minLeafRows: 40,
  l2: 5,
  rowShare: 0.7,
  featureShare: 0.3,
} as const;
const QUANTILE_BOOSTING = { ...BOOSTING, trees: 120, learningRate: 0.08 } as const;
const RIDGE = { kind: 'ridge', penalty: 100 } as const;

const SESSION_MEMBERS: readonly MemberSpec[] = [
  { name: 'boosting of the ratio to the season', unit: 'season', learner: BOOSTING },
  { name: 'boosting of the ratio to the last hour', unit: 'recent', learner: BOOSTING },
  { name: 'boosting of the difference to the season', unit: 'level', learner: BOOSTING },
  { name: 'ridge of the ratio to the season', unit: 'season', learner: RIDGE },
  { name: 'ridge of the ratio to the last hour', unit: 'recent', learner: RIDGE },
];

/** Loads around the clock are noisier: shallow trees on few rows each, many alike. */
const SHALLOW_BOOSTING = { ...BOOSTING, trees: 150, leavesMax: 6, minLeafRows: 100, l2: 30, rowShare: 0.3 } as const;

const ALWAYS_MEMBERS: readonly MemberSpec[] = [
  { name: 'boosting of the ratio to the paced season', unit: 'paced', learner: SHALLOW_BOOSTING },
  { name: 'boosting of the ratio to the last hour', unit: 'recent', learner: SHALLOW_BOOSTING },
  { name: 'boosting of the difference to the season', unit: 'level', learner: SHALLOW_BOOSTING },
  { name: 'ridge of the ratio to the paced season', unit: 'paced', learner: RIDGE },
  { name: 'ridge of the ratio to the last hour', unit: 'recent', learner: RIDGE },
];

/** Loads with sharp sessions: slots differ. */
const SESSION_SHAPE: LoadShape = { rule: 'sessions', around: 0 };
/** Loads around the clock: neighbouring slots are alike. */
export const ALWAYS_SHAPE: LoadShape = { rule: 'always', around: 3 };

/** Errors that count where load stays within one order of magnitude, and where it does not. */
const EVEN_TASTE: BlendTaste = { absolute: 1, squared: 1, logSquared: 0, evenness: 0 };
export const WIDE_TASTE: BlendTaste = { absolute: 1, squared: 0.3, logSquared: 1, evenness: 0.2 };

/** The settings for one of the recorded sets. */
export function specOf(set: 'equities' | 'crypto' | 'azure' | 'nab'): ForecastSpec {
  const shape = set === 'equities' ? SESSION_SHAPE : ALWAYS_SHAPE;
  return forecastSpec(shape, set === 'equities' || set === 'azure' ? EVEN_TASTE : WIDE_TASTE);
}

/** The settings for a load of that shape. */
export function forecastSpec(shape: LoadShape, taste: BlendTaste): ForecastSpec {
  return {
    shape,
    members: shape.rule === 'sessions' ? SESSION_MEMBERS : ALWAYS_MEMBERS,
    quantileLearner: QUANTILE_BOOSTING,
    quantiles: QUANTILES,
    taste,
  };
}

export interface Horizon {
  readonly name: '15m' | '1h' | '24h';
  /** In bins. */
  readonly ahead: number;
}

/** The horizons of a load; 24 hours are one day of its bins. */
export function horizonsOf({ binMinutes, slotsPerDay }: Pick<LoadHistory, 'binMinutes' | 'slotsPerDay'>): Horizon[] {
  return [
    { name: '15m', ahead: Math.round(15 / binMinutes) },
    { name: '1h', ahead: Math.round(60 / binMinutes) },
    { name: '24h', ahead: slotsPerDay },
  ];
}

const WINDOWS_MAX = 3;
/** Before the first window: a season's worth of days, so that members have something to learn from. */
const DAYS_BEFORE_MIN = 4;

/** Validation windows as long as the split's validation period: that period, and those before it. */
export function trainingWindows(split: Split, slotsPerDay: number): number[] {
  const length = split.test - split.validation;
  const windows: number[] = [];
  for (let from = split.validation; windows.length < WINDOWS_MAX; from -= length) {
    if (from < DAYS_BEFORE_MIN * slotsPerDay) break;
    windows.unshift(from);
  }
  invariant(windows.length > 0, 'forecast.too-short-to-validate', split.validation);
  return windows;
}
