/** The store's contract on the SQLite that Node brings, and what is particular to it. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createManualClock } from '#kit/clock.ts';
import { createIdSource } from '#kit/ids.ts';
import { openStore, type Store } from '#store/open.ts';
import { createUser, findUserByName } from '#store/people.ts';
import { storeContract } from './store-contract.ts';
import { seededRng } from './store-random.ts';

const folder = mkdtempSync(join(tmpdir(), 'nautilus-store-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

storeContract('SQLite', async () => ({ kind: 'sqlite', file: join(folder, 'contract.db') }));

async function open(file: string): Promise<Store> {
  const clock = createManualClock(1);
  const fillRandom = seededRng(5);
  return openStore({ kind: 'sqlite', file }, { clock, ids: createIdSource(clock, fillRandom), fillRandom });
}

describe('a SQLite file', () => {
  it('is readable by its owner only and keeps its rows over a restart', async () => {
    const file = join(folder, 'restart.db');
    const first = await open(file);
    await createUser(first, { name: 'ada', role: 'admin', accounts: 'all' });
    await first.close();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const second = await open(file);
    expect((await findUserByName(second, 'ada'))?.role).toBe('admin');
    await second.close();
  });

  it('that is no database is named in the error', async () => {
    const file = join(folder, 'letter.db');
    writeFileSync(
      file,
      'Dear Sir or Madam, this is not a database, but it is long enough to look like one.'.repeat(20),
    );
    await expect(open(file)).rejects.toMatchObject({
      code: 'STORE_OPEN_FAILED',
      detail: expect.stringContaining(file),
    });
  });

  it('in a folder that does not exist is named in the error', async () => {
    await expect(open(join(folder, 'no', 'such.db'))).rejects.toMatchObject({ code: 'STORE_OPEN_FAILED' });
  });

  it('is written by two connections in turn', async () => {
    const file = join(folder, 'shared.db');
    const [first, second] = [await open(file), await open(file)];
    const names = Array.from({ length: 20 }, (_, index) => `user-${index}`);
    await Promise.all(
      names.map(async (name, index) =>
        createUser({ ...(index % 2 === 0 ? first : second), ids: () => name }, { name, role: 'trader', accounts: [] }),
      ),
    );
    const rows = await first.db.selectFrom('users').select('name').execute();
    expect(rows).toHaveLength(names.length);
    await Promise.all([first.close(), second.close()]);
  });

  it('streams rows while other queries run', async () => {
    const store = await open(':memory:');
    for (const name of ['cy', 'ada', 'bob']) {
      await createUser({ ...store, ids: () => name }, { name, role: 'trader', accounts: [] });
    }
    const seen: string[] = [];
    for await (const row of store.db.selectFrom('users').select('name').orderBy('name').stream()) seen.push(row.name);
    expect(seen).toEqual(['ada', 'bob', 'cy']);
    await store.close();
  });

  it('runs more different statements than it keeps prepared', async () => {
    const store = await open(':memory:');
    for (let index = 0; index < 300; index++) {
      const query = store.db.selectFrom('users').select((select) => select.fn.countAll().as(`n${index}`));
      expect(await query.execute()).toEqual([{ [`n${index}`]: 0 }]);
    }
    await store.close();
  });
});
