/**
 * A member of a shard as a process of its own: `jetstream-member.ts PLACE WRITER LEDGER`. Takes the lead, appends without
 * pause, and writes what is acknowledged as replicated into a ledger, synced, before it says so. Lines on standard output:
 * `lead EPOCH`, `acked SEQUENCE`, `stalled CODE`, and at its end `fenced` or `lost CODE`.
 */
import fs from 'node:fs';
import { AckLevel } from '#kit/ports/journal.ts';
import type { Leadership } from '#kit/ports/journal.ts';
import { JetStreamJournal } from '#journal/jetstream/jetstream-journal.ts';
import { appendEntries } from '#journal/testing-entries.ts';
import { memberOptions } from '../conformance/journal-jetstream-opener.ts';
import type { StreamPlace } from '../conformance/journal-jetstream-opener.ts';

const STANDARD_OUTPUT = 1;
const BATCHES_PER_TURN = 10;
const BATCH_ENTRIES_MAX = 60;
const TURN_MS = 5;

function tell(line: string): void {
  fs.writeSync(STANDARD_OUTPUT, `${line}\n`);
}

function keepLedger(leadership: Leadership, writer: number, file: string): () => void {
  const ledger = fs.openSync(file, 'a');
  let written = leadership.reached(AckLevel.replicated);
  return () => {
    const acked = leadership.reached(AckLevel.replicated);
    if (acked === written) return;
    fs.writeSync(ledger, `${leadership.epoch} ${written + 1} ${acked} ${writer}\n`);
    fs.fdatasyncSync(ledger);
    written = acked;
    tell(`acked ${acked}`);
  };
}

async function main(): Promise<void> {
  const [placeText, writerText, file] = process.argv.slice(2);
  const place = JSON.parse(placeText) as StreamPlace & { homeDomain?: string };
  const writer = Number(writerText);
  const journal = await JetStreamJournal.open({ ...memberOptions(place), homeDomain: place.homeDomain ?? 'elsewhere' });
  const leadership = await journal.lead();
  tell(`lead ${leadership.epoch}`);
  const acknowledge = keepLedger(leadership, writer, file);
  leadership.onReached((level) => {
    if (level === AckLevel.replicated) acknowledge();
  });
  leadership.onFault((fault) => {
    tell(fault.kind === 'fenced' ? 'fenced' : `stalled ${fault.code}`);
    if (fault.kind === 'fenced') process.exit(0);
  });
  let turns = 0;
  setInterval(() => {
    for (let batch = 0; batch < BATCHES_PER_TURN; batch++) {
      turns++;
      if (appendEntries(leadership, 1 + (turns % BATCH_ENTRIES_MAX), writer) !== undefined) return;
    }
  }, TURN_MS);
}

try {
  await main();
} catch (error) {
  tell(`lost ${error instanceof Error && 'code' in error ? String(error.code) : String(error)}`);
  process.exit(0);
}
