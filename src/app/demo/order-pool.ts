/** A trader's live orders, from which one can be picked at random. Membership only; orders are the desk's to change. */
import { invariant } from '#kit/invariant.ts';
import type { Rng } from '#kit/rng.ts';
import type { Side } from '#trading/terms.ts';
import type { DeskAccount } from './ports.ts';

/** A live order as its trader last knew it. */
export interface OpenOrder {
  /** Low word of its ClOrdID. */
  readonly id: number;
  readonly owner: DeskAccount;
  readonly instrument: number;
  readonly side: Side;
  readonly bornMicros: number;
  readonly pool: OrderPool;
  /** Limit price, 0 for none. */
  priceTicks: number;
  /** Lots open; 0 once the order is done. */
  leaves: number;
  /** The engine has told of it at least once. */
  answered: boolean;
  poolIndex: number;
}

export class OrderPool {
  private readonly orders: OpenOrder[] = [];

  get size(): number {
    return this.orders.length;
  }

  add(order: OpenOrder): void {
    order.poolIndex = this.orders.length;
    this.orders.push(order);
  }

  remove(order: OpenOrder): void {
    const last = this.orders.pop();
    invariant(last !== undefined && order.poolIndex >= 0, 'order-pool.not-a-member', order.id);
    if (last !== order) {
      this.orders[order.poolIndex] = last;
      last.poolIndex = order.poolIndex;
    }
    order.poolIndex = -1;
  }

  /** Any member, each as likely as another; undefined when there is none. */
  pick(rng: Rng): OpenOrder | undefined {
    return this.orders.length === 0 ? undefined : this.orders[rng.int(this.orders.length)];
  }

  /** The members now; the list stays as it is while they go. */
  list(): readonly OpenOrder[] {
    return [...this.orders];
  }
}
