/**
 * The day's last trades with both sides, so that they can be cancelled or corrected: a ring that a day roll empties.
 */
import { powerOfTwo } from './sections.ts';
import type { Sectioned, SectionVisitor } from './sections.ts';

const TRADE_RECORD_SHIFT = 5;
/** Half a record a side: maker first, then taker, each from `side × HALF_WORDS` on. */
export const HALF_WORDS = 13;
/** Words of one side, as in an execution event from the session on. */
export const TradeSide = {
  session: 0,
  account: 1,
  instrument: 2,
  orderSlot: 3,
  orderGeneration: 4,
  clOrdIdLow: 5,
  clOrdIdHigh: 6,
  terms: 7,
  position: 8,
  feeLow: 9,
  feeHigh: 10,
} as const;
export const IDENTITY_WORDS = 8;
/** What both sides share. */
export const TradeRecord = { priceTicks: 26, quantity: 27, canceled: 28, auction: 29 } as const;

export class TradeLog implements Sectioned {
  declare readonly words: Int32Array;
  declare private readonly mask: number;
  /** Id of the day's first trade, and how many there were. */
  private readonly counters = new Float64Array(2);

  /** Keeps `capacity` trades, rounded up to a power of two. */
  constructor(capacity: number) {
    const size = powerOfTwo(capacity);
    this.mask = size - 1;
    this.words = new Int32Array(size << TRADE_RECORD_SHIFT);
    this.clear(1);
  }

  /** Takes the next record; returns where it begins. */
  add(): number {
    return (this.counters[1]++ & this.mask) << TRADE_RECORD_SHIFT;
  }

  /** Where the record of a trade begins, or -1 when it is not of today or no longer kept. */
  find(tradeId: number): number {
    const index = tradeId - this.counters[0];
    const count = this.counters[1];
    if (index < 0 || index >= count || index < count - this.mask - 1) return -1;
    return (index & this.mask) << TRADE_RECORD_SHIFT;
  }

  /** Forgets all; the next trade is `nextTradeId`. */
  clear(nextTradeId: number): void {
    this.counters[0] = nextTradeId;
    this.counters[1] = 0;
  }

  sections(visit: SectionVisitor): void {
    visit('trades.counters', this.counters, 2);
    visit('trades.records', this.words, Math.min(this.counters[1], this.mask + 1) << TRADE_RECORD_SHIFT);
  }
}
