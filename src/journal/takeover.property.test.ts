import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { createManualClock } from '#kit/clock.ts';
import type { Batch } from '#kit/ports/journal.ts';
import { Rng } from '#kit/rng.ts';
import { FileJournal } from './file-journal.ts';
import { JournalFolder } from './folder.ts';
import { FileLeadership } from './leadership.ts';
import { JournalReader } from './reader.ts';
import { locate } from './segments.ts';
import { succeed } from './succession.ts';
import { FaultyDisk } from './testing.ts';
import { appendEntries, readEntries } from './testing-entries.ts';

const SCENARIOS = 100;
const CANDIDATES = 3;
const READERS = 2;
const STEPS = 80;
const START_MICROS = 1_700_000_000_000_000;

/**
 * Several processes on one folder whose file calls interleave at random: before any call of one, others may act.
 * Everything anybody acknowledged or was shown is noted with its writer, and must be what the journal holds at the end.
 */
class Scenario {
  readonly disk = new FaultyDisk();
  readonly rng: Rng;
  readonly leaders: (FileLeadership | undefined)[] = [];
  readonly readers: (JournalReader | undefined)[] = [];
  /** Writer of each entry that was acknowledged or delivered, by sequence. */
  readonly promised: number[] = [];
  readonly acting = new Set<string>();
  readonly failures: unknown[] = [];
  isOver = false;
  takeovers = 0;
  fenced = 0;
  lost = 0;
  writers = 0;

  constructor(seed: number) {
    this.rng = new Rng(seed);
  }

  step(): void {
    const actor = this.rng.int(CANDIDATES + READERS);
    if (actor >= CANDIDATES) this.act(`reader ${actor}`, () => this.follow(actor - CANDIDATES));
    else this.act(`candidate ${actor}`, () => this.leadOrAppend(actor));
  }

  /** One process does one thing at a time, but others may act within it. */
  private act(actor: string, action: () => void): void {
    if (this.acting.has(actor)) return;
    this.acting.add(actor);
    try {
      action();
    } catch (error) {
      // Kept, because it would otherwise be thrown into the code of the process that this one interrupts.
      this.failures.push(error);
    }
    this.acting.delete(actor);
  }

  private mount(): JournalFolder {
    const interleave = (): void => {
      if (!this.isOver && this.acting.size < CANDIDATES && this.rng.int(12) === 0) this.step();
    };
    return new JournalFolder('journal', this.disk.mount(interleave));
  }

  private leadOrAppend(candidate: number): void {
    const leader = this.leaders[candidate];
    if (leader === undefined || this.rng.int(15) === 0) return this.takeOver(candidate);
    const writer = ++this.writers;
    const first = leader.nextSequence;
    const count = 1 + this.rng.int(5);
    const fault = appendEntries(leader, count, writer);
    if (fault === undefined) for (let at = 0; at < count; at++) this.promise(first + at, writer);
    else {
      assert.equal(fault.kind, 'fenced');
      this.fenced++;
      this.leaders[candidate] = undefined;
    }
  }

  private takeOver(candidate: number): void {
    this.leaders[candidate] = undefined;
    const folder = this.mount();
    try {
      const succession = succeed(folder, { bootId: 'one', timeMicros: START_MICROS });
      const options = { segmentBytesMax: 2048, backgroundSyncMs: 0, timeMicros: START_MICROS };
      this.leaders[candidate] = new FileLeadership(folder, succession, options);
      this.takeovers++;
    } catch (error) {
      const lostTo = error instanceof Error && 'code' in error ? error.code : error;
      assert.ok(lostTo === 'JOURNAL_EPOCH_TAKEN' || lostTo === 'JOURNAL_FENCED', String(error));
      this.lost++;
    }
  }

  private follow(reader: number): void {
    const folder = this.mount();
    const place = this.readers[reader] === undefined ? locate(folder, 1) : undefined;
    if (place !== undefined) this.readers[reader] = new JournalReader(folder, place);
    this.readers[reader]?.pull(1, (batch) => this.deliver(batch));
  }

  private deliver(batch: Batch): void {
    for (const [at, writer] of readEntries(batch).entries()) this.promise(batch.firstSequence + at, writer);
  }

  private promise(sequence: number, writer: number): void {
    this.promised[sequence] ??= writer;
    assert.equal(this.promised[sequence], writer, `writer of ${sequence}`);
  }

  async finish(): Promise<void> {
    this.isOver = true;
    const files = this.disk.mount();
    const journal = new FileJournal({
      folder: 'journal',
      clock: createManualClock(START_MICROS),
      files,
      bootId: 'one',
    });
    let next = 1;
    const last = journal.read(1, (batch) => {
      assert.equal(batch.firstSequence, next);
      next += batch.count;
      this.deliver(batch);
    });
    assert.ok(last >= this.promised.length - 1, `the journal ends at ${last}`);
    for (const leader of this.leaders) await leader?.close();
  }
}

describe('take-overs among processes that interleave call by call', () => {
  it(`never lose, change or take back what was acknowledged or delivered, in ${SCENARIOS} scenarios`, async () => {
    const seen = { takeovers: 0, fenced: 0, lost: 0, promised: 0 };
    for (let seed = 0; seed < SCENARIOS; seed++) {
      const scenario = new Scenario(seed);
      try {
        for (let step = 0; step < STEPS; step++) scenario.step();
        await scenario.finish();
      } catch (error) {
        scenario.failures.push(error);
      }
      if (scenario.failures.length > 0) throw new Error(`scenario ${seed}`, { cause: scenario.failures[0] });
      seen.takeovers += scenario.takeovers;
      seen.fenced += scenario.fenced;
      seen.lost += scenario.lost;
      seen.promised += scenario.promised.length;
    }
    // The scenarios must have met what they are about.
    expect(seen.takeovers).toBeGreaterThan(SCENARIOS);
    expect(seen.fenced).toBeGreaterThan(SCENARIOS / 4);
    expect(seen.lost).toBeGreaterThan(10);
    expect(seen.promised).toBeGreaterThan(SCENARIOS * 10);
  });
});
