/** Where things lie in the repository, and what set-up remembers between runs. Never outside the repository. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
export const LOCKFILE = path.join(ROOT, 'package-lock.json');
export const MODULES = path.join(ROOT, 'node_modules');
export const CONSOLE = path.join(ROOT, 'console');

const MEMORY = path.join(MODULES, '.nautilus-setup.json');

/** What the last set-up left: the hash of the lockfile it installed and of the console sources it built. */
export function recall() {
  try {
    const memory = JSON.parse(readFileSync(MEMORY, 'utf8'));
    return typeof memory === 'object' && memory !== null ? memory : {};
  } catch {
    return {};
  }
}

/** Adds to what is remembered; written whole, so that a crash leaves the old or the new. */
export function remember(facts) {
  mkdirSync(MODULES, { recursive: true });
  const draft = `${MEMORY}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify({ ...recall(), ...facts })}\n`);
  renameSync(draft, MEMORY);
}
