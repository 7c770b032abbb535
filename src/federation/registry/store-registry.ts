/**
 * The registry on the platform's own database: for one machine, or for processes that share a PostgreSQL server. Watchers
 * look for new revisions at a fixed beat. Conditional writes are single statements.
 */
import { invariant } from '#kit/invariant.ts';
import { err, ok, type Result } from '#kit/result.ts';
import type { Store } from '#store/open.ts';
import { listEntries, listRevisions, readEntry, writeEntry } from '#store/registry-entries.ts';
import type { RegistryEntriesTable } from '#store/registry-table.ts';
import { REGISTRY_KEY, REGISTRY_VALUE_MAX, type RegistryEntry, type RegistryStore, type Watch } from './port.ts';

export interface StoreRegistryOptions {
  /** How often watchers look. @default 200 */
  readonly lookMs?: number;
  /** Hears of a look that failed; the next one is made all the same. */
  readonly onFault?: (fault: unknown) => void;
}

const LOOK_MS = 200;

export function openStoreRegistry(store: Store, options: StoreRegistryOptions = {}): RegistryStore {
  const watches = new Set<Watch>();
  return {
    async read(key) {
      const row = await readEntry(store, key);
      return row && toEntry(row);
    },
    list: async (prefix) => (await listEntries(store, prefix)).map(toEntry),
    async write(key, value, expectedRevision): Promise<Result<number, 'conflict'>> {
      invariant(REGISTRY_KEY.test(key), 'registry.key', key);
      invariant(value.length <= REGISTRY_VALUE_MAX, 'registry.value', value.length);
      const row = await writeEntry(store, key, value, expectedRevision);
      return row === undefined ? err('conflict') : ok(row.revision);
    },
    async watch(prefix, onEntry) {
      const watch = await follow(store, prefix, onEntry, options);
      watches.add(watch);
      return watch;
    },
    async close() {
      for (const watch of watches) await watch.stop();
    },
  };
}

async function follow(
  store: Store,
  prefix: string,
  onEntry: (entry: RegistryEntry) => void,
  { lookMs = LOOK_MS, onFault = () => undefined }: StoreRegistryOptions,
): Promise<Watch> {
  const known = new Map<string, number>();
  const look = async (): Promise<void> => {
    const revisions = await listRevisions(store, prefix);
    for (const { key, revision } of revisions) {
      if (revision <= (known.get(key) ?? 0)) continue;
      const row = await readEntry(store, key);
      if (row === undefined) continue;
      known.set(key, row.revision);
      onEntry(toEntry(row));
    }
  };
  await look();
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let looking = Promise.resolve();
  const lookAgain = async (): Promise<void> => {
    try {
      await look();
    } catch (fault) {
      onFault(fault);
    }
    if (!isStopped) again();
  };
  const again = (): void => {
    timer = setTimeout(() => {
      looking = lookAgain();
    }, lookMs);
    timer.unref();
  };
  again();
  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}

function toEntry({ key, value, revision, stored_micros: storedMicros }: RegistryEntriesTable): RegistryEntry {
  return { key, value, revision, storedMicros };
}
