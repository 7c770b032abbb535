/**
 * Makes a bare clone runnable, before `npm start`, `npm test` and `npm run bench`: packages, Node 24, the built console.
 * Plain JavaScript without dependencies, because it runs before anything is installed, on any Node from 20.
 * Says nothing and touches nothing when there is nothing to do; never writes to standard output.
 *
 * `--without-console` leaves the console as it is.
 * Exit codes: 3 this machine lacks Node 24, 4 the packages could not be installed, 5 the console could not be built,
 * 6 another set-up did not end in time.
 */
import { buildConsole, consoleIsCurrent } from './setup/console.mjs';
import { SetupFailure } from './setup/failure.mjs';
import { installIsCurrent, installPackages } from './setup/install.mjs';
import { whileLocked } from './setup/lock.mjs';
import { requireNode } from './setup/runtime.mjs';

const withConsole = !process.argv.includes('--without-console');

async function setUp() {
  if (installIsCurrent() && (!withConsole || consoleIsCurrent())) {
    requireNode();
    return;
  }
  await whileLocked(async () => {
    if (!installIsCurrent()) await installPackages();
    const node = requireNode();
    if (withConsole && !consoleIsCurrent()) await buildConsole(node);
  });
}

try {
  await setUp();
} catch (error) {
  if (!(error instanceof SetupFailure)) throw error;
  process.stderr.write(`nautilus set-up: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
