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
import { connect } from '@nats-io/transport-node';
import { streamNames } from '#journal/jetstream/options.ts';
import { LinkProxy } from './link-proxy.ts';

const READY_MS_MAX = 30_000;
const CURRENT_MS_MAX = 30_000;
const LOOK_MS = 25;

export interface ClusterOptions {
  executablePath: string;
  /** How many servers. @default 3 */
  size?: number;
  /** Sync every message before it is acknowledged. @default false */
  synced?: boolean;
  /** Join the servers by links that can be cut. @default false */
  linked?: boolean;
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

/** The link on which one server reaches another. */
interface RouteLink {
  from: NatsServerProcess;
  to: NatsServerProcess;
  proxy: LinkProxy;
}

export class NatsCluster {
  readonly servers: NatsServerProcess[];
  private readonly folder: string;
  private readonly links: readonly RouteLink[];

  private constructor(folder: string, servers: NatsServerProcess[], links: readonly RouteLink[]) {
    this.folder = folder;
    this.servers = servers;
    this.links = links;
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
    const links = options.linked === true ? await linkAll(servers) : [];
    const cluster = new NatsCluster(folder, servers, links);
    for (const server of servers) {
      server.configure(configuration(folder, server, routesOf(server, servers, links), options));
      server.start();
    }
    try {
      await cluster.whenListening();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
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

  /** Cuts a server off from the others: what it sends (`there`), what it should get (`back`), or both. */
  cut(server: NatsServerProcess, direction: 'there' | 'back' | 'both'): void {
    const opposite = { there: 'back', back: 'there', both: 'both' } as const;
    for (const { from, to, proxy } of this.links) {
      if (from === server) proxy.cut(direction);
      else if (to === server) proxy.cut(opposite[direction]);
    }
  }

  heal(): void {
    for (const { proxy } of this.links) proxy.heal();
  }

  /** Waits until every copy of a shard's stream has everything. */
  async whenCurrent(shard: string): Promise<void> {
    const connection = await connect({ servers: this.addresses });
    const deadline = performance.now() + CURRENT_MS_MAX;
    const isCurrent = async (): Promise<boolean> => {
      try {
        const answer = await connection.request(`$JS.API.STREAM.INFO.${streamNames(shard).stream}`, '', {
          timeout: 1000,
        });
        const replicas = answer.json<{ cluster?: { replicas?: { current: boolean }[] } }>().cluster?.replicas ?? [];
        return replicas.length === this.servers.length - 1 && replicas.every(({ current }) => current);
      } catch {
        return false;
      }
    };
    while (!(await isCurrent())) {
      if (performance.now() > deadline) throw new Error(`the copies of ${shard} are not current`);
      await new Promise((resolve) => {
        setTimeout(resolve, LOOK_MS);
      });
    }
    await connection.close();
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill()));
    await Promise.all(this.links.map(({ proxy }) => proxy.close()));
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

async function linkAll(servers: readonly NatsServerProcess[]): Promise<RouteLink[]> {
  const pairs = servers.flatMap((from) => servers.filter((to) => to !== from).map((to) => ({ from, to })));
  return Promise.all(pairs.map(async ({ from, to }) => ({ from, to, proxy: await LinkProxy.open(to.routePort) })));
}

/** Ports on which a server reaches the others. */
function routesOf(
  server: NatsServerProcess,
  servers: readonly NatsServerProcess[],
  links: readonly RouteLink[],
): number[] {
  if (links.length === 0) return servers.map(({ routePort }) => routePort);
  return links.filter(({ from }) => from === server).map(({ proxy }) => proxy.port);
}

function configuration(
  folder: string,
  server: NatsServerProcess,
  routePorts: readonly number[],
  options: ClusterOptions,
): string {
  const routes = routePorts.map((port) => `nats-route://127.0.0.1:${port}`).join(', ');
  // Servers and clients know only the addresses they were given, or they would find ways around a link that is cut.
  const cluster = `cluster { name: test, listen: 127.0.0.1:${server.routePort}, no_advertise: true, routes: [${routes}] }`;
  const synced = options.synced === true ? ', sync_interval: always' : '';
  const store = JSON.stringify(join(folder, server.name));
  return [
    `server_name: ${server.name}`,
    `listen: 127.0.0.1:${server.port}`,
    'ping_interval: "2s"',
    'ping_max: 2',
    `server_tags: ["provider:${server.provider}", "region:region-${server.name}"]`,
    `jetstream { store_dir: ${store}, max_mem: 256MB, max_file: 8GB${synced} }`,
    (options.size ?? 3) > 1 ? cluster : '',
    options.extra?.(server.name) ?? '',
    '',
  ].join('\n');
}
