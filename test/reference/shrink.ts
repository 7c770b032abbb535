/**
 * Makes a failing script as short as it can: drops ever smaller runs of commands while it still fails.
 * Delta debugging after Zeller and Hildebrandt, 2002.
 */
import type { Difference } from './duel.ts';
import { runScript } from './duel.ts';
import type { Step } from './commands.ts';

const RUNS_MAX = 4000;

export interface Failure {
  script: Step[];
  difference: Difference;
}

/** Shortens a failing script; what must not go (genesis) is its first step. */
export function shrink(script: readonly Step[], difference: Difference): Failure {
  let best: Failure = { script: script.slice(0, difference.step + 1), difference };
  let runs = 0;
  for (let length = Math.ceil(best.script.length / 2); length >= 1 && runs < RUNS_MAX;) {
    let dropped = false;
    for (let from = best.script.length - length; from >= 1 && runs < RUNS_MAX; from -= length) {
      runs++;
      const candidate = without(best.script, from, length);
      const outcome = tryRun(candidate);
      if (outcome === undefined) continue;
      best = { script: candidate.slice(0, outcome.step + 1), difference: outcome };
      dropped = true;
      from = Math.min(from, best.script.length);
    }
    if (length === 1 && !dropped) break;
    length = length === 1 ? 1 : Math.ceil(length / 2);
  }
  return best;
}

/** The script without a run of steps; the time that they took passes all the same. */
function without(script: readonly Step[], from: number, length: number): Step[] {
  const end = Math.min(script.length, from + length);
  const lost = script.slice(from, end).reduce((sum, step) => sum + step.afterMicros, 0);
  const tail = script.slice(end);
  const [next] = tail;
  if (next !== undefined) tail[0] = { words: next.words, afterMicros: next.afterMicros + lost };
  return [...script.slice(0, from), ...tail];
}

function tryRun(script: readonly Step[]): Difference | undefined {
  try {
    return runScript(script).difference;
  } catch {
    return undefined;
  }
}
