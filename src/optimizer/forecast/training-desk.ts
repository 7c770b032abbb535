/** Runs one training of all services at a time, on a thread, keeps a record of it, and hands the models to the registry. */
import { CodedError } from '#kit/errors.ts';
import { writeTrainingJob } from '#store/forecasts.ts';
import type { Store } from '#store/open.ts';
import type { LoadSeries } from '../data/load-series.ts';
import type { LoadHistory } from '../features/load-history.ts';
import { FORECAST_ERRORS } from '../registry/errors.ts';
import type { ModelRegistry, RegisteredModel } from '../registry/model-registry.ts';
import { LIVE_HORIZONS, LIVE_SPEC, liveWindows, minutesNeeded } from './live-spec.ts';
import type { ServiceForecast } from './service-forecast.ts';
import { trainInWorkers } from './training.ts';

/** Older minutes are not learnt from: two days keep a training within a minute. */
const MINUTES_LEARNT_MAX = 2880;
const THREADS = 1;

export class TrainingDesk {
  running = false;
  /** Share of the present training that is done. */
  progress = 0;
  private readonly store: Store;
  private readonly registry: ModelRegistry;
  private readonly stopping = new AbortController();
  private current: Promise<unknown> = Promise.resolve();

  constructor(store: Store, registry: ModelRegistry) {
    this.store = store;
    this.registry = registry;
  }

  /** Trains every horizon that has enough history; gives the new champions. */
  async run(reason: string, services: readonly ServiceForecast[]): Promise<RegisteredModel[]> {
    if (this.running) throw new CodedError(FORECAST_ERRORS.FORECAST_TRAINING_RUNS);
    this.running = true;
    this.progress = 0;
    const training = this.train(reason, services).finally(() => {
      this.running = false;
    });
    this.current = training.catch(() => undefined);
    return training;
  }

  /** Ends a running training; its job stays as failed. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.current;
  }

  private async train(reason: string, services: readonly ServiceForecast[]): Promise<RegisteredModel[]> {
    const startedMicros = this.store.clock.nowMicros();
    const job = { job_id: this.store.ids('job'), reason, started_micros: startedMicros };
    await writeTrainingJob(this.store, { ...job, state: 'running', ended_micros: null, outcome: '{}' });
    try {
      const models = await this.trainAll(services);
      const outcome = {
        models: models.map(({ modelId, service, horizon, state }) => ({ modelId, service, horizon, state })),
      };
      await writeTrainingJob(this.store, {
        ...job,
        state: 'done',
        ended_micros: this.store.clock.nowMicros(),
        outcome: JSON.stringify(outcome),
      });
      return models.filter(({ state }) => state === 'champion');
    } catch (error) {
      const outcome = JSON.stringify({ error: error instanceof Error ? error.message : String(error) });
      await writeTrainingJob(this.store, {
        ...job,
        state: 'failed',
        ended_micros: this.store.clock.nowMicros(),
        outcome,
      });
      if (this.stopping.signal.aborted) return [];
      throw error;
    }
  }

  private async trainAll(services: readonly ServiceForecast[]): Promise<RegisteredModel[]> {
    const plans = services.flatMap((service) => {
      const series = seriesOf(service.name, service.history);
      const minutes = series.values.length;
      const possible = LIVE_HORIZONS.filter(({ ahead }) => minutes >= minutesNeeded(ahead));
      return possible.map(({ name, ahead }) => ({
        service: service.name,
        horizon: name,
        request: { series, spec: LIVE_SPEC, ahead, end: minutes, windows: liveWindows(minutes) },
      }));
    });
    const trained = await trainInWorkers(
      plans.map(({ request }) => request),
      THREADS,
      { progress: (share) => (this.progress = share), signal: this.stopping.signal },
    );
    const models: RegisteredModel[] = [];
    for (const [at, { service, horizon, request }] of plans.entries()) {
      models.push(await this.registry.add(service, horizon, trained[at], request.series.values));
    }
    return models;
  }
}

/** The newest minutes of a history as a series that a thread can be sent. */
function seriesOf(name: string, history: LoadHistory): LoadSeries {
  const from = Math.max(0, history.length - MINUTES_LEARNT_MAX);
  const to = history.length;
  const signals = Object.entries(history.signals).map(([signal, column]) => [signal, column.slice(from, to)] as const);
  return {
    name,
    slotsPerDay: history.slotsPerDay,
    binMinutes: history.binMinutes,
    timesMicros: history.timesMicros.slice(from, to),
    values: history.values.slice(from, to),
    slots: history.slots.slice(from, to),
    weekdays: history.weekdays.slice(from, to),
    dates: history.dates.slice(from, to),
    filled: history.filled.slice(from, to),
    signals: Object.fromEntries(signals),
  };
}
