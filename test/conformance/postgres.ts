/**
 * Starts a real PostgreSQL in a temporary folder on a free port of the loopback, for tests.
 * Never touches a server that runs already. As root it runs the server under another user, as PostgreSQL demands.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface PostgresServer {
  readonly url: string;
  stop(): Promise<void>;
}

const BINARIES_ROOT = '/usr/lib/postgresql';
const UNPRIVILEGED_USERS = ['postgres', 'nobody'];
const START_TIMEOUT_MS = 30_000;
const run = promisify(execFile);

/** The folder with `initdb` and `postgres`, or undefined when PostgreSQL is not installed. */
export function findPostgres(): string | undefined {
  const versions = existsSync(BINARIES_ROOT) ? readdirSync(BINARIES_ROOT) : [];
  const newestFirst = versions.toSorted((a, b) => Number(b) - Number(a));
  const folders = [...newestFirst.map((version) => join(BINARIES_ROOT, version, 'bin')), ...pathFolders()];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

function pathFolders(): string[] {
  return (process.env['PATH'] ?? '').split(':').filter((folder) => folder !== '');
}

export async function startPostgres(binaries: string): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'nautilus-postgres-'));
  const user = unprivilegedUser();
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const options = { ...user, cwd: folder, env: { PATH: process.env['PATH'], LC_ALL: 'C' } };
  const data = join(folder, 'data');
  const authentication = ['--auth=trust', '--username=nautilus', '--encoding=UTF8', '--no-sync'];
  await run(join(binaries, 'initdb'), [`--pgdata=${data}`, ...authentication], options);
  const port = await freePort();
  const network = ['-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-k', folder];
  const server = spawn(join(binaries, 'postgres'), ['-D', data, ...network, '-c', 'fsync=off'], {
    ...options,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await readyOf(server.stderr, server);
  return {
    url: `postgres://nautilus@127.0.0.1:${port}/postgres`,
    async stop() {
      // SIGINT is PostgreSQL's fast shutdown: it does not wait for clients.
      server.kill('SIGINT');
      if (server.exitCode === null) await once(server, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function readyOf(stderr: NodeJS.ReadableStream, server: NodeJS.EventEmitter): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  let output = '';
  const timer = setTimeout(() => reject(new Error(`PostgreSQL did not start:\n${output}`)), START_TIMEOUT_MS);
  stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (output.includes('ready to accept connections')) resolve(undefined);
  });
  server.once('exit', () => reject(new Error(`PostgreSQL ended:\n${output}`)));
  try {
    await promise;
  } finally {
    clearTimeout(timer);
  }
}

function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of UNPRIVILEGED_USERS) {
    const fields = lines.find((line) => line.startsWith(`${name}:`))?.split(':');
    if (fields !== undefined) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new Error(`PostgreSQL does not run as root, and there is no user ${UNPRIVILEGED_USERS.join(' or ')}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
