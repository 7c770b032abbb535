/**
 * A hash table from two integers to one, in one typed array: open addressing, linear probing, and deletion that
 * closes the gap, so that it never needs a rebuild. Half of it always stays empty, which bounds the probing.
 */
import { powerOfTwo } from './sections.ts';
import type { Sectioned, SectionVisitor } from './sections.ts';

const STRIDE = 4;
/** First key plus one; 0 marks an empty place, so untouched memory is an empty table. */
const FIRST = 0;
const SECOND = 1;
const VALUE = 2;

export class PairTable implements Sectioned {
  declare readonly words: Int32Array;
  declare readonly capacity: number;
  declare private readonly name: string;
  declare private readonly mask: number;
  private readonly counters = new Int32Array(1);

  /** Holds up to `capacity` pairs; first keys are from 0 up, second keys any 32-bit integer. */
  constructor(name: string, capacity: number) {
    const places = powerOfTwo(capacity * 2);
    this.name = name;
    this.capacity = capacity;
    this.mask = places - 1;
    this.words = new Int32Array(places * STRIDE);
  }

  get size(): number {
    return this.counters[0];
  }

  /** The value of the pair, or `missing`. */
  get(first: number, second: number, missing: number): number {
    const words = this.words;
    const key = first + 1;
    let place = hashPair(key, second) & this.mask;
    for (;;) {
      const at = place * STRIDE;
      const found = words[at + FIRST];
      if (found === key && words[at + SECOND] === second) return words[at + VALUE];
      if (found === 0) return missing;
      place = (place + 1) & this.mask;
    }
  }

  /** Sets the value of a pair; false when it is new and the table is at its capacity. */
  set(first: number, second: number, value: number): boolean {
    const words = this.words;
    const key = first + 1;
    let place = hashPair(key, second) & this.mask;
    for (;;) {
      const at = place * STRIDE;
      const found = words[at + FIRST];
      if (found === 0) {
        if (this.counters[0] >= this.capacity) return false;
        this.counters[0]++;
        words[at + FIRST] = key;
        words[at + SECOND] = second;
        words[at + VALUE] = value;
        return true;
      }
      if (found === key && words[at + SECOND] === second) {
        words[at + VALUE] = value;
        return true;
      }
      place = (place + 1) & this.mask;
    }
  }

  remove(first: number, second: number): void {
    const words = this.words;
    const key = first + 1;
    let hole = hashPair(key, second) & this.mask;
    for (;;) {
      const found = words[hole * STRIDE + FIRST];
      if (found === 0) return;
      if (found === key && words[hole * STRIDE + SECOND] === second) break;
      hole = (hole + 1) & this.mask;
    }
    this.counters[0]--;
    let place = hole;
    for (;;) {
      place = (place + 1) & this.mask;
      const at = place * STRIDE;
      const found = words[at + FIRST];
      if (found === 0) break;
      const home = hashPair(found, words[at + SECOND]) & this.mask;
      if (((place - home) & this.mask) < ((place - hole) & this.mask)) continue;
      const to = hole * STRIDE;
      words[to + FIRST] = found;
      words[to + SECOND] = words[at + SECOND];
      words[to + VALUE] = words[at + VALUE];
      hole = place;
    }
    words[hole * STRIDE + FIRST] = 0;
  }

  sections(visit: SectionVisitor): void {
    visit(`${this.name}.counters`, this.counters, 1);
    visit(`${this.name}.places`, this.words, this.words.length);
  }
}

function hashPair(first: number, second: number): number {
  let hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}
