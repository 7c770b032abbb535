/** Members of the federation and their signed heartbeats. A heartbeat is believed for its signature, not for the route. */
import { z } from 'zod';
import type { FederationPicture } from '#federation/picture.ts';
import { REGISTRY_ERRORS } from '#federation/registry/errors.ts';
import type { MemberView } from '#federation/registry/members.ts';
import type { ApiContext, ApiServer } from '../../context.ts';
import { ApiFailure, notFound } from '../../errors.ts';
import * as shapes from '../../schemas/federation.ts';
import { PROBLEMS } from '../problems.ts';

const TAGS = ['federation'];
const READ = { permission: 'federation.read' } as const;
const params = z.object({ member: z.string().max(64) });

export function memberRoutes(app: ApiServer, context: ApiContext, picture: FederationPicture): void {
  const { clock } = context.deps;
  const { members, detection } = picture.parts;

  app.get(
    '/members',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Every member on the roster with its last heartbeat',
        response: { 200: shapes.memberListSchema, ...PROBLEMS },
      },
    },
    async () => ({ members: members.list().map(presentMember), timeMicros: clock.nowMicros() }),
  );

  app.get(
    '/members/:member',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'One member',
        params,
        response: { 200: shapes.memberSchema, ...PROBLEMS },
      },
    },
    async ({ params: { member } }) => {
      const found = members.find(member);
      if (found === undefined) throw notFound(`member ${member}`);
      return presentMember(found);
    },
  );

  app.get(
    '/members/:member/heartbeats',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'The last heartbeats of a member, newest first, at most 60',
        params,
        response: { 200: shapes.heartbeatListSchema, ...PROBLEMS },
      },
    },
    async ({ params: { member } }) => {
      if (members.find(member) === undefined) throw notFound(`member ${member}`);
      return { member, heartbeats: members.history(member).map(presentHeartbeat) };
    },
  );

  app.get(
    '/refusals',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Heartbeats and votes that were not believed lately, and why',
        response: { 200: shapes.refusalListSchema, ...PROBLEMS },
      },
    },
    async () => ({
      refusals: [
        ...members.refusals.map((refusal) => ({ kind: 'heartbeat' as const, ...refusal })),
        ...detection.refusals.map((refusal) => ({ kind: 'vote' as const, ...refusal })),
      ].toSorted((a, b) => b.atMicros - a.atMicros),
    }),
  );

  app.post(
    '/heartbeats',
    {
      config: { permission: 'federation.write' },
      schema: {
        tags: TAGS,
        summary: 'Hand in a signed heartbeat of a member that cannot reach the registry itself',
        body: shapes.submitHeartbeatSchema,
        response: { 200: shapes.submittedHeartbeatSchema, ...PROBLEMS },
      },
    },
    async ({ body }) => {
      const taken = await members.submit(JSON.stringify(body));
      if (taken.ok) return taken.value;
      throw new ApiFailure(REGISTRY_ERRORS[taken.error.code], { why: taken.error.message });
    },
  );
}

function presentMember({ member, cluster, presence, last }: MemberView) {
  return { member, cluster, presence, heartbeat: last === undefined ? null : presentHeartbeat(last) };
}

function presentHeartbeat(entry: NonNullable<MemberView['last']>) {
  const { number, incarnationMicros, sentMicros, storedMicros, body } = entry;
  const { cluster: _known, ...said } = body;
  return { number, incarnationMicros, sentMicros, storedMicros, ...said };
}
