import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
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
  it('costs at most one percent of a processor', async () => {
    const place = await driver.create();
    const journal = await driver.open(place);
    const tail = journal.tail(
      1,
      () => expect.unreachable(),
      () => expect.unreachable(),
    );
    await journal.lead();
    await pause(500);
    const before = process.cpuUsage();
    const started = performance.now();
    await pause(3000);
    const { user, system } = process.cpuUsage(before);
    const share = (user + system) / 1000 / (performance.now() - started);
    tail.stop();
    await journal.close();
    await driver.remove(place);
    expect(share).toBeLessThan(0.01);
  });
});
