/** Orders and executions as the API's shapes, and the names of their terms. Pure. */
import { ExecType, OrderStatus } from '#trading/events.ts';
import type { State } from '#trading/state.ts';
import * as terms from '#trading/terms.ts';
import { accountNameOf, scaleOf } from './engine-reads.ts';
import { averageText, priceText } from '#kit/decimal.ts';
import { engineReason } from './engine-errors.ts';
import type { ExecutionRow } from './projections/executions.ts';
import { idText, orderIdText } from './projections/feed.ts';
import { isLive, type OrderRow } from './projections/order-history.ts';
import type { Execution, Order, OrderStatusName } from './schemas/orders.ts';

export const TYPE_NAMES = ['limit', 'market', 'stop', 'stop-limit', 'peg-primary', 'peg-mid'] as const;
export const TIME_IN_FORCE_NAMES = ['day', 'gtc', 'gtd', 'ioc', 'fok', 'at-open', 'at-close'] as const;
export const SELF_TRADE_NAMES = ['none', 'cancel-newest', 'cancel-oldest', 'cancel-both', 'decrement'] as const;
export const CAPACITY_NAMES = ['deal', 'mtch', 'aotc', 'principal', 'agency', 'riskless'] as const;
export const SHORT_MARK_NAMES = ['none', 'long', 'short', 'short-exempt'] as const;
const SIDE_NAMES = ['buy', 'sell'] as const;

const STATUS_NAMES = new Map<number, OrderStatusName>([
  [OrderStatus.new, 'new'],
  [OrderStatus.partiallyFilled, 'partially-filled'],
  [OrderStatus.filled, 'filled'],
  [OrderStatus.canceled, 'cancelled'],
  [OrderStatus.rejected, 'rejected'],
  [OrderStatus.pendingNew, 'pending-new'],
  [OrderStatus.expired, 'expired'],
]);
const EXEC_NAMES = new Map<number, Execution['execType']>([
  [ExecType.new, 'new'],
  [ExecType.canceled, 'cancelled'],
  [ExecType.replaced, 'replaced'],
  [ExecType.rejected, 'rejected'],
  [ExecType.expired, 'expired'],
  [ExecType.trade, 'trade'],
  [ExecType.tradeCorrect, 'trade-correct'],
  [ExecType.tradeCancel, 'trade-cancel'],
  [ExecType.triggered, 'triggered'],
  [ExecType.requestRejected, 'request-rejected'],
  [ExecType.restated, 'restated'],
]);
const LIQUIDITY_NAMES = ['none', 'added', 'removed', 'auction'] as const;

/** An order that is known; its instrument and account exist. */
export function presentOrder(row: OrderRow, state: State): Order {
  const instrument = scaleOf(state, row.instrument);
  const price = (ticks: number): string | null => (ticks === 0 ? null : priceText(ticks, instrument));
  const quote = (row.terms & terms.TermFlag.quote) !== 0;
  const bracket = (row.terms & terms.TermFlag.bracketExit) !== 0;
  return {
    orderId: orderIdText(row.slot, row.generation),
    clOrdId: idText(row.clOrdIdLow, row.clOrdIdHigh),
    account: row.account,
    accountName: accountNameOf(state, row.account),
    session: row.session,
    symbol: instrument.symbol,
    side: SIDE_NAMES[terms.sideOf(row.terms)],
    type: TYPE_NAMES[terms.typeOf(row.terms)],
    timeInForce: TIME_IN_FORCE_NAMES[terms.timeInForceOf(row.terms)],
    quantity: row.quantity,
    leavesQuantity: row.leaves,
    cumQuantity: row.cum,
    averagePrice: row.averageTicks === 0 ? null : averageText(row.averageTicks, instrument),
    priceTicks: row.priceTicks === 0 ? null : row.priceTicks,
    price: price(row.priceTicks),
    stopTicks: row.stopTicks === 0 ? null : row.stopTicks,
    stopPrice: price(row.stopTicks),
    displayQuantity: row.displayQuantity === 0 ? null : row.displayQuantity,
    postOnly: (row.terms & terms.TermFlag.postOnly) !== 0,
    reduceOnly: (row.terms & terms.TermFlag.reduceOnly) !== 0,
    origin: quote ? 'quote' : bracket ? 'bracket' : 'client',
    status: statusName(row.status),
    live: isLive(row.status),
    reason: engineReason(row.reason),
    createdMicros: row.createdMicros === 0 ? null : row.createdMicros,
    updatedMicros: row.updatedMicros === 0 ? null : row.updatedMicros,
    sequence: row.sequence === 0 ? null : row.sequence,
  };
}

export function presentExecution(row: ExecutionRow, state: State): Execution {
  const instrument = state.instruments.exists(row.instrument) ? scaleOf(state, row.instrument) : undefined;
  const price = (ticks: number): string | null =>
    ticks === 0 || instrument === undefined ? null : priceText(ticks, instrument);
  return {
    executionId: `${row.sequence}.${row.index}`,
    timeMicros: row.timeMicros,
    sequence: row.sequence,
    execType: EXEC_NAMES.get(row.execType) ?? 'restated',
    orderStatus: statusName(row.status),
    orderId: orderIdText(row.orderSlot, row.orderGeneration),
    clOrdId: idText(row.clOrdIdLow, row.clOrdIdHigh),
    account: row.account,
    symbol: instrument?.symbol ?? null,
    side: SIDE_NAMES[terms.sideOf(row.terms)],
    priceTicks: row.priceTicks === 0 ? null : row.priceTicks,
    price: price(row.priceTicks),
    lastQuantity: row.lastQuantity,
    lastTicks: row.lastTicks === 0 ? null : row.lastTicks,
    lastPrice: price(row.lastTicks),
    leavesQuantity: row.leavesQuantity,
    cumQuantity: row.cumQuantity,
    tradeId: row.tradeId === 0 ? null : String(row.tradeId),
    liquidity: LIQUIDITY_NAMES[row.liquidity] ?? 'none',
    reason: engineReason(row.reason),
    ...row.limits,
  };
}

function statusName(status: number): OrderStatusName {
  return STATUS_NAMES.get(status) ?? 'rejected';
}
