/**
 * A small price-time matcher behind drive mode's venue, slow and plain: what the flow can reach at best, and what the
 * engine's answers are compared with. Only tests may import it.
 */
import type { FlowCommand } from '#app/replay/flow-rows.ts';
import type { OrderKey } from '#app/replay/order-key.ts';
import type { Venue, VenueFill } from '#app/replay/venue.ts';
import { PRICE_NONE } from '#wire/market-data/record.ts';

/** Stand for the price of market orders. */
const MARKET = new Set([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);

interface Resting {
  readonly order: OrderKey;
  readonly side: number;
  price: number;
  shown: number;
  hidden: number;
  readonly slice: number;
}

type Enter = Extract<FlowCommand, { kind: 'enter' }>;

/** One book: both sides as lists sorted by price and then by time, best first. */
class PlainBook {
  readonly sides: [Resting[], Resting[]] = [[], []];
  readonly byOrder = new Map<OrderKey, Resting>();
  collecting = false;

  rest(order: Resting): void {
    const list = this.sides[order.side];
    let at = list.findIndex((other) => (order.side === 0 ? other.price < order.price : other.price > order.price));
    if (at === -1) at = list.length;
    list.splice(at, 0, order);
    this.byOrder.set(order.order, order);
  }

  take(order: OrderKey): Resting | undefined {
    const resting = this.byOrder.get(order);
    if (resting === undefined) return undefined;
    this.byOrder.delete(order);
    const list = this.sides[resting.side];
    list.splice(list.indexOf(resting), 1);
    return resting;
  }
}

export class PlainMatcher implements Venue {
  readonly refusals = new Map<string, number>();
  private readonly books = new Map<number, PlainBook>();
  private fills: VenueFill[] = [];

  apply(instrument: number, _timeMicros: number, command: FlowCommand): void {
    const book = this.bookOf(instrument);
    switch (command.kind) {
      case 'enter':
        this.enter(book, command, command.displayed);
        return;
      case 'restore':
        this.enter(book, { ...command, kind: 'enter', displayed: 0, immediate: false }, 0);
        return;
      case 'cancel':
        if (book.take(command.order) === undefined) this.refuse('unknownOrder');
        return;
      case 'amend':
        this.amend(book, command.order, command.price, command.open);
        return;
      case 'clear':
        this.books.set(instrument, new PlainBook());
        return;
      case 'phase':
        if (command.phase === 'uncross') this.uncross(book);
        book.collecting = command.phase === 'collect' || command.phase === 'halt';
    }
  }

  displayed(instrument: number, order: OrderKey): number {
    return this.bookOf(instrument).byOrder.get(order)?.shown ?? 0;
  }

  /** Whether an order at this price would trade at once. */
  wouldTrade(instrument: number, side: number, price: number): boolean {
    const [best] = this.bookOf(instrument).sides[side ^ 1];
    return best !== undefined && (side === 0 ? best.price <= price : best.price >= price);
  }

  takeFills(): readonly VenueFill[] {
    const { fills } = this;
    this.fills = [];
    return fills;
  }

  private bookOf(instrument: number): PlainBook {
    let book = this.books.get(instrument);
    if (book === undefined) {
      book = new PlainBook();
      this.books.set(instrument, book);
    }
    return book;
  }

  private refuse(reason: string): void {
    this.refusals.set(reason, (this.refusals.get(reason) ?? 0) + 1);
  }

  private enter(book: PlainBook, { order, side, price, quantity, immediate }: Enter, slice: number): void {
    const limit = price === PRICE_NONE ? (side === 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY) : price;
    const left = book.collecting ? quantity : this.match(book, side, limit, quantity);
    if (left === 0 || immediate) return;
    const shown = slice === 0 ? left : Math.min(slice, left);
    book.rest({ order, side, price: limit, shown, hidden: left - shown, slice });
  }

  private match(book: PlainBook, side: number, price: number, quantity: number): number {
    let left = quantity;
    const list = book.sides[side ^ 1];
    while (left > 0 && list.length > 0 && (side === 0 ? list[0].price <= price : list[0].price >= price)) {
      const [maker] = list;
      const traded = Math.min(left, maker.shown);
      left -= traded;
      this.fill(book, maker, traded, maker.price);
    }
    return left;
  }

  private fill(book: PlainBook, maker: Resting, quantity: number, price: number): void {
    this.fills.push({ order: maker.order, price, quantity });
    maker.shown -= quantity;
    if (maker.shown > 0) return;
    book.take(maker.order);
    if (maker.hidden === 0) return;
    maker.shown = Math.min(maker.slice, maker.hidden);
    maker.hidden -= maker.shown;
    book.rest(maker);
  }

  private amend(book: PlainBook, order: OrderKey, price: number, open: number): void {
    const resting = book.byOrder.get(order);
    if (resting === undefined) {
      this.refuse('unknownOrder');
      return;
    }
    if (price === resting.price && open <= resting.shown) {
      resting.shown = open;
      return;
    }
    book.take(order);
    const { side, hidden, slice } = resting;
    this.enter(
      book,
      { kind: 'enter', order, side, price, quantity: open + hidden, displayed: slice, immediate: false },
      slice,
    );
  }

  /** Trades at the price of greatest volume, then least imbalance, then the lower price; both sides in priority. */
  private uncross(book: PlainBook): void {
    const [buys, sells] = book.sides;
    const whole = (resting: Resting): number => resting.shown + resting.hidden;
    let best = { price: 0, volume: 0, imbalance: Number.POSITIVE_INFINITY };
    for (const price of new Set([...buys, ...sells].map((resting) => resting.price))) {
      if (MARKET.has(price)) continue;
      const demand = buys.filter((buy) => buy.price >= price).reduce((sum, buy) => sum + whole(buy), 0);
      const supply = sells.filter((sell) => sell.price <= price).reduce((sum, sell) => sum + whole(sell), 0);
      const candidate = { price, volume: Math.min(demand, supply), imbalance: Math.abs(demand - supply) };
      const better =
        candidate.volume - best.volume || best.imbalance - candidate.imbalance || best.price - candidate.price;
      if (better > 0) best = candidate;
    }
    for (const list of book.sides) {
      for (let left = best.volume; left > 0;) {
        const [first] = list;
        const traded = Math.min(left, first.shown);
        left -= traded;
        this.fill(book, first, traded, best.price);
      }
    }
  }
}
