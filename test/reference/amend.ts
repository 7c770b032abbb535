/**
 * Amend and cancel of single orders in the reference engine.
 * A refused amend leaves the order exactly as it was.
 */
import { Code } from '#trading/codes.ts';
import { AmendOrder } from '#trading/commands.ts';
import { ExecType, OrderStatus } from '#trading/events.ts';
import { MarketState, OrderType, TermFlag, TimeInForce } from '#trading/terms.ts';
import { enter } from './aftermath.ts';
import type { Asker } from './lifecycle.ts';
import {
  accountOf,
  cancel,
  countOpen,
  instrumentOf,
  report,
  rowOf,
  shrink,
  statusOf,
  toldStatus,
} from './lifecycle.ts';
import { valueOf } from './money.ts';
import type { Refusal } from './refusal.ts';
import { refuse } from './refusal.ts';
import type { Exposure } from './risk.ts';
import {
  buyingPowerRefusal,
  exposureRefusal,
  killRefusal,
  messageRefusal,
  needsLocate,
  restrictionRefusal,
  wouldTradePostOnly,
} from './risk.ts';
import { displayFits, priceRefusal, quantityRefusal } from './shape.ts';
import type { Order, World } from './world.ts';
import { dayKey, flag, isPeg, isQuote, isStop } from './world.ts';

interface Named {
  account: number;
  instrument: number;
  slot: number;
  generation: number;
  low: number;
  high: number;
}

function readNamed(words: Int32Array, at: number): Named {
  return {
    account: words[at + AmendOrder.account],
    instrument: words[at + AmendOrder.instrument],
    slot: words[at + AmendOrder.orderSlot],
    generation: words[at + AmendOrder.orderGeneration],
    low: words[at + AmendOrder.clOrdIdLow],
    high: words[at + AmendOrder.clOrdIdHigh],
  };
}

/** Finds the named live order; otherwise says why not, with the done order where there is one. */
function find(world: World, named: Named): { order?: Order; refusal?: number; done?: Order } {
  const record = world.dayRecords.get(dayKey(named.account, named.low, named.high))?.order;
  if (named.generation !== 0) {
    const order = world.orders.find((one) => one.slot === named.slot && one.generation === named.generation);
    if (order !== undefined) return order.account === named.account ? { order } : { refusal: Code.notYourOrder };
  } else if (record !== undefined && record.place !== 'done') {
    return { order: record };
  }
  if (record === undefined || record.place !== 'done') return { refusal: Code.unknownOrder };
  return { refusal: Code.orderDone, done: record };
}

/** Refuses a request; tells the order as it is when the asker may know it. */
function refuseRequest(world: World, named: Named, asker: Asker, refusal: Refusal, order?: Order): void {
  const isLive = order !== undefined && order.place !== 'done';
  const told = order ?? ({ terms: 0, price: 0, leaves: 0, cum: 0 } as Order);
  world.events.push({
    kind: 'execution',
    execType: ExecType.requestRejected,
    reason: refusal.reason,
    session: asker.session,
    account: named.account,
    instrument: isLive ? told.instrument : named.instrument,
    slot: isLive ? told.slot : 0,
    generation: isLive ? told.generation : 0,
    clOrdIdLow: isLive ? told.clOrdIdLow : named.low,
    clOrdIdHigh: isLive ? told.clOrdIdHigh : named.high,
    terms: isLive ? told.terms : 0,
    price: told.price,
    leaves: isLive ? told.leaves : 0,
    cum: told.cum,
    lastQuantity: 0,
    lastPrice: 0,
    tradeId: 0,
    clientSequence: asker.clientSequence,
    status: order === undefined ? OrderStatus.rejected : toldStatus(order),
    liquidity: 0,
    limit: refusal.limit,
    value: refusal.value,
    used: refusal.used,
  });
}

export function cancelOrder(world: World, words: Int32Array, at: number, asker: Asker): void {
  const named = readNamed(words, at);
  const account = world.accounts[named.account];
  if (account === undefined) {
    refuseRequest(world, named, asker, refuse(Code.unknownAccount));
    return;
  }
  messageRefusal(world, account);
  const found = find(world, named);
  if (found.order === undefined) refuseRequest(world, named, asker, refuse(found.refusal!), found.done);
  else cancel(world, found.order, Code.canceledByUser, asker);
}

/** What an order would be after an amend. */
interface Wish {
  leaves: number;
  price: number;
  stop: number;
  display: number;
}

export function amendOrder(world: World, words: Int32Array, at: number, asker: Asker): void {
  const named = readNamed(words, at);
  const account = world.accounts[named.account];
  if (account === undefined) {
    refuseRequest(world, named, asker, refuse(Code.unknownAccount));
    return;
  }
  const rate = messageRefusal(world, account);
  if (rate !== undefined) {
    refuseRequest(world, named, asker, rate);
    return;
  }
  const found = find(world, named);
  const order = found.order;
  if (order === undefined) {
    refuseRequest(world, named, asker, refuse(found.refusal!), found.done);
    return;
  }
  const given = {
    quantity: words[at + AmendOrder.quantity],
    price: words[at + AmendOrder.priceTicks],
    stop: words[at + AmendOrder.stopTicks],
    display: words[at + AmendOrder.displayQuantity],
  };
  const wish: Wish = {
    leaves: given.quantity === 0 ? order.leaves : given.quantity - order.cum,
    price: given.price || order.price,
    stop: given.stop || order.stop,
    display: given.display || order.display,
  };
  const code = permissionRefusal(world, order, wish) || valuesRefusal(world, order, wish);
  const refusal = code === Code.ok ? amendRiskRefusal(world, order, wish) : refuse(code);
  if (refusal === undefined) carryOut(world, order, wish, asker);
  else refuseRequest(world, named, asker, refusal, order);
}

function permissionRefusal(world: World, order: Order, wish: Wish): number {
  const instrument = instrumentOf(world, order);
  const killed = killRefusal(world, accountOf(world, order), instrument);
  if (killed !== Code.ok) return killed;
  if (instrument.state === MarketState.halt) return Code.marketHalted;
  if (instrument.state === MarketState.closed) return Code.marketClosed;
  if (isQuote(order)) return Code.amendNotAllowed;
  if (flag(order, TermFlag.bracketExit) && wish.leaves !== order.leaves) return Code.amendNotAllowed;
  const otherTerms = wish.price !== order.price || wish.stop !== order.stop || wish.display !== order.display;
  const onlyDown =
    order.type === OrderType.market ||
    isPeg(order.type) ||
    order.tif === TimeInForce.atOpen ||
    order.tif === TimeInForce.atClose;
  return onlyDown && (otherTerms || wish.leaves > order.leaves) ? Code.amendNotAllowed : Code.ok;
}

/** What is to change must be allowed to, and be a sound value. */
function valuesRefusal(world: World, order: Order, wish: Wish): number {
  const instrument = instrumentOf(world, order);
  const quantity = wish.leaves + order.cum;
  if (quantity < 0) return Code.badQuantity;
  if (wish.leaves <= 0) return Code.amendBelowExecuted;
  if (wish.leaves !== order.leaves) {
    const refusal = quantityRefusal(instrument, quantity);
    if (refusal !== Code.ok) return refusal;
  }
  if (wish.price !== order.price) {
    if (order.type === OrderType.stop) return Code.amendNotAllowed;
    const refusal = priceRefusal(world, instrument, wish.price);
    if (refusal !== Code.ok) return refusal;
  }
  if (wish.stop !== order.stop) {
    if (!isStop(order.type)) return Code.amendNotAllowed;
    if (priceRefusal(world, instrument, wish.stop) !== Code.ok) return Code.badStopPrice;
  }
  if (wish.display !== order.display) {
    if (order.display === 0) return Code.amendNotAllowed;
    return displayFits(instrument, wish.display, wish.leaves) ? Code.ok : Code.badDisplayQuantity;
  }
  return order.display > 0 && wish.leaves > order.display * 100 ? Code.badDisplayQuantity : Code.ok;
}

function wishedRiskPrice(order: Order, wish: Wish): number {
  if (wish.price !== order.price) return wish.price;
  return order.type === OrderType.stop && wish.stop !== order.stop ? wish.stop : order.riskPrice;
}

/** Checks 6 and 7 for what the amend adds, post-only, and a level to rest in. */
function amendRiskRefusal(world: World, order: Order, wish: Wish): Refusal | undefined {
  const instrument = instrumentOf(world, order);
  const account = accountOf(world, order);
  const row = rowOf(world, order);
  const more = wish.leaves - order.leaves;
  const restricted = more > 0 ? restrictionRefusal(world, order, more, true) : undefined;
  if (restricted !== undefined) return restricted;
  const value = valueOf(instrument, wishedRiskPrice(order, wish), wish.leaves);
  if (value === undefined) return refuse(Code.valueOverflow);
  const exposure: Exposure = {
    account,
    instrument,
    side: order.side,
    quantity: wish.leaves + order.cum,
    value,
    moreQuantity: more,
    moreValue: value - valueOf(instrument, order.riskPrice, order.leaves)!,
    net: row.net,
    openBuys: row.openBuys,
    openSells: row.openSells,
    openNotional: account.openNotional,
    reserved: account.reserved,
    collarPrice: wish.price === order.price ? 0 : wish.price,
  };
  const risk = exposureRefusal(exposure) ?? buyingPowerRefusal(exposure);
  if (risk !== undefined || keepsPlace(order, wish)) return risk;
  const moved = { ...order, ...wish };
  const all = world.orders;
  world.orders = all.filter((one) => one !== order);
  const refusal = order.type === OrderType.limit && wouldTradePostOnly(world, moved);
  world.orders = all;
  return refusal ? refuse(Code.postOnlyWouldTrade) : undefined;
}

/** Quantity down alone, or nothing at all. */
function keepsPlace(order: Order, wish: Wish): boolean {
  const sameTerms = wish.price === order.price && wish.stop === order.stop && wish.display === order.display;
  return sameTerms && wish.leaves <= order.leaves;
}

function carryOut(world: World, order: Order, wish: Wish, asker: Asker): void {
  if (keepsPlace(order, wish)) {
    shrink(world, order, order.leaves - wish.leaves);
    report(world, order, ExecType.replaced, { ...asker });
    return;
  }
  if (wish.leaves > order.leaves && needsLocate(world, order))
    rowOf(world, order).locateUsed += wish.leaves - order.leaves;
  countOpen(world, order, -order.leaves);
  const status = statusOf(order);
  order.place = 'incoming';
  order.riskPrice = wishedRiskPrice(order, wish);
  order.leaves = wish.leaves;
  order.price = wish.price;
  order.stop = wish.stop;
  order.display = wish.display;
  countOpen(world, order, order.leaves);
  report(world, order, ExecType.replaced, { ...asker, status });
  enter(world, order);
}
