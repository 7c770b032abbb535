/**
 * Clusters of real nats-servers on loopback, each server with a folder and a provider of its own. A server can be killed,
 * stopped, continued, started again and robbed of its disk. Signals only processes that it started.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const READY_MS_MAX = 30_000;
const LOOK_MS = 25;

export interface ClusterOptions {
  executablePath: string;
  /** How many servers. @default 3 */
  size?: number;
  /** Sync every message before it is acknowledged. @default false */
  synced?: boolean;
  /** More lines for a server's configuration. */
  extra?: (name: string) => string;
}

/** Ports that nobody listened on a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** One nats-server. */
export class NatsServerProcess {
  readonly name: string;
  readonly provider: string;
  readonly port: number;
  readonly routePort: number;
  private readonly folder: string;
  private readonly executablePath: string;
  private child: ChildProcess | undefined;

  constructor(executablePath: string, folder: string, name: string, port: number, routePort: number) {
    this.executablePath = executablePath;
    this.folder = folder;
    this.name = name;
    this.provider = `provider-${name}`;
    this.port = port;
    this.routePort = routePort;
  }

  get pid(): number {
    const pid = this.child?.pid;
    if (pid === undefined) throw new Error(`${this.name} is not running`);
    return pid;
  }

  get configFile(): string {
    return join(this.folder, `${this.name}.conf`);
  }

  configure(text: string): void {
    writeFileSync(this.configFile, text);
  }

  start(): void {
    const log = openSync(join(this.folder, `${this.name}.log`), 'a');
    const child = spawn(this.executablePath, ['-c', this.configFile], { stdio: ['ignore', log, log] });
    closeSync(log);
    this.child = child;
    child.once('exit', () => {
      if (this.child === child) this.child = undefined;
    });
  }

  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL' | 'SIGHUP'): void {
    process.kill(this.pid, name);
  }

  /** Kills it, also when it is stopped, and waits until it is gone. */
  async kill(): Promise<void> {
    const { child } = this;
    if (child === undefined) return;
    const gone = new Promise((resolve) => {
      child.once('exit', resolve);
    });
    child.kill('SIGKILL');
    await gone;
  }

  /** Removes what it stored; only while it is not running. */
  loseDisk(): void {
    if (this.child !== undefined) throw new Error(`${this.name} is running`);
    rmSync(join(this.folder, this.name), { recursive: true, force: true });
  }

  logged(): string {
    return readFileSync(join(this.folder, `${this.name}.log`), 'utf8');
  }
}

export class NatsCluster {
  readonly servers: NatsServerProcess[];
  private readonly folder: string;

  private constructor(folder: string, servers: NatsServerProcess[]) {
    this.folder = folder;
    this.servers = servers;
  }

  /** Starts a cluster. Wait for it by connecting: a JetStream cluster elects a leader first. */
  static async start(options: ClusterOptions): Promise<NatsCluster> {
    const { executablePath, size = 3 } = options;
    const folder = mkdtempSync(join(tmpdir(), 'nautilus-nats-'));
    const ports = await freePorts(2 * size);
    const servers = Array.from(
      { length: size },
      (_, index) =>
        new NatsServerProcess(
          executablePath,
          folder,
          String.fromCodePoint(97 + index),
          ports[2 * index],
          ports[2 * index + 1],
        ),
    );
    const cluster = new NatsCluster(folder, servers);
    for (const server of servers) {
      server.configure(configuration(folder, server, servers, options));
      server.start();
    }
    await cluster.whenListening();
    return cluster;
  }

  /** Addresses for clients, in the servers' order. */
  get addresses(): string[] {
    return this.servers.map(({ port }) => `127.0.0.1:${port}`);
  }

  /** What options call the domains of the servers: provider by server name. */
  get domains(): Record<string, string> {
    return Object.fromEntries(this.servers.map(({ name, provider }) => [name, provider]));
  }

  serverNamed(name: string): NatsServerProcess {
    const server = this.servers.find((candidate) => candidate.name === name);
    if (server === undefined) throw new Error(`no server ${name}`);
    return server;
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async whenListening(): Promise<void> {
    const deadline = performance.now() + READY_MS_MAX;
    const isReady = (server: NatsServerProcess): boolean => server.logged().includes('Server is ready');
    while (!this.servers.every(isReady)) {
      if (performance.now() > deadline) throw new Error(this.servers.map((server) => server.logged()).join('\n'));
      await new Promise((resolve) => {
        setTimeout(resolve, LOOK_MS);
      });
    }
  }
}

function configuration(
  folder: string,
  server: NatsServerProcess,
  servers: readonly NatsServerProcess[],
  options: ClusterOptions,
): string {
  const routes = servers.map(({ routePort }) => `nats-route://127.0.0.1:${routePort}`);
  const cluster = `cluster { name: test, listen: 127.0.0.1:${server.routePort}, routes: [${routes.join(', ')}] }`;
  return [
    `server_name: ${server.name}`,
    `listen: 127.0.0.1:${server.port}`,
    `server_tags: ["provider:${server.provider}", "region:region-${server.name}"]`,
    `jetstream { store_dir: ${JSON.stringify(join(folder, server.name))}, max_mem: 256MB, max_file: 8GB${options.synced === true ? ', sync_interval: always' : ''} }`,
    servers.length > 1 ? cluster : '',
    options.extra?.(server.name) ?? '',
    '',
  ].join('\n');
}
