/**
 * An edge node: gateway, sequencer, engine and journal on one thread, and nothing else. `startNode` recovers, takes the
 * leadership, opens the door; `stop` closes it in good order with a snapshot. The process around it is `main.ts`.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '#kit/errors.ts';
import type { Clock } from '#kit/clock.ts';
import type { Journal } from '#kit/ports/journal.ts';
import { openFileJournal } from '#journal/file-journal.ts';
import { DEFAULT_CAPACITY, writeGenesis } from '#trading/capacity.ts';
import type { Capacity } from '#trading/capacity.ts';
import { GENESIS_WORDS } from '#trading/commands.ts';
import type { Engine } from '#trading/engine.ts';
import { EDGE_ERRORS } from './errors.ts';
import { listen } from './listener.ts';
import type { Listener } from './listener.ts';
import type { NodeOptions, NodeParts, RunningNode } from './node-types.ts';
import { createCore, openNode } from './open-node.ts';
import { recover } from './recovery.ts';
import type { Sequencer } from './sequencer.ts';
import { warmUp } from './warm-up.ts';

/** A clock further behind the journal than this is told to people: timers and rates stand still meanwhile. */
const CLOCK_BEHIND_MICROS_MAX = 1e6;

/** Starts a node. Rejects with a coded error that says what is wrong; then nothing is left running. */
export async function startNode(options: NodeOptions, parts: NodeParts): Promise<RunningNode> {
  const { clock } = parts;
  const listener = await listen(options.listen);
  let journal: Journal | undefined;
  try {
    if (options.warmUp !== false) warmUp(clock, options.capacity);
    journal = parts.journal ?? (await openJournal(options.journalFolder, clock));
    return await startOn(listener, journal, options, parts);
  } catch (error) {
    listener.close();
    await journal?.close();
    throw error;
  }
}

async function startOn(
  listener: Listener,
  journal: Journal,
  options: NodeOptions,
  parts: NodeParts,
): Promise<RunningNode> {
  const core = createCore(options, parts);
  const recovery = await recover(journal, core.sequencer, core.outbox);
  core.points.useEngine(recovery.engine);
  takeUp(core.sequencer, recovery.engine, options, parts);
  return openNode(core, recovery, listener, journal, options, parts);
}

/** What a new leader does first: tells of a clock that is behind, and begins a journal that is empty. */
export function takeUp(sequencer: Sequencer, engine: Engine, options: NodeOptions, parts: NodeParts): void {
  const aheadMicros = sequencer.lastTimeMicros - parts.clock.nowMicros();
  if (aheadMicros > CLOCK_BEHIND_MICROS_MAX) {
    const seconds = Math.ceil(aheadMicros / 1e6);
    parts.log(`the clock is ${seconds} s behind the journal: its time stands still until the clock has caught up`);
  }
  if (engine.view === undefined) begin(sequencer, { ...DEFAULT_CAPACITY, ...options.capacity });
}

export async function openJournal(folder: string, clock: Clock): Promise<Journal> {
  try {
    if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new CodedError(EDGE_ERRORS.EDGE_DATA_UNWRITABLE, `${join(folder)}: ${cause}`, { cause: error });
  }
  return openFileJournal({ folder, clock });
}

/** The first command of an empty journal. */
function begin(sequencer: Sequencer, capacity: Capacity): void {
  const at = sequencer.reserve(GENESIS_WORDS);
  writeGenesis(sequencer.words, at, capacity, 0);
  sequencer.submitNow();
  if (!sequencer.append()) {
    throw new CodedError(EDGE_ERRORS.EDGE_JOURNAL_REFUSES, sequencer.fault?.message ?? '');
  }
}
