/**
 * Kysely's dialect for the SQLite that Node brings (`node:sqlite`).
 * One connection, prepared statements kept up to a maximum. Values are null, number, text or bytes; never boolean.
 */
import { setTimeout } from 'node:timers/promises';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import {
  CompiledQuery,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type QueryCompiler,
  type QueryResult,
} from 'kysely';
import { invariant } from '#kit/invariant.ts';

/** Prepared statements kept; the one used longest ago goes first. */
const STATEMENTS_MAX = 256;

/** How long a write that meets another process's write is tried again, without holding up this process's thread. */
const BUSY_WAIT_MS_MAX = 5000;
const BUSY_PAUSE_MS = 5;
const SQLITE_BUSY = 5;

/** What one query may bring into memory. */
const ROWS_MAX = 100_000;

/** Dialect over an open database, which it closes when Kysely is destroyed. */
export class NodeSqliteDialect implements Dialect {
  private readonly database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  createDriver(): Driver {
    return new NodeSqliteDriver(this.database);
  }

  createQueryCompiler(): QueryCompiler {
    return new SqliteQueryCompiler();
  }

  createAdapter(): DialectAdapter {
    return new SqliteAdapter();
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new SqliteIntrospector(db);
  }
}

/** Kysely itself lets one caller at a time use the connection, as the adapter tells it to. */
class NodeSqliteDriver implements Driver {
  private readonly database: DatabaseSync;
  private readonly connection: NodeSqliteConnection;

  constructor(database: DatabaseSync) {
    this.database = database;
    this.connection = new NodeSqliteConnection(database);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.connection;
  }

  /** Immediate: two processes that both read first and then write would otherwise refuse each other. */
  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'));
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    this.connection.forgetStatements();
    if (this.database.isOpen) this.database.close();
  }
}

class NodeSqliteConnection implements DatabaseConnection {
  private readonly database: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    for (let waitedMs = 0; ; waitedMs += BUSY_PAUSE_MS) {
      try {
        return this.execute(query);
      } catch (error) {
        if (!isBusy(error) || waitedMs >= BUSY_WAIT_MS_MAX) throw error;
      }
      await setTimeout(BUSY_PAUSE_MS);
    }
  }

  private execute<R>(query: CompiledQuery): QueryResult<R> {
    const statement = this.prepare(query.sql);
    const parameters = query.parameters as readonly SQLInputValue[];
    if (statement.columns().length > 0) {
      const rows = statement.all(...parameters) as R[];
      invariant(rows.length <= ROWS_MAX, 'store.rows-max', rows.length);
      return { rows };
    }
    const { changes, lastInsertRowid } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    // A statement of its own: the kept one may be run again while this one is being read.
    const statement = this.database.prepare(query.sql);
    for (const row of statement.iterate(...(query.parameters as readonly SQLInputValue[]))) yield { rows: [row as R] };
  }

  forgetStatements(): void {
    this.statements.clear();
  }

  private prepare(sql: string): StatementSync {
    const known = this.statements.get(sql);
    if (known !== undefined) {
      this.statements.delete(sql);
      this.statements.set(sql, known);
      return known;
    }
    const statement = this.database.prepare(sql);
    this.statements.set(sql, statement);
    if (this.statements.size > STATEMENTS_MAX) {
      const [oldest] = this.statements.keys();
      this.statements.delete(oldest);
    }
    return statement;
  }
}

/** Another process holds the write lock; primary result code in the low byte. */
function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: unknown }).errcode;
  return typeof code === 'number' && (code & 0xff) === SQLITE_BUSY;
}
