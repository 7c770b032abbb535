/** Copies about once a second what the order path counts for itself into the metrics. Never touches the order path. */
import type { Leadership } from '#kit/ports/journal.ts';
import { AckLevel } from '#kit/ports/journal.ts';
import { CommandKind } from '#trading/commands.ts';
import { ExecType } from '#trading/events.ts';
import type { Counter } from '#telemetry/registry.ts';
import { COMMAND_NAMES, EXECUTION_NAMES } from './metrics.ts';
import type { BoundEdgeMetrics } from './metrics.ts';
import type { Outbox } from './outbox.ts';
import type { Sequencer } from './sequencer.ts';

const INTERVAL_NANOS = 1e9;

export class MetricsFeed {
  private readonly metrics: BoundEdgeMetrics;
  private readonly sequencer: Sequencer;
  private readonly outbox: Outbox;
  private readonly leadership: Leadership;
  private readonly commands: readonly { kind: number; counter: Counter }[];
  private readonly executions: readonly { kind: number; counter: Counter }[];
  private dueNanos = 0;

  constructor(metrics: BoundEdgeMetrics, sequencer: Sequencer, outbox: Outbox, leadership: Leadership) {
    this.metrics = metrics;
    this.sequencer = sequencer;
    this.outbox = outbox;
    this.leadership = leadership;
    this.commands = COMMAND_NAMES.map((kind) => ({
      kind: CommandKind[kind],
      counter: metrics.commands.labels({ kind }),
    }));
    this.executions = EXECUTION_NAMES.map((type) => ({
      kind: ExecType[type],
      counter: metrics.executions.labels({ type }),
    }));
    metrics.epoch.set(leadership.epoch);
  }

  tick(nowNanos: number): void {
    if (nowNanos < this.dueNanos) return;
    this.dueNanos = nowNanos + INTERVAL_NANOS;
    const { sequencer, metrics } = this;
    for (const { kind, counter } of this.commands) counter.add(sequencer.commandCounts[kind] - counter.value);
    for (const { kind, counter } of this.executions) counter.add(sequencer.executionCounts[kind] - counter.value);
    metrics.lastSequence.set(this.leadership.nextSequence - 1);
    metrics.durableSequence.set(this.leadership.reached(AckLevel.durable));
    metrics.outboxBytes.set(this.outbox.usedBytes());
  }
}
