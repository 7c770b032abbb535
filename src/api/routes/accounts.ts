/** Accounts, positions and funds. A new account begins with the starting limits; more needs a second person. */
import { z } from 'zod';
import { principalOf, requireAccount } from '../authentication.ts';
import * as commands from '../command-words.ts';
import type { ApiContext, ApiServer } from '../context.ts';
import { accountOf, accountsOf, openOrdersByAccount, positionsOf } from '../engine-reads.ts';
import { presentAccount, presentFunds, presentPosition } from '../present-accounts.ts';
import * as shapes from '../schemas/accounts.ts';
import type { Account, CreateAccount, PositionList } from '../schemas/accounts.ts';
import { integerTextSchema, symbolSchema } from '../schemas/common.ts';
import { PROBLEMS } from './problems.ts';

const TAGS = ['accounts'];
const params = z.object({ account: integerTextSchema });

/** What a new account may do until two people allow more: little, and with its own money only. */
const STARTING_LIMITS: commands.LimitWords = {
  maxOrderQuantity: 1000,
  maxOrderValue: 1_000_000_000,
  maxOpenNotional: 10_000_000_000,
  maxLong: 10_000,
  maxShort: 10_000,
  ordersPerSecond: 50,
  messagesPerSecond: 200,
  duplicateWindowMicros: 0,
  buyingPowerEnforced: true,
};

export function accountRoutes(app: ApiServer, context: ApiContext): void {
  fundsRoutes(app, context);
  positionRoutes(app, context);
  const { view } = context.deps;
  const present = (account: number): Account =>
    presentAccount(context.account(account), openOrdersByAccount(view.ready).get(account) ?? 0);

  app.get(
    '/accounts',
    {
      config: { permission: 'accounts.read' },
      schema: {
        tags: TAGS,
        summary: 'The accounts you may see',
        response: { 200: shapes.accountListSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { accountSet } = principalOf(request);
      const openOrders = openOrdersByAccount(view.ready);
      const accounts = accountsOf(view.ready)
        .filter(({ account }) => accountSet?.has(account) !== false)
        .map((row) => presentAccount(row, openOrders.get(row.account) ?? 0));
      return { accounts };
    },
  );

  app.get(
    '/accounts/:account',
    {
      config: { permission: 'accounts.read' },
      schema: { tags: TAGS, summary: 'One account', params, response: { 200: shapes.accountSchema, ...PROBLEMS } },
    },
    async (request) => {
      requireAccount(request, request.params.account);
      return present(request.params.account);
    },
  );

  app.post(
    '/accounts',
    {
      config: { permission: 'accounts.write' },
      schema: {
        tags: TAGS,
        summary: 'Open an account; it begins with small limits and no money',
        body: shapes.createAccountSchema,
        response: { 201: shapes.accountSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const act = { act: 'account.create', target: request.body.name, detail: request.body };
      const { value } = await context.recorded(request, act, async () => create(context, request.body));
      return reply.code(201).send(present(value));
    },
  );
}

/** Limits come before the account is enabled: there is no moment in which it trades without them. */
async function create(context: ApiContext, terms: CreateAccount): Promise<number> {
  const taken = accountsOf(context.deps.view.ready).map((row) => row.account);
  const account = Math.max(-1, ...taken) + 1;
  const words = {
    account,
    participant: terms.participant,
    participantScope: terms.selfTradeScope === 'participant',
    makerRate: terms.makerRate,
    takerRate: terms.takerRate,
    name: terms.name,
  };
  await context.run(commands.account({ ...words, enabled: false }));
  await context.run(commands.riskLimits(account, STARTING_LIMITS));
  await context.run(commands.account({ ...words, enabled: true }));
  return account;
}

function positionRoutes(app: ApiServer, context: ApiContext): void {
  const { view } = context.deps;
  const list = (
    account: number | undefined,
    visible: ReadonlySet<number> | undefined,
    symbol?: string,
  ): PositionList => {
    const instrument = symbol === undefined ? undefined : context.instrument(symbol).instrument;
    const positions = positionsOf(view.ready, account)
      .filter((row) => visible?.has(row.account) !== false)
      .filter((row) => instrument === undefined || row.instrument === instrument)
      .map((row) => presentPosition(row, view.ready));
    return { positions };
  };

  app.get(
    '/positions',
    {
      config: { permission: 'accounts.read' },
      schema: {
        tags: TAGS,
        summary: 'Positions of the accounts you may see',
        querystring: z.strictObject({ account: integerTextSchema.optional(), symbol: symbolSchema.optional() }),
        response: { 200: shapes.positionListSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { account, symbol } = request.query;
      if (account !== undefined) requireAccount(request, account);
      return list(account, principalOf(request).accountSet, symbol);
    },
  );

  app.get(
    '/accounts/:account/positions',
    {
      config: { permission: 'accounts.read' },
      schema: {
        tags: TAGS,
        summary: 'Positions of one account',
        params,
        response: { 200: shapes.positionListSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      requireAccount(request, request.params.account);
      return list(context.account(request.params.account).account, undefined);
    },
  );
}

function fundsRoutes(app: ApiServer, context: ApiContext): void {
  const { view } = context.deps;
  app.get(
    '/accounts/:account/funds',
    {
      config: { permission: 'accounts.read' },
      schema: {
        tags: TAGS,
        summary: 'Cash of one account',
        params,
        response: { 200: shapes.fundsSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      requireAccount(request, request.params.account);
      return presentFunds(context.account(request.params.account));
    },
  );

  app.post(
    '/accounts/:account/funds',
    {
      config: { permission: 'funds.write' },
      schema: {
        tags: TAGS,
        summary: 'Pay money in or out',
        params,
        body: shapes.moveFundsSchema,
        response: { 200: shapes.fundsSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { account } = context.account(request.params.account);
      const { amountUnits } = request.body;
      const act = { act: 'funds.move', target: `account ${account}`, detail: { amountUnits } };
      await context.recorded(request, act, async () => context.run(commands.funds(account, amountUnits)));
      return presentFunds(accountOf(view.ready, account));
    },
  );
}
