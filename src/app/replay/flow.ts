/**
 * Turns the events of a recording back into what participants must have asked for: orders, amends, cancels, phases.
 * Open loop: it knows the recording and its plan, never what the engine made of the commands before.
 */
import { PRICE_NONE, RecordFlag, RecordKind, RecordSide, type RecordBatch } from '#wire/market-data/record.ts';
import type { Book } from './book.ts';
import {
  keyAt,
  lastRows,
  phaseOf,
  readPrints,
  replace,
  settle,
  takeOff,
  uncrossSides,
  type Aggressor,
  type Draft,
  type FlowStep,
} from './flow-rows.ts';
import type { OrderKey } from './order-key.ts';
import type { InstrumentPlan } from './plan.ts';

/** Begins the ids given to aggressors that the source does not name; no venue uses it. */
const UNNAMED_PREFIX = 'aggressor:';

/** Expands the events of one instrument, in order. */
export class Flow {
  private readonly plan: InstrumentPlan;
  private readonly marksEvents: boolean;
  private readonly baseMicros: number;
  private events = 0;
  private auction = 0;
  private unnamed = 0;

  /** @param baseMicros added to the times of records to give microseconds since the epoch */
  constructor(plan: InstrumentPlan, marksEvents: boolean, baseMicros: number) {
    this.plan = plan;
    this.marksEvents = marksEvents;
    this.baseMicros = baseMicros;
  }

  /** The step of an event, given the book as it stood before it. */
  expand(event: RecordBatch, book: Book): FlowStep {
    const draft: Draft = { commands: [], fills: [], settlements: [], auction: false };
    const window = this.plan.auctions.at(this.auction);
    if (window?.from === this.events) draft.commands.push({ kind: 'phase', phase: 'collect' });
    else if (this.events === 0) draft.commands.push({ kind: 'phase', phase: 'continue' });
    if (window?.at === this.events) {
      this.auction++;
      this.expandUncross(event, book, draft);
    } else if (this.marksEvents) {
      this.expandMarked(event, book, draft);
    } else {
      this.expandSequence(event, book, draft);
    }
    this.events++;
    return { instrument: this.plan.instrument, timeMicros: this.baseMicros + event.timeMicros[0], ...draft };
  }

  /** An event whose records tell cause and consequence apart: prints and fills first, then what became of the book. */
  private expandMarked(event: RecordBatch, book: Book, draft: Draft): void {
    const aggressors = new Map<OrderKey, Aggressor>();
    const filled = new Map<OrderKey, number>();
    readPrints(event, aggressors, filled, draft);
    // Whoever was cancelled without a fill met an order of its own owner: that cancel came before the trades.
    for (let row = 0; row < event.count; row++) {
      const key = keyAt(event, row);
      const ends = event.kind[row] === RecordKind.reduce || event.kind[row] === RecordKind.remove;
      if (ends && !filled.has(key) && !aggressors.has(key)) takeOff(event, row, key, book, draft);
      if (event.kind[row] === RecordKind.clear) draft.commands.push({ kind: 'clear' });
    }
    const outcomes = lastRows(event);
    for (const [key, aggressor] of aggressors) this.send(key, aggressor, event, outcomes.get(key), book, draft);
    for (let row = 0; row < event.count; row++) {
      const key = keyAt(event, row);
      const kind = event.kind[row];
      if (aggressors.has(key)) continue;
      if (filled.has(key)) settle(event, row, key, book, draft);
      else if (kind === RecordKind.add) this.enter(event, row, key, draft);
      else if (kind === RecordKind.modify) {
        draft.commands.push({ kind: 'amend', order: key, price: event.price[row], open: event.quantity[row] });
      } else if (kind === RecordKind.replace) replace(event, row, key, book, draft);
    }
  }

  /** An aggressor is an order of what it traded and what then rested; or a resting order amended through the spread. */
  private send(
    order: OrderKey,
    aggressor: Aggressor,
    event: RecordBatch,
    outcome: number | undefined,
    book: Book,
    draft: Draft,
  ): void {
    const rests =
      outcome !== undefined && (event.kind[outcome] === RecordKind.add || event.kind[outcome] === RecordKind.modify);
    const price = rests ? event.price[outcome] : aggressor.price;
    const displayed = rests ? event.quantity[outcome] : 0;
    const before = outcome === undefined ? 0 : book.displayed(event.orderLow[outcome], event.orderHigh[outcome]);
    const { side, traded } = aggressor;
    if (before > 0) {
      draft.commands.push({ kind: 'amend', order, price, open: traded + displayed });
    } else {
      const iceberg = rests ? this.plan.icebergs.get(order) : undefined;
      const quantity = traded + displayed + (iceberg?.hidden ?? 0);
      const slice = iceberg === undefined ? 0 : Math.max(iceberg.displayed, displayed);
      draft.commands.push({ kind: 'enter', order, side, price, quantity, displayed: slice, immediate: !rests });
    }
    if (rests || before > 0) draft.settlements.push({ order, side, price, displayed });
  }

  private enter(event: RecordBatch, row: number, order: OrderKey, draft: Draft): void {
    const iceberg = this.plan.icebergs.get(order);
    const quantity = event.quantity[row];
    draft.commands.push({
      kind: 'enter',
      order,
      side: event.side[row],
      price: event.price[row],
      quantity: quantity + (iceberg?.hidden ?? 0),
      displayed: iceberg === undefined ? 0 : Math.max(iceberg.displayed, quantity),
      immediate: false,
    });
  }

  /** The uncross of an auction: stop and market orders that were never displayed join, then everything trades at once. */
  private expandUncross(event: RecordBatch, book: Book, draft: Draft): void {
    draft.auction = true;
    const sides = uncrossSides(event, book);
    for (let row = 0; row < event.count; row++) {
      const order = keyAt(event, row);
      const side = sides.get(order);
      if (event.kind[row] !== RecordKind.fill || side === undefined) continue;
      const [price, quantity] = [event.price[row], event.quantity[row]];
      draft.fills.push({ order, price, quantity });
      if (book.displayed(event.orderLow[row], event.orderHigh[row]) > 0) continue;
      draft.commands.push({ kind: 'enter', order, side, price: PRICE_NONE, quantity, displayed: 0, immediate: false });
    }
    draft.commands.push({ kind: 'phase', phase: 'uncross' });
    for (let row = 0; row < event.count; row++) {
      const key = keyAt(event, row);
      if (event.kind[row] !== RecordKind.fill) settle(event, row, key, book, draft);
    }
  }

  /** An event whose records are each a fact of its own, in the order in which they happened. */
  private expandSequence(event: RecordBatch, book: Book, draft: Draft): void {
    const left = new Map<OrderKey, number>();
    let run: Aggressor | undefined;
    const flush = (): void => {
      if (run !== undefined) this.sendUnnamed(run, draft);
      run = undefined;
    };
    for (let row = 0; row < event.count; row++) {
      const key = keyAt(event, row);
      const kind = event.kind[row];
      if (kind !== RecordKind.execute || event.flags[row] & RecordFlag.nonPrinting) {
        flush();
        this.expandRow(event, row, key, left, book, draft);
        continue;
      }
      const resting = book.resting(event.orderLow[row], event.orderHigh[row]);
      const price = resting?.price ?? event.price[row];
      const side = (resting?.side ?? event.side[row]) ^ 1;
      const quantity = event.quantity[row];
      if (run !== undefined && run.side !== side) flush();
      run ??= { side, traded: 0, price };
      run.traded += quantity;
      run.price = side === RecordSide.buy ? Math.max(run.price, price) : Math.min(run.price, price);
      // An execution at another price than the order's is one that this kind of order cannot show.
      const paid = event.price[row] === PRICE_NONE ? price : event.price[row];
      draft.fills.push({ order: key, price: paid, quantity });
      const rest = (left.get(key) ?? resting?.quantity ?? quantity) - quantity;
      left.set(key, rest);
      draft.settlements.push({ order: key, side: side ^ 1, price, displayed: Math.max(0, rest) });
    }
    flush();
  }

  private sendUnnamed(run: Aggressor, draft: Draft): void {
    if (run.price === PRICE_NONE) return;
    draft.commands.push({
      kind: 'enter',
      order: `${UNNAMED_PREFIX}${this.unnamed++}`,
      side: run.side,
      price: run.price,
      quantity: run.traded,
      displayed: 0,
      immediate: true,
    });
  }

  private expandRow(
    event: RecordBatch,
    row: number,
    key: OrderKey,
    left: Map<OrderKey, number>,
    book: Book,
    draft: Draft,
  ): void {
    switch (event.kind[row] as RecordKind) {
      case RecordKind.add:
        this.enter(event, row, key, draft);
        left.set(key, event.quantity[row]);
        return;
      case RecordKind.reduce:
      case RecordKind.remove:
      case RecordKind.execute:
        takeOff(event, row, key, book, draft, left);
        return;
      case RecordKind.modify:
        draft.commands.push({ kind: 'amend', order: key, price: event.price[row], open: event.quantity[row] });
        return;
      case RecordKind.replace:
        replace(event, row, key, book, draft);
        return;
      case RecordKind.clear:
        draft.commands.push({ kind: 'clear' });
        return;
      case RecordKind.status:
        draft.commands.push({ kind: 'phase', phase: phaseOf(event.quantity[row]) });
        return;
      case RecordKind.fill:
      case RecordKind.trade:
      case RecordKind.session:
      case RecordKind.indicative:
      case RecordKind.none:
    }
  }
}
