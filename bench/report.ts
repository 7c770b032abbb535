/**
 * How benchmarks speak: lines for people on standard error, figures as the median of several runs, every run shown.
 * Never drops a run and never rounds what is returned.
 */
import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';

/** Figures of one run, by name. */
export type Figures = Readonly<Record<string, number>>;

export const RUNS_MIN = 5;

/** One line for people. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** The machine, Node and the present load, in a line each. */
export function describeMachine(): string[] {
  const processors = cpus();
  const [one, five] = loadavg();
  const gigabytes = (totalmem() / 2 ** 30).toFixed(1);
  return [
    `machine: ${processors.length} × ${processors[0]?.model.trim() ?? 'unknown processor'}, ${gigabytes} GiB, ${kernel()}`,
    `Node ${process.version}, V8 ${process.versions.v8}`,
    `load before: ${one.toFixed(2)} over one minute, ${five.toFixed(2)} over five`,
  ];
}

function kernel(): string {
  try {
    return `Linux ${readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim()}`;
  } catch {
    return process.platform;
  }
}

/** The middle value; the mean of the two middle ones where there is an even number. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) throw new RangeError('no values to take the median of');
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Runs `once` at least five times, prints the figures of every run, and returns the median of each. */
export async function medianOfRuns(
  title: string,
  runs: number,
  once: (run: number) => Promise<Figures> | Figures,
): Promise<Record<string, number>> {
  if (runs < RUNS_MIN) throw new RangeError(`${title}: ${runs} runs, at least ${RUNS_MIN} are needed`);
  const all: Figures[] = [];
  say(`\n${title}`);
  for (let run = 1; run <= runs; run++) {
    const figures = await once(run);
    all.push(figures);
    say(`  run ${run}: ${formatFigures(figures)}`);
  }
  const medians: Record<string, number> = {};
  for (const key of Object.keys(all[0])) medians[key] = median(all.map((figures) => figures[key]));
  say(`  median: ${formatFigures(medians)}`);
  return medians;
}

/** Figures in one line. */
export function formatFigures(figures: Figures): string {
  return Object.entries(figures)
    .map(([key, value]) => `${key} ${formatNumber(value)}`)
    .join(', ');
}

function formatNumber(value: number): string {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en');
  return String(Math.round(value * 1000) / 1000);
}
