/**
 * Tells an unfinished write from damage, at the end of an epoch that nobody sealed yet.
 *
 * Segments are filled with zeros before use, so what a crash left unwritten is zero: to the end of the record when the
 * process died, whole sectors when the power went. A record that fails its checksum without such a hole was complete
 * once and was damaged later. Nor can a crash leave whole records behind the hole, and a power loss only if none of them
 * was written when the hole was already known to be durable. Everything else is damage, and is never cut off.
 */
import { BLOCK_BYTES } from './blocks.ts';
import { readFully } from './files.ts';
import type { JournalFolder } from './folder.ts';
import {
  RECORD_BYTES_MAX,
  RECORD_HEADER_WORDS,
  RecordState,
  RecordWord,
  inspectHeader,
  inspectRecord,
  readWide,
} from './format.ts';
import type { Place } from './reader.ts';

const SECTOR_WORDS = 512 / 4;
const SCAN_BYTES = RECORD_BYTES_MAX;
const LOOKS_MAX = 3;

export interface Judgement {
  /** `whole`: the record is there after all; `torn`: what follows was never finished and may be cut. */
  verdict: 'whole' | 'torn' | 'corrupt';
  /** Size of what is not zero behind the last whole record, in all segments of the epoch; counted in whole words. */
  tornBytes: number;
  /** Why it is corrupt. */
  finding: string;
}

/**
 * Judges what lies at `place`, where no whole record of the epoch begins.
 * @param bootId names the present run of the machine: in the run that wrote it, only the process can have died
 */
export function judgeEnd(folder: JournalFolder, place: Place, bootId: string): Judgement {
  let judgement = judgeOnce(folder, place, bootId);
  // A leader may be writing here right now: what was half there, or only behind, is whole a moment later.
  for (let look = 1; judgement.verdict === 'corrupt' && look < LOOKS_MAX; look++) {
    judgement = judgeOnce(folder, place, bootId);
  }
  return judgement;
}

function judgeOnce(folder: JournalFolder, place: Place, bootId: string): Judgement {
  const shape = shapeOf(folder, place);
  if (shape === 'whole') return { verdict: 'whole', tornBytes: 0, finding: '' };
  const rest = scanRest(folder, place);
  if (rest.durableSequence >= place.nextSequence) {
    return corrupt(`no whole record is here, although a later one says that it was durable`);
  }
  if (shape === 'complete') return corrupt('the record was written to its end and does not match its checksum');
  const isSameRun = bootId !== '' && bootId === folder.claimedBootId(place.epoch);
  if (rest.wholeRecords > 0 && isSameRun) return corrupt(`no whole record is here, and ${rest.wholeRecords} follow`);
  return { verdict: 'torn', tornBytes: rest.tornBytes, finding: '' };
}

function corrupt(finding: string): Judgement {
  return { verdict: 'corrupt', tornBytes: 0, finding };
}

/** `unfinished`: parts were never written; `complete`: everything was written, and is not what was written. */
type Shape = 'whole' | 'unfinished' | 'complete';

function shapeOf(folder: JournalFolder, place: Place): Shape {
  const fd = folder.openSegment(place.epoch, place.index);
  if (fd === undefined) return 'unfinished';
  try {
    return shapeAt(folder, fd, place);
  } finally {
    folder.files.close(fd);
  }
}

function shapeAt(folder: JournalFolder, fd: number, place: Place): Shape {
  const left = Math.max(folder.files.size(fd) - place.offset, 0);
  const words = new Int32Array(Math.max(Math.ceil(Math.min(left, RECORD_BYTES_MAX) / 4), RECORD_HEADER_WORDS));
  const got = readFully(folder.files, fd, new Uint8Array(words.buffer), words.byteLength, place.offset);
  const end = (got >>> 3) * 2;
  if (inspectRecord(words, 0, end) === RecordState.whole) {
    const isNext =
      words[RecordWord.epoch] >>> 0 === place.epoch &&
      readWide(words, RecordWord.firstSequence) === place.nextSequence &&
      (place.previousChecksum === undefined || words[RecordWord.previousChecksum] >>> 0 === place.previousChecksum);
    return isNext ? 'whole' : 'complete';
  }
  const hasHeader = inspectHeader(words, 0, end) === RecordState.whole;
  const length = hasHeader ? words[RecordWord.byteLength] / 4 : RECORD_HEADER_WORDS;
  // Without a header nothing may follow, not even the record's own body. With one, the last byte tells: it is never zero.
  const isCutOff = hasHeader ? words[length - 1] >>> 24 === 0 : isZero(words, length, words.length);
  return isCutOff || length > end || hasZeroSector(words, length, place.offset / 4) ? 'unfinished' : 'complete';
}

/** Whether some sector's share of words [0, length), which begin at `offsetWords` of the file, is all zero. */
function hasZeroSector(words: Int32Array, length: number, offsetWords: number): boolean {
  let start = 0;
  while (start < length) {
    const end = Math.min(length, start + SECTOR_WORDS - ((offsetWords + start) % SECTOR_WORDS));
    if (isZero(words, start, end)) return true;
    start = end;
  }
  return false;
}

function isZero(words: Int32Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (words[at] !== 0) return false;
  return true;
}

interface Rest {
  wholeRecords: number;
  durableSequence: number;
  tornBytes: number;
}

/** Looks through everything the epoch has after `place` for whole records and for bytes that are not zero. */
function scanRest(folder: JournalFolder, place: Place): Rest {
  const rest: Rest = { wholeRecords: 0, durableSequence: 0, tornBytes: 0 };
  const segments = folder.epochs().find(({ epoch }) => epoch === place.epoch)?.segments ?? [];
  for (const index of segments) {
    if (index < place.index) continue;
    const fd = folder.openUnchecked(place.epoch, index);
    if (fd === undefined) continue;
    try {
      scanSegment(folder, fd, place, index === place.index ? place.offset : BLOCK_BYTES, rest);
    } finally {
      folder.files.close(fd);
    }
  }
  return rest;
}

function scanSegment(folder: JournalFolder, fd: number, place: Place, startBytes: number, rest: Rest): void {
  // Two records long, so that a record which begins in the first half lies in it whole.
  const left = Math.max(folder.files.size(fd) - startBytes, 0);
  const words = new Int32Array(Math.ceil(Math.min(left, 2 * SCAN_BYTES) / 4));
  const bytes = new Uint8Array(words.buffer);
  for (let offset = startBytes; ; offset += SCAN_BYTES) {
    const got = readFully(folder.files, fd, bytes, bytes.length, offset);
    if (got === 0) return;
    words.fill(0, got >>> 2);
    const end = (got >>> 3) * 2;
    const scanEnd = Math.min(end, SCAN_BYTES / 4);
    for (let at = 0; at < scanEnd; at++) {
      if (words[at] === 0) continue;
      rest.tornBytes += 4;
      if (at % 2 !== 0 || inspectRecord(words, at, end) !== RecordState.whole) continue;
      const isLater = words[at + RecordWord.epoch] >>> 0 === place.epoch;
      if (!isLater || readWide(words, at + RecordWord.firstSequence) < place.nextSequence) continue;
      rest.wholeRecords++;
      rest.durableSequence = Math.max(rest.durableSequence, readWide(words, at + RecordWord.durableSequence));
    }
  }
}
