/**
 * Brings engine and outbox to where the journal ends: newest snapshot, then the commands after it, carried out again.
 * The reports come out as they did the first time, so every session goes on with its own numbers.
 */
import type { Journal, Leadership } from '#kit/ports/journal.ts';
import { Engine } from '#trading/engine.ts';
import type { Outbox } from './outbox.ts';
import type { Sequencer } from './sequencer.ts';
import { engineSection, restoreSessions } from './snapshot.ts';

export interface Recovery {
  readonly engine: Engine;
  readonly leadership: Leadership;
  /** Sequence of the snapshot it began with, 0 for none. */
  readonly snapshotSequence: number;
  /** Commands carried out again. */
  readonly replayed: number;
}

/** Rebuilds the state and takes the leadership. Rejects with the journal's or the snapshot's coded error. */
export async function recover(journal: Journal, sequencer: Sequencer, outbox: Outbox): Promise<Recovery> {
  const { engine, snapshotSequence } = await rebuild(journal, sequencer, outbox);
  const leadership = await journal.lead();
  // What another leader appended before this one took over.
  if (leadership.nextSequence > sequencer.lastSequence + 1) {
    journal.read(sequencer.lastSequence + 1, (batch) => sequencer.replay(batch));
  }
  sequencer.useEngine(engine, sequencer.lastSequence);
  sequencer.lead(leadership);
  return { engine, leadership, snapshotSequence, replayed: sequencer.lastSequence - snapshotSequence };
}

/** Brings `sequencer` and `outbox` to the present end of the journal, without a claim to lead it. */
export async function rebuild(
  journal: Journal,
  sequencer: Sequencer,
  outbox: Outbox,
): Promise<Pick<Recovery, 'engine' | 'snapshotSequence'>> {
  const snapshot = await journal.latestSnapshot();
  const engine =
    snapshot === undefined
      ? new Engine(sequencer.onEvents)
      : Engine.restore(engineSection(snapshot.bytes), sequencer.onEvents);
  if (snapshot !== undefined) restoreSessions(snapshot.bytes, outbox, sequencer.inbound);
  const snapshotSequence = snapshot?.sequence ?? 0;
  sequencer.useEngine(engine, snapshotSequence);
  journal.read(snapshotSequence + 1, (batch) => sequencer.replay(batch));
  return { engine, snapshotSequence };
}
