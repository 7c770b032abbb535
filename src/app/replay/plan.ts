/**
 * What must be known of a recording before its flow can be sent to an engine, learnt in a first pass over it:
 * the price grid, how much there is of everything, which orders were icebergs, when an auction collected orders.
 * Holds a few numbers an instrument and one entry an iceberg; never the records.
 */
import { CodedError } from '#kit/errors.ts';
import { PRICE_NONE, RecordFlag, RecordKind, RecordSide, type RecordBatch } from '#wire/market-data/record.ts';
import type { Book } from './book.ts';
import { replayErrors } from './errors.ts';
import { orderKey, type OrderKey } from './order-key.ts';

const TICKS_MAX = 2_000_000_000;

/** An order whose quantity was not all displayed. */
export interface Iceberg {
  /** Traded beyond what was displayed, over the order's life. */
  hidden: number;
  /** The largest slice it displayed after a refill. */
  displayed: number;
}

/** Events of an instrument, counted from 0: orders are collected from `from` on, and uncrossed by event `at`. */
export interface AuctionWindow {
  readonly from: number;
  readonly at: number;
}

/** What the first pass learnt about one instrument. */
export class InstrumentPlan {
  readonly instrument: number;
  readonly icebergs = new Map<OrderKey, Iceberg>();
  readonly auctions: AuctionWindow[] = [];
  events = 0;
  /** Orders entered, aggressors included. */
  entries = 0;
  quantityMax = 0;
  /** Volume of prints with an aggressor and of auctions. */
  volume = 0;
  priceMin = Number.POSITIVE_INFINITY;
  priceMax = Number.NEGATIVE_INFINITY;
  /** Greatest common divisor of all differences from the first price. */
  private step = 0;
  private firstPrice = PRICE_NONE;
  private crossedSince: number | undefined;
  private continuous = false;

  constructor(instrument: number) {
    this.instrument = instrument;
  }

  /** Price units in one tick: the largest step that all prices are multiples of. */
  get tickUnits(): number {
    const step = greatestDivisor(this.step, Math.abs(this.firstPrice === PRICE_NONE ? 0 : this.firstPrice));
    return step === 0 ? 1 : step;
  }

  /** Added to a price in ticks so that every price is at least one tick; 0 unless prices reach zero or below. */
  get ticksShift(): number {
    return this.priceMin > 0 ? 0 : 1 - this.priceMin / this.tickUnits;
  }

  /** Takes an event, with the book as it stood before it. */
  before(event: RecordBatch, book: Book): void {
    for (let row = 0; row < event.count; row++) this.measure(event, row);
    if (event.count > 1) this.findIcebergs(event, book);
  }

  /** Takes the same event again, with the book as it stands after it. */
  after(event: RecordBatch, book: Book): void {
    const print = firstPrint(event);
    if (print === RecordSide.none) {
      this.auctions.push({ from: this.continuous ? (this.crossedSince ?? this.events) : 0, at: this.events });
      this.crossedSince = undefined;
    } else if (print !== undefined) {
      this.continuous = true;
      this.crossedSince = undefined;
    } else if (this.crossedSince === undefined && book.crossed()) {
      this.crossedSince = this.events;
    }
    this.events++;
  }

  private measure(event: RecordBatch, row: number): void {
    const kind = event.kind[row];
    const price = event.price[row];
    if (kind === RecordKind.add || kind === RecordKind.trade || kind === RecordKind.replace) this.entries++;
    if (event.quantity[row] > this.quantityMax && kind !== RecordKind.trade) this.quantityMax = event.quantity[row];
    if (kind === RecordKind.trade || kind === RecordKind.execute) this.volume += event.quantity[row];
    if (kind !== RecordKind.add && kind !== RecordKind.modify && kind !== RecordKind.replace) return;
    if (price === PRICE_NONE) return;
    if (this.firstPrice === PRICE_NONE) this.firstPrice = price;
    this.step = greatestDivisor(this.step, Math.abs(price - this.firstPrice));
    if (price < this.priceMin) this.priceMin = price;
    if (price > this.priceMax) this.priceMax = price;
    if ((price - this.priceMin) / (this.step === 0 ? 1 : this.step) > TICKS_MAX) {
      throw new CodedError(replayErrors.REPLAY_PRICE_GRID, `instrument ${this.instrument}`);
    }
  }

  /** An order that traded more than it displayed, or displays more than its trades left, held a hidden part. */
  private findIcebergs(event: RecordBatch, book: Book): void {
    const filled = filledOrders(event);
    if (filled.size === 0) return;
    for (let row = 0; row < event.count; row++) {
      const key = orderKey(event.orderLow[row], event.orderHigh[row]);
      const traded = filled.get(key);
      if (traded === undefined) continue;
      const displayed = book.displayed(event.orderLow[row], event.orderHigh[row]);
      const kind = event.kind[row];
      if (kind === RecordKind.modify)
        this.refilled(key, event.quantity[row] - (displayed - traded), event.quantity[row]);
      else if (kind === RecordKind.reduce && event.quantity[row] >= displayed) {
        this.refilled(key, traded - displayed, displayed);
      }
    }
  }

  private refilled(key: OrderKey, hidden: number, displayed: number): void {
    if (hidden <= 0) return;
    const iceberg = this.icebergs.get(key);
    if (iceberg === undefined) {
      this.icebergs.set(key, { hidden, displayed });
      return;
    }
    iceberg.hidden += hidden;
    iceberg.displayed = Math.max(iceberg.displayed, displayed);
  }
}

/** Quantity that each resting order traded in an event against an aggressor; the aggressor's own fills left out. */
function filledOrders(event: RecordBatch): Map<OrderKey, number> {
  const filled = new Map<OrderKey, number>();
  let aggressor: OrderKey | undefined;
  for (let row = 0; row < event.count; row++) {
    const key = orderKey(event.orderLow[row], event.orderHigh[row]);
    if (event.kind[row] === RecordKind.trade) aggressor = key;
    else if (event.kind[row] === RecordKind.fill && key !== aggressor && event.side[row] !== RecordSide.none) {
      filled.set(key, (filled.get(key) ?? 0) + event.quantity[row]);
    }
  }
  return filled;
}

/** The side of the event's first print against displayed orders; `none` only for an uncross that names its orders. */
function firstPrint(event: RecordBatch): number | undefined {
  for (let row = 0; row < event.count; row++) {
    if (event.kind[row] === RecordKind.execute) return RecordSide.buy;
    if (event.kind[row] !== RecordKind.trade || event.flags[row] & (RecordFlag.hidden | RecordFlag.auction)) continue;
    if (event.side[row] !== RecordSide.none) return event.side[row];
    if (event.kind[row + 1] === RecordKind.fill && row + 1 < event.count) return RecordSide.none;
  }
  return undefined;
}

function greatestDivisor(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}
