/**
 * What this machine can be seen to offer a node: loop and disk latency measured, isolation, affinity, huge pages and clock
 * read from the system. What cannot be read is null, never a guess. Blocks its thread for about a second: run it in its own.
 */
import { execFile } from 'node:child_process';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Histogram } from '#kit/histogram.ts';

export interface MachineReading {
  readonly loopP50Micros: number;
  /** From one turn of a spinning event loop to the next, 99th percentile. */
  readonly loopP99Micros: number;
  readonly loopMaxMicros: number;
  readonly fsyncP50Micros: number;
  readonly fsyncP99Micros: number;
  /** Distance of the clock from its source with its error, as the time daemon states it; null where none can be asked. */
  readonly clockDivergenceMicros: number | null;
  readonly clockSource: string;
  readonly isolatedCores: number;
  readonly allowedCores: number;
  readonly cores: number;
  readonly hugePages: number;
  readonly isHugePagesByDefault: boolean;
  readonly governor: string | null;
}

const LOOP_TURNS = 200_000;
const LOOP_MS_MAX = 700;
const SYNCS = 100;
const SYNC_BYTES = 4096;
const DAEMON_TIMEOUT_MS = 2000;
const MICROS = 1e6;
const run = promisify(execFile);

/** @param folder where the journal would lie; the disk is measured there */
export async function readMachine(folder: string): Promise<MachineReading> {
  const loop = await measureLoop();
  const disk = measureSync(folder);
  const clock = await askTimeDaemon();
  const allowed = /^Cpus_allowed_list:\s*(.*)$/m.exec(textOf('/proc/self/status') ?? '')?.[1] ?? '';
  return {
    loopP50Micros: loop.quantile(0.5) / 1000,
    loopP99Micros: loop.quantile(0.99) / 1000,
    loopMaxMicros: loop.quantile(1) / 1000,
    fsyncP50Micros: disk.quantile(0.5) / 1000,
    fsyncP99Micros: disk.quantile(0.99) / 1000,
    ...clock,
    isolatedCores: countCores(textOf('/sys/devices/system/cpu/isolated') ?? ''),
    allowedCores: countCores(allowed),
    cores: countCores(textOf('/sys/devices/system/cpu/online') ?? ''),
    hugePages: Number(/^HugePages_Total:\s*(\d+)/m.exec(textOf('/proc/meminfo') ?? '')?.[1] ?? 0),
    isHugePagesByDefault: /\[always\]/.test(textOf('/sys/kernel/mm/transparent_hugepage/enabled') ?? ''),
    governor: textOf('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor')?.trim() ?? null,
  };
}

async function measureLoop(): Promise<Histogram> {
  const histogram = new Histogram();
  const began = performance.now();
  let before = began;
  for (let turn = 0; turn < LOOP_TURNS && before - began < LOOP_MS_MAX; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    const now = performance.now();
    histogram.record((now - before) * MICROS);
    before = now;
  }
  return histogram;
}

function measureSync(folder: string): Histogram {
  const histogram = new Histogram();
  const own = mkdtempSync(path.join(folder, '.self-test-'));
  const fd = openSync(path.join(own, 'sync'), 'w');
  try {
    const bytes = new Uint8Array(SYNC_BYTES).fill(0x5a);
    for (let at = 0; at < SYNCS; at++) {
      writeSync(fd, bytes);
      const began = performance.now();
      fdatasyncSync(fd);
      histogram.record((performance.now() - began) * MICROS);
    }
  } finally {
    closeSync(fd);
    rmSync(own, { recursive: true });
  }
  return histogram;
}

/** chrony's own figures: offset, plus half the root delay, plus the root dispersion (RFC 5905, root distance). */
async function askTimeDaemon(): Promise<{ clockDivergenceMicros: number | null; clockSource: string }> {
  try {
    const { stdout } = await run('chronyc', ['-c', 'tracking'], { timeout: DAEMON_TIMEOUT_MS });
    const fields = stdout.trim().split(',').map(Number);
    const [offset, delay, dispersion] = [fields[4], fields[10], fields[11]];
    const distance = (Math.abs(offset) + delay / 2 + dispersion) * MICROS;
    if (Number.isFinite(distance)) return { clockDivergenceMicros: distance, clockSource: 'chronyd' };
    return { clockDivergenceMicros: null, clockSource: 'chronyd answers in an unknown form' };
  } catch {
    return { clockDivergenceMicros: null, clockSource: 'no time daemon that can be asked (chronyc)' };
  }
}

/** How many cores a list such as `0-3,8` names. */
function countCores(list: string): number {
  return list
    .trim()
    .split(',')
    .filter((part) => part !== '')
    .reduce((sum, part) => {
      const [from, to = from] = part.split('-').map(Number);
      return sum + to - from + 1;
    }, 0);
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
