/** The registry's contract on the platform's database: SQLite, and PostgreSQL where there is one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { RegistryStore } from '#federation/registry/port.ts';
import { openStoreRegistry } from '#federation/registry/store-registry.ts';
import { createSystemClock } from '#kit/clock.ts';
import { createIdSource } from '#kit/ids.ts';
import { openStore, type Store, type StoreLocation } from '#store/open.ts';
import { needPeer } from '../peers.ts';
import { findPostgres, startPostgres, type PostgresServer } from './postgres.ts';
import { registryContract } from './registry-contract.ts';
import { seededRng } from './store-random.ts';

const INSTALL = 'PostgreSQL: apt-get install postgresql';
const folder = mkdtempSync(join(tmpdir(), 'nautilus-registry-'));
const stores: Store[] = [];
const binaries = findPostgres();
let server: Promise<PostgresServer> | undefined;
afterAll(async () => {
  for (const store of stores) await store.close();
  await (await server)?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function open(location: StoreLocation): Promise<RegistryStore> {
  const clock = createSystemClock();
  const fillRandom = seededRng(3);
  const store = await openStore(location, { clock, ids: createIdSource(clock, fillRandom), fillRandom });
  stores.push(store);
  return openStoreRegistry(store, { lookMs: 20 });
}

registryContract('SQLite', async () => open({ kind: 'sqlite', file: join(folder, 'registry.db') }));

describe('PostgreSQL', () => {
  it('is installed for the contract below', (context) => {
    expect(needPeer(context, binaries, INSTALL)).toContain('bin');
  });
});

const onPostgres = async (): Promise<RegistryStore> => {
  if (binaries === undefined) throw new Error(`missing: ${INSTALL}`);
  server ??= startPostgres(binaries);
  return open({ kind: 'postgres', url: (await server).url });
};
registryContract('PostgreSQL', onPostgres, binaries === undefined && process.env['REQUIRE_PEERS'] !== '1');
