/**
 * Finds where in the folder a sequence lies, by the first record of each segment. Reads, never writes.
 */
import { CodedError } from '#kit/errors.ts';
import { BLOCK_BYTES } from './blocks.ts';
import { JOURNAL_ERRORS, corruption } from './errors.ts';
import { readFully } from './files.ts';
import type { EpochFiles, JournalFolder } from './folder.ts';
import { RECORD_BYTES_MAX, RecordState, RecordWord, inspectRecord, readWide } from './format.ts';
import type { Place } from './reader.ts';

/** The first record of a segment, when it is whole. */
export interface SegmentStart {
  epoch: number;
  index: number;
  firstSequence: number;
  /** What its writer knew to be durable. */
  durableSequence: number;
}

export interface ListedSegment {
  epoch: number;
  index: number;
  /** A seal vouches for at least one record in it. */
  isVouchedFor: boolean;
}

/** The segments that belong to the journal, oldest first; of a sealed epoch none past its seal. */
export function listSegments(folder: JournalFolder, epochs: readonly EpochFiles[]): ListedSegment[] {
  const found: ListedSegment[] = [];
  for (const { epoch, sealed, segments } of epochs) {
    if (segments.length === 0) continue;
    const seal = sealed ? folder.readSeal(epoch) : undefined;
    for (const index of segments) {
      if (seal !== undefined && index > seal.lastIndex) break;
      const isVouchedFor = seal !== undefined && (index < seal.lastIndex || seal.byteLength > BLOCK_BYTES);
      found.push({ epoch, index, isVouchedFor });
    }
  }
  return found;
}

/** Reads the first record of a segment; undefined when it is not there or not whole. */
export function readSegmentStart(folder: JournalFolder, epoch: number, index: number): SegmentStart | undefined {
  const fd = folder.openSegment(epoch, index);
  if (fd === undefined) return undefined;
  try {
    const header = new Int32Array(16);
    readFully(folder.files, fd, new Uint8Array(header.buffer), header.byteLength, BLOCK_BYTES);
    const byteLength = header[RecordWord.byteLength];
    if (byteLength < header.byteLength || byteLength > RECORD_BYTES_MAX || byteLength % 8 !== 0) return undefined;
    const words = new Int32Array(byteLength / 4);
    readFully(folder.files, fd, new Uint8Array(words.buffer), byteLength, BLOCK_BYTES);
    if (inspectRecord(words, 0, words.length) !== RecordState.whole) return undefined;
    return {
      epoch,
      index,
      firstSequence: readWide(words, RecordWord.firstSequence),
      durableSequence: readWide(words, RecordWord.durableSequence),
    };
  } finally {
    folder.files.close(fd);
  }
}

/** The place at a segment's first record. */
export function placeAtStart(start: SegmentStart): Place {
  const { epoch, index, firstSequence } = start;
  return { epoch, index, offset: BLOCK_BYTES, nextSequence: firstSequence, previousChecksum: undefined };
}

/**
 * A place at or before sequence `from`, in the last segment that begins at or before it; undefined for a journal
 * without records. Throws JOURNAL_SEQUENCE_GONE when retention has removed it, and JOURNAL_CORRUPT.
 */
export function locate(folder: JournalFolder, from: number): Place | undefined {
  let lowest: SegmentStart | undefined;
  let damaged: string | undefined;
  for (const { epoch, index, isVouchedFor } of listSegments(folder, folder.epochs()).toReversed()) {
    const start = readSegmentStart(folder, epoch, index);
    // A damaged one may hold `from` or not: whoever reads on from the segment before comes upon it in its turn.
    if (start === undefined && isVouchedFor) damaged = folder.segmentPath(epoch, index);
    if (start === undefined) continue;
    if (start.firstSequence <= from) return placeAtStart(start);
    lowest = start;
  }
  if (damaged !== undefined) throw corruption(damaged, BLOCK_BYTES, 0, 'its first record is damaged');
  if (lowest === undefined) return undefined;
  const detail = `sequence ${from}, the first one left is ${lowest.firstSequence}`;
  throw new CodedError(JOURNAL_ERRORS.JOURNAL_SEQUENCE_GONE, detail);
}

/** Sequence of the first command that is still there; 0 in a journal without records. */
export function firstRetained(folder: JournalFolder): number {
  for (const { epoch, index } of listSegments(folder, folder.epochs())) {
    const start = readSegmentStart(folder, epoch, index);
    if (start !== undefined) return start.firstSequence;
  }
  return 0;
}
