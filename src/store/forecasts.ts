/**
 * What forecasting keeps: measured load as it was known (the feature store's facts), models with their cards, training jobs.
 * Bins are only ever added; a model's row changes its state and nothing else.
 */
import type { ForecastModelsTable, LoadBinsTable, ModelState, TrainingJobsTable } from './forecast-tables.ts';
import type { Store } from './open.ts';

/** Adds complete bins; one that is there already stays as it was first known. */
export async function addLoadBins(store: Store, bins: readonly LoadBinsTable[]): Promise<void> {
  if (bins.length === 0) return;
  await store.db
    .insertInto('load_bins')
    .values(bins)
    .onConflict((conflict) => conflict.columns(['service', 'time_micros']).doNothing())
    .execute();
}

/** The newest `limit` bins of a service that were known at a moment, oldest first. */
export async function readLoadBins(
  store: Store,
  service: string,
  knownMicros: number,
  limit: number,
): Promise<LoadBinsTable[]> {
  const rows = await store.db
    .selectFrom('load_bins')
    .selectAll()
    .where('service', '=', service)
    .where('known_micros', '<=', knownMicros)
    .orderBy('time_micros', 'desc')
    .limit(limit)
    .execute();
  return rows.toReversed();
}

export async function addForecastModel(store: Store, model: ForecastModelsTable): Promise<void> {
  await store.db.insertInto('forecast_models').values(model).execute();
}

/** Every model's row without its body, newest first. */
export async function listForecastModels(store: Store, limit: number): Promise<Omit<ForecastModelsTable, 'body'>[]> {
  return store.db
    .selectFrom('forecast_models')
    .select(['model_id', 'service', 'horizon', 'state', 'created_micros', 'card'])
    .orderBy('created_micros', 'desc')
    .orderBy('model_id', 'desc')
    .limit(limit)
    .execute();
}

export async function readForecastModel(store: Store, modelId: string): Promise<ForecastModelsTable | undefined> {
  return store.db.selectFrom('forecast_models').selectAll().where('model_id', '=', modelId).executeTakeFirst();
}

/** Models in a state, newest first. */
export async function modelsInState(store: Store, state: ModelState): Promise<ForecastModelsTable[]> {
  return store.db
    .selectFrom('forecast_models')
    .selectAll()
    .where('state', '=', state)
    .orderBy('created_micros', 'desc')
    .execute();
}

/** Makes a model the champion of its service and horizon, and retires the one before, in one transaction. */
export async function crownModel(store: Store, modelId: string, service: string, horizon: string): Promise<void> {
  await store.db.transaction().execute(async (transaction) => {
    await transaction
      .updateTable('forecast_models')
      .set({ state: 'retired' })
      .where('service', '=', service)
      .where('horizon', '=', horizon)
      .where('state', '=', 'champion')
      .execute();
    await transaction
      .updateTable('forecast_models')
      .set({ state: 'champion' })
      .where('model_id', '=', modelId)
      .execute();
  });
}

/** Adds a training job, or writes how it ended. */
export async function writeTrainingJob(store: Store, job: TrainingJobsTable): Promise<void> {
  await store.db
    .insertInto('training_jobs')
    .values(job)
    .onConflict((conflict) =>
      conflict.column('job_id').doUpdateSet({ state: job.state, ended_micros: job.ended_micros, outcome: job.outcome }),
    )
    .execute();
}

/** Training jobs, newest first. */
export async function listTrainingJobs(store: Store, limit: number): Promise<TrainingJobsTable[]> {
  return store.db.selectFrom('training_jobs').selectAll().orderBy('started_micros', 'desc').limit(limit).execute();
}
