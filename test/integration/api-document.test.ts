/**
 * The API's own description, asked of a platform that runs with every plane: complete, with examples that are what the
 * shapes say, and the source of docs/api-routes.md.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
// Its shapes enter zod's registry by being declared.
import '#api/app.ts';
import { startTestPlatform, type TestPlatform } from '../platform.ts';
import { logIn, type PlatformUser } from '../platform-user.ts';

let platform: TestPlatform;
let owner: PlatformUser;

beforeAll(async () => {
  platform = await startTestPlatform({ paused: true });
  owner = await logIn(platform);
});
afterAll(async () => {
  await platform?.stop();
});

describe('the OpenAPI document', () => {
  it('is OpenAPI 3.1 with a summary, an answer and the error shape on every route', async () => {
    const { body: document } = await owner.ask('GET', '/openapi.json');
    expect(document.openapi).toBe('3.1.0');
    const routes = Object.entries<Record<string, { summary?: string; responses: object }>>(document.paths).flatMap(
      ([path, methods]) => Object.entries(methods).map(([method, route]) => ({ name: `${method} ${path}`, route })),
    );
    expect(routes.length).toBeGreaterThanOrEqual(140);
    for (const { name, route } of routes) {
      expect({ name, summary: route.summary }).toEqual({ name, summary: expect.any(String) });
      expect(Object.keys(route.responses).some((status) => status.startsWith('2'))).toBe(true);
    }
    const inTrading = routes.filter(({ name }) => name.includes('/api/v1/trading/'));
    expect(inTrading.length).toBeGreaterThanOrEqual(50);
    const shapes = Object.entries<{ example?: unknown }>(document.components.schemas);
    expect(shapes.filter(([, shape]) => shape.example === undefined).map(([name]) => name)).toEqual([]);
    for (const [name, { example }] of shapes) {
      const { error } = schemaNamed(name.replace(/Input$/, '')).safeParse(example);
      expect({ name, error: error?.message }).toEqual({ name, error: undefined });
    }
  });

  it('is what docs/api-routes.md lists (update it with `npx vitest run -u` on this file)', async () => {
    const { body: document } = await owner.ask('GET', '/openapi.json');
    await expect(routesPage(document)).toMatchFileSnapshot('../../docs/api-routes.md');
  });
});

/** The shape that was declared under a name of the document. */
function schemaNamed(name: string): z.ZodType {
  const found = z.globalRegistry._idmap.get(name);
  return found instanceof z.ZodType ? found : expect.fail(`no shape ${name}`);
}

interface Route {
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly security?: readonly unknown[];
  readonly 'x-permission'?: string;
}

/** One table of routes per tag, in the order of the document. */
function routesPage(document: { paths: Record<string, Record<string, Route>> }): string {
  const routes = Object.entries(document.paths).flatMap(([url, methods]) =>
    Object.entries(methods).map(([method, route]) => ({ name: `${method.toUpperCase()} ${url}`, route })),
  );
  const lines = [
    '# Routes of the API',
    '',
    `Generated from the OpenAPI document; a test keeps it so. ${routes.length} routes. The shapes are in the reference page that the`,
    'platform serves at `/reference`, the rules in [api.md](api.md).',
  ];
  for (const [tag, members] of Map.groupBy(routes, ({ route }) => route.tags?.[0] ?? 'other')) {
    lines.push('', `## ${tag}`, '', '| route | permission | what it does |', '|---|---|---|');
    for (const { name, route } of members) {
      const permission = route.security?.length === 0 ? 'open' : (route['x-permission'] ?? '');
      lines.push(`| \`${name}\` | ${permission} | ${route.summary ?? ''} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}
