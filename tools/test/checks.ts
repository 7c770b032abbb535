/**
 * The static checks of `npm test`: each is one program that passes or fails as a whole.
 * Never changes a file; `npm run format` does.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { emptyTally } from './tally.ts';
import type { Tally } from './tally.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const CHECK_MS_MAX = 5 * 60_000;

/** oxlint silently looks at fewer files when it is given none by name. */
const LINTED = [
  'src',
  'sdk/src',
  'console/src',
  'bench',
  'tools',
  'test',
  'vitest.config.ts',
  'console/vite.config.ts',
];
const TYPED = ['.', 'sdk', 'console'];

interface Check {
  readonly name: string;
  /** The programs to run in order, each with its arguments; all must end with code 0. */
  readonly commands: () => readonly (readonly string[])[];
}

/** In the order in which they run. */
export const CHECKS: readonly Check[] = [
  { name: 'types', commands: () => TYPED.filter(hasTypes).map((folder) => ['tsc', '--noEmit', '-p', folder]) },
  { name: 'lint', commands: () => [['oxlint', '--deny-warnings', ...LINTED.filter(isThere)]] },
  { name: 'format', commands: () => [['oxfmt', '--check', '.']] },
  { name: 'deadcode', commands: () => [['knip', '--no-progress']] },
  { name: 'console', commands: () => [['node', 'tools/setup.mjs']] },
];

/** Runs one check; its programs speak for themselves. */
export async function runCheck(check: Check): Promise<Tally> {
  let ok = true;
  for (const [program = '', ...args] of check.commands()) {
    if (!(await succeeds(program, args))) ok = false;
  }
  return ok ? { ...emptyTally(), passed: 1 } : { ...emptyTally(), failed: 1, failures: [check.name] };
}

function isThere(name: string): boolean {
  return existsSync(path.join(ROOT, name));
}

function hasTypes(folder: string): boolean {
  return isThere(path.join(folder, 'tsconfig.json'));
}

function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const local = path.join(ROOT, 'node_modules', '.bin', program);
    const child = spawn(existsSync(local) ? local : program, args, {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: CHECK_MS_MAX,
    });
    child.on('error', (error) => {
      console.log(`${program} could not be started: ${error.message}`);
      resolve(false);
    });
    child.on('exit', (code, signal) => {
      if (signal !== null) console.log(`${program} was ended by ${signal} (it may take ${CHECK_MS_MAX / 1000} s)`);
      resolve(code === 0);
    });
  });
}
