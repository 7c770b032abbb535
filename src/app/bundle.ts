/**
 * Turns a program of this repository into one JavaScript file, right before it is started, and each thread it starts into
 * one beside it. The trading path runs twice as fast that way: V8 folds constants within a module, but not across modules
 * (docs/decisions). Never used for anything that is not started at once, so that no stale file can run.
 */
import { mkdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Inlining budgets of V8 for the trading path; with the defaults the engine is a tenth slower. */
export const NODE_V8_FLAGS = [
  '--max-inlined-bytecode-size-cumulative=4000',
  '--max-inlined-bytecode-size=1000',
] as const;

/** What packages look for and do without. */
const OPTIONAL = ['pg-native'];
/** How a program names the thread it starts. */
const THREAD = /new Worker\(new URL\('(\.\/[\w-]+)\.ts', import\.meta\.url\)/g;

/** @param program path of the entry, from the repository's root @returns `target`, written anew */
export async function bundle(program: string, target: string): Promise<string> {
  return bundleFile(fileURLToPath(new URL(`../../${program}`, import.meta.url)), target);
}

async function bundleFile(input: string, target: string): Promise<string> {
  const { rolldown } = await import('rolldown');
  const threads = new Set<string>();
  const renameThreads = {
    name: 'rename-threads',
    transform(code: string, id: string): string | undefined {
      if (!code.includes('new Worker(')) return undefined;
      return code.replaceAll(THREAD, (_found, thread: string) => {
        threads.add(resolve(dirname(id), `${thread}.ts`));
        return `new Worker(new URL('${thread}.mjs', import.meta.url)`;
      });
    },
  };
  mkdirSync(dirname(target), { recursive: true });
  const build = await rolldown({
    input,
    platform: 'node',
    logLevel: 'silent',
    external: OPTIONAL,
    plugins: [renameThreads],
  });
  await build.write({ file: target, format: 'esm', codeSplitting: false });
  await build.close();
  for (const thread of threads) await bundleFile(thread, join(dirname(target), `${basename(thread, '.ts')}.mjs`));
  return target;
}
