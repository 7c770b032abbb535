/**
 * Orders: what is read of them, the writes, and how a list read over HTTP and the live stream become one.
 */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type {
  AmendOrder,
  MassCancel,
  MassCancelResult,
  Order,
  OrderList,
  OrderResult,
  PlaceOrderInput,
} from '../../../src/api/schemas/orders.ts';
import { call } from './client.ts';
import { orderKey, type Orders } from './feeds.ts';
import { useOrdersFeed } from './live.ts';
import { useCalm } from './store.ts';

const OWN_MAX = 200;
const REFRESH_MS = 250;

/** A ClOrdID that nobody used: 63 random bits, decimal, never 0. */
export function newClOrdId(random: (words: BigUint64Array<ArrayBuffer>) => void): string {
  const words = new BigUint64Array(1);
  random(words);
  const id = (words[0] ?? 0n) >> 1n;
  return String(id === 0n ? 1n : id);
}

/** Of two pictures of one order the later one. */
function later(a: Order | undefined, b: Order): Order {
  if (a === undefined) return b;
  if ((a.updatedMicros ?? 0) !== (b.updatedMicros ?? 0)) return (a.updatedMicros ?? 0) > (b.updatedMicros ?? 0) ? a : b;
  // At one time the one that has got further.
  return a.live && !b.live ? b : a.cumQuantity > b.cumQuantity ? a : b;
}

/** The orders of both sources that pass `accept`, newest first. */
export function mergeOrders(
  read: readonly Order[],
  live: Orders['orders'],
  accept: (order: Order) => boolean,
): readonly Order[] {
  const merged = new Map<string, Order>();
  for (const order of read) merged.set(orderKey(order), order);
  for (const [key, order] of live) merged.set(key, later(merged.get(key), order));
  return [...merged.values()].filter(accept).toSorted((a, b) => (b.createdMicros ?? 0) - (a.createdMicros ?? 0));
}

/** The live orders of one account in one instrument. */
export function useOwnOrders(account: number | null, symbol: string): readonly Order[] {
  const read = useQuery({
    queryKey: ['orders', 'live', account, symbol],
    queryFn: async () =>
      (
        await call<OrderList>(
          'GET',
          `/trading/orders?account=${account}&symbol=${encodeURIComponent(symbol)}&status=live&limit=${OWN_MAX}`,
        )
      ).orders,
    enabled: account !== null,
    refetchInterval: 5_000,
  }).data;
  const feed = useCalm(useOrdersFeed(), REFRESH_MS);
  return useMemo(
    () =>
      mergeOrders(
        read ?? [],
        feed.orders,
        (order) => order.live && order.account === account && order.symbol === symbol,
      ),
    [read, feed.orders, account, symbol],
  );
}

export async function placeOrder(order: PlaceOrderInput): Promise<OrderResult> {
  return call<OrderResult>('POST', '/trading/orders', order);
}

export async function amendOrder(orderId: string, change: AmendOrder): Promise<OrderResult> {
  return call<OrderResult>('PATCH', `/trading/orders/${encodeURIComponent(orderId)}`, change);
}

export async function cancelOrder(orderId: string): Promise<OrderResult> {
  return call<OrderResult>('DELETE', `/trading/orders/${encodeURIComponent(orderId)}`);
}

export async function massCancel(scope: MassCancel): Promise<MassCancelResult> {
  return call<MassCancelResult>('POST', '/trading/orders/mass-cancel', scope);
}

/** What became of an order whose answer was lost. */
export async function findOrder(account: number, clOrdId: string): Promise<Order> {
  return call<Order>('GET', `/trading/orders/by-client-id/${account}/${clOrdId}`);
}
