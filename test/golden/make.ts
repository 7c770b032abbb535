/**
 * Writes golden journals: `node test/golden/make.ts` adds those that are missing and writes state hashes anew. It never
 * changes a journal that is there, and refuses to go on where one no longer gives its digest.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { SEMANTICS_VERSION } from '#trading/capacity.ts';
import { runStream } from '../reference/stream.ts';
import type { GoldenEntry } from './journal.ts';
import { indexFile, play, readIndex, readWords, wordsFile } from './journal.ts';

const COMMANDS = 400;
/** Streams with deep books, tight capacities, huge values, pro-rata, auctions and noise among them. */
const SEEDS = [11, 24, 35, 48, 56, 72, 81, 99] as const;

function wordsOfStream(seed: number): Int32Array {
  const { script, difference } = runStream(seed, COMMANDS, { holdingsEvery: 1, restoreEvery: 0 });
  if (difference !== undefined) throw new Error(`the engines disagree over seed ${seed}: make no golden journal of it`);
  const words = new Int32Array(script.reduce((sum, step) => sum + step.words.length, 0));
  let at = 0;
  for (const step of script) {
    words.set(step.words, at);
    at += step.words.length;
  }
  return words;
}

function refreshed(entry: GoldenEntry): GoldenEntry {
  const now = play(readWords(entry.name));
  if (now.digest !== entry.digest) {
    throw new Error(
      `${entry.name} gives another history than it did: a change of behaviour needs a new semantics version`,
    );
  }
  return { ...entry, stateHash: now.stateHash };
}

const entries = existsSync(indexFile()) ? readIndex().map(refreshed) : [];
for (const seed of SEEDS) {
  const name = `semantics-${SEMANTICS_VERSION}-stream-${seed}`;
  if (entries.some((entry) => entry.name === name)) continue;
  const words = wordsOfStream(seed);
  writeFileSync(wordsFile(name), new Uint8Array(words.buffer));
  entries.push({ name, semantics: SEMANTICS_VERSION, ...play(words) });
}
writeFileSync(indexFile(), `${JSON.stringify(entries, undefined, 2)}\n`);
