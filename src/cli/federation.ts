/** `nautilus clusters` and `nautilus shards`: the federation as a platform sees it, over its API. Reads only. */
import type { ClusterList, ShardList } from '#api/schemas/federation.ts';
import { momentText, table, type Result } from './output.ts';
import { withApi, type PlatformAddress } from './platform-api.ts';

/** Every cluster with its state. Throws as `withApi` does. */
export async function clusterTable(address: PlatformAddress): Promise<Result> {
  return withApi(address, async (ask) => {
    const list = await ask<ClusterList>('/federation/clusters');
    const rows = list.clusters.map((cluster) => [
      cluster.name,
      cluster.state,
      `${cluster.provider} ${cluster.region}`,
      cluster.tier,
      `${cluster.nodes.present} of ${cluster.nodes.min}–${cluster.nodes.max}`,
      cluster.shards.map(({ shard, role }) => `${shard} ${role}`).join(', ') || '—',
      cluster.suspected.join(', ') || '—',
    ]);
    const headings = ['CLUSTER', 'STATE', 'PROVIDER, REGION', 'TIER', 'NODES', 'SHARDS', 'SUSPECTED'];
    const note = 'This machine stands for its home cluster; nothing is known of the others.';
    return { json: list, lines: [...table(headings, rows), ...(list.mode === 'embedded' ? ['', note] : [])] };
  });
}

/** Every shard: its copies, who holds them, and what it survives. Throws as `withApi` does. */
export async function shardTable(address: PlatformAddress): Promise<Result> {
  return withApi(address, async (ask) => {
    const list = await ask<ShardList>('/federation/shards');
    const rows = list.shards.map((shard) => [
      shard.shard,
      shard.primary,
      shard.standby ?? '—',
      shard.witness ?? '—',
      shard.survival.every(({ survives }) => survives)
        ? 'any one provider'
        : shard.survival
            .filter(({ survives }) => survives)
            .map(({ level }) => level)
            .join(', ') || 'nothing',
    ]);
    const holders = list.shards.flatMap(({ shard, members }) =>
      members.map((member) => [
        shard,
        member.member,
        member.role,
        member.epoch,
        member.sequence,
        member.presence,
        momentText(member.saidMicros),
      ]),
    );
    return {
      json: list,
      lines: [
        ...table(['SHARD', 'PRIMARY', 'STANDBY', 'WITNESS', 'SURVIVES THE LOSS OF'], rows),
        '',
        ...table(['SHARD', 'MEMBER', 'ROLE', 'EPOCH', 'SEQUENCE', 'PRESENCE', 'SAID AT'], holders),
      ],
    };
  });
}
