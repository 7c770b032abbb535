/**
 * Opens the database: a SQLite file or a PostgreSQL server, brought to the present schema.
 * Everything else in this folder works on what this gives and does not know which of the two it is.
 */
import { chmodSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, PostgresDialect, type Dialect } from 'kysely';
import pg from 'pg';
import type { Clock } from '#kit/clock.ts';
import { CodedError } from '#kit/errors.ts';
import type { IdSource } from '#kit/ids.ts';
import { STORE_ERRORS } from './errors.ts';
import { migrate } from './migrations.ts';
import { NodeSqliteDialect } from './node-sqlite.ts';
import type { StoreSchema } from './schema.ts';

/** Where the data lies. */
export type StoreLocation =
  | { readonly kind: 'sqlite'; /** Path, or `:memory:`. */ readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string };

/** Where the store's queries get time, ids and randomness from. */
export interface StoreSources {
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Fills the array with bytes fit for secrets: the operating system's generator outside tests. */
  readonly fillRandom: (bytes: Uint8Array) => void;
}

/** An open database with the sources of time, ids and secrets that its queries use. */
export interface Store extends StoreSources {
  readonly db: Kysely<StoreSchema>;
  readonly kind: StoreLocation['kind'];
  /** Steps of the schema that were applied when it was opened. */
  readonly migrated: readonly string[];
  close(): Promise<void>;
}

/** How long a writer blocks its thread for another process's write to a SQLite file; then the dialect waits. */
const BUSY_TIMEOUT_MS = 2;
const POSTGRES_CONNECTIONS_MAX = 10;
const POSTGRES_CONNECT_TIMEOUT_MS = 5000;

/**
 * Opens and migrates. Fails with STORE_OPEN_FAILED or STORE_SCHEMA_NEWER.
 * A SQLite file is made readable by its owner only.
 */
export async function openStore(location: StoreLocation, sources: StoreSources): Promise<Store> {
  const name = location.kind === 'sqlite' ? location.file : withoutPassword(location.url);
  let db: Kysely<StoreSchema>;
  try {
    const dialect = location.kind === 'sqlite' ? openSqlite(location.file) : openPostgres(location.url);
    db = new Kysely<StoreSchema>({ dialect });
  } catch (error) {
    throw new CodedError(STORE_ERRORS.STORE_OPEN_FAILED, `${name}: ${messageOf(error)}`, { cause: error });
  }
  try {
    const migrated = await migrate(db, location.kind, sources.clock.nowMicros());
    return { ...sources, db, kind: location.kind, migrated, close: async () => db.destroy() };
  } catch (error) {
    await db.destroy();
    if (error instanceof CodedError) throw error;
    throw new CodedError(STORE_ERRORS.STORE_OPEN_FAILED, `${name}: ${messageOf(error)}`, { cause: error });
  }
}

function openSqlite(file: string): Dialect {
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
  if (file !== ':memory:') chmodSync(file, 0o600);
  database.exec('pragma journal_mode = wal');
  database.exec('pragma synchronous = full');
  return new NodeSqliteDialect(database);
}

function openPostgres(url: string): Dialect {
  const types = new pg.TypeOverrides();
  // 64-bit integers arrive as text; all of ours are exact in a double.
  types.setTypeParser(pg.types.builtins.INT8, Number);
  const pool = new pg.Pool({
    connectionString: url,
    types,
    max: POSTGRES_CONNECTIONS_MAX,
    connectionTimeoutMillis: POSTGRES_CONNECT_TIMEOUT_MS,
  });
  // An idle connection that the server closes is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => {});
  return new PostgresDialect({ pool });
}

function withoutPassword(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return 'the given address';
  parsed.password = '';
  return parsed.href;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
