/** The registry's contract on JetStream key-value: a real cluster of three nats-servers. */
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKvRegistry } from '#federation/registry/kv-registry.ts';
import { NatsCluster } from '../nats.ts';
import { NATS_MISSING, findNatsServer, needPeer } from '../peers.ts';
import { registryContract } from './registry-contract.ts';

const server = findNatsServer('any');
const isSkipped = server === undefined && process.env['REQUIRE_PEERS'] !== '1';
const ELECTION_MS_MAX = 40_000;
const connections: NatsConnection[] = [];
let cluster: NatsCluster | undefined;

beforeAll(async () => {
  if (server !== undefined) cluster = await NatsCluster.start({ executablePath: server.executablePath });
});
afterAll(async () => {
  for (const connection of connections) await connection.close();
  await cluster?.stop();
});

async function open() {
  if (cluster === undefined) throw new Error(`missing: ${NATS_MISSING.any}`);
  const connection = await connect({ servers: cluster.addresses });
  connections.push(connection);
  // A cluster that has just started answers only when it has elected who keeps its streams.
  const deadline = performance.now() + ELECTION_MS_MAX;
  for (;;) {
    try {
      return await openKvRegistry(connection, { bucket: 'registry' });
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
}

describe('nats-server', () => {
  it('is installed for the contract below', (context) => {
    expect(needPeer(context, server, NATS_MISSING.any).executablePath).toContain('nats-server');
  });
});

registryContract('JetStream key-value', open, isSkipped);
