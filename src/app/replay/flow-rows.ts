/**
 * The steps of a recorded flow, and how single rows of an event become part of one.
 * Pure functions over an event and the book before it; the order in which they are used is the flow's.
 */
import { RecordKind, RecordSide, TradingStatus, type RecordBatch } from '#wire/market-data/record.ts';
import type { Book } from './book.ts';
import { orderKey, type OrderKey } from './order-key.ts';

/** One thing to ask of the venue. Prices and quantities are in the recording's units. */
export type FlowCommand =
  | {
      readonly kind: 'enter';
      readonly order: OrderKey;
      readonly side: number;
      /** PRICE_NONE for a market order, which only auctions take. */
      readonly price: number;
      readonly quantity: number;
      /** Size of a slice of an iceberg; 0 displays everything. */
      readonly displayed: number;
      /** What does not trade at once is cancelled. */
      readonly immediate: boolean;
    }
  | {
      readonly kind: 'amend';
      readonly order: OrderKey;
      readonly price: number;
      /** Open quantity after the amend, trades that it causes included; of an iceberg what is known of it. */
      readonly open: number;
    }
  | { readonly kind: 'cancel'; readonly order: OrderKey }
  | {
      /** Puts back, behind the queue and without trading, an order that the venue lost and the recording did not. */
      readonly kind: 'restore';
      readonly order: OrderKey;
      readonly side: number;
      readonly price: number;
      readonly quantity: number;
    }
  | { readonly kind: 'phase'; readonly phase: FlowPhase }
  | { readonly kind: 'clear' };

export type FlowPhase = 'collect' | 'uncross' | 'continue' | 'halt';

/** What a resting order traded in an event: what the engine is measured against. */
export interface RecordedFill {
  readonly order: OrderKey;
  readonly price: number;
  readonly quantity: number;
}

/** What the recording says an order displays after an event; 0 when it is gone. */
export interface Settlement {
  readonly order: OrderKey;
  readonly side: number;
  readonly price: number;
  readonly displayed: number;
}

/** One event of the venue as a step of the flow. */
export interface FlowStep {
  readonly instrument: number;
  /** Microseconds since the epoch. */
  readonly timeMicros: number;
  readonly commands: readonly FlowCommand[];
  readonly fills: readonly RecordedFill[];
  readonly settlements: readonly Settlement[];
  /** The fills are both sides of an auction's uncross. */
  readonly auction: boolean;
}

/** A step while it is put together. */
export interface Draft {
  commands: FlowCommand[];
  fills: RecordedFill[];
  settlements: Settlement[];
  auction: boolean;
}

/** An aggressor as its prints show it. */
export interface Aggressor {
  readonly side: number;
  traded: number;
  /** Worst price it traded at: the least it must have been willing to pay. */
  price: number;
}

/** The id of the order that a row is about. */
export function keyAt(event: RecordBatch, row: number): OrderKey {
  return orderKey(event.orderLow[row], event.orderHigh[row]);
}

/** Collects aggressors from the prints and, from the fills, what each resting order traded. */
export function readPrints(
  event: RecordBatch,
  aggressors: Map<OrderKey, Aggressor>,
  filled: Map<OrderKey, number>,
  draft: Draft,
): void {
  let present: OrderKey | undefined;
  for (let row = 0; row < event.count; row++) {
    const key = keyAt(event, row);
    const kind = event.kind[row];
    const [price, quantity, side] = [event.price[row], event.quantity[row], event.side[row]];
    if (kind === RecordKind.trade && side !== RecordSide.none) {
      present = key;
      const known = aggressors.get(key);
      if (known === undefined) aggressors.set(key, { side, traded: quantity, price });
      else {
        known.traded += quantity;
        known.price = side === RecordSide.buy ? Math.max(known.price, price) : Math.min(known.price, price);
      }
    } else if (kind === RecordKind.fill && key !== present) {
      // A resting order that was amended through the spread fills first itself, under its own print.
      filled.set(key, (filled.get(key) ?? 0) + quantity);
      draft.fills.push({ order: key, price, quantity });
    }
  }
}

/** The last row about each order's place in the book. */
export function lastRows(event: RecordBatch): Map<OrderKey, number> {
  const rows = new Map<OrderKey, number>();
  for (let row = 0; row < event.count; row++) {
    const kind = event.kind[row];
    if (kind !== RecordKind.trade && kind !== RecordKind.fill && kind !== RecordKind.none) {
      rows.set(keyAt(event, row), row);
    }
  }
  return rows;
}

/** Cancels an order, or what a reduction takes off it. */
export function takeOff(
  event: RecordBatch,
  row: number,
  order: OrderKey,
  book: Book,
  draft: Draft,
  left?: Map<OrderKey, number>,
): void {
  const resting = book.resting(event.orderLow[row], event.orderHigh[row]);
  const before = left?.get(order) ?? resting?.quantity ?? 0;
  const rest = event.kind[row] === RecordKind.remove ? 0 : before - event.quantity[row];
  left?.set(order, rest);
  if (rest <= 0 || resting === undefined) draft.commands.push({ kind: 'cancel', order });
  else draft.commands.push({ kind: 'amend', order, price: resting.price, open: rest });
}

/** Ends an order and enters the one that stands in its place. */
export function replace(event: RecordBatch, row: number, order: OrderKey, book: Book, draft: Draft): void {
  const resting = book.resting(event.orderLow[row], event.orderHigh[row]);
  draft.commands.push({ kind: 'cancel', order });
  if (resting === undefined) return;
  draft.commands.push({
    kind: 'enter',
    order: orderKey(event.otherLow[row], event.otherHigh[row]),
    side: resting.side,
    price: event.price[row],
    quantity: event.quantity[row],
    displayed: 0,
    immediate: false,
  });
}

/** Notes what the recording says became of an order that traded. */
export function settle(event: RecordBatch, row: number, order: OrderKey, book: Book, draft: Draft): void {
  const kind = event.kind[row];
  const [low, high] = [event.orderLow[row], event.orderHigh[row]];
  if (kind === RecordKind.modify) {
    const [side, price, displayed] = [event.side[row], event.price[row], event.quantity[row]];
    draft.settlements.push({ order, side, price, displayed });
  } else if (kind === RecordKind.reduce || kind === RecordKind.remove) {
    const rest = kind === RecordKind.remove ? 0 : Math.max(0, book.displayed(low, high) - event.quantity[row]);
    draft.settlements.push({ order, side: event.side[row], price: event.price[row], displayed: rest });
  }
}

/**
 * The side of each order that an uncross filled. The source tells no sides: displayed orders have theirs in the book,
 * and the others follow from the two sides being listed in turn, as far as the uncross's volume has room on that side.
 */
export function uncrossSides(event: RecordBatch, book: Book): Map<OrderKey, number> {
  const sides = new Map<OrderKey, number>();
  const room = [0, 0];
  for (let row = 0; row < event.count; row++) {
    const kind = event.kind[row];
    if (kind === RecordKind.trade) room.fill(event.quantity[row]);
    const side = book.resting(event.orderLow[row], event.orderHigh[row])?.side;
    if (kind !== RecordKind.fill || side === undefined) continue;
    sides.set(keyAt(event, row), side);
    room[side] -= event.quantity[row];
  }
  let before: number = RecordSide.sell;
  for (let row = 0; row < event.count; row++) {
    if (event.kind[row] !== RecordKind.fill) continue;
    const key = keyAt(event, row);
    let side = sides.get(key);
    if (side === undefined) {
      side = room[before ^ 1] >= event.quantity[row] ? before ^ 1 : before;
      sides.set(key, side);
      room[side] -= event.quantity[row];
    }
    before = side;
  }
  return sides;
}

/** The phase that a trading status asks for. */
export function phaseOf(status: number): FlowPhase {
  if (status === TradingStatus.trading) return 'continue';
  return status === TradingStatus.quoting ? 'collect' : 'halt';
}
