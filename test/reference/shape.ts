/**
 * Check 4 of a new order: whether its terms make sense at all, whatever the market and the account are.
 */
import { Code } from '#trading/codes.ts';
import { OrderType, ShortMark, Side, TimeInForce, shortMarkOf } from '#trading/terms.ts';
import { isOnTable } from './ticks.ts';
import type { Instrument, Order, World } from './world.ts';
import { isPeg, isReduceOnly, isStop } from './world.ts';
import { isPostOnly } from './lifecycle.ts';

/** What a new order asks for, before anything is known to be right. */
export interface Draft {
  order: Order;
  linkId: number;
  locateId: number;
  extrasMissing: boolean;
}

export function shapeRefusal(world: World, { order, linkId, extrasMissing }: Draft): number {
  const instrument = world.instruments[order.instrument];
  if (extrasMissing) return Code.badParameter;
  if (order.type > OrderType.pegMid) return Code.badOrderType;
  if (order.tif > TimeInForce.atClose) return Code.badTimeInForce;
  if (order.selfTrade > 4) return Code.badParameter;
  const mark = shortMarkOf(order.marks);
  if (marksAreBad(order.marks) || (order.side === Side.buy && mark !== ShortMark.none)) return Code.badMarks;
  return (
    quantityRefusal(instrument, order.leaves) ||
    (combinationIsBad(order, linkId) ? Code.badCombination : Code.ok) ||
    pricesRefusal(world, instrument, order) ||
    restOfShape(world, instrument, order) ||
    (linkIsBad(world, order) ? Code.badLink : Code.ok)
  );
}

/** Unknown capacity, or bits that mean nothing. */
export function marksAreBad(marks: number): boolean {
  return (marks & 7) > 5 || (marks & ~0x3ff) !== 0;
}

/** Lots of an order or a new total: whole, in lots, within the instrument's maximum. */
export function quantityRefusal(instrument: Instrument, quantity: number): number {
  if (quantity < 1) return Code.badQuantity;
  if (quantity % instrument.lotSize !== 0) return Code.badLot;
  if (instrument.maxOrderQuantity > 0 && quantity > instrument.maxOrderQuantity) return Code.badQuantity;
  return Code.ok;
}

export function bracketGiven(order: Order): boolean {
  return order.takeProfit !== 0 || order.stopLoss !== 0 || order.stopLossLimit !== 0;
}

function combinationIsBad(order: Order, linkId: number): boolean {
  const { type, tif } = order;
  const isMarket = type === OrderType.market;
  const isLimit = type === OrderType.limit;
  const lasting = tif === TimeInForce.day || tif === TimeInForce.gtc || tif === TimeInForce.gtd;
  const auctionOnly = tif === TimeInForce.atOpen || tif === TimeInForce.atClose;
  const postOnly = isPostOnly(order);
  const display = order.display !== 0;
  const minimum = order.minimum !== 0;
  if (postOnly && (isMarket || type === OrderType.stop || isPeg(type) || !lasting)) return true;
  if (isPeg(type) && (!lasting || display || minimum || isReduceOnly(order))) return true;
  if (isStop(type) && (!lasting || display || minimum)) return true;
  if (display && !(isLimit && lasting)) return true;
  if (minimum && (!(isLimit || isMarket) || postOnly || auctionOnly || linkId !== 0)) return true;
  if (display && isReduceOnly(order)) return true;
  if (isMarket && (tif === TimeInForce.gtc || tif === TimeInForce.gtd)) return true;
  if (linkId !== 0 && (isPeg(type) || !lasting)) return true;
  if (bracketGiven(order)) return !(isLimit || isMarket) || linkId !== 0 || isReduceOnly(order);
  return false;
}

/** Why a price may not be used in an instrument, or ok. */
export function priceRefusal(world: World, instrument: Instrument, price: number): number {
  if (price < instrument.minTicks || price > instrument.maxTicks) return Code.badPrice;
  return isOnTable(world.tables.get(instrument.tickTable)!, price) ? Code.ok : Code.badTick;
}

function pricesRefusal(world: World, instrument: Instrument, order: Order): number {
  const { type, price, stop } = order;
  const needsPrice = type === OrderType.limit || type === OrderType.stopLimit;
  if (needsPrice || (isPeg(type) && price !== 0)) {
    const refusal = priceRefusal(world, instrument, price);
    if (refusal !== Code.ok) return refusal;
  } else if (price !== 0) {
    return Code.badPrice;
  }
  if (isStop(type) ? priceRefusal(world, instrument, stop) !== Code.ok : stop !== 0) return Code.badStopPrice;
  return Code.ok;
}

function restOfShape(world: World, instrument: Instrument, order: Order): number {
  const { display, minimum, leaves: quantity, pegOffset, type } = order;
  if (display !== 0 && !displayFits(instrument, display, quantity)) return Code.badDisplayQuantity;
  if (minimum < 0 || minimum > quantity) return Code.badMinimumQuantity;
  const inFuture = order.expire > world.now && Number.isSafeInteger(order.expire);
  if (order.tif === TimeInForce.gtd ? !inFuture : order.expire !== 0) return Code.badExpiry;
  if (type === OrderType.pegPrimary ? pegOffset < 0 : pegOffset !== 0) return Code.badPegOffset;
  if (bracketGiven(order) && bracketIsBad(world, instrument, order)) return Code.badBracket;
  return Code.ok;
}

/** An iceberg comes in whole lots and in a hundred parts at most. */
export function displayFits(instrument: Instrument, display: number, quantity: number): boolean {
  return display > 0 && display <= quantity && display % instrument.lotSize === 0 && quantity <= display * 100;
}

function bracketIsBad(world: World, instrument: Instrument, order: Order): boolean {
  const { takeProfit, stopLoss, stopLossLimit } = order;
  const prices = stopLossLimit === 0 ? [takeProfit, stopLoss] : [takeProfit, stopLoss, stopLossLimit];
  if (prices.some((price) => priceRefusal(world, instrument, price) !== Code.ok)) return true;
  const sign = order.side === Side.buy ? 1 : -1;
  if (sign * (takeProfit - stopLoss) <= 0) return true;
  if (order.type === OrderType.limit) {
    if (sign * (takeProfit - order.price) <= 0 || sign * (order.price - stopLoss) <= 0) return true;
  }
  return stopLossLimit !== 0 && sign * (stopLossLimit - stopLoss) > 0;
}

function linkIsBad(world: World, order: Order): boolean {
  if (order.group === '') return false;
  const group = world.orders.filter((other) => other.group === order.group);
  return group.length > 1 || group.some((other) => other.instrument !== order.instrument);
}
