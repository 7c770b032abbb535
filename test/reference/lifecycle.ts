/**
 * The life of an order in the reference engine: taking a slot, the sums it counts in, its reports, its end.
 * Never matches.
 */
import { Code } from '#trading/codes.ts';
import { ExecType, Liquidity, OrderStatus } from '#trading/events.ts';
import { Side, TermFlag } from '#trading/terms.ts';
import type { ExecutionEvent } from './events.ts';
import { exactValue } from './money.ts';
import type { Account, Instrument, Order, Row, World } from './world.ts';
import { dayKey, hasBracket, linkedTo, takeRow } from './world.ts';

export interface Asker {
  session: number;
  clientSequence: number;
}

export function accountOf(world: World, order: Order): Account {
  return world.accounts[order.account];
}

export function instrumentOf(world: World, order: Order): Instrument {
  return world.instruments[order.instrument];
}

export function rowOf(world: World, order: Order): Row {
  return takeRow(world, order.account, order.instrument);
}

/** FIX OrdStatus of a live order. */
export function statusOf(order: Order): number {
  if (order.cum > 0) return OrderStatus.partiallyFilled;
  return order.place === 'stop' || order.place === 'held' ? OrderStatus.pendingNew : OrderStatus.new;
}

/** More events than any command of a test can bring about. */
const EVENTS_MAX = 100_000;

/** Tells what happened to an order; what is not given is told from the order as it is. */
export function report(world: World, order: Order, execType: number, more: Partial<ExecutionEvent> = {}): void {
  if (world.events.length > EVENTS_MAX) throw new Error('reference: a command does not come to an end');
  world.events.push({
    kind: 'execution',
    execType,
    reason: Code.ok,
    session: order.session,
    account: order.account,
    instrument: order.instrument,
    slot: order.slot,
    generation: order.generation,
    clOrdIdLow: order.clOrdIdLow,
    clOrdIdHigh: order.clOrdIdHigh,
    terms: order.terms,
    price: order.price,
    leaves: order.leaves,
    cum: order.cum,
    lastQuantity: 0,
    lastPrice: 0,
    tradeId: 0,
    clientSequence: 0,
    status: statusOf(order),
    liquidity: Liquidity.none,
    limit: 0,
    value: 0,
    used: 0,
    ...more,
  });
}

/** Live orders and the slots kept for the exits of brackets. */
export function slotsInUse(world: World): number {
  let used = 0;
  for (const order of world.orders) used += hasBracket(order) ? 3 : 1;
  for (const ended of world.endedEntries) used += ended.cum > 0 ? 2 : 0;
  return used;
}

/** Gives an order its slot and, unless told otherwise, counts it as open. */
export function begin(world: World, order: Order, counts = true): void {
  const reused = world.freeSlots.pop();
  order.slot = reused ?? world.freshSlot++;
  order.generation = (world.generations[order.slot] ?? 0) + 1;
  world.generations[order.slot] = order.generation;
  order.born = world.serial++;
  order.queued = order.born;
  world.orders.push(order);
  if (order.clOrdIdLow !== 0 || order.clOrdIdHigh !== 0) {
    world.dayRecords.set(dayKey(order.account, order.clOrdIdLow, order.clOrdIdHigh), { order });
  }
  takeRow(world, order.account, order.instrument);
  if (counts) countOpen(world, order, order.leaves);
}

/** Adds lots (or takes them away) to the open sums that an order counts in. */
export function countOpen(world: World, order: Order, quantity: number): void {
  const account = accountOf(world, order);
  const row = rowOf(world, order);
  const size = exactValue(instrumentOf(world, order), order.riskPrice, Math.abs(quantity)) * Math.sign(quantity);
  account.openNotional += size;
  if (order.side === Side.buy) {
    row.openBuys += quantity;
    account.reserved += size;
  } else {
    row.openSells += quantity;
  }
}

/** Lowers an order's leaves; the hidden part of an iceberg goes first. */
export function shrink(world: World, order: Order, quantity: number): void {
  countOpen(world, order, -quantity);
  order.leaves -= quantity;
  order.displayed = Math.min(order.displayed, order.leaves);
}

/** Takes an order that has nothing left out of the world; its last event has been told. */
export function release(world: World, order: Order): void {
  order.place = 'done';
  world.orders.splice(world.orders.indexOf(order), 1);
  world.freeSlots.push(order.slot);
  if (hasBracket(order)) world.endedEntries.push(order);
}

const ENDS_WITHOUT_EXITS = new Set<number>([Code.canceledByKillSwitch, Code.delisted, Code.corporateAction]);

/** Ends an order with something left: the rest is cancelled, or expires, and the linked order with it. */
export function cancel(world: World, order: Order, reason: number, asker?: Asker): void {
  const linked = linkedTo(world, order);
  shrink(world, order, order.leaves);
  const expired = reason === Code.goodTillDatePassed || reason === Code.dayEnded;
  const execType = expired ? ExecType.expired : ExecType.canceled;
  const status = expired ? OrderStatus.expired : OrderStatus.canceled;
  report(world, order, execType, { reason, status, ...asker });
  rememberStatus(order, status);
  if (ENDS_WITHOUT_EXITS.has(reason)) order.takeProfit = 0;
  release(world, order);
  if (linked !== undefined && reason !== Code.linkedOrderDone) cancel(world, linked, Code.linkedOrderDone);
}

const finalStatus = new WeakMap<Order, number>();

/** Keeps the last status of an order for who asks for it later in the day. */
export function rememberStatus(order: Order, status: number): void {
  finalStatus.set(order, status);
}

/** The status to tell about an order that may be done. */
export function toldStatus(order: Order): number {
  return order.place === 'done' ? finalStatus.get(order)! : statusOf(order);
}

/** Cuts an order's leaves without a trade: restated, or cancelled when nothing is left. */
export function reduce(world: World, order: Order, quantity: number, reason: number): void {
  if (quantity <= 0) return;
  if (quantity >= order.leaves) {
    cancel(world, order, reason);
    return;
  }
  shrink(world, order, quantity);
  report(world, order, ExecType.restated, { reason });
}

/** The terms word with another type and time in force. */
export function retyped(terms: number, type: number, tif: number): number {
  return (terms & ~((7 << 1) | (7 << 4))) | (type << 1) | (tif << 4);
}

export function isPostOnly(order: Order): boolean {
  return (order.terms & TermFlag.postOnly) !== 0;
}
