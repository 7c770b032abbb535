/**
 * An order book as the stream tells it: levels sorted best first, changed by deltas. Pure.
 */
import type { LevelTuple, ServerMessage } from '../../../src/api/schemas/stream.ts';

type BookMessage = Extract<ServerMessage, { type: 'book.snapshot' | 'book.delta' }>;

export interface Book {
  /** Highest price first. */
  readonly bids: readonly LevelTuple[];
  /** Lowest price first. */
  readonly asks: readonly LevelTuple[];
  readonly sequence: number;
  readonly timeMicros: number;
}

export const EMPTY_BOOK: Book = { bids: [], asks: [], sequence: 0, timeMicros: 0 };

/** Levels kept on each side; what lies deeper is not shown. */
export const LEVELS_MAX = 200;

export function applyBook(book: Book, message: BookMessage): Book {
  const { sequence, timeMicros } = message;
  if (message.type === 'book.snapshot') return { bids: message.bids, asks: message.asks, sequence, timeMicros };
  return {
    bids: changed(book.bids, message.bids, -1),
    asks: changed(book.asks, message.asks, 1),
    sequence,
    timeMicros,
  };
}

/** `direction` 1 sorts rising, -1 falling. */
function changed(
  levels: readonly LevelTuple[],
  changes: readonly LevelTuple[],
  direction: 1 | -1,
): readonly LevelTuple[] {
  if (changes.length === 0) return levels;
  const touched = new Set(changes.map(([ticks]) => ticks));
  const next = levels.filter(([ticks]) => !touched.has(ticks));
  for (const change of changes) if (change[1] > 0) next.push(change);
  next.sort((a, b) => (a[0] - b[0]) * direction);
  return next.length > LEVELS_MAX ? next.slice(0, LEVELS_MAX) : next;
}

/** One line of the ladder: what stands at one price on either side. */
export interface Rung {
  readonly ticks: number;
  readonly bid: number;
  readonly bidOrders: number;
  readonly ask: number;
  readonly askOrders: number;
}

/** The best `levels` prices of each side, highest price first. In a crossed call-phase book one rung has both sides. */
export function rungs(book: Book, levels: number): readonly Rung[] {
  const byTicks = new Map<number, Rung>();
  for (const [ticks, quantity, orders] of book.bids.slice(0, levels)) {
    byTicks.set(ticks, { ticks, bid: quantity, bidOrders: orders, ask: 0, askOrders: 0 });
  }
  for (const [ticks, quantity, orders] of book.asks.slice(0, levels)) {
    const rung = byTicks.get(ticks) ?? { ticks, bid: 0, bidOrders: 0, ask: 0, askOrders: 0 };
    byTicks.set(ticks, { ...rung, ask: quantity, askOrders: orders });
  }
  return [...byTicks.values()].toSorted((a, b) => b.ticks - a.ticks);
}
