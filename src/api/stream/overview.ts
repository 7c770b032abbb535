/**
 * Once a second: ends the second that the statistics count, and looks at what waits for a person. The only timer of the
 * API that works without being asked.
 */
import { attentionOf } from '../attention.ts';
import type { ApiContext } from '../context.ts';
import { RecentLatency } from '../latency.ts';
import type { Attention } from '../schemas/operations.ts';

const INTERVAL_MS = 1000;

export class Overview {
  /** What waited for a person when it was last looked at. */
  attention: readonly Attention[] = [];
  private readonly context: ApiContext;
  private readonly latency: RecentLatency;
  private timer: NodeJS.Timeout | undefined;

  constructor(context: ApiContext) {
    this.context = context;
    this.latency = new RecentLatency(context.deps.metrics);
  }

  start(): void {
    this.timer = setInterval(() => {
      this.tick().catch((error: unknown) => {
        this.context.deps.logger?.error({ err: error }, 'the overview could not be brought up to date');
      });
    }, INTERVAL_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Does what the timer does. */
  async tick(): Promise<void> {
    const { view, node, clock, apiMetrics } = this.context.deps;
    apiMetrics.replicaLag.set(view.replica.lagMicros / 1e6);
    apiMetrics.nodeReady.set(node.status().state === 'ready' ? 1 : 0);
    const { p50Micros, p99Micros } = this.latency.read();
    const { durableLagMicros } = node;
    if (durableLagMicros !== null) apiMetrics.durableLag.set(durableLagMicros / 1e6);
    this.attention = await attentionOf(this.context);
    view.stats.close(clock.nowMicros(), {
      wireToAckP50Micros: p50Micros,
      wireToAckP99Micros: p99Micros,
      durableLagMicros,
      replicaLagMicros: view.replica.lagMicros,
      connectedSessions: node.connectedSessions,
    });
  }
}
