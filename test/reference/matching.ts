/**
 * Continuous matching of the reference engine, one resting order at a time, each found anew in the sorted book.
 * Never runs outside continuous trading.
 */
import { Code } from '#trading/codes.ts';
import { OrderType, SelfTrade, Side, TimeInForce } from '#trading/terms.ts';
import { beginBand, breachesBand, startVolatilityAuction } from './bands.ts';
import { hasLeaf } from './leaves.ts';
import { accountOf, cancel, instrumentOf, reduce, rowOf } from './lifecycle.ts';
import { WIDE_END, feeOf, signedValue, wouldOverflow } from './money.ts';
import type { BestPrices } from './pegs.ts';
import { bestPrices, pegPrice } from './pegs.ts';
import { displayPart, trade } from './trade.ts';
import type { Order, World } from './world.ts';
import { bookSide, closingAmount, isPeg, isReduceOnly, linkedTo, queueOf } from './world.ts';

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
  if (!enoughAvailable(world, order, bests)) return;
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

/** Fill-or-kill and minimum quantity: tries the match out on a copy, and cancels the order where it is not enough. */
function enoughAvailable(world: World, order: Order, bests: BestPrices): boolean {
  const fillOrKill = order.tif === TimeInForce.fok;
  const needed = fillOrKill ? order.leaves : order.cum === 0 ? order.minimum : 0;
  if (needed === 0) return true;
  const rehearsal = world.rehearsal();
  const double = rehearsal.orders.find((one) => one.slot === order.slot)!;
  double.tif = TimeInForce.ioc;
  double.minimum = 0;
  if (double.selfTrade === SelfTrade.decrement) double.selfTrade = SelfTrade.cancelNewest;
  const uncertain = new Set(uncertainOf(rehearsal, double, bests));
  rehearsal.orders = rehearsal.orders.filter((one) => !uncertain.has(one));
  matchAll(rehearsal, double, bests);
  if (double.cum - order.cum >= needed) return true;
  cancel(world, order, fillOrKill ? Code.fillOrKillUnfilled : Code.minimumQuantityUnfilled);
  return false;
}

/**
 * What a rehearsed match must not count on: reduce-only orders and those linked to one, since what they trade depends
 * on what traded before; orders whose account could not take the whole incoming order; and everything from the first
 * price on that is outside a band, or at which the incoming order's own account could not take all of it.
 */
function uncertainOf(world: World, order: Order, bests: BestPrices): Order[] {
  const instrument = instrumentOf(world, order);
  const resting = opposite(world, order, bests).map((one) => ({
    ...one,
    own: isSelfTrade(world, order, one.order),
  }));
  const first = resting[0]?.price ?? 0;
  const takesAll = (one: Order, price: number): boolean => takesWhole(world, one, order.leaves, [first, price]);
  const end = resting.findIndex(
    ({ own, price }) => !own && (breachesBand(instrument, price) || !takesAll(order, price)),
  );
  const reducing = (maker: Order | undefined): boolean => maker !== undefined && isReduceOnly(maker);
  const behind = end < 0 ? [] : resting.slice(end);
  const before = (end < 0 ? resting : resting.slice(0, end)).filter(
    ({ order: maker, own, price }) =>
      !own && (reducing(maker) || reducing(linkedTo(world, maker)) || !takesAll(maker, price)),
  );
  return [...before, ...behind].map((one) => one.order);
}

/** Whether an account stays far from what is exact whatever way it trades so many lots at these prices. */
function takesWhole(world: World, order: Order, lots: number, prices: readonly number[]): boolean {
  const instrument = instrumentOf(world, order);
  const { net, cost, realised, fees } = rowOf(world, order);
  const perLot = prices.map((price) => BigInt(Math.abs(instrument.base + price)) * BigInt(instrument.moneyPerTick));
  const largest = perLot.reduce((most, value) => (value > most ? value : most), 0n);
  const sums = [accountOf(world, order).cash, cost, realised, fees].map((sum) => BigInt(Math.abs(sum)));
  const reached = sums.reduce((total, sum) => total + sum, 4n * largest * BigInt(lots));
  return Math.abs(net) + lots < 2 ** 31 && reached < BigInt(WIDE_END);
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
  if (world.isRehearsal) return false;
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
function shareOut(wanted: number, amounts: readonly number[]): number[] {
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
