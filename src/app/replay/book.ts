/**
 * The order-by-order (L3) book of one recorded instrument, rebuilt record by record.
 * It repeats what the venue said and counts where that makes no sense; it never matches and never repairs.
 */
import { PRICE_NONE, RecordFlag, RecordKind, RecordSide, type RecordBatch } from '#wire/market-data/record.ts';
import { NO_SLOT, type OrderTable } from './order-table.ts';

/** One price of one side: its orders in priority, linked from `head` to `tail` through the order table. */
export interface Level {
  readonly price: number;
  quantity: number;
  orders: number;
  head: number;
  tail: number;
}

/** What a book counted that a sound recording does not hold, and the volume it saw. */
export interface BookTally {
  /** A record changed an order that was not there. */
  orphans: number;
  /** An order was added under an id that already rested. */
  duplicates: number;
  /** More was taken off an order than it held, or a record named another side than the order's. */
  contradictions: number;
  /** Fills in an auction of orders that were never displayed (stop and market orders). */
  undisplayedFills: number;
  /** Volume of prints against displayed orders, auctions included. */
  tradedVolume: number;
  /** Volume that traded against orders which were not displayed. */
  hiddenVolume: number;
  /** Volume printed by auctions that name no orders. */
  auctionVolume: number;
}

export class Book {
  readonly instrument: number;
  readonly tally: BookTally = {
    orphans: 0,
    duplicates: 0,
    contradictions: 0,
    undisplayedFills: 0,
    tradedVolume: 0,
    hiddenVolume: 0,
    auctionVolume: 0,
  };
  /** Price of the latest print, or PRICE_NONE. */
  lastPrice = PRICE_NONE;
  private readonly orders: OrderTable;
  /** Both sides with the best price last, so that the busy end is the cheap one. */
  private readonly sides: readonly [Level[], Level[]] = [[], []];

  constructor(instrument: number, orders: OrderTable) {
    this.instrument = instrument;
    this.orders = orders;
  }

  /** The best level of a side (0 buy, 1 sell), or undefined. */
  best(side: number): Level | undefined {
    return this.sides[side].at(-1);
  }

  /** Whether the best buy price reaches the best sell price. */
  crossed(): boolean {
    const bid = this.sides[0].at(-1);
    const ask = this.sides[1].at(-1);
    return bid !== undefined && ask !== undefined && bid.price >= ask.price;
  }

  /** What an order displays; 0 when it does not rest. */
  displayed(low: number, high: number): number {
    const slot = this.orders.find(this.instrument, low, high);
    return slot === NO_SLOT ? 0 : this.orders.quantity[slot];
  }

  /** Side and price of a resting order, or undefined. */
  resting(low: number, high: number): { side: number; price: number; quantity: number } | undefined {
    const { orders } = this;
    const slot = orders.find(this.instrument, low, high);
    if (slot === NO_SLOT) return undefined;
    return { side: orders.side[slot], price: orders.price[slot], quantity: orders.quantity[slot] };
  }

  /** Price levels of a side. */
  depth(side: number): number {
    return this.sides[side].length;
  }

  /** Quantity displayed in the best `levels` levels of a side. */
  quantityWithin(side: number, levels: number): number {
    const list = this.sides[side];
    let sum = 0;
    for (let at = Math.max(0, list.length - levels); at < list.length; at++) sum += list[at].quantity;
    return sum;
  }

  /** Applies row `row`. Prices of executions that carry none are the resting order's. */
  apply(batch: RecordBatch, row: number): void {
    switch (batch.kind[row] as RecordKind) {
      case RecordKind.add:
        this.add(batch.orderLow[row], batch.orderHigh[row], batch.side[row], batch.price[row], batch.quantity[row]);
        return;
      case RecordKind.reduce:
        this.reduce(batch, row);
        return;
      case RecordKind.remove:
        this.take(batch, row, Number.POSITIVE_INFINITY);
        return;
      case RecordKind.execute:
        this.execute(batch, row);
        return;
      case RecordKind.modify:
        this.modify(batch, row);
        return;
      case RecordKind.replace:
        this.replace(batch, row);
        return;
      case RecordKind.fill:
        this.fill(batch, row);
        return;
      case RecordKind.trade:
        this.print(batch, row);
        return;
      case RecordKind.clear:
        this.clear();
        return;
      case RecordKind.status:
      case RecordKind.session:
      case RecordKind.indicative:
      case RecordKind.none:
    }
  }

  private add(low: number, high: number, side: number, price: number, quantity: number): void {
    const { orders } = this;
    const existing = orders.find(this.instrument, low, high);
    if (existing !== NO_SLOT) {
      this.tally.duplicates++;
      this.drop(existing);
    }
    if (side === RecordSide.none || price === PRICE_NONE) {
      this.tally.contradictions++;
      return;
    }
    this.append(orders.add(this.instrument, low, high, side, price, quantity));
  }

  private reduce(batch: RecordBatch, row: number): void {
    this.take(batch, row, batch.quantity[row]);
  }

  /** Takes quantity off the row's order, and the order away when nothing is left; false when there is no such order. */
  private take(batch: RecordBatch, row: number, quantity: number): boolean {
    const { orders } = this;
    const slot = orders.find(this.instrument, batch.orderLow[row], batch.orderHigh[row]);
    if (slot === NO_SLOT) {
      this.tally.orphans++;
      return false;
    }
    if (batch.side[row] !== RecordSide.none && batch.side[row] !== orders.side[slot]) this.tally.contradictions++;
    if (quantity >= orders.quantity[slot]) {
      if (quantity > orders.quantity[slot] && quantity !== Number.POSITIVE_INFINITY) this.tally.contradictions++;
      this.drop(slot);
      return true;
    }
    orders.quantity[slot] -= quantity;
    this.levelOf(slot).quantity -= quantity;
    return true;
  }

  private execute(batch: RecordBatch, row: number): void {
    const slot = this.orders.find(this.instrument, batch.orderLow[row], batch.orderHigh[row]);
    if (batch.price[row] !== PRICE_NONE) this.lastPrice = batch.price[row];
    else if (slot !== NO_SLOT) this.lastPrice = this.orders.price[slot];
    const taken = this.take(batch, row, batch.quantity[row]);
    // What does not print is the displayed part of an auction, and the auction's own print counts it.
    if (taken && !(batch.flags[row] & RecordFlag.nonPrinting)) this.tally.tradedVolume += batch.quantity[row];
  }

  private modify(batch: RecordBatch, row: number): void {
    const { orders } = this;
    const slot = orders.find(this.instrument, batch.orderLow[row], batch.orderHigh[row]);
    if (slot === NO_SLOT) {
      this.tally.orphans++;
      return;
    }
    const price = batch.price[row];
    const quantity = batch.quantity[row];
    if (price === orders.price[slot] && quantity < orders.quantity[slot]) {
      this.levelOf(slot).quantity += quantity - orders.quantity[slot];
      orders.quantity[slot] = quantity;
      return;
    }
    // Another price, more quantity, or a new slice of an iceberg: the order goes behind the queue.
    if (batch.side[row] !== orders.side[slot]) this.tally.contradictions++;
    this.unlink(slot);
    orders.price[slot] = price;
    orders.quantity[slot] = quantity;
    this.append(slot);
  }

  private replace(batch: RecordBatch, row: number): void {
    const { orders } = this;
    const slot = orders.find(this.instrument, batch.orderLow[row], batch.orderHigh[row]);
    if (slot === NO_SLOT) {
      this.tally.orphans++;
      return;
    }
    const side = orders.side[slot];
    this.drop(slot);
    this.add(batch.otherLow[row], batch.otherHigh[row], side, batch.price[row], batch.quantity[row]);
  }

  private fill(batch: RecordBatch, row: number): void {
    if (this.orders.find(this.instrument, batch.orderLow[row], batch.orderHigh[row]) !== NO_SLOT) return;
    if (batch.side[row] === RecordSide.none) this.tally.undisplayedFills++;
    else this.tally.orphans++;
  }

  private print(batch: RecordBatch, row: number): void {
    if (batch.price[row] !== PRICE_NONE) this.lastPrice = batch.price[row];
    const { tally } = this;
    if (batch.flags[row] & RecordFlag.hidden) tally.hiddenVolume += batch.quantity[row];
    else if (batch.flags[row] & RecordFlag.auction) tally.auctionVolume += batch.quantity[row];
    else tally.tradedVolume += batch.quantity[row];
  }

  private clear(): void {
    for (const side of this.sides) {
      for (const level of side) {
        for (let slot = level.head; slot !== NO_SLOT;) {
          const next = this.orders.next[slot];
          this.orders.remove(slot);
          slot = next;
        }
      }
      side.length = 0;
    }
  }

  private drop(slot: number): void {
    this.unlink(slot);
    this.orders.remove(slot);
  }

  private append(slot: number): void {
    const { orders } = this;
    const level = this.levelAt(orders.side[slot], orders.price[slot]);
    orders.previous[slot] = level.tail;
    orders.next[slot] = NO_SLOT;
    if (level.tail === NO_SLOT) level.head = slot;
    else orders.next[level.tail] = slot;
    level.tail = slot;
    level.quantity += orders.quantity[slot];
    level.orders++;
  }

  private unlink(slot: number): void {
    const { orders } = this;
    const level = this.levelOf(slot);
    const previous = orders.previous[slot];
    const next = orders.next[slot];
    if (previous === NO_SLOT) level.head = next;
    else orders.next[previous] = next;
    if (next === NO_SLOT) level.tail = previous;
    else orders.previous[next] = previous;
    level.quantity -= orders.quantity[slot];
    level.orders--;
    if (level.orders > 0) return;
    const list = this.sides[orders.side[slot]];
    list.splice(this.place(orders.side[slot], level.price), 1);
  }

  private levelOf(slot: number): Level {
    const side = this.orders.side[slot];
    return this.sides[side][this.place(side, this.orders.price[slot])];
  }

  private levelAt(side: number, price: number): Level {
    const list = this.sides[side];
    const place = this.place(side, price);
    const found = list[place];
    if (found !== undefined && found.price === price) return found;
    const level: Level = { price, quantity: 0, orders: 0, head: NO_SLOT, tail: NO_SLOT };
    list.splice(place, 0, level);
    return level;
  }

  /** Where the price is in its side, or where it belongs. */
  private place(side: number, price: number): number {
    const list = this.sides[side];
    let from = 0;
    let to = list.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const before = side === RecordSide.buy ? list[middle].price < price : list[middle].price > price;
      if (before) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
