/**
 * The kill switch: one person stops a participant, an account or an instrument at once; two lift the block. What it would
 * do can be looked at first.
 */
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { latestAct } from '#store/acts.ts';
import { KillScope } from '#trading/commands.ts';
import { Accepted } from '#trading/events.ts';
import type { ApprovalDesk } from '../approvals.ts';
import { principalOf } from '../authentication.ts';
import * as commands from '../command-words.ts';
import type { ApiContext, ApiServer } from '../context.ts';
import { accountsOf, instrumentsOf, killedParticipants, openOrdersByAccount } from '../engine-reads.ts';
import { API_ERRORS, ApiFailure } from '../errors.ts';
import { invalid } from '../order-entry.ts';
import { permits } from '../permissions.ts';
import * as shapes from '../schemas/accounts.ts';
import type { KillPreview, KillScopeName, KillSwitch } from '../schemas/accounts.ts';
import { approvalPendingSchema } from '../schemas/identity.ts';
import { PROBLEMS } from './problems.ts';

const TAGS = ['kill switch'];

/** What a kill switch is on, with the name people know it by. */
interface Target {
  readonly scope: KillScopeName;
  readonly id: number;
  readonly name: string;
}

export function killSwitchRoutes(app: ApiServer, context: ApiContext, desk: ApprovalDesk): void {
  desk.register('kill-switch.release', {
    permission: 'risk.change',
    async carryOut(payload) {
      const target = targetOf(context, shapes.killScopeSchema.parse(payload['scope']), payload['id']);
      await context.run(commands.killSwitch(KillScope[target.scope], target.id, false));
      return `${target.name} may trade again`;
    },
  });

  app.get(
    '/kill-switch',
    {
      config: { permission: 'risk.read' },
      schema: {
        tags: TAGS,
        summary: 'Kill switches that are on',
        response: { 200: shapes.killSwitchListSchema, ...PROBLEMS },
      },
    },
    async () => ({ engaged: await engagedSwitches(context) }),
  );

  app.get(
    '/kill-switch/preview',
    {
      config: { permission: 'risk.read' },
      schema: {
        tags: TAGS,
        summary: 'What engaging a kill switch would do',
        querystring: z.strictObject({ scope: shapes.killScopeSchema, id: z.string().min(1).max(16) }),
        response: { 200: shapes.killPreviewSchema, ...PROBLEMS },
      },
    },
    async (request) => preview(context, targetOf(context, request.query.scope, request.query.id)),
  );

  app.post(
    '/kill-switch/engage',
    {
      config: { permission: 'authenticated' },
      schema: {
        tags: TAGS,
        summary: 'Stop: block new orders and cancel the resting ones',
        body: shapes.killTargetSchema,
        response: { 200: shapes.killReceiptSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { scope, id, reason } = request.body;
      requireStop(request, scope, id);
      const target = targetOf(context, scope, id);
      const act = { act: 'kill-switch.engage', target: `${scope} ${target.id}`, detail: { reason, name: target.name } };
      const { value, auditId } = await context.recorded(request, act, async () =>
        context.run(commands.killSwitch(KillScope[scope], target.id, true)),
      );
      const cancelled = value.event[Accepted.count];
      return { ...target, engaged: true, cancelled, timeMicros: value.timeMicros, auditId };
    },
  );

  app.post(
    '/kill-switch/release',
    {
      config: { permission: 'risk.change' },
      schema: {
        tags: TAGS,
        summary: 'Ask for a kill switch to be released; a second person confirms it',
        body: shapes.killTargetSchema,
        response: { 202: approvalPendingSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { scope, id, reason } = request.body;
      const target = targetOf(context, scope, id);
      if (!isEngaged(context, target)) {
        throw new ApiFailure(API_ERRORS.API_CONFLICT, { why: 'this kill switch is not on' });
      }
      const summary = `${target.name} (${scope}) may trade again: ${reason}`;
      const approval = await desk.request(request, 'kill-switch.release', `${scope} ${target.id}`, summary, {
        ...target,
        id: scope === 'instrument' ? target.name : target.id,
        reason,
      });
      return reply.code(202).send({ approval });
    },
  );
}

/** Who may stop others may stop anything; a trader may stop his own accounts. */
function requireStop(request: FastifyRequest, scope: KillScopeName, id: number | string): void {
  const { role, accountSet } = principalOf(request);
  if (permits(role, 'risk.stop')) return;
  const own = scope === 'account' && permits(role, 'orders.write') && accountSet?.has(Number(id)) !== false;
  if (!own) throw new ApiFailure(API_ERRORS.API_FORBIDDEN, { permission: 'risk.stop' });
}

function targetOf(context: ApiContext, scope: KillScopeName, id: unknown): Target {
  if (scope === 'instrument') {
    const { instrument, symbol } = context.instrument(String(id));
    return { scope, id: instrument, name: symbol };
  }
  const index = Number(id);
  if (!Number.isSafeInteger(index) || index < 0) throw invalid('id', `is not the index of a ${scope}`);
  if (scope === 'account') return { scope, id: index, name: context.account(index).name };
  const { participants } = context.deps.view.ready.accounts;
  if (index >= participants) throw invalid('id', `is not below ${participants}, the number of participants`);
  return { scope, id: index, name: `participant ${index}` };
}

/** Every kill switch that is on, with who engaged it where that is on record. */
export async function engagedSwitches(context: ApiContext): Promise<KillSwitch[]> {
  const state = context.deps.view.state;
  if (state === undefined) return [];
  const targets: Target[] = [
    ...killedParticipants(state).map((id) => ({ scope: 'participant' as const, id, name: `participant ${id}` })),
    ...accountsOf(state)
      .filter((row) => row.killed)
      .map((row) => ({ scope: 'account' as const, id: row.account, name: row.name })),
    ...instrumentsOf(state)
      .filter((row) => row.killed)
      .map((row) => ({ scope: 'instrument' as const, id: row.instrument, name: row.symbol })),
  ];
  return Promise.all(
    targets.map(async (target) => {
      const act = await latestAct(context.deps.store, 'kill-switch.engage', `${target.scope} ${target.id}`);
      const reason = act?.detail['reason'];
      return {
        ...target,
        sinceMicros: act?.timeMicros ?? null,
        by: act?.userName ?? null,
        reason: typeof reason === 'string' ? reason : null,
      };
    }),
  );
}

function isEngaged(context: ApiContext, { scope, id }: Target): boolean {
  const state = context.deps.view.ready;
  if (scope === 'participant') return state.accounts.participantKilled[id] === 1;
  if (scope === 'account') return context.account(id).killed;
  return instrumentsOf(state).some((row) => row.instrument === id && row.killed);
}

function preview(context: ApiContext, target: Target): KillPreview {
  const state = context.deps.view.ready;
  const engaged = isEngaged(context, target);
  if (target.scope === 'instrument') {
    const row = instrumentsOf(state).find(({ instrument }) => instrument === target.id);
    return { ...target, engaged, openOrders: row?.liveOrders ?? 0, openNotionalUnits: null, accounts: [] };
  }
  const openOrders = openOrdersByAccount(state);
  const rows = accountsOf(state).filter((row) =>
    target.scope === 'account' ? row.account === target.id : row.participant === target.id,
  );
  const accounts = rows.map((row) => ({
    account: row.account,
    name: row.name,
    openOrders: openOrders.get(row.account) ?? 0,
  }));
  return {
    ...target,
    engaged,
    openOrders: accounts.reduce((sum, row) => sum + row.openOrders, 0),
    openNotionalUnits: rows.reduce((sum, row) => sum + row.openNotional, 0),
    accounts,
  };
}
