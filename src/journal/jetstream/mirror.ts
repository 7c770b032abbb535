/**
 * The member's copy of what its shard's stream holds: a file journal that only ever gets entries that are in the stream.
 * Says which epoch each sequence belongs to, and from which message of the stream to go on after a restart.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '#kit/clock.ts';
import type { Batch, JournalFault, Snapshot } from '#kit/ports/journal.ts';
import { FileJournal } from '../file-journal.ts';
import type { FileLeadership } from '../leadership.ts';
import type { RecordView } from './entries.ts';
import { emptyState } from './order.ts';
import type { EpochStart, OrderState } from './order.ts';

const POSITION_VERSION = 1;
const POSITION_EVERY_MS = 1000;

interface Position {
  version: number;
  /** When the stream was created: another one of the same name is not the same. */
  streamCreated: string;
  state: OrderState;
}

export class Mirror {
  readonly folder: string;
  readonly journal: FileJournal;
  /** Where to go on in the stream. */
  readonly start: OrderState;
  private readonly positionFile: string;
  private readonly streamCreated: string;
  private readonly timer: NodeJS.Timeout;
  private leadership: FileLeadership | undefined;
  private lastSequence: number;
  private epochs: readonly EpochStart[] = [];
  private current: OrderState | undefined;
  private savedStreamSequence = 0;
  private isSaving = false;

  private constructor(folder: string, clock: Clock, streamCreated: string, start: OrderState | undefined) {
    this.folder = folder;
    this.positionFile = join(folder, 'position.json');
    this.streamCreated = streamCreated;
    this.start = start ?? emptyState();
    this.epochs = this.start.epochs;
    this.journal = new FileJournal({ folder: join(folder, 'entries'), clock });
    this.lastSequence = this.journal.report.lastSequence;
    this.timer = setInterval(() => void this.savePosition(), POSITION_EVERY_MS).unref();
  }

  /** Opens the mirror, emptied first when it is not of this stream or does not reach as far as it says. */
  static open(folder: string, clock: Clock, streamCreated: string): Mirror {
    const position = readPosition(join(folder, 'position.json'));
    if (position?.streamCreated === streamCreated) {
      const mirror = new Mirror(folder, clock, streamCreated, position.state);
      if (mirror.lastSequence >= position.state.nextSequence - 1) return mirror;
      mirror.stopSaving();
    }
    return Mirror.openEmpty(folder, clock, streamCreated);
  }

  /** Forgets what there is, and opens it empty. */
  static openEmpty(folder: string, clock: Clock, streamCreated: string): Mirror {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    return new Mirror(folder, clock, streamCreated, undefined);
  }

  /** Sequence of the last command; 0 before the first. */
  get last(): number {
    return this.lastSequence;
  }

  /** Adds a record of the stream; one that is there already is passed over. Returns why the disk refused it. */
  add(words: Int32Array, view: RecordView): JournalFault | undefined {
    if (view.firstSequence <= this.lastSequence) return undefined;
    this.leadership ??= this.journal.leadFrom(view.firstSequence);
    const { firstSequence, start, end, count, timeMicros, previous } = view;
    const fault = this.leadership.append(firstSequence, words, start, end, count, timeMicros, previous);
    if (fault === undefined) this.lastSequence = firstSequence + count - 1;
    return fault;
  }

  /** Tells how far the stream was followed. The state goes on changing under its owner's hands. */
  follow(state: OrderState): void {
    this.current = state;
    this.epochs = state.epochs;
  }

  read(from: number, visit: (batch: Batch) => void): number {
    return this.journal.read(from, (batch) => visit(this.withEpoch(batch)));
  }

  tail(from: number, visit: (batch: Batch) => void, onFault: (fault: Error) => void): { stop(): void } {
    return this.journal.tail(from, (batch) => visit(this.withEpoch(batch)), onFault);
  }

  /** Sequence of the last command of an epoch; that of the epoch before when it has none. */
  endOf(epoch: number): number {
    const next = this.epochs.find((start) => start.epoch > epoch);
    return next === undefined ? this.lastSequence : next.firstSequence - 1;
  }

  /** Keeps a copy of a snapshot beside the entries, so that older ones can go, and a thread can begin with it. */
  async storeSnapshot(snapshot: Snapshot): Promise<void> {
    this.leadership ??= this.journal.leadFrom(this.lastSequence + 1);
    await this.journal.storeSnapshot(snapshot);
  }

  async close(): Promise<void> {
    this.stopSaving();
    await this.savePosition();
    await this.journal.close();
  }

  /** The folder's own epochs count the runs of this process; readers want the stream's. */
  private withEpoch(batch: Batch): Batch {
    batch.epoch = this.epochs.findLast((start) => start.firstSequence <= batch.firstSequence)?.epoch ?? 0;
    return batch;
  }

  private stopSaving(): void {
    clearInterval(this.timer);
  }

  private async savePosition(): Promise<void> {
    const { current } = this;
    if (current === undefined || this.isSaving || current.streamSequence === this.savedStreamSequence) return;
    this.isSaving = true;
    const { streamSequence } = current;
    const position: Position = { version: POSITION_VERSION, streamCreated: this.streamCreated, state: current };
    // As of now: the state goes on changing while the entries become durable.
    const text = JSON.stringify(position);
    try {
      // What it says to be there must be there, also after a power loss.
      await this.leadership?.durable(this.lastSequence);
      writeFileSync(`${this.positionFile}.draft`, text);
      renameSync(`${this.positionFile}.draft`, this.positionFile);
      this.savedStreamSequence = streamSequence;
    } catch {
      // An older position only means that more is read again; the disk's fault is told by the next entry.
    } finally {
      this.isSaving = false;
    }
  }
}

function readPosition(file: string): Position | undefined {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as Position;
    return value.version === POSITION_VERSION ? value : undefined;
  } catch {
    return undefined;
  }
}
