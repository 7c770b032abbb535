/**
 * What the simulated market needs from the platform: a look at the market, a way in for orders, a way in for the
 * platform's own commands. Only types; all numbers are the engine's integers.
 */
import type { MarketState } from '#trading/terms.ts';

/** The market as the simulated traders see it, possibly a few milliseconds late. Prices are ticks, 0 for none. */
export interface MarketView {
  state(instrument: number): MarketState;
  bestBidTicks(instrument: number): number;
  bestAskTicks(instrument: number): number;
  lastTicks(instrument: number): number;
  /** Lots; negative is short. */
  netPosition(account: number, instrument: number): number;
}

/** The traders' order-entry sessions. */
export interface OrderPort {
  /**
   * Sends the command in words [0, lengthWords) on `session`; the words are free again when it returns.
   * @returns false when the session cannot take it now (not connected, or its buffer is full): nothing was sent
   */
  send(session: number, words: Int32Array, lengthWords: number): boolean;
}

/** The platform's own session, for commands that traders may not send. Returns as OrderPort does. */
export interface AdministratorPort {
  send(words: Int32Array, lengthWords: number): boolean;
}

/** An account and the session its orders go over. */
export interface DeskAccount {
  readonly account: number;
  readonly session: number;
  /** Quotes and ladders provide liquidity: their orders say so (RTS 24 field 8). */
  readonly isMarketMaker: boolean;
}
