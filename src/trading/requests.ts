/** Refusals of orders and of requests about orders, and how a request names its order. */
import { Code } from './codes.ts';
import { Execution, ExecType, OrderStatus } from './events.ts';
import { DAY_SHIFT, DayOrder } from './day-orders.ts';
import { ORDER_SHIFT, Order, Place } from './order-store.ts';
import { restingStatus } from './output.ts';
import { s } from './state.ts';

const FIRST = Execution.session;
/** What is known of the order of a refusal: the words of an execution event from the session to the cumulated quantity. */
const identity = new Int32Array(Execution.cumQuantity - Execution.session + 1);

function describe(session: number, account: number, instrument: number, low: number, high: number): void {
  identity.fill(0);
  identity[Execution.session - FIRST] = session;
  identity[Execution.account - FIRST] = account;
  identity[Execution.instrument - FIRST] = instrument;
  identity[Execution.clOrdIdLow - FIRST] = low;
  identity[Execution.clOrdIdHigh - FIRST] = high;
}

function describeLive(slot: number): void {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  identity[Execution.orderSlot - FIRST] = slot;
  identity[Execution.orderGeneration - FIRST] = orders[at + Order.generation];
  identity[Execution.clOrdIdLow - FIRST] = orders[at + Order.clOrdIdLow];
  identity[Execution.clOrdIdHigh - FIRST] = orders[at + Order.clOrdIdHigh];
  identity[Execution.terms - FIRST] = orders[at + Order.terms];
  identity[Execution.priceTicks - FIRST] = orders[at + Order.priceTicks];
  identity[Execution.leavesQuantity - FIRST] = orders[at + Order.leaves];
  identity[Execution.cumQuantity - FIRST] = orders[at + Order.cum];
}

/** OrdStatus of a living order as a report would say it now. */
export function liveStatus(slot: number): number {
  const place = s.orders.word(slot, Order.place);
  return restingStatus(s.orders.words, slot, place === Place.stops || place === Place.held);
}

/** Refuses a new order whose words are in the output's present command. */
export function rejectOrder(
  reason: Code,
  account: number,
  instrument: number,
  low: number,
  high: number,
  terms: number,
  ticks: number,
): void {
  describe(s.output.session, account, instrument, low, high);
  identity[Execution.terms - FIRST] = terms;
  identity[Execution.priceTicks - FIRST] = ticks;
  s.output.refusedExecution(ExecType.rejected, reason, identity, OrderStatus.rejected);
}

/** Answers a resent ClOrdID with the state of the order that has it. */
export function rejectDuplicate(
  record: number,
  account: number,
  instrument: number,
  low: number,
  high: number,
  terms: number,
): void {
  describe(s.output.session, account, instrument, low, high);
  identity[Execution.terms - FIRST] = terms;
  const at = record << DAY_SHIFT;
  const words = s.dayOrders.words;
  const slot = words[at + DayOrder.slot];
  let status = words[at + DayOrder.status];
  if (slot >= 0) {
    describeLive(slot);
    identity[Execution.terms - FIRST] = terms;
    status = liveStatus(slot);
  } else {
    identity[Execution.priceTicks - FIRST] = words[at + DayOrder.priceTicks];
    identity[Execution.cumQuantity - FIRST] = words[at + DayOrder.cum];
  }
  s.output.refusedExecution(ExecType.rejected, Code.duplicateClOrdId, identity, status);
}

/** Refuses an amend or a cancel; `slot` is the live order it names, or -1, and then `record` the done one, or -1. */
export function refuseRequest(
  reason: Code,
  account: number,
  instrument: number,
  low: number,
  high: number,
  slot: number,
  record: number,
): void {
  describe(s.output.session, account, instrument, low, high);
  let status: number = OrderStatus.rejected;
  if (slot >= 0) {
    describeLive(slot);
    identity[Execution.instrument - FIRST] = s.orders.word(slot, Order.instrument);
    status = liveStatus(slot);
  } else if (record >= 0) {
    const at = record << DAY_SHIFT;
    status = s.dayOrders.words[at + DayOrder.status];
    identity[Execution.priceTicks - FIRST] = s.dayOrders.words[at + DayOrder.priceTicks];
    identity[Execution.cumQuantity - FIRST] = s.dayOrders.words[at + DayOrder.cum];
  }
  s.output.refusedExecution(ExecType.requestRejected, reason, identity, status);
}
