/**
 * What surveillance remembers of each order: who, where, when, and how the book was when it came. Columns of typed arrays,
 * a row for each order. The engine uses an order's slot again at once; its row here outlives it by ROWS_KEPT others, so
 * that what a detector found seconds later still names the right order.
 */

const FIRST_CAPACITY = 1 << 12;
/** Rows before the oldest is used again, as long as fewer than half of them live. */
const ROWS_KEPT = 1 << 17;
const ROWS_MAX = 1 << 24;
const NONE = -1;

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
  /** The engine's name of the order: slot and generation. */
  slot = new Int32Array(FIRST_CAPACITY);
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

  /** Row of the newest order of each of the engine's slots, plus one. */
  private rows = new Int32Array(FIRST_CAPACITY);
  private cursor = 0;
  private liveRows = 0;

  /** Row of a living order, or -1. */
  find(slot: number, generation: number): number {
    const row = slot < 0 || slot >= this.rows.length ? NONE : this.rows[slot] - 1;
    return row >= 0 && this.slot[row] === slot && this.generation[row] === generation && this.live[row] === 1
      ? row
      : NONE;
  }

  /** Takes a row for an order that begins to live; -1 where there is no room. */
  take(slot: number, generation: number): number {
    if (slot < 0 || slot >= ROWS_MAX || !this.advance()) return NONE;
    while (slot >= this.rows.length) this.rows = copy(this.rows, new Int32Array(this.rows.length * 2));
    const row = this.cursor++;
    this.slot[row] = slot;
    this.generation[row] = generation;
    this.live[row] = 1;
    this.liveRows++;
    this.rows[slot] = row + 1;
    return row;
  }

  /** The order lives no more; its row stays readable. */
  end(row: number): void {
    this.live[row] = 0;
    this.liveRows--;
  }

  /** Moves the cursor to a row that may be used; false where all are taken. */
  private advance(): boolean {
    const { length } = this.live;
    if (this.cursor === length) {
      if (length < ROWS_KEPT || (this.liveRows * 2 >= length && length < ROWS_MAX)) this.grow(length * 2);
      else this.cursor = 0;
    }
    if (this.liveRows >= this.live.length) return false;
    while (this.live[this.cursor] === 1) this.cursor = (this.cursor + 1) % this.live.length;
    return true;
  }

  private grow(capacity: number): void {
    this.slot = copy(this.slot, new Int32Array(capacity));
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
  }
}

function copy<T extends Int32Array | Uint8Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
