/** The tables of market-abuse surveillance: alerts, cases, parameters, back-tests; and how they are made. */
import type { SchemaModule } from 'kysely';

export interface SurveillanceAlertsTable {
  alert_id: string;
  scenario: string;
  severity: string;
  /** live, or shadow: found by parameters that are being tried. */
  mode: 'live' | 'shadow';
  actor_kind: string;
  actor_code: number;
  instrument: number;
  symbol: string;
  start_micros: number;
  found_micros: number;
  /** Command of the journal at which it was found, and the first one to look at. */
  sequence: number;
  first_sequence: number;
  /** 1 where the actor is a simulated trader of the demo. */
  simulated: number;
  state: 'open' | 'in case' | 'closed';
  assigned_to: string | null;
  assigned_name: string | null;
  case_id: string | null;
  /** What people found it to be. */
  verdict: 'abuse' | 'false alarm' | null;
  /** Evidence as it was found: orders, book, facts; JSON. */
  evidence: string;
}

export interface SurveillanceCasesTable {
  case_id: string;
  title: string;
  state: 'open' | 'decided';
  opened_micros: number;
  opened_by: string;
  opened_name: string;
  assigned_to: string | null;
  assigned_name: string | null;
  decision: 'dismiss' | 'warn' | 'report STOR' | 'report SAR' | null;
  reason: string | null;
  decided_micros: number | null;
  decided_by: string | null;
  decided_name: string | null;
  /** When a report is due, and its draft as JSON. */
  due_micros: number | null;
  draft: string | null;
}

export interface SurveillanceSettingsTable {
  scenario: string;
  /** Changed parameters, JSON; null for none. */
  live: string | null;
  shadow: string | null;
  changed_micros: number;
  changed_by: string;
}

export interface SurveillanceBackTestsTable {
  back_test_id: string;
  scenario: string;
  parameters: string;
  first_sequence: number;
  last_sequence: number;
  state: 'running' | 'done' | 'failed';
  started_micros: number;
  started_by: string;
  ended_micros: number | null;
  /** What came of it, JSON; the error where it failed. */
  result: string | null;
}

export async function createSurveillanceTables(schema: SchemaModule): Promise<void> {
  await schema
    .createTable('surveillance_alerts')
    .addColumn('alert_id', 'text', (column) => column.primaryKey())
    .addColumn('scenario', 'text', (column) => column.notNull())
    .addColumn('severity', 'text', (column) => column.notNull())
    .addColumn('mode', 'text', (column) => column.notNull())
    .addColumn('actor_kind', 'text', (column) => column.notNull())
    .addColumn('actor_code', 'bigint', (column) => column.notNull())
    .addColumn('instrument', 'integer', (column) => column.notNull())
    .addColumn('symbol', 'text', (column) => column.notNull())
    .addColumn('start_micros', 'bigint', (column) => column.notNull())
    .addColumn('found_micros', 'bigint', (column) => column.notNull())
    .addColumn('sequence', 'bigint', (column) => column.notNull())
    .addColumn('first_sequence', 'bigint', (column) => column.notNull())
    .addColumn('simulated', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('assigned_to', 'text')
    .addColumn('assigned_name', 'text')
    .addColumn('case_id', 'text')
    .addColumn('verdict', 'text')
    .addColumn('evidence', 'text', (column) => column.notNull())
    .execute();
  await schema
    .createIndex('surveillance_alerts_found')
    .on('surveillance_alerts')
    .columns(['mode', 'found_micros'])
    .execute();
  await schema
    .createIndex('surveillance_alerts_scenario')
    .on('surveillance_alerts')
    .columns(['scenario', 'found_micros'])
    .execute();
  await schema
    .createTable('surveillance_cases')
    .addColumn('case_id', 'text', (column) => column.primaryKey())
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('opened_micros', 'bigint', (column) => column.notNull())
    .addColumn('opened_by', 'text', (column) => column.notNull())
    .addColumn('opened_name', 'text', (column) => column.notNull())
    .addColumn('assigned_to', 'text')
    .addColumn('assigned_name', 'text')
    .addColumn('decision', 'text')
    .addColumn('reason', 'text')
    .addColumn('decided_micros', 'bigint')
    .addColumn('decided_by', 'text')
    .addColumn('decided_name', 'text')
    .addColumn('due_micros', 'bigint')
    .addColumn('draft', 'text')
    .execute();
  await schema
    .createTable('surveillance_settings')
    .addColumn('scenario', 'text', (column) => column.primaryKey())
    .addColumn('live', 'text')
    .addColumn('shadow', 'text')
    .addColumn('changed_micros', 'bigint', (column) => column.notNull())
    .addColumn('changed_by', 'text', (column) => column.notNull())
    .execute();
  await schema
    .createTable('surveillance_back_tests')
    .addColumn('back_test_id', 'text', (column) => column.primaryKey())
    .addColumn('scenario', 'text', (column) => column.notNull())
    .addColumn('parameters', 'text', (column) => column.notNull())
    .addColumn('first_sequence', 'bigint', (column) => column.notNull())
    .addColumn('last_sequence', 'bigint', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('started_micros', 'bigint', (column) => column.notNull())
    .addColumn('started_by', 'text', (column) => column.notNull())
    .addColumn('ended_micros', 'bigint')
    .addColumn('result', 'text')
    .execute();
}
