/**
 * Builds the web console when its sources have changed since the last build.
 * Never changes sources; the result is console/dist, which is not committed.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { SetupFailure } from './failure.mjs';
import { CONSOLE, LOCKFILE, ROOT, recall, remember } from './paths.mjs';
import { announced, run } from './run.mjs';

const PAGE = path.join(CONSOLE, 'index.html');
const BUILT_PAGE = path.join(CONSOLE, 'dist', 'index.html');

/** What a build reads: the console itself, and the folders it may take code from. */
const SOURCES = [CONSOLE, path.join(ROOT, 'sdk')];
const NOT_SOURCES = new Set(['node_modules', 'dist', '.vite']);

/** Whether console/dist is what its sources would give, or there is no console to build. */
export function consoleIsCurrent() {
  if (!existsSync(PAGE)) return true;
  return existsSync(BUILT_PAGE) && recall().console === sourcesHash();
}

/**
 * Builds the console with the given Node; throws SetupFailure when it does not build.
 * @param {string} node path of the Node that runs the build
 */
export async function buildConsole(node) {
  const wanted = sourcesHash();
  await announced('building the console', async () => {
    const code = await run(node, [viteProgram(), 'build', '--logLevel', 'warn'], CONSOLE);
    if (code !== 0) throw new SetupFailure(`the console did not build (code ${code}); the reason is above.`, 5);
  });
  remember({ console: wanted });
}

function sourcesHash() {
  const hash = createHash('sha256').update(readFileSync(LOCKFILE));
  for (const folder of SOURCES) {
    for (const file of filesUnder(folder)) hash.update(`\0${path.relative(ROOT, file)}\0`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !NOT_SOURCES.has(entry.name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const at = path.join(folder, entry.name);
      return entry.isDirectory() ? filesUnder(at) : [at];
    });
}

function viteProgram() {
  const manifest = createRequire(path.join(CONSOLE, 'package.json')).resolve('vite/package.json');
  return path.join(path.dirname(manifest), 'bin', 'vite.js');
}
