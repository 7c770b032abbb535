/**
 * The journal's bytes: records, segment headers, seals, snapshot headers, as 32-bit little-endian words.
 * Written down by byte offsets in docs/journal.md. Pure; the numbers may be added to, never changed.
 *
 * A record is a header of 16 words, a body, and a trailer of two. The header has a checksum of its own, so that a length
 * is never believed from damaged bytes; the trailer's checksum goes on from it over the body. The trailer's last word
 * is never zero: unwritten space is zeros, so a record whose end is zero was not written to its end.
 */
import { crc32cOfWords } from '#kit/crc32c.ts';
import { invariant } from '#kit/invariant.ts';

/** Of segments, records and seals. A reader refuses a higher one. */
export const FORMAT_VERSION = 1;

export const RecordWord = {
  magic: 0,
  kind: 1,
  /** Header, body and trailer. */
  byteLength: 2,
  count: 3,
  epoch: 4,
  /** Trailer checksum of the record before this one, also across segments and epochs; 0 for the very first. */
  previousChecksum: 5,
  /** Two words each; see readWide. */
  firstSequence: 6,
  timeMicros: 8,
  /** The writer knew everything up to this sequence to be durable. */
  durableSequence: 10,
  /** Stamps of the batch before, nanoseconds, at most 2^32 − 1. */
  matchedNanos: 12,
  writtenNanos: 13,
  ackedNanos: 14,
  headerChecksum: 15,
} as const;
export const RECORD_HEADER_WORDS = 16;
export const RECORD_TRAILER_WORDS = 2;
export const RECORD_OVERHEAD_BYTES = (RECORD_HEADER_WORDS + RECORD_TRAILER_WORDS) * 4;
const RECORD_MAGIC = 0x31424a4e; // "NJB1"
const TRAILER_MARK = 0x5a000000;

/** Longest record, overhead included. The sequencer ends a turn's batch before it. */
export const RECORD_BYTES_MAX = 1 << 20;

export const RecordKind = {
  commands: 1,
  /** The first record of an epoch. */
  begin: 2,
  /** The last record of a segment that is continued in the next one. */
  roll: 3,
} as const;
export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind];

const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
invariant(LITTLE_ENDIAN, 'journal.little-endian-machine');

const TWO_POW_32 = 2 ** 32;

/** Reads an integer of 0 to 2^53 − 1, stored low word first. */
export function readWide(words: Int32Array, at: number): number {
  return (words[at + 1] >>> 0) * TWO_POW_32 + (words[at] >>> 0);
}

export function writeWide(words: Int32Array, at: number, value: number): void {
  words[at] = value | 0;
  words[at + 1] = Math.floor(value / TWO_POW_32);
}

/** What a record's header says besides its place. */
export interface RecordStamp {
  kind: RecordKind;
  epoch: number;
  firstSequence: number;
  count: number;
  timeMicros: number;
  durableSequence: number;
  previousChecksum: number;
}

/**
 * Finishes the record at word 0 whose body of `bodyWords` words is in place, and whose three latency stamps are set.
 * Returns its trailer checksum.
 */
export function sealRecord(words: Int32Array, bodyWords: number, stamp: RecordStamp): number {
  const end = RECORD_HEADER_WORDS + bodyWords;
  const byteLength = (end + RECORD_TRAILER_WORDS) * 4;
  words[RecordWord.magic] = RECORD_MAGIC;
  words[RecordWord.kind] = stamp.kind;
  words[RecordWord.byteLength] = byteLength;
  words[RecordWord.count] = stamp.count;
  words[RecordWord.epoch] = stamp.epoch;
  words[RecordWord.previousChecksum] = stamp.previousChecksum;
  writeWide(words, RecordWord.firstSequence, stamp.firstSequence);
  writeWide(words, RecordWord.timeMicros, stamp.timeMicros);
  writeWide(words, RecordWord.durableSequence, stamp.durableSequence);
  const headerChecksum = crc32cOfWords(words, 0, RecordWord.headerChecksum);
  words[RecordWord.headerChecksum] = headerChecksum;
  const checksum = crc32cOfWords(words, RECORD_HEADER_WORDS, end, headerChecksum);
  words[end] = checksum;
  words[end + 1] = byteLength | TRAILER_MARK;
  return checksum;
}

export const RecordState = {
  whole: 0,
  /** The words end before the record does. */
  cutOff: 1,
  /** Nothing but zeros where a header belongs. */
  blank: 2,
  badHeader: 3,
  badBody: 4,
} as const;
export type RecordState = (typeof RecordState)[keyof typeof RecordState];

/** Checks the record that begins at word `at`, of which words up to `end` are there. */
export function inspectRecord(words: Int32Array, at: number, end: number): RecordState {
  const state = inspectHeader(words, at, end);
  if (state !== RecordState.whole) return state;
  const byteLength = words[at + RecordWord.byteLength];
  const trailer = at + byteLength / 4 - RECORD_TRAILER_WORDS;
  if (trailer + RECORD_TRAILER_WORDS > end) return RecordState.cutOff;
  if (words[trailer + 1] !== (byteLength | TRAILER_MARK)) return RecordState.badBody;
  const checksum = crc32cOfWords(words, at + RECORD_HEADER_WORDS, trailer, words[at + RecordWord.headerChecksum] >>> 0);
  return checksum === words[trailer] >>> 0 ? RecordState.whole : RecordState.badBody;
}

/** Checks only the header; `whole` says that its fields can be believed. */
export function inspectHeader(words: Int32Array, at: number, end: number): RecordState {
  if (at + RECORD_HEADER_WORDS > end) return RecordState.cutOff;
  if (words[at] !== RECORD_MAGIC) {
    return isBlank(words, at, at + RECORD_HEADER_WORDS) ? RecordState.blank : RecordState.badHeader;
  }
  const checksum = crc32cOfWords(words, at, at + RecordWord.headerChecksum);
  if (checksum !== words[at + RecordWord.headerChecksum] >>> 0) return RecordState.badHeader;
  const byteLength = words[at + RecordWord.byteLength];
  const fits = byteLength >= RECORD_OVERHEAD_BYTES && byteLength <= RECORD_BYTES_MAX && byteLength % 8 === 0;
  return fits ? RecordState.whole : RecordState.badHeader;
}

/** Trailer checksum of the whole record at word `at`. */
export function recordChecksum(words: Int32Array, at: number): number {
  return words[at + words[at + RecordWord.byteLength] / 4 - RECORD_TRAILER_WORDS] >>> 0;
}

function isBlank(words: Int32Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (words[at] !== 0) return false;
  return true;
}
