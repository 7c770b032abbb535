/**
 * What each channel of the stream adds up to: one pure reducer a channel, each bounded.
 */
import type { Attention, ReplayStatus } from '../../../src/api/schemas/operations.ts';
import type { Execution, Order } from '../../../src/api/schemas/orders.ts';
import type { MarketRow, ServerMessage } from '../../../src/api/schemas/stream.ts';
import type { Candle, StatsSample, Trade } from '../../../src/api/schemas/trades.ts';

type Message<Type extends ServerMessage['type']> = Extract<ServerMessage, { type: Type }>;

export const TRADES_MAX = 200;
const CANDLES_MAX = 1_000;
const SAMPLES_MAX = 300;
export const ORDERS_MAX = 4_000;
export const EXECUTIONS_MAX = 2_000;

/** Newest first. */
export function applyTrades(
  trades: readonly Trade[],
  message: Message<'trades.snapshot' | 'trades.delta'>,
): readonly Trade[] {
  const arrived = message.trades.toReversed();
  if (message.type === 'trades.snapshot') return arrived.slice(0, TRADES_MAX);
  // A correction repeats the id of its trade and takes its place.
  const corrected = new Set(arrived.filter((trade) => trade.correction !== 'none').map((trade) => trade.tradeId));
  const kept = corrected.size === 0 ? trades : trades.filter((trade) => !corrected.has(trade.tradeId));
  return [...arrived, ...kept].slice(0, TRADES_MAX);
}

/** Oldest first. */
export function applyCandles(
  candles: readonly Candle[],
  message: Message<'candles.snapshot' | 'candles.delta'>,
): readonly Candle[] {
  if (message.type === 'candles.snapshot') return message.candles.slice(-CANDLES_MAX);
  const byStart = new Map(candles.map((candle) => [candle.startMicros, candle]));
  for (const candle of message.candles) byStart.set(candle.startMicros, candle);
  return [...byStart.values()].toSorted((a, b) => a.startMicros - b.startMicros).slice(-CANDLES_MAX);
}

export type Markets = ReadonlyMap<string, MarketRow>;

export function applyMarkets(markets: Markets, message: Message<'markets.snapshot' | 'markets.delta'>): Markets {
  const next = new Map(message.type === 'markets.snapshot' ? [] : markets);
  for (const row of message.markets) next.set(row.symbol, row);
  return next;
}

export interface Orders {
  /** By `orderKey`, in order of arrival. */
  readonly orders: ReadonlyMap<string, Order>;
  /** Newest first. */
  readonly executions: readonly Execution[];
}

export const NO_ORDERS: Orders = { orders: new Map(), executions: [] };

/** An order that never lived has no id of its own. */
export function orderKey(order: Pick<Order, 'orderId' | 'account' | 'clOrdId'>): string {
  return order.orderId ?? `${order.account}:${order.clOrdId}`;
}

export function applyOrders(state: Orders, message: Message<'orders.snapshot' | 'orders.delta'>): Orders {
  if (message.type === 'orders.snapshot') {
    return { orders: new Map(message.orders.map((order) => [orderKey(order), order])), executions: state.executions };
  }
  const orders = new Map(state.orders);
  for (const order of message.orders) orders.set(orderKey(order), order);
  if (orders.size > ORDERS_MAX) dropOldestDone(orders, orders.size - ORDERS_MAX);
  return {
    orders,
    executions: [...message.executions.toReversed(), ...state.executions].slice(0, EXECUTIONS_MAX),
  };
}

function dropOldestDone(orders: Map<string, Order>, excess: number): void {
  let left = excess;
  for (const [key, order] of orders) {
    if (left === 0) return;
    if (order.live) continue;
    orders.delete(key);
    left -= 1;
  }
}

export interface Overview {
  /** Oldest first, one a second. */
  readonly samples: readonly StatsSample[];
  readonly attention: readonly Attention[];
  readonly replay: ReplayStatus | null;
}

export const NO_OVERVIEW: Overview = { samples: [], attention: [], replay: null };

export function applyOverview(overview: Overview, message: Message<'overview.snapshot' | 'overview.delta'>): Overview {
  const samples = message.type === 'overview.snapshot' ? message.samples : [...overview.samples, ...message.samples];
  return { samples: samples.slice(-SAMPLES_MAX), attention: message.attention, replay: message.replay };
}
