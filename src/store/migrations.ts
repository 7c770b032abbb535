/**
 * How the tables came to be, step by step, the same on SQLite and PostgreSQL.
 * A step that was released is never edited: a change is a new step.
 */
import { sql, type Kysely } from 'kysely';
import { CodedError } from '#kit/errors.ts';
import { createAuditTables } from './audit-tables.ts';
import { STORE_ERRORS } from './errors.ts';
import { createFailoverTables } from './failover-tables.ts';
import { createForecastTables } from './forecast-tables.ts';
import { createRegistryTable } from './registry-table.ts';
import { createReportTables } from './report-tables.ts';
import type { StoreSchema } from './schema.ts';
import { createSurveillanceTables } from './surveillance-tables.ts';

interface Migration {
  readonly id: string;
  readonly up: (db: Kysely<StoreSchema>) => Promise<void>;
}

/** Any number that no other program uses as an advisory lock in the same PostgreSQL database. */
const MIGRATION_LOCK = 73_201_846;

const MIGRATIONS: readonly Migration[] = [
  { id: '0001-people', up: createPeople },
  { id: '0002-order-entry-sessions', up: createSessions },
  { id: '0003-acts', up: createActs },
  { id: '0004-audit-log', up: async (db) => createAuditTables(db.schema) },
  { id: '0005-failovers', up: async (db) => createFailoverTables(db.schema) },
  { id: '0006-registry', up: async (db) => createRegistryTable(db.schema) },
  { id: '0007-surveillance', up: async (db) => createSurveillanceTables(db.schema) },
  { id: '0008-forecasts', up: async (db) => createForecastTables(db.schema) },
  { id: '0009-reports', up: async (db) => createReportTables(db.schema) },
];

/**
 * Brings a database to this program's schema, each step in one transaction; safe when several processes start at once.
 * Fails with STORE_SCHEMA_NEWER when the database holds a step that this program does not know.
 * @returns ids of the steps that were applied now
 */
export async function migrate(
  db: Kysely<StoreSchema>,
  kind: 'sqlite' | 'postgres',
  nowMicros: number,
): Promise<string[]> {
  return db.transaction().execute(async (transaction) => {
    if (kind === 'postgres') await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(transaction);
    await transaction.schema
      .createTable('schema_migrations')
      .ifNotExists()
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('applied_micros', 'bigint', (column) => column.notNull())
      .execute();
    const rows = await transaction.selectFrom('schema_migrations').select('id').execute();
    const done = new Set(rows.map((row) => row.id));
    const unknown = [...done].filter((id) => !MIGRATIONS.some((migration) => migration.id === id));
    if (unknown.length > 0) throw new CodedError(STORE_ERRORS.STORE_SCHEMA_NEWER, unknown.join(', '));
    const missing = MIGRATIONS.filter((migration) => !done.has(migration.id));
    for (const migration of missing) {
      await migration.up(transaction);
      await transaction
        .insertInto('schema_migrations')
        .values({ id: migration.id, applied_micros: nowMicros })
        .execute();
    }
    return missing.map((migration) => migration.id);
  });
}

async function createPeople(db: Kysely<StoreSchema>): Promise<void> {
  await db.schema
    .createTable('users')
    .addColumn('user_id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('accounts', 'text', (column) => column.notNull())
    .addColumn('created_micros', 'bigint', (column) => column.notNull())
    .addColumn('disabled_micros', 'bigint')
    .execute();
  await db.schema
    .createTable('invitations')
    .addColumn('invitation_id', 'text', (column) => column.primaryKey())
    .addColumn('secret_sha256', 'text', (column) => column.notNull().unique())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('accounts', 'text', (column) => column.notNull())
    .addColumn('created_micros', 'bigint', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('expires_micros', 'bigint', (column) => column.notNull())
    .addColumn('used_micros', 'bigint')
    .addColumn('used_by', 'text')
    .addColumn('revoked_micros', 'bigint')
    .execute();
  await db.schema
    .createTable('tokens')
    .addColumn('token_id', 'text', (column) => column.primaryKey())
    .addColumn('secret_sha256', 'text', (column) => column.notNull().unique())
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.user_id'))
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('created_micros', 'bigint', (column) => column.notNull())
    .addColumn('expires_micros', 'bigint')
    .addColumn('last_used_micros', 'bigint')
    .addColumn('revoked_micros', 'bigint')
    .execute();
  await db.schema
    .createTable('login_links')
    .addColumn('secret_sha256', 'text', (column) => column.primaryKey())
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.user_id'))
    .addColumn('created_micros', 'bigint', (column) => column.notNull())
    .addColumn('expires_micros', 'bigint', (column) => column.notNull())
    .addColumn('used_micros', 'bigint')
    .execute();
}

async function createSessions(db: Kysely<StoreSchema>): Promise<void> {
  await db.schema
    .createTable('order_entry_sessions')
    .addColumn('session', 'integer', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('participant', 'integer', (column) => column.notNull())
    .addColumn('accounts', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('public_key', 'text', (column) => column.notNull())
    .addColumn('ack_level', 'integer', (column) => column.notNull())
    .addColumn('cancel_on_disconnect', 'integer', (column) => column.notNull())
    .addColumn('grace_ms', 'integer', (column) => column.notNull())
    .addColumn('orders_per_second', 'integer', (column) => column.notNull())
    .addColumn('created_micros', 'bigint', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('revoked_micros', 'bigint')
    .execute();
}

async function createActs(db: Kysely<StoreSchema>): Promise<void> {
  await db.schema
    .createTable('api_audit')
    .addColumn('audit_id', 'text', (column) => column.primaryKey())
    .addColumn('time_micros', 'bigint', (column) => column.notNull())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('user_name', 'text', (column) => column.notNull())
    .addColumn('act', 'text', (column) => column.notNull())
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('outcome', 'text', (column) => column.notNull())
    .addColumn('detail', 'text', (column) => column.notNull())
    .addColumn('request_id', 'text', (column) => column.notNull())
    .addColumn('address', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('api_audit_target').on('api_audit').columns(['target', 'act']).execute();
  await db.schema
    .createTable('approvals')
    .addColumn('approval_id', 'text', (column) => column.primaryKey())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('summary', 'text', (column) => column.notNull())
    .addColumn('payload', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('requested_by', 'text', (column) => column.notNull())
    .addColumn('requested_by_name', 'text', (column) => column.notNull())
    .addColumn('requested_micros', 'bigint', (column) => column.notNull())
    .addColumn('expires_micros', 'bigint', (column) => column.notNull())
    .addColumn('decided_by', 'text')
    .addColumn('decided_by_name', 'text')
    .addColumn('decided_micros', 'bigint')
    .addColumn('outcome', 'text')
    .execute();
  await db.schema
    .createTable('settings')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .addColumn('updated_micros', 'bigint', (column) => column.notNull())
    .addColumn('updated_by', 'text', (column) => column.notNull())
    .execute();
}
