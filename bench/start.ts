/**
 * What `npm start` costs before anything happens: seconds until the console's first page is there with its assets, then
 * the processor time and memory of everything it started, with the demo paused. Every run starts in an empty folder.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { benchFolder } from './lib/node-process.ts';
import { RUNS_MIN, medianOfRuns, say } from './report.ts';
import type { Figures } from './report.ts';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;
const LOOK_MS = 5;
/** What follows a start (compilation, the markets' opening) is not idling. */
const SETTLE_MS = 4000;
const IDLE_MS = 10_000;
/** Of /proc/PID/stat on every Linux that Node runs on. */
const CLOCK_TICKS_PER_SECOND = 100;
const KIB_PER_MB = 1024;
/** Numbers of the fields of /proc/PID/stat after the command's name, which may hold spaces. */
const StatField = { parent: 1, userTicks: 11, systemTicks: 12 } as const;

const TARGETS = { idleCpuPercent: 10, rssMb: 1024 } as const;

/** Keys: idleCpuPercent (of one core), rssMb, secondsToPage. */
export async function run(): Promise<object> {
  const figures = await medianOfRuns('npm start, demo paused', RUNS_MIN, measure);
  for (const [key, most] of Object.entries(TARGETS)) {
    const value = figures[key] ?? Number.NaN;
    say(`  ${key} ${value.toFixed(1)}, to be at most ${most}: ${value <= most ? 'met' : 'MISSED'}`);
  }
  return figures;
}

async function measure(number: number): Promise<Figures> {
  const data = join(benchFolder(), `run-${number}`);
  const begun = performance.now();
  const child = spawn('npm', ['start', '--silent', '--', '--port', '0', '--data', data, '--paused'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit');
  try {
    const { url, pid } = await within(START_TIMEOUT_MS, 'it does not serve its page', async () => {
      const found = await noteOf(data, child);
      await loadPage(found.url);
      return found;
    });
    const secondsToPage = (performance.now() - begun) / 1000;
    await pause(SETTLE_MS);
    const tree = descendants(child.pid ?? 0);
    if (!tree.includes(pid)) throw new Error(`process ${pid} is not one that was started here`);
    const before = ticksOf(tree);
    const from = performance.now();
    await pause(IDLE_MS);
    const seconds = (performance.now() - from) / 1000;
    const idleCpuPercent = ((ticksOf(tree) - before) / CLOCK_TICKS_PER_SECOND / seconds) * 100;
    const rssMb = tree.reduce((sum, member) => sum + rssMbOf(member), 0);
    if ((await fetch(`${url}/ready`)).status !== 200) throw new Error('it is not ready after idling');
    process.kill(pid, 'SIGTERM');
    await within(STOP_TIMEOUT_MS, 'it does not stop', async () => ended);
    return { idleCpuPercent, rssMb, secondsToPage };
  } finally {
    for (const member of child.exitCode === null ? descendants(child.pid ?? 0) : []) process.kill(member, 'SIGKILL');
  }
}

interface Note {
  readonly url: string;
  readonly pid: number;
}

/** Where the platform says it is, as soon as it does. */
async function noteOf(data: string, child: { readonly exitCode: number | null }): Promise<Note> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode}`);
    try {
      const note = JSON.parse(readFileSync(join(data, 'platform.json'), 'utf8')) as Note & { url: string | null };
      if (note.url !== null) return note;
    } catch {
      // Not there yet.
    }
    await pause(LOOK_MS);
  }
}

/** Gets the page and everything it names, as a browser would before it shows something. */
async function loadPage(url: string): Promise<void> {
  const page = await get(`${url}/`);
  const assets = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path ?? '');
  if (!assets.some((path) => path.endsWith('.js'))) throw new Error('the page names no program: is the console built?');
  await Promise.all(assets.map(async (path) => get(`${url}${path}`)));
}

async function get(address: string): Promise<string> {
  const response = await fetch(address, { headers: { accept: 'text/html,*/*' } });
  if (response.status !== 200) throw new Error(`${address}: status ${response.status}`);
  return response.text();
}

/** A process and all that it started, directly or not. */
function descendants(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const parent = Number.isInteger(pid) ? Number(statOf(pid)?.[StatField.parent] ?? Number.NaN) : Number.NaN;
    if (!Number.isNaN(parent)) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found = statOf(root) === undefined ? [] : [root];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

function statOf(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function ticksOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const fields = statOf(pid);
    if (fields === undefined) throw new Error(`process ${pid} has ended`);
    return sum + Number(fields[StatField.userTicks]) + Number(fields[StatField.systemTicks]);
  }, 0);
}

function rssMbOf(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1] ?? Number.NaN) / KIB_PER_MB;
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

async function within<T>(timeoutMs: number, what: string, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
