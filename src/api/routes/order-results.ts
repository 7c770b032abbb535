/** What routes about orders share: finding an order one may see, and the answer to a command about it. */
import type { FastifyRequest } from 'fastify';
import { principalOf } from '../authentication.ts';
import type { ApiContext } from '../context.ts';
import { notFound } from '../errors.ts';
import { presentExecution, presentOrder } from '../present-orders.ts';
import { parseOrderId } from '../projections/feed.ts';
import type { OrderRow } from '../projections/order-history.ts';
import type { OrderResult } from '../schemas/orders.ts';

/** The order of that id; 404 also where it belongs to an account one may not see. */
export function ownOrder(context: ApiContext, request: FastifyRequest, orderId: string): OrderRow {
  const id = parseOrderId(orderId);
  const row = id && context.deps.view.orders.find(id.slot, id.generation);
  const { accountSet } = principalOf(request);
  if (row === undefined || accountSet?.has(row.account) === false) throw notFound(`order ${orderId}`);
  return row;
}

/** The order as it stands, and what the command did to it. */
export function resultOf(
  context: ApiContext,
  row: OrderRow,
  sequence: number,
  startedMicros: number,
  duplicate: boolean,
): OrderResult {
  const { view, clock } = context.deps;
  const state = view.ready;
  const executions = duplicate
    ? []
    : view.executions
        .ofCommand(sequence)
        .filter((event) => event.orderSlot === row.slot && event.orderGeneration >>> 0 === row.generation);
  return {
    order: presentOrder(row, state),
    duplicate,
    executions: executions.map((event) => presentExecution(event, state)),
    roundTripMicros: clock.nowMicros() - startedMicros,
  };
}
