/**
 * How good forecasts of load are on recorded data: trained and chosen on each set's training and validation period, then
 * run once over its test period. Every figure stands beside the best naive forecast. `--data FOLDER` scores other files of
 * the same formats.
 */
import path from 'node:path';
import { loadTargets, TARGET_SETS, type Target, type TargetSet } from '#optimizer/data/targets.ts';
import { LoadHistory } from '#optimizer/features/load-history.ts';
import { backtestFigures, backtestRows, type BacktestFigures } from '#optimizer/forecast/backtest.ts';
import { HorizonModel, type HorizonModelData } from '#optimizer/forecast/horizon-model.ts';
import { horizonsOf, specOf, trainingWindows } from '#optimizer/forecast/spec.ts';
import { trainInWorkers } from '#optimizer/forecast/training.ts';
import { seasonalScale } from '#optimizer/models/accuracy.ts';
import { say } from './report.ts';

const EXIT_NO_DATA = 2;
const THREADS = 2;

interface ForecastFigures {
  readonly r2: number;
  readonly logR2: number;
  readonly mase: number;
  readonly bestNaiveMase: number;
  readonly coverage90: number;
  readonly pinball90: number;
  readonly uncalibratedPinball90: number;
}

export async function run(): Promise<object> {
  const folder = dataFolder();
  if (folder === undefined) {
    say('Set NAUTILUS_DATA to the folder whose `load` folder has the recorded loads, or pass --data FOLDER.');
    process.exit(EXIT_NO_DATA);
  }
  const figures: Record<string, Record<string, ForecastFigures>> = {};
  for (const set of TARGET_SETS) figures[set] = await scoreSet(set, folder);
  return figures;
}

/** The `load` folder: of --data (with or without `load` in it), else of NAUTILUS_DATA. */
function dataFolder(): string | undefined {
  const flag = process.argv.indexOf('--data');
  const given = flag < 0 ? undefined : process.argv[flag + 1];
  if (given !== undefined) return path.basename(given) === 'load' ? given : path.join(given, 'load');
  const root = process.env['NAUTILUS_DATA'];
  return root === undefined ? undefined : path.join(root, 'load');
}

/** A set's figures by horizon: the mean over its series. */
async function scoreSet(set: TargetSet, folder: string): Promise<Record<string, ForecastFigures>> {
  const scored: Record<string, ForecastFigures[]> = {};
  for (const target of loadTargets(set, folder)) {
    const history = LoadHistory.of(target.series);
    const models = await trainTarget(target, history);
    horizonsOf(history).forEach(({ name }, at) => {
      const figures = testOnce(target, history, models[at]);
      say(describe(target, name, models[at], figures));
      (scored[name] ??= []).push(toFigures(figures));
    });
  }
  return Object.fromEntries(Object.entries(scored).map(([name, all]) => [name, meanOf(all)]));
}

async function trainTarget({ set, split, series }: Target, history: LoadHistory): Promise<HorizonModelData[]> {
  const spec = specOf(set);
  const windows = trainingWindows(split, history.slotsPerDay);
  const requests = horizonsOf(history).map(({ ahead }) => ({ series, spec, ahead, end: split.test, windows }));
  return trainInWorkers(requests, THREADS);
}

function testOnce({ split }: Target, history: LoadHistory, data: HorizonModelData): BacktestFigures {
  const scale = seasonalScale(history.values, history.slotsPerDay, split.validation);
  return backtestFigures(backtestRows(new HorizonModel(data), history, split.test, split.end), data.naive, scale);
}

function toFigures(figures: BacktestFigures): ForecastFigures {
  const { r2, logR2, mase, naiveMase, coverage90, pinball90, plainPinball90 } = figures;
  return { r2, logR2, mase, bestNaiveMase: naiveMase, coverage90, pinball90, uncalibratedPinball90: plainPinball90 };
}

function meanOf(all: readonly ForecastFigures[]): ForecastFigures {
  const mean = (key: keyof ForecastFigures): number => all.reduce((sum, one) => sum + one[key], 0) / all.length;
  return {
    r2: mean('r2'),
    logR2: mean('logR2'),
    mase: mean('mase'),
    bestNaiveMase: mean('bestNaiveMase'),
    coverage90: mean('coverage90'),
    pinball90: mean('pinball90'),
    uncalibratedPinball90: mean('uncalibratedPinball90'),
  };
}

const shown = (value: number): string => value.toFixed(3);

function describe({ series }: Target, horizon: string, data: HorizonModelData, figures: BacktestFigures): string {
  const { model, naive } = data.validation;
  return [
    `${series.name} ${horizon}: R² ${shown(figures.r2)}, log-R² ${shown(figures.logR2)}, MASE ${shown(figures.mase)}`,
    `(naive ${figures.naive} ${shown(figures.naiveMase)}), q90 covers ${shown(figures.coverage90)}`,
    `(uncalibrated ${shown(figures.plainCoverage90)}), pinball ${shown(figures.pinball90)}`,
    `(${shown(figures.plainPinball90)}); validation error ${shown(model / naive)} of naive; ${figures.bins} bins`,
  ].join(' ');
}
