/**
 * Changes of a shard's leader: could we, what would it do, do it, take it back, what did it cost. One person may carry out
 * what every safety rule allows; two may go past those that can be forced. Every act is on record.
 */
import { z } from 'zod';
import { outageMicros } from '#federation/takeover/failover.ts';
import type { Failover } from '#federation/takeover/failover.ts';
import type { TakeoverService } from '#federation/takeover/service.ts';
import type { CodedError } from '#kit/errors.ts';
import type { Result } from '#kit/result.ts';
import type { ApprovalDesk } from '../../approvals.ts';
import { principalOf } from '../../authentication.ts';
import type { ApiContext, ApiServer } from '../../context.ts';
import { instrumentsOf } from '../../engine-reads.ts';
import { ApiFailure, notFound } from '../../errors.ts';
import * as shapes from '../../schemas/failover.ts';
import type { FailoverRecord, Leadership } from '../../schemas/failover.ts';
import { approvalPendingSchema } from '../../schemas/identity.ts';
import { PROBLEMS } from '../problems.ts';

const TAGS = ['failover'];
const READ = { permission: 'federation.read' } as const;
const EXECUTE = { permission: 'failover.execute' } as const;
const RECORDS_MAX = 200;
const LIST_DEFAULT = 50;

export function failoverRoutes(
  app: ApiServer,
  context: ApiContext,
  desk: ApprovalDesk,
  service: TakeoverService,
): void {
  readRoutes(app, context, service);
  actRoutes(app, context, desk, service);
}

function readRoutes(app: ApiServer, context: ApiContext, service: TakeoverService): void {
  app.get(
    '/leadership',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Who leads, and how far each member is',
        response: { 200: shapes.leadershipSchema, ...PROBLEMS },
      },
    },
    async () => presentLeadership(service),
  );
  app.get(
    '/readiness',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Could we fail over now, and why not?',
        response: { 200: shapes.readinessAnswerSchema, ...PROBLEMS },
      },
    },
    async () => {
      const { now, lastAudit } = { now: service.readiness(), lastAudit: service.lastAudit };
      return { now: { ...now, checks: [...now.checks] }, lastAudit: { ...lastAudit, checks: [...lastAudit.checks] } };
    },
  );
  app.get(
    '/failovers',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Changes of the leader, newest first',
        querystring: z.strictObject({ limit: z.coerce.number().int().min(1).max(RECORDS_MAX).default(LIST_DEFAULT) }),
        response: { 200: shapes.failoverListSchema, ...PROBLEMS },
      },
    },
    async ({ query: { limit } }) => ({ failovers: (await service.failovers(limit)).map(present) }),
  );
  app.get(
    '/failovers/:failoverId',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'One change with its steps',
        params: z.object({ failoverId: z.string().max(64) }),
        response: { 200: shapes.failoverSchema, ...PROBLEMS },
      },
    },
    async ({ params: { failoverId } }) => {
      const found = await service.failover(failoverId);
      if (found === undefined) throw notFound(`failover ${failoverId}`);
      return present(found);
    },
  );
  app.get(
    '/failover-records',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'What changes cost: recovery times and losses',
        response: { 200: shapes.failoverRecordsSchema, ...PROBLEMS },
      },
    },
    async () => {
      const failovers = await service.failovers(RECORDS_MAX);
      return {
        changes: failovers.length,
        failed: failovers.filter(({ state }) => state === 'failed').length,
        outageMicros: {
          takeover: quantilesOf(failovers, 'takeover'),
          switchover: quantilesOf(failovers, 'switchover'),
          failback: quantilesOf(failovers, 'failback'),
        },
        commandsLost: failovers.reduce((sum, { commandsLost }) => sum + (commandsLost ?? 0), 0),
      };
    },
  );
  app.get(
    '/failovers/dry-run',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'What a change would do; nothing is changed',
        querystring: shapes.failoverWishSchema.pick({ to: true }),
        response: { 200: shapes.dryRunSchema, ...PROBLEMS },
      },
    },
    async ({ query: { to } }) => {
      const run = await service.dryRun(to);
      const rows = instrumentsOf(context.deps.view.ready);
      const liveOrders = rows.reduce((sum, row) => sum + row.liveOrders, 0);
      const expectedLoss = { journaled: run.expectedLoss, durable: run.expectedLoss };
      return { ...run, checks: [...run.checks], liveOrders, expectedLoss };
    },
  );
}

function actRoutes(app: ApiServer, context: ApiContext, desk: ApprovalDesk, service: TakeoverService): void {
  desk.register('failover.force', {
    permission: 'failover.execute',
    async carryOut(payload, confirmedBy) {
      const { to, reason } = shapes.failoverWishSchema.parse({ to: payload['to'], reason: payload['reason'] });
      const failover = done(service.request({ to, by: [String(payload['askedBy']), confirmedBy], reason }));
      return `${failover.failoverId}: ${failover.to} is to lead`;
    },
  });
  app.post(
    '/failovers',
    {
      config: EXECUTE,
      schema: {
        tags: TAGS,
        summary: 'Let another member lead, where every safety rule holds',
        body: shapes.failoverWishSchema,
        response: { 202: shapes.failoverReceiptSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { to, reason } = request.body;
      const by = [principalOf(request).name];
      const act = { act: 'failover.execute', target: to, detail: { reason } };
      const { value, auditId } = await context.recorded(request, act, async () =>
        done(service.request({ to, by, reason })),
      );
      return reply.code(202).send({ failover: present(value), auditId });
    },
  );
  app.post(
    '/failovers/force',
    {
      config: EXECUTE,
      schema: {
        tags: TAGS,
        summary: 'Ask to go past safety rules that can be forced; a second person confirms it',
        body: shapes.failoverWishSchema,
        response: { 202: approvalPendingSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { to, reason } = request.body;
      const broken = (await service.dryRun(to)).checks.filter(({ holds }) => !holds).map(({ name }) => name);
      const summary = `${to} leads past ${broken.join(', ') || 'no rule'}: ${reason}`;
      const payload = { to, reason, askedBy: principalOf(request).name };
      const approval = await desk.request(request, 'failover.force', to, summary, payload);
      return reply.code(202).send({ approval });
    },
  );
  app.post(
    '/failovers/failback',
    {
      config: EXECUTE,
      schema: {
        tags: TAGS,
        summary: 'Let the preferred member lead again',
        body: shapes.failbackWishSchema,
        response: { 202: shapes.failoverReceiptSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { reason } = request.body;
      const by = [principalOf(request).name];
      const act = { act: 'failover.failback', target: 'preferred', detail: { reason } };
      const { value, auditId } = await context.recorded(request, act, async () => done(service.failback(by, reason)));
      return reply.code(202).send({ failover: present(value), auditId });
    },
  );
  app.post(
    '/failovers/:failoverId/abort',
    {
      config: EXECUTE,
      schema: {
        tags: TAGS,
        summary: 'Take an announced change back',
        params: z.object({ failoverId: z.string().max(64) }),
        response: { 200: shapes.abortReceiptSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { failoverId } = request.params;
      const act = { act: 'failover.abort', target: failoverId };
      const { auditId } = await context.recorded(request, act, async () =>
        done(service.abort(failoverId, principalOf(request).name)),
      );
      return { failoverId, auditId };
    },
  );
}

/** The value, or the refusal with the rules that do not hold. */
function done<T>(result: Result<T, CodedError>): T {
  if (!result.ok) throw new ApiFailure(result.error.kind, { why: result.error.detail });
  return result.value;
}

function present(failover: Failover): FailoverRecord {
  return { ...failover, by: [...failover.by], steps: [...failover.steps], outageMicros: outageMicros(failover) };
}

function presentLeadership(service: TakeoverService): Leadership {
  const { leader, epoch, shard } = service.readiness();
  const leading = service.members.find(({ member }) => member === leader);
  return {
    shard,
    leader,
    epoch,
    members: service.members.map((news) => ({
      member: news.member,
      role: news.role,
      epoch: news.epoch,
      lastSequence: news.lastSequence,
      lagCommands: Math.max(0, (leading?.lastSequence ?? news.lastSequence) - news.lastSequence),
      heardMicros: news.heardMicros,
      clockOffsetMicros: news.clockMicros - news.heardMicros,
      version: news.version,
      address: news.address,
    })),
    current: service.current?.failoverId ?? null,
  };
}

function quantilesOf(failovers: readonly Failover[], kind: Failover['kind']) {
  const values = failovers
    .filter((failover) => failover.kind === kind)
    .flatMap((failover) => outageMicros(failover) ?? [])
    .toSorted((a, b) => a - b);
  const at = (share: number): number => values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
  return values.length === 0 ? null : { p50: at(0.5), p99: at(0.99), max: at(1) };
}
