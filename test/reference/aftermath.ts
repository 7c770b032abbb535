/**
 * What follows from a command after its own work: exits of brackets, triggered stops, meeting mid pegs, tripped
 * protections. Never runs inside a match.
 */
import { Code } from '#trading/codes.ts';
import { ExecType } from '#trading/events.ts';
import { MarketState, OrderType, Side, TermFlag, TimeInForce, packTerms } from '#trading/terms.ts';
import type { SelfTrade } from '#trading/terms.ts';
import { beginBand, breachesBand, startVolatilityAuction } from './bands.ts';
import { hasLeaf } from './leaves.ts';
import { accountOf, begin, cancel, isPostOnly, report, retyped } from './lifecycle.ts';
import { endedByOverflow, isSelfTrade, matchIncoming, preventSelfTrade, rest } from './matching.ts';
import { WIDE_END, valueOf } from './money.ts';
import { bestPrices, pegPrice } from './pegs.ts';
import { wouldTradePostOnly } from './risk.ts';
import { trade } from './trade.ts';
import type { Instrument, Order, World } from './world.ts';
import { bySlot, isQuote, isStop, queueOf } from './world.ts';

/** Does everything that has become due, instrument by instrument, until nothing is left. */
export function aftermath(world: World): void {
  do {
    for (const instrument of world.instruments) {
      if (instrument === undefined) continue;
      while (
        exitsOfEnded(world, instrument) ||
        triggerOneStop(world, instrument) ||
        meetOnePairOfPegs(world, instrument)
      );
    }
    world.endedEntries = [];
  } while (tripProtections(world));
}

/** Brings the exits of the instrument's oldest ended bracket into being; returns whether there was one. */
function exitsOfEnded(world: World, instrument: Instrument): boolean {
  const index = world.endedEntries.findIndex(
    (entry) => entry.instrument === instrument.index && entry.cum > 0 && entry.takeProfit !== 0,
  );
  if (index < 0) return false;
  const [entry] = world.endedEntries.splice(index, 1);
  const { stopLoss, stopLossLimit, takeProfit } = entry;
  const group = `exits of ${entry.born}`;
  const target = exitOf(entry, group, OrderType.limit, takeProfit, 0);
  const guard = exitOf(
    entry,
    group,
    stopLossLimit === 0 ? OrderType.stop : OrderType.stopLimit,
    stopLossLimit,
    stopLoss,
  );
  const fits = exitsFit(world, instrument, target, guard);
  for (const exit of [target, guard]) {
    exit.riskPrice = exit.price || exit.stop;
    begin(world, exit, fits);
    exit.place = exit === guard ? 'stop' : 'incoming';
    report(world, exit, ExecType.new);
  }
  if (!fits) {
    target.leaves = 0;
    guard.leaves = 0;
    cancel(world, target, Code.valueOverflow);
    return true;
  }
  restStop(world, guard);
  if (target.place === 'incoming') enter(world, target);
  return true;
}

/** Whether the account's open notional stays exact with both exits; otherwise they end at once. */
function exitsFit(world: World, instrument: Instrument, target: Order, guard: Order): boolean {
  const values = [target, guard].map((exit) => valueOf(instrument, exit.price || exit.stop, exit.leaves) ?? WIDE_END);
  return values.reduce((sum, value) => sum + value, accountOf(world, target).openNotional) < WIDE_END;
}

function exitOf(entry: Order, group: string, type: number, price: number, stop: number): Order {
  const side = (entry.side ^ 1) as Side;
  const terms = packTerms(side, type as OrderType, TimeInForce.gtc, entry.selfTrade as SelfTrade, TermFlag.bracketExit);
  return {
    ...entry,
    clOrdIdLow: 0,
    clOrdIdHigh: 0,
    terms,
    marks: entry.marks & ~0x18,
    side,
    type,
    tif: TimeInForce.gtc,
    price,
    stop,
    display: 0,
    minimum: 0,
    pegOffset: 0,
    expire: 0,
    takeProfit: 0,
    stopLoss: 0,
    stopLossLimit: 0,
    group,
    leaves: entry.cum,
    cum: 0,
    displayed: 0,
  };
}

/** Lets an accepted order do what its market state allows: match, rest, or wait. */
export function enter(world: World, order: Order): void {
  const instrument = world.instruments[order.instrument];
  const { state } = instrument;
  if (isStop(order.type)) {
    enterStop(world, instrument, order);
    return;
  }
  if (state === MarketState.continuous) {
    matchIncoming(world, order);
    return;
  }
  rest(world, order);
}

/** A stop waits, or is triggered at once where its condition holds. */
function enterStop(world: World, instrument: Instrument, order: Order): void {
  if (instrument.state === MarketState.continuous && isReached(instrument, order)) trigger(world, order);
  else restStop(world, order);
}

/** Puts a stop at the end of its queue; without a leaf for it, it ends. */
function restStop(world: World, order: Order): void {
  order.place = 'incoming';
  const fits = hasLeaf(world, order);
  order.place = 'stop';
  order.queued = world.serial++;
  if (!fits) cancel(world, order, Code.levelCapacity);
}

function isReached({ last }: Instrument, order: Order): boolean {
  return last !== 0 && (order.side === Side.buy ? last >= order.stop : last <= order.stop);
}

/** Triggers the instrument's first stop whose condition holds; returns whether there was one. */
function triggerOneStop(world: World, instrument: Instrument): boolean {
  if (instrument.state !== MarketState.continuous) return false;
  const buys = queueOf(world, instrument.index, Side.buy, 'stop').toSorted((left, right) => left.stop - right.stop);
  const sells = queueOf(world, instrument.index, Side.sell, 'stop').toSorted((left, right) => right.stop - left.stop);
  const due = [buys[0], sells[0]].find((order) => order !== undefined && isReached(instrument, order));
  if (due === undefined) return false;
  trigger(world, due);
  return true;
}

function trigger(world: World, order: Order): void {
  const isLimit = order.type === OrderType.stopLimit;
  order.type = isLimit ? OrderType.limit : OrderType.market;
  order.tif = isLimit ? order.tif : TimeInForce.ioc;
  order.terms = retyped(order.terms, order.type, order.tif);
  order.place = 'incoming';
  report(world, order, ExecType.triggered);
  if (isPostOnly(order) && wouldTradePostOnly(world, order)) cancel(world, order, Code.postOnlyWouldTrade);
  else if (!hasLeaf(world, order)) cancel(world, order, Code.triggerRefused);
  else matchIncoming(world, order);
}

/** Held at-close orders enter the closing auction, in the order of their acceptance. */
export function enterHeld(world: World, instrument: Instrument): void {
  const held = world.orders.filter((order) => order.instrument === instrument.index && order.place === 'held');
  for (const order of held.toSorted((left, right) => left.born - right.born)) {
    order.place = 'incoming';
    report(world, order, ExecType.triggered);
    rest(world, order);
  }
}

/** Lets the oldest mid pegs of both sides trade where they meet; returns whether anything happened. */
function meetOnePairOfPegs(world: World, instrument: Instrument): boolean {
  if (instrument.state !== MarketState.continuous) return false;
  const bests = bestPrices(world, instrument.index);
  const [buys, sells] = [Side.buy, Side.sell].map((side) =>
    queueOf(world, instrument.index, side, 'peg')
      .filter((order) => order.type === OrderType.pegMid)
      .map((order) => ({ order, price: pegPrice(world, order, bests) })),
  );
  const sell = lowest(sells);
  const buy = lowest(
    buys.map((one) => ({ order: one.order, price: one.price === undefined ? undefined : -one.price })),
  );
  if (buy === undefined || sell === undefined || -buy.price < sell.price) return false;
  const [maker, taker] = buy.order.queued < sell.order.queued ? [buy.order, sell.order] : [sell.order, buy.order];
  const { price } = sell;
  const quantity = Math.min(maker.leaves, taker.leaves);
  beginBand(instrument);
  if (isSelfTrade(world, taker, maker)) preventSelfTrade(world, taker, maker);
  else if (endedByOverflow(world, taker, maker, price, quantity)) return true;
  else if (!breachesBand(instrument, price)) trade(world, maker, taker, price, quantity, taker.side);
  else if (instrument.volatilityMillis === 0) cancel(world, taker, Code.bandBreached);
  else startVolatilityAuction(world, instrument, Code.bandBreached);
  return true;
}

function lowest(pegs: { order: Order; price: number | undefined }[]): { order: Order; price: number } | undefined {
  const priced = pegs.flatMap(({ order, price }) => (price === undefined ? [] : [{ order, price }]));
  return priced.toSorted((left, right) => left.price - right.price)[0];
}

/** Cancels the quotes of accounts whose protection has tripped; returns whether there was one. */
function tripProtections(world: World): boolean {
  let any = false;
  for (const account of world.accounts) {
    if (account === undefined || !account.protection.due) continue;
    any = true;
    account.protection.due = false;
    account.protection.tripped = true;
    let canceled = 0;
    for (const order of bySlot(world.orders)) {
      if (order.account !== account.index || !isQuote(order) || order.place === 'done') continue;
      cancel(world, order, Code.protectionTripped);
      canceled++;
    }
    const { quantity, executions } = account.protection;
    world.events.push({
      kind: 'protection',
      account: account.index,
      session: account.quoteSession,
      canceled,
      quantity,
      executions,
    });
  }
  return any;
}
