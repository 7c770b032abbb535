/**
 * Names for things that are created once: a kind, the time in milliseconds, and random bits, sorted by age as text.
 * Never secrets (tokens have their own source), and never on the hot path.
 */
import type { Clock } from './clock.ts';
import { invariant } from './invariant.ts';

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_DIGITS = 10;
const RANDOM_DIGITS = 13;

/** Makes one id of a kind, e.g. `usr_01k2v7wq3m8x2v9c4b6n1d5f` for `usr`. */
export type IdSource = (kind: string) => string;

/**
 * Creates a source of ids.
 * @param fillRandom fills the array with random bytes; the operating system's generator outside simulations
 */
export function createIdSource(clock: Clock, fillRandom: (bytes: Uint8Array) => void): IdSource {
  const random = new Uint8Array(RANDOM_DIGITS);
  return (kind) => {
    invariant(/^[a-z]{2,12}$/.test(kind), 'ids.kind', kind);
    fillRandom(random);
    let text = `${kind}_${timeDigits(Math.floor(clock.nowMicros() / 1000))}`;
    for (const byte of random) text += DIGITS[byte & 31];
    return text;
  };
}

function timeDigits(millis: number): string {
  let text = '';
  let rest = millis;
  for (let digit = 0; digit < TIME_DIGITS; digit++) {
    text = DIGITS[rest % 32] + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}
