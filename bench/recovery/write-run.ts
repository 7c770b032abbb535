/** Writes the benchmark's journal: `write-run.ts FOLDER COMMANDS`. Prints what it wrote as JSON. */
import { readdirSync, statSync } from 'node:fs';
import { createSystemClock } from '#kit/clock.ts';
import { openFileJournal } from '#journal/file-journal.ts';
import type { FileLeadership } from '#journal/leadership.ts';
import { Engine } from '#trading/engine.ts';
import { makeSetup } from '../flow-setup.ts';
import { makeFlow } from '../flow.ts';

const INSTRUMENTS = 4;
const ACCOUNTS = 16;
const SEED = 20_240_103;
/** Commands of one turn of a busy node's loop. */
const BATCH_COMMANDS = 32;
/** Appends before the disk is waited for, so that it is never far behind. */
const BATCHES_AHEAD = 4096;
const STAMPS = { matchedNanos: 9_000, writtenNanos: 14_000, ackedNanos: 18_000 };

const [folder, commands] = process.argv.slice(2);
const setup = makeSetup(INSTRUMENTS, ACCOUNTS, Number(commands) + 65_536);
const flow = makeFlow(setup, Number(commands), SEED);
const engine = new Engine(() => {});
const journal = await openFileJournal({ folder, clock: createSystemClock() });
const leadership = await journal.lead();

function append(words: Int32Array, start: number, end: number, count: number, to: FileLeadership): void {
  const fault = to.append(to.nextSequence, words, start, end, count, to.nextSequence, STAMPS);
  if (fault !== undefined) throw new Error(fault.message);
}

for (const [index, at] of setup.offsets.entries()) {
  engine.apply(setup.words, at);
  const end = setup.offsets[index + 1] ?? at + (setup.words[at] >>> 16);
  append(setup.words, at, end, 1, leadership);
}
const last = flow.offsets.length - 1;
for (let from = 0, batches = 1; from < last; from += BATCH_COMMANDS, batches++) {
  const to = Math.min(last, from + BATCH_COMMANDS);
  for (let index = from; index < to; index++) engine.apply(flow.words, flow.offsets[index]);
  append(flow.words, flow.offsets[from], flow.offsets[to], to - from, leadership);
  if (batches % BATCHES_AHEAD === 0) await leadership.durable(leadership.nextSequence - 1);
}
const entries = leadership.nextSequence - 1;
await journal.close();
let bytes = 0;
for (const name of readdirSync(folder)) if (name.startsWith('segment')) bytes += statSync(`${folder}/${name}`).size;
process.stdout.write(JSON.stringify({ entries, bytes, stateHash: engine.stateHash() }));
