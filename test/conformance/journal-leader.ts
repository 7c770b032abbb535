/**
 * A leader as a process of its own: `journal-leader.ts OPENER PLACE WRITER [wait]`. Takes the lead and appends batches
 * without pause, telling its parent on standard output, a line each and as it happens:
 * `lead EPOCH`, `acked SEQUENCE`, `durable SEQUENCE`, and before it ends `fenced SEQUENCE` (the last acknowledged) or
 * `lost CODE` when somebody else took the lead first. With `wait` it takes the lead when a line comes in.
 */
import fs from 'node:fs';
import { flushCompileCache } from 'node:module';
import { AckLevel } from '#kit/ports/journal.ts';
import type { Leadership } from '#kit/ports/journal.ts';
import { appendEntries } from '#journal/testing-entries.ts';
import type { JournalOpener } from './journal-driver.ts';

const STANDARD_OUTPUT = 1;
const BATCH_ENTRIES_MAX = 9;
const BATCHES_PER_TURN = 8;
const DURABLE_EVERY_TURNS = 5;

function tell(line: string): void {
  fs.writeSync(STANDARD_OUTPUT, `${line}\n`);
}

function appendForEver(leadership: Leadership, writer: number, decidedAt: AckLevel): void {
  let turns = 0;
  let told = leadership.reached(decidedAt);
  const tellAcked = (): void => {
    const acked = leadership.reached(decidedAt);
    if (acked > told) tell(`acked ${acked}`);
    told = acked;
  };
  const turn = (): void => {
    for (let batch = 0; batch < BATCHES_PER_TURN; batch++) {
      const fault = appendEntries(leadership, 1 + ((turns + batch) % BATCH_ENTRIES_MAX), writer);
      if (fault?.kind === 'fenced') endFenced(leadership.reached(decidedAt));
      tellAcked();
    }
    if (++turns % DURABLE_EVERY_TURNS === 0) leadership.requestDurable();
    setImmediate(turn);
  };
  leadership.onReached((level, sequence) => {
    if (level === AckLevel.durable) tell(`durable ${sequence}`);
    if (level === decidedAt) tellAcked();
  });
  leadership.onFault((fault) => {
    if (fault.kind === 'fenced') endFenced(leadership.reached(decidedAt));
  });
  turn();
}

function endFenced(acked: number): never {
  tell(`fenced ${acked}`);
  process.exit(0);
}

async function main(): Promise<void> {
  const [module, place, writer, wait] = process.argv.slice(2);
  const { opener } = (await import(module)) as { opener: JournalOpener };
  const journal = await opener.open(place);
  // Whoever is killed cannot do this when it ends.
  flushCompileCache();
  if (wait === 'wait') {
    tell('ready');
    fs.readSync(0, new Uint8Array(16));
  }
  let leadership: Leadership;
  try {
    leadership = await journal.lead();
  } catch (error) {
    tell(`lost ${error instanceof Error && 'code' in error ? String(error.code) : String(error)}`);
    return;
  }
  tell(`lead ${leadership.epoch}`);
  appendForEver(leadership, Number(writer), opener.decidedAt);
}

await main();
