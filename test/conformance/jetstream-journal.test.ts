import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { NatsCluster } from '../nats.ts';
import { NATS_MISSING, findNatsServer, needPeer } from '../peers.ts';
import { describeJournalContract } from './journal-contract.ts';
import { newShard, opener } from './journal-jetstream-opener.ts';
import type { StreamPlace } from './journal-jetstream-opener.ts';

const server = findNatsServer('any');
let cluster: NatsCluster | undefined;

beforeAll(async () => {
  if (server !== undefined) cluster = await NatsCluster.start({ executablePath: server.executablePath });
});
afterAll(async () => {
  await cluster?.stop();
});
beforeEach((context) => {
  needPeer(context, server, NATS_MISSING.any);
});

describeJournalContract({
  ...opener,
  name: 'JetStream',
  module: new URL('journal-jetstream-opener.ts', import.meta.url).href,
  async create() {
    const place: StreamPlace = {
      servers: cluster?.addresses ?? [],
      domains: cluster?.domains ?? {},
      shard: newShard(),
      folder: await mkdtemp(`${tmpdir()}/nautilus-journal-`),
      key: generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
    return JSON.stringify(place);
  },
  remove: (place) => rm((JSON.parse(place) as StreamPlace).folder, { recursive: true }),
});
