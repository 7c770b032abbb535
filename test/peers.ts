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

/** A nats-server program to start clusters of. */
export interface NatsServer {
  readonly executablePath: string;
  /** Whether it can sync every message before it acknowledges it (2.10.27 and later). */
  readonly canSync: boolean;
}

/**
 * A nats-server: `synced` for one that $NAUTILUS_NATS_SYNCED names, else the one on the PATH or where Debian puts it.
 */
export function findNatsServer(wanted: 'any' | 'synced', env: Environment = process.env): NatsServer | undefined {
  const synced = env['NAUTILUS_NATS_SYNCED'];
  if (wanted === 'synced') {
    return synced !== undefined && existsSync(synced) ? { executablePath: synced, canSync: true } : undefined;
  }
  const folders = [...(env['PATH'] ?? '').split(path.delimiter), '/usr/sbin'];
  const file = folders.map((folder) => path.join(folder, 'nats-server')).find((candidate) => existsSync(candidate));
  return file === undefined ? undefined : { executablePath: file, canSync: false };
}

/** What to say when there is none. */
export const NATS_MISSING = {
  any: 'nats-server; on Debian: apt-get install nats-server',
  synced: 'nats-server 2.10.27 or later; set NAUTILUS_NATS_SYNCED to what tools/synced-nats-server.sh prints',
} as const;
