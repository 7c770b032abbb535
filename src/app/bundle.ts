/**
 * Turns a program of this repository into one JavaScript file, right before it is started. The trading path runs twice as
 * fast that way: V8 folds constants within a module, but not across modules (docs/decisions). Never used for anything
 * that is not started at once, so that no stale file can run.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Inlining budgets of V8 for the trading path; with the defaults the engine is a tenth slower. */
export const NODE_V8_FLAGS = [
  '--max-inlined-bytecode-size-cumulative=4000',
  '--max-inlined-bytecode-size=1000',
] as const;

/** What packages look for and do without. */
const OPTIONAL = ['pg-native'];

/** @param program path of the entry, from the repository's root @returns `target`, written anew */
export async function bundle(program: string, target: string): Promise<string> {
  const { rolldown } = await import('rolldown');
  mkdirSync(dirname(target), { recursive: true });
  const input = fileURLToPath(new URL(`../../${program}`, import.meta.url));
  const build = await rolldown({ input, platform: 'node', logLevel: 'silent', external: OPTIONAL });
  await build.write({ file: target, format: 'esm', codeSplitting: false });
  await build.close();
  return target;
}
