/** deploy/nats: the configuration of the servers of every shard, from the topology. Pure but for reading the topology. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { replicasOf, topologySchema } from '#federation/topology/model.ts';
import { accountsFile, serverFile } from '#journal/jetstream/server-files.ts';
import type { ShardServers } from '#journal/jetstream/server-files.ts';

const TOPOLOGY = path.resolve(import.meta.dirname, '..', 'config', 'topology.yaml');

/** Every file, by its path in the repository. */
export function natsFiles(): ReadonlyMap<string, string> {
  const topology = topologySchema.parse(parse(readFileSync(TOPOLOGY, 'utf8')));
  return new Map(
    topology.shards.flatMap((shard): [string, string][] => {
      const replicas = replicasOf(topology, shard);
      const plan: ShardServers = {
        shard: shard.name,
        servers: replicas.map(({ site }) => ({
          name: site.name,
          provider: site.provider,
          region: site.region,
          listen: '0.0.0.0:4222',
          clusterListen: '0.0.0.0:6222',
        })),
        members: replicas.filter(({ role }) => role !== 'witness').map(({ site }) => site.name),
        routes: replicas.map(({ site }) => `${site.name}:6222`),
        storeFolder: '/var/lib/nautilus/nats',
        tlsFolder: '/etc/nautilus/tls',
      };
      const folder = `deploy/nats/${shard.name}`;
      return [
        ...plan.servers.map((server): [string, string] => [`${folder}/${server.name}.conf`, serverFile(plan, server)]),
        [`${folder}/accounts.conf`, accountsFile(plan)],
      ];
    }),
  );
}
