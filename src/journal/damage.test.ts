import { beforeEach, describe, expect, it } from 'vitest';
import { createManualClock } from '#kit/clock.ts';
import { CodedError } from '#kit/errors.ts';
import { FileJournal } from './file-journal.ts';
import { FaultyDisk } from './testing.ts';
import { appendEntries, readEntries } from './testing-entries.ts';

const SEGMENT_BYTES = 8192;
const FIRST_SEGMENT = 'journal/segment-0000000001-000000';
const ENTRIES = 5;

let disk: FaultyDisk;

function open(bootId = 'one'): FileJournal {
  const files = disk.mount();
  const clock = createManualClock(1_700_000_000_000_000);
  return new FileJournal({
    folder: 'journal',
    clock,
    files,
    bootId,
    segmentBytesMax: SEGMENT_BYTES,
    backgroundSyncMs: 0,
  });
}

/** Byte offsets at which each batch of one entry begins, and where the last one ends. */
async function writeJournal(): Promise<number[]> {
  const leadership = await open().lead();
  const offsets: number[] = [];
  for (let entry = 0; entry < ENTRIES; entry++) {
    offsets.push(leadership.status().segmentUsedBytes);
    appendEntries(leadership, 1, 7);
  }
  offsets.push(leadership.status().segmentUsedBytes);
  disk.crash();
  return offsets;
}

function bytesOf(path: string): Uint8Array {
  const inode = disk.lookUp(path);
  if (inode === undefined) throw new Error(`no file ${path}`);
  return inode.live;
}

function sequencesIn(journal: FileJournal): number {
  let last = 0;
  journal.read(1, (batch) => {
    readEntries(batch);
    last = batch.firstSequence + batch.count - 1;
  });
  return last;
}

async function failureOf(action: () => Promise<unknown>): Promise<CodedError> {
  const error: unknown = await action().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof CodedError) return error;
  throw new Error('a coded error was expected', { cause: error });
}

beforeEach(() => {
  disk = new FaultyDisk();
});

describe('the end of a journal whose leader died', () => {
  it('loses only the last entry, and says how much was cut, wherever in its record the write stopped', async () => {
    const pristine = await writeJournal();
    const [start, end] = pristine.slice(-2);
    const content = bytesOf(FIRST_SEGMENT).slice();
    for (let cut = start; cut < end; cut++) {
      disk = new FaultyDisk();
      await writeJournal();
      bytesOf(FIRST_SEGMENT).fill(0, cut);
      const journal = open();
      const leadership = await journal.lead();
      expect({ cut, next: leadership.nextSequence }).toEqual({ cut, next: ENTRIES });
      expect(sequencesIn(journal)).toBe(ENTRIES - 1);
      const left = content.subarray(start, cut);
      expect(journal.report.tornBytes).toBe(bytesOfWordsInUse(left));
      disk.crash();
    }
  });

  it('loses only the last entry when the file ends within it', async () => {
    const [start, end] = (await writeJournal()).slice(-2);
    for (let cut = start; cut < end; cut += 3) {
      disk = new FaultyDisk();
      await writeJournal();
      const inode = disk.lookUp(FIRST_SEGMENT);
      if (inode !== undefined) disk.truncate(inode, cut);
      const journal = open();
      await journal.lead();
      expect(sequencesIn(journal)).toBe(ENTRIES - 1);
      disk.crash();
    }
  });

  it('goes on with the sequence after the cut, under the next epoch', async () => {
    const offsets = await writeJournal();
    bytesOf(FIRST_SEGMENT).fill(0, offsets[ENTRIES] - 10);
    const journal = open();
    const leadership = await journal.lead();
    expect(leadership.epoch).toBe(2);
    expect(appendEntries(leadership, 2, 8)).toBeUndefined();
    const epochs: number[] = [];
    journal.read(1, (batch) => {
      readEntries(batch);
      epochs.push(batch.epoch);
    });
    expect(epochs).toEqual([1, 1, 1, 1, 2]);
  });
});

function bytesOfWordsInUse(bytes: Uint8Array): number {
  let used = 0;
  for (let at = 0; at < bytes.length; at += 4) if (bytes.subarray(at, at + 4).some((byte) => byte !== 0)) used += 4;
  return used;
}

describe('damage', () => {
  it('is found for a flip of any bit of any record, sealed or not, and is named by file, offset and sequence', async () => {
    const offsets = await writeJournal();
    for (let at = offsets[0]; at < offsets[ENTRIES]; at++) {
      disk = new FaultyDisk();
      await writeJournal();
      bytesOf(FIRST_SEGMENT)[at] ^= 1 << (at % 8);
      const entry = offsets.findLastIndex((offset) => offset <= at);
      const error = await failureOf(() => open().lead());
      expect({ at, code: error.code }).toEqual({ at, code: 'JOURNAL_CORRUPT' });
      expect(error.detail).toContain(
        `${FIRST_SEGMENT} at byte ${offsets[entry]}, where sequence ${entry + 1} is expected`,
      );
      expect(error.kind.help).toContain('nautilus journal verify');
      disk.crash();
    }
  });

  it('is found when it was sealed before, by whoever reads it', async () => {
    await writeJournal();
    await (await open().lead()).close();
    const pristine = bytesOf(FIRST_SEGMENT).slice();
    for (let at = 0; at < pristine.length; at++) {
      bytesOf(FIRST_SEGMENT).set(pristine);
      bytesOf(FIRST_SEGMENT)[at] ^= 1 << (at % 8);
      const error = await failureOf(async () => sequencesIn(open()));
      expect({ at, code: error.code }).toEqual({ at, code: 'JOURNAL_CORRUPT' });
    }
  });

  it('is found in a seal', async () => {
    await writeJournal();
    await (await open().lead()).close();
    const seal = bytesOf('journal/seal-0000000001');
    for (let at = 0; at < seal.length; at++) {
      seal[at] ^= 0x10;
      expect((await failureOf(async () => open())).code).toBe('JOURNAL_CORRUPT');
      seal[at] ^= 0x10;
    }
    expect(sequencesIn(open())).toBe(ENTRIES);
  });

  it('in the middle stops the start even where whole sectors turned to zeros, as after a power loss', async () => {
    const offsets = await writeJournal();
    bytesOf(FIRST_SEGMENT).fill(0, offsets[2], offsets[3]);
    const error = await failureOf(() => open().lead());
    expect(error.code).toBe('JOURNAL_CORRUPT');
    expect(error.detail).toContain('where sequence 3 is expected: no whole record is here, and 2 follow');
  });

  it('is taken for an unfinished write when the machine was restarted and nothing after it was known to be durable', async () => {
    const offsets = await writeJournal();
    bytesOf(FIRST_SEGMENT).fill(0, offsets[2], offsets[3]);
    const journal = open('two');
    const leadership = await journal.lead();
    expect(leadership.nextSequence).toBe(3);
    expect(journal.report.tornBytes).toBeGreaterThan(0);
  });

  it('stops the start after a restart of the machine too, when a later record knew it to be durable', async () => {
    const leadership = await open().lead();
    const start = leadership.status().segmentUsedBytes;
    appendEntries(leadership, 1, 7);
    const end = leadership.status().segmentUsedBytes;
    await leadership.durable(1);
    appendEntries(leadership, 1, 7);
    disk.crash();
    bytesOf(FIRST_SEGMENT).fill(0, start, end);
    const error = await failureOf(() => open('two').lead());
    expect(error.detail).toContain('a later one says that it was durable');
  });

  it('is found when a segment is missing between others', async () => {
    const leadership = await open().lead();
    while (leadership.status().segmentIndex < 3) appendEntries(leadership, 4, 7);
    await leadership.close();
    disk.mount().remove('journal/segment-0000000001-000001');
    const error = await failureOf(async () => sequencesIn(open()));
    expect(error.detail).toContain('segment-0000000001-000001 at byte 0');
    expect(error.detail).toContain('the segment is missing');
  });

  it('is not seen in space that holds nothing', async () => {
    const offsets = await writeJournal();
    bytesOf(FIRST_SEGMENT)[offsets[ENTRIES] + 300] ^= 4;
    const journal = open();
    await journal.lead();
    expect(sequencesIn(journal)).toBe(ENTRIES);
    expect(journal.report.tornBytes).toBe(4);
  });

  it('is told apart from a newer format, which is refused untouched', async () => {
    await writeJournal();
    const { encodeSegmentHeader } = await import('./blocks.ts');
    const { crc32cOfWords } = await import('#kit/crc32c.ts');
    const header = new Int32Array(
      encodeSegmentHeader({ epoch: 1, index: 0, byteLength: SEGMENT_BYTES }).slice().buffer,
    );
    header[1] = 2;
    header[15] = crc32cOfWords(header, 0, 15);
    bytesOf(FIRST_SEGMENT).set(new Uint8Array(header.buffer));
    const before = bytesOf(FIRST_SEGMENT).slice();
    expect((await failureOf(async () => open())).code).toBe('JOURNAL_FORMAT_NEWER');
    expect(bytesOf(FIRST_SEGMENT)).toEqual(before);
  });
});
