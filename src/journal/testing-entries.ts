/**
 * Entries for tests of the journal: each tells its sequence and who wrote it, and can be checked word by word.
 */
import type { Batch, JournalFault, Leadership } from '#kit/ports/journal.ts';

export const NO_STAMPS = { matchedNanos: 0, writtenNanos: 0, ackedNanos: 0 } as const;
const HEAD_WORDS = 4;
const LENGTH_VARIANTS = 10;

/** Words of the entry that `writer` puts at `sequence`: its length, sequence, writer, then filling that depends on both. */
function entryLength(sequence: number, writer: number): number {
  return HEAD_WORDS + 2 * ((sequence * 7 + writer) % LENGTH_VARIANTS);
}

function filling(sequence: number, writer: number, at: number): number {
  return Math.imul(sequence + 1, 0x9e3779b1) ^ Math.imul(writer + at, 0x85ebca6b);
}

/** Lays `count` entries from `firstSequence` on and returns where they end. */
export function layEntries(words: Int32Array, firstSequence: number, count: number, writer: number): number {
  let at = 0;
  for (let sequence = firstSequence; sequence < firstSequence + count; sequence++) {
    const length = entryLength(sequence, writer);
    words[at] = length;
    words[at + 1] = sequence;
    words[at + 2] = writer;
    words[at + 3] = 0x0c0ffee0;
    for (let word = HEAD_WORDS; word < length; word++) words[at + word] = filling(sequence, writer, word);
    at += length;
  }
  return at;
}

const buffer = new Int32Array(1 << 16);

/** Appends `count` entries as one batch. */
export function appendEntries(leadership: Leadership, count: number, writer: number): JournalFault | undefined {
  const first = leadership.nextSequence;
  const end = layEntries(buffer, first, count, writer);
  return leadership.append(first, buffer, 0, end, count, 1_700_000_000_000_000 + first, NO_STAMPS);
}

/** Checks every word of a batch and returns the writers of its entries; throws for anything out of place. */
export function readEntries(batch: Batch): number[] {
  const { words } = batch;
  const writers: number[] = [];
  let at = batch.start;
  for (let sequence = batch.firstSequence; sequence < batch.firstSequence + batch.count; sequence++) {
    const writer = words[at + 2];
    const length = entryLength(sequence, writer);
    if (words[at] !== length || words[at + 1] !== sequence) throw new Error(`not entry ${sequence} at word ${at}`);
    for (let word = HEAD_WORDS; word < length; word++) {
      if (words[at + word] !== filling(sequence, writer, word)) throw new Error(`entry ${sequence} is not as written`);
    }
    writers.push(writer);
    at += length;
  }
  if (at !== batch.end) throw new Error(`batch at ${batch.firstSequence} ends at word ${batch.end}, not ${at}`);
  return writers;
}
