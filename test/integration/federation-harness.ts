/** The federation of a test's own node: the default topology, one node that is observed for real, a registry in memory. */
import path from 'node:path';
import { loadTopology, startFederation, type Federation } from '#app/planes/federation.ts';
import type { Clock } from '#kit/clock.ts';
import { federationMetrics } from '#federation/metrics.ts';
import type { Store } from '#store/open.ts';
import { createRegistry } from '#telemetry/registry.ts';

/** As often as a real node is asked. */
const NEWS_MS = 250;
const CONFIG = path.resolve(import.meta.dirname, '../../config');

/** Starts it and tells it of the node; the node's heartbeat follows within two seconds. */
export async function startTestFederation(
  folder: string,
  store: Store,
  clock: Clock,
  address: string,
): Promise<Federation> {
  const federation = await startFederation({
    loaded: loadTopology(CONFIG),
    keysFolder: path.join(folder, 'keys'),
    store,
    clock,
    metrics: createRegistry([federationMetrics]),
    nodes: ['a'],
    capacity: { liveOrders: 1 << 17, sessions: 1 << 16 },
    logger: { info: () => undefined, warn: () => undefined },
  });
  const news = (): void => {
    const nowMicros = clock.nowMicros();
    federation.hear({
      member: 'a',
      role: 'leader',
      epoch: 1,
      lastSequence: 7,
      lastBatchMicros: nowMicros,
      clockMicros: nowMicros,
      version: '',
      address,
      heardMicros: nowMicros,
    });
  };
  news();
  const timer = setInterval(news, NEWS_MS);
  return {
    ...federation,
    async stop() {
      clearInterval(timer);
      await federation.stop();
    },
  };
}
