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

/** Share of a processor that this process uses over `ms`. */
async function usedShare(ms: number): Promise<number> {
  const before = process.cpuUsage();
  const started = performance.now();
  await pause(ms);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / (performance.now() - started);
}

describe('following a journal in which nothing happens', () => {
  it('costs at most one percent of a processor', async () => {
    const place = await driver.create();
    const journal = await driver.open(place);
    await journal.lead();
    const without = await usedShare(2000);
    const tail = journal.tail(
      1,
      () => expect.unreachable(),
      () => expect.unreachable(),
    );
    await pause(1500);
    const following = await usedShare(3000);
    tail.stop();
    await journal.close();
    await driver.remove(place);
    expect(following - without).toBeLessThan(0.01);
  });
});
