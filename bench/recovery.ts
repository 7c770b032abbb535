/**
 * A cold start: a journal of ten million entries, written by the real leader while the real engine carries them out, is
 * read and carried out again by new processes. Every process ends with the engine's state hash, which must be the same.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { NODE_V8_FLAGS, bundle } from '#app/bundle.ts';
import { medianOfRuns, say } from './report.ts';
import type { Figures } from './report.ts';

const RUNS = 5;
const COMMANDS = 10_000_000;
const WRITER_HEAP_MB = 8192;

interface WrittenJournal {
  entries: number;
  bytes: number;
  stateHash: string;
}
interface ReadJournal extends WrittenJournal {
  seconds: number;
  secondsWithoutEngine: number;
}

export async function run(): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'nautilus-recovery-'));
  const journal = join(folder, 'journal');
  try {
    const writer = await bundle('bench/recovery/write-run.ts', join(folder, 'write.mjs'));
    const reader = await bundle('bench/recovery/read-run.ts', join(folder, 'read.mjs'));
    const written = start([
      `--max-old-space-size=${WRITER_HEAP_MB}`,
      writer,
      journal,
      String(COMMANDS),
    ]) as WrittenJournal;
    const mean = written.bytes / written.entries;
    say(
      `written: ${written.entries} entries, ${mean.toFixed(1)} bytes each with the journal's own, hash ${written.stateHash}`,
    );
    let hashEqual = true;
    const once = (): Figures => {
      const isCold = forgetPages(journal);
      const read = start([reader, journal]) as ReadJournal;
      hashEqual &&= read.stateHash === written.stateHash && read.entries === written.entries;
      return {
        entriesPerSecond: read.entries / read.seconds,
        checkedMegabytesPerSecond: read.bytes / 1e6 / read.secondsWithoutEngine,
        isFromDisk: isCold ? 1 : 0,
      };
    };
    const figures = await medianOfRuns('cold start, a new process each', RUNS, once);
    say(`every state hash equal to the one of the engine that ran live: ${hashEqual}`);
    return { ...figures, hashEqual };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function start(args: readonly string[]): unknown {
  const output = execFileSync(process.execPath, [...NODE_V8_FLAGS, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(output);
}

/** Has the kernel forget the journal's pages, so that they come from the disk as after a restart of the machine. */
function forgetPages(journal: string): boolean {
  try {
    for (const name of readdirSync(journal)) {
      const file = `of=${join(journal, name)}`;
      execFileSync('dd', [file, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none'], {
        stdio: 'ignore',
      });
    }
    return true;
  } catch {
    // Not every system's dd can; the figure says which it was.
    return false;
  }
}
