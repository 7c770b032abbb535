/** The OpenAPI 3.1 document and the page that shows it, both served from here. Loads nothing from elsewhere. */
import { createHash } from 'node:crypto';
import swagger from '@fastify/swagger';
import reference from '@scalar/fastify-api-reference';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import edgeNetworkExamples from './schemas/examples-edge-network.json' with { type: 'json' };
import forecastExamples from './schemas/examples-forecasts.json' with { type: 'json' };
import surveillanceExamples from './schemas/examples-surveillance.json' with { type: 'json' };
import examples from './schemas/examples.json' with { type: 'json' };

const OPENAPI_PATH = '/api/v1/openapi.json';
const REFERENCE_PATH = '/reference';
/** Answers as they once were given, by the name of their shape; shortened; a test holds each of them to its schema. */
const ANSWER_EXAMPLES: Readonly<Record<string, unknown>> = {
  ...examples,
  ...edgeNetworkExamples,
  ...forecastExamples,
  ...surveillanceExamples,
};

/** Gathers routes from here on; to be called before they are registered. */
export async function describeApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Nautilus',
        version,
        description:
          'Trading, and what operates it. Prices are integer ticks and decimal text, quantities integer lots, money integer units (10⁻⁴ of the currency) and decimal text, times microseconds since the epoch.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'An API token' },
          browser: { type: 'apiKey', in: 'cookie', name: 'nautilus_session', description: 'A browser session' },
        },
      },
      security: [{ token: [] }, { browser: [] }],
    },
    transform: (document) => {
      const transformed = jsonSchemaTransform(document);
      const permission = document.route.config?.permission;
      if (permission === undefined) return transformed;
      const open = permission === 'public' ? { security: [] } : { 'x-permission': permission };
      return { ...transformed, schema: { ...transformed.schema, ...open } };
    },
    transformObject: jsonSchemaTransformObject,
  });
}

/** The document and its page; to be called after the routes were registered. */
export async function serveReference(app: FastifyInstance): Promise<void> {
  let document: string | undefined;
  app.get(OPENAPI_PATH, { config: { permission: 'public' }, schema: { hide: true } }, async (_request, reply) => {
    document ??= JSON.stringify(complete(app.swagger() as unknown as ApiDocument));
    return reply.type('application/json; charset=utf-8').send(document);
  });
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, permission: 'public' };
    });
    scope.addHook('onSend', async (_request, reply, payload) => {
      const type = String(reply.getHeader('content-type'));
      if (type.startsWith('text/html') && typeof payload === 'string') {
        reply.header('content-security-policy', policyFor(payload));
      }
      return payload;
    });
    await scope.register(reference, {
      routePrefix: REFERENCE_PATH,
      configuration: {
        url: OPENAPI_PATH,
        pageTitle: 'Nautilus API',
        theme: 'default',
        darkMode: true,
        withDefaultFonts: false,
        telemetry: false,
        hideClientButton: true,
        showDeveloperTools: 'never',
        agent: { disabled: true },
        mcp: { disabled: true },
        persistAuth: false,
      },
    });
  });
}

interface ApiDocument {
  readonly paths: object;
  readonly components: { schemas: Record<string, object> };
}

/** Gives shapes their examples, and leaves out those that no route refers to. */
function complete(document: ApiDocument): ApiDocument {
  const known = document.components.schemas;
  const kept: Record<string, object> = {};
  const waiting = referencesOf(document.paths);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (kept[name] !== undefined || known[name] === undefined) continue;
    // Requests bring an example of their own; shapes that are in both directions are told apart by their names.
    const example = ANSWER_EXAMPLES[name.replace(/Input$/, '')];
    kept[name] = { ...(example !== undefined && { example }), ...known[name] };
    waiting.push(...referencesOf(known[name]));
  }
  const schemas = Object.fromEntries(Object.entries(kept).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return { ...document, components: { ...document.components, schemas } };
}

function referencesOf(part: object): string[] {
  const text = JSON.stringify(part);
  return [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
}

/** Lets exactly the inline scripts of this page run, and nothing be loaded from another host. */
function policyFor(html: string): string {
  const hashes = [...html.matchAll(/<script(?:\s[^>]*)?>([^<]+)<\/script>/g)].map(
    ([, script]) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  );
  return [
    "default-src 'self'",
    `script-src 'self' ${hashes.join(' ')}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "frame-ancestors 'none'",
    "base-uri 'self'",
  ].join(';');
}
