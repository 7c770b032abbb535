/**
 * Seeded randomness for simulations, tests and demo flow: the same seed gives the same numbers on every machine.
 * Never a source of secrets; keys, tokens and nonces come from the operating system.
 */
import { invariant } from './invariant.ts';

const TWO_POW_32 = 2 ** 32;
const TWO_POW_MINUS_53 = 2 ** -53;

/** Redraws before a slightly biased draw is accepted; each is needed with a chance below one half. */
const REDRAWS_MAX = 64;

/** xoshiro128** (Blackman and Vigna, 2018), its state filled by splitmix32. */
export class Rng {
  private readonly state: Int32Array;

  /** @param seed any integer; only its low 32 bits count */
  constructor(seed: number) {
    invariant(Number.isSafeInteger(seed), 'rng.seed', seed);
    this.state = new Int32Array(4);
    let mixed = seed >>> 0;
    for (let word = 0; word < 4; word++) {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      let bits = mixed ^ (mixed >>> 16);
      bits = Math.imul(bits, 0x21f0aaad);
      bits ^= bits >>> 15;
      bits = Math.imul(bits, 0x735a2d97);
      this.state[word] = bits ^ (bits >>> 15);
    }
  }

  /** A uniform integer of 0 to 2^32 - 1. */
  next32(): number {
    const state = this.state;
    const one = state[1];
    const scrambled = rotateLeft(Math.imul(one, 5), 7);
    state[2] ^= state[0];
    state[3] ^= one;
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= one << 9;
    state[3] = rotateLeft(state[3], 11);
    return Math.imul(scrambled, 9) >>> 0;
  }

  /** A uniform number of 0 (included) to 1 (excluded), with 53 random bits. */
  float(): number {
    const high = this.next32() >>> 5;
    const low = this.next32() >>> 6;
    return (high * 0x4000000 + low) * TWO_POW_MINUS_53;
  }

  /** A uniform integer of 0 to `bound` - 1, for a `bound` of 1 to 2^32. */
  int(bound: number): number {
    invariant(Number.isInteger(bound) && bound >= 1 && bound <= TWO_POW_32, 'rng.bound', bound);
    const unbiasedBelow = TWO_POW_32 - (TWO_POW_32 % bound);
    let draw = this.next32();
    for (let redraw = 0; draw >= unbiasedBelow && redraw < REDRAWS_MAX; redraw++) draw = this.next32();
    return draw % bound;
  }

  /** An exponentially distributed number: the wait for the next of independent arrivals that come every `mean`. */
  exponential(mean: number): number {
    return -mean * Math.log1p(-this.float());
  }

  /** A normally distributed number (Box and Muller, 1958). */
  normal(mean: number, standardDeviation: number): number {
    const radius = Math.sqrt(-2 * Math.log1p(-this.float()));
    return mean + standardDeviation * radius * Math.cos(2 * Math.PI * this.float());
  }

  /** A generator of its own whose numbers do not depend on how many this one gives later. */
  fork(): Rng {
    return new Rng(this.next32());
  }
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
