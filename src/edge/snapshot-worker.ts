/**
 * The thread that makes a snapshot without holding up the node: it reads the journal as a recovery does, carries the
 * commands out again on an engine of its own, and hands over the bytes. Ends when it is done; never writes anything.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { openFileJournal } from '#journal/file-journal.ts';
import { createSystemClock } from '#kit/clock.ts';
import { invariant } from '#kit/invariant.ts';
import { Outbox } from './outbox.ts';
import type { OutboxOptions } from './outbox.ts';
import { rebuild } from './recovery.ts';
import { Sequencer } from './sequencer.ts';
import { SnapshotBuilder } from './snapshot.ts';

/** What the thread is started with. */
export interface SnapshotTask {
  readonly journalFolder: string;
  readonly outbox: OutboxOptions | undefined;
}

/** What it answers. */
export interface SnapshotMade {
  readonly sequence: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const ignore = (): void => undefined;

async function make({ journalFolder, outbox: options }: SnapshotTask): Promise<SnapshotMade> {
  const clock = createSystemClock();
  const journal = await openFileJournal({ folder: journalFolder, clock });
  const outbox = new Outbox(options);
  const sequencer = new Sequencer(outbox, clock, { onAppended: ignore, onStalled: ignore, onResumed: ignore });
  const { engine } = await rebuild(journal, sequencer, outbox);
  const builder = new SnapshotBuilder(engine.snapshot(), outbox, sequencer.inbound);
  while (!builder.step());
  await journal.close();
  return { sequence: sequencer.lastSequence, bytes: builder.bytes };
}

invariant(parentPort !== null, 'snapshot-worker.no-parent');
const made = await make(workerData as SnapshotTask);
parentPort.postMessage(made, [made.bytes.buffer]);
