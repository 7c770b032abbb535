/** Starts cold from a journal: `read-run.ts FOLDER`. Prints what it read, and how long that took, as JSON. */
import { createSystemClock } from '#kit/clock.ts';
import { openFileJournal } from '#journal/file-journal.ts';
import { Engine } from '#trading/engine.ts';

const [folder] = process.argv.slice(2);
let begun = performance.now();
const journal = await openFileJournal({ folder, clock: createSystemClock() });
const engine = new Engine(() => {});
let entries = 0;
let bytes = 0;
journal.read(1, (batch) => {
  const { words, end } = batch;
  for (let at = batch.start; at < end; at += words[at] >>> 16) engine.apply(words, at);
  entries += batch.count;
});
const seconds = (performance.now() - begun) / 1000;
const stateHash = engine.stateHash();

begun = performance.now();
journal.read(1, (batch) => {
  bytes += (batch.end - batch.start) * 4;
});
const secondsWithoutEngine = (performance.now() - begun) / 1000;
await journal.close();
process.stdout.write(JSON.stringify({ entries, bytes, stateHash, seconds, secondsWithoutEngine }));
