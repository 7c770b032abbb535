/**
 * Finds the Node that runs Nautilus: the one that came as a package, else the one on PATH if it is new enough.
 * Never downloads anything.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { SetupFailure } from './failure.mjs';
import { MODULES } from './paths.mjs';

const NODE_MAJOR_MIN = 24;
const NODE_CHECK_MS_MAX = 20_000;

/** The path of a Node of at least version 24; throws SetupFailure with the way to get one. */
export function requireNode() {
  const linked = path.join(MODULES, '.bin', 'node');
  if (existsSync(linked)) {
    if (sameProgram(linked) || majorOf(linked) >= NODE_MAJOR_MIN) return linked;
    // On a Linux without glibc the packaged binary cannot start; npm scripts would still find it first.
    rmSync(linked);
  }
  if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR_MIN) return process.execPath;
  throw new SetupFailure(howToGetNode(), 3);
}

/** Whether this very process runs from the packaged Node, which proves that it starts. */
function sameProgram(linked) {
  const packaged = path.join(MODULES, `node-${process.platform}-${process.arch}`, 'bin', 'node');
  return process.execPath === packaged || process.execPath === linked;
}

function majorOf(program) {
  const answer = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: NODE_CHECK_MS_MAX });
  return answer.status === 0 ? Number.parseInt(answer.stdout.replace('v', ''), 10) : 0;
}

function howToGetNode() {
  const ways = {
    darwin: '"brew install node@24", or the installer from nodejs.org',
    win32: '"winget install OpenJS.NodeJS.LTS", or the installer from nodejs.org',
  };
  const way = ways[process.platform] ?? 'your version manager ("nvm install 24", "fnm install 24") or nodejs.org';
  const here = `${process.platform}-${process.arch} has ${process.version}`;
  return `Nautilus needs Node ${NODE_MAJOR_MIN} or newer and ${here}; get it with ${way}, then run this again.`;
}
