/**
 * Makes what was appended durable, on the thread pool: one sync at a time, and everything appended meanwhile with the next.
 * Never claims durability after a failed sync until the bytes were written again and synced again.
 */
import { CodedError } from '#kit/errors.ts';
import { invariant } from '#kit/invariant.ts';
import type { JournalFault } from '#kit/ports/journal.ts';
import { JOURNAL_ERRORS, describeCause } from './errors.ts';
import { rewrite } from './files.ts';
import type { JournalFolder } from './folder.ts';
import type { Segment } from './segment.ts';

/** How many full segments may wait to be synced and closed; at the limit appends are refused. */
const RETIRED_SEGMENTS_MAX = 8;
const RETRY_MS = 250;

export interface SyncListeners {
  onDurable(sequence: number): void;
  onFault(fault: JournalFault): void;
}

export class Syncer {
  /** Everything up to here survives a power loss. */
  durableSequence: number;
  /** Syncs that have finished well since the start. */
  syncs = 0;
  /** Set while the disk refuses; appends are refused as well. */
  fault: JournalFault | undefined;

  private readonly folder: JournalFolder;
  private readonly listeners: SyncListeners;
  /** Segments with data that is not durable, oldest first; all but the last are full. */
  private readonly segments: Segment[];
  private appendedSequence: number;
  private isRunning = false;
  private isAskedAgain = false;
  /** The segment being synced got its last record before the sync began. */
  private isOldestFull = false;
  private retryTimer: NodeJS.Timeout | undefined;
  private closed: (() => void) | undefined;
  private target = 0;
  private readonly synced: (error: Error | null) => void;

  constructor(folder: JournalFolder, first: Segment, durableSequence: number, listeners: SyncListeners) {
    this.folder = folder;
    this.segments = [first];
    this.durableSequence = durableSequence;
    this.appendedSequence = durableSequence;
    this.listeners = listeners;
    this.synced = (error) => this.onSynced(error);
  }

  /** Tells that everything up to `sequence` is written. */
  appended(sequence: number): void {
    this.appendedSequence = sequence;
  }

  /** Whether another segment may retire. */
  get hasRoom(): boolean {
    return this.segments.length <= RETIRED_SEGMENTS_MAX;
  }

  /** Goes on to a new segment; the one before is synced and closed in time. */
  follow(segment: Segment): void {
    invariant(this.hasRoom, 'journal.retired-segments', this.segments.length);
    this.segments.push(segment);
    this.request();
  }

  /** Asks for a sync of everything appended so far. */
  request(): void {
    if (this.appendedSequence === this.durableSequence && this.segments.length === 1) return;
    if (this.isRunning || this.fault !== undefined) this.isAskedAgain = true;
    else this.run();
  }

  /** Syncs everything, and closes all files. Rejects with JOURNAL_SYNC_FAILED while the disk refuses. */
  async close(): Promise<void> {
    const isDone = (): boolean =>
      !this.isRunning && this.appendedSequence === this.durableSequence && this.segments.length === 1;
    while (!isDone() && this.fault === undefined) {
      await new Promise<void>((resolve) => {
        this.closed = resolve;
        this.request();
      });
    }
    const { fault } = this;
    this.stop();
    if (fault !== undefined) throw new CodedError(JOURNAL_ERRORS.JOURNAL_SYNC_FAILED, fault.message);
  }

  /** Closes all files as they are: the leadership is over, and its successor makes durable what counts. */
  stop(): void {
    clearTimeout(this.retryTimer);
    this.isAskedAgain = false;
    if (this.isRunning) {
      this.closed = () => this.stop();
      return;
    }
    for (const segment of this.segments.splice(0)) this.folder.files.close(segment.fd);
  }

  private run(): void {
    this.isRunning = true;
    this.isAskedAgain = false;
    this.target = this.appendedSequence;
    this.syncOldest();
  }

  private syncOldest(): void {
    const oldest = this.segments[0];
    this.isOldestFull = this.segments.length > 1;
    if (oldest.isEntryDurable) {
      this.folder.files.syncLater(oldest.fd, this.synced);
      return;
    }
    this.folder.files.syncFolderLater(this.folder.path, (error) => {
      oldest.isEntryDurable = error === null;
      if (error === null) this.folder.files.syncLater(oldest.fd, this.synced);
      else this.onSynced(error);
    });
  }

  private onSynced(error: Error | null): void {
    if (error !== null) return this.onFailed(error);
    if (this.isOldestFull) {
      const [full] = this.segments.splice(0, 1);
      this.folder.files.close(full.fd);
      return this.syncOldest();
    }
    this.isRunning = false;
    this.syncs++;
    this.fault = undefined;
    this.durableSequence = this.target;
    this.listeners.onDurable(this.target);
    this.settle();
    if ((this.isAskedAgain || this.segments.length > 1) && !this.isRunning) this.request();
  }

  private onFailed(error: Error): void {
    this.isRunning = false;
    const isNew = this.fault === undefined;
    const kind = JOURNAL_ERRORS.JOURNAL_SYNC_FAILED;
    const message = `${kind.title}: ${this.segments[0]?.path ?? this.folder.path} (${describeCause(error)})`;
    this.fault = { kind: 'storage', code: kind.code, message };
    this.retryTimer = setTimeout(() => this.retry(), RETRY_MS);
    if (isNew) this.listeners.onFault(this.fault);
    this.settle();
  }

  /** After a failed sync the kernel may hold pages for clean that never reached the disk: they are written again. */
  private retry(): void {
    try {
      for (const segment of this.segments) rewrite(this.folder.files, segment.fd, 0, segment.offset);
    } catch (error) {
      this.onFailed(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    this.run();
  }

  private settle(): void {
    const { closed } = this;
    this.closed = undefined;
    closed?.();
  }
}
