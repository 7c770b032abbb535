/**
 * Reads the journal's records in order, across segments and epochs, each checked before it is handed on.
 * Never hands on what a later seal could cut: of an epoch that is not sealed, only records that were there while
 * nobody had claimed the next epoch. Whoever seals claims first and looks at the tail afterwards, so it sees them too.
 */
import { CodedError } from '#kit/errors.ts';
import type { Batch } from '#kit/ports/journal.ts';
import { BLOCK_BYTES } from './blocks.ts';
import type { Seal } from './blocks.ts';
import { JOURNAL_ERRORS, corruption } from './errors.ts';
import { readFully } from './files.ts';
import type { JournalFolder } from './folder.ts';
import {
  RECORD_BYTES_MAX,
  RECORD_HEADER_WORDS,
  RECORD_TRAILER_WORDS,
  RecordKind,
  RecordState,
  RecordWord,
  inspectRecord,
  readWide,
  recordChecksum,
} from './format.ts';

/** A point between two records. */
export interface Place {
  epoch: number;
  index: number;
  /** Byte offset in the segment. */
  offset: number;
  /** Sequence of the next command. */
  nextSequence: number;
  /** Checksum of the record before; undefined when reading begins here and the first record is taken as it is. */
  previousChecksum: number | undefined;
}

export const Pull = {
  /** Something was read, or the place moved; there may be more. */
  progressed: 0,
  /** Nothing more is written. */
  atEnd: 1,
  /** The next epoch is claimed, and where this one ends is not decided yet. */
  undecided: 2,
  /** What follows is not a whole record; see `finding`. */
  damaged: 3,
} as const;
export type Pull = (typeof Pull)[keyof typeof Pull];

/** Largest and smallest piece read at once. Any record fits the largest. */
const CHUNK_BYTES_MAX = 2 * RECORD_BYTES_MAX;
const CHUNK_BYTES_MIN = 16 * 1024;
const CHUNK_GROWTH = 4;

const FINDINGS: Readonly<Record<Exclude<RecordState, 0>, string>> = {
  [RecordState.cutOff]: 'the record is cut off',
  [RecordState.blank]: 'there is nothing where a record belongs',
  [RecordState.badHeader]: "the record's header fails its checksum",
  [RecordState.badBody]: "the record's body fails its checksum",
};

export interface ReaderOptions {
  /** Look past claims: only for who seals. @default false */
  ignoreClaims?: boolean;
}

export class JournalReader {
  readonly place: Place;
  /** What the damage is after a pull said `damaged`. */
  finding = '';
  /** The highest sequence that a record read so far knew to be durable. */
  durableSequence = 0;

  private readonly folder: JournalFolder;
  private readonly ignoreClaims: boolean;
  private words = new Int32Array(CHUNK_BYTES_MIN / 4);
  private bytes = new Uint8Array(this.words.buffer);
  private readonly batch: Batch;
  private chunkBytes = CHUNK_BYTES_MIN;
  private fd: number | undefined;
  private openEpoch = 0;
  private openIndex = -1;
  private seal: Seal | undefined;
  private sealEpoch = 0;

  constructor(folder: JournalFolder, start: Place, options: ReaderOptions = {}) {
    this.folder = folder;
    this.place = { ...start };
    this.ignoreClaims = options.ignoreClaims ?? false;
    this.batch = {
      epoch: 0,
      firstSequence: 0,
      count: 0,
      words: this.words,
      start: 0,
      end: 0,
      timeMicros: 0,
      previous: { matchedNanos: 0, writtenNanos: 0, ackedNanos: 0 },
    };
  }

  /**
   * Reads one piece and gives its batches that reach `from` or later to `visit`.
   * Throws JOURNAL_CORRUPT for damage inside what a seal vouches for.
   */
  pull(from: number, visit: (batch: Batch) => void): Pull {
    const { place } = this;
    if (this.sealEpoch !== place.epoch) this.enterEpoch();
    if (this.isAtSeal()) {
      this.moveTo(place.epoch + 1, 0);
      return Pull.progressed;
    }
    const fd = this.segment();
    if (fd === undefined) return this.withoutSegment();
    const limit = this.limit();
    const wanted = Math.min(this.chunkBytes, limit - place.offset);
    const got = readFully(this.folder.files, fd, this.bytes, wanted, place.offset);
    if (got === CHUNK_BYTES_MAX) this.folder.files.expectRead(fd, CHUNK_BYTES_MAX, place.offset + got);
    if (this.seal === undefined && !this.ignoreClaims && this.folder.isClaimed(place.epoch + 1)) {
      return this.enterEpoch() ? Pull.progressed : Pull.undecided;
    }
    return this.readRecords(got, got < wanted || wanted < this.chunkBytes, from, visit);
  }

  close(): void {
    if (this.fd !== undefined) this.folder.files.close(this.fd);
    this.fd = undefined;
    this.openIndex = -1;
  }

  /** Looks whether the epoch's end is decided. */
  private enterEpoch(): boolean {
    this.sealEpoch = this.place.epoch;
    this.seal = this.folder.readSeal(this.place.epoch);
    return this.seal !== undefined;
  }

  /** Where the segment's part of the journal ends, as far as that is decided. */
  private limit(): number {
    const { seal, place } = this;
    return seal !== undefined && place.index === seal.lastIndex ? seal.byteLength : Number.MAX_SAFE_INTEGER;
  }

  private isAtSeal(): boolean {
    const { seal, place } = this;
    if (seal === undefined) return false;
    const isBefore = place.index < seal.lastIndex || (place.index === seal.lastIndex && place.offset < seal.byteLength);
    if (isBefore) return false;
    const sameEnd = place.nextSequence === seal.lastSequence + 1;
    const sameRecord = place.previousChecksum === undefined || place.previousChecksum === seal.lastChecksum;
    if (sameEnd && sameRecord) return true;
    const path = this.folder.segmentPath(place.epoch, place.index);
    throw corruption(path, place.offset, place.nextSequence, `its seal vouches for sequence ${seal.lastSequence} here`);
  }

  private moveTo(epoch: number, index: number): void {
    this.close();
    this.place.epoch = epoch;
    this.place.index = index;
    this.place.offset = BLOCK_BYTES;
  }

  private segment(): number | undefined {
    const { place } = this;
    if (this.fd === undefined || this.openEpoch !== place.epoch || this.openIndex !== place.index) {
      this.close();
      this.fd = this.folder.openSegment(place.epoch, place.index);
      this.openEpoch = place.epoch;
      this.openIndex = place.index;
    }
    return this.fd;
  }

  /** The segment is not there: not yet, or no more, or never when its epoch remained empty. */
  private withoutSegment(): Pull {
    const { place, folder } = this;
    if (this.seal === undefined && (this.ignoreClaims || !this.enterEpoch())) {
      if (!this.ignoreClaims && isRemoved(folder, place)) throw gone(folder, place);
      return Pull.atEnd;
    }
    if (this.isAtSeal() || this.segment() !== undefined) return Pull.progressed;
    if (isRemoved(folder, place)) throw gone(folder, place);
    throw corruption(folder.segmentPath(place.epoch, place.index), 0, place.nextSequence, 'the segment is missing');
  }

  private readRecords(gotBytes: number, isLastChunk: boolean, from: number, visit: (batch: Batch) => void): Pull {
    const { words, place } = this;
    const end = (gotBytes >>> 3) * 2;
    let at = 0;
    while (at < end) {
      const state = inspectRecord(words, at, end);
      if (state === RecordState.cutOff && !isLastChunk) break;
      if (state !== RecordState.whole) return this.stopAt(state, at);
      const misplaced = this.describeMisplaced(at);
      if (misplaced !== '') return this.stop(misplaced, false);
      const byteLength = words[at + RecordWord.byteLength];
      this.accept(at);
      const kind = words[at + RecordWord.kind];
      if (kind === RecordKind.roll) {
        this.moveTo(place.epoch, place.index + 1);
        return Pull.progressed;
      }
      place.offset += byteLength;
      if (kind === RecordKind.commands && place.nextSequence > from) this.deliver(at, byteLength / 4, visit);
      at += byteLength / 4;
    }
    if (end === 0) return this.stop(FINDINGS[RecordState.blank], true);
    this.growChunk();
    return Pull.progressed;
  }

  /** What was read was all whole: the next piece may be larger. */
  private growChunk(): void {
    this.chunkBytes = Math.min(this.chunkBytes * CHUNK_GROWTH, CHUNK_BYTES_MAX);
    if (this.bytes.length >= this.chunkBytes) return;
    this.words = new Int32Array(this.chunkBytes / 4);
    this.bytes = new Uint8Array(this.words.buffer);
    this.batch.words = this.words;
  }

  private accept(at: number): void {
    const { words, place } = this;
    place.nextSequence += words[at + RecordWord.count];
    place.previousChecksum = recordChecksum(words, at);
    this.durableSequence = readWide(words, at + RecordWord.durableSequence);
  }

  private describeMisplaced(at: number): string {
    const { words, place } = this;
    const epoch = words[at + RecordWord.epoch] >>> 0;
    const sequence = readWide(words, at + RecordWord.firstSequence);
    if (epoch !== place.epoch) return `the record belongs to epoch ${epoch}`;
    if (sequence !== place.nextSequence) return `the record holds sequence ${sequence}`;
    const previous = words[at + RecordWord.previousChecksum] >>> 0;
    const follows = place.previousChecksum === undefined || previous === place.previousChecksum;
    return follows ? '' : 'the record does not follow the one before it';
  }

  private stopAt(state: Exclude<RecordState, 0>, at: number): Pull {
    const isEnd = state === RecordState.blank || (state === RecordState.cutOff && this.words[at] === 0);
    return this.stop(FINDINGS[state], isEnd);
  }

  /** Inside a seal every stop is corruption; elsewhere blank space is the end, and the rest is for the caller to judge. */
  private stop(finding: string, isEnd: boolean): Pull {
    const { place } = this;
    this.chunkBytes = CHUNK_BYTES_MIN;
    this.finding = finding;
    if (this.seal !== undefined) {
      const path = this.folder.segmentPath(place.epoch, place.index);
      throw corruption(path, place.offset, place.nextSequence, finding);
    }
    return isEnd ? Pull.atEnd : Pull.damaged;
  }

  private deliver(at: number, lengthWords: number, visit: (batch: Batch) => void): void {
    const { batch, words } = this;
    batch.epoch = words[at + RecordWord.epoch] >>> 0;
    batch.firstSequence = readWide(words, at + RecordWord.firstSequence);
    batch.count = words[at + RecordWord.count];
    batch.start = at + RECORD_HEADER_WORDS;
    batch.end = at + lengthWords - RECORD_TRAILER_WORDS;
    batch.timeMicros = readWide(words, at + RecordWord.timeMicros);
    batch.previous.matchedNanos = words[at + RecordWord.matchedNanos] >>> 0;
    batch.previous.writtenNanos = words[at + RecordWord.writtenNanos] >>> 0;
    batch.previous.ackedNanos = words[at + RecordWord.ackedNanos] >>> 0;
    visit(batch);
  }
}

/** Whether retention has removed the segment at `place`: the journal begins behind it. */
function isRemoved(folder: JournalFolder, { epoch, index }: Place): boolean {
  let isBehind = false;
  for (const entry of folder.epochs()) {
    for (const segment of entry.segments) {
      if (entry.epoch < epoch || (entry.epoch === epoch && segment <= index)) return false;
      isBehind = true;
    }
  }
  return isBehind;
}

function gone(folder: JournalFolder, place: Place): CodedError {
  return new CodedError(JOURNAL_ERRORS.JOURNAL_SEQUENCE_GONE, `sequence ${place.nextSequence} in ${folder.path}`);
}
