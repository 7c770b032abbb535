/** Order-entry sessions: who may connect to the node, with which key, for which accounts. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { z } from 'zod';
import { AckLevel } from '#kit/ports/journal.ts';
import * as directory from '#store/sessions.ts';
import { principalOf } from '../authentication.ts';
import type { ApiContext, ApiServer } from '../context.ts';
import { API_ERRORS, ApiFailure, notFound } from '../errors.ts';
import { invalid } from '../order-entry.ts';
import { permits } from '../permissions.ts';
import { integerTextSchema } from '../schemas/common.ts';
import * as shapes from '../schemas/operations.ts';
import type { CreateSession, OrderEntrySession } from '../schemas/operations.ts';
import { PROBLEMS } from './problems.ts';

const TAGS = ['sessions'];
const params = z.object({ sessionId: integerTextSchema });
/** DER in front of the raw 32 bytes of an Ed25519 public key (RFC 8410). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

export function sessionRoutes(app: ApiServer, context: ApiContext): void {
  const { store, node } = context.deps;

  app.get(
    '/sessions',
    {
      config: { permission: 'sessions.read' },
      schema: {
        tags: TAGS,
        summary: 'Every order-entry session, and whether it is connected',
        response: { 200: shapes.orderEntrySessionListSchema, ...PROBLEMS },
      },
    },
    async () => {
      const [sessions, live] = await Promise.all([directory.listSessions(store), liveSessions(context)]);
      return { sessions: sessions.map((session) => present(context, session, live)) };
    },
  );

  app.get(
    '/sessions/:sessionId',
    {
      config: { permission: 'sessions.read' },
      schema: {
        tags: TAGS,
        summary: 'One session',
        params,
        response: { 200: shapes.orderEntrySessionSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { sessionId } = request.params;
      const session = await directory.findSession(store, sessionId);
      if (session === undefined) throw notFound(`session ${sessionId}`);
      return present(context, session, await liveSessions(context));
    },
  );

  app.post(
    '/sessions',
    {
      config: { permission: 'sessions.write' },
      schema: {
        tags: TAGS,
        summary:
          'Register a session with your public key, or have a key pair made (the private key is shown this once)',
        body: shapes.createSessionSchema,
        response: { 201: shapes.createdSessionSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      const terms = request.body;
      // Such a session may send everything that this API guards: only those who may do all of it can make one.
      if (terms.role === 'administrator' && !permits(principal.role, 'users.write')) {
        throw new ApiFailure(API_ERRORS.API_FORBIDDEN, { permission: 'users.write' });
      }
      const { publicKey, privateKey } = keysOf(terms);
      const created = await directory.createSession(store, {
        ...terms,
        publicKey,
        ackLevel: AckLevel[terms.ackLevel],
        ordersPerSecond: terms.ordersPerSecondMax,
        createdBy: principal.name,
      });
      if (created === undefined) throw new ApiFailure(API_ERRORS.API_CONFLICT, { why: 'the name is taken' });
      const { publicKey: _given, ...detail } = terms;
      await context.record(request, {
        act: 'session.create',
        target: `session ${created.session}`,
        outcome: 'done',
        detail,
      });
      return reply.code(201).send({ session: present(context, created, new Set()), privateKey });
    },
  );

  app.delete(
    '/sessions/:sessionId',
    {
      config: { permission: 'sessions.write' },
      schema: {
        tags: TAGS,
        summary: 'Revoke a session and end its connection',
        params,
        response: { 200: shapes.orderEntrySessionSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { sessionId } = request.params;
      const revoked = await directory.revokeSession(store, sessionId);
      if (revoked === undefined) throw notFound(`session ${sessionId}`);
      await context.record(request, { act: 'session.revoke', target: `session ${sessionId}`, outcome: 'done' });
      await node.dropSession(sessionId);
      return present(context, revoked, await liveSessions(context));
    },
  );
}

/** Sessions that are logged in; undefined where the node does not say. */
async function liveSessions({ deps }: ApiContext): Promise<ReadonlySet<number> | undefined> {
  try {
    return await deps.node.liveSessions();
  } catch (error) {
    deps.logger?.warn({ err: error }, 'the node does not say which sessions are connected');
    return undefined;
  }
}

/** The key that was brought, checked, or a new pair. */
function keysOf({ publicKey }: CreateSession): { publicKey: Uint8Array; privateKey: string | null } {
  if (publicKey === undefined) {
    const pair = generateKeyPairSync('ed25519');
    const raw = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length);
    return { publicKey: raw, privateKey: String(pair.privateKey.export({ format: 'pem', type: 'pkcs8' })) };
  }
  const raw = Buffer.from(publicKey, 'base64');
  try {
    createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' });
  } catch {
    throw invalid('publicKey', 'is not an Ed25519 public key');
  }
  return { publicKey: raw, privateKey: null };
}

function present(
  context: ApiContext,
  session: directory.RegisteredSession,
  live: ReadonlySet<number> | undefined,
): OrderEntrySession {
  return {
    sessionId: session.session,
    name: session.name,
    participant: session.participant,
    accounts: session.accounts === 'all' ? 'all' : [...session.accounts],
    role: session.role,
    publicKey: Buffer.from(session.publicKey).toString('base64'),
    ackLevel: session.ackLevel === AckLevel.durable ? 'durable' : 'journaled',
    cancelOnDisconnect: session.cancelOnDisconnect,
    graceMs: session.graceMs,
    ordersPerSecondMax: session.ordersPerSecond,
    createdMicros: session.createdMicros,
    createdBy: session.createdBy,
    revokedMicros: session.revokedMicros,
    connected: live === undefined ? null : live.has(session.session),
    openOrders: context.deps.view.state?.sessionOrders[session.session] ?? 0,
  };
}
