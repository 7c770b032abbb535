/**
 * Runs a trained forecaster over bins it has not seen, in order, as it would have run live: each quantile is calibrated
 * by the outcomes that were known when it was issued. Gives the figures and keeps nothing.
 */
import { invariant } from '#kit/invariant.ts';
import { accuracyOf, coverageOf, pinballLoss, type Accuracy } from '../models/accuracy.ts';
import { calibrate } from '../models/conformal.ts';
import { RunningMix } from '../models/running-mix.ts';
import type { LoadHistory } from '../features/load-history.ts';
import { buildDataset } from './dataset.ts';
import { naiveOf, type HorizonModel } from './horizon-model.ts';

const UPPER = 0.9;

export interface BacktestFigures extends Accuracy {
  readonly naive: string;
  readonly naiveMase: number;
  readonly coverage90: number;
  readonly pinball90: number;
  /** Of the quantile as learnt, without any calibration. */
  readonly plainPinball90: number;
  readonly plainCoverage90: number;
  readonly bins: number;
}

export interface BacktestRows {
  readonly actual: Float64Array;
  readonly forecast: Float64Array;
  readonly upper: Float64Array;
  readonly plainUpper: Float64Array;
  readonly naive: Float64Array;
  readonly targetBins: Int32Array;
}

/** The forecasts for the target bins [from, to). */
export function backtestRows(model: HorizonModel, history: LoadHistory, from: number, to: number): BacktestRows {
  const { data } = model;
  const rows = buildDataset(history, data.shape, data.ahead, from, to);
  const naive = naiveOf(history, data.shape, rows, data.naive);
  const { length } = rows.targets;
  const forecast = new Float64Array(length);
  const plainUpper = new Float64Array(length);
  const place = data.quantiles.findIndex(({ share }) => share === UPPER);
  invariant(place >= 0, 'backtest.no-upper-quantile');
  const count = data.members.length + 2;
  const experts = new Float64Array(length * count);
  const mix = new RunningMix(count, history.slotsPerDay);
  for (let row = 0; row < length; row++) {
    const { values, width } = rows.features;
    const made = model.forecast(values, row * width, rows.references[row], naive[row]);
    experts.set(made.experts, row * count);
    const known = row - data.ahead;
    if (known >= 0) mix.observe(rows.targets[known], experts, known * count);
    forecast[row] = mix.mix(experts, row * count);
    plainUpper[row] = made.quantiles[place];
  }
  const window = { actual: rows.targets, quantile: plainUpper, floors: Float64Array.from(rows.references, floorOf) };
  const upper = calibrate(window, data.quantiles[place].calibration, UPPER, data.ahead);
  return { actual: rows.targets, forecast, upper, plainUpper, naive, targetBins: rows.targetBins };
}

const floorOf = ({ floor }: { readonly floor: number }): number => floor;

/** The figures of rows. @param scale in-sample error of the seasonal naive forecast, see seasonalScale */
export function backtestFigures(rows: BacktestRows, naive: string, scale: number): BacktestFigures {
  const { actual, forecast, upper, plainUpper } = rows;
  return {
    ...accuracyOf(actual, forecast, scale),
    naive,
    naiveMase: accuracyOf(actual, rows.naive, scale).mase,
    coverage90: coverageOf(actual, upper),
    pinball90: pinballLoss(actual, upper, 0.9),
    plainPinball90: pinballLoss(actual, plainUpper, 0.9),
    plainCoverage90: coverageOf(actual, plainUpper),
    bins: actual.length,
  };
}
