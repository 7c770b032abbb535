/**
 * The records of a shard's stream as a leader lays them out: the same format as in a segment, each in an array of its own,
 * since it waits for the servers. Pure.
 */
import type { BatchStamps } from '#kit/ports/journal.ts';
import {
  RECORD_HEADER_WORDS,
  RECORD_OVERHEAD_BYTES,
  RECORD_TRAILER_WORDS,
  RecordKind,
  RecordWord,
  readWide,
  sealRecord,
} from '../format.ts';
import type { RecordStamp } from '../format.ts';

const STAMP_NANOS_MAX = 2 ** 32 - 1;

/** Lays commands in words [start, end) out as a record of `stamp`, whose `previousChecksum` becomes this record's. */
export function layRecord(
  from: Int32Array,
  start: number,
  end: number,
  stamp: RecordStamp,
  previous: BatchStamps,
): Int32Array {
  const words = new Int32Array(end - start + RECORD_HEADER_WORDS + RECORD_TRAILER_WORDS);
  words.set(from.subarray(start, end), RECORD_HEADER_WORDS);
  words[RecordWord.matchedNanos] = Math.min(previous.matchedNanos, STAMP_NANOS_MAX);
  words[RecordWord.writtenNanos] = Math.min(previous.writtenNanos, STAMP_NANOS_MAX);
  words[RecordWord.ackedNanos] = Math.min(previous.ackedNanos, STAMP_NANOS_MAX);
  stamp.previousChecksum = sealRecord(words, end - start, stamp);
  return words;
}

/** A record without commands, which moves the stream on and changes nothing. */
export function fillingRecord(epoch: number, timeMicros: number): Uint8Array {
  const words = new Int32Array(RECORD_OVERHEAD_BYTES / 4);
  const stamp = { kind: RecordKind.begin, epoch, firstSequence: 0, count: 0, timeMicros };
  sealRecord(words, 0, { ...stamp, durableSequence: 0, previousChecksum: 0 });
  return new Uint8Array(words.buffer);
}

/** What a record of commands at word `at` holds. */
export interface RecordView {
  firstSequence: number;
  count: number;
  timeMicros: number;
  start: number;
  end: number;
  previous: BatchStamps;
}

export function viewRecord(words: Int32Array, at: number): RecordView {
  return {
    firstSequence: readWide(words, at + RecordWord.firstSequence),
    count: words[at + RecordWord.count],
    timeMicros: readWide(words, at + RecordWord.timeMicros),
    start: at + RECORD_HEADER_WORDS,
    end: at + words[at + RecordWord.byteLength] / 4 - RECORD_TRAILER_WORDS,
    previous: {
      matchedNanos: words[at + RecordWord.matchedNanos] >>> 0,
      writtenNanos: words[at + RecordWord.writtenNanos] >>> 0,
      ackedNanos: words[at + RecordWord.ackedNanos] >>> 0,
    },
  };
}

/** Several records as one payload. */
export function joinRecords(records: readonly Int32Array[]): Uint8Array {
  if (records.length === 1) return bytesOf(records[0]);
  const joined = new Uint8Array(records.reduce((sum, record) => sum + record.byteLength, 0));
  let at = 0;
  for (const record of records) {
    joined.set(bytesOf(record), at);
    at += record.byteLength;
  }
  return joined;
}

function bytesOf(words: Int32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}
