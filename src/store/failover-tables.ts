/** The table of the changes of a shard's leader, and how it is made. */
import type { SchemaModule } from 'kysely';

export interface FailoversTable {
  failover_id: string;
  shard: string;
  kind: string;
  state: string;
  requested_micros: number;
  ended_micros: number | null;
  /** From the beginning of the outage to open doors; null where it has no end. */
  outage_micros: number | null;
  commands_lost: number | null;
  /** The whole change as its plane wrote it, JSON. */
  body: string;
}

export async function createFailoverTables(schema: SchemaModule): Promise<void> {
  await schema
    .createTable('failovers')
    .addColumn('failover_id', 'text', (column) => column.primaryKey())
    .addColumn('shard', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('requested_micros', 'bigint', (column) => column.notNull())
    .addColumn('ended_micros', 'bigint')
    .addColumn('outage_micros', 'bigint')
    .addColumn('commands_lost', 'bigint')
    .addColumn('body', 'text', (column) => column.notNull())
    .execute();
  await schema.createIndex('failovers_requested').on('failovers').column('requested_micros').execute();
}
