import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { Journal } from '#kit/ports/journal.ts';
import { Rng } from '#kit/rng.ts';
import { readEntries } from '#journal/testing-entries.ts';
import { LeaderProcess, pause } from '../conformance/journal-children.ts';
import { opener } from '../conformance/journal-file-opener.ts';

const ROUNDS = 200;
const JOURNALS_AT_ONCE = 2;
const RUN_MS_MAX = 40;

const driver = {
  ...opener,
  name: 'files',
  module: new URL('../conformance/journal-file-opener.ts', import.meta.url).href,
  create: () => mkdtemp(`${tmpdir()}/nautilus-kill-`),
  remove: (place: string) => rm(place, { recursive: true }),
};

/** Adds to `writers` what the journal holds after them; throws unless it is whole and in order. */
function readOn(journal: Journal, writers: number[]): void {
  journal.read(writers.length + 1, (batch) => {
    if (batch.firstSequence !== writers.length + 1) throw new Error(`${batch.firstSequence} after ${writers.length}`);
    writers.push(...readEntries(batch));
  });
}

/** Kills leaders of one journal one after another, at random moments under load. Returns how many entries it has then. */
async function killInTurn(place: string, rounds: number, rng: Rng): Promise<number> {
  const writers: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    const leader = new LeaderProcess(driver, place, round);
    await leader.until('leading', () => leader.epoch > 0);
    await pause(rng.float() * RUN_MS_MAX);
    await leader.kill();
    // One more than the epoch before: every death was followed by exactly one take-over.
    expect(leader.epoch).toBe(round);
    const before = writers.length;
    readOn(await driver.open(place), writers);
    expect(writers.length).toBeGreaterThanOrEqual(leader.acked);
    expect(leader.acked).toBeGreaterThanOrEqual(leader.durable);
    for (let at = before; at < writers.length; at++)
      if (writers[at] !== round) throw new Error(`round ${round} at ${at}`);
  }
  const journal = await driver.open(place);
  const again: number[] = [];
  readOn(journal, again);
  expect(again).toEqual(writers);
  return writers.length;
}

describe('a journal whose leader is killed', () => {
  it(`holds every acknowledged entry exactly once and in order, ${ROUNDS} times`, async () => {
    const places = await Promise.all(Array.from({ length: JOURNALS_AT_ONCE }, () => driver.create()));
    const entries = await Promise.all(
      places.map((place, at) => killInTurn(place, ROUNDS / JOURNALS_AT_ONCE, new Rng(at + 1))),
    );
    for (const count of entries) expect(count).toBeGreaterThan(ROUNDS * 10);
    for (const place of places) await driver.remove(place);
  });
});
