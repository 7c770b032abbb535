/** Login and logout, who one is, and API tokens. A secret is in an answer once: when it is made. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { acceptInvitation, consumeLoginLink, findUser, listUsers, type User } from '#store/people.ts';
import * as tokens from '#store/tokens.ts';
import { principalOf, SESSION_COOKIE, type Principal } from '../authentication.ts';
import type { ApiContext, ApiServer } from '../context.ts';
import { API_ERRORS, ApiFailure, notFound } from '../errors.ts';
import { includes, permissionsOf, permits } from '../permissions.ts';
import {
  createdTokenSchema,
  createTokenSchema,
  loginSchema,
  tokenListSchema,
  whoamiSchema,
  type Login,
  type RoleName,
  type Token,
  type WhoAmI,
} from '../schemas/identity.ts';
import { recordAct } from '#store/acts.ts';
import { PROBLEMS } from './problems.ts';

const MICROS_PER_DAY = 86_400_000_000;
/** A browser session ends after this, however much it is used. */
const BROWSER_SESSION_DAYS = 7;
const TAGS = ['identity'];

export function identityRoutes(app: ApiServer, context: ApiContext): void {
  const { store } = context.deps;
  sessionRoutes(app, context);

  app.get(
    '/tokens',
    {
      config: { permission: 'authenticated' },
      schema: {
        tags: TAGS,
        summary: 'API tokens: your own, or everybody’s where you may see users',
        response: { 200: tokenListSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const all = permits(principal.role, 'users.read');
      const [found, users] = await Promise.all([
        tokens.listTokens(store, all ? undefined : principal.userId),
        listUsers(store),
      ]);
      const names = new Map(users.map((user) => [user.userId, user.name]));
      return { tokens: found.map((token) => presentToken(token, names.get(token.userId) ?? '')) };
    },
  );

  app.post(
    '/tokens',
    {
      config: { permission: 'authenticated' },
      schema: {
        tags: TAGS,
        summary: 'Make an API token for yourself; the secret is shown this once',
        body: createTokenSchema,
        response: { 201: createdTokenSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      const role = request.body.role ?? (principal.role as RoleName);
      if (!includes(principal.role, role)) throw new ApiFailure(API_ERRORS.API_FORBIDDEN, { role });
      const { token, secret } = await tokens.createToken(store, {
        userId: principal.userId,
        kind: 'api',
        name: request.body.name,
        role,
        lifetimeMicros: request.body.expiresInDays * MICROS_PER_DAY,
      });
      await context.record(request, { act: 'token.create', target: token.tokenId, outcome: 'done', detail: { role } });
      return reply.code(201).send({ token: presentToken(token, principal.name), secret });
    },
  );

  app.delete(
    '/tokens/:tokenId',
    {
      config: { permission: 'authenticated' },
      schema: {
        tags: TAGS,
        summary: 'Revoke an API token',
        params: z.object({ tokenId: z.string().max(64) }),
        response: { 204: z.undefined(), ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      const { tokenId } = request.params;
      const token = await tokens.findToken(store, tokenId);
      const own = token?.userId === principal.userId || permits(principal.role, 'users.write');
      if (token === undefined || !own || !(await tokens.revokeToken(store, tokenId))) {
        throw notFound(`token ${tokenId}`);
      }
      context.authenticator.forget();
      await context.record(request, { act: 'token.revoke', target: tokenId, outcome: 'done' });
      return reply.code(204).send();
    },
  );
}

function sessionRoutes(app: ApiServer, context: ApiContext): void {
  const { store } = context.deps;
  app.post(
    '/session',
    {
      config: {
        permission: 'public',
        rateLimit: {
          max: context.limits.loginsPerMinute,
          timeWindow: 60_000,
          keyGenerator: (request: FastifyRequest) => request.ip,
        },
      },
      schema: {
        tags: TAGS,
        summary: 'Log in with a one-time link, an invitation or a token; answers with a cookie',
        body: loginSchema,
        response: { 200: whoamiSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      context.authenticator.checkOrigin(request, false);
      const { user, role } = await logIn(context, request.body);
      const made = await tokens.createToken(store, {
        userId: user.userId,
        kind: 'browser',
        name: 'browser',
        role,
        lifetimeMicros: BROWSER_SESSION_DAYS * MICROS_PER_DAY,
      });
      setCookie(reply, request, made.secret, BROWSER_SESSION_DAYS * 86_400);
      await recordAct(store, {
        userId: user.userId,
        userName: user.name,
        act: 'login',
        target: user.userId,
        outcome: 'done',
        detail: { by: Object.keys(request.body)[0] },
        requestId: request.id,
        address: request.ip,
      });
      const accountSet = user.accounts === 'all' ? undefined : new Set(user.accounts);
      const { tokenId, expiresMicros } = made.token;
      return presentPrincipal({ ...user, role, accountSet, tokenId, via: 'cookie', expiresMicros });
    },
  );

  app.delete(
    '/session',
    {
      config: { permission: 'authenticated' },
      schema: { tags: TAGS, summary: 'Log out', response: { 204: z.undefined(), ...PROBLEMS } },
    },
    async (request, reply) => {
      const { tokenId, via } = principalOf(request);
      if (via === 'cookie') await tokens.revokeToken(store, tokenId);
      context.authenticator.forget();
      setCookie(reply, request, '', 0);
      await context.record(request, { act: 'logout', target: tokenId, outcome: 'done' });
      return reply.code(204).send();
    },
  );

  app.get(
    '/whoami',
    {
      config: { permission: 'authenticated' },
      schema: { tags: TAGS, summary: 'Who you are and what you may do', response: { 200: whoamiSchema, ...PROBLEMS } },
    },
    async (request) => presentPrincipal(principalOf(request)),
  );
}

async function logIn(context: ApiContext, login: Login): Promise<{ user: User; role: string }> {
  const { store } = context.deps;
  if ('link' in login) {
    const user = await consumeLoginLink(store, login.link);
    if (user === undefined) throw new ApiFailure(API_ERRORS.API_LINK_INVALID);
    return { user, role: user.role };
  }
  if ('invitation' in login) {
    const accepted = await acceptInvitation(store, login.invitation, login.name);
    if (accepted.ok) return { user: accepted.value, role: accepted.value.role };
    if (accepted.error === 'invalid') throw new ApiFailure(API_ERRORS.API_LINK_INVALID);
    throw new ApiFailure(API_ERRORS.API_CONFLICT, { why: 'another user has this name: choose another' });
  }
  const bearer = await tokens.findBearer(store, login.token);
  if (bearer?.token.kind !== 'api') throw new ApiFailure(API_ERRORS.API_UNAUTHENTICATED);
  const user = await findUser(store, bearer.user.userId);
  if (user === undefined) throw new ApiFailure(API_ERRORS.API_UNAUTHENTICATED);
  return { user, role: bearer.token.role };
}

function setCookie(reply: FastifyReply, request: FastifyRequest, secret: string, maxAgeSeconds: number): void {
  reply.setCookie(SESSION_COOKIE, secret, {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: request.protocol === 'https',
    maxAge: maxAgeSeconds,
  });
}

function presentPrincipal(principal: Principal): WhoAmI {
  return {
    userId: principal.userId,
    name: principal.name,
    role: principal.role as RoleName,
    permissions: permissionsOf(principal.role),
    accounts: principal.accounts === 'all' ? 'all' : [...principal.accounts],
    via: principal.via,
    expiresMicros: principal.expiresMicros,
  };
}

function presentToken({ kind: _kind, ...token }: tokens.Token, userName: string): Token {
  return { ...token, role: token.role as RoleName, userName };
}
