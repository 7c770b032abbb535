/** The takeover controller of the platform's shard: two node processes on one machine, one journal. */
import type { Registry } from '#telemetry/registry.ts';
import type { Clock } from '#kit/clock.ts';
import type { IdSource } from '#kit/ids.ts';
import type { Store } from '#store/open.ts';
import { TAKEOVER_POLICY } from '#federation/takeover/checks.ts';
import { TakeoverController } from '#federation/takeover/controller.ts';
import { takeoverMetrics } from '#federation/takeover/metrics.ts';
import { TakeoverService } from '#federation/takeover/service.ts';
import { FIRST } from '../shard-nodes.ts';
import type { ShardNodes } from '../shard-nodes.ts';

/** Name of the one shard that a platform on one machine has. */
const SHARD = 'main';

export interface TakeoverParts {
  readonly nodes: ShardNodes;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly store: Store;
  readonly registry: Registry;
  readonly onSteer: (leader: string, address: string) => void;
  readonly log: (line: string) => void;
}

export function openTakeover(parts: TakeoverParts): TakeoverService {
  const { nodes, clock, ids, store, registry, onSteer, log } = parts;
  const controller = new TakeoverController({
    shard: SHARD,
    preferred: FIRST,
    policy: TAKEOVER_POLICY,
    newId: () => ids('flo'),
  });
  return new TakeoverService({
    controller,
    members: nodes,
    suspicionOf: (member) => nodes.suspicionOf(member),
    clock,
    store,
    sharesJournal: true,
    metrics: registry.metrics(takeoverMetrics),
    onSteer,
    log,
  });
}
