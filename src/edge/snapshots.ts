/**
 * When the node stores snapshots, and how without holding up a turn: a thread makes them from the journal, on an engine
 * of its own, and the journal writes them in its own time. One at a time. Only the last one, at a clean stop, is taken
 * from the node's own engine, since nothing waits any more.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { CodedError } from '#kit/errors.ts';
import type { Journal } from '#kit/ports/journal.ts';
import type { Engine } from '#trading/engine.ts';
import { EDGE_ERRORS } from './errors.ts';
import type { Outbox, OutboxOptions } from './outbox.ts';
import type { Sequencer } from './sequencer.ts';
import { SnapshotBuilder } from './snapshot.ts';
import type { SnapshotMade, SnapshotTask } from './snapshot-worker.ts';

export interface SnapshotParts {
  readonly journal: Journal;
  /** Folder from which a thread can read that journal; undefined where only this process can. */
  readonly journalFolder: string | undefined;
  readonly outboxOptions: OutboxOptions | undefined;
  readonly engine: Engine;
  readonly sequencer: Sequencer;
  readonly outbox: Outbox;
  /** Commands after which the next is taken; 0 for never. */
  readonly everyCommands: number;
  /** Sequence of the newest there is. */
  readonly newest: number;
  readonly log: (line: string) => void;
}

export class Snapshots {
  private readonly parts: SnapshotParts;
  private newest: number;
  /** Where the next one is due: a failed attempt waits for as many commands again. */
  private dueAt: number;
  private running: Promise<void> | undefined;

  constructor(parts: SnapshotParts) {
    this.parts = parts;
    this.newest = parts.newest;
    this.dueAt = parts.newest + parts.everyCommands;
  }

  get newestSequence(): number {
    return this.newest;
  }

  /** Takes one when enough was done since the last. */
  tick(): void {
    const { everyCommands, sequencer, log } = this.parts;
    if (everyCommands === 0 || this.running !== undefined || sequencer.lastSequence < this.dueAt) return;
    this.dueAt = sequencer.lastSequence + everyCommands;
    this.take().catch((error: unknown) => {
      log(`no snapshot: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  /** Stores a snapshot of the present state. Rejects with EDGE_JOURNAL_REFUSES or the journal's error. */
  async take(): Promise<void> {
    return this.start(this.parts.journalFolder === undefined ? 'here' : 'thread');
  }

  /** The last one before the end: only when something is new, and a failure is told but ends nothing. */
  async takeLast(): Promise<void> {
    const { sequencer, log } = this.parts;
    try {
      await this.running;
      if (sequencer.lastSequence > this.newest) await this.start('here');
    } catch (error) {
      log(`no snapshot: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private async start(where: 'here' | 'thread'): Promise<void> {
    this.running ??= this.store(where).finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async store(where: 'here' | 'thread'): Promise<void> {
    const { sequencer, journal } = this.parts;
    if (!sequencer.append()) throw new CodedError(EDGE_ERRORS.EDGE_JOURNAL_REFUSES, sequencer.fault?.message ?? '');
    const { sequence, bytes } = where === 'here' ? await this.takeHere() : await this.takeInThread();
    await journal.storeSnapshot({ sequence, bytes });
    this.newest = Math.max(this.newest, sequence);
  }

  private async takeHere(): Promise<{ sequence: number; bytes: Uint8Array }> {
    const { sequencer, engine, outbox } = this.parts;
    const sequence = sequencer.lastSequence;
    const builder = new SnapshotBuilder(engine.snapshot(), outbox, sequencer.inbound);
    while (!builder.step()) await nextTurn();
    return { sequence, bytes: builder.bytes };
  }

  private async takeInThread(): Promise<SnapshotMade> {
    const task: SnapshotTask = { journalFolder: this.parts.journalFolder ?? '', outbox: this.parts.outboxOptions };
    const worker = new Worker(new URL('./snapshot-worker.ts', import.meta.url), { workerData: task });
    // A thread that fails ends with an error event, which rejects here.
    const [made] = (await once(worker, 'message')) as [SnapshotMade];
    return made;
  }
}

async function nextTurn(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}
