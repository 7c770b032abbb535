/**
 * When the node stores snapshots, and how without holding up a turn: the engine's part is taken between two turns, the
 * rest is copied in steps, the journal writes it in its own time. One at a time.
 */
import { CodedError } from '#kit/errors.ts';
import type { Journal } from '#kit/ports/journal.ts';
import type { Engine } from '#trading/engine.ts';
import { EDGE_ERRORS } from './errors.ts';
import type { Outbox } from './outbox.ts';
import type { Sequencer } from './sequencer.ts';
import { SnapshotBuilder } from './snapshot.ts';

export interface SnapshotParts {
  readonly journal: Journal;
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
    this.running ??= this.build().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  /** The last one before the end: only when something is new, and a failure is told but ends nothing. */
  async takeLast(): Promise<void> {
    const { sequencer, log } = this.parts;
    try {
      await this.running;
      if (sequencer.lastSequence > this.newest) await this.take();
    } catch (error) {
      log(`no snapshot: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private async build(): Promise<void> {
    const { sequencer, engine, outbox, journal } = this.parts;
    if (!sequencer.append()) throw new CodedError(EDGE_ERRORS.EDGE_JOURNAL_REFUSES, sequencer.fault?.message ?? '');
    const sequence = sequencer.lastSequence;
    const builder = new SnapshotBuilder(engine.snapshot(), outbox, sequencer.inbound);
    while (!builder.step()) await nextTurn();
    await journal.storeSnapshot({ sequence, bytes: builder.bytes });
    this.newest = Math.max(this.newest, sequence);
  }
}

async function nextTurn(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}
