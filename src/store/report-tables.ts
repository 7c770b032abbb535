/** The table of the reports that were made, and how it is made. */
import type { SchemaModule } from 'kysely';

export interface ReportsTable {
  report_id: string;
  kind: string;
  from_micros: number;
  to_micros: number;
  created_micros: number;
  created_by: string;
  file_name: string;
  bytes: number;
  sha256: string;
  records: number;
  exceptions: number;
  first_sequence: number;
  last_sequence: number;
}

export async function createReportTables(schema: SchemaModule): Promise<void> {
  await schema
    .createTable('reports')
    .addColumn('report_id', 'text', (column) => column.primaryKey())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('from_micros', 'bigint', (column) => column.notNull())
    .addColumn('to_micros', 'bigint', (column) => column.notNull())
    .addColumn('created_micros', 'bigint', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('file_name', 'text', (column) => column.notNull())
    .addColumn('bytes', 'bigint', (column) => column.notNull())
    .addColumn('sha256', 'text', (column) => column.notNull())
    .addColumn('records', 'bigint', (column) => column.notNull())
    .addColumn('exceptions', 'bigint', (column) => column.notNull())
    .addColumn('first_sequence', 'bigint', (column) => column.notNull())
    .addColumn('last_sequence', 'bigint', (column) => column.notNull())
    .execute();
  await schema.createIndex('reports_created').on('reports').column('created_micros').execute();
}
