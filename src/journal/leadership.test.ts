import { beforeEach, describe, expect, it } from 'vitest';
import { createManualClock } from '#kit/clock.ts';
import { AckLevel } from '#kit/ports/journal.ts';
import type { JournalFault } from '#kit/ports/journal.ts';
import { Rng } from '#kit/rng.ts';
import { FileJournal } from './file-journal.ts';
import { APPEND_WORDS_MAX } from './leadership.ts';
import type { FileLeadership } from './leadership.ts';
import { FaultyDisk } from './testing.ts';
import { NO_STAMPS, appendEntries, readEntries } from './testing-entries.ts';

let disk: FaultyDisk;

beforeEach(() => {
  disk = new FaultyDisk();
});

function open(options: { segmentBytesMax?: number; backgroundSyncMs?: number } = {}): FileJournal {
  const clock = createManualClock(1_700_000_000_000_000);
  const files = disk.mount();
  return new FileJournal({
    folder: 'journal',
    clock,
    files,
    bootId: 'one',
    backgroundSyncMs: 0,
    segmentBytesMax: 8192,
    ...options,
  });
}

function countEntries(journal: FileJournal): number {
  let count = 0;
  journal.read(1, (batch) => (count += readEntries(batch).length));
  return count;
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`still waiting for ${condition.toString()}`);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** Appends one batch of four entries after another until one is refused. */
function fill(leadership: FileLeadership): JournalFault {
  for (let batch = 0; batch < 10_000; batch++) {
    const fault = appendEntries(leadership, 4, 1);
    if (fault !== undefined) return fault;
  }
  throw new Error('nothing was refused');
}

describe('a full disk', () => {
  it('refuses appends with a code, loses nothing acknowledged, and takes them again when there is room', async () => {
    const journal = open();
    const leadership = await journal.lead();
    disk.capacitySectors = 100;
    const fault = fill(leadership);
    expect(fault).toMatchObject({ kind: 'storage', code: 'JOURNAL_DISK_FULL' });
    const acknowledged = leadership.reached(AckLevel.journaled);
    expect(appendEntries(leadership, 4, 1)).toMatchObject({ code: 'JOURNAL_DISK_FULL' });
    expect(leadership.nextSequence).toBe(acknowledged + 1);
    expect(countEntries(journal)).toBe(acknowledged);

    disk.capacitySectors = Infinity;
    expect(appendEntries(leadership, 2, 1)).toBeUndefined();
    expect(countEntries(journal)).toBe(acknowledged + 2);
    await journal.close();
    expect(countEntries(open())).toBe(acknowledged + 2);
  });

  it('keeps what was acknowledged also when the process dies while it is full', async () => {
    const leadership = await open().lead();
    disk.capacitySectors = 60;
    fill(leadership);
    const acknowledged = leadership.reached(AckLevel.journaled);
    disk.crash();
    disk.capacitySectors = Infinity;
    const journal = open();
    await journal.lead();
    expect(countEntries(journal)).toBe(acknowledged);
  });
});

describe('a write that fails', () => {
  it('is not appended, and the next one takes its place', async () => {
    const journal = open();
    const leadership = await journal.lead();
    appendEntries(leadership, 3, 1);
    disk.failingWrites = 1;
    expect(appendEntries(leadership, 3, 2)).toMatchObject({ kind: 'storage', code: 'JOURNAL_WRITE_FAILED' });
    expect(leadership.reached(AckLevel.journaled)).toBe(3);
    expect(appendEntries(leadership, 1, 3)).toBeUndefined();
    const writers: number[] = [];
    journal.read(1, (batch) => writers.push(...readEntries(batch)));
    expect(writers).toEqual([1, 1, 1, 3]);
  });

  it('leaves nothing that a later, shorter record could be confused with', async () => {
    const leadership = await open().lead();
    disk.shortWriteBytes = 600;
    disk.isRefusingAfterShortWrite = true;
    expect(appendEntries(leadership, 30, 1)).toMatchObject({ code: 'JOURNAL_WRITE_FAILED' });
    expect(appendEntries(leadership, 1, 2)).toBeUndefined();
    disk.crash();
    const journal = open();
    const next = await journal.lead();
    expect(next.nextSequence).toBe(2);
    expect(journal.report.tornBytes).toBe(0);
  });

  it('is finished when the disk took only a part of it', async () => {
    const journal = open();
    const leadership = await journal.lead();
    disk.shortWriteBytes = 100;
    expect(appendEntries(leadership, 10, 1)).toBeUndefined();
    expect(countEntries(journal)).toBe(10);
  });
});

describe('durability', () => {
  it('is claimed only for what was appended before the sync began', async () => {
    const leadership = await open().lead();
    const heard: number[] = [];
    leadership.onReached((level, sequence) => heard.push(level, sequence));
    appendEntries(leadership, 2, 1);
    leadership.requestDurable();
    appendEntries(leadership, 3, 1);
    expect(leadership.reached(AckLevel.durable)).toBe(0);
    await until(() => heard.length > 0);
    expect(heard).toEqual([AckLevel.durable, 2]);
    leadership.requestDurable();
    await until(() => leadership.reached(AckLevel.durable) === 5);
  });

  it('comes for many requests with few syncs', async () => {
    const leadership = await open({ segmentBytesMax: 1 << 20 }).lead();
    for (let entry = 0; entry < 50; entry++) {
      appendEntries(leadership, 1, 1);
      leadership.requestDurable();
    }
    await until(() => leadership.reached(AckLevel.durable) === 50);
    expect(leadership.status().syncs).toBe(2);
  });

  it('comes by itself after a while for entries nobody asked it for', async () => {
    const leadership = await open({ backgroundSyncMs: 5 }).lead();
    appendEntries(leadership, 1, 1);
    await until(() => leadership.reached(AckLevel.durable) > 0);
    expect(leadership.reached(AckLevel.durable)).toBe(1);
    await leadership.close();
  });

  it('is not claimed after a failed sync until everything was written and synced again', async () => {
    const journal = open();
    const leadership = await journal.lead();
    const faults: string[] = [];
    leadership.onFault(({ code }) => faults.push(code));
    appendEntries(leadership, 3, 1);
    disk.failingSyncs = 1;
    leadership.requestDurable();
    await until(() => faults.length > 0);
    expect(faults).toEqual(['JOURNAL_SYNC_FAILED']);
    expect(leadership.reached(AckLevel.durable)).toBe(0);
    expect(appendEntries(leadership, 1, 1)).toMatchObject({ kind: 'storage', code: 'JOURNAL_SYNC_FAILED' });

    await until(() => leadership.reached(AckLevel.durable) === 3);
    expect(appendEntries(leadership, 1, 1)).toBeUndefined();
    // Only what truly reached the disk counts now.
    disk.losePower(new Rng(1));
    const after = open();
    await after.lead();
    expect(countEntries(after)).toBeGreaterThanOrEqual(3);
  });

  it('of a predecessor whose sync failed is made good before its entries are built upon', async () => {
    const leadership = await open().lead();
    appendEntries(leadership, 5, 1);
    disk.failingSyncs = 1;
    leadership.requestDurable();
    await until(() => disk.failingSyncs === 0);
    disk.crash();
    const successor = await open().lead();
    expect(successor.reached(AckLevel.durable)).toBe(5);
    for (let seed = 0; seed < 5; seed++) disk.losePower(new Rng(seed));
    const after = open();
    expect(countEntries(after)).toBe(5);
  });
});

describe('a leader', () => {
  it('refuses to append out of place, after its end, or more than a record holds', async () => {
    const leadership = await open().lead();
    const words = new Int32Array(APPEND_WORDS_MAX + 2);
    const append = (sequence: number, end: number): unknown =>
      leadership.append(sequence, words, 0, end, 1, 1, NO_STAMPS);
    expect(() => append(2, 4)).toThrow('journal.expected-sequence');
    expect(() => append(1, 0)).toThrow('journal.append-size');
    expect(() => append(1, 3)).toThrow('journal.append-even');
    expect(() => append(1, APPEND_WORDS_MAX + 2)).toThrow('journal.append-size');
    expect(append(1, APPEND_WORDS_MAX)).toBeUndefined();
    await leadership.close();
    expect(() => append(2, 4)).toThrow('journal.append-after-close');
  });

  it('that was succeeded is refused from then on, and does no harm by closing', async () => {
    const old = await open().lead();
    appendEntries(old, 2, 1);
    const journal = open();
    const successor = await journal.lead();
    expect(appendEntries(old, 1, 9)).toMatchObject({ kind: 'fenced', code: 'JOURNAL_FENCED' });
    expect(appendEntries(old, 1, 9)).toMatchObject({ kind: 'fenced' });
    expect(old.reached(AckLevel.journaled)).toBe(2);
    appendEntries(successor, 1, 2);
    await old.close();
    const writers: number[] = [];
    journal.read(1, (batch) => writers.push(...readEntries(batch)));
    expect(writers).toEqual([1, 1, 2]);
  });

  it('counts as succeeded when it cannot be told', async () => {
    let isUnreadable = false;
    const files = disk.mount();
    const exists = files.exists.bind(files);
    files.exists = (path) => {
      if (isUnreadable) throw new Error('EIO');
      return exists(path);
    };
    const clock = createManualClock(1_700_000_000_000_000);
    const journal = new FileJournal({ folder: 'journal', clock, files, backgroundSyncMs: 0, segmentBytesMax: 8192 });
    const leadership = await journal.lead();
    isUnreadable = true;
    expect(appendEntries(leadership, 1, 1)).toMatchObject({ kind: 'fenced' });
  });

  it('leaves nothing but its claim and its seal where it appended nothing', async () => {
    const journal = open();
    await journal.lead();
    await journal.close();
    expect(disk.list('journal').toSorted()).toEqual(['claim-0000000001', 'seal-0000000001']);
    const next = await open().lead();
    expect([next.epoch, next.nextSequence]).toEqual([2, 1]);
  });

  it('goes on over many segments without a gap, and gives unused space back at its end', async () => {
    const journal = open({ segmentBytesMax: 4096 });
    const leadership = await journal.lead();
    for (let batch = 0; batch < 100; batch++) {
      expect(appendEntries(leadership, 5, 1)).toBeUndefined();
      if (batch % 3 === 0) await leadership.durable(leadership.nextSequence - 1);
    }
    expect(leadership.status().segmentIndex).toBeGreaterThan(5);
    await journal.close();
    expect(countEntries(open())).toBe(500);
    expect(disk.list('journal').filter((name) => name.endsWith('.draft'))).toEqual([]);
  });

  it('refuses for a while when too many full segments wait for a slow disk', async () => {
    const leadership = await open({ segmentBytesMax: 1024 }).lead();
    const fault = fill(leadership);
    expect(fault).toMatchObject({ kind: 'storage', code: 'JOURNAL_SYNC_BEHIND' });
    await until(() => appendEntries(leadership, 4, 1) === undefined);
  });
});
