/**
 * One row for each actor in each instrument: its living orders by side, what it did today, and its position. Rows are made
 * when first needed and never moved.
 */

const FIRST_CAPACITY = 1 << 12;
/** Above it newcomers share the last row: named, so that memory has a bound. */
const PAIRS_MAX = 1 << 20;
const INSTRUMENTS_MAX = 1 << 16;
const NONE = -1;

export class Pairs {
  count = 0;
  actor = new Int32Array(FIRST_CAPACITY);
  instrument = new Int32Array(FIRST_CAPACITY);
  /** First living order of each side (pair × 2 + side), -1 for none. */
  head = new Int32Array(FIRST_CAPACITY * 2).fill(NONE);
  liveQuantity = new Float64Array(FIRST_CAPACITY * 2);
  /** Lots held; negative is short. Since surveillance began. */
  net = new Float64Array(FIRST_CAPACITY);
  /** RTS 9: orders count 1, changes 2, cancels 1. */
  dayMessages = new Int32Array(FIRST_CAPACITY);
  dayTrades = new Int32Array(FIRST_CAPACITY);
  /** Next pair of the same instrument, -1 at the end. */
  nextOfInstrument = new Int32Array(FIRST_CAPACITY);
  private readonly firstOfInstrument: number[] = [];
  private readonly indexes = new Map<number, number>();

  /** The row of an actor in an instrument. */
  indexOf(actor: number, instrument: number): number {
    const key = actor * INSTRUMENTS_MAX + instrument;
    const known = this.indexes.get(key);
    if (known !== undefined) return known;
    if (this.count >= PAIRS_MAX) return PAIRS_MAX - 1;
    const pair = this.count++;
    if (pair >= this.actor.length) this.grow();
    this.indexes.set(key, pair);
    this.actor[pair] = actor;
    this.instrument[pair] = instrument;
    this.nextOfInstrument[pair] = this.firstOfInstrument[instrument] ?? NONE;
    this.firstOfInstrument[instrument] = pair;
    return pair;
  }

  /** The row, or -1 where the actor never came to the instrument. */
  find(actor: number, instrument: number): number {
    return this.indexes.get(actor * INSTRUMENTS_MAX + instrument) ?? NONE;
  }

  firstOf(instrument: number): number {
    return this.firstOfInstrument[instrument] ?? NONE;
  }

  beginDay(instrument: number): void {
    for (let pair = this.firstOf(instrument); pair >= 0; pair = this.nextOfInstrument[pair]) {
      this.dayMessages[pair] = 0;
      this.dayTrades[pair] = 0;
    }
  }

  private grow(): void {
    const capacity = this.actor.length * 2;
    this.actor = ints(this.actor, capacity);
    this.instrument = ints(this.instrument, capacity);
    this.dayMessages = ints(this.dayMessages, capacity);
    this.dayTrades = ints(this.dayTrades, capacity);
    this.nextOfInstrument = ints(this.nextOfInstrument, capacity);
    const head = new Int32Array(capacity * 2).fill(NONE);
    head.set(this.head);
    this.head = head;
    this.liveQuantity = doubles(this.liveQuantity, capacity * 2);
    this.net = doubles(this.net, capacity);
  }
}

function ints(from: Int32Array, capacity: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(capacity);
  to.set(from);
  return to;
}
function doubles(from: Float64Array, capacity: number): Float64Array<ArrayBuffer> {
  const to = new Float64Array(capacity);
  to.set(from);
  return to;
}
