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

function appendForEver(leadership: Leadership, writer: number): void {
  let turns = 0;
  const turn = (): void => {
    for (let batch = 0; batch < BATCHES_PER_TURN; batch++) {
      const fault = appendEntries(leadership, 1 + ((turns + batch) % BATCH_ENTRIES_MAX), writer);
      const acked = leadership.reached(AckLevel.journaled);
      if (fault?.kind === 'fenced') {
        tell(`fenced ${acked}`);
        process.exit(0);
      }
      if (fault === undefined) tell(`acked ${acked}`);
    }
    if (++turns % DURABLE_EVERY_TURNS === 0) leadership.requestDurable();
    setImmediate(turn);
  };
  leadership.onReached((level, sequence) => {
    if (level === AckLevel.durable) tell(`durable ${sequence}`);
  });
  turn();
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
  appendForEver(leadership, Number(writer));
}

await main();
