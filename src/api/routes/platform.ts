/** Health, readiness, metrics, the catalogue of codes, and the site's name. */
import type { FastifyRequest } from 'fastify';
import { isIP } from 'node:net';
import { z } from 'zod';
import { errorCatalogue } from '#kit/errors.ts';
import { exposition, EXPOSITION_CONTENT_TYPE } from '#telemetry/exposition.ts';
import { principalOf } from '../authentication.ts';
import type { ApiContext, ApiServer } from '../context.ts';
import { engineNumber } from '../engine-errors.ts';
import { API_ERRORS, ApiFailure } from '../errors.ts';
import { permits } from '../permissions.ts';
import { codeListSchema, healthSchema, readinessSchema } from '../schemas/operations.ts';
import { nameSite, siteOf, siteSchema } from '../site.ts';
import { PROBLEMS } from './problems.ts';

const TAGS = ['platform'];
/** How far the replica may be behind for this server to call itself ready. */
const LAG_MICROS_MAX = 5_000_000;

/** Routes outside of /api. */
export function healthRoutes(app: ApiServer, context: ApiContext): void {
  const { node, view, version } = context.deps;

  app.get(
    '/health',
    {
      config: { permission: 'public', rateLimit: false },
      schema: { tags: TAGS, summary: 'Whether this process works', response: { 200: healthSchema } },
    },
    async () => ({ status: node.status().state === 'ready' ? ('ok' as const) : ('degraded' as const), version }),
  );

  app.get(
    '/ready',
    {
      config: { permission: 'public', rateLimit: false },
      schema: {
        tags: TAGS,
        summary: 'Whether orders can be taken and shown',
        response: { 200: readinessSchema, 503: readinessSchema },
      },
    },
    async (_request, reply) => {
      const checks = [
        { name: 'node', ok: node.status().state === 'ready' },
        { name: 'genesis', ok: view.state !== undefined },
        { name: 'replica', ok: view.replica.lagMicros <= LAG_MICROS_MAX },
      ];
      const ready = checks.every((check) => check.ok);
      return reply.code(ready ? 200 : 503).send({ ready, checks });
    },
  );

  app.get(
    '/metrics',
    {
      config: { permission: 'public' },
      schema: {
        tags: TAGS,
        summary: 'Metrics in the format of Prometheus: with a token, or from the loopback',
        response: { 200: z.string(), ...PROBLEMS },
      },
    },
    async (request, reply) => {
      if (!isLoopback(request)) {
        const principal = await context.authenticator.identify(request);
        if (principal === undefined) throw new ApiFailure(API_ERRORS.API_UNAUTHENTICATED);
        if (!permits(principal.role, 'metrics.read')) {
          throw new ApiFailure(API_ERRORS.API_FORBIDDEN, { permission: 'metrics.read' });
        }
      }
      return reply.type(EXPOSITION_CONTENT_TYPE).send(exposition(context.deps.metrics));
    },
  );
}

/** Whether the peer itself is on this machine; a proxy's word is not taken for it. */
function isLoopback(request: FastifyRequest): boolean {
  const address = request.socket.remoteAddress ?? '';
  if (request.headers['x-forwarded-for'] !== undefined || isIP(address) === 0) return false;
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}

/** Routes under /api/v1 that belong to no plane. */
export function catalogueRoutes(app: ApiServer, context: ApiContext): void {
  app.get(
    '/codes',
    {
      config: { permission: 'authenticated' },
      schema: {
        tags: TAGS,
        summary: 'Every error code with its meaning',
        response: { 200: codeListSchema, ...PROBLEMS },
      },
    },
    async () => ({
      codes: errorCatalogue().map((kind) => ({ ...kind, engineCode: engineNumber(kind.code) })),
    }),
  );

  app.get(
    '/site',
    {
      config: { permission: 'authenticated' },
      schema: { tags: TAGS, summary: 'Where this platform runs', response: { 200: siteSchema, ...PROBLEMS } },
    },
    async () => siteOf(context),
  );

  app.put(
    '/site',
    {
      config: { permission: 'settings.write' },
      schema: {
        tags: TAGS,
        summary: 'Name the site and its region',
        body: siteSchema,
        response: { 200: siteSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      await nameSite(context, request.body, principalOf(request).name);
      await context.record(request, { act: 'site.name', target: 'site', outcome: 'done', detail: request.body });
      return siteOf(context);
    },
  );
}
