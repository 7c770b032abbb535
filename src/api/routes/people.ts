/** Users and invitations, for administrators. Nobody can hand out more than he may do himself. */
import { z } from 'zod';
import * as people from '#store/people.ts';
import { principalOf } from '../authentication.ts';
import type { ApiContext, ApiServer } from '../context.ts';
import { API_ERRORS, ApiFailure, notFound } from '../errors.ts';
import { includes } from '../permissions.ts';
import {
  createdInvitationSchema,
  createInvitationSchema,
  invitationListSchema,
  userListSchema,
  userSchema,
  type Invitation,
  type RoleName,
  type User,
} from '../schemas/identity.ts';
import { PROBLEMS } from './problems.ts';

const TAGS = ['people'];

export function peopleRoutes(app: ApiServer, context: ApiContext): void {
  const { store } = context.deps;
  invitationRoutes(app, context);

  app.get(
    '/users',
    {
      config: { permission: 'users.read' },
      schema: { tags: TAGS, summary: 'Everybody who may log in', response: { 200: userListSchema, ...PROBLEMS } },
    },
    async () => ({ users: (await people.listUsers(store)).map(presentUser) }),
  );

  app.patch(
    '/users/:userId',
    {
      config: { permission: 'users.write' },
      schema: {
        tags: TAGS,
        summary: 'Disable a user, and with him all his tokens, or enable him again',
        params: z.object({ userId: z.string().max(64) }),
        body: z.strictObject({ disabled: z.boolean() }),
        response: { 200: userSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { userId } = request.params;
      const { disabled } = request.body;
      if (userId === principalOf(request).userId) {
        throw new ApiFailure(API_ERRORS.API_CONFLICT, { why: 'you cannot disable yourself' });
      }
      const user = await people.setUserDisabled(store, userId, disabled);
      if (user === undefined) throw notFound(`user ${userId}`);
      context.authenticator.forget();
      await context.record(request, {
        act: disabled ? 'user.disable' : 'user.enable',
        target: userId,
        outcome: 'done',
      });
      return presentUser(user);
    },
  );
}

function invitationRoutes(app: ApiServer, context: ApiContext): void {
  const { store } = context.deps;
  app.get(
    '/invitations',
    {
      config: { permission: 'users.read' },
      schema: {
        tags: TAGS,
        summary: 'Invitations, newest first',
        response: { 200: invitationListSchema, ...PROBLEMS },
      },
    },
    async () => ({ invitations: (await people.listInvitations(store)).map(presentInvitation) }),
  );

  app.post(
    '/invitations',
    {
      config: { permission: 'users.write' },
      schema: {
        tags: TAGS,
        summary: 'Invite somebody; the link is shown this once and works for 72 hours',
        body: createInvitationSchema,
        response: { 201: createdInvitationSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      const { name, role, accounts } = request.body;
      if (!includes(principal.role, role)) throw new ApiFailure(API_ERRORS.API_FORBIDDEN, { role });
      const made = await people.createInvitation(store, { name, role, accounts, createdBy: principal.name });
      const { invitationId } = made.invitation;
      await context.record(request, {
        act: 'user.invite',
        target: invitationId,
        outcome: 'done',
        detail: { name, role, accounts },
      });
      const url = `${context.deps.publicUrl()}/login#${made.secret}`;
      return reply.code(201).send({ invitation: presentInvitation(made.invitation), url });
    },
  );

  app.delete(
    '/invitations/:invitationId',
    {
      config: { permission: 'users.write' },
      schema: {
        tags: TAGS,
        summary: 'Take back an invitation that was not used yet',
        params: z.object({ invitationId: z.string().max(64) }),
        response: { 204: z.undefined(), ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { invitationId } = request.params;
      if (!(await people.revokeInvitation(store, invitationId))) throw notFound(`open invitation ${invitationId}`);
      await context.record(request, { act: 'user.uninvite', target: invitationId, outcome: 'done' });
      return reply.code(204).send();
    },
  );
}

function presentUser(user: people.User): User {
  return { ...user, role: user.role as RoleName, accounts: user.accounts === 'all' ? 'all' : [...user.accounts] };
}

function presentInvitation(invitation: people.Invitation): Invitation {
  const accounts = invitation.accounts === 'all' ? 'all' : [...invitation.accounts];
  return { ...invitation, role: invitation.role as RoleName, accounts };
}
