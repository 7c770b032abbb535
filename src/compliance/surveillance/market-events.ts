/** What can happen in the market, as whoever listens to it hears it. Decides nothing. */

/** What happened to an order that ended. */
export const Ending = { byOwner: 0, byMarket: 1, filled: 2 } as const;
export type Ending = (typeof Ending)[keyof typeof Ending];

/** Everything that can happen in the market, in order, with the market as it is at that moment. */
export interface MarketEvents {
  /** An order came; the book is as it was before it. */
  onOrder(row: number): void;
  onAmend(row: number, priceBefore: number): void;
  /** An order ended; its row is still there. */
  onEnd(row: number, ending: Ending): void;
  /** A trade of two orders; `side` is the taker's, 2 in an auction. */
  onTrade(maker: number, taker: number, ticks: number, lots: number, side: number, tradeId: number): void;
  onRefusal(actor: number, instrument: number, reason: number): void;
  /** `sinceMicros` is when the previous state began. */
  onState(instrument: number, state: number, previous: number, sinceMicros: number): void;
  onSecond(second: number): void;
}
