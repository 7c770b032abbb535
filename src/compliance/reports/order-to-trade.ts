/**
 * Ratio of unexecuted orders to transactions by member and instrument: Delegated Regulation (EU) 2017/566 (RTS 9), article 3:
 * orders ÷ transactions − 1, by number and by volume. Each submission, modification and cancellation counts as one order.
 */
import { ExecType } from '#trading/events.ts';
import type { OrderEvent } from './activity.ts';
import { csv } from './csv.ts';
import type { ReportingReference } from './reference.ts';

interface Counts {
  orders: number;
  orderVolume: number;
  trades: number;
  tradeVolume: number;
}

const COLUMNS = [
  'Member LEI',
  'ISIN',
  'Orders',
  'Transactions',
  'Ratio by number',
  'Order volume',
  'Transaction volume',
  'Ratio by volume',
] as const;

/** A table in CSV (RFC 4180); a member without transactions has no ratio. */
export function writeOrderToTrade(
  events: readonly OrderEvent[],
  reference: ReportingReference,
): { text: string; rows: number } {
  const counts = new Map<string, Counts>();
  for (const event of events) {
    const lei = reference.party(reference.participantOf(event.account))?.lei ?? '';
    const isin = reference.instrument(event.instrument)?.isin ?? '';
    const key = `${lei},${isin}`;
    const found = counts.get(key) ?? { orders: 0, orderVolume: 0, trades: 0, tradeVolume: 0 };
    counts.set(key, found);
    count(found, event);
  }
  const rows = [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, found]) => [...key.split(','), ...rowOf(found)]);
  return { text: csv(COLUMNS, rows), rows: rows.length };
}

function count(counts: Counts, event: OrderEvent): void {
  if (event.execType === ExecType.trade) {
    counts.trades++;
    counts.tradeVolume += event.lastQuantity;
  } else if (event.execType === ExecType.new || event.execType === ExecType.replaced) {
    counts.orders++;
    counts.orderVolume += event.leaves;
  } else if (event.execType === ExecType.canceled) counts.orders++;
}

function rowOf({ orders, orderVolume, trades, tradeVolume }: Counts): string[] {
  return [
    String(orders),
    String(trades),
    ratio(orders, trades),
    String(orderVolume),
    String(tradeVolume),
    ratio(orderVolume, tradeVolume),
  ];
}

function ratio(orders: number, trades: number): string {
  return trades === 0 ? '' : (orders / trades - 1).toFixed(2);
}
