/**
 * What the blotter shows of an order and of an execution.
 */
import { Link } from '@tanstack/react-router';
import type { Execution, Order } from '../../../src/api/schemas/orders.ts';
import { decimal, integer, NONE } from '../format/numbers.ts';
import { clockTimeMillis } from '../format/time.ts';
import type { Column } from '../ui/data-table.tsx';
import { OrderStatusMark } from '../ui/order-status.tsx';
import { StateMark, type Tone } from '../ui/state-mark.tsx';

function SideWord({ side }: { side: 'buy' | 'sell' }) {
  return <span className={`side-word ${side}`}>{side}</span>;
}

function Symbol({ symbol }: { symbol: string | null }) {
  if (symbol === null) return <>{NONE}</>;
  return (
    <Link to="/markets/$symbol" params={{ symbol }} className="cell-link">
      {symbol}
    </Link>
  );
}

/** Writes the price of so many ticks of an instrument; `exact` where the instrument is not known. */
export type PriceWriter = (symbol: string | null, ticks: number | null, exact: string | null) => string;

export const orderColumns = (price: PriceWriter): readonly Column<Order>[] => [
  {
    id: 'created',
    header: 'entered',
    rank: 2,
    value: (order) => order.createdMicros,
    cell: (order) => <span className="muted">{clockTimeMillis(order.createdMicros)}</span>,
  },
  { id: 'order', header: 'order', rank: 3, value: (order) => order.orderId },
  { id: 'account', header: 'account', rank: 2, value: (order) => order.accountName },
  {
    id: 'symbol',
    header: 'instrument',
    value: (order) => order.symbol,
    cell: (order) => <Symbol symbol={order.symbol} />,
  },
  { id: 'side', header: 'side', value: (order) => order.side, cell: (order) => <SideWord side={order.side} /> },
  {
    id: 'type',
    header: 'type',
    rank: 3,
    value: (order) => `${order.type} ${order.timeInForce}${order.origin === 'client' ? '' : ` ${order.origin}`}`,
  },
  {
    id: 'price',
    header: 'price',
    align: 'end',
    value: (order) => order.priceTicks ?? order.stopTicks,
    cell: (order) => price(order.symbol, order.priceTicks ?? order.stopTicks, order.price ?? order.stopPrice),
  },
  {
    id: 'quantity',
    header: 'quantity',
    align: 'end',
    rank: 2,
    value: (order) => order.quantity,
    cell: (order) => integer(order.quantity),
  },
  {
    id: 'leaves',
    header: 'open',
    align: 'end',
    value: (order) => order.leavesQuantity,
    cell: (order) => integer(order.leavesQuantity),
  },
  {
    id: 'executed',
    header: 'executed',
    align: 'end',
    rank: 3,
    value: (order) => order.cumQuantity,
    cell: (order) => integer(order.cumQuantity),
  },
  {
    id: 'average',
    header: 'average',
    align: 'end',
    rank: 3,
    value: (order) => (order.averagePrice === null ? null : Number(order.averagePrice)),
    cell: (order) => decimal(order.averagePrice),
  },
  { id: 'status', header: 'state', value: (order) => order.status, cell: (order) => <OrderStatusMark order={order} /> },
  {
    id: 'reason',
    header: 'reason',
    rank: 3,
    value: (order) => order.reason?.text ?? null,
    cell: (order) => <span className="muted">{order.reason?.text ?? ''}</span>,
  },
];

function executionTone(execution: Execution): Tone {
  switch (execution.execType) {
    case 'trade':
    case 'trade-correct':
      return 'ok';
    case 'rejected':
    case 'request-rejected':
      return 'down';
    case 'cancelled':
    case 'expired':
    case 'trade-cancel':
      return 'off';
    case 'new':
    case 'replaced':
    case 'restated':
    case 'triggered':
      return 'info';
  }
}

export const executionColumns = (price: PriceWriter): readonly Column<Execution>[] => [
  {
    id: 'time',
    header: 'time',
    value: (execution) => execution.timeMicros,
    cell: (execution) => <span className="muted">{clockTimeMillis(execution.timeMicros)}</span>,
  },
  {
    id: 'kind',
    header: 'what',
    value: (execution) => execution.execType,
    cell: (execution) => <StateMark tone={executionTone(execution)}>{execution.execType.replace('-', ' ')}</StateMark>,
  },
  {
    id: 'symbol',
    header: 'instrument',
    value: (execution) => execution.symbol,
    cell: (execution) => <Symbol symbol={execution.symbol} />,
  },
  {
    id: 'side',
    header: 'side',
    value: (execution) => execution.side,
    cell: (execution) => <SideWord side={execution.side} />,
  },
  {
    id: 'last',
    header: 'last quantity',
    align: 'end',
    rank: 2,
    value: (execution) => execution.lastQuantity,
    cell: (execution) => (execution.lastQuantity === 0 ? NONE : integer(execution.lastQuantity)),
  },
  {
    id: 'lastPrice',
    header: 'last price',
    align: 'end',
    rank: 2,
    value: (execution) => execution.lastTicks,
    cell: (execution) => price(execution.symbol, execution.lastTicks, execution.lastPrice),
  },
  {
    id: 'leaves',
    header: 'open',
    align: 'end',
    rank: 3,
    value: (execution) => execution.leavesQuantity,
    cell: (execution) => integer(execution.leavesQuantity),
  },
  {
    id: 'liquidity',
    header: 'liquidity',
    rank: 3,
    value: (execution) => (execution.liquidity === 'none' ? null : execution.liquidity),
  },
  { id: 'account', header: 'account', rank: 3, align: 'end', value: (execution) => execution.account },
  { id: 'order', header: 'order', rank: 2, value: (execution) => execution.orderId },
  {
    id: 'reason',
    header: 'reason',
    rank: 3,
    value: (execution) => execution.reason?.text ?? null,
    cell: (execution) => <span className="muted">{execution.reason?.text ?? ''}</span>,
  },
];
