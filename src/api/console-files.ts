/** The built console: files under /, and its page for every address that the console itself knows. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import files from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const ONE_YEAR_MS = 31_536_000_000;

/** Serves the folder where it exists. */
export async function serveConsole(app: FastifyInstance, folder: string | undefined): Promise<void> {
  if (folder === undefined || !existsSync(folder)) return;
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, permission: 'public', rateLimit: false };
    });
    await scope.register(files, {
      root: path.resolve(folder),
      prefix: '/',
      index: 'index.html',
      maxAge: ONE_YEAR_MS,
      immutable: true,
      setHeaders: (reply, file) => {
        // Names of built assets carry their hash; every other file may change with the next version.
        if (!file.includes(`${path.sep}assets${path.sep}`)) reply.header('cache-control', 'no-cache');
      },
    });
  });
}

/** Whether a request that nothing answers is a person opening a page of the console. */
export function wantsConsole(request: FastifyRequest): boolean {
  const { method, url, headers } = request;
  const isPage = method === 'GET' && headers.accept?.includes('text/html') === true;
  return isPage && !url.startsWith('/api/') && !url.startsWith('/reference');
}

/** Answers with the console's page; undefined where there is no console. */
export async function sendConsole(reply: FastifyReply, folder: string | undefined): Promise<FastifyReply | undefined> {
  if (folder === undefined) return undefined;
  const page = await readFile(path.join(folder, 'index.html'), 'utf8').catch(() => undefined);
  return page === undefined
    ? undefined
    : reply.code(200).header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(page);
}
