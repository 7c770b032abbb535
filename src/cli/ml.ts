/** What `nautilus ml` does: asks a platform for its forecasts, or trains on recorded load and says how good that was. */
import type { Explanation, Predictions, Training } from '#api/schemas/forecasts.ts';
import { loadTargets, type TargetSet } from '#optimizer/data/targets.ts';
import { LoadHistory } from '#optimizer/features/load-history.ts';
import { backtestFigures, backtestRows, type BacktestFigures } from '#optimizer/forecast/backtest.ts';
import { HorizonModel } from '#optimizer/forecast/horizon-model.ts';
import { horizonsOf, specOf, trainingWindows } from '#optimizer/forecast/spec.ts';
import { trainInWorkers } from '#optimizer/forecast/training.ts';
import { seasonalScale } from '#optimizer/models/accuracy.ts';
import { table, type Result } from './output.ts';
import { withApi, type PlatformAddress } from './platform-api.ts';

const THREADS = 2;

export async function presentForecasts(address: PlatformAddress): Promise<Result> {
  return withApi(address, async (ask) => {
    const answer = await ask<Predictions>('/ml/predictions/current');
    const rows = answer.predictions.map((one) => [
      one.service,
      one.horizon,
      one.basis ?? '—',
      one.value === null ? '—' : one.value.toFixed(1),
      one.quantiles === null ? '—' : one.quantiles.p90.toFixed(1),
      one.quantiles === null ? '—' : one.quantiles.p99.toFixed(1),
      one.model ?? '—',
    ]);
    const headings = ['service', 'horizon', 'basis', 'a minute', 'p90', 'p99', 'model'];
    return { json: answer, lines: [answer.reason, '', ...table(headings, rows)] };
  });
}

export async function trainNow(address: PlatformAddress): Promise<Result> {
  return withApi(
    address,
    async (ask) => {
      const training = await ask<Training>('/ml/training', {});
      return { json: training, lines: ['Training has begun; `nautilus ml forecast` shows how far it is.'] };
    },
    'operator',
  );
}

export async function explainForecast(address: PlatformAddress, service: string, horizon: string): Promise<Result> {
  return withApi(address, async (ask) => {
    const answer = await ask<Explanation>(`/ml/explanations/${encodeURIComponent(service)}/${horizon}`);
    const rows = answer.contributions.map(({ feature, value, effect }) => [
      feature,
      value === null ? 'missing' : value.toFixed(3),
      effect.toFixed(4),
    ]);
    const lines = rows.length === 0 ? [] : ['', ...table(['feature', 'value', 'effect on the log'], rows)];
    return { json: answer, lines: [answer.reason, ...lines] };
  });
}

/** Trains on what is before a set's validation period, and scores that period. Throws LOAD_FILE_MISSING. */
export async function backtestRecorded(set: TargetSet, folder: string): Promise<Result> {
  const scored: Record<string, Record<string, BacktestFigures>> = {};
  for (const { series, split } of loadTargets(set, folder)) {
    const history = LoadHistory.of(series);
    const { validation, test } = split;
    const earlier = { validation: 2 * validation - test, test: validation, end: test };
    const windows = trainingWindows(earlier, history.slotsPerDay);
    const horizons = horizonsOf(history);
    const requests = horizons.map(({ ahead }) => ({ series, spec: specOf(set), ahead, end: validation, windows }));
    const models = await trainInWorkers(requests, THREADS);
    const scale = seasonalScale(history.values, history.slotsPerDay, validation);
    const figures = horizons.map(({ name }, at) => {
      const rows = backtestRows(new HorizonModel(models[at]), history, validation, test);
      return [name, backtestFigures(rows, models[at].naive, scale)] as const;
    });
    scored[series.name] = Object.fromEntries(figures);
  }
  return { json: scored, lines: backtestLines(scored) };
}

function backtestLines(scored: Readonly<Record<string, Readonly<Record<string, BacktestFigures>>>>): string[] {
  const rows = Object.entries(scored).flatMap(([series, horizons]) =>
    Object.entries(horizons).map(([horizon, figures]) => [
      series,
      horizon,
      figures.r2.toFixed(3),
      figures.logR2.toFixed(3),
      figures.mase.toFixed(3),
      figures.naiveMase.toFixed(3),
      figures.naive,
      figures.coverage90.toFixed(3),
    ]),
  );
  return table(['series', 'horizon', 'R²', 'log-R²', 'MASE', 'naive MASE', 'naive', 'q90 covers'], rows);
}
