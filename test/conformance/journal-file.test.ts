import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { createSystemClock } from '#kit/clock.ts';
import { openFileJournal } from '#journal/file-journal.ts';
import { systemFiles } from '#journal/files.ts';
import { pause } from './journal-children.ts';
import { describeJournalContract } from './journal-contract.ts';
import { opener } from './journal-file-opener.ts';

const driver = {
  ...opener,
  name: 'files',
  module: new URL('journal-file-opener.ts', import.meta.url).href,
  create: () => mkdtemp(`${tmpdir()}/nautilus-journal-`),
  remove: (place: string) => rm(place, { recursive: true }),
};

describeJournalContract(driver);

describe('following a journal in which nothing happens', () => {
  it('asks the file system a few hundred times a second at the most', async () => {
    const place = await driver.create();
    let asked = 0;
    const counting = new Proxy(systemFiles, {
      get(target, name, receiver) {
        asked++;
        return Reflect.get(target, name, receiver) as unknown;
      },
    });
    const journal = await openFileJournal({ folder: place, clock: createSystemClock(), files: counting });
    const tail = journal.tail(
      1,
      () => expect.unreachable(),
      () => expect.unreachable(),
    );
    const leadership = await journal.lead();
    await pause(500);
    asked = 0;
    await pause(2000);
    const askedThen = asked;
    tail.stop();
    await leadership.close();
    await journal.close();
    await driver.remove(place);
    expect(askedThen).toBeGreaterThan(0);
    expect(askedThen).toBeLessThan(1000);
  });
});
