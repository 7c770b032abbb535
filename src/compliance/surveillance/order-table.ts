/**
 * What surveillance remembers of each order, by the engine's slot: who, where, when, and how the book was when it came.
 * Columns of typed arrays that grow; an order's row lives until its slot is used again.
 */

const FIRST_CAPACITY = 1 << 12;
const SLOTS_MAX = 1 << 24;

export const OrderFlag = {
  /** For a client, under its short code. */
  client: 1,
  immediate: 2,
  /** One side of a quote. */
  quote: 4,
  /** Its limit met the other side when it came, or it had none. */
  marketable: 8,
  amended: 16,
} as const;

export class OrderTable {
  generation = new Int32Array(FIRST_CAPACITY);
  actor = new Int32Array(FIRST_CAPACITY);
  pair = new Int32Array(FIRST_CAPACITY);
  account = new Int32Array(FIRST_CAPACITY);
  participant = new Int32Array(FIRST_CAPACITY);
  instrument = new Int32Array(FIRST_CAPACITY);
  side = new Uint8Array(FIRST_CAPACITY);
  flags = new Uint8Array(FIRST_CAPACITY);
  /** 1 while it lives. */
  live = new Uint8Array(FIRST_CAPACITY);
  price = new Int32Array(FIRST_CAPACITY);
  quantity = new Int32Array(FIRST_CAPACITY);
  leaves = new Int32Array(FIRST_CAPACITY);
  filled = new Int32Array(FIRST_CAPACITY);
  /** Sum of price × lots of its executions. */
  filledValue = new Float64Array(FIRST_CAPACITY);
  entered = new Float64Array(FIRST_CAPACITY);
  /** Ticks behind the best price of its own side on entry; negative where it improved it. */
  away = new Int32Array(FIRST_CAPACITY);
  /** Best price of the other side on entry, ticks; 0 for none. */
  arrivalOpposite = new Int32Array(FIRST_CAPACITY);
  /** Middle of the book on entry, ticks. */
  arrivalMiddle = new Float64Array(FIRST_CAPACITY);
  next = new Int32Array(FIRST_CAPACITY);
  previous = new Int32Array(FIRST_CAPACITY);

  /** Makes room for a slot; false where it is beyond what is kept. */
  reach(slot: number): boolean {
    if (slot < this.generation.length) return slot >= 0;
    if (slot >= SLOTS_MAX) return false;
    let capacity = this.generation.length;
    while (capacity <= slot) capacity *= 2;
    this.generation = copy(this.generation, new Int32Array(capacity));
    this.actor = copy(this.actor, new Int32Array(capacity));
    this.pair = copy(this.pair, new Int32Array(capacity));
    this.account = copy(this.account, new Int32Array(capacity));
    this.participant = copy(this.participant, new Int32Array(capacity));
    this.instrument = copy(this.instrument, new Int32Array(capacity));
    this.side = copy(this.side, new Uint8Array(capacity));
    this.flags = copy(this.flags, new Uint8Array(capacity));
    this.live = copy(this.live, new Uint8Array(capacity));
    this.price = copy(this.price, new Int32Array(capacity));
    this.quantity = copy(this.quantity, new Int32Array(capacity));
    this.leaves = copy(this.leaves, new Int32Array(capacity));
    this.filled = copy(this.filled, new Int32Array(capacity));
    this.filledValue = copy(this.filledValue, new Float64Array(capacity));
    this.entered = copy(this.entered, new Float64Array(capacity));
    this.away = copy(this.away, new Int32Array(capacity));
    this.arrivalOpposite = copy(this.arrivalOpposite, new Int32Array(capacity));
    this.arrivalMiddle = copy(this.arrivalMiddle, new Float64Array(capacity));
    this.next = copy(this.next, new Int32Array(capacity));
    this.previous = copy(this.previous, new Int32Array(capacity));
    return true;
  }
}

function copy<T extends Int32Array | Uint8Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
