/**
 * The note in the data folder that says which platform process uses it: `platform.json`. Made before anything else is
 * started, so that two platforms never share a folder; read by the command line. Holds no secrets.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CodedError } from '#kit/errors.ts';
import { APP_ERRORS } from './errors.ts';

const schema = z.object({
  pid: z.int().positive(),
  /** Address of console and API; null while the platform is starting. */
  url: z.string().nullable(),
  /** Where order-entry sessions connect to. */
  orderEntryAddress: z.string().nullable(),
  startedMicros: z.int(),
});

export type RunningPlatform = z.infer<typeof schema>;

const FILE = 'platform.json';
/** How often a claim that meets the note of an ended process is tried again. */
const CLAIM_ATTEMPTS_MAX = 3;

/** Notes that this process uses the folder. Throws APP_ALREADY_RUNNING where another one does. */
export function claimFolder(dataFolder: string, startedMicros: number): void {
  const claim: RunningPlatform = { pid: process.pid, url: null, orderEntryAddress: null, startedMicros };
  for (let attempt = 1; attempt <= CLAIM_ATTEMPTS_MAX; attempt++) {
    if (createNote(dataFolder, claim)) return;
    const holder = findRunning(dataFolder);
    if (holder !== undefined) {
      const where = holder.url === null ? 'it is starting' : `it serves ${holder.url}`;
      throw new CodedError(APP_ERRORS.APP_ALREADY_RUNNING, `${dataFolder} is used by process ${holder.pid}, ${where}`);
    }
    rmSync(join(dataFolder, FILE), { force: true });
  }
  throw new CodedError(APP_ERRORS.APP_ALREADY_RUNNING, `${dataFolder} is claimed by processes that come and go`);
}

/** Completes the note once there are addresses. */
export function noteAddresses(dataFolder: string, running: Omit<RunningPlatform, 'pid'>): void {
  const draft = join(dataFolder, `${FILE}.${process.pid}`);
  writeFileSync(draft, textOf({ pid: process.pid, ...running }));
  renameSync(draft, join(dataFolder, FILE));
}

/** Removes the note. */
export function releaseFolder(dataFolder: string): void {
  rmSync(join(dataFolder, FILE), { force: true });
}

/** The platform that uses the folder now; undefined when there is none, or its process has ended. */
export function findRunning(dataFolder: string): RunningPlatform | undefined {
  const note = readNote(dataFolder);
  return note !== undefined && isPlatform(note.pid) ? note : undefined;
}

function createNote(dataFolder: string, claim: RunningPlatform): boolean {
  try {
    writeFileSync(join(dataFolder, FILE), textOf(claim), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new CodedError(APP_ERRORS.APP_DATA_UNWRITABLE, String(error), { cause: error });
  }
}

function textOf(running: RunningPlatform): string {
  return `${JSON.stringify(running)}\n`;
}

function readNote(dataFolder: string): RunningPlatform | undefined {
  try {
    return schema.safeParse(JSON.parse(readFileSync(join(dataFolder, FILE), 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Whether the process lives and, where that can be seen, is a platform and not a later process of the same number. */
function isPlatform(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  if (pid === process.pid) return false;
  try {
    return /src\/(?:app|cli)\/main\.ts/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  } catch {
    return process.platform !== 'linux';
  }
}
