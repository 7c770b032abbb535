/**
 * The one order-by-order record that every recording is decoded into: a batch of columns, filled and read in place.
 * Prices and quantities are exact integers in the file's own units; nothing here rounds, converts or interprets.
 */
import { invariant } from '#kit/invariant.ts';

/** What a record says. The comments name the sources: DBN action, ITCH message type, LOBSTER event type. */
export const RecordKind = {
  /** A new resting order (DBN A; ITCH A, F; LOBSTER 1). */
  add: 1,
  /** `quantity` is taken off a resting order; at zero it is gone (DBN C; ITCH X; LOBSTER 2). */
  reduce: 2,
  /** A resting order is gone, whatever it still held (ITCH D; LOBSTER 3). */
  remove: 3,
  /** A resting order now has this price and displayed quantity (DBN M). */
  modify: 4,
  /** A resting order is gone, and `other` stands in its place behind the queue (ITCH U). */
  replace: 5,
  /** A resting order traded `quantity` and shrinks by it (ITCH E, C; LOBSTER 4). */
  execute: 6,
  /** A resting order traded `quantity`; what became of it follows in a record of its own (DBN F). */
  fill: 7,
  /** A print: `side` is the aggressor's, `order` its id where the source tells it (DBN T; ITCH P, Q; LOBSTER 5, 6). */
  trade: 8,
  /** Every resting order of the instrument is gone (DBN R). */
  clear: 9,
  /** Trading began or stopped: `quantity` is a TradingStatus (ITCH H; LOBSTER 7). */
  status: 10,
  /** The source's session: `quantity` is the ITCH event code's character (ITCH S). */
  session: 11,
  /** What an auction would trade now: price, paired quantity, side in surplus (ITCH I). */
  indicative: 12,
  /** Nothing for the book, but part of an event (DBN N). */
  none: 13,
} as const;
export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind];

/** The same numbers as the engine's side, and one for records that name none. */
export const RecordSide = { buy: 0, sell: 1, none: 2 } as const;

export const RecordFlag = {
  /** The venue's event is complete for this instrument; only sources that mark it (DBN) set it. */
  eventEnd: 1,
  /** Part of the book as it stood when the recording began. */
  snapshot: 2,
  /** The print of an auction. */
  auction: 4,
  /** A trade against an order that was never displayed. */
  hidden: 8,
  /** The source says that the book may be wrong from here on. */
  suspect: 16,
  /** An execution that another record prints, so that volume would be counted twice. */
  nonPrinting: 32,
} as const;

export const TradingStatus = { halted: 0, paused: 1, quoting: 2, trading: 3 } as const;

/** Stands in `price` where the source gave none. */
export const PRICE_NONE = Number.MIN_SAFE_INTEGER;

/** Records a batch may hold: a few megabytes of columns. */
export const BATCH_RECORDS_MAX = 65_536;

/** Columns of up to `capacity` records; rows [0, count) are filled. Reused from one read to the next. */
export interface RecordBatch {
  readonly capacity: number;
  count: number;
  readonly kind: Uint8Array;
  readonly side: Uint8Array;
  readonly flags: Uint8Array;
  /** The source's instrument number: DBN instrument_id, ITCH stock locate, 1 for LOBSTER. */
  readonly instrument: Uint32Array;
  /** The order's 64-bit id. 0 where the record names none. */
  readonly orderLow: Uint32Array;
  readonly orderHigh: Uint32Array;
  /** The replacing order's id, or the match number of an execution. */
  readonly otherLow: Uint32Array;
  readonly otherHigh: Uint32Array;
  /** Integer; a unit is 10^priceExponent of the decoder. */
  readonly price: Float64Array;
  readonly quantity: Float64Array;
  /** Event time: microseconds since the source's time base, and the nanoseconds (0–999) beyond them. */
  readonly timeMicros: Float64Array;
  readonly timeNanosRest: Uint16Array;
}

/** Allocates a batch for `capacity` records, 1 to BATCH_RECORDS_MAX. */
export function createRecordBatch(capacity: number): RecordBatch {
  invariant(Number.isInteger(capacity) && capacity >= 1 && capacity <= BATCH_RECORDS_MAX, 'record-batch.capacity');
  return {
    capacity,
    count: 0,
    kind: new Uint8Array(capacity),
    side: new Uint8Array(capacity),
    flags: new Uint8Array(capacity),
    instrument: new Uint32Array(capacity),
    orderLow: new Uint32Array(capacity),
    orderHigh: new Uint32Array(capacity),
    otherLow: new Uint32Array(capacity),
    otherHigh: new Uint32Array(capacity),
    price: new Float64Array(capacity),
    quantity: new Float64Array(capacity),
    timeMicros: new Float64Array(capacity),
    timeNanosRest: new Uint16Array(capacity),
  };
}
