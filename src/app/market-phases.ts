/**
 * The one step that brings a market from the state it is in towards the one its calendar asks for, by changes the engine
 * allows. Pure: knows no instrument, sends nothing. Never ends a halt that a person ordered.
 */
import type { Phase } from '#trading/calendar.ts';
import { MarketState } from '#trading/terms.ts';

export interface MarketSituation {
  readonly state: MarketState;
  /** Since when, as far as is known. */
  readonly sinceMicros: number;
  /** The present halt was ordered by a person, or at least not by the calendar. */
  readonly isHeld: boolean;
  /** How long the instrument's own volatility auctions last; 0 when it has none. */
  readonly volatilityAuctionMicros: number;
}

/** What a volatility auction may take beyond its own time before it is ended from here. */
const AUCTION_GRACE_MICROS = 2_000_000;

const { closed, preOpen, openingAuction, continuous, volatilityAuction, halt, closingAuction } = MarketState;

/**
 * The state to ask for now, or undefined when the market is where it should be, or must wait.
 * @param phase what the calendar asks for at `nowMicros`
 * @param callMicros the shortest call for orders before trading begins: what a late opening, or one after a halt, gets
 */
export function nextMarketState(
  market: MarketSituation,
  phase: Phase,
  nowMicros: number,
  callMicros: number,
): MarketState | undefined {
  const { state } = market;
  const wanted = phase.state;
  if (state === wanted) return undefined;
  const calledLongEnough = nowMicros - market.sinceMicros >= callMicros;
  switch (state) {
    case closed:
      // Found closed in its lunch break, a market waits for the afternoon.
      return wanted === halt ? undefined : preOpen;
    case preOpen:
      if (wanted === closed) return closed;
      if (wanted === halt) return undefined;
      // A plan without an opening auction opens from here; whoever opens late holds one.
      if (wanted === openingAuction || phase.previous !== preOpen) return openingAuction;
      return calledLongEnough ? continuous : undefined;
    case openingAuction:
      if (wanted === closed || wanted === halt) return halt;
      return calledLongEnough ? continuous : undefined;
    case continuous:
      return fromContinuous(market, phase);
    case volatilityAuction:
      return fromVolatilityAuction(market, wanted, nowMicros, callMicros);
    case halt:
      if (wanted === closed) return closed;
      return market.isHeld ? undefined : preOpen;
    case closingAuction:
      return closed;
  }
}

function fromContinuous(market: MarketSituation, phase: Phase): MarketState | undefined {
  if (phase.state === preOpen || phase.state === openingAuction) return closed;
  // An auction within the day is held once: a market that trades since after its begin has had it.
  if (phase.state === volatilityAuction && market.sinceMicros >= phase.sinceMicros) return undefined;
  return phase.state;
}

function fromVolatilityAuction(
  market: MarketSituation,
  wanted: MarketState,
  nowMicros: number,
  callMicros: number,
): MarketState | undefined {
  if (wanted === halt) return halt;
  if (wanted !== continuous) return closingAuction;
  // The engine's timer normally ends it; without one, or when a person began it, this does.
  const timedMicros = market.volatilityAuctionMicros === 0 ? 0 : market.volatilityAuctionMicros + AUCTION_GRACE_MICROS;
  return nowMicros - market.sinceMicros >= Math.max(timedMicros, callMicros) ? continuous : undefined;
}
