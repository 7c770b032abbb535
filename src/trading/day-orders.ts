/**
 * Every order of the trading day by ClOrdID: a resent one finds the state of the first. Records are written in order
 * of entry; the index over them has eight bytes an entry, and neighbouring ClOrdIDs lie side by side, since clients
 * count theirs up.
 */
import { empty, powerOfTwo } from './sections.ts';
import type { Sectioned, SectionVisitor } from './sections.ts';

export const DAY_SHIFT = 3;
export const DayOrder = {
  clOrdIdLow: 0,
  clOrdIdHigh: 1,
  account: 2,
  /** Slot while it lives, else -1. */
  slot: 3,
  generation: 4,
  status: 5,
  cum: 6,
  priceTicks: 7,
} as const;

export class DayOrders implements Sectioned {
  declare readonly words: Int32Array;
  declare private readonly capacity: number;
  /** Fingerprint and record number plus one. */
  declare private readonly places: Int32Array;
  declare private readonly mask: number;
  private readonly counters = new Int32Array(1);
  /** Where the last search that found nothing ended, and for what: `add` goes on from there. */
  private freePlace = 0;
  private freePrint = 0;

  constructor(capacity: number) {
    const places = powerOfTwo(capacity * 2);
    this.capacity = capacity;
    this.mask = places - 1;
    this.words = new Int32Array(capacity << DAY_SHIFT);
    this.places = new Int32Array(places * 2);
  }

  get count(): number {
    return this.counters[0];
  }

  get full(): boolean {
    return this.counters[0] >= this.capacity;
  }

  /** Record number of an account's ClOrdID today, or -1. */
  find(account: number, low: number, high: number): number {
    const places = this.places;
    const words = this.words;
    const print = fingerprint(account, low, high);
    let place = home(print, low) & this.mask;
    for (;;) {
      const record = places[place * 2 + 1] - 1;
      if (record < 0) {
        this.freePlace = place;
        this.freePrint = print;
        return -1;
      }
      if (places[place * 2] === print) {
        const at = record << DAY_SHIFT;
        if (
          words[at + DayOrder.clOrdIdLow] === low &&
          words[at + DayOrder.clOrdIdHigh] === high &&
          words[at + DayOrder.account] === account
        ) {
          return record;
        }
      }
      place = (place + 1) & this.mask;
    }
  }

  /** Remembers a new order; the caller has just seen by `find` that it is new, and that there is room. */
  add(account: number, low: number, high: number, slot: number, generation: number): number {
    const record = this.counters[0]++;
    const at = record << DAY_SHIFT;
    this.words[at + DayOrder.clOrdIdLow] = low;
    this.words[at + DayOrder.clOrdIdHigh] = high;
    this.words[at + DayOrder.account] = account;
    this.words[at + DayOrder.slot] = slot;
    this.words[at + DayOrder.generation] = generation;
    this.places[this.freePlace * 2] = this.freePrint;
    this.places[this.freePlace * 2 + 1] = record + 1;
    return record;
  }

  /** Notes how an order ended. */
  close(record: number, status: number, cum: number, priceTicks: number): void {
    const at = record << DAY_SHIFT;
    this.words[at + DayOrder.slot] = -1;
    this.words[at + DayOrder.status] = status;
    this.words[at + DayOrder.cum] = cum;
    this.words[at + DayOrder.priceTicks] = priceTicks;
  }

  /** Forgets what is done and renumbers what lives; `renumber` hears of each living one. */
  roll(renumber: (slot: number, record: number) => void): void {
    const words = this.words;
    let kept = 0;
    for (let record = 0; record < this.counters[0]; record++) {
      const at = record << DAY_SHIFT;
      if (words[at + DayOrder.slot] < 0) continue;
      words.copyWithin(kept << DAY_SHIFT, at, at + (1 << DAY_SHIFT));
      renumber(words[at + DayOrder.slot], kept);
      kept++;
    }
    words.fill(0, kept << DAY_SHIFT, this.counters[0] << DAY_SHIFT);
    this.counters[0] = kept;
    this.rebuild();
  }

  /** Makes the index anew from the records. */
  rebuild(): void {
    empty(this.places);
    for (let record = 0; record < this.counters[0]; record++) this.enter(record);
  }

  sections(visit: SectionVisitor): void {
    visit('day.counters', this.counters, 1);
    visit('day.records', this.words, this.counters[0] << DAY_SHIFT);
  }

  private enter(record: number): void {
    const at = record << DAY_SHIFT;
    const low = this.words[at + DayOrder.clOrdIdLow];
    const print = fingerprint(this.words[at + DayOrder.account], low, this.words[at + DayOrder.clOrdIdHigh]);
    let place = home(print, low) & this.mask;
    while (this.places[place * 2 + 1] !== 0) place = (place + 1) & this.mask;
    this.places[place * 2] = print;
    this.places[place * 2 + 1] = record + 1;
  }
}

/** Equal for runs of 16 neighbouring ClOrdIDs of one account. */
function fingerprint(account: number, low: number, high: number): number {
  let hash = Math.imul(account + 1, 0x9e3779b1) ^ Math.imul(low >>> 4, 0x85ebca6b) ^ Math.imul(high, 0xc2b2ae35);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}

function home(print: number, low: number): number {
  return (print << 4) + (low & 15);
}
