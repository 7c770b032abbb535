/**
 * The right to append under one epoch of the file journal: one record a call, written at once, then acknowledged only
 * if nobody has claimed the next epoch. Never waits for the disk, and allocates nothing while all goes well.
 */
import { CodedError } from '#kit/errors.ts';
import { invariant } from '#kit/invariant.ts';
import { AckLevel } from '#kit/ports/journal.ts';
import type { BatchStamps, JournalFault, Leadership } from '#kit/ports/journal.ts';
import { BLOCK_BYTES } from './blocks.ts';
import { JOURNAL_ERRORS, storageFault } from './errors.ts';
import { writeFully } from './files.ts';
import type { JournalFolder } from './folder.ts';
import {
  RECORD_BYTES_MAX,
  RECORD_HEADER_WORDS,
  RECORD_OVERHEAD_BYTES,
  RecordKind,
  RecordWord,
  sealRecord,
} from './format.ts';
import type { RecordStamp } from './format.ts';
import { SegmentPreparer, createSegment, segmentBytes } from './segment.ts';
import type { Segment } from './segment.ts';
import { cutAtSeal } from './succession.ts';
import type { Succession } from './succession.ts';
import { Syncer } from './syncer.ts';

/** Most words one append takes; the sequencer ends its batch before it. */
export const APPEND_WORDS_MAX = (RECORD_BYTES_MAX - RECORD_OVERHEAD_BYTES) / 4;
const STAMP_NANOS_MAX = 2 ** 32 - 1;
/** The next segment is made ready when this share of the present one is used. */
const PREPARE_AT_SHARE = 0.25;

/** Snapshots that may wait for durability at once. */
const WAITING_MAX = 64;

interface Waiter {
  sequence: number;
  resolve: () => void;
  reject: (error: Error) => void;
}

export interface LeadershipOptions {
  /** Size of an epoch's larger segments. */
  segmentBytesMax: number;
  /** How often what was appended becomes durable without being asked; 0 for never. */
  backgroundSyncMs: number;
  timeMicros: number;
}

export class FileLeadership implements Leadership {
  readonly epoch: number;
  nextSequence: number;

  private readonly folder: JournalFolder;
  private readonly succession: Succession;
  private readonly segmentBytesMax: number;
  private readonly preparer: SegmentPreparer;
  private readonly syncer: Syncer;
  private readonly nextClaimPath: string;
  private readonly words = new Int32Array(RECORD_BYTES_MAX / 4);
  private readonly bytes = new Uint8Array(this.words.buffer);
  private readonly stamp: RecordStamp;
  private readonly timer: NodeJS.Timeout | undefined;
  private segment: Segment;
  /** Offset up to which a failed write may have left bytes behind; 0 when there are none. */
  private spoiltUpTo = 0;
  private fencedFault: JournalFault | undefined;
  private isClosed = false;
  private readonly waiting: Waiter[] = [];
  private heard: (level: AckLevel, sequence: number) => void = () => {};
  private faulted: (fault: JournalFault) => void = () => {};

  /** Opens the epoch's first segment. Throws JOURNAL_FENCED, or what the file system refuses. */
  constructor(folder: JournalFolder, succession: Succession, options: LeadershipOptions) {
    this.folder = folder;
    this.succession = succession;
    this.epoch = succession.epoch;
    this.nextSequence = succession.lastSequence + 1;
    this.segmentBytesMax = options.segmentBytesMax;
    this.nextClaimPath = folder.claimPath(this.epoch + 1);
    this.preparer = new SegmentPreparer(folder, this.epoch);
    this.segment = createSegment(folder, this.epoch, 0, segmentBytes(0, options.segmentBytesMax), true);
    this.syncer = new Syncer(folder, this.segment, succession.lastSequence, {
      onDurable: (sequence) => this.settleDurable(sequence),
      onFault: (fault) => this.faulted(fault),
    });
    this.stamp = {
      kind: RecordKind.begin,
      epoch: this.epoch,
      firstSequence: this.nextSequence,
      count: 0,
      timeMicros: options.timeMicros,
      durableSequence: succession.lastSequence,
      previousChecksum: succession.lastChecksum,
    };
    this.writeRecord(0);
    if (folder.isClaimed(this.epoch + 1)) {
      this.syncer.stop();
      throw new CodedError(JOURNAL_ERRORS.JOURNAL_FENCED, `epoch ${this.epoch} in ${folder.path}`);
    }
    if (options.backgroundSyncMs > 0) {
      this.timer = setInterval(() => this.requestDurable(), options.backgroundSyncMs).unref();
    }
  }

  append(
    expectedSequence: number,
    words: Int32Array,
    start: number,
    end: number,
    count: number,
    timeMicros: number,
    previous: BatchStamps,
  ): JournalFault | undefined {
    invariant(!this.isClosed, 'journal.append-after-close');
    invariant(expectedSequence === this.nextSequence, 'journal.expected-sequence', expectedSequence);
    const bodyWords = end - start;
    invariant(count > 0 && bodyWords > 0 && bodyWords <= APPEND_WORDS_MAX, 'journal.append-size', bodyWords);
    invariant(bodyWords % 2 === 0, 'journal.append-even', bodyWords);
    const refusal = this.fencedFault ?? this.syncer.fault;
    if (refusal !== undefined) return refusal;
    try {
      const byteLength = bodyWords * 4 + RECORD_OVERHEAD_BYTES;
      // Room is kept for the record that says where the journal goes on.
      if (this.segment.offset + byteLength + RECORD_OVERHEAD_BYTES > this.segment.byteLength) {
        if (!this.syncer.hasRoom) return syncBehind(this.segment.path);
        this.roll(byteLength);
      }
      this.layRecord(words, start, bodyWords, count, timeMicros, previous);
      this.writeRecord(bodyWords);
    } catch (error) {
      return storageFault(error, this.segment.path);
    }
    // Only now: a successor claims before it looks at the tail, so without a claim it will find what was written.
    if (this.isSucceeded()) return this.fence();
    this.nextSequence += count;
    this.syncer.appended(this.nextSequence - 1);
    const { segment } = this;
    if (segment.offset > segment.byteLength * PREPARE_AT_SHARE) {
      this.preparer.start(segment.index + 1, segmentBytes(segment.index + 1, this.segmentBytesMax));
    }
    return undefined;
  }

  reached(level: AckLevel): number {
    if (level === AckLevel.journaled) return this.nextSequence - 1;
    return level === AckLevel.durable ? this.syncer.durableSequence : 0;
  }

  requestDurable(): void {
    this.syncer.request();
  }

  /** Resolves when everything up to `sequence` is durable; rejects when the leadership ends before. */
  durable(sequence: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.syncer.durableSequence >= sequence) return resolve();
      invariant(this.waiting.length < WAITING_MAX, 'journal.waiting', this.waiting.length);
      this.waiting.push({ sequence, resolve, reject });
      this.requestDurable();
    });
  }

  onReached(listener: (level: AckLevel, sequence: number) => void): void {
    this.heard = listener;
  }

  onFault(listener: (fault: JournalFault) => void): void {
    this.faulted = listener;
  }

  /** Figures for metrics and people. */
  status(): { segmentIndex: number; segmentUsedBytes: number; segmentBytes: number; syncs: number; isFenced: boolean } {
    return {
      segmentIndex: this.segment.index,
      segmentUsedBytes: this.segment.offset,
      segmentBytes: this.segment.byteLength,
      syncs: this.syncer.syncs,
      isFenced: this.fencedFault !== undefined,
    };
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    clearInterval(this.timer);
    this.preparer.abandon();
    const isOver = new CodedError(JOURNAL_ERRORS.JOURNAL_FENCED, 'the leadership was closed');
    if (this.fencedFault !== undefined) for (const { reject } of this.waiting.splice(0)) reject(isOver);
    if (this.fencedFault !== undefined) {
      this.syncer.stop();
      return;
    }
    await this.syncer.close();
    try {
      this.sealOwn();
    } catch (error) {
      // A successor seals better: it has looked at everything there is.
      if (!this.isSucceeded()) throw error;
    }
  }

  private sealOwn(): void {
    const { epoch, segment, succession } = this;
    const { lastSequence, lastChecksum } = succession;
    const isEmpty = this.nextSequence === lastSequence + 1;
    const seal = this.folder.seal({
      epoch,
      sealedBy: epoch,
      // Nothing was synced where nothing was appended.
      lastIndex: isEmpty ? -1 : segment.index,
      byteLength: isEmpty ? 0 : segment.offset,
      lastSequence: this.nextSequence - 1,
      lastChecksum: isEmpty ? lastChecksum : this.stamp.previousChecksum,
      tornBytes: 0,
    });
    cutAtSeal(this.folder, seal, [segment.index]);
  }

  private settleDurable(sequence: number): void {
    for (const waiter of this.waiting.splice(0)) {
      if (waiter.sequence <= sequence) waiter.resolve();
      else this.waiting.push(waiter);
    }
    this.heard(AckLevel.durable, sequence);
  }

  /** Not being able to tell counts as succeeded: what is written may already be read, so it cannot be taken back. */
  private isSucceeded(): boolean {
    try {
      return this.folder.files.exists(this.nextClaimPath);
    } catch {
      return true;
    }
  }

  private layRecord(
    from: Int32Array,
    start: number,
    bodyWords: number,
    count: number,
    timeMicros: number,
    previous: BatchStamps,
  ): void {
    const { words, stamp } = this;
    for (let at = 0; at < bodyWords; at++) words[RECORD_HEADER_WORDS + at] = from[start + at];
    words[RecordWord.matchedNanos] = Math.min(previous.matchedNanos, STAMP_NANOS_MAX);
    words[RecordWord.writtenNanos] = Math.min(previous.writtenNanos, STAMP_NANOS_MAX);
    words[RecordWord.ackedNanos] = Math.min(previous.ackedNanos, STAMP_NANOS_MAX);
    stamp.kind = RecordKind.commands;
    stamp.firstSequence = this.nextSequence;
    stamp.count = count;
    stamp.timeMicros = timeMicros;
  }

  /** Writes the record laid out with its stamp. What a failed write left behind is made blank first. */
  private writeRecord(bodyWords: number): void {
    const { segment, stamp, folder } = this;
    if (this.spoiltUpTo > segment.offset) this.clearSpoilt();
    stamp.durableSequence = this.syncer.durableSequence;
    const checksum = sealRecord(this.words, bodyWords, stamp);
    const byteLength = bodyWords * 4 + RECORD_OVERHEAD_BYTES;
    const written = this.writeOnce(byteLength);
    if (written < byteLength) {
      this.spoiltUpTo = segment.offset + byteLength;
      writeFully(folder.files, segment.fd, this.bytes, byteLength, segment.offset);
    }
    this.spoiltUpTo = 0;
    segment.offset += byteLength;
    stamp.previousChecksum = checksum;
  }

  private writeOnce(byteLength: number): number {
    const { segment } = this;
    try {
      return this.folder.files.write(segment.fd, this.bytes, 0, byteLength, segment.offset);
    } catch (error) {
      this.spoiltUpTo = segment.offset + byteLength;
      throw error;
    }
  }

  private clearSpoilt(): void {
    const { segment } = this;
    const length = this.spoiltUpTo - segment.offset;
    writeFully(this.folder.files, segment.fd, new Uint8Array(length), length, segment.offset);
    this.spoiltUpTo = 0;
  }

  /** Goes on in the next segment: it exists before the last record of this one says so. */
  private roll(recordBytes: number): void {
    const index = this.segment.index + 1;
    const needed = BLOCK_BYTES + recordBytes + RECORD_OVERHEAD_BYTES;
    const byteLength = Math.max(needed, segmentBytes(index, this.segmentBytesMax));
    const next = this.preparer.take(index, needed) ?? createSegment(this.folder, this.epoch, index, byteLength, false);
    this.stamp.kind = RecordKind.roll;
    this.stamp.firstSequence = this.nextSequence;
    this.stamp.count = 0;
    try {
      this.writeRecord(0);
    } catch (error) {
      this.folder.files.close(next.fd);
      this.folder.files.remove(next.path);
      throw error;
    }
    this.segment = next;
    this.syncer.follow(next);
  }

  private fence(): JournalFault {
    const kind = JOURNAL_ERRORS.JOURNAL_FENCED;
    this.fencedFault = {
      kind: 'fenced',
      code: kind.code,
      message: `${kind.title}: epoch ${this.epoch} in ${this.folder.path}`,
    };
    return this.fencedFault;
  }
}

function syncBehind(path: string): JournalFault {
  const kind = JOURNAL_ERRORS.JOURNAL_SYNC_BEHIND;
  return { kind: 'storage', code: kind.code, message: `${kind.title}: ${path}` };
}
