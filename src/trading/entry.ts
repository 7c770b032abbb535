/**
 * What an accepted order does in the market: waits, is matched, comes to rest, or ends. New orders, amended orders that
 * lost their place, triggered stops, quotes and bracket exits all enter here.
 */
import { isAvailable } from './availability.ts';
import { noteStart } from './bands.ts';
import { Code } from './codes.ts';
import { ExecType, OrderStatus } from './events.ts';
import { INSTRUMENT_SHIFT, Instrument } from './instruments.ts';
import { finish, restInBook, restInList, restInStops } from './lifecycle.ts';
import { interruptTrading } from './interruption.ts';
import { Met } from './encounter.ts';
import { match, wouldTrade } from './matching.ts';
import { ORDER_SHIFT, Order, Place } from './order-store.ts';
import { isStopType } from './output.ts';
import { pegPlace, pegTicks } from './pegs.ts';
import { s } from './state.ts';
import {
  MarketState,
  OrderType,
  Side,
  TermFlag,
  TIME_IN_FORCE_MASK,
  TYPE_MASK,
  TimeInForce,
  timeInForceOf,
  typeOf,
} from './terms.ts';

/** Whether a stop's condition holds at the last trade price. */
export function isTriggered(instrument: number, side: number, stopTicks: number): boolean {
  const last = s.instruments.words[(instrument << INSTRUMENT_SHIFT) + Instrument.lastTicks];
  return last !== 0 && (side === Side.buy ? last >= stopTicks : last <= stopTicks);
}

/** Lets an accepted order into the market; `minimumQuantity` 0 for none. */
export function enter(slot: number, minimumQuantity: number): void {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  const terms = orders[at + Order.terms];
  const instrument = orders[at + Order.instrument];
  const state = s.instruments.words[(instrument << INSTRUMENT_SHIFT) + Instrument.state];
  orders[at + Order.arrival] = s.orders.nextArrival();
  if (isStopType(terms)) {
    const due = state === MarketState.continuous && isTriggered(instrument, terms & 1, orders[at + Order.stopTicks]);
    if (due) trigger(slot);
    else restInStops(slot);
    return;
  }
  if (timeInForceOf(terms) === TimeInForce.atClose && state !== MarketState.closingAuction) {
    restInList(slot, Place.held);
  } else if (state !== MarketState.continuous) enterCall(slot);
  else enterContinuous(slot, minimumQuantity);
}

/** In a call phase orders gather without trading. */
export function enterCall(slot: number): void {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  if (orders[at + Order.priceTicks] === 0) restInList(slot, Place.auctionBuys + (orders[at + Order.terms] & 1));
  else restInBook(slot);
}

/** Turns a stop, withdrawn already, into the order it stands for. */
export function trigger(slot: number): void {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  const terms = orders[at + Order.terms];
  const limited = typeOf(terms) === OrderType.stopLimit;
  const kept = terms & ~(limited ? TYPE_MASK : TYPE_MASK | TIME_IN_FORCE_MASK);
  orders[at + Order.terms] = kept | (limited ? OrderType.limit << 1 : (OrderType.market << 1) | (TimeInForce.ioc << 4));
  s.output.execution(orders, slot, ExecType.triggered, 0, OrderStatus.new);
  const instrument = orders[at + Order.instrument];
  const price = orders[at + Order.priceTicks];
  noteStart(instrument);
  if ((terms & TermFlag.postOnly) !== 0 && wouldTrade(instrument, terms & 1, price)) {
    finish(slot, ExecType.canceled, Code.postOnlyWouldTrade);
  } else if (limited && !s.ladders.hasRoom((instrument << 2) | (terms & 1), price)) {
    finish(slot, ExecType.canceled, Code.triggerRefused);
  } else enterContinuous(slot, 0);
}

function enterContinuous(slot: number, minimumQuantity: number): void {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  noteStart(orders[at + Order.instrument]);
  const terms = orders[at + Order.terms];
  const type = typeOf(terms);
  const tif = timeInForceOf(terms);
  if (type === OrderType.pegMid || type === OrderType.pegPrimary) {
    enterPeg(slot);
    return;
  }
  const limit = orders[at + Order.priceTicks];
  const needed = tif === TimeInForce.fok ? orders[at + Order.leaves] : minimumQuantity;
  if (needed !== 0 && !isAvailable(slot, limit, needed)) {
    const reason = tif === TimeInForce.fok ? Code.fillOrKillUnfilled : Code.minimumQuantityUnfilled;
    finish(slot, ExecType.canceled, reason);
    return;
  }
  const end = match(slot, limit);
  if (end === Met.band) {
    interruptTrading(slot);
    return;
  }
  if (orders[at + Order.leaves] === 0) return;
  if (limit !== 0 && tif !== TimeInForce.ioc && tif !== TimeInForce.fok) restInBook(slot);
  else finish(slot, ExecType.canceled, orders[at + Order.cum] === 0 ? Code.noLiquidity : Code.immediateRemainder);
}

function enterPeg(slot: number): void {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  const ticks = pegTicks(slot);
  if (ticks !== 0 && match(slot, ticks) === Met.band) {
    interruptTrading(slot);
    return;
  }
  if (orders[at + Order.leaves] !== 0) restInList(slot, pegPlace(orders[at + Order.terms]));
}
