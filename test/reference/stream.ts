/**
 * One generated stream from start to end: made, run on both engines, and on a difference shortened and told.
 */
import type { Step } from './commands.ts';
import { Duel, replayHash, tellDifference } from './duel.ts';
import type { Difference, DuelOptions } from './duel.ts';
import { Generator } from './generate.ts';
import { shrink } from './shrink.ts';

export interface StreamOutcome {
  script: Step[];
  difference?: Difference;
  stateHash: string;
}

/** Makes and runs `commands` commands of a seed. */
export function runStream(seed: number, commands: number, options: DuelOptions): StreamOutcome {
  const generator = new Generator(seed);
  const duel = new Duel(options);
  const script: Step[] = [];
  for (let count = 0; count < commands; count++) {
    const step = generator.next(count === 0 ? undefined : duel.reference.world);
    script.push(step);
    const difference = duel.step(step);
    if (difference !== undefined) return { script, difference, stateHash: duel.stateHash };
  }
  const { stateHash } = duel;
  duel.end();
  return { script, stateHash };
}

/** Runs a stream and its replay; returns a readable account of what is wrong, or undefined. */
export function faultOfStream(seed: number, commands: number, options: DuelOptions): string | undefined {
  const outcome = runStream(seed, commands, options);
  if (outcome.difference !== undefined) {
    const { script, difference } = shrink(outcome.script, outcome.difference);
    return `seed ${seed}\n${tellDifference(script, difference)}`;
  }
  const replayed = replayHash(outcome.script);
  if (replayed === outcome.stateHash) return undefined;
  return `seed ${seed}: state hash ${outcome.stateHash}, after a replay ${replayed}`;
}
