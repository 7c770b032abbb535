/**
 * Continuous matching of the reference engine, one resting order at a time, each found anew in the sorted book.
 * Never runs outside continuous trading.
 */
import { Code } from '#trading/codes.ts';
import { ExecType, Liquidity, OrderStatus } from '#trading/events.ts';
import { MarketState, OrderType, SelfTrade, Side, TimeInForce } from '#trading/terms.ts';
import {
  accountOf,
  cancel,
  countOpen,
  instrumentOf,
  reduce,
  release,
  rememberStatus,
  report,
  rowOf,
} from './lifecycle.ts';
import { bookPosition, exactValue, feeOf, signedValue, wouldOverflow } from './money.ts';
import { hasLeaf } from './leaves.ts';
import type { BestPrices } from './pegs.ts';
import { bestPrices, pegPrice } from './pegs.ts';
import type { Instrument, Order, World } from './world.ts';
import { bookSide, closingAmount, isPeg, isQuote, isReduceOnly, linkedTo, queueOf } from './world.ts';

/** A resting order and the price it trades at now. */
interface Resting {
  order: Order;
  price: number;
}

/** The worst price an incoming order takes; undefined when it cannot trade at all. */
function limitOf(world: World, order: Order, bests: BestPrices): number | undefined {
  if (isPeg(order.type)) return pegPrice(world, order, bests);
  if (order.type === OrderType.limit) return order.price;
  return order.side === Side.buy ? Infinity : -Infinity;
}

/** What an incoming order may trade with, in the order in which it does. */
export function opposite(world: World, order: Order, bests: BestPrices): Resting[] {
  const limit = limitOf(world, order, bests);
  if (limit === undefined) return [];
  const other = order.side ^ 1;
  const resting: Resting[] = bookSide(world, order.instrument, other).map((one) => ({ order: one, price: one.price }));
  for (const peg of queueOf(world, order.instrument, other, 'peg')) {
    const price = pegPrice(world, peg, bests);
    if (price !== undefined) resting.push({ order: peg, price });
  }
  const sign = order.side === Side.buy ? 1 : -1;
  return resting
    .filter((one) => one.order !== order && sign * (limit - one.price) >= 0)
    .toSorted((left, right) => sign * (left.price - right.price) || hidden(left) - hidden(right));
}

function hidden(resting: Resting): number {
  return resting.order.place === 'peg' ? 1 : 0;
}

/** Matches an incoming order until nothing is left to trade with, then rests or cancels what is left. */
export function matchIncoming(world: World, order: Order): void {
  order.place = 'incoming';
  const bests = bestPrices(world, order.instrument);
  beginBand(instrumentOf(world, order));
  if (!enoughAvailable(world, order)) return;
  matchAll(world, order, bests);
  if (order.place !== 'incoming') return;
  const immediate = order.tif === TimeInForce.ioc || order.tif === TimeInForce.fok || order.type === OrderType.market;
  if (immediate) cancel(world, order, order.cum === 0 ? Code.noLiquidity : Code.immediateRemainder);
  else rest(world, order);
}

function matchAll(world: World, order: Order, bests: BestPrices): void {
  while (order.place === 'incoming') {
    const best = opposite(world, order, bests)[0];
    if (best === undefined) return;
    if (instrumentOf(world, order).proRata && best.order.place === 'book') passOverLevel(world, order, best.price);
    else meet(world, order, best);
  }
}

/**
 * Fill-or-kill and minimum quantity: tries the match out on a copy, and cancels the order where it is not enough. What
 * decrement would take off the order itself does not count, nor what comes after it.
 */
function enoughAvailable(world: World, order: Order): boolean {
  const fillOrKill = order.tif === TimeInForce.fok;
  const needed = fillOrKill ? order.leaves : order.cum === 0 ? order.minimum : 0;
  if (needed === 0) return true;
  const rehearsal = world.rehearsal();
  const double = rehearsal.orders.find((one) => one.slot === order.slot)!;
  double.tif = TimeInForce.ioc;
  double.minimum = 0;
  if (double.selfTrade === SelfTrade.decrement) double.selfTrade = SelfTrade.cancelNewest;
  matchIncoming(rehearsal, double);
  if (double.cum - order.cum >= needed) return true;
  cancel(world, order, fillOrKill ? Code.fillOrKillUnfilled : Code.minimumQuantityUnfilled);
  return false;
}

/** Puts what is left of an order where it waits to be met. */
export function rest(world: World, order: Order): void {
  if (!hasLeaf(world, order)) {
    cancel(world, order, Code.levelCapacity);
    return;
  }
  order.queued = world.serial++;
  order.place = isPeg(order.type) ? 'peg' : order.type === OrderType.market ? 'market' : 'book';
  order.displayed = order.place === 'book' ? displayPart(order) : 0;
}

function displayPart(order: Order): number {
  return order.display === 0 ? order.leaves : Math.min(order.display, order.leaves);
}

/** Lots a resting order offers at once. */
function offered(order: Order): number {
  return order.place === 'book' ? order.displayed : order.leaves;
}

/** One step: the incoming order and the resting order it meets. */
function meet(world: World, order: Order, resting: Resting): void {
  const maker = resting.order;
  if (isSelfTrade(world, order, maker)) {
    preventSelfTrade(world, order, maker);
    return;
  }
  const quantity = Math.min(order.leaves, offered(maker));
  tradeChecked(world, order, resting, quantity);
}

/** Reduce-only, overflow, band, trade; each may end one of the two instead. */
function tradeChecked(world: World, order: Order, resting: Resting, wanted: number): void {
  const maker = resting.order;
  let quantity = wanted;
  for (const one of [order, maker]) {
    if (!isReduceOnly(one)) continue;
    const closing = closingAmount(world, one);
    if (closing === 0) {
      cancel(world, one, Code.reduceOnly);
      return;
    }
    quantity = Math.min(quantity, closing);
  }
  if (endedByOverflow(world, order, maker, resting.price, quantity)) return;
  if (breachesBand(instrumentOf(world, order), resting.price)) {
    onBreach(world, order);
    return;
  }
  trade(world, maker, order, resting.price, quantity, order.side);
}

export function isSelfTrade(world: World, order: Order, maker: Order): boolean {
  if (order.selfTrade === SelfTrade.none) return false;
  if (order.account === maker.account) return true;
  const account = accountOf(world, order);
  return account.scope === 1 && account.participant === accountOf(world, maker).participant;
}

export function preventSelfTrade(world: World, order: Order, maker: Order): void {
  const reason = Code.selfTradePrevented;
  if (order.selfTrade === SelfTrade.cancelNewest) cancel(world, order, reason);
  else if (order.selfTrade === SelfTrade.cancelOldest) cancel(world, maker, reason);
  else if (order.selfTrade === SelfTrade.cancelBoth) {
    cancel(world, maker, reason);
    if (order.place !== 'done') cancel(world, order, reason);
  } else {
    const quantity = Math.min(order.leaves, maker.leaves);
    reduce(world, maker, quantity, reason);
    if (order.place !== 'done') reduce(world, order, quantity, reason);
  }
}

/** Ends the order whose account a trade would carry beyond exact integers; the taker's is looked at first. */
export function endedByOverflow(
  world: World,
  taker: Order,
  maker: Order,
  price: number,
  quantity: number,
  inAuction = false,
): boolean {
  for (const one of [taker, maker]) {
    const signed = signedValue(instrumentOf(world, one), price, quantity);
    const account = accountOf(world, one);
    const rate = one === maker || inAuction ? account.makerRate : account.takerRate;
    const net = rowOf(world, one).net + (one.side === Side.buy ? quantity : -quantity);
    const fits =
      Math.abs(net) < 2 ** 31 &&
      signed !== undefined &&
      !wouldOverflow(account, rowOf(world, one), Math.abs(signed), feeOf(rate, Math.abs(signed)));
    if (fits) continue;
    cancel(world, one, Code.valueOverflow);
    return true;
  }
  return false;
}

/** The dynamic band stays where it is while one order trades. */
export function beginBand(instrument: Instrument): void {
  instrument.bandReference = instrument.last === 0 ? instrument.reference : instrument.last;
}

export function breachesBand(instrument: Instrument, price: number): boolean {
  return (
    outside(price, instrument.bandReference, instrument.dynamicBand) ||
    outside(price, instrument.staticReference, instrument.staticBand)
  );
}

function outside(price: number, reference: number, basisPoints: number): boolean {
  if (basisPoints === 0) return false;
  return BigInt(Math.abs(price - reference)) * 10_000n > BigInt(reference) * BigInt(basisPoints);
}

/** A trade outside a band: a volatility auction begins, or the order goes where auctions are switched off. */
function onBreach(world: World, order: Order): void {
  const instrument = instrumentOf(world, order);
  if (instrument.volatilityMillis === 0) {
    cancel(world, order, Code.bandBreached);
    return;
  }
  startVolatilityAuction(world, instrument, Code.bandBreached);
  const mayRest = order.type !== OrderType.market && order.tif !== TimeInForce.ioc && order.tif !== TimeInForce.fok;
  if (!mayRest) cancel(world, order, Code.bandBreached);
  else if (order.place === 'incoming') rest(world, order);
}

/** Changes an instrument's state to volatilityAuction and sets its timer. */
export function startVolatilityAuction(world: World, instrument: Instrument, reason: number): void {
  tellState(world, instrument, MarketState.volatilityAuction, reason);
  if (instrument.volatilityMillis > 0) {
    instrument.auctionEnd = world.now + instrument.volatilityMillis * 1000;
    instrument.auctionBorn = world.serial++;
  }
}

/** Sets a new state and tells it. */
export function tellState(world: World, instrument: Instrument, state: number, reason: number): void {
  world.events.push({ kind: 'marketState', instrument: instrument.index, state, previous: instrument.state, reason });
  instrument.state = state;
  instrument.auctionEnd = 0;
  instrument.indicative = { price: 0, volume: 0, imbalance: 0 };
}

/** Carries out one trade between a resting and an incoming order (in an auction: the buy and the sell, side 2). */
export function trade(
  world: World,
  maker: Order,
  taker: Order,
  price: number,
  quantity: number,
  aggressor: number,
): void {
  const instrument = instrumentOf(world, taker);
  const tradeId = world.nextTrade++;
  const sides = [maker, taker].map((one) => {
    const isMaker = one === maker || aggressor === 2;
    const liquidity = aggressor === 2 ? Liquidity.auction : one === maker ? Liquidity.added : Liquidity.removed;
    const fee = settle(world, one, instrument, price, quantity, isMaker);
    countOpen(world, one, -quantity);
    one.leaves -= quantity;
    one.cum += quantity;
    const status = one.leaves === 0 ? OrderStatus.filled : OrderStatus.partiallyFilled;
    report(world, one, ExecType.trade, { lastQuantity: quantity, lastPrice: price, tradeId, status, liquidity });
    return { order: one, fee, maker: isMaker };
  });
  world.events.push({
    kind: 'trade',
    instrument: instrument.index,
    price,
    quantity,
    tradeId,
    aggressorSide: aggressor,
    makerSlot: maker.slot,
    makerGeneration: maker.generation,
    takerSlot: taker.slot,
    takerGeneration: taker.generation,
    correction: 0,
  });
  const [first, second] = sides.map(({ order, fee, maker: isMaker }) => ({ ...identity(order), fee, maker: isMaker }));
  world.trades.push({
    id: tradeId,
    instrument: instrument.index,
    price,
    quantity,
    aggressor,
    canceled: false,
    sides: [first!, second!],
  });
  instrument.last = price;
  afterTrade(world, maker, taker, quantity, aggressor);
}

function identity(order: Order) {
  const { session, account, slot, generation, clOrdIdLow, clOrdIdHigh, terms, side } = order;
  return { session, account, slot, generation, clOrdIdLow, clOrdIdHigh, terms, side };
}

/** Books one side of a trade; returns its fee. */
export function settle(
  world: World,
  order: Order,
  instrument: Instrument,
  price: number,
  quantity: number,
  maker: boolean,
): number {
  const account = accountOf(world, order);
  const row = rowOf(world, order);
  const signed = signedValue(instrument, price, quantity)!;
  const fee = feeOf(maker ? account.makerRate : account.takerRate, exactValue(instrument, price, quantity));
  bookPosition(row, instrument, order.side, price, quantity);
  row.fees += fee;
  account.cash += (order.side === Side.buy ? -signed : signed) - fee;
  for (const sum of [row.net, row.cost, row.realised, row.fees, account.cash]) {
    if (!Number.isSafeInteger(sum)) throw new Error('reference: a sum left the safe integers');
  }
  if (isQuote(order)) countForProtection(world, order, quantity);
  return fee;
}

function countForProtection(world: World, order: Order, quantity: number): void {
  const protection = accountOf(world, order).protection;
  if (protection.window === 0 || protection.tripped || protection.due) return;
  if (protection.executions === 0 || world.now - protection.first >= protection.window) {
    protection.first = world.now;
    protection.quantity = 0;
    protection.executions = 0;
  }
  protection.quantity += quantity;
  protection.executions += 1;
  const over =
    (protection.maxQuantity > 0 && protection.quantity >= protection.maxQuantity) ||
    (protection.maxExecutions > 0 && protection.executions >= protection.maxExecutions);
  if (over) protection.due = true;
}

/** What follows from a trade: filled orders go, parts are displayed anew, links and reduce-only rests are cut. */
function afterTrade(world: World, maker: Order, taker: Order, quantity: number, aggressor: number): void {
  const links = [maker, taker].map((one) => linkedTo(world, one));
  for (const one of [maker, taker]) {
    if (one.place === 'book') {
      one.displayed = Math.max(0, one.displayed - quantity);
      if (one.displayed === 0 && one.leaves > 0) {
        one.displayed = displayPart(one);
        if (aggressor !== 2) one.queued = world.serial++;
      }
    }
    if (one.leaves === 0) {
      rememberStatus(one, OrderStatus.filled);
      release(world, one);
    }
  }
  for (const linked of links) {
    if (linked !== undefined && linked.place !== 'done') {
      reduce(world, linked, Math.min(quantity, linked.leaves), Code.linkedOrderDone);
    }
  }
  for (const one of [maker, taker]) {
    if (one.place !== 'done' && isReduceOnly(one))
      reduce(world, one, one.leaves - closingAmount(world, one), Code.reduceOnly);
  }
}

/** Pro-rata: one pass over a level, from self-trades to the trades of everyone's share. */
function passOverLevel(world: World, order: Order, price: number): void {
  const level = () => bookSide(world, order.instrument, order.side ^ 1).filter((one) => one.price === price);
  const takerClosing = isReduceOnly(order) ? closingAmount(world, order) : Infinity;
  if (takerClosing === 0) {
    cancel(world, order, Code.reduceOnly);
    return;
  }
  const own = level().find((maker) => isSelfTrade(world, order, maker));
  if (own !== undefined) {
    preventSelfTrade(world, order, own);
    return;
  }
  const spent = level().find((maker) => isReduceOnly(maker) && closingAmount(world, maker) === 0);
  if (spent !== undefined) {
    cancel(world, spent, Code.reduceOnly);
    return;
  }
  if (order.place !== 'incoming') return;
  const makers = level();
  if (makers.length === 0) return;
  if (breachesBand(instrumentOf(world, order), price)) {
    onBreach(world, order);
    return;
  }
  const amounts = makers.map((maker) =>
    Math.min(maker.displayed, isReduceOnly(maker) ? closingAmount(world, maker) : Infinity),
  );
  const shares = shareOut(Math.min(order.leaves, takerClosing), amounts);
  for (const [index, maker] of makers.entries()) {
    const share = shares[index];
    if (order.place !== 'incoming') return;
    if (share === 0 || maker.place === 'done') continue;
    tradeChecked(world, order, { order: maker, price }, Math.min(share, order.leaves, maker.displayed));
  }
}

/** floor(q × amount ÷ total) each, and what rounding leaves in order. */
export function shareOut(wanted: number, amounts: readonly number[]): number[] {
  const total = amounts.reduce((sum, amount) => sum + BigInt(amount), 0n);
  const quantity = BigInt(wanted) < total ? BigInt(wanted) : total;
  const shares = amounts.map((amount) => (quantity * BigInt(amount)) / total);
  let left = quantity - shares.reduce((sum, share) => sum + share, 0n);
  for (const [index, amount] of amounts.entries()) {
    const room = BigInt(amount) - shares[index];
    const extra = left < room ? left : room;
    shares[index] += extra;
    left -= extra;
  }
  return shares.map(Number);
}
