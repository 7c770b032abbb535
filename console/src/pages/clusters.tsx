/**
 * The clusters: how each is, on a map and in a table; what goes when it goes; the shards, who holds them and what they
 * survive.
 */
import type { Cluster, ShardPlacement, TopologyPlan } from '../../../src/api/schemas/federation.ts';
import { useClusters, useShards, useTopologyPlan } from '../data/clusters.ts';
import { describeProblem } from '../data/client.ts';
import { integer, NONE } from '../format/numbers.ts';
import { DataTable, type Column } from '../ui/data-table.tsx';
import { Notice, Panel } from '../ui/panel.tsx';
import { StateMark, type Tone } from '../ui/state-mark.tsx';
import { WorldMap } from './world-map.tsx';
import './clusters.css';

const TONES: Readonly<Record<Cluster['state'], Tone>> = {
  healthy: 'ok',
  degraded: 'warn',
  unhealthy: 'down',
  unknown: 'off',
};
const STATE_ORDER: Readonly<Record<Cluster['state'], number>> = { unhealthy: 0, degraded: 1, healthy: 2, unknown: 3 };
const LEVELS = { process: 'process', host: 'host', failureDomain: 'place', region: 'region', provider: 'provider' };

type Fate = TopologyPlan['events'][number]['shards'][number]['fate'];

interface Row {
  readonly cluster: Cluster;
  readonly whenLost: string;
}

const CLUSTER_COLUMNS: readonly Column<Row>[] = [
  {
    id: 'cluster',
    header: 'cluster',
    value: ({ cluster }) => cluster.name,
    cell: ({ cluster }) => (cluster.home ? <strong>{cluster.name}</strong> : cluster.name),
  },
  {
    id: 'state',
    header: 'state',
    value: ({ cluster }) => STATE_ORDER[cluster.state],
    cell: ({ cluster }) => <StateMark tone={TONES[cluster.state]}>{cluster.state}</StateMark>,
  },
  {
    id: 'where',
    header: 'provider, region',
    rank: 2,
    value: ({ cluster }) => `${cluster.provider} ${cluster.region}`,
  },
  { id: 'place', header: 'place', rank: 3, value: ({ cluster }) => cluster.place },
  { id: 'tier', header: 'tier', rank: 3, value: ({ cluster }) => cluster.tier },
  {
    id: 'nodes',
    header: 'nodes',
    align: 'end',
    rank: 2,
    value: ({ cluster }) => cluster.nodes.present,
    cell: ({ cluster }) => `${cluster.nodes.present} of ${cluster.nodes.min}–${cluster.nodes.max}`,
  },
  { id: 'lost', header: 'when it is lost', wide: true, rank: 2, value: ({ whenLost }) => whenLost },
];

const SHARD_COLUMNS: readonly Column<ShardPlacement>[] = [
  { id: 'shard', header: 'shard', value: ({ shard }) => shard },
  {
    id: 'survives',
    header: 'any one may go',
    value: ({ survival }) => survival.filter(({ survives }) => !survives).length,
    cell: ({ survival }) => {
      const lost = survival.filter(({ survives }) => !survives).map(({ level }) => LEVELS[level]);
      return lost.length === 0 ? (
        <StateMark tone="ok">process to provider</StateMark>
      ) : (
        <StateMark tone="down">{`not a ${lost.join(', ')}`}</StateMark>
      );
    },
  },
  {
    id: 'leader',
    header: 'led by',
    rank: 2,
    value: ({ members }) => members.find(({ role }) => role === 'leader')?.member ?? NONE,
  },
  {
    id: 'sequence',
    header: 'sequence',
    align: 'end',
    rank: 2,
    value: ({ members }) => members.find(({ role }) => role === 'leader')?.sequence ?? null,
    cell: ({ members }) => {
      const sequence = members.find(({ role }) => role === 'leader')?.sequence;
      return sequence === undefined ? NONE : integer(sequence);
    },
  },
  { id: 'primary', header: 'primary', rank: 3, value: ({ primary }) => primary },
  { id: 'standby', header: 'standby', rank: 3, value: ({ standby }) => standby },
  { id: 'witness', header: 'witness', rank: 3, value: ({ witness }) => witness },
];

export function ClustersPage() {
  const clusters = useClusters();
  const shards = useShards();
  const plan = useTopologyPlan();
  const problem = clusters.error ?? shards.error ?? plan.error;
  const list = clusters.data;
  const rows = (list?.clusters ?? []).map((cluster) => ({ cluster, whenLost: lossText(cluster.name, plan.data) }));
  return (
    <div className="page clusters">
      <h1 className="visually-hidden">Clusters</h1>
      {problem === null ? null : <Notice title="The clusters cannot be read.">{describeProblem(problem)}</Notice>}
      {list === undefined && problem === null ? <Notice title="Asking for the clusters…" /> : null}
      {list === undefined ? null : (
        <>
          <Panel
            title="Where they are"
            {...(list.mode === 'embedded' && {
              note: 'this machine stands for its home cluster; the others are not heard',
            })}
          >
            <WorldMap list={list} shards={shards.data?.shards ?? []} />
          </Panel>
          <Panel title="Clusters" note={String(rows.length)} flush className="clusters-table">
            <DataTable
              label="Clusters"
              columns={CLUSTER_COLUMNS}
              rows={rows}
              rowKey={({ cluster }) => cluster.name}
              sortBy={{ id: 'state', descending: false }}
              empty={<Notice title="The topology names no cluster." />}
            />
          </Panel>
        </>
      )}
      {shards.data === undefined ? null : (
        <Panel title="Shards" note="three copies each: primary, standby, witness" flush className="clusters-table">
          <DataTable
            label="Shards"
            columns={SHARD_COLUMNS}
            rows={shards.data.shards}
            rowKey={({ shard }) => shard}
            empty={<Notice title="The topology names no shard." />}
          />
        </Panel>
      )}
    </div>
  );
}

function lossText(cluster: string, plan: TopologyPlan | undefined): string {
  if (plan === undefined) return '…';
  const event = plan.events.find(({ scope, name }) => scope === 'site' && name === cluster);
  const felt = event?.shards ?? [];
  if (felt.length === 0) return 'no shard has a copy here';
  return felt.map(({ shard, fate }) => `${shard}: ${fateText(fate)}`).join('; ');
}

function fateText({ outcome, leader, copiesLeft, copies }: Fate): string {
  switch (outcome) {
    case 'unaffected':
      return 'goes on';
    case 'reduced':
      return `goes on with ${copiesLeft} of ${copies} copies`;
    case 'takeover':
      return `${leader ?? ''} takes over`;
    case 'halted':
      return 'halts';
  }
}
