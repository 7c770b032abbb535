import { beforeEach, describe, expect, it } from 'vitest';
import { createManualClock } from '#kit/clock.ts';
import { AckLevel } from '#kit/ports/journal.ts';
import { Rng } from '#kit/rng.ts';
import { FileJournal } from './file-journal.ts';
import { JournalFolder } from './folder.ts';
import type { FileLeadership } from './leadership.ts';
import { JournalReader } from './reader.ts';
import { locate } from './segments.ts';
import { FaultyDisk } from './testing.ts';
import { appendEntries, readEntries } from './testing-entries.ts';

let disk: FaultyDisk;

beforeEach(() => {
  disk = new FaultyDisk();
});

function open(): FileJournal {
  const clock = createManualClock(1_700_000_000_000_000);
  const options = { bootId: 'one', backgroundSyncMs: 0, segmentBytesMax: 2048 };
  return new FileJournal({ folder: 'journal', clock, files: disk.mount(), ...options });
}

function content(sequence: number, length = 300_000): Uint8Array {
  return Uint8Array.from({ length }, (_unused, at) => (at * 31 + sequence) & 0xff);
}

async function fill(leadership: FileLeadership, untilSequence: number): Promise<void> {
  while (leadership.nextSequence <= untilSequence) {
    appendEntries(leadership, 1, 1);
    await leadership.durable(leadership.nextSequence - 1);
  }
}

function snapshotPath(sequence: number): string {
  return `journal/snapshot-${String(sequence).padStart(16, '0')}`;
}

describe('a snapshot', () => {
  it('comes back as it was stored, the newest first, or the newest at or before a sequence', async () => {
    const journal = open();
    const leadership = await journal.lead();
    expect(await journal.latestSnapshot()).toBeUndefined();
    for (const sequence of [5, 9, 12]) {
      await fill(leadership, sequence);
      await journal.storeSnapshot({ sequence, bytes: content(sequence) });
    }
    expect(await journal.latestSnapshot()).toEqual({ sequence: 12, bytes: content(12) });
    expect(await journal.latestSnapshot(11)).toEqual({ sequence: 9, bytes: content(9) });
    expect(await journal.latestSnapshot(4)).toBeUndefined();
    expect(journal.report.snapshotSequence).toBe(12);
    expect(open().report.snapshotSequence).toBe(12);
  });

  it('leaves only the newest ones', async () => {
    const journal = open();
    await fill(await journal.lead(), 6);
    for (let sequence = 1; sequence <= 6; sequence++)
      await journal.storeSnapshot({ sequence, bytes: content(1, 10) }, 2);
    const names = disk.list('journal').filter((name) => name.startsWith('snapshot'));
    expect(names.toSorted()).toEqual([snapshotPath(5), snapshotPath(6)].map((path) => path.slice('journal/'.length)));
  });

  it('is never ahead of what is durable: it survives with its entries when the power goes', async () => {
    const journal = open();
    const leadership = await journal.lead();
    for (let entry = 0; entry < 10; entry++) appendEntries(leadership, 1, 1);
    expect(leadership.reached(AckLevel.durable)).toBe(0);
    await journal.storeSnapshot({ sequence: 8, bytes: content(8) });
    expect(leadership.reached(AckLevel.durable)).toBeGreaterThanOrEqual(8);
    disk.losePower(new Rng(3));
    const after = open();
    await after.lead();
    expect((await after.latestSnapshot())?.sequence).toBe(8);
    expect(after.read(1, () => {})).toBeGreaterThanOrEqual(8);
  });

  it('of entries that are not there yet is a mistake of the caller', async () => {
    const journal = open();
    await expect(journal.storeSnapshot({ sequence: 1, bytes: content(1) })).rejects.toThrow('snapshot-without-lead');
    await fill(await journal.lead(), 3);
    await expect(journal.storeSnapshot({ sequence: 4, bytes: content(4) })).rejects.toThrow('snapshot-ahead');
  });

  it('that is damaged anywhere is passed over for the one before', async () => {
    const journal = open();
    await fill(await journal.lead(), 4);
    await journal.storeSnapshot({ sequence: 2, bytes: content(2, 500) });
    await journal.storeSnapshot({ sequence: 4, bytes: content(4, 500) });
    const file = disk.lookUp(snapshotPath(4));
    expect(file).toBeDefined();
    for (let at = 0; at < (file?.live.length ?? 0); at++) {
      if (file !== undefined) file.live[at] ^= 1;
      expect({ at, sequence: (await journal.latestSnapshot())?.sequence }).toEqual({ at, sequence: 2 });
      if (file !== undefined) file.live[at] ^= 1;
    }
    if (file !== undefined) disk.truncate(file, 300);
    expect((await journal.latestSnapshot())?.sequence).toBe(2);
  });

  it('of a newer version is refused instead of passed over', async () => {
    const journal = open();
    await fill(await journal.lead(), 2);
    await journal.storeSnapshot({ sequence: 2, bytes: content(2, 10) });
    const { crc32cOfWords } = await import('#kit/crc32c.ts');
    const file = disk.lookUp(snapshotPath(2));
    const words = new Int32Array(file?.live.slice(0, 64).buffer ?? new ArrayBuffer(64));
    words[1]++;
    words[15] = crc32cOfWords(words, 0, 15);
    file?.live.set(new Uint8Array(words.buffer));
    await expect(journal.latestSnapshot()).rejects.toMatchObject({ code: 'JOURNAL_SNAPSHOT_NEWER' });
  });

  it('that finds no room leaves no trace and says so', async () => {
    const journal = open();
    await fill(await journal.lead(), 2);
    disk.capacitySectors = 0;
    const before = disk.list('journal').length;
    await expect(journal.storeSnapshot({ sequence: 2, bytes: content(2) })).rejects.toMatchObject({
      code: 'JOURNAL_DISK_FULL',
    });
    expect(disk.list('journal')).toHaveLength(before);
  });
});

describe('retention', () => {
  it('removes only segments that every kept snapshot covers, and what is left can be read', async () => {
    const journal = open();
    const leadership = await journal.lead();
    await fill(leadership, 60);
    const segments = (): number => disk.list('journal').filter((name) => name.startsWith('segment')).length;
    const all = segments();
    expect(await journal.truncateBefore(60)).toEqual({ removedSegments: 0 });
    await journal.storeSnapshot({ sequence: 30, bytes: content(30, 100) });
    await journal.storeSnapshot({ sequence: 55, bytes: content(55, 100) });
    const { removedSegments } = await journal.truncateBefore(50);
    expect(removedSegments).toBeGreaterThan(1);
    expect(segments()).toBe(all - removedSegments);

    const after = open();
    expect(after.report.firstSequence).toBeGreaterThan(1);
    expect(after.report.firstSequence).toBeLessThanOrEqual(31);
    const read: number[] = [];
    after.read(31, (batch) => {
      readEntries(batch);
      read.push(batch.firstSequence);
    });
    expect(read).toEqual(Array.from({ length: 30 }, (_unused, at) => 31 + at));
    expect(() => after.read(1, () => {})).toThrow(expect.objectContaining({ code: 'JOURNAL_SEQUENCE_GONE' }));
  });

  it('keeps the last record, claims and seals, so that sequence and epoch go on', async () => {
    for (let life = 1; life <= 3; life++) {
      const journal = open();
      const leadership = await journal.lead();
      await fill(leadership, life * 20);
      for (let copy = 0; copy < 3; copy++)
        await journal.storeSnapshot({ sequence: life * 20 - copy, bytes: content(1, 10) });
      await journal.truncateBefore(life * 20);
      await journal.close();
    }
    const journal = open();
    const leadership = await journal.lead();
    expect([leadership.epoch, leadership.nextSequence]).toEqual([4, 61]);
    expect(disk.list('journal').filter((name) => name.startsWith('claim'))).toHaveLength(4);
    expect(disk.list('journal').filter((name) => name.startsWith('seal'))).toHaveLength(3);
  });

  it('leaves a reader that was too slow with a clear answer', async () => {
    const journal = open();
    const leadership = await journal.lead();
    await fill(leadership, 60);
    await journal.storeSnapshot({ sequence: 60, bytes: content(60, 10) });
    const folder = new JournalFolder('journal', disk.mount());
    const place = locate(folder, 1);
    const reader = new JournalReader(folder, place ?? expect.fail('no segment'));
    while (reader.place.index === 0) reader.pull(1, () => {});
    await journal.truncateBefore(60);
    expect(() => reader.pull(1, () => {})).toThrow(expect.objectContaining({ code: 'JOURNAL_SEQUENCE_GONE' }));
  });
});
