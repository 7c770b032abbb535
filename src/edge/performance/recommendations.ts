/**
 * What the figures of a site suggest, each with what it should bring, what it risks and how to go back. Says nothing where
 * too little was measured. Whoever applies one has it measured before and after.
 */
import type { Hop, PerformanceFigures } from './regional.ts';

export interface Recommendation {
  readonly id: string;
  readonly kind: 'latency' | 'throughput' | 'resource' | 'network' | 'strategy';
  readonly title: string;
  readonly because: string;
  readonly expectedEffect: string;
  readonly risk: string;
  readonly rollBack: string;
}

const BATCHES_MIN = 500;
const DOMINANT_SHARE = 0.5;
const ATTAINMENT_AIM = 0.99;
const HEADROOM_MIN = 0.3;
const REJECTED_SHARE_MAX = 0.05;
const PERCENT = 100;

const BY_HOP: Readonly<Record<Hop, Omit<Recommendation, 'because'>>> = {
  queueing: {
    id: 'spread-load',
    kind: 'throughput',
    title: 'Move instruments to a second shard',
    expectedEffect: 'Orders wait less behind others of their batch; the queueing share falls with the load moved',
    risk: 'Orders of the moved instruments need another session; a spread order over both is no longer atomic',
    rollBack: 'List the instruments on the first shard again after the trading day',
  },
  match: {
    id: 'raise-class',
    kind: 'latency',
    title: 'Run the node as class ultra-edge on a core of its own',
    expectedEffect: 'The loop never sleeps and nothing else runs on its core: wake-ups disappear from the match hop',
    risk: 'One core is always busy; on a machine without a spare core everything else slows down',
    rollBack: 'Start the node without --ultra',
  },
  journal: {
    id: 'faster-disk',
    kind: 'resource',
    title: 'Put the journal on a faster disk, or on one of its own',
    expectedEffect: 'The append hop falls to what the disk of the self-test shows',
    risk: 'The journal has to be moved while the node is stopped',
    rollBack: 'Move the folder back',
  },
  delivery: {
    id: 'near-clients',
    kind: 'network',
    title: 'Look at slow readers and at the sockets of this node',
    expectedEffect: 'Acknowledgements leave as soon as they are due; the delivery share falls',
    risk: 'Sessions that do not read are ended by the node',
    rollBack: 'Raise the outbox bounds again',
  },
};

/** @param capacityPerSecond what the node's class is planned for */
export function recommend(figures: PerformanceFigures, capacityPerSecond: number): Recommendation[] {
  const { bottleneck, hops, whole, attainment, peakOrdersPerSecond, rejectedShare, orders } = figures;
  if (whole.count < BATCHES_MIN) return [];
  const found: Recommendation[] = [];
  const share = bottleneck === null ? 0 : (hops[bottleneck].shareOfTime ?? 0);
  if (bottleneck !== null && share >= DOMINANT_SHARE && (attainment ?? 1) < ATTAINMENT_AIM) {
    found.push({
      ...BY_HOP[bottleneck],
      because: `${percent(share)} of the time goes to ${bottleneck}, and ${percent(attainment ?? 0)} of batches keep the promise`,
    });
  }
  if (1 - peakOrdersPerSecond / capacityPerSecond < HEADROOM_MIN) {
    found.push({
      id: 'add-node',
      kind: 'resource',
      title: 'Place another node here',
      because: `the busiest second had ${peakOrdersPerSecond} orders of ${capacityPerSecond} that the class is planned for`,
      expectedEffect: `Headroom rises above ${percent(HEADROOM_MIN)}`,
      risk: 'Costs a node a month; see the placement with this demand',
      rollBack: 'Drain and decommission it',
    });
  }
  if (rejectedShare > REJECTED_SHARE_MAX) {
    found.push({
      id: 'look-at-rejects',
      kind: 'strategy',
      title: 'Ask the session with the most rejects to check its orders',
      because: `${percent(rejectedShare)} of ${orders} orders were refused`,
      expectedEffect: 'Fewer orders are carried out for nothing',
      risk: 'None',
      rollBack: 'Nothing was changed',
    });
  }
  return found;
}

function percent(share: number): string {
  return `${(share * PERCENT).toFixed(1)} %`;
}
