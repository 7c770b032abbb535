/**
 * Makes recordings of a market that never was: seeded orders, amends and cancels through the plain matcher, written down
 * as a venue would in each format. Only tests may import it.
 */
import type { OrderKey } from '#app/replay/order-key.ts';
import { Rng } from '#kit/rng.ts';
import { dbnHeader, dbnRecord, itchMessage, itchSide, join, lobsterLine } from '#wire/market-data/testing.ts';
import { PlainMatcher } from './replay-matcher.ts';

const INSTRUMENT = 77;
const SYMBOL = 'TEST';
const START_NANOS = 1_704_200_400_000_000_000n;
const MORNING_NANOS = 34_200_000_000_000n;
const PRICE_MIDDLE = 4000;
const LAST = 128;
const PAUSE_NANOS = 250_000_000n;

/** One thing a participant did, and everything it led to. */
export interface MarketEvent {
  readonly timeNanos: bigint;
  readonly kind: 'enter' | 'amend' | 'cancel' | 'reduce' | 'uncross';
  readonly order: number;
  readonly side: number;
  /** Ticks. */
  readonly price: number;
  /** What the request asked for, before trades. */
  readonly quantity: number;
  /** What the order displays afterwards. */
  readonly displayed: number;
  /** The resting orders that traded, in order, with what they display afterwards. */
  readonly fills: readonly { order: number; side: number; price: number; quantity: number; displayed: number }[];
}

export interface MarketOptions {
  readonly seed: number;
  readonly events: number;
  /** Orders are collected at first, crossed or not, and then uncrossed. @default false */
  readonly auction?: boolean;
  /** Some orders display a part of their quantity only. @default false */
  readonly icebergs?: boolean;
  /** Amends may cross the spread. @default false */
  readonly amendThrough?: boolean;
}

interface Known {
  side: number;
  price: number;
  iceberg: boolean;
}

/** A market that runs as far as it is asked to; the matcher behind it holds the book. */
export class SampleMarket {
  readonly events: MarketEvent[] = [];
  private readonly matcher = new PlainMatcher();
  private readonly rng: Rng;
  private readonly options: MarketOptions;
  private readonly known = new Map<OrderKey, Known>();
  private readonly ids: number[] = [];
  private nextOrder = 1_000_000_001;
  private timeNanos = START_NANOS;

  constructor(options: MarketOptions) {
    this.options = options;
    this.rng = new Rng(options.seed);
    const { events, auction = false } = options;
    this.matcher.apply(INSTRUMENT, 0, { kind: 'phase', phase: auction ? 'collect' : 'continue' });
    const collected = auction ? Math.min(60, events >> 2) : 0;
    for (let at = 0; at < events; at++) {
      if (auction && at === collected) this.uncross();
      this.act(at < collected);
    }
  }

  private act(collecting: boolean): void {
    this.timeNanos += BigInt(1 + this.rng.int(Number(PAUSE_NANOS)));
    const choice = this.rng.int(100);
    const order = this.ids[this.rng.int(Math.max(1, this.ids.length))];
    if (choice < 55 || order === undefined) this.enter(collecting);
    else if (choice < 75) this.cancel(order);
    else if (choice < 85) this.reduce(order);
    else this.amend(order, collecting);
  }

  private enter(collecting: boolean): void {
    const order = this.nextOrder++;
    const side = this.rng.int(2);
    const towards = side === 0 ? 1 : -1;
    const price = PRICE_MIDDLE + towards * (this.rng.int(14) - (this.rng.int(5) === 0 ? 2 : 11));
    const quantity = 1 + this.rng.int(20);
    const immediate = !collecting && this.rng.int(6) === 0;
    const passive = !this.crosses(side, price);
    const iceberg = (this.options.icebergs ?? false) && !collecting && passive && !immediate && this.rng.int(8) === 0;
    const whole = iceberg ? quantity * 5 : quantity;
    const displayed = iceberg ? quantity : 0;
    this.known.set(order, { side, price, iceberg });
    this.ids.push(order);
    this.matcher.apply(INSTRUMENT, 0, { kind: 'enter', order, side, price, quantity: whole, displayed, immediate });
    this.note('enter', order, side, price, quantity);
  }

  private cancel(order: number): void {
    const { side, price } = this.knownOf(order);
    this.matcher.apply(INSTRUMENT, 0, { kind: 'cancel', order });
    this.note('cancel', order, side, price, 0);
  }

  private reduce(order: number): void {
    const { side, price, iceberg } = this.knownOf(order);
    const displayed = this.matcher.displayed(INSTRUMENT, order);
    if (displayed < 2 || iceberg) return;
    const open = 1 + this.rng.int(displayed - 1);
    this.matcher.apply(INSTRUMENT, 0, { kind: 'amend', order, price, open });
    this.note('reduce', order, side, price, open);
  }

  private amend(order: number, collecting: boolean): void {
    const known = this.knownOf(order);
    const { side } = known;
    const price = known.price + this.rng.int(5) - 2;
    const open = 1 + this.rng.int(20);
    const through = (this.options.amendThrough ?? false) && !collecting;
    if (price === known.price || known.iceberg || (!through && this.crosses(side, price))) return;
    this.matcher.apply(INSTRUMENT, 0, { kind: 'amend', order, price, open });
    known.price = price;
    this.note('amend', order, side, price, open);
  }

  private uncross(): void {
    this.timeNanos += PAUSE_NANOS;
    this.matcher.apply(INSTRUMENT, 0, { kind: 'phase', phase: 'uncross' });
    this.note('uncross', 0, 2, 0, 0);
  }

  private crosses(side: number, price: number): boolean {
    return this.matcher.wouldTrade(INSTRUMENT, side, price);
  }

  private knownOf(order: number): Known {
    const known = this.known.get(order);
    if (known === undefined) throw new Error(`order ${order} was never entered`);
    return known;
  }

  private note(kind: MarketEvent['kind'], order: number, side: number, price: number, quantity: number): void {
    const fills = this.matcher.takeFills().map((fill) => ({
      order: Number(fill.order),
      side: this.knownOf(Number(fill.order)).side,
      price: fill.price,
      quantity: fill.quantity,
      displayed: this.matcher.displayed(INSTRUMENT, fill.order),
    }));
    const displayed = this.matcher.displayed(INSTRUMENT, order);
    this.events.push({ timeNanos: this.timeNanos, kind, order, side, price, quantity, displayed, fills });
    const gone = (id: number): boolean => this.matcher.displayed(INSTRUMENT, id) === 0;
    for (const id of [order, ...fills.map((fill) => fill.order)]) {
      const at = this.ids.indexOf(id);
      if (at !== -1 && gone(id)) this.ids.splice(at, 1);
    }
  }
}

/** The market as Databento writes it; every event ends with the mark of its end. */
export function asDbn(market: SampleMarket, version: number): Uint8Array {
  const parts = [dbnHeader({ version, symbols: [SYMBOL], mappings: [[SYMBOL, INSTRUMENT]] })];
  const displayed = new Map<number, number>();
  const prices = new Map<number, number>();
  for (const event of market.events) parts.push(...dbnEvent(event, displayed, prices));
  return join(parts);
}

type Row = readonly [action: string, side: number, order: number, price: number, quantity: number];

function dbnEvent(event: MarketEvent, displayed: Map<number, number>, prices: Map<number, number>): Uint8Array[] {
  const rows: Row[] = [];
  const { order, side, price, fills } = event;
  const known = displayed.has(order);
  if (event.kind === 'uncross') {
    const volume = fills.filter((fill) => fill.side === 0).reduce((sum, fill) => sum + fill.quantity, 0);
    if (volume > 0) rows.push(['T', 2, 0, fills[0].price, volume]);
    for (const fill of fills) rows.push(['F', 2, fill.order, fill.price, fill.quantity]);
  }
  const levels = event.kind === 'uncross' ? [] : [...new Set(fills.map((fill) => fill.price))];
  for (const level of levels) {
    const at = fills.filter((fill) => fill.price === level);
    const traded = at.reduce((sum, fill) => sum + fill.quantity, 0);
    rows.push(['T', side, order, level, traded]);
    if (known) rows.push(['F', side, order, level, traded]);
    for (const fill of at) rows.push(['F', fill.side, fill.order, level, fill.quantity]);
  }
  const outcomes = new Map(fills.map((fill) => [fill.order, fill.displayed]));
  for (const [maker, left] of outcomes) {
    const makerSide = fills.find((fill) => fill.order === maker)?.side ?? 2;
    const makerPrice = prices.get(maker) ?? 0;
    rows.push(
      left === 0
        ? ['C', makerSide, maker, makerPrice, displayed.get(maker) ?? 0]
        : ['M', makerSide, maker, makerPrice, left],
    );
    if (left === 0) displayed.delete(maker);
    else displayed.set(maker, left);
  }
  if (event.kind !== 'uncross') {
    if (event.displayed > 0) rows.push([known ? 'M' : 'A', side, order, price, event.displayed]);
    else if (known) rows.push(['C', side, order, prices.get(order) ?? 0, displayed.get(order) ?? 0]);
    if (event.displayed > 0) displayed.set(order, event.displayed);
    else displayed.delete(order);
    prices.set(order, price);
  }
  return rows.map(([action, rowSide, id, ticks, quantity], at) =>
    dbnRecord({
      action,
      side: 'BAN'.charAt(rowSide),
      order: BigInt(id),
      price: BigInt(ticks) * 250_000_000n,
      quantity,
      instrument: INSTRUMENT,
      timeNanos: event.timeNanos,
      flags: at === rows.length - 1 ? LAST : 0,
    }),
  );
}

/** The market as Nasdaq writes it: each fact a message. */
export function asItch(market: SampleMarket): Uint8Array {
  const at = (timeNanos: bigint): bigint => MORNING_NANOS + timeNanos - START_NANOS;
  const parts = [
    itchMessage('S', 0, 1n, [[1, 'O']]),
    itchMessage('R', INSTRUMENT, 2n, [
      [8, SYMBOL],
      [20, ' '],
    ]),
    itchMessage('H', INSTRUMENT, 3n, [
      [8, SYMBOL],
      [1, 'T'],
      [1, ' '],
      [4, ''],
    ]),
  ];
  const current = new Map<number, number>();
  let reference = 1;
  for (const { kind, order, side, price, quantity, displayed, fills, timeNanos } of market.events) {
    const time = at(timeNanos);
    for (const fill of fills) {
      const id = current.get(fill.order) ?? 0;
      parts.push(
        itchMessage('E', INSTRUMENT, time, [
          [8, id],
          [4, fill.quantity],
          [8, reference],
        ]),
      );
    }
    const id = current.get(order) ?? 0;
    if (kind === 'cancel') parts.push(itchMessage('D', INSTRUMENT, time, [[8, id]]));
    if (kind === 'reduce') {
      const before = market.events.findLast((event) => event.order === order && event.timeNanos < timeNanos);
      parts.push(
        itchMessage('X', INSTRUMENT, time, [
          [8, id],
          [4, leftBefore(market, order, timeNanos, before) - quantity],
        ]),
      );
    }
    if (displayed > 0 && (kind === 'enter' || kind === 'amend')) {
      current.set(order, ++reference);
      const fields = [
        [4, displayed],
        [4, price * 100],
      ] as const;
      if (kind === 'amend') parts.push(itchMessage('U', INSTRUMENT, time, [[8, id], [8, reference], ...fields]));
      else {
        const [size, units] = fields;
        parts.push(itchMessage('A', INSTRUMENT, time, [[8, reference], [1, itchSide(side)], size, [8, SYMBOL], units]));
      }
    }
  }
  return join(parts);
}

/** What an order displayed just before a moment. */
function leftBefore(market: SampleMarket, order: number, timeNanos: bigint, last: MarketEvent | undefined): number {
  let left = last?.displayed ?? 0;
  for (const event of market.events) {
    if (event.timeNanos >= timeNanos) break;
    if (last !== undefined && event.timeNanos <= last.timeNanos) continue;
    for (const fill of event.fills) if (fill.order === order) left = fill.displayed;
  }
  return left;
}

/** The market as LOBSTER writes it: a line each. */
export function asLobster(market: SampleMarket): string {
  const lines: string[] = [];
  for (const { kind, order, side, price, quantity, displayed, fills, timeNanos } of market.events) {
    const time = MORNING_NANOS + timeNanos - START_NANOS;
    const line = (event: number, id: number, size: number, ticks: number, of: number): void => {
      lines.push(lobsterLine(time, event, id, size, ticks * 100, of === 0 ? 1 : -1));
    };
    for (const fill of fills) line(4, fill.order, fill.quantity, fill.price, fill.side);
    const last = market.events.findLast((event) => event.order === order && event.timeNanos < timeNanos);
    const before = last === undefined ? 0 : leftBefore(market, order, timeNanos, last);
    if (kind === 'cancel') line(3, order, before, last?.price ?? price, side);
    if (kind === 'reduce') line(2, order, before - quantity, price, side);
    if (kind === 'amend') line(3, order, before, last?.price ?? price, side);
    if (displayed > 0 && (kind === 'enter' || kind === 'amend')) line(1, order, displayed, price, side);
  }
  return lines.join('');
}
