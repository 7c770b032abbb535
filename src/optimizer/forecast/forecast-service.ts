/**
 * Forecasts of the platform's own load while it runs: takes minutes as they are measured, keeps them, forecasts every
 * service at every horizon, watches for drift, and trains in the background when there is enough to learn from. Its
 * owner calls `step` about once a second; nothing here waits for anything but the store and the training threads.
 */
import { CodedError } from '#kit/errors.ts';
import { addLoadBins, listTrainingJobs, readLoadBins } from '#store/forecasts.ts';
import type { LoadBinsTable, TrainingJobsTable } from '#store/forecast-tables.ts';
import type { Store } from '#store/open.ts';
import type { BoundMetrics } from '#telemetry/registry.ts';
import { MINUTE_MICROS, SERVICES, type ClosedMinute, type LoadMeter, type ServiceName } from '../data/load-meter.ts';
import { FORECAST_ERRORS } from '../registry/errors.ts';
import type { ModelRegistry } from '../registry/model-registry.ts';
import { LIVE_HORIZONS, minutesNeeded } from './live-spec.ts';
import { ServiceForecast } from './service-forecast.ts';
import { TrainingDesk } from './training-desk.ts';
import type { forecastMetrics } from './metrics.ts';

export interface ForecastServiceParts {
  readonly store: Store;
  readonly meter: LoadMeter;
  readonly registry: ModelRegistry;
  readonly metrics: BoundMetrics<typeof forecastMetrics.specs>;
  readonly onFault: (fault: Error) => void;
}

/** Minutes read back at a start, and kept in memory: a fortnight. */
const MINUTES_KEPT = 20_160;
/** Training is looked at again at most that often without drift. */
const TRAINING_PAUSE_MICROS = 60 * MINUTE_MICROS;
const JOBS_LISTED_MAX = 100;

export class ForecastService {
  readonly registry: ModelRegistry;
  private readonly parts: ForecastServiceParts;
  private readonly services = new Map<ServiceName, ServiceForecast>();
  private readonly desk: TrainingDesk;
  private trainedMicros: number | undefined;
  private lastMinuteMicros = 0;
  private writing: Promise<void> = Promise.resolve();

  constructor(parts: ForecastServiceParts) {
    this.parts = parts;
    this.registry = parts.registry;
    this.desk = new TrainingDesk(parts.store, parts.registry);
    for (const name of SERVICES) this.services.set(name, new ServiceForecast(name));
  }

  /** Reads back what was measured before, and the champions. */
  async open(): Promise<void> {
    const nowMicros = this.parts.store.clock.nowMicros();
    for (const [name, service] of this.services) {
      const rows = await readLoadBins(this.parts.store, name, nowMicros, MINUTES_KEPT);
      for (const row of rows) service.restore(toMinute(row), row.value);
      this.lastMinuteMicros = Math.max(this.lastMinuteMicros, rows.at(-1)?.time_micros ?? 0);
    }
    for (const { service, horizon } of await this.registry.champions()) await this.useChampion(service, horizon);
  }

  /** Closes minutes that are over, forecasts, and starts a training where one is due. */
  step(nowMicros: number): void {
    const closed = this.parts.meter.close(nowMicros).filter(({ timeMicros }) => timeMicros > this.lastMinuteMicros);
    for (const minute of closed) this.takeMinute(minute, nowMicros);
    if (closed.length > 0) this.measure();
    if (this.isTrainingDue(nowMicros)) this.startTraining('enough history, or drift', nowMicros);
  }

  get(name: string): ServiceForecast {
    const service = this.services.get(name as ServiceName);
    if (service === undefined) throw new CodedError(FORECAST_ERRORS.FORECAST_SERVICE_UNKNOWN, name);
    return service;
  }

  all(): readonly ServiceForecast[] {
    return [...this.services.values()];
  }

  /** Minutes of load that are known. */
  get minutes(): number {
    return this.all()[0].history.length;
  }

  get training(): { readonly running: boolean; readonly progress: number } {
    return { running: this.desk.running, progress: this.desk.progress };
  }

  /** Newest first. */
  async jobs(): Promise<TrainingJobsTable[]> {
    return listTrainingJobs(this.parts.store, JOBS_LISTED_MAX);
  }

  /** Begins to train what can be trained. Throws FORECAST_TRAINING_RUNS or FORECAST_TOO_LITTLE_HISTORY. */
  train(reason: string): void {
    if (this.desk.running) throw new CodedError(FORECAST_ERRORS.FORECAST_TRAINING_RUNS);
    if (this.minutes < minutesNeeded(LIVE_HORIZONS[0].ahead)) {
      const needed = minutesNeeded(LIVE_HORIZONS[0].ahead);
      throw new CodedError(FORECAST_ERRORS.FORECAST_TOO_LITTLE_HISTORY, `${this.minutes} of ${needed} minutes`);
    }
    this.startTraining(reason, this.parts.store.clock.nowMicros());
  }

  /** Makes a model champion and uses it at once. Throws the registry's coded errors. */
  async promote(modelId: string): Promise<void> {
    const { service, horizon } = await this.registry.promote(modelId);
    await this.useChampion(service, horizon);
  }

  /** Goes back to the champion before. Throws the registry's coded errors. */
  async rollBack(service: string, horizon: string): Promise<void> {
    this.get(service).horizon(horizon);
    await this.registry.rollBack(service, horizon);
    await this.useChampion(service, horizon);
  }

  /** Waits for what is being written; ends a running training. */
  async stop(): Promise<void> {
    await this.desk.stop();
    await this.writing;
  }

  private takeMinute(minute: ClosedMinute, nowMicros: number): void {
    this.lastMinuteMicros = minute.timeMicros;
    if (minute.silent) this.parts.metrics.silent.increment();
    const rows: LoadBinsTable[] = [];
    for (const [name, service] of this.services) {
      const alarms = service.take(minute);
      for (let alarm = 0; alarm < alarms; alarm++) this.parts.metrics.drifts.increment();
      rows.push({
        service: name,
        time_micros: minute.timeMicros,
        value: minute.loads[name],
        filled: Number(minute.silent),
        signals: JSON.stringify(minute.signals),
        known_micros: nowMicros,
      });
    }
    this.writing = this.writing.then(async () => addLoadBins(this.parts.store, rows)).catch(this.parts.onFault);
  }

  private measure(): void {
    const { metrics, meter } = this.parts;
    metrics.minutes.set(this.minutes);
    metrics.late.set(meter.late);
    let models = 0;
    for (const service of this.all()) {
      const ratio = service.horizon('15m').errorRatio;
      if (Number.isFinite(ratio)) metrics.errorRatio.labels({ service: service.name }).set(ratio);
      for (const { name } of LIVE_HORIZONS) if (service.horizon(name).forecast?.basis === 'model') models++;
    }
    metrics.models.set(models);
  }

  private isTrainingDue(nowMicros: number): boolean {
    if (this.desk.running || this.minutes < minutesNeeded(LIVE_HORIZONS[0].ahead)) return false;
    if (this.all().some((service) => service.decide(nowMicros).action === 'retrain')) return true;
    return this.trainedMicros === undefined || nowMicros - this.trainedMicros > TRAINING_PAUSE_MICROS;
  }

  private startTraining(reason: string, nowMicros: number): void {
    this.trainedMicros = nowMicros;
    for (const service of this.all()) service.drift.noteRetrained(nowMicros);
    this.trainAndUse(reason).catch(this.parts.onFault);
  }

  private async trainAndUse(reason: string): Promise<void> {
    const crowned = await this.desk.run(reason, this.all());
    for (const { service, horizon } of crowned) await this.useChampion(service, horizon);
  }

  private async useChampion(service: string, horizon: string): Promise<void> {
    const champion = (await this.registry.champions()).find((one) => {
      return one.service === service && one.horizon === horizon;
    });
    if (champion === undefined) return;
    const model = await this.registry.open(champion.modelId);
    this.get(service).horizon(horizon).useModel({ id: champion.modelId, model });
  }
}

function toMinute(row: LoadBinsTable): Pick<ClosedMinute, 'timeMicros' | 'signals' | 'silent'> {
  return {
    timeMicros: row.time_micros,
    signals: JSON.parse(row.signals) as Record<string, number>,
    silent: row.filled === 1,
  };
}
