/**
 * The audit log's tables as types, and the step of the schema that makes them. The log itself is files: the first of these
 * tables can be rebuilt from it, the other two hold what must never be in it.
 */
import type { SchemaModule } from 'kysely';

export interface AuditEntriesTable {
  leaf_index: number;
  type: string;
  kind: string;
  time_micros: number;
  /** What people read in a list. */
  title: string;
  record_id: string | null;
  first_sequence: number | null;
  last_sequence: number | null;
}

export interface AuditSubjectsTable {
  subject_id: string;
  region: string;
  /** JSON; empty once it is destroyed. */
  wrapped_key: string;
  created_micros: number;
  erased_micros: number | null;
}

export interface AuditPayloadsTable {
  record_id: string;
  subject_id: string;
  /** Base64: nonce, ciphertext and tag. */
  sealed: string;
}

/** The step of the schema that makes these tables. */
export async function createAuditTables(schema: SchemaModule): Promise<void> {
  await schema
    .createTable('audit_entries')
    .addColumn('leaf_index', 'bigint', (column) => column.primaryKey())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('time_micros', 'bigint', (column) => column.notNull())
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('record_id', 'text', (column) => column.unique())
    .addColumn('first_sequence', 'bigint')
    .addColumn('last_sequence', 'bigint')
    .execute();
  await schema.createIndex('audit_entries_sequence').on('audit_entries').column('first_sequence').execute();
  await schema.createIndex('audit_entries_kind').on('audit_entries').columns(['kind', 'leaf_index']).execute();
  await schema
    .createTable('audit_subjects')
    .addColumn('subject_id', 'text', (column) => column.primaryKey())
    .addColumn('region', 'text', (column) => column.notNull())
    .addColumn('wrapped_key', 'text', (column) => column.notNull())
    .addColumn('created_micros', 'bigint', (column) => column.notNull())
    .addColumn('erased_micros', 'bigint')
    .execute();
  await schema
    .createTable('audit_payloads')
    .addColumn('record_id', 'text', (column) => column.primaryKey())
    .addColumn('subject_id', 'text', (column) => column.notNull())
    .addColumn('sealed', 'text', (column) => column.notNull())
    .execute();
  await schema.createIndex('audit_payloads_subject').on('audit_payloads').column('subject_id').execute();
}
