/**
 * The audit log's tables: an index of its entries, which can be rebuilt from the log, and what must not be in the log —
 * encrypted records of acts with the keys of the people they are about. Destroying a key is final.
 */
import { sql, type Selectable } from 'kysely';
import { toAct, type RecordedAct } from './acts.ts';
import type { AuditEntriesTable, AuditPayloadsTable, AuditSubjectsTable } from './audit-tables.ts';
import type { Store } from './open.ts';

export type AuditEntryRow = Selectable<AuditEntriesTable>;
export type AuditSubjectRow = Selectable<AuditSubjectsTable>;

const ROWS_PER_INSERT = 100;
const ACTS_READ_MAX = 500;

/** Adds entries to the index, in one transaction; those that are there already stay as they are. */
export async function indexEntries(store: Store, rows: readonly AuditEntryRow[]): Promise<void> {
  await store.db.transaction().execute(async (transaction) => {
    for (let at = 0; at < rows.length; at += ROWS_PER_INSERT) {
      await transaction
        .insertInto('audit_entries')
        .values(rows.slice(at, at + ROWS_PER_INSERT))
        .onConflict((conflict) => conflict.column('leaf_index').doNothing())
        .execute();
    }
  });
}

/** How many entries of the log the index has: they are the first ones. */
export async function indexedEntries(store: Store): Promise<number> {
  const row = await store.db
    .selectFrom('audit_entries')
    .select(({ fn }) => fn.max('leaf_index').as('last'))
    .executeTakeFirst();
  return typeof row?.last === 'number' ? row.last + 1 : 0;
}

/** Empties the index, so that it is made again from the log. */
export async function clearEntryIndex(store: Store): Promise<void> {
  await store.db.deleteFrom('audit_entries').execute();
}

/** The last command of the journal that is in the log; 0 for none. */
export async function lastIndexedSequence(store: Store): Promise<number> {
  const row = await store.db
    .selectFrom('audit_entries')
    .select(({ fn }) => fn.max('last_sequence').as('last'))
    .executeTakeFirst();
  return typeof row?.last === 'number' ? row.last : 0;
}

/** A page of the index, newest first, before the entry `before`. */
export async function listEntries(
  store: Store,
  filter: { readonly limit: number; readonly before?: number; readonly kind?: string; readonly type?: string },
): Promise<AuditEntryRow[]> {
  let query = store.db.selectFrom('audit_entries').selectAll();
  if (filter.before !== undefined) query = query.where('leaf_index', '<', filter.before);
  if (filter.kind !== undefined) query = query.where('kind', '=', filter.kind);
  if (filter.type !== undefined) query = query.where('type', '=', filter.type);
  return query.orderBy('leaf_index', 'desc').limit(filter.limit).execute();
}

/** The entry whose journal range has that command. */
export async function findEntryOfSequence(store: Store, sequence: number): Promise<AuditEntryRow | undefined> {
  return store.db
    .selectFrom('audit_entries')
    .selectAll()
    .where('first_sequence', '<=', sequence)
    .where('last_sequence', '>=', sequence)
    .limit(1)
    .executeTakeFirst();
}

/** The entry of a recorded act. */
export async function findEntryOfRecord(store: Store, recordId: string): Promise<AuditEntryRow | undefined> {
  return store.db.selectFrom('audit_entries').selectAll().where('record_id', '=', recordId).executeTakeFirst();
}

/**
 * Acts that have no entry yet, oldest first, from the id `since` on. Ids of the same moment come in any order: who follows
 * asks again from a little before.
 */
export async function listUnloggedActs(store: Store, since: string): Promise<RecordedAct[]> {
  const rows = await store.db
    .selectFrom('api_audit')
    .leftJoin('audit_entries', 'audit_entries.record_id', 'api_audit.audit_id')
    .selectAll('api_audit')
    .where('audit_entries.leaf_index', 'is', null)
    .where('api_audit.audit_id', '>=', since)
    .orderBy('api_audit.audit_id')
    .limit(ACTS_READ_MAX)
    .execute();
  return rows.map(toAct);
}

export async function findSubject(store: Store, subjectId: string): Promise<AuditSubjectRow | undefined> {
  return store.db.selectFrom('audit_subjects').selectAll().where('subject_id', '=', subjectId).executeTakeFirst();
}

/** Adds a subject; the row that was there first stays. */
export async function addSubject(store: Store, row: AuditSubjectRow): Promise<void> {
  await store.db
    .insertInto('audit_subjects')
    .values(row)
    .onConflict((conflict) => conflict.column('subject_id').doNothing())
    .execute();
}

/** Stores an encrypted record, in place of one that never came into the log. */
export async function storePayload(store: Store, row: Selectable<AuditPayloadsTable>): Promise<void> {
  await store.db
    .insertInto('audit_payloads')
    .values(row)
    .onConflict((conflict) =>
      conflict.column('record_id').doUpdateSet({ sealed: row.sealed, subject_id: row.subject_id }),
    )
    .execute();
}

export async function findPayload(store: Store, recordId: string): Promise<Selectable<AuditPayloadsTable> | undefined> {
  return store.db.selectFrom('audit_payloads').selectAll().where('record_id', '=', recordId).executeTakeFirst();
}

/**
 * Destroys a subject's key and records, and what the table of acts says about the person. On SQLite the pages are
 * overwritten; PostgreSQL does that at its next vacuum. Returns how many records are unreadable from now on.
 */
export async function destroySubject(store: Store, subjectId: string): Promise<number> {
  if (store.kind === 'sqlite') await sql`pragma secure_delete = on`.execute(store.db);
  const erased = await store.db.transaction().execute(async (transaction) => {
    await transaction
      .updateTable('audit_subjects')
      .set({ wrapped_key: '', erased_micros: store.clock.nowMicros() })
      .where('subject_id', '=', subjectId)
      .execute();
    const removed = await transaction
      .deleteFrom('audit_payloads')
      .where('subject_id', '=', subjectId)
      .executeTakeFirst();
    await transaction
      .updateTable('api_audit')
      .set({ user_name: '(erased)', address: '', target: '(erased)', detail: '{}' })
      .where('user_id', '=', subjectId)
      .execute();
    return Number(removed.numDeletedRows);
  });
  if (store.kind === 'sqlite') await sql`pragma wal_checkpoint(truncate)`.execute(store.db);
  return erased;
}
