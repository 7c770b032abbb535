/** Market states. Anyone with the right may halt or close; leaving a halt needs a second person. */
import { z } from 'zod';
import { MarketState } from '#trading/terms.ts';
import type { ApprovalDesk } from '../approvals.ts';
import { principalOf } from '../authentication.ts';
import * as commands from '../command-words.ts';
import type { ApiContext, ApiServer } from '../context.ts';
import { instrumentsOf } from '../engine-reads.ts';
import { API_ERRORS, ApiFailure } from '../errors.ts';
import { permits } from '../permissions.ts';
import { presentMarket, stateNumber } from '../present-market.ts';
import { symbolSchema } from '../schemas/common.ts';
import { approvalPendingSchema } from '../schemas/identity.ts';
import {
  marketListSchema,
  marketSchema,
  marketStateSchema,
  setMarketStateSchema,
  type Market,
  type MarketStateName,
} from '../schemas/instruments.ts';
import { PROBLEMS } from './problems.ts';

const TAGS = ['markets'];
const params = z.object({ symbol: symbolSchema });

export function marketRoutes(app: ApiServer, context: ApiContext, desk: ApprovalDesk): void {
  const { view } = context.deps;
  const present = (symbol: string): Market => {
    const row = context.instrument(symbol);
    return presentMarket(row, view.stateSince(row.instrument));
  };
  const set = async (symbol: string, state: MarketStateName): Promise<Market> => {
    await context.run(commands.marketState(context.instrument(symbol).instrument, stateNumber(state)));
    return present(symbol);
  };
  desk.register('market.resume', {
    permission: 'markets.write',
    async carryOut({ symbol, state }) {
      const market = await set(String(symbol), marketStateSchema.parse(state));
      return `${market.symbol} is ${market.state}`;
    },
  });

  app.get(
    '/markets',
    {
      config: { permission: 'market.read' },
      schema: {
        tags: TAGS,
        summary: 'Market state of every instrument',
        response: { 200: marketListSchema, ...PROBLEMS },
      },
    },
    async () => ({
      markets: instrumentsOf(view.ready).map((row) => presentMarket(row, view.stateSince(row.instrument))),
    }),
  );

  app.get(
    '/markets/:symbol',
    {
      config: { permission: 'market.read' },
      schema: {
        tags: TAGS,
        summary: 'Market state of one instrument',
        params,
        response: { 200: marketSchema, ...PROBLEMS },
      },
    },
    async (request) => present(request.params.symbol),
  );

  app.put(
    '/markets/:symbol',
    {
      config: { permission: 'authenticated' },
      schema: {
        tags: TAGS,
        summary: 'Change a market state; leaving a halt (except to closed) waits for a second person (202)',
        params,
        body: setMarketStateSchema,
        response: { 200: marketSchema, 202: approvalPendingSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { symbol } = request.params;
      const { state } = request.body;
      const { role } = principalOf(request);
      const stops = state === 'halt' && permits(role, 'risk.stop');
      if (!stops && !permits(role, 'markets.write')) {
        throw new ApiFailure(API_ERRORS.API_FORBIDDEN, { permission: 'markets.write' });
      }
      const row = context.instrument(symbol);
      const resumes = row.state === MarketState.halt && state !== 'halt' && state !== 'closed';
      if (resumes) {
        const summary = `${symbol} leaves its halt and goes to ${state}`;
        const approval = await desk.request(request, 'market.resume', symbol, summary, { symbol, state });
        return reply.code(202).send({ approval });
      }
      const act = { act: 'market.set', target: symbol, detail: { state } };
      const { value } = await context.recorded(request, act, async () => set(symbol, state));
      return reply.code(200).send(value);
    },
  );
}
