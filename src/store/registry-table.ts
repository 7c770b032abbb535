/** The table of the federation's registry, and how it is made. */
import type { SchemaModule } from 'kysely';

export interface RegistryEntriesTable {
  key: string;
  value: string;
  /** From 1, one more with each change. */
  revision: number;
  stored_micros: number;
}

export async function createRegistryTable(schema: SchemaModule): Promise<void> {
  await schema
    .createTable('registry_entries')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .addColumn('revision', 'bigint', (column) => column.notNull())
    .addColumn('stored_micros', 'bigint', (column) => column.notNull())
    .execute();
}
