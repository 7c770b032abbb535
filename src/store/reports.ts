/** The reports that were made: what each tells of, its digest, and the journal positions it came from. Rows are only added. */
import type { Selectable } from 'kysely';
import type { Store } from './open.ts';
import type { ReportsTable } from './report-tables.ts';

export interface KeptReport {
  readonly reportId: string;
  readonly kind: string;
  readonly fromMicros: number;
  readonly toMicros: number;
  readonly createdMicros: number;
  readonly createdBy: string;
  readonly fileName: string;
  readonly bytes: number;
  /** Of the file, hexadecimal. */
  readonly sha256: string;
  readonly records: number;
  readonly exceptions: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
}

export async function keepReport(store: Store, report: KeptReport): Promise<void> {
  await store.db
    .insertInto('reports')
    .values({
      report_id: report.reportId,
      kind: report.kind,
      from_micros: report.fromMicros,
      to_micros: report.toMicros,
      created_micros: report.createdMicros,
      created_by: report.createdBy,
      file_name: report.fileName,
      bytes: report.bytes,
      sha256: report.sha256,
      records: report.records,
      exceptions: report.exceptions,
      first_sequence: report.firstSequence,
      last_sequence: report.lastSequence,
    })
    .execute();
}

/** The newest, newest first. */
export async function listReports(store: Store, limit: number): Promise<KeptReport[]> {
  const rows = await store.db
    .selectFrom('reports')
    .selectAll()
    .orderBy('created_micros', 'desc')
    .orderBy('report_id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(toReport);
}

export async function findReport(store: Store, reportId: string): Promise<KeptReport | undefined> {
  const row = await store.db.selectFrom('reports').selectAll().where('report_id', '=', reportId).executeTakeFirst();
  return row === undefined ? undefined : toReport(row);
}

function toReport(row: Selectable<ReportsTable>): KeptReport {
  return {
    reportId: row.report_id,
    kind: row.kind,
    fromMicros: row.from_micros,
    toMicros: row.to_micros,
    createdMicros: row.created_micros,
    createdBy: row.created_by,
    fileName: row.file_name,
    bytes: row.bytes,
    sha256: row.sha256,
    records: row.records,
    exceptions: row.exceptions,
    firstSequence: row.first_sequence,
    lastSequence: row.last_sequence,
  };
}
