import { describe, expect, it } from 'vitest';
import {
  AmendOrder,
  CancelOrder,
  CommandKind,
  MassQuote,
  NewOrder,
  commandKind,
  commandLength,
} from '#trading/commands.ts';
import { EXECUTION_WORDS, EventKind, ExecType, Execution, OrderStatus } from '#trading/events.ts';
import { OrderType, Side, TermFlag, TimeInForce, sideOf, typeOf } from '#trading/terms.ts';
import { OrderDesk } from './order-desk.ts';
import type { OrderRequest } from './order-desk.ts';
import { OrderPool } from './order-pool.ts';

const RUN = 77;
const owner = { account: 5, session: 101, isMarketMaker: false };
const request: OrderRequest = {
  instrument: 2,
  side: Side.sell,
  type: OrderType.limit,
  timeInForce: TimeInForce.day,
  quantity: 300,
  priceTicks: 1234,
};

function deskWith(takes = true): { desk: OrderDesk; pool: OrderPool; sent: Int32Array[]; sessions: number[] } {
  const sent: Int32Array[] = [];
  const sessions: number[] = [];
  const send = (session: number, words: Int32Array, lengthWords: number): boolean => {
    sent.push(words.slice(0, lengthWords));
    sessions.push(session);
    return takes;
  };
  return { desk: new OrderDesk({ send }, RUN), pool: new OrderPool(), sent, sessions };
}

function execution(fields: Partial<Record<keyof typeof Execution, number>>): Int32Array {
  const words = new Int32Array(EXECUTION_WORDS);
  words[0] = EventKind.execution | (EXECUTION_WORDS << 16);
  words[Execution.account] = owner.account;
  words[Execution.clOrdIdHigh] = RUN;
  for (const [name, value] of Object.entries(fields)) words[Execution[name as keyof typeof Execution]] = value;
  return words;
}

describe('the order desk', () => {
  it('sends a plain order as the protocol lays it out, over its owner’s session', () => {
    const { desk, pool, sent, sessions } = deskWith();
    const order = desk.place(owner, pool, request, 0);
    expect(sessions).toEqual([101]);
    expect(commandKind(sent[0], 0)).toBe(CommandKind.newOrder);
    expect(commandLength(sent[0], 0)).toBe(sent[0].length);
    expect(sent[0][NewOrder.account]).toBe(5);
    expect(sent[0][NewOrder.clOrdIdLow]).toBe(order?.id);
    expect(sent[0][NewOrder.clOrdIdHigh]).toBe(RUN);
    expect(sideOf(sent[0][NewOrder.terms])).toBe(Side.sell);
    expect(typeOf(sent[0][NewOrder.terms])).toBe(OrderType.limit);
    expect(sent[0][NewOrder.terms] & TermFlag.extras).toBe(0);
  });

  it('adds the extra words only where they are needed', () => {
    const { desk, pool, sent } = deskWith();
    desk.place(owner, pool, { ...request, displayQuantity: 100 }, 0);
    expect(sent[0][NewOrder.terms] & TermFlag.extras).not.toBe(0);
    expect(sent[0][NewOrder.displayQuantity]).toBe(100);
    expect(sent[0][NewOrder.stopTicks]).toBe(0);
  });

  it('keeps an order until it is done, with what is left of it', () => {
    const { desk, pool } = deskWith();
    const order = desk.place(owner, pool, request, 0);
    if (order === undefined) throw new Error('not placed');
    const about = { clOrdIdLow: order.id, priceTicks: 1234 };
    desk.observe(execution({ ...about, execType: ExecType.new, leavesQuantity: 300 }), 0);
    expect(order).toMatchObject({ answered: true, leaves: 300 });
    desk.observe(
      execution({ ...about, execType: ExecType.trade, leavesQuantity: 100, status: OrderStatus.partiallyFilled }),
      0,
    );
    expect(order.leaves).toBe(100);
    expect(pool.size).toBe(1);
    desk.observe(execution({ ...about, execType: ExecType.trade, leavesQuantity: 0, status: OrderStatus.filled }), 0);
    expect(order.leaves).toBe(0);
    expect(pool.size).toBe(0);
    expect(desk.openOrders).toBe(0);
  });

  it('does not take another account’s or another run’s order for its own', () => {
    const { desk, pool } = deskWith();
    const order = desk.place(owner, pool, request, 0);
    const about = { clOrdIdLow: order?.id ?? 0, status: OrderStatus.filled };
    desk.observe(execution({ ...about, account: 6 }), 0);
    desk.observe(execution({ ...about, clOrdIdHigh: RUN - 1 }), 0);
    expect(pool.size).toBe(1);
  });

  it('names the order by its ClOrdID when it amends and cancels', () => {
    const { desk, pool, sent } = deskWith();
    const order = desk.place(owner, pool, request, 0);
    if (order === undefined) throw new Error('not placed');
    desk.amendPrice(order, 1250);
    desk.cancel(order);
    expect(commandKind(sent[1], 0)).toBe(CommandKind.amendOrder);
    expect([sent[1][AmendOrder.clOrdIdLow], sent[1][AmendOrder.priceTicks], sent[1][AmendOrder.quantity]]).toEqual([
      order.id,
      1250,
      0,
    ]);
    expect(commandKind(sent[2], 0)).toBe(CommandKind.cancelOrder);
    expect([sent[2][CancelOrder.clOrdIdLow], sent[2][CancelOrder.orderGeneration]]).toEqual([order.id, 0]);
    expect(order.priceTicks).toBe(1250);
  });

  it('counts what the session could not take, and keeps none of it', () => {
    const { desk, pool } = deskWith(false);
    expect(desk.place(owner, pool, request, 0)).toBeUndefined();
    expect(pool.size).toBe(0);
    expect(desk.openOrders).toBe(0);
    expect(desk.counts).toMatchObject({ sent: 0, dropped: 1 });
  });

  it('forgets an order that was never answered, and no other', () => {
    const { desk, pool } = deskWith();
    const answered = desk.place(owner, pool, request, 0);
    desk.place(owner, pool, request, 0);
    desk.observe(execution({ clOrdIdLow: answered?.id ?? 0, execType: ExecType.new, leavesQuantity: 300 }), 0);
    desk.sweep(20_000_000);
    expect(pool.size).toBe(2);
    desk.sweep(60_000_000);
    expect(pool.list()).toEqual([answered]);
  });

  it('counts refusals of orders and of requests', () => {
    const { desk, pool } = deskWith();
    const order = desk.place(owner, pool, request, 0);
    const clOrdIdLow = order?.id ?? 0;
    desk.observe(execution({ clOrdIdLow, execType: ExecType.requestRejected, leavesQuantity: 300 }), 0);
    expect(pool.size).toBe(1);
    desk.observe(execution({ clOrdIdLow, execType: ExecType.rejected, status: OrderStatus.rejected }), 0);
    expect(pool.size).toBe(0);
    expect(desk.counts.refused).toBe(2);
  });

  it('tells an account’s listener of executions without a ClOrdID', () => {
    const { desk } = deskWith();
    const heard: number[] = [];
    desk.onUnnamedExecution(5, (words, at) => heard.push(words[at + Execution.instrument]));
    desk.observe(execution({ clOrdIdHigh: 0, instrument: 3 }), 0);
    desk.observe(execution({ clOrdIdHigh: 0, instrument: 4, account: 9 }), 0);
    desk.observe(execution({ clOrdIdHigh: 8, clOrdIdLow: 1, instrument: 5 }), 0);
    expect(heard).toEqual([3]);
  });

  it('puts several quotes into one message', () => {
    const { desk, sent } = deskWith();
    const quote = { bidTicks: 10, bidQuantity: 5, askTicks: 12, askQuantity: 5 };
    desk.quote(owner, [
      { instrument: 0, ...quote },
      { instrument: 1, ...quote },
    ]);
    expect(commandKind(sent[0], 0)).toBe(CommandKind.massQuote);
    expect(sent[0][MassQuote.count]).toBe(2);
    expect(commandLength(sent[0], 0)).toBe(sent[0].length);
    expect(sent[0].length % 2).toBe(0);
  });
});
