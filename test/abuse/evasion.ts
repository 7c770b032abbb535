/**
 * How an abuser tries not to look like one. The first three are there to tune with; the others are kept for the test, so
 * that what was tuned meets evasions it has not seen.
 */
import type { Cast } from './cast.ts';
import type { Trader, World } from './world.ts';

export const TRAIN_EVASIONS = ['plain', 'size jitter', 'timing jitter'] as const;
export const TEST_EVASIONS = ['both jitters', 'split accounts', 'another way'] as const;
export type EvasionName = (typeof TRAIN_EVASIONS)[number] | (typeof TEST_EVASIONS)[number];

export interface Evasion {
  readonly name: EvasionName;
  /** A quantity near `lots`, as far as the evasion varies it. */
  size(lots: number): number;
  /** A wait near `micros`, as far as the evasion varies it. */
  wait(micros: number): number;
  /** Which of its accounts the trader uses for its n-th act. */
  who(act: number): Trader;
  /** The abuse is committed by other means than usual, where there are any. */
  readonly isOther: boolean;
}

export function makeEvasion(world: World, cast: Cast, trader: Trader, name: EvasionName): Evasion {
  const { rng } = world;
  const accounts = name === 'split accounts' || name === 'another way' ? cast.split(trader) : [trader];
  const jittersSize = name === 'size jitter' || name === 'both jitters' || name === 'another way';
  const jittersTime = name === 'timing jitter' || name === 'both jitters';
  return {
    name,
    isOther: name === 'another way',
    size: (lots) => Math.max(1, Math.round(lots * (jittersSize ? 0.6 + rng.float() * 0.9 : 0.95 + rng.float() * 0.1))),
    wait: (micros) => micros * (jittersTime ? Math.exp(rng.normal(0, 0.6)) : 0.9 + rng.float() * 0.2),
    who: (act) => accounts[act % accounts.length],
  };
}
