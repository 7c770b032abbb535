/** Queries of surveillance: alerts, the cases made of them, parameters of scenarios, back-tests. Decides nothing. */
import type { Selectable } from 'kysely';
import type { Store } from './open.ts';
import type {
  SurveillanceAlertsTable,
  SurveillanceBackTestsTable,
  SurveillanceCasesTable,
  SurveillanceSettingsTable,
} from './surveillance-tables.ts';

export type AlertRow = Selectable<SurveillanceAlertsTable>;
export type CaseRow = Selectable<SurveillanceCasesTable>;
export type SettingsRow = Selectable<SurveillanceSettingsTable>;
export type BackTestRow = Selectable<SurveillanceBackTestsTable>;

const CASES_LISTED_MAX = 500;
const BACK_TESTS_LISTED_MAX = 200;

export interface AlertFilter {
  readonly limit: number;
  readonly mode: 'live' | 'shadow';
  readonly state?: AlertRow['state'];
  readonly scenario?: string;
  /** Only alerts older than this one. */
  readonly before?: string;
}

export async function insertAlert(store: Store, row: AlertRow): Promise<void> {
  await store.db.insertInto('surveillance_alerts').values(row).execute();
}

/** Newest first. */
export async function listAlerts(store: Store, filter: AlertFilter): Promise<AlertRow[]> {
  let query = store.db.selectFrom('surveillance_alerts').selectAll().where('mode', '=', filter.mode);
  if (filter.state !== undefined) query = query.where('state', '=', filter.state);
  if (filter.scenario !== undefined) query = query.where('scenario', '=', filter.scenario);
  if (filter.before !== undefined) query = query.where('alert_id', '<', filter.before);
  return query.orderBy('alert_id', 'desc').limit(filter.limit).execute();
}

export async function findAlert(store: Store, alertId: string): Promise<AlertRow | undefined> {
  return store.db.selectFrom('surveillance_alerts').selectAll().where('alert_id', '=', alertId).executeTakeFirst();
}

export async function alertsOfCase(store: Store, caseId: string): Promise<AlertRow[]> {
  return store.db
    .selectFrom('surveillance_alerts')
    .selectAll()
    .where('case_id', '=', caseId)
    .orderBy('alert_id')
    .execute();
}

/** Alerts found in a range of the journal, oldest first. */
export async function alertsBetween(store: Store, scenario: string, first: number, last: number): Promise<AlertRow[]> {
  return store.db
    .selectFrom('surveillance_alerts')
    .selectAll()
    .where('scenario', '=', scenario)
    .where('mode', '=', 'live')
    .where('sequence', '>=', first)
    .where('sequence', '<=', last)
    .orderBy('alert_id')
    .execute();
}

/** Changes an alert that is in one of `from`; false where it is in another state by now. */
export async function changeAlert(
  store: Store,
  alertId: string,
  from: readonly AlertRow['state'][],
  change: Partial<Pick<AlertRow, 'state' | 'assigned_to' | 'assigned_name' | 'case_id' | 'verdict'>>,
): Promise<boolean> {
  const updated = await store.db
    .updateTable('surveillance_alerts')
    .set(change)
    .where('alert_id', '=', alertId)
    .where('state', 'in', [...from])
    .executeTakeFirst();
  return Number(updated.numUpdatedRows) === 1;
}

/** Makes a case of open alerts in one transaction; undefined where one of them is not open any more. */
export async function openCase(store: Store, row: CaseRow, alertIds: readonly string[]): Promise<CaseRow | undefined> {
  return store.db.transaction().execute(async (transaction) => {
    const free = await transaction
      .selectFrom('surveillance_alerts')
      .select('alert_id')
      .where('alert_id', 'in', [...alertIds])
      .where('state', '=', 'open')
      .execute();
    if (free.length !== alertIds.length) return undefined;
    await transaction.insertInto('surveillance_cases').values(row).execute();
    await transaction
      .updateTable('surveillance_alerts')
      .set({ state: 'in case', case_id: row.case_id })
      .where('alert_id', 'in', [...alertIds])
      .execute();
    return row;
  });
}

/** Newest first. */
export async function listCases(store: Store, state: CaseRow['state'] | undefined): Promise<CaseRow[]> {
  let query = store.db.selectFrom('surveillance_cases').selectAll();
  if (state !== undefined) query = query.where('state', '=', state);
  return query.orderBy('case_id', 'desc').limit(CASES_LISTED_MAX).execute();
}

export async function findCase(store: Store, caseId: string): Promise<CaseRow | undefined> {
  return store.db.selectFrom('surveillance_cases').selectAll().where('case_id', '=', caseId).executeTakeFirst();
}

/** Decides an open case and closes its alerts, in one transaction; false where somebody else was faster. */
export async function decideCase(
  store: Store,
  caseId: string,
  decision: Pick<
    CaseRow,
    'decision' | 'reason' | 'decided_micros' | 'decided_by' | 'decided_name' | 'due_micros' | 'draft'
  >,
  verdict: AlertRow['verdict'],
): Promise<boolean> {
  return store.db.transaction().execute(async (transaction) => {
    const updated = await transaction
      .updateTable('surveillance_cases')
      .set({ ...decision, state: 'decided' })
      .where('case_id', '=', caseId)
      .where('state', '=', 'open')
      .executeTakeFirst();
    if (Number(updated.numUpdatedRows) !== 1) return false;
    await transaction
      .updateTable('surveillance_alerts')
      .set({ state: 'closed', verdict })
      .where('case_id', '=', caseId)
      .execute();
    return true;
  });
}

/** The last command of the journal that an alert was found at; 0 for none. */
export async function lastAlertSequence(store: Store): Promise<number> {
  const row = await store.db
    .selectFrom('surveillance_alerts')
    .select(({ fn }) => fn.max('sequence').as('last'))
    .executeTakeFirst();
  return row?.last ?? 0;
}

/** How many alerts of each scenario there are, by mode and verdict. */
export async function countAlerts(
  store: Store,
): Promise<
  { scenario: string; mode: AlertRow['mode']; state: AlertRow['state']; verdict: AlertRow['verdict']; count: number }[]
> {
  const rows = await store.db
    .selectFrom('surveillance_alerts')
    .select(({ fn }) => ['scenario', 'mode', 'state', 'verdict', fn.countAll().as('count')])
    .groupBy(['scenario', 'mode', 'state', 'verdict'])
    .execute();
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

export async function readSettings(store: Store): Promise<SettingsRow[]> {
  return store.db.selectFrom('surveillance_settings').selectAll().execute();
}

export async function writeSettings(store: Store, row: SettingsRow): Promise<void> {
  const { scenario: _scenario, ...rest } = row;
  await store.db
    .insertInto('surveillance_settings')
    .values(row)
    .onConflict((conflict) => conflict.column('scenario').doUpdateSet(rest))
    .execute();
}

export async function insertBackTest(store: Store, row: BackTestRow): Promise<void> {
  await store.db.insertInto('surveillance_back_tests').values(row).execute();
}

export async function endBackTest(
  store: Store,
  id: string,
  end: Pick<BackTestRow, 'state' | 'ended_micros' | 'result'>,
): Promise<void> {
  await store.db.updateTable('surveillance_back_tests').set(end).where('back_test_id', '=', id).execute();
}

/** Newest first. */
export async function listBackTests(store: Store): Promise<BackTestRow[]> {
  const query = store.db.selectFrom('surveillance_back_tests').selectAll();
  return query.orderBy('back_test_id', 'desc').limit(BACK_TESTS_LISTED_MAX).execute();
}

export async function findBackTest(store: Store, id: string): Promise<BackTestRow | undefined> {
  return store.db.selectFrom('surveillance_back_tests').selectAll().where('back_test_id', '=', id).executeTakeFirst();
}
