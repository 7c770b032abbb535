/**
 * The state of an order as shape, colour and word.
 */
import type { Order } from '../../../src/api/schemas/orders.ts';
import { StateMark, type Tone } from './state-mark.tsx';

export function orderStatusTone(order: Pick<Order, 'status'>): Tone {
  switch (order.status) {
    case 'new':
    case 'partially-filled':
    case 'pending-new':
      return 'info';
    case 'filled':
      return 'ok';
    case 'rejected':
      return 'down';
    case 'cancelled':
    case 'expired':
      return 'off';
  }
}

const WORDS: Record<Order['status'], string> = {
  new: 'open',
  'partially-filled': 'part filled',
  'pending-new': 'waiting',
  filled: 'filled',
  rejected: 'rejected',
  cancelled: 'cancelled',
  expired: 'expired',
};

export function OrderStatusMark({ order }: { order: Pick<Order, 'status'> }) {
  return <StateMark tone={orderStatusTone(order)}>{WORDS[order.status]}</StateMark>;
}
