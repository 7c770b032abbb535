/** Caches over HTTP: what each promises and does, what is hot, and forgetting entries. */
import { policyMatrix } from '#edge/cache/policy.ts';
import type { EdgeNetwork, NamedCache } from '#edge/sites/service.ts';
import type { ApiContext, ApiServer } from '../../context.ts';
import { notFound } from '../../errors.ts';
import * as shapes from '../../schemas/edge-network.ts';
import { PROBLEMS } from '../problems.ts';

const TAGS = ['edge'];
const READ = { permission: 'operations.read' } as const;
const WRITE = { permission: 'operations.write' } as const;
const HOT_KEYS = 50;

export function cacheRoutes(app: ApiServer, context: ApiContext, { caches }: EdgeNetwork): void {
  const named = (name: string): NamedCache => {
    const found = caches.find(({ cache }) => cache.policy.name === name);
    if (found === undefined) throw notFound(`cache ${name}`);
    return found;
  };

  app.get(
    '/caches',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Every cache: policy, reason, figures',
        response: { 200: shapes.cacheListSchema, ...PROBLEMS },
      },
    },
    async () => ({ caches: caches.map(shown) }),
  );
  app.get(
    '/cache-policies',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Which strategies go with which consistency',
        response: { 200: shapes.cachePolicyMatrixSchema, ...PROBLEMS },
      },
    },
    async () => ({ pairs: policyMatrix() }),
  );
  app.get(
    '/caches/:name',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'One cache',
        params: shapes.nameParamsSchema,
        response: { 200: shapes.cacheSchema, ...PROBLEMS },
      },
    },
    async (request) => shown(named(request.params.name)),
  );
  app.get(
    '/caches/:name/hot-keys',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Keys a successor should read first',
        params: shapes.nameParamsSchema,
        response: { 200: shapes.hotKeysSchema, ...PROBLEMS },
      },
    },
    async (request) => ({ keys: named(request.params.name).cache.hottest(HOT_KEYS) }),
  );
  app.delete(
    '/caches/:name/entries',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        summary: 'Forget everything of a cache',
        params: shapes.nameParamsSchema,
        response: { 200: shapes.clearedSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { name } = request.params;
      named(name).cache.clear();
      await context.record(request, { act: 'cache.clear', target: name, outcome: 'done' });
      return { cleared: name };
    },
  );
  app.delete(
    '/caches/:name/entries/:key',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        summary: 'Forget one entry of a cache',
        params: shapes.cacheEntryParamsSchema,
        response: { 200: shapes.clearedSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { name, key } = request.params;
      named(name).cache.clear(key);
      await context.record(request, { act: 'cache.clear', target: name, outcome: 'done', detail: { key } });
      return { cleared: key };
    },
  );
}

function shown({ cache, source }: NamedCache) {
  const { name, data, strategy, consistency, reason, itemsMax, ttlMs = null, stalenessMsMax = null } = cache.policy;
  return {
    name,
    data,
    strategy,
    consistency,
    reason,
    source,
    itemsMax,
    ttlMs,
    stalenessMsMax,
    totals: { ...cache.totals },
  };
}
