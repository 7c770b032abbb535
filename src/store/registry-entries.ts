/**
 * Entries of the federation's registry as rows: one value per key, changed only by whoever knows its revision. Knows
 * nothing of what the values say.
 */
import type { Store } from './open.ts';
import type { RegistryEntriesTable } from './registry-table.ts';

/** The entry of a key. */
export async function readEntry(store: Store, key: string): Promise<RegistryEntriesTable | undefined> {
  return store.db.selectFrom('registry_entries').selectAll().where('key', '=', key).executeTakeFirst();
}

/** Entries whose keys begin with `prefix`, in order of key. */
export async function listEntries(store: Store, prefix: string): Promise<RegistryEntriesTable[]> {
  return store.db
    .selectFrom('registry_entries')
    .selectAll()
    .where('key', '>=', prefix)
    .where('key', '<', afterPrefix(prefix))
    .orderBy('key')
    .execute();
}

/** The same without the values: what a watcher looks at to find out what changed. */
export async function listRevisions(store: Store, prefix: string): Promise<{ key: string; revision: number }[]> {
  return store.db
    .selectFrom('registry_entries')
    .select(['key', 'revision'])
    .where('key', '>=', prefix)
    .where('key', '<', afterPrefix(prefix))
    .orderBy('key')
    .execute();
}

/**
 * Writes a value if the key still has `expectedRevision` (0: no entry), in one statement.
 * @returns the new entry; undefined where another writer was first
 */
export async function writeEntry(
  store: Store,
  key: string,
  value: string,
  expectedRevision: number,
): Promise<RegistryEntriesTable | undefined> {
  const row = { key, value, revision: expectedRevision + 1, stored_micros: store.clock.nowMicros() };
  if (expectedRevision === 0) {
    const inserted = await store.db
      .insertInto('registry_entries')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return Number(inserted.numInsertedOrUpdatedRows ?? 0) === 1 ? row : undefined;
  }
  const updated = await store.db
    .updateTable('registry_entries')
    .set({ value, revision: row.revision, stored_micros: row.stored_micros })
    .where('key', '=', key)
    .where('revision', '=', expectedRevision)
    .executeTakeFirst();
  return Number(updated.numUpdatedRows) === 1 ? row : undefined;
}

/** The first text after all that begin with `prefix`, which is ASCII. */
function afterPrefix(prefix: string): string {
  return `${prefix.slice(0, -1)}${String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)}`;
}
