/** What happens where a trade would leave the price bands: a volatility auction, or the end of the order's rest. */
import { Code } from './codes.ts';
import { ExecType } from './events.ts';
import { INSTRUMENT_SHIFT, Instrument } from './instruments.ts';
import { finish, restInBook, restInList } from './lifecycle.ts';
import { ORDER_SHIFT, Order } from './order-store.ts';
import { pegPlace } from './pegs.ts';
import { notes, s, tellLevel } from './state.ts';
import { MarketState, OrderType, TimeInForce, timeInForceOf, typeOf } from './terms.ts';
import { TimerKind } from './timers.ts';

/** Stops an order that met a band; it rests if it may. */
export function interruptTrading(slot: number): void {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  const instrument = orders[at + Order.instrument];
  const terms = orders[at + Order.terms];
  const tif = timeInForceOf(terms);
  const type = typeOf(terms);
  const auctions = s.instruments.words[(instrument << INSTRUMENT_SHIFT) + Instrument.volatilityAuctionMillis] !== 0;
  if (auctions) beginVolatilityAuction(instrument, Code.bandBreached);
  if (auctions && (type === OrderType.pegMid || type === OrderType.pegPrimary)) restInList(slot, pegPlace(terms));
  else if (auctions && orders[at + Order.priceTicks] !== 0 && tif !== TimeInForce.ioc && tif !== TimeInForce.fok)
    restInBook(slot);
  else finish(slot, ExecType.canceled, Code.bandBreached);
}

/** Puts an instrument into a volatility auction that ends by itself, if the instrument says when. */
export function beginVolatilityAuction(instrument: number, reason: Code): void {
  const at = instrument << INSTRUMENT_SHIFT;
  const words = s.instruments.words;
  const previous = words[at + Instrument.state];
  words[at + Instrument.state] = MarketState.volatilityAuction;
  words[at + Instrument.indicativeStale] = 1;
  const round = (words[at + Instrument.auctionRound] = (words[at + Instrument.auctionRound] + 1) & 0x7fffffff);
  const millis = words[at + Instrument.volatilityAuctionMillis];
  tellLevel();
  s.output.marketState(instrument, MarketState.volatilityAuction, previous, reason);
  if (millis !== 0) addTimer(notes.now + millis * 1000, TimerKind.auctionEnd, instrument, round);
}

/** Adds a timer, sweeping the dead ones when the heap is full; there is room for every living subject. */
export function addTimer(time: number, kind: number, subject: number, generation: number): void {
  if (s.timers.full) s.timers.sweep((k, sub, gen) => isTimerAlive(k, sub, gen));
  s.timers.add(time, kind, subject, generation);
  notes.nextTimer = s.timers.next;
}

export function isTimerAlive(kind: number, subject: number, generation: number): boolean {
  if (kind === TimerKind.orderExpiry) return s.orders.isLive(subject, generation);
  return (
    s.instruments.words[(subject << INSTRUMENT_SHIFT) + Instrument.auctionRound] === generation &&
    s.instruments.words[(subject << INSTRUMENT_SHIFT) + Instrument.state] === MarketState.volatilityAuction
  );
}
