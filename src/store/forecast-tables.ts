/**
 * The tables of forecasting as types, and the step of the schema that makes them: measured load as it was known, models
 * with their cards, and what training did. Only shapes.
 */
import type { SchemaModule } from 'kysely';

export interface LoadBinsTable {
  service: string;
  /** Start of the minute. */
  time_micros: number;
  value: number;
  /** 1 where the feed was silent and the value was filled in. */
  filled: number;
  /** JSON: measurements beside the load, by name. */
  signals: string;
  /** When the bin was complete: nothing may have used it before. */
  known_micros: number;
}

export interface ForecastModelsTable {
  model_id: string;
  service: string;
  horizon: string;
  state: ModelState;
  created_micros: number;
  /** JSON: data hash, features, code version, figures, reason. */
  card: string;
  /** JSON: the model itself. */
  body: string;
}

export interface TrainingJobsTable {
  job_id: string;
  reason: string;
  state: 'running' | 'done' | 'failed';
  started_micros: number;
  ended_micros: number | null;
  /** JSON: what came of it. */
  outcome: string;
}

/** A refused model did not beat the naive forecast and can never be promoted; a retired one was champion before. */
export type ModelState = 'champion' | 'challenger' | 'refused' | 'retired';

/** The step of the schema that makes these tables. */
export async function createForecastTables(schema: SchemaModule): Promise<void> {
  await schema
    .createTable('load_bins')
    .addColumn('service', 'text', (column) => column.notNull())
    .addColumn('time_micros', 'bigint', (column) => column.notNull())
    .addColumn('value', 'double precision', (column) => column.notNull())
    .addColumn('filled', 'integer', (column) => column.notNull())
    .addColumn('signals', 'text', (column) => column.notNull())
    .addColumn('known_micros', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('load_bins_key', ['service', 'time_micros'])
    .execute();
  await schema
    .createTable('forecast_models')
    .addColumn('model_id', 'text', (column) => column.primaryKey())
    .addColumn('service', 'text', (column) => column.notNull())
    .addColumn('horizon', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('created_micros', 'bigint', (column) => column.notNull())
    .addColumn('card', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .execute();
  await schema.createIndex('forecast_models_state').on('forecast_models').columns(['state', 'service']).execute();
  await schema
    .createTable('training_jobs')
    .addColumn('job_id', 'text', (column) => column.primaryKey())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('started_micros', 'bigint', (column) => column.notNull())
    .addColumn('ended_micros', 'bigint')
    .addColumn('outcome', 'text', (column) => column.notNull())
    .execute();
}
