/**
 * One trade of the reference engine and what follows from it: fills, positions, fees, the kept trade, protection,
 * parts of icebergs, linked orders, reduce-only rests. Whether it may happen is decided elsewhere.
 */
import { Code } from '#trading/codes.ts';
import { ExecType, Liquidity, OrderStatus } from '#trading/events.ts';
import { Side } from '#trading/terms.ts';
import { accountOf, countOpen, instrumentOf, reduce, release, rememberStatus, report, rowOf } from './lifecycle.ts';
import { bookPosition, exactValue, feeOf, signedValue } from './money.ts';
import type { Instrument, Order, World } from './world.ts';
import { closingAmount, isQuote, isReduceOnly, linkedTo } from './world.ts';

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
    const fee = world.isRehearsal ? 0 : settle(world, one, instrument, price, quantity, isMaker);
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
    sides: [first, second],
  });
  instrument.last = price;
  afterTrade(world, maker, taker, quantity, aggressor);
}

function identity(order: Order) {
  const { session, account, slot, generation, clOrdIdLow, clOrdIdHigh, terms, side } = order;
  return { session, account, slot, generation, clOrdIdLow, clOrdIdHigh, terms, side };
}

/** Books one side of a trade; returns its fee. */
function settle(
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

/** The part of what is left that an order displays. */
export function displayPart(order: Order): number {
  return order.display === 0 ? order.leaves : Math.min(order.display, order.leaves);
}
