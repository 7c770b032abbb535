/**
 * The engine alone: commands a second, time of each, bytes allocated for each; and another order book of npm on the same
 * flow. Both run in processes of their own, ours from one file as the node does.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NODE_V8_FLAGS, bundle } from '#app/bundle.ts';
import { ACCOUNTS, COMMANDS, COMMANDS_IN_ALL, INSTRUMENTS, SEED, WARM_UP_COMMANDS } from './core/mix.ts';
import { makeSetup } from './flow-setup.ts';
import { makeFlow } from './flow.ts';
import { medianOfRuns, say } from './report.ts';
import type { Figures } from './report.ts';

const RUNS = 5;
const OUTPUT_BYTES_MAX = 1 << 20;

export async function run(): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'nautilus-core-'));
  try {
    const ours = await bundle('bench/core/engine-run.ts', join(folder, 'engine.mjs'));
    const theirs = await bundle('bench/core/peer-run.ts', join(folder, 'peer.mjs'));
    say('2 million commands, 4 instruments, about 13,000 resting orders; every check on; a process per figure and run');
    const flow = writeFlow(folder);
    const engine = await medianOfRuns('nautilus', RUNS, () => ({
      ...runOnce(ours, 'rate', ...flow),
      ...runOnce(ours, 'each', ...flow),
      ...runOnce(ours, 'bytes', ...flow),
    }));
    const peer = await medianOfRuns('nodejs-order-book, the same flow', RUNS, () => runOnce(theirs));
    const ratio = engine.opsPerSecond / peer.opsPerSecond;
    say(`\nratio ${ratio.toFixed(1)}`);
    return { ...engine, peer, ratio };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The flow in two files, made here: the measured process has one engine only. */
function writeFlow(folder: string): [string, string] {
  const setup = makeSetup(INSTRUMENTS, ACCOUNTS, COMMANDS_IN_ALL);
  const { words, offsets } = makeFlow(setup, WARM_UP_COMMANDS + COMMANDS, SEED);
  const files: [string, string] = [join(folder, 'words'), join(folder, 'offsets')];
  writeFileSync(files[0], words);
  writeFileSync(files[1], offsets);
  return files;
}

function runOnce(program: string, ...given: string[]): Figures {
  const output = execFileSync(process.execPath, ['--expose-gc', ...NODE_V8_FLAGS, program, ...given], {
    encoding: 'utf8',
    maxBuffer: OUTPUT_BYTES_MAX,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(output) as Figures;
}
