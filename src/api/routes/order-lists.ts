/** Lists of orders and executions, page by page, of the accounts one may see. Reads only. */
import { principalOf, requireAccount } from '../authentication.ts';
import type { ApiContext, ApiServer } from '../context.ts';
import { invalid } from '../order-entry.ts';
import { presentExecution, presentOrder } from '../present-orders.ts';
import * as shapes from '../schemas/orders.ts';
import { PROBLEMS } from './problems.ts';

const PAGE_DEFAULT = 100;

export function orderListRoutes(app: ApiServer, context: ApiContext): void {
  const { view } = context.deps;
  app.get(
    '/orders',
    {
      config: { permission: 'orders.read' },
      schema: {
        tags: ['orders'],
        summary: 'Orders, newest first: live ones, and the last that ended',
        querystring: shapes.orderQuerySchema,
        response: { 200: shapes.orderListSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { account, symbol, status, limit = PAGE_DEFAULT, before } = request.query;
      if (account !== undefined) requireAccount(request, account);
      const instrument = symbol === undefined ? undefined : context.instrument(symbol).instrument;
      const accounts = principalOf(request).accountSet;
      const filter = { account, accounts, instrument, status, before: cursor(before) };
      const { rows, next } = view.orders.list(filter, limit);
      const orders = rows.map((row) => presentOrder(row, view.ready));
      return { orders, next: next === undefined ? null : String(next) };
    },
  );

  app.get(
    '/executions',
    {
      config: { permission: 'orders.read' },
      schema: {
        tags: ['orders'],
        summary: 'Executions, newest first: everything that happened to orders, or trades only',
        querystring: shapes.executionQuerySchema,
        response: { 200: shapes.executionListSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { account, symbol, kind, limit = PAGE_DEFAULT, before } = request.query;
      if (account !== undefined) requireAccount(request, account);
      const instrument = symbol === undefined ? undefined : context.instrument(symbol).instrument;
      const accounts = principalOf(request).accountSet;
      const filter = { account, accounts, instrument, tradesOnly: kind === 'trades', before: cursor(before) };
      const { rows, next } = view.executions.find(filter, limit);
      const executions = rows.map((row) => presentExecution(row, view.ready));
      return { executions, next: next === undefined ? null : String(next) };
    },
  );
}

function cursor(before: string | undefined): number | undefined {
  if (before === undefined) return undefined;
  if (!/^\d{1,15}$/.test(before)) throw invalid('before', 'take it from `next` of the page before');
  return Number(before);
}
