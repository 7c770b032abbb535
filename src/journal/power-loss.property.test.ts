import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { createManualClock } from '#kit/clock.ts';
import { AckLevel } from '#kit/ports/journal.ts';
import { Rng } from '#kit/rng.ts';
import { openFileJournal } from './file-journal.ts';
import type { FileJournal } from './file-journal.ts';
import type { FileLeadership } from './leadership.ts';
import { FaultyDisk, ProcessDied } from './testing.ts';
import { appendEntries, readEntries } from './testing-entries.ts';

const HISTORIES = 250;
const RUNS_PER_HISTORY = 6;
const TURNS_TO_CLOSE = 100;

/** One journal through several lives; what it must still hold is kept beside it. */
class History {
  readonly disk = new FaultyDisk();
  readonly rng: Rng;
  boot = 0;
  /** Writer of each entry that was ever tried, by sequence. */
  readonly tried: number[] = [0];
  journaled = 0;
  durable = 0;
  /** Entries found again, over all lives. */
  kept = 0;

  constructor(seed: number) {
    this.rng = new Rng(seed);
  }

  async open(): Promise<FileJournal> {
    return openFileJournal({
      folder: 'journal',
      clock: createManualClock(1_700_000_000_000_000),
      files: this.disk.mount(),
      segmentBytesMax: 4096 * (1 + this.rng.int(4)),
      backgroundSyncMs: 0,
      bootId: `boot-${this.boot}`,
    });
  }

  /** Appends until the process dies. */
  async live(leadership: FileLeadership, writer: number): Promise<void> {
    leadership.onReached((_level, sequence) => (this.durable = Math.max(this.durable, sequence)));
    const dyingWrite = this.rng.int(3) === 0 ? this.rng.int(40) : -1;
    for (let turn = this.rng.int(60); turn >= 0; turn--) {
      const count = 1 + this.rng.int(8);
      for (let entry = 0; entry < count; entry++) this.tried[leadership.nextSequence + entry] = writer;
      this.tried.length = leadership.nextSequence + count;
      if (turn === dyingWrite) {
        this.disk.shortWriteBytes = this.rng.int(300);
        this.disk.isKilledByShortWrite = true;
      }
      const fault = appendEntries(leadership, count, writer);
      if (fault !== undefined) return;
      this.journaled = leadership.reached(AckLevel.journaled);
      if (this.rng.int(3) === 0) leadership.requestDurable();
      if (this.rng.int(3) === 0) await turnOfLoop();
    }
  }

  /** Dies, and says how much must have survived. */
  die(): number {
    this.disk.shortWriteBytes = undefined;
    this.disk.isKilledByShortWrite = false;
    if (this.rng.int(2) === 0) {
      this.disk.crash();
      return this.journaled;
    }
    this.disk.losePower(this.rng);
    this.boot++;
    return this.durable;
  }
}

async function turnOfLoop(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** A process that dies while it closes never finishes. */
async function closeUnlessDead(journal: FileJournal): Promise<void> {
  await Promise.race([journal.close(), manyTurns()]);
}

async function manyTurns(): Promise<void> {
  for (let turns = 0; turns < TURNS_TO_CLOSE; turns++) await turnOfLoop();
}

/** Reads everything; throws unless it is exactly what was tried, in order. */
function readBack(journal: FileJournal, tried: readonly number[]): number {
  let expected = 1;
  const last = journal.read(1, (batch) => {
    assert.equal(batch.firstSequence, expected);
    for (const writer of readEntries(batch)) assert.equal(writer, tried[expected++]);
  });
  assert.equal(last, expected - 1);
  return last;
}

async function runHistory(seed: number): Promise<number> {
  const history = new History(seed);
  for (let writer = 1; writer <= RUNS_PER_HISTORY; writer++) {
    try {
      const journal = await history.open();
      const leadership = await journal.lead();
      const last = readBack(journal, history.tried);
      assert.ok(last >= history.durable, `${last} entries are left of ${history.durable}`);
      history.kept += last;
      history.tried.length = last + 1;
      history.journaled = last;
      history.durable = last;
      await history.live(leadership, writer);
      if (history.rng.int(6) === 0) await closeUnlessDead(journal);
    } catch (error) {
      if (!(error instanceof ProcessDied)) throw error;
    }
    history.durable = history.die();
  }
  return history.kept;
}

describe('a journal that loses its process or its power', () => {
  it(`keeps every acknowledged entry at its level, once and in order, through ${HISTORIES} histories`, async () => {
    let kept = 0;
    for (let seed = 0; seed < HISTORIES; seed++) {
      kept += await runHistory(seed).catch((error: unknown) => {
        throw new Error(`history ${seed}`, { cause: error });
      });
    }
    expect(kept).toBeGreaterThan(HISTORIES * RUNS_PER_HISTORY * 50);
  });
});
