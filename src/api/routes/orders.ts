/**
 * Orders: place, amend, cancel, look up, explain. A refusal by the engine is an error with its code; sending a ClOrdID again
 * answers with the order it stands for and enters nothing.
 */
import { z } from 'zod';
import { Code } from '#trading/codes.ts';
import { Accepted, Execution, ExecType } from '#trading/events.ts';
import { traceOrder } from '#telemetry/trace.ts';
import { principalOf, requireAccount } from '../authentication.ts';
import * as commands from '../command-words.ts';
import type { ApiContext, ApiServer } from '../context.ts';
import { engineError } from '../engine-errors.ts';
import { API_ERRORS, ApiFailure, notFound } from '../errors.ts';
import { amendWords, clientOrderId, placeWords, randomClientOrderId } from '../order-entry.ts';
import { permits } from '../permissions.ts';
import { presentOrder } from '../present-orders.ts';
import { orderIdText } from '../projections/feed.ts';
import type { OrderRow } from '../projections/order-history.ts';
import { idTextSchema, integerTextSchema } from '../schemas/common.ts';
import * as shapes from '../schemas/orders.ts';
import { ownOrder, resultOf } from './order-results.ts';
import { PROBLEMS } from './problems.ts';

const TAGS = ['orders'];
const params = z.object({ orderId: z.string().max(24) });

export function orderRoutes(app: ApiServer, context: ApiContext): void {
  entryRoutes(app, context);
  changeRoutes(app, context);
  const { view } = context.deps;

  app.get(
    '/orders/:orderId',
    {
      config: { permission: 'orders.read' },
      schema: { tags: TAGS, summary: 'One order', params, response: { 200: shapes.orderSchema, ...PROBLEMS } },
    },
    async (request) => presentOrder(ownOrder(context, request, request.params.orderId), view.ready),
  );

  app.get(
    '/orders/by-client-id/:account/:clOrdId',
    {
      config: { permission: 'orders.read' },
      schema: {
        tags: TAGS,
        summary: 'The newest order with a ClOrdID',
        params: z.object({ account: integerTextSchema, clOrdId: idTextSchema }),
        response: { 200: shapes.orderSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { account, clOrdId } = request.params;
      requireAccount(request, account);
      const id = clientOrderId(clOrdId);
      const row = view.orders.findByClientId(account, id.low, id.high);
      if (row === undefined) throw notFound(`order with ClOrdID ${clOrdId} of account ${account}`);
      return presentOrder(row, view.ready);
    },
  );

  app.get(
    '/orders/:orderId/trace',
    {
      config: { permission: 'orders.read' },
      schema: {
        tags: TAGS,
        summary: 'Where the time of one order went, from the stamps in the journal',
        params,
        response: { 200: shapes.traceSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const row = ownOrder(context, request, request.params.orderId);
      const batch = row.sequence === 0 ? undefined : view.batches.find(row.sequence);
      if (batch === undefined) throw notFound('the batch of this order, which is too long ago');
      const trace = traceOrder({
        commandTimeMicros: row.createdMicros,
        receiveDelayNanos: row.receiveDelayNanos,
        batchTimeMicros: batch.timeMicros,
        stamps: batch.stamps,
      });
      return {
        orderId: orderIdText(row.slot, row.generation),
        clOrdId: presentOrder(row, view.ready).clOrdId,
        sequence: row.sequence,
        epoch: batch.epoch,
        timeMicros: row.createdMicros,
        batch: { firstSequence: batch.firstSequence, count: batch.count },
        stages: [...trace.stages],
        totalNanos: trace.totalNanos,
        complete: trace.complete,
      };
    },
  );
}

function entryRoutes(app: ApiServer, context: ApiContext): void {
  const { view, clock, fillRandom } = context.deps;
  app.post(
    '/orders',
    {
      config: { permission: 'orders.write' },
      schema: {
        tags: TAGS,
        summary: 'Place an order',
        body: shapes.placeOrderSchema,
        response: { 200: shapes.orderResultSchema, 201: shapes.orderResultSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const startedMicros = clock.nowMicros();
      const order = request.body;
      requireAccount(request, order.account);
      const instrument = context.instrument(order.symbol);
      const id = order.clOrdId === undefined ? randomClientOrderId(fillRandom) : clientOrderId(order.clOrdId);
      const answer = await context.run(placeWords(order, instrument, id));
      const row = view.orders.findByClientId(order.account, id.low, id.high);
      const duplicate = answer.event[Execution.reason] === Code.duplicateClOrdId;
      const known = row !== undefined && (duplicate || row.sequence === answer.sequence);
      if (!known) throw refusalOf(context, answer.sequence, answer.event);
      return reply.code(duplicate ? 200 : 201).send(resultOf(context, row, answer.sequence, startedMicros, duplicate));
    },
  );

  app.post(
    '/orders/mass-cancel',
    {
      config: { permission: 'authenticated' },
      schema: {
        tags: TAGS,
        summary: 'Cancel every live order that meets all conditions',
        body: shapes.massCancelSchema,
        response: { 200: shapes.massCancelResultSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const startedMicros = clock.nowMicros();
      const scope = request.body;
      const { role, accountSet } = principalOf(request);
      const own =
        scope.account !== undefined && permits(role, 'orders.write') && accountSet?.has(scope.account) !== false;
      if (!own && !permits(role, 'risk.stop')) {
        throw new ApiFailure(API_ERRORS.API_FORBIDDEN, { permission: 'risk.stop' });
      }
      const words = commands.massCancel(
        {
          session: scope.session ?? -1,
          account: scope.account ?? -1,
          participant: scope.participant ?? -1,
          instrument: scope.symbol === undefined ? -1 : context.instrument(scope.symbol).instrument,
          side: scope.side === undefined ? -1 : Number(scope.side === 'sell'),
        },
        Code.canceledByMassCancel,
      );
      const act = { act: 'orders.mass-cancel', target: JSON.stringify(scope), detail: scope };
      const { value } = await context.recorded(request, act, async () => context.run(words));
      return { cancelled: value.event[Accepted.count], roundTripMicros: clock.nowMicros() - startedMicros };
    },
  );
}

function changeRoutes(app: ApiServer, context: ApiContext): void {
  const { clock } = context.deps;
  const carryOut = async (row: OrderRow, words: Int32Array): Promise<z.infer<typeof shapes.orderResultSchema>> => {
    const startedMicros = clock.nowMicros();
    const answer = await context.run(words);
    const { view } = context.deps;
    const execType = answer.event[Execution.execType];
    if (execType === ExecType.requestRejected) throw refusalOf(context, answer.sequence, answer.event);
    const now = view.orders.find(row.slot, row.generation) ?? row;
    return resultOf(context, now, answer.sequence, startedMicros, false);
  };

  app.patch(
    '/orders/:orderId',
    {
      config: { permission: 'orders.write' },
      schema: {
        tags: TAGS,
        summary: 'Amend an order; a smaller quantity alone keeps its priority',
        params,
        body: shapes.amendOrderSchema,
        response: { 200: shapes.orderResultSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const row = ownOrder(context, request, request.params.orderId);
      const symbol = presentOrder(row, context.deps.view.ready).symbol;
      return carryOut(row, amendWords(row, request.body, context.instrument(symbol)));
    },
  );

  app.delete(
    '/orders/:orderId',
    {
      config: { permission: 'orders.write' },
      schema: {
        tags: TAGS,
        summary: 'Cancel an order',
        params,
        response: { 200: shapes.orderResultSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const row = ownOrder(context, request, request.params.orderId);
      return carryOut(row, commands.cancelOrder(row));
    },
  );
}

/** What the engine said no with, as the error that answers the request. */
function refusalOf(context: ApiContext, sequence: number, event: Int32Array): ApiFailure {
  const refused = context.deps.view.executions
    .ofCommand(sequence)
    .findLast(({ execType }) => execType === ExecType.rejected || execType === ExecType.requestRejected);
  const reason = refused?.reason ?? event[Execution.reason];
  return new ApiFailure(engineError(reason), { ...refused?.limits, sequence });
}
