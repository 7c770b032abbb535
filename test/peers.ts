/**
 * What tests need from outside the repository: a browser, recorded data, other programs. A missing one is a named skip
 * for a user and a failure where REQUIRE_PEERS=1. Never downloads anything.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'vitest';

type Environment = Readonly<Record<string, string | undefined>>;

const SYSTEM_BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A browser to start with playwright-core's `chromium.launch`. */
export interface Browser {
  readonly executablePath: string;
  readonly args: string[];
}

/**
 * Gives `peer` back when it is there. Otherwise ends the test: skipped with `missing` as the reason, or failed where
 * peers are required.
 * @param missing what is missing and the line that installs it
 */
export function needPeer<T>(
  context: Pick<TestContext, 'skip'>,
  peer: T | undefined,
  missing: string,
  env: Environment = process.env,
): T {
  if (peer !== undefined) return peer;
  if (env['REQUIRE_PEERS'] === '1') throw new Error(`required here, but missing: ${missing}`);
  return context.skip(missing);
}

/** The path of a file of recorded data, or ends the test as needPeer does. */
export function needData(context: Pick<TestContext, 'skip'>, name: string, env: Environment = process.env): string {
  return needFile(context, 'NAUTILUS_DATA', name, env);
}

/** The path of a published schema, or ends the test as needPeer does. */
export function needSchema(context: Pick<TestContext, 'skip'>, name: string, env: Environment = process.env): string {
  return needFile(context, 'NAUTILUS_SCHEMAS', name, env);
}

function needFile(context: Pick<TestContext, 'skip'>, variable: string, name: string, env: Environment): string {
  const folder = env[variable];
  const file = folder === undefined ? undefined : path.join(folder, name);
  const found = file !== undefined && existsSync(file) ? file : undefined;
  return needPeer(context, found, `${name}; set ${variable} to the folder that has it`, env);
}

/** $CHROME_PATH, else a Chromium of the system, else the one that npm brought; undefined when none can be started. */
export async function findBrowser(env: Environment = process.env): Promise<Browser | undefined> {
  const system = [env['CHROME_PATH'], ...SYSTEM_BROWSERS].find((file) => file !== undefined && existsSync(file));
  if (system !== undefined) return { executablePath: system, args: ['--no-sandbox', '--disable-dev-shm-usage'] };
  const { default: packaged } = await import('@sparticuz/chromium');
  try {
    return { executablePath: await packaged.executablePath(), args: packaged.args };
  } catch {
    return undefined;
  }
}
