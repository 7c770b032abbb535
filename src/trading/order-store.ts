/**
 * Live orders: records of 32 words in one array, free places in a list, last freed first used. An order is named by its
 * slot and the slot's generation, which rises with each use: an old id never finds a new order.
 */
import type { Sectioned, SectionVisitor } from './sections.ts';

export const ORDER_SHIFT = 5;
/** Word offsets in an order's record; the first half is what matching touches. */
export const Order = {
  generation: 0,
  /** Place below, or 0 while the slot is free. */
  place: 1,
  next: 2,
  previous: 3,
  terms: 4,
  priceTicks: 5,
  leaves: 6,
  /** Part of leaves that is displayed; all of it for plain orders. */
  displayed: 7,
  cum: 8,
  account: 9,
  participant: 10,
  instrument: 11,
  position: 12,
  session: 13,
  level: 14,
  /** Price by which open notional and buying power count it. */
  riskTicks: 15,
  clOrdIdLow: 16,
  clOrdIdHigh: 17,
  /** Index among the day's orders, or -1 for quotes and bracket exits. */
  dayIndex: 18,
  displayQuantity: 19,
  stopTicks: 20,
  pegOffsetTicks: 21,
  expireLow: 22,
  expireHigh: 23,
  linkId: 24,
  /** Slot of the linked order plus one, or 0. */
  linkPeer: 25,
  takeProfitTicks: 26,
  stopLossTicks: 27,
  stopLossLimitTicks: 28,
  /** Rises with every entry into a queue; compares by difference. */
  arrival: 29,
  marks: 30,
  spare: 31,
} as const;

/** Where an order waits. From `held` on, the lists of the instrument's record. */
export const Place = {
  free: 0,
  /** Being matched, or about to. */
  incoming: 1,
  book: 2,
  stops: 3,
  held: 4,
  auctionBuys: 5,
  auctionSells: 6,
  primaryBuys: 7,
  primarySells: 8,
  midBuys: 9,
  midSells: 10,
} as const;
export const FIRST_LIST = Place.held;

const FREE_HEAD = 0;
const HIGH_WATER = 1;
const LIVE = 2;
const ARRIVALS = 3;
const RESERVED = 4;

export class OrderStore implements Sectioned {
  declare readonly words: Int32Array;
  declare readonly capacity: number;
  private readonly counters = new Int32Array(5);

  constructor(capacity: number) {
    this.capacity = capacity;
    this.words = new Int32Array(capacity << ORDER_SHIFT);
  }

  get live(): number {
    return this.counters[LIVE];
  }

  /** One past the highest slot ever used. */
  get highWater(): number {
    return this.counters[HIGH_WATER];
  }

  /** How many more orders fit, beside the slots kept for bracket exits. */
  get room(): number {
    return this.capacity - this.counters[LIVE] - this.counters[RESERVED];
  }

  /** Keeps slots for (or, negative, gives back those of) the exits of a bracket. */
  keep(slots: number): void {
    this.counters[RESERVED] += slots;
  }

  /** Word of a live order. */
  word(slot: number, field: (typeof Order)[keyof typeof Order]): number {
    return this.words[(slot << ORDER_SHIFT) + field];
  }

  /** Takes a slot; the caller has seen that there is room. Only generation and place are set. */
  take(): number {
    const counters = this.counters;
    const words = this.words;
    let slot = counters[FREE_HEAD] - 1;
    if (slot >= 0) counters[FREE_HEAD] = words[(slot << ORDER_SHIFT) + Order.next];
    else slot = counters[HIGH_WATER]++;
    counters[LIVE]++;
    const at = slot << ORDER_SHIFT;
    const generation = (words[at + Order.generation] + 1) & 0x7fffffff;
    words[at + Order.generation] = generation === 0 ? 1 : generation;
    words[at + Order.place] = Place.incoming;
    return slot;
  }

  /** Gives a slot back. */
  free(slot: number): void {
    const at = slot << ORDER_SHIFT;
    this.words[at + Order.place] = Place.free;
    this.words[at + Order.next] = this.counters[FREE_HEAD];
    this.counters[FREE_HEAD] = slot + 1;
    this.counters[LIVE]--;
  }

  /** A number later entries compare as greater, by difference. */
  nextArrival(): number {
    return (this.counters[ARRIVALS] = (this.counters[ARRIVALS] + 1) | 0);
  }

  isLive(slot: number, generation: number): boolean {
    if (slot < 0 || slot >= this.counters[HIGH_WATER]) return false;
    const at = slot << ORDER_SHIFT;
    return this.words[at + Order.generation] === generation && this.words[at + Order.place] !== Place.free;
  }

  sections(visit: SectionVisitor): void {
    visit('orders.counters', this.counters, this.counters.length);
    visit('orders.records', this.words, this.highWater << ORDER_SHIFT);
  }
}
