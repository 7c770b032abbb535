/**
 * Lets one set-up work at a time in a clone, also when two npm scripts are started at once.
 * A lock whose owner died or fell silent is taken over; waiting ends after a while, with a name to look for.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SetupFailure } from './failure.mjs';
import { ROOT } from './paths.mjs';

// Not inside node_modules: "npm ci" empties that.
const LOCK = path.join(ROOT, '.setup-lock');
const OWNER = path.join(LOCK, 'owner');
const HEARTBEAT_MS = 2000;
const SILENT_MS_MAX = 30_000;
const WAIT_MS_MAX = 15 * 60_000;
const RETRY_MS = 250;

function letGo() {
  rmSync(LOCK, { recursive: true, force: true });
}

function interrupted() {
  letGo();
  process.exit(130);
}

/** Runs `work` while holding the lock; throws SetupFailure when the lock cannot be had. */
export async function whileLocked(work) {
  await acquire();
  const heartbeat = setInterval(() => touch(), HEARTBEAT_MS);
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    await work();
  } finally {
    clearInterval(heartbeat);
    process.removeListener('SIGINT', interrupted).removeListener('SIGTERM', interrupted);
    letGo();
  }
}

async function acquire() {
  const giveUpAt = Date.now() + WAIT_MS_MAX;
  let told = false;
  while (!tryToTake()) {
    const owner = readOwner();
    if (isAbandoned(owner)) {
      putAside(owner);
      continue;
    }
    if (!told)
      process.stderr.write(`nautilus set-up: another one is at work (process ${owner ?? 'unknown'}), waiting …\n`);
    told = true;
    if (Date.now() > giveUpAt) {
      throw new SetupFailure(
        `process ${owner ?? 'unknown'} still holds ${LOCK} after 15 minutes; end it or remove the folder.`,
        6,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

function tryToTake() {
  try {
    mkdirSync(LOCK);
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw new SetupFailure(`cannot write in ${ROOT} (${error.code}); set-up needs to.`, 4);
  }
  writeFileSync(OWNER, String(process.pid));
  return true;
}

function readOwner() {
  try {
    return readFileSync(OWNER, 'utf8');
  } catch {
    return undefined;
  }
}

/** An owner that runs no more, or a lock that nobody touched for long (a container's process ids mean nothing outside). */
function isAbandoned(owner) {
  if (owner !== undefined && !isRunning(Number(owner))) return true;
  try {
    return Date.now() - statSync(LOCK).mtimeMs > SILENT_MS_MAX;
  } catch {
    return false;
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Moves an abandoned lock away in one step, and puts it back if another set-up has taken it meanwhile. */
function putAside(expectedOwner) {
  const aside = `${LOCK}.${process.pid}`;
  try {
    renameSync(LOCK, aside);
  } catch {
    return;
  }
  let owner;
  try {
    owner = readFileSync(path.join(aside, 'owner'), 'utf8');
  } catch {
    owner = undefined;
  }
  if (owner !== expectedOwner) {
    try {
      renameSync(aside, LOCK);
      return;
    } catch {
      // A third set-up holds the lock already; the one put aside has lost it and repeats nothing that harms.
    }
  }
  rmSync(aside, { recursive: true, force: true });
}

function touch() {
  try {
    utimesSync(LOCK, new Date(), new Date());
  } catch {
    // The lock was removed by hand; the work in progress goes on.
  }
}
