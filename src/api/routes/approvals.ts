/** Requests that need a second person, and the record of privileged acts. */
import { z } from 'zod';
import { listActs } from '#store/acts.ts';
import type { ApprovalDesk } from '../approvals.ts';
import { principalOf } from '../authentication.ts';
import type { ApiContext, ApiServer } from '../context.ts';
import { pageQueryShape } from '../schemas/common.ts';
import { approvalListSchema, approvalSchema, auditListSchema, decideApprovalSchema } from '../schemas/identity.ts';
import { PROBLEMS } from './problems.ts';

const TAGS = ['approvals'];
const PAGE_DEFAULT = 100;
const params = z.object({ approvalId: z.string().max(64) });

export function approvalRoutes(app: ApiServer, context: ApiContext, desk: ApprovalDesk): void {
  app.get(
    '/approvals',
    {
      config: { permission: 'approvals.read' },
      schema: {
        tags: TAGS,
        summary: 'Acts that wait for a second person, or all that ever did',
        querystring: z.strictObject({ state: z.enum(['pending', 'all']).default('pending') }),
        response: { 200: approvalListSchema, ...PROBLEMS },
      },
    },
    async (request) => ({ approvals: await desk.list(request.query.state, principalOf(request)) }),
  );

  app.get(
    '/approvals/:approvalId',
    {
      config: { permission: 'approvals.read' },
      schema: { tags: TAGS, summary: 'One request', params, response: { 200: approvalSchema, ...PROBLEMS } },
    },
    async (request) => desk.find(request.params.approvalId, principalOf(request)),
  );

  app.post(
    '/approvals/:approvalId/confirm',
    {
      config: { permission: 'approvals.decide' },
      schema: {
        tags: TAGS,
        summary: 'Confirm somebody else’s request: it is carried out at once',
        params,
        body: decideApprovalSchema,
        response: { 200: approvalSchema, ...PROBLEMS },
      },
    },
    async (request) => desk.confirm(request, request.params.approvalId, request.body.note),
  );

  app.post(
    '/approvals/:approvalId/refuse',
    {
      config: { permission: 'approvals.decide' },
      schema: {
        tags: TAGS,
        summary: 'Refuse somebody else’s request',
        params,
        body: decideApprovalSchema,
        response: { 200: approvalSchema, ...PROBLEMS },
      },
    },
    async (request) => desk.refuse(request, request.params.approvalId, request.body.note),
  );

  app.post(
    '/approvals/:approvalId/withdraw',
    {
      config: { permission: 'authenticated' },
      schema: {
        tags: TAGS,
        summary: 'Withdraw your own request',
        params,
        response: { 200: approvalSchema, ...PROBLEMS },
      },
    },
    async (request) => desk.withdraw(request, request.params.approvalId),
  );

  app.get(
    '/audit',
    {
      config: { permission: 'audit.read' },
      schema: {
        tags: TAGS,
        summary: 'Privileged acts, newest first',
        querystring: z.strictObject(pageQueryShape),
        response: { 200: auditListSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const limit = request.query.limit ?? PAGE_DEFAULT;
      const found = await listActs(context.deps.store, limit + 1, request.query.before);
      const entries = found.slice(0, limit).map((entry) => ({ ...entry, detail: { ...entry.detail } }));
      return { entries, next: found.length > limit ? (entries.at(-1)?.auditId ?? null) : null };
    },
  );
}
