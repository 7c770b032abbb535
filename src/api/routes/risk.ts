/** Limits and what they use, restrictions, locates. Tightening is one person's act, loosening two persons'. */
import { z } from 'zod';
import type { ApprovalDesk } from '../approvals.ts';
import { principalOf, requireAccount } from '../authentication.ts';
import * as commands from '../command-words.ts';
import type { ApiContext, ApiServer } from '../context.ts';
import { accountsOf, instrumentsOf, positionsOf, symbolOf, type AccountRow } from '../engine-reads.ts';
import { limitWords, presentLimits, presentUsage, raisedLimits } from '../present-accounts.ts';
import * as shapes from '../schemas/accounts.ts';
import type { AccountLimits, Restriction, RiskLimits } from '../schemas/accounts.ts';
import { integerTextSchema } from '../schemas/common.ts';
import { approvalPendingSchema } from '../schemas/identity.ts';
import { PROBLEMS } from './problems.ts';

const TAGS = ['risk'];
const params = z.object({ account: integerTextSchema });

export function riskRoutes(app: ApiServer, context: ApiContext, desk: ApprovalDesk): void {
  usageRoutes(app, context);
  restrictionRoutes(app, context, desk);
  const set = async (account: number, limits: RiskLimits): Promise<AccountLimits> => {
    await context.run(commands.riskLimits(context.account(account).account, limitWords(limits)));
    return presentLimits(context.account(account));
  };
  desk.register('risk-limits.raise', {
    permission: 'risk.change',
    async carryOut({ account, limits }) {
      const { accountName } = await set(Number(account), shapes.riskLimitsSchema.parse(limits));
      return `limits of ${accountName} are set`;
    },
  });

  app.get(
    '/risk/limits',
    {
      config: { permission: 'risk.read' },
      schema: {
        tags: TAGS,
        summary: 'Limits of every account',
        response: { 200: shapes.accountLimitsListSchema, ...PROBLEMS },
      },
    },
    async (request) => ({ accounts: visibleAccounts(context, principalOf(request).accountSet).map(presentLimits) }),
  );

  app.get(
    '/risk/limits/:account',
    {
      config: { permission: 'risk.read' },
      schema: {
        tags: TAGS,
        summary: 'Limits of one account',
        params,
        response: { 200: shapes.accountLimitsSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      requireAccount(request, request.params.account);
      return presentLimits(context.account(request.params.account));
    },
  );

  app.put(
    '/risk/limits/:account',
    {
      config: { permission: 'risk.change' },
      schema: {
        tags: TAGS,
        summary: 'Set limits: lower ones at once (200), any higher one with a second person (202)',
        params,
        body: shapes.riskLimitsSchema,
        response: { 200: shapes.accountLimitsSchema, 202: approvalPendingSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { account } = request.params;
      const present = presentLimits(context.account(account));
      const raised = raisedLimits(present.limits, request.body);
      const target = `account ${account}`;
      if (raised.length > 0) {
        const summary = `${present.accountName}: ${raised.join(', ')} will be raised`;
        const payload = { account, limits: request.body, before: present.limits };
        const approval = await desk.request(request, 'risk-limits.raise', target, summary, payload);
        return reply.code(202).send({ approval });
      }
      const act = { act: 'risk-limits.lower', target, detail: request.body };
      const { value } = await context.recorded(request, act, async () => set(account, request.body));
      return reply.code(200).send(value);
    },
  );
}

function usageRoutes(app: ApiServer, context: ApiContext): void {
  const { view } = context.deps;
  app.get(
    '/risk/usage',
    {
      config: { permission: 'risk.read' },
      schema: {
        tags: TAGS,
        summary: 'How much of their limits every account uses',
        response: { 200: shapes.accountUsageListSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const positions = Map.groupBy(positionsOf(view.ready), (row) => row.account);
      const accounts = visibleAccounts(context, principalOf(request).accountSet);
      return { accounts: accounts.map((row) => presentUsage(row, positions.get(row.account) ?? [], view.ready)) };
    },
  );

  app.get(
    '/risk/usage/:account',
    {
      config: { permission: 'risk.read' },
      schema: {
        tags: TAGS,
        summary: 'How much of its limits one account uses',
        params,
        response: { 200: shapes.accountUsageSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      requireAccount(request, request.params.account);
      const row = context.account(request.params.account);
      return presentUsage(row, positionsOf(view.ready, row.account), view.ready);
    },
  );

  app.post(
    '/risk/locates',
    {
      config: { permission: 'risk.change' },
      schema: {
        tags: TAGS,
        summary: 'Enter shares that were located for short sales of the day',
        body: shapes.locateSchema,
        response: { 201: shapes.locateSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { account, symbol, locateId, quantity } = request.body;
      const { instrument } = context.instrument(symbol);
      const words = commands.locate(context.account(account).account, instrument, locateId, quantity);
      const act = { act: 'locate.enter', target: `account ${account}`, detail: request.body };
      await context.recorded(request, act, async () => context.run(words));
      return reply.code(201).send(request.body);
    },
  );
}

function restrictionRoutes(app: ApiServer, context: ApiContext, desk: ApprovalDesk): void {
  const set = async ({ account, symbol }: Restriction, restricted: boolean): Promise<void> => {
    const index = account === null ? -1 : context.account(account).account;
    await context.run(commands.restriction(index, context.instrument(symbol).instrument, restricted));
  };
  desk.register('restriction.lift', {
    permission: 'risk.change',
    async carryOut(payload) {
      const restriction = shapes.setRestrictionSchema.parse(payload);
      await set(restriction, false);
      return `${describe(restriction)} is lifted`;
    },
  });

  app.get(
    '/risk/restrictions',
    {
      config: { permission: 'risk.read' },
      schema: {
        tags: TAGS,
        summary: 'Instruments that are restricted, for an account or for all',
        response: { 200: shapes.restrictionListSchema, ...PROBLEMS },
      },
    },
    async (request) => ({ restrictions: restrictionsOf(context, principalOf(request).accountSet) }),
  );

  app.post(
    '/risk/restrictions',
    {
      config: { permission: 'risk.stop' },
      schema: {
        tags: TAGS,
        summary: 'Restrict an instrument for an account, or for all (null)',
        body: shapes.setRestrictionSchema,
        response: { 201: shapes.restrictionSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const act = { act: 'restriction.set', target: describe(request.body), detail: request.body };
      await context.recorded(request, act, async () => set(request.body, true));
      return reply.code(201).send(request.body);
    },
  );

  app.post(
    '/risk/restrictions/lift',
    {
      config: { permission: 'risk.change' },
      schema: {
        tags: TAGS,
        summary: 'Ask for a restriction to be lifted; a second person confirms it',
        body: shapes.setRestrictionSchema,
        response: { 202: approvalPendingSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      context.instrument(request.body.symbol);
      const target = describe(request.body);
      const summary = `${target} will be lifted`;
      const approval = await desk.request(request, 'restriction.lift', target, summary, request.body);
      return reply.code(202).send({ approval });
    },
  );
}

function describe({ account, symbol }: Restriction): string {
  return `restriction of ${symbol} for ${account === null ? 'every account' : `account ${account}`}`;
}

function restrictionsOf(context: ApiContext, visible: ReadonlySet<number> | undefined): Restriction[] {
  const state = context.deps.view.ready;
  const everywhere = instrumentsOf(state)
    .filter((row) => row.restricted)
    .map((row) => ({ account: null, symbol: row.symbol }));
  const single = positionsOf(state)
    .filter((row) => row.restricted && visible?.has(row.account) !== false)
    .map((row) => ({ account: row.account, symbol: symbolOf(state, row.instrument) }));
  return [...everywhere, ...single];
}

function visibleAccounts(context: ApiContext, visible: ReadonlySet<number> | undefined): AccountRow[] {
  return accountsOf(context.deps.view.ready).filter(({ account }) => visible?.has(account) !== false);
}
