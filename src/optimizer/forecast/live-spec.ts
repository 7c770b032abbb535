/** The settings of live forecasts: light enough that all services train within a minute on one core. Only settings. */
import { ALWAYS_SHAPE, WIDE_TASTE, type Horizon } from './spec.ts';
import type { ForecastSpec } from './horizon-model.ts';

/** Minutes after which load repeats itself: the demo's trading day lasts an hour. */
export const LIVE_SEASON_MINUTES = 60;

export const LIVE_HORIZONS: readonly Horizon[] = [
  { name: '15m', ahead: 15 },
  { name: '1h', ahead: 60 },
  { name: '24h', ahead: 1440 },
];

const BOOSTING = {
  kind: 'boosting',
  trees: 60,
  learningRate: 0.06,
  leavesMax: 6,
  minLeafRows: 20,
  l2: 10,
  rowShare: 0.5,
  featureShare: 0.3,
} as const;

export const LIVE_SPEC: ForecastSpec = {
  shape: ALWAYS_SHAPE,
  members: [
    { name: 'boosting of the ratio to the paced season', unit: 'paced', learner: BOOSTING },
    { name: 'boosting of the ratio to the last hour', unit: 'recent', learner: BOOSTING },
    { name: 'ridge of the ratio to the paced season', unit: 'paced', learner: { kind: 'ridge', penalty: 100 } },
  ],
  quantileLearner: { ...BOOSTING, trees: 40, learningRate: 0.1 },
  quantiles: [0.5, 0.9, 0.95, 0.99],
  taste: WIDE_TASTE,
};

/** Rows a model needs to learn from, and minutes of each of its two validation windows. */
const ROWS_MIN = 60;
const WINDOW_MINUTES = 60;
const WINDOWS = 2;

/** Minutes of history that training a horizon needs; before, its forecasts are marked as a cold start. */
export function minutesNeeded(ahead: number): number {
  return LIVE_SEASON_MINUTES + ahead + ROWS_MIN + WINDOWS * WINDOW_MINUTES;
}

/** Where the validation windows begin for a history of that many minutes. */
export function liveWindows(minutes: number): number[] {
  return Array.from({ length: WINDOWS }, (_none, at) => minutes - (WINDOWS - at) * WINDOW_MINUTES);
}
