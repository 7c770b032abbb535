/**
 * Installs exactly what the lockfile says, when that is not what is installed.
 * Never resolves versions anew and never runs install scripts; no package here needs one.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SetupFailure } from './failure.mjs';
import { LOCKFILE, MODULES, ROOT, recall, remember } from './paths.mjs';
import { announced, run } from './run.mjs';

/** Whether node_modules is what the lockfile says; an install made by hand that matches is adopted. */
export function installIsCurrent() {
  const wanted = lockfileHash();
  if (recall().install === wanted && existsSync(path.join(MODULES, '.package-lock.json'))) return true;
  if (!matchesLockfile()) return false;
  remember({ install: wanted });
  return true;
}

/** Runs `npm ci`; throws SetupFailure when it does not succeed. */
export async function installPackages() {
  const wanted = lockfileHash();
  await announced('installing packages', async () => {
    const [program, ...first] = npmProgram();
    const options = ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--loglevel=error'];
    const code = await run(program, [...first, ...options, '--no-audit', '--no-fund'], ROOT);
    if (code !== 0) {
      throw new SetupFailure(
        `"npm ci" ended with code ${code}; its own words are above. It needs npm 10 or newer, and the package registry once.`,
        4,
      );
    }
  });
  remember({ install: wanted });
}

function lockfileHash() {
  let text;
  try {
    text = readFileSync(LOCKFILE);
  } catch {
    throw new SetupFailure('package-lock.json is missing; it is part of the repository, restore it.', 4);
  }
  return createHash('sha256').update(text).update(`${process.platform}-${process.arch}`).digest('hex');
}

/** Compares every package of the lockfile with npm's own record of what it installed. */
function matchesLockfile() {
  const wanted = readPackages(LOCKFILE);
  const installed = readPackages(path.join(MODULES, '.package-lock.json'));
  if (wanted === undefined || installed === undefined) return false;
  return Object.entries(wanted).every(([where, entry]) => {
    if (where === '' || !where.startsWith('node_modules/')) return true;
    const present = installed[where];
    if (present === undefined) return entry.optional === true && !isPlatformPackageForHere(entry);
    return present.version === entry.version && present.integrity === entry.integrity;
  });
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** Whether an optional package is a native one for this machine, which must then be there. */
function isPlatformPackageForHere({ os, cpu, libc }) {
  if (os === undefined) return false;
  return (
    os.includes(process.platform) &&
    (cpu ?? [process.arch]).includes(process.arch) &&
    (libc ?? ['glibc']).includes('glibc')
  );
}

/** The npm that runs this script, else the one on PATH. */
function npmProgram() {
  const script = process.env['npm_execpath'];
  if (script !== undefined && script.endsWith('.js')) return [process.execPath, script];
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm'];
}
