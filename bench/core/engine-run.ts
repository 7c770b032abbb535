/**
 * One run of the engine over the benchmark's flow: `engine-run.ts MEASURE WORDS OFFSETS`, a process with one engine, as a
 * node is. Prints the figures of its measure (`rate`, `each` or `bytes`) as JSON.
 */
import { readFileSync } from 'node:fs';
import { Engine } from '#trading/engine.ts';
import { Histogram } from '#kit/histogram.ts';
import { makeSetup } from '../flow-setup.ts';
import { ACCOUNTS, COMMANDS, COMMANDS_IN_ALL, INSTRUMENTS } from './mix.ts';

/** Commands between two looks at the heap: few enough that no collection falls between them. */
const ALLOCATION_WINDOW = 100_000;

/** Events are summed up, so that nothing about them can be left out. */
let eventWords = 0;
const engine = new Engine((_words, end) => {
  eventWords += end;
});
const [measure = '', wordsFile = '', offsetsFile = ''] = process.argv.slice(2);
const words = readWords(wordsFile);
const offsets = readWords(offsetsFile);
const last = offsets.length - 1;
const first = last - COMMANDS;

function readWords(file: string): Int32Array {
  const bytes = Uint8Array.from(readFileSync(file));
  return new Int32Array(bytes.buffer);
}

function measureRate(): object {
  const begun = performance.now();
  for (let index = first; index < last; index++) engine.apply(words, offsets[index]);
  return { opsPerSecond: (COMMANDS / (performance.now() - begun)) * 1000 };
}

/** Nanoseconds of each command, the clock's own reading included. */
function measureEach(): object {
  const nanos = new Histogram();
  let before = performance.now();
  for (let index = first; index < last; index++) {
    engine.apply(words, offsets[index]);
    const after = performance.now();
    nanos.record(Math.round((after - before) * 1e6));
    before = after;
  }
  return { p50Nanos: nanos.quantile(0.5), p99Nanos: nanos.quantile(0.99), p999Nanos: nanos.quantile(0.999) };
}

function measureBytes(): object {
  const windows: number[] = [];
  for (let from = first; from + ALLOCATION_WINDOW <= last; from += ALLOCATION_WINDOW) {
    const before = process.memoryUsage().heapUsed;
    for (let index = from; index < from + ALLOCATION_WINDOW; index++) engine.apply(words, offsets[index]);
    windows.push((process.memoryUsage().heapUsed - before) / ALLOCATION_WINDOW);
  }
  return { bytesPerOp: windows.toSorted((a, b) => a - b)[windows.length >> 1] };
}

const setup = makeSetup(INSTRUMENTS, ACCOUNTS, COMMANDS_IN_ALL);
for (const at of setup.offsets) engine.apply(setup.words, at);
for (let index = 0; index < first; index++) engine.apply(words, offsets[index]);
globalThis.gc?.();
const figures = measure === 'rate' ? measureRate() : measure === 'each' ? measureEach() : measureBytes();
if (eventWords === 0) throw new Error('the engine said nothing');
process.stdout.write(JSON.stringify(figures));
