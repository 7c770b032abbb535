import { describe, expect, it } from 'vitest';
import type { Execution, Order } from '../../../src/api/schemas/orders.ts';
import type { Candle, Trade } from '../../../src/api/schemas/trades.ts';
import {
  applyCandles,
  applyMarkets,
  applyOrders,
  applyTrades,
  EXECUTIONS_MAX,
  NO_ORDERS,
  orderKey,
  ORDERS_MAX,
  TRADES_MAX,
} from './feeds.ts';
import { mergeOrders, newClOrdId } from './orders.ts';

function trade(tradeId: string, correction: Trade['correction'] = 'none'): Trade {
  return {
    tradeId,
    symbol: 'NAUT',
    priceTicks: 1,
    price: '0.01',
    quantity: 1,
    aggressorSide: 'buy',
    correction,
    timeMicros: 1,
    sequence: 1,
  };
}

function order(orderId: string | null, changes: Partial<Order> = {}): Order {
  return {
    orderId,
    clOrdId: '9',
    account: 1,
    accountName: 'A',
    session: 1,
    symbol: 'NAUT',
    side: 'buy',
    type: 'limit',
    timeInForce: 'day',
    quantity: 10,
    leavesQuantity: 10,
    cumQuantity: 0,
    averagePrice: null,
    priceTicks: 1,
    price: '0.01',
    stopTicks: null,
    stopPrice: null,
    displayQuantity: null,
    postOnly: false,
    reduceOnly: false,
    origin: 'client',
    status: 'new',
    live: true,
    reason: null,
    createdMicros: 1,
    updatedMicros: 1,
    sequence: 1,
    ...changes,
  };
}

describe('the tape', () => {
  it('is newest first and bounded', () => {
    const trades = Array.from({ length: TRADES_MAX + 5 }, (_, index) => trade(String(index)));
    const tape = applyTrades([], { type: 'trades.delta', symbol: 'NAUT', update: 1, trades });
    expect(tape).toHaveLength(TRADES_MAX);
    expect(tape[0]?.tradeId).toBe(String(TRADES_MAX + 4));
  });

  it('puts a correction in the place of its trade', () => {
    const tape = applyTrades([trade('2'), trade('1')], {
      type: 'trades.delta',
      symbol: 'NAUT',
      update: 1,
      trades: [trade('1', 'cancelled')],
    });
    expect(tape.map((entry) => `${entry.tradeId} ${entry.correction}`)).toEqual(['1 cancelled', '2 none']);
  });
});

describe('candles', () => {
  const candle = (startMicros: number, closeTicks: number): Candle => ({
    startMicros,
    openTicks: 1,
    highTicks: 1,
    lowTicks: 1,
    closeTicks,
    open: '1',
    high: '1',
    low: '1',
    close: '1',
    volume: 1,
    trades: 1,
  });

  it('are replaced by their start and stay in order of time', () => {
    const candles = applyCandles([candle(1, 5), candle(2, 5)], {
      type: 'candles.delta',
      symbol: 'NAUT',
      interval: '1s',
      update: 1,
      candles: [candle(3, 9), candle(2, 8)],
    });
    expect(candles.map((entry) => [entry.startMicros, entry.closeTicks])).toEqual([
      [1, 5],
      [2, 8],
      [3, 9],
    ]);
  });
});

describe('markets', () => {
  const row = (symbol: string, dayVolume: number) => ({
    symbol,
    state: 'continuous' as const,
    bid: null,
    ask: null,
    last: null,
    indicative: null,
    dayVolume,
  });

  it('keep the rows that a delta does not name and drop those that a snapshot does not', () => {
    const all = applyMarkets(new Map(), { type: 'markets.snapshot', update: 0, markets: [row('A', 1), row('B', 1)] });
    const changed = applyMarkets(all, { type: 'markets.delta', update: 1, markets: [row('B', 2)] });
    expect([...changed.values()].map((entry) => entry.dayVolume)).toEqual([1, 2]);
    expect(applyMarkets(changed, { type: 'markets.snapshot', update: 0, markets: [row('B', 3)] }).has('A')).toBe(false);
  });
});

describe('orders', () => {
  it('are known by order id, and by account and ClOrdID where they never lived', () => {
    expect(orderKey(order('4-1'))).toBe('4-1');
    expect(orderKey(order(null))).toBe('1:9');
  });

  it('drop the oldest done ones first when there are too many, and never a live one', () => {
    const many = Array.from({ length: ORDERS_MAX + 10 }, (_, index) => order(`${index}-1`, { live: index >= 100 }));
    const state = applyOrders(NO_ORDERS, { type: 'orders.delta', update: 1, orders: many, executions: [] });
    expect(state.orders.size).toBe(ORDERS_MAX);
    expect(state.orders.has('9-1')).toBe(false);
    expect(state.orders.has('10-1')).toBe(true);
    expect([...state.orders.values()].filter((entry) => entry.live)).toHaveLength(ORDERS_MAX - 90);
  });

  it('keep a bounded number of executions, newest first', () => {
    const executions = Array.from(
      { length: EXECUTIONS_MAX + 1 },
      (_, index) => ({ executionId: String(index) }) as Execution,
    );
    const state = applyOrders(NO_ORDERS, { type: 'orders.delta', update: 1, orders: [], executions });
    expect(state.executions).toHaveLength(EXECUTIONS_MAX);
    expect(state.executions[0]?.executionId).toBe(String(EXECUTIONS_MAX));
  });

  it('of the page and of the stream become one, the later picture winning either way', () => {
    const stale = order('1-1', { updatedMicros: 5 });
    const fresh = order('1-1', { updatedMicros: 9, live: false, status: 'cancelled' });
    const all = () => true;
    expect(mergeOrders([stale], new Map([['1-1', fresh]]), all)[0]?.status).toBe('cancelled');
    expect(mergeOrders([fresh], new Map([['1-1', stale]]), all)[0]?.status).toBe('cancelled');
  });

  it('of one and the same time are taken as they got furthest', () => {
    const before = order('1-1', { updatedMicros: 5 });
    const after = order('1-1', { updatedMicros: 5, live: false, status: 'filled', cumQuantity: 10 });
    const all = () => true;
    expect(mergeOrders([before], new Map([['1-1', after]]), all)[0]?.status).toBe('filled');
    expect(mergeOrders([after], new Map([['1-1', before]]), all)[0]?.status).toBe('filled');
  });
});

describe('a new ClOrdID', () => {
  it('is decimal, below 2^63, and never 0', () => {
    const fill = (value: bigint) => (words: BigUint64Array) => words.fill(value);
    expect(newClOrdId(fill(0n))).toBe('1');
    expect(newClOrdId(fill(2n ** 64n - 1n))).toBe(String(2n ** 63n - 1n));
  });
});
