/**
 * The resting orders of a recording, found by instrument and 64-bit order id: columns in slots, a hash index beside them.
 * Grows by doubling up to a named maximum. Knows nothing of price levels; the book links orders through `next` and `previous`.
 */
import { CodedError } from '#kit/errors.ts';
import { replayErrors } from './errors.ts';

/** Orders that may rest at once over all instruments; a full day of a whole exchange stays below. */
const ORDERS_MAX = 1 << 24;
export const NO_SLOT = -1;
const SLOTS_AT_START = 1 << 12;

export class OrderTable {
  side = new Uint8Array(SLOTS_AT_START);
  instrument = new Uint32Array(SLOTS_AT_START);
  low = new Uint32Array(SLOTS_AT_START);
  high = new Uint32Array(SLOTS_AT_START);
  price = new Float64Array(SLOTS_AT_START);
  quantity = new Float64Array(SLOTS_AT_START);
  next = new Int32Array(SLOTS_AT_START);
  previous = new Int32Array(SLOTS_AT_START);
  private live = 0;
  private used = 0;
  private free = NO_SLOT;
  /** Slot + 1 at the place of its hash or after it; 0 where empty. At least twice as long as there are slots. */
  private index = new Int32Array(SLOTS_AT_START * 2);

  /** Orders in the table. */
  get count(): number {
    return this.live;
  }

  /** The slot of an order, or NO_SLOT. */
  find(instrument: number, low: number, high: number): number {
    const mask = this.index.length - 1;
    for (let place = hash(instrument, low, high) & mask; ; place = (place + 1) & mask) {
      const slot = this.index[place] - 1;
      if (slot < 0) return NO_SLOT;
      if (this.low[slot] === low && this.high[slot] === high && this.instrument[slot] === instrument) return slot;
    }
  }

  /** Adds an order that is not there yet and gives its slot. Throws REPLAY_TOO_MANY_ORDERS. */
  add(instrument: number, low: number, high: number, side: number, price: number, quantity: number): number {
    if (this.free === NO_SLOT && this.used === this.side.length) this.grow();
    let slot = this.free;
    if (slot === NO_SLOT) slot = this.used++;
    else this.free = this.next[slot];
    this.instrument[slot] = instrument;
    this.low[slot] = low;
    this.high[slot] = high;
    this.side[slot] = side;
    this.price[slot] = price;
    this.quantity[slot] = quantity;
    this.next[slot] = NO_SLOT;
    this.previous[slot] = NO_SLOT;
    this.live++;
    this.insert(slot);
    return slot;
  }

  remove(slot: number): void {
    const { index } = this;
    const mask = index.length - 1;
    let hole = this.homeOf(slot);
    while (index[hole] !== slot + 1) hole = (hole + 1) & mask;
    // Move later entries of the same run back, so that no search stops early at the hole.
    for (let place = (hole + 1) & mask; index[place] !== 0; place = (place + 1) & mask) {
      const home = this.homeOf(index[place] - 1);
      if (((place - home) & mask) >= ((place - hole) & mask)) {
        index[hole] = index[place];
        hole = place;
      }
    }
    index[hole] = 0;
    this.next[slot] = this.free;
    this.free = slot;
    this.live--;
  }

  private homeOf(slot: number): number {
    return hash(this.instrument[slot], this.low[slot], this.high[slot]) & (this.index.length - 1);
  }

  private insert(slot: number): void {
    const mask = this.index.length - 1;
    let place = this.homeOf(slot);
    while (this.index[place] !== 0) place = (place + 1) & mask;
    this.index[place] = slot + 1;
  }

  private grow(): void {
    const slots = this.side.length * 2;
    if (slots > ORDERS_MAX) throw new CodedError(replayErrors.REPLAY_TOO_MANY_ORDERS, `over ${ORDERS_MAX}`);
    this.side = grown(this.side, new Uint8Array(slots));
    this.instrument = grown(this.instrument, new Uint32Array(slots));
    this.low = grown(this.low, new Uint32Array(slots));
    this.high = grown(this.high, new Uint32Array(slots));
    this.price = grown(this.price, new Float64Array(slots));
    this.quantity = grown(this.quantity, new Float64Array(slots));
    this.next = grown(this.next, new Int32Array(slots));
    this.previous = grown(this.previous, new Int32Array(slots));
    this.index = new Int32Array(slots * 2);
    // It grows only when every slot is taken, so all of them belong into the new index.
    for (let slot = 0; slot < this.used; slot++) this.insert(slot);
  }
}

function grown<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}

function hash(instrument: number, low: number, high: number): number {
  let mixed = Math.imul(low, 0x9e37_79b1) ^ Math.imul(high, 0x85eb_ca6b) ^ Math.imul(instrument, 0xc2b2_ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b_3c6d);
  return mixed ^ (mixed >>> 13);
}
