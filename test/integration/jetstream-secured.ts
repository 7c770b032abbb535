/**
 * Three real servers with the configuration that deploy/nats has for a shard: encrypted, each user with a key and the
 * permissions of its role. Only addresses and folders are the test's. Keys can be changed while the servers run.
 */
import { createPublicKey, generateKeyPairSync, randomFillSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nkeys } from '@nats-io/nats-core';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { createSystemClock } from '#kit/clock.ts';
import type { JetStreamOptions } from '#journal/jetstream/options.ts';
import { accountsFile, keyVariable, serverFile } from '#journal/jetstream/server-files.ts';
import type { ShardServers } from '#journal/jetstream/server-files.ts';
import { streamConfiguration } from '#journal/jetstream/stream.ts';
import { streamNames } from '#journal/jetstream/options.ts';
import { NatsServerProcess, freePorts } from '../nats.ts';
import { makeCertificate } from './certificates.ts';

export const SHARD = 'us';
const SITES = ['us-east', 'us-west', 'us-middle'] as const;
export const MEMBERS = ['us-east', 'us-west'] as const;
const USERS = ['auditor', 'administrator', 'reader', ...MEMBERS] as const;
export type User = (typeof USERS)[number];

interface UserKey {
  seed: string;
  publicKey: string;
}

function newKey(): UserKey {
  const pair = nkeys.createUser();
  return { seed: new TextDecoder().decode(pair.getSeed()), publicKey: pair.getPublicKey() };
}

export class SecuredCluster {
  readonly servers: NatsServerProcess[];
  private readonly folder: string;
  private readonly plan: ShardServers;
  private readonly keys = new Map<User, UserKey>(USERS.map((user) => [user, newKey()]));
  private readonly authority = makeCertificate('authority');
  private readonly signingKeys = new Map<string, KeyObject>(
    MEMBERS.map((member) => [member, generateKeyPairSync('ed25519').privateKey]),
  );

  private constructor(executablePath: string, folder: string, ports: readonly number[]) {
    this.folder = folder;
    this.plan = {
      shard: SHARD,
      servers: SITES.map((name, index) => ({
        name,
        provider: `provider-${index}`,
        region: `region-${index}`,
        listen: `127.0.0.1:${ports[2 * index]}`,
        clusterListen: `127.0.0.1:${ports[2 * index + 1]}`,
      })),
      members: MEMBERS,
      routes: SITES.map((_, index) => `127.0.0.1:${ports[2 * index + 1]}`),
      storeFolder: join(folder, 'store'),
      tlsFolder: join(folder, 'tls'),
    };
    this.servers = SITES.map(
      (name, index) => new NatsServerProcess(executablePath, folder, name, ports[2 * index], ports[2 * index + 1]),
    );
  }

  static async start(executablePath: string, change = (text: string): string => text): Promise<SecuredCluster> {
    const folder = mkdtempSync(join(tmpdir(), 'nautilus-secured-'));
    const cluster = new SecuredCluster(executablePath, folder, await freePorts(2 * SITES.length));
    cluster.writeFiles(change);
    for (const server of cluster.servers) server.start();
    try {
      await cluster.createStreams();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Gives a user another key, or none that anybody has, and has the servers read it. */
  rotate(user: User, hand: 'over' | 'out'): void {
    const key = newKey();
    const old = this.keys.get(user);
    this.keys.set(user, hand === 'over' || old === undefined ? key : { ...old, publicKey: key.publicKey });
    this.writeKeys();
    for (const server of this.servers) server.signal('SIGHUP');
  }

  options(member: (typeof MEMBERS)[number], more: Partial<JetStreamOptions> = {}): JetStreamOptions {
    const signingKey = this.signingKeys.get(member);
    if (signingKey === undefined) throw new Error(member);
    const index = SITES.indexOf(member);
    return {
      shard: SHARD,
      member,
      signingKey,
      members: new Map([...this.signingKeys].map(([name, key]) => [name, createPublicKey(key)])),
      servers: this.addresses,
      domains: Object.fromEntries(this.plan.servers.map(({ name, provider }) => [name, provider])),
      homeDomain: this.plan.servers[index].provider,
      folder: mkdtempSync(join(this.folder, 'member-')),
      clock: createSystemClock(),
      fillRandom: (bytes) => randomFillSync(bytes),
      log: () => {},
      credentials: { nkeySeed: this.seedOf(member) },
      systemCredentials: { nkeySeed: this.seedOf('auditor') },
      tls: { authority: this.authority.certificate },
      profile: 'production',
      ...more,
    };
  }

  /** A connection of a user by itself. */
  async connect(user: User): Promise<NatsConnection> {
    return connect({
      servers: this.addresses,
      authenticator: nkeyAuthenticator(new TextEncoder().encode(this.seedOf(user))),
      inboxPrefix: `_INBOX.${user}`,
      tls: { ca: this.authority.certificate },
      maxReconnectAttempts: 2,
    });
  }

  seedOf(user: User): string {
    return this.keys.get(user)?.seed ?? '';
  }

  get addresses(): string[] {
    // By name: a client that connects to a bare address checks the certificate for another one.
    return this.servers.map(({ port }) => `localhost:${port}`);
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill()));
    rmSync(this.folder, { recursive: true });
  }

  private writeFiles(change: (text: string) => string): void {
    const { plan } = this;
    mkdirSync(plan.tlsFolder);
    writeFileSync(join(plan.tlsFolder, 'authority.pem'), this.authority.certificate);
    for (const [index, server] of this.servers.entries()) {
      const { certificate, key } = makeCertificate(server.name, this.authority);
      writeFileSync(join(plan.tlsFolder, `${server.name}.pem`), certificate);
      writeFileSync(join(plan.tlsFolder, `${server.name}-key.pem`), key);
      server.configure(change(serverFile(plan, plan.servers[index])));
    }
    writeFileSync(join(this.folder, 'accounts.conf'), accountsFile(plan));
    this.writeKeys();
  }

  private writeKeys(): void {
    const lines = [...this.keys].map(([user, { publicKey }]) => `${keyVariable(user)}: "${publicKey}"\n`);
    writeFileSync(join(this.folder, 'keys.conf'), lines.join(''));
  }

  /** What an administrator does once. */
  private async createStreams(): Promise<void> {
    const { stream, bucket } = streamNames(SHARD);
    const deadline = performance.now() + 30_000;
    for (;;) {
      try {
        const connection = await this.connect('administrator');
        const create = async (name: string, body: object): Promise<void> => {
          const answer = await connection.request(`$JS.API.STREAM.CREATE.${name}`, JSON.stringify(body), {
            timeout: 3000,
          });
          const { error } = answer.json<{ error?: { description: string } }>();
          if (error !== undefined) throw new Error(error.description);
        };
        await create(stream, streamConfiguration(SHARD, SITES.length));
        await create(`OBJ_${bucket}`, bucketConfiguration(bucket));
        return await connection.close();
      } catch (error) {
        if (performance.now() > deadline) throw error;
      }
      await new Promise((resolve) => {
        setTimeout(resolve, 200);
      });
    }
  }
}

function bucketConfiguration(bucket: string): object {
  return {
    name: `OBJ_${bucket}`,
    subjects: [`$O.${bucket}.C.>`, `$O.${bucket}.M.>`],
    storage: 'file',
    num_replicas: SITES.length,
    allow_rollup_hdrs: true,
    allow_direct: true,
    discard: 'new',
  };
}
