/**
 * Checks 3 and 5 to 10 of a new order in the reference engine: entitlement, market state, restriction and short
 * sale, risk, duplicate window, reduce-only and post-only, capacity. Each answers with the first refusal.
 */
import { Code } from '#trading/codes.ts';
import { MarketState, OrderType, ShortMark, Side, TimeInForce, shortMarkOf } from '#trading/terms.ts';
import { levelRefusal } from './leaves.ts';
import { accountOf, instrumentOf, isPostOnly, slotsInUse } from './lifecycle.ts';
import { opposite } from './matching.ts';
import { WIDE_END, valueOf } from './money.ts';
import { bestPrices } from './pegs.ts';
import type { Refusal } from './refusal.ts';
import { refuse } from './refusal.ts';
import { bracketGiven } from './shape.ts';
import type { Account, Instrument, Order, World } from './world.ts';
import { bestPrice, closingAmount, findRow, isCallPhase, isPeg, isReduceOnly, isStop } from './world.ts';

/** Counts a message of an account; refuses it over the limit, which cancels ignore. */
export function messageRefusal(world: World, account: Account): Refusal | undefined {
  beginSecond(world, account);
  const used = account.messages++;
  const limit = account.limits.messagesPerSecond;
  return limit > 0 && used >= limit ? refuse(Code.messageRate, limit, 1, used) : undefined;
}

function beginSecond(world: World, account: Account): void {
  const second = Math.floor(world.now / 1_000_000);
  if (account.second === second) return;
  account.second = second;
  account.messages = 0;
  account.orders = 0;
}

export function killRefusal(world: World, account: Account, instrument: Instrument): number {
  if (world.killedParticipants.has(account.participant)) return Code.participantKilled;
  if (account.killed) return Code.accountKilled;
  return instrument.killed ? Code.instrumentKilled : Code.ok;
}

export function phaseRefusal(world: World, order: Order): number {
  const { state } = instrumentOf(world, order);
  if (state === MarketState.closed) return Code.marketClosed;
  if (state === MarketState.halt) return Code.marketHalted;
  const continuous = state === MarketState.continuous;
  const { tif } = order;
  if ((tif === TimeInForce.ioc || tif === TimeInForce.fok) && !continuous) return Code.notInThisPhase;
  if (isPeg(order.type) && !continuous) return Code.notInThisPhase;
  if (tif === TimeInForce.atOpen && state !== MarketState.preOpen && state !== MarketState.openingAuction)
    return Code.notInThisPhase;
  if (order.minimum !== 0 && !continuous) return Code.notInThisPhase;
  if (order.type === OrderType.market && !continuous && !isCallPhase(state)) return Code.notInThisPhase;
  return Code.ok;
}

/** Whether an order had to have a locate, and so uses it up. */
export function needsLocate(world: World, order: Order): boolean {
  return (
    instrumentOf(world, order).needsLocate && order.side === Side.sell && shortMarkOf(order.marks) === ShortMark.short
  );
}

/** Check 6, for `quantity` more lots; `locateGiven` is taken for granted when an order is amended. */
export function restrictionRefusal(
  world: World,
  order: Order,
  quantity: number,
  locateGiven: boolean,
): Refusal | undefined {
  const instrument = instrumentOf(world, order);
  const row = findRow(world, order.account, order.instrument);
  if (instrument.restricted || row?.restricted === true) return refuse(Code.instrumentRestricted);
  if (!instrument.needsLocate || order.side === Side.buy) return undefined;
  const mark = shortMarkOf(order.marks);
  const after = (row?.net ?? 0) - (row?.openSells ?? 0) - quantity;
  if (after < 0 && mark !== ShortMark.short && mark !== ShortMark.shortExempt) return refuse(Code.shortMarkMissing);
  if (mark !== ShortMark.short) return undefined;
  if (!locateGiven) return refuse(Code.locateRequired);
  const located = row?.located ?? 0;
  const used = row?.locateUsed ?? 0;
  return quantity > located - used ? refuse(Code.locateExceeded, located, quantity, used) : undefined;
}

/** The price an order's value is reckoned at while it lives. */
export function riskPriceOf(world: World, order: Order): number {
  if (order.price !== 0) return order.price;
  if (isStop(order.type)) return order.stop;
  const instrument = instrumentOf(world, order);
  return bestPrice(world, order.instrument, order.side ^ 1) || instrument.last || instrument.reference;
}

/** What an order adds to what its account has at risk. */
export interface Exposure {
  account: Account;
  instrument: Instrument;
  side: number;
  /** Lots and value of the whole order, as far as it is open. */
  quantity: number;
  value: number;
  /** Lots and value that it adds to the sums below. */
  moreQuantity: number;
  moreValue: number;
  net: number;
  openBuys: number;
  openSells: number;
  openNotional: number;
  reserved: number;
  /** The price to hold against the collar, or 0. */
  collarPrice: number;
}

/** Check 7 up to the positions; order rate and buying power follow. */
export function exposureRefusal(of: Exposure): Refusal | undefined {
  const { limits } = of.account;
  if (of.openNotional + of.moreValue >= WIDE_END) return refuse(Code.valueOverflow);
  if (of.moreQuantity > 0 && limits.maxOrderQuantity > 0 && of.quantity > limits.maxOrderQuantity) {
    return refuse(Code.maxOrderQuantity, limits.maxOrderQuantity, of.quantity, 0);
  }
  if (of.moreValue > 0 && limits.maxOrderValue > 0 && of.value > limits.maxOrderValue) {
    return refuse(Code.maxOrderValue, limits.maxOrderValue, of.value, 0);
  }
  const collar = collarRefusal(of.instrument, of.collarPrice);
  if (collar !== undefined) return collar;
  if (of.moreValue > 0 && limits.maxOpenNotional > 0 && of.openNotional + of.moreValue > limits.maxOpenNotional) {
    return refuse(Code.openNotional, limits.maxOpenNotional, of.moreValue, of.openNotional);
  }
  return positionRefusal(of);
}

function collarRefusal(instrument: Instrument, price: number): Refusal | undefined {
  if (instrument.collar === 0 || price === 0) return undefined;
  const reference = instrument.last || instrument.reference;
  const outside = BigInt(Math.abs(price - reference)) * 10_000n > BigInt(reference) * BigInt(instrument.collar);
  return outside ? refuse(Code.priceCollar, instrument.collar, price, reference) : undefined;
}

const LOTS_MAX = 2 ** 31 - 1;

function positionRefusal(of: Exposure): Refusal | undefined {
  if (of.moreQuantity <= 0) return undefined;
  const isBuy = of.side === Side.buy;
  const limit = (isBuy ? of.account.limits.maxLong : of.account.limits.maxShort) || LOTS_MAX;
  const would = isBuy ? of.net + of.openBuys + of.moreQuantity : -(of.net - of.openSells - of.moreQuantity);
  return would > limit ? refuse(isBuy ? Code.positionLong : Code.positionShort, limit, would, of.net) : undefined;
}

export function buyingPowerRefusal(of: Exposure): Refusal | undefined {
  if (!of.account.limits.buyingPower || of.side !== Side.buy || of.moreValue <= 0) return undefined;
  const free = of.account.cash - of.reserved;
  return of.moreValue > free ? refuse(Code.buyingPower, free, of.moreValue, of.reserved) : undefined;
}

/** Check 7 of a new order. */
export function riskRefusal(world: World, order: Order): Refusal | undefined {
  const account = accountOf(world, order);
  const instrument = instrumentOf(world, order);
  const value = valueOf(instrument, order.riskPrice, order.leaves);
  if (value === undefined) return refuse(Code.valueOverflow);
  const row = findRow(world, order.account, order.instrument);
  const collared = order.type === OrderType.limit || order.type === OrderType.stopLimit;
  const exposure: Exposure = {
    account,
    instrument,
    side: order.side,
    quantity: order.leaves,
    value,
    moreQuantity: order.leaves,
    moreValue: value,
    net: row?.net ?? 0,
    openBuys: row?.openBuys ?? 0,
    openSells: row?.openSells ?? 0,
    openNotional: account.openNotional,
    reserved: account.reserved,
    collarPrice: collared ? order.price : 0,
  };
  return exposureRefusal(exposure) ?? orderRateRefusal(world, account) ?? buyingPowerRefusal(exposure);
}

function orderRateRefusal(world: World, account: Account): Refusal | undefined {
  beginSecond(world, account);
  const used = account.orders++;
  const limit = account.limits.ordersPerSecond;
  return limit > 0 && used >= limit ? refuse(Code.orderRate, limit, 1, used) : undefined;
}

export function recentKey(order: Order): string {
  return `${order.account}/${order.instrument}/${order.side}/${order.leaves}/${order.price}`;
}

/** Check 8. Forgets from the oldest entry on, as long as that one's window has passed. */
export function duplicateRefusal(world: World, order: Order): Refusal | undefined {
  while (world.recents.length > 0 && world.recents[0].until <= world.now) world.recents.shift();
  const window = accountOf(world, order).limits.duplicateWindow;
  const key = recentKey(order);
  const isTwin = world.recents.some((recent) => recent.key === key && world.now - recent.at < window);
  return isTwin ? refuse(Code.duplicateOrder) : undefined;
}

/** Check 9. */
export function restingRefusal(world: World, order: Order): Refusal | undefined {
  if (isReduceOnly(order) && order.leaves > closingAmount(world, order)) return refuse(Code.reduceOnly);
  return order.type === OrderType.limit && wouldTradePostOnly(world, order)
    ? refuse(Code.postOnlyWouldTrade)
    : undefined;
}

export function wouldTradePostOnly(world: World, order: Order): boolean {
  if (!isPostOnly(order) || instrumentOf(world, order).state !== MarketState.continuous) return false;
  return opposite(world, order, bestPrices(world, order.instrument)).length > 0;
}

/** Check 10. */
export function capacityRefusal(world: World, order: Order): Refusal | undefined {
  const { capacity } = world;
  if (slotsInUse(world) + (bracketGiven(order) ? 3 : 1) > capacity.orders) return refuse(Code.orderCapacity);
  if (world.dayRecords.size >= capacity.dayOrders) return refuse(Code.dayOrderCapacity);
  const remembers = accountOf(world, order).limits.duplicateWindow > 0;
  if (remembers && world.recents.length >= capacity.recentOrders) return refuse(Code.recentOrderCapacity);
  const level = levelRefusal(world, [order]);
  return level === Code.ok ? undefined : refuse(level);
}
