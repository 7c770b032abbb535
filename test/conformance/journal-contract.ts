/**
 * The contract of the journal's port, as tests: any driver that passes them may hold a shard's journal.
 * Says nothing of how a driver stores; what is particular to one is tested beside it.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AckLevel } from '#kit/ports/journal.ts';
import type { Batch, Journal, Leadership } from '#kit/ports/journal.ts';
import { appendEntries, layEntries, readEntries } from '#journal/testing-entries.ts';
import type { DriverUnderTest } from './journal-driver.ts';
import { LeaderProcess, pause } from './journal-children.ts';

const WAIT_MS_MAX = 10_000;

/** Writer of each entry, by sequence from 1; throws unless sequences follow each other and every word is right. */
function writersIn(journal: Journal): number[] {
  const writers: number[] = [];
  const last = journal.read(1, (batch) => {
    if (batch.firstSequence !== writers.length + 1) throw new Error(`${batch.firstSequence} after ${writers.length}`);
    writers.push(...readEntries(batch));
  });
  if (last !== writers.length) throw new Error(`ends at ${last}, after ${writers.length} entries`);
  return writers;
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + WAIT_MS_MAX;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`in vain: ${condition.toString()}`);
    await pause(2);
  }
}

/** Waits until everything appended so far is decided: readers see it, and no take-over can undo it. */
async function decided(driver: DriverUnderTest, leadership: Leadership): Promise<void> {
  const last = leadership.nextSequence - 1;
  await until(() => leadership.reached(driver.decidedAt) >= last);
}

/** Appends until the leadership says that it is over: the entry itself at the latest, on its way to be decided. */
async function fenced(leadership: Leadership): Promise<string> {
  let lost: string | undefined;
  leadership.onFault((fault) => {
    if (fault.kind === 'fenced') lost = fault.kind;
  });
  lost ??= appendEntries(leadership, 1, 1)?.kind;
  await until(() => lost !== undefined);
  return lost ?? '';
}

/** Follows a journal, checking every batch, and keeps the writers of what it was given. */
class Follower {
  readonly writers: number[] = [];
  next: number;
  fault: Error | undefined;
  private readonly tail: { stop(): void };

  constructor(journal: Journal, from = 1) {
    this.next = from;
    this.tail = journal.tail(
      from,
      (batch) => this.take(batch),
      (fault) => (this.fault = fault),
    );
  }

  stop(): void {
    this.tail.stop();
  }

  private take(batch: Batch): void {
    if (batch.firstSequence !== this.next) throw new Error(`${batch.firstSequence} instead of ${this.next}`);
    this.writers.push(...readEntries(batch));
    this.next += batch.count;
  }
}

export function describeJournalContract(driver: DriverUnderTest): void {
  describe(`a journal of ${driver.name}`, () => {
    let place: string;
    const open_: Journal[] = [];
    const children: LeaderProcess[] = [];
    const followers: Follower[] = [];

    const open = async (): Promise<Journal> => {
      const journal = await driver.open(place);
      open_.push(journal);
      return journal;
    };
    const start = (writer: number, isWaiting = false): LeaderProcess => {
      const child = new LeaderProcess(driver, place, writer, isWaiting);
      children.push(child);
      return child;
    };
    const follow = (journal: Journal, from?: number): Follower => {
      const follower = new Follower(journal, from);
      followers.push(follower);
      return follower;
    };

    beforeEach(async () => {
      place = await driver.create();
    });
    afterEach(async () => {
      for (const follower of followers.splice(0)) follower.stop();
      for (const child of children.splice(0)) if (!child.isOver) await child.kill();
      for (const journal of open_.splice(0)) await journal.close();
      await driver.remove(place);
    });

    it('is empty at first, and its first leader has epoch 1 and sequence 1', async () => {
      const journal = await open();
      expect(journal.report).toMatchObject({ firstSequence: 0, lastSequence: 0, lastEpoch: 0, tornBytes: 0 });
      expect(writersIn(journal)).toEqual([]);
      expect(await journal.latestSnapshot()).toBeUndefined();
      const leadership = await journal.lead();
      expect([leadership.epoch, leadership.nextSequence]).toEqual([1, 1]);
      expect(leadership.reached(AckLevel.journaled)).toBe(0);
      expect(appendEntries(leadership, 3, 1)).toBeUndefined();
      await decided(driver, leadership);
      expect(writersIn(journal)).toEqual([1, 1, 1]);
    });

    it('gives batches back as they were appended, with their time and stamps', async () => {
      const journal = await open();
      const leadership = await journal.lead();
      const words = new Int32Array(1000);
      const end = layEntries(words.subarray(10), 1, 4, 5) + 10;
      const previous = { matchedNanos: 1000, writtenNanos: 2000, ackedNanos: 3000 };
      expect(leadership.append(1, words, 10, end, 4, 1_712_345_678_901_234, previous)).toBeUndefined();
      words.fill(0);
      await decided(driver, leadership);
      const seen: unknown[] = [];
      journal.read(1, (batch) => {
        const { epoch, firstSequence, count, timeMicros } = batch;
        seen.push({
          epoch,
          firstSequence,
          count,
          timeMicros,
          previous: { ...batch.previous },
          writers: readEntries(batch),
        });
        expect(batch.end - batch.start).toBe(end - 10);
      });
      const expected = { epoch: 1, firstSequence: 1, count: 4, timeMicros: 1_712_345_678_901_234, previous };
      expect(seen).toEqual([{ ...expected, writers: [5, 5, 5, 5] }]);
    });

    it('is read from the batch that holds the sequence asked for', async () => {
      const journal = await open();
      const leadership = await journal.lead();
      for (let batch = 0; batch < 200; batch++) appendEntries(leadership, 5, batch);
      await decided(driver, leadership);
      for (const from of [1, 2, 5, 6, 500, 996, 1000]) {
        const first: number[] = [];
        expect(journal.read(from, (batch) => first.push(batch.firstSequence))).toBe(1000);
        expect(first[0]).toBe(from - ((from - 1) % 5));
        expect(first).toHaveLength(200 - Math.floor((from - 1) / 5));
      }
      expect(journal.read(1001, () => expect.unreachable())).toBe(1000);
      expect(() => journal.read(1002, () => {})).toThrow(expect.objectContaining({ code: 'JOURNAL_SEQUENCE_AHEAD' }));
    });

    it('refuses an append anywhere but at its end', async () => {
      const leadership = await (await open()).lead();
      appendEntries(leadership, 2, 1);
      const words = new Int32Array(100);
      const end = layEntries(words, 3, 1, 1);
      const stamps = { matchedNanos: 0, writtenNanos: 0, ackedNanos: 0 };
      for (const sequence of [0, 1, 2, 4]) {
        expect(() => leadership.append(sequence, words, 0, end, 1, 1, stamps)).toThrow('journal.expected-sequence');
      }
      expect(leadership.append(3, words, 0, end, 1, 1, stamps)).toBeUndefined();
    });

    it('reaches journaled with the append and durable on request, and has no level it lacks', async () => {
      const leadership = await (await open()).lead();
      const heard: number[] = [];
      leadership.onReached((level, sequence) => {
        if (level === AckLevel.durable) heard.push(sequence);
      });
      for (let batch = 1; batch <= 20; batch++) {
        appendEntries(leadership, 1, 1);
        expect(leadership.reached(AckLevel.journaled)).toBe(batch);
        leadership.requestDurable();
      }
      await until(() => leadership.reached(AckLevel.durable) === 20);
      expect(heard.at(-1)).toBe(20);
      expect(heard).toEqual(heard.toSorted((a, b) => a - b));
      await decided(driver, leadership);
      for (const level of Object.values(AckLevel)) {
        expect([level, leadership.reached(level)]).toEqual([level, driver.levels.includes(level) ? 20 : 0]);
      }
    });

    it('goes on with sequence and epoch where an earlier process ended', async () => {
      for (let life = 1; life <= 3; life++) {
        const journal = await open();
        const leadership = await journal.lead();
        expect([leadership.epoch, leadership.nextSequence]).toEqual([life, life * 10 - 9]);
        appendEntries(leadership, 10, life);
        await journal.close();
      }
      const journal = await open();
      expect(journal.report).toMatchObject({ firstSequence: 1, lastSequence: 30, lastEpoch: 3, tornBytes: 0 });
      expect(writersIn(journal)).toEqual([
        ...Array<number>(10).fill(1),
        ...Array<number>(10).fill(2),
        ...Array<number>(10).fill(3),
      ]);
    });

    it('refuses the old leader as soon as there is a new one', async () => {
      const journal = await open();
      const old = await journal.lead();
      appendEntries(old, 2, 1);
      await decided(driver, old);
      const successor = await (await open()).lead();
      expect(successor.epoch).toBe(old.epoch + 1);
      expect(await fenced(old)).toBe('fenced');
      expect(appendEntries(successor, 1, 2)).toBeUndefined();
      await decided(driver, successor);
      expect(appendEntries(old, 1, 1)?.kind).toBe('fenced');
      await until(() => writersIn(journal).length === 3);
      expect(writersIn(journal)).toEqual([1, 1, 2]);
    });

    it('keeps everything a stopped leader acknowledged, and nothing it writes when it wakes after a take-over', async () => {
      const rounds = 6;
      const acked: { from: number; to: number; writer: number }[] = [];
      const journal = await open();
      const follower = follow(journal);
      for (let round = 1; round <= rounds; round++) {
        const before = writersIn(journal).length;
        const sleeper = start(round);
        await sleeper.until('appending', () => sleeper.acked > before + 20 * round);
        sleeper.signal('SIGSTOP');
        await pause(5);
        const leadership = await journal.lead();
        const first = leadership.nextSequence;
        appendEntries(leadership, 3, 1000 + round);
        sleeper.signal('SIGCONT');
        await sleeper.until('fenced', () => sleeper.fenced !== undefined);
        expect(appendEntries(leadership, 2, 1000 + round)).toBeUndefined();
        await decided(driver, leadership);
        expect(sleeper.acked).toBeLessThan(first);
        expect(sleeper.fenced).toBe(sleeper.acked);
        acked.push({ from: before + 1, to: sleeper.acked, writer: round });
        acked.push({ from: first, to: first + 4, writer: 1000 + round });
      }
      const writers = writersIn(journal);
      for (const { from, to, writer } of acked) {
        expect(writers.slice(from - 1, to)).toEqual(Array<number>(to - from + 1).fill(writer));
      }
      await until(() => follower.next > writers.length);
      expect(follower.writers).toEqual(writers);
      expect(follower.fault).toBeUndefined();
    });

    it('has one leader at a time among candidates that come at once', async () => {
      const candidates = [1, 2, 3, 4].map((writer) => start(writer, true));
      for (const candidate of candidates) await candidate.until('ready', () => candidate.isReady);
      for (const candidate of candidates) candidate.go();
      for (const candidate of candidates) {
        await candidate.until('decided', () => candidate.lost !== undefined || candidate.epoch > 0);
      }
      await pause(100);
      const winners = candidates.filter(({ lost }) => lost === undefined);
      expect(winners.length).toBeGreaterThan(0);
      for (const { lost } of candidates) {
        expect([undefined, 'JOURNAL_EPOCH_TAKEN', 'JOURNAL_FENCED']).toContain(lost);
      }
      expect(new Set(winners.map(({ epoch }) => epoch)).size).toBe(winners.length);
      const last = winners.toSorted((a, b) => a.epoch - b.epoch).at(-1);
      for (const winner of winners) {
        if (winner !== last) await winner.until('fenced', () => winner.fenced !== undefined);
      }
      await last?.until('appending', () => last.acked > 50);
      await last?.kill();

      const writers = writersIn(await open());
      let from = 0;
      for (const { writer, acked } of winners.toSorted((a, b) => a.epoch - b.epoch)) {
        expect(writers.slice(from, acked)).toEqual(Array<number>(Math.max(0, acked - from)).fill(writer));
        from = Math.max(from, writers.lastIndexOf(writer) + 1);
      }
    });

    it('can be led on an empty journal whose first leader was stopped before it wrote', async () => {
      const sleeper = await (await open()).lead();
      const successor = await (await open()).lead();
      expect([sleeper.epoch, successor.epoch, successor.nextSequence]).toEqual([1, 2, 1]);
      expect(await fenced(sleeper)).toBe('fenced');
      expect(appendEntries(successor, 2, 2)).toBeUndefined();
      await decided(driver, successor);
      expect(writersIn(await open())).toEqual([2, 2]);
    });

    it('keeps what a killed leader acknowledged', async () => {
      const leader = start(7);
      await leader.until('appending', () => leader.acked > 500);
      await leader.kill();
      const journal = await open();
      const leadership = await journal.lead();
      const writers = writersIn(journal);
      expect(writers.length).toBeGreaterThanOrEqual(leader.acked);
      expect(new Set(writers)).toEqual(new Set([7]));
      expect(leadership.nextSequence).toBe(writers.length + 1);
    });

    it('is followed over changes of leadership, each batch once and in order', async () => {
      const journal = await open();
      const follower = follow(journal);
      const late: Follower[] = [];
      for (let writer = 1; writer <= 3; writer++) {
        const leader = start(writer);
        const goal = follower.next + 300;
        await leader.until('appending', () => leader.acked > goal);
        late.push(follow(journal, follower.next));
        if (writer < 3) continue;
        await leader.kill();
      }
      const writers = writersIn(await open());
      await until(() => follower.next > writers.length);
      expect(follower.writers).toEqual(writers);
      for (const one of late) {
        await until(() => one.next > writers.length);
        expect(one.writers).toEqual(writers.slice(writers.length - one.writers.length));
      }
      expect(children.filter(({ fenced }) => fenced !== undefined)).toHaveLength(2);
    });

    it('is followed from before its first entry, and no more after the follower stopped', async () => {
      const journal = await open();
      const follower = follow(journal);
      const stopped = follow(journal);
      await pause(20);
      const leadership = await (await open()).lead();
      appendEntries(leadership, 4, 1);
      await until(() => follower.next === 5 && stopped.next === 5);
      stopped.stop();
      appendEntries(leadership, 4, 1);
      await until(() => follower.next === 9);
      await pause(30);
      expect(stopped.next).toBe(5);
    });

    it('stores snapshots, gives back the newest, and lets go of what they cover', async () => {
      const journal = await open();
      const leadership = await journal.lead();
      for (let batch = 0; batch < 3000; batch++) appendEntries(leadership, 5, 1);
      await decided(driver, leadership);
      const bytes = (fill: number): Uint8Array => new Uint8Array(1000).fill(fill);
      await journal.storeSnapshot({ sequence: 14_000, bytes: bytes(1) });
      await journal.storeSnapshot({ sequence: 15_000, bytes: bytes(2) });
      expect(await journal.latestSnapshot()).toEqual({ sequence: 15_000, bytes: bytes(2) });
      expect(await journal.latestSnapshot(14_999)).toEqual({ sequence: 14_000, bytes: bytes(1) });
      expect((await journal.truncateBefore(14_000)).removedSegments).toBeGreaterThan(0);
      const again = await open();
      expect(again.report.firstSequence).toBeGreaterThan(1);
      expect(again.report.firstSequence).toBeLessThanOrEqual(14_001);
      let entries = 0;
      expect(again.read(14_001, (batch) => (entries += readEntries(batch).length))).toBe(15_000);
      expect(entries).toBe(1000);
      expect(() => again.read(1, () => {})).toThrow(expect.objectContaining({ code: 'JOURNAL_SEQUENCE_GONE' }));
    });
  });
}
