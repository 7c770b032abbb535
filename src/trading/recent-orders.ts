/**
 * The duplicate window: orders of the last moments by their terms, exact, in entry order. A chained hash finds an
 * equal one; what has grown too old leaves from the front as time goes on.
 */
import { powerOfTwo } from './sections.ts';
import type { Sectioned, SectionVisitor } from './sections.ts';

const SHIFT = 3;
const HASH = 0;
const ACCOUNT = 1;
const INSTRUMENT_SIDE = 2;
const QUANTITY = 3;
const PRICE = 4;
const NEXT = 5;

export class RecentOrders implements Sectioned {
  declare private readonly words: Int32Array;
  /** Time of entry and time from which it no longer counts. */
  declare private readonly times: Float64Array;
  declare private readonly buckets: Int32Array;
  declare private readonly capacity: number;
  declare private readonly ringMask: number;
  declare private readonly bucketMask: number;
  /** Entries ever added and ever dropped. */
  private readonly counters = new Float64Array(2);
  /** Hash of what `lastEqual` was asked for last. */
  private lastHash = 0;

  constructor(capacity: number) {
    const size = powerOfTwo(capacity);
    this.capacity = capacity;
    this.ringMask = size - 1;
    this.bucketMask = size - 1;
    this.words = new Int32Array(size << SHIFT);
    this.times = new Float64Array(size * 2);
    this.buckets = new Int32Array(size);
  }

  get count(): number {
    return this.counters[0] - this.counters[1];
  }

  get full(): boolean {
    return this.counters[0] - this.counters[1] >= this.capacity;
  }

  /** Drops entries at the front that no longer count. */
  expire(now: number): void {
    const counters = this.counters;
    while (counters[1] < counters[0]) {
      const place = counters[1] & this.ringMask;
      if (this.times[place * 2 + 1] > now) return;
      this.unchain(place);
      counters[1]++;
    }
  }

  /** When an equal order was entered last, or -1. */
  lastEqual(account: number, instrumentSide: number, quantity: number, price: number): number {
    const words = this.words;
    const hash = hashOf(account, instrumentSide, quantity, price);
    this.lastHash = hash;
    let place = this.buckets[hash & this.bucketMask] - 1;
    while (place >= 0) {
      const at = place << SHIFT;
      if (
        words[at + HASH] === hash &&
        words[at + ACCOUNT] === account &&
        words[at + INSTRUMENT_SIDE] === instrumentSide &&
        words[at + QUANTITY] === quantity &&
        words[at + PRICE] === price
      ) {
        return this.times[place * 2];
      }
      place = words[at + NEXT] - 1;
    }
    return -1;
  }

  /** Remembers the order that `lastEqual` was just asked for, until `now + window`; the caller has seen that there is room. */
  add(account: number, instrumentSide: number, quantity: number, price: number, now: number, window: number): void {
    const words = this.words;
    const hash = this.lastHash;
    const place = this.counters[0] & this.ringMask;
    const at = place << SHIFT;
    this.counters[0]++;
    words[at + HASH] = hash;
    words[at + ACCOUNT] = account;
    words[at + INSTRUMENT_SIDE] = instrumentSide;
    words[at + QUANTITY] = quantity;
    words[at + PRICE] = price;
    words[at + NEXT] = this.buckets[hash & this.bucketMask];
    this.buckets[hash & this.bucketMask] = place + 1;
    this.times[place * 2] = now;
    this.times[place * 2 + 1] = now + window;
  }

  clear(): void {
    this.counters.fill(0);
    this.buckets.fill(0);
  }

  sections(visit: SectionVisitor): void {
    visit('recent.counters', this.counters, 2);
    visit('recent.entries', this.words, this.words.length);
    visit('recent.times', this.times, this.times.length);
    visit('recent.buckets', this.buckets, this.buckets.length);
  }

  /** The entry is the oldest of its chain, so it is the chain's last. */
  private unchain(place: number): void {
    const words = this.words;
    const bucket = words[(place << SHIFT) + HASH] & this.bucketMask;
    let current = this.buckets[bucket] - 1;
    if (current === place) {
      this.buckets[bucket] = 0;
      return;
    }
    for (;;) {
      const nextAt = (current << SHIFT) + NEXT;
      if (words[nextAt] - 1 === place) {
        words[nextAt] = 0;
        return;
      }
      current = words[nextAt] - 1;
    }
  }
}

function hashOf(account: number, instrumentSide: number, quantity: number, price: number): number {
  let hash = Math.imul(account, 0x9e3779b1) ^ Math.imul(instrumentSide, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15) ^ quantity, 0xc2b2ae35) ^ Math.imul(price, 0x27d4eb2f);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}
