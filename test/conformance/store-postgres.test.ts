/** The store's contract on a real PostgreSQL server; skipped by name where there is none, unless REQUIRE_PEERS=1. */
import { afterAll, describe, expect, it } from 'vitest';
import { createManualClock } from '#kit/clock.ts';
import { createIdSource } from '#kit/ids.ts';
import { openStore, type StoreLocation } from '#store/open.ts';
import { needPeer } from '../peers.ts';
import { findPostgres, startPostgres, type PostgresServer } from './postgres.ts';
import { storeContract } from './store-contract.ts';
import { seededRng } from './store-random.ts';

const INSTALL = 'PostgreSQL: apt-get install postgresql';
const binaries = findPostgres();
const required = process.env['REQUIRE_PEERS'] === '1';
let server: PostgresServer | undefined;
afterAll(async () => server?.stop());

describe('PostgreSQL', () => {
  it('is installed for the contract below', (context) => {
    expect(needPeer(context, binaries, INSTALL)).toContain('bin');
  });
});

const start = async (): Promise<StoreLocation> => {
  if (binaries === undefined) throw new Error(`missing: ${INSTALL}`);
  server = await startPostgres(binaries);
  return { kind: 'postgres', url: server.url };
};
storeContract('PostgreSQL', start, binaries === undefined && !required);

describe('a PostgreSQL server that is not there', () => {
  it('is named in the error, without its password', async () => {
    const clock = createManualClock(1);
    const fillRandom = seededRng(1);
    const sources = { clock, ids: createIdSource(clock, fillRandom), fillRandom };
    const location = { kind: 'postgres', url: 'postgres://nautilus:s3cret@127.0.0.1:1/none' } as const;
    const failure = await openStore(location, sources).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'STORE_OPEN_FAILED' });
    expect(String(failure)).toContain('127.0.0.1:1');
    expect(String(failure)).not.toContain('s3cret');
  });
});
