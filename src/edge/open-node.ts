/**
 * Puts the trading side of a node together on a leadership that is held already, and opens the door: the last step of a
 * start, and of a takeover. Knows how a node ends: with a snapshot, or by handing its leadership over.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { AckLevel } from '#kit/ports/journal.ts';
import type { Journal, JournalFault } from '#kit/ports/journal.ts';
import { CodedError } from '#kit/errors.ts';
import { createRegistry } from '#telemetry/registry.ts';
import type { Registry } from '#telemetry/registry.ts';
import { processMetrics, startProcessMetrics } from '#telemetry/process.ts';
import { SEMANTICS_VERSION } from '#trading/capacity.ts';
import type { Engine } from '#trading/engine.ts';
import { Scalar } from '#trading/state.ts';
import { MemberRole } from '#wire/order-entry/messages.ts';
import type { Clock } from '#kit/clock.ts';
import { Clockwork } from './clockwork.ts';
import { Delivery } from './delivery.ts';
import { EngineReads } from './engine-reads.ts';
import { EDGE_ERRORS } from './errors.ts';
import { Gateway } from './gateway.ts';
import type { GatewayLimits } from './gateway.ts';
import { findLeftBehind } from './left-behind.ts';
import type { Listener } from './listener.ts';
import { Loop, NodeClass } from './loop.ts';
import type { MemberReport } from './member-state.ts';
import { MetricsFeed } from './metrics-feed.ts';
import { edgeMetrics } from './metrics.ts';
import type { BoundEdgeMetrics } from './metrics.ts';
import type { NodeOptions, NodeParts, RunningNode } from './node-types.ts';
import { Outbox } from './outbox.ts';
import type { Recovery } from './recovery.ts';
import { Sequencer } from './sequencer.ts';
import { Snapshots } from './snapshots.ts';
import { StatePoints } from './state-points.ts';

export const DEFAULT_LIMITS: GatewayLimits = { connectionsMax: 12_000, loginsMax: 512, loginTimeoutMs: 10_000 };
const SNAPSHOT_EVERY_COMMANDS = 2_000_000;
const TICK_MS = 50;

/** What holds a node's state, before and after it leads. */
export interface NodeCore {
  readonly registry: Registry;
  readonly metrics: BoundEdgeMetrics;
  readonly outbox: Outbox;
  readonly sequencer: Sequencer;
  readonly points: StatePoints;
  readonly startedMicros: number;
}

export function createCore(options: NodeOptions, parts: NodeParts): NodeCore {
  const registry = createRegistry([edgeMetrics, processMetrics]);
  const metrics = registry.metrics(edgeMetrics);
  const outbox = new Outbox(options.outbox);
  const sequencer: Sequencer = new Sequencer(outbox, parts.clock, {
    onAppended(count, _words, appendNanos, batchMicros) {
      metrics.batchCommands.observe(count);
      metrics.appendLatency.observe(appendNanos);
      points.note(batchMicros, sequencer.lastSequence);
    },
    onStalled(fault: JournalFault) {
      metrics.stalled.set(1);
      parts.log(`the journal refuses: ${fault.message}`);
      if (fault.kind === 'fenced') parts.onFatal(new CodedError(EDGE_ERRORS.EDGE_FENCED, fault.message));
    },
    onResumed() {
      metrics.stalled.set(0);
      parts.log('the journal takes commands again');
    },
  });
  const points: StatePoints = new StatePoints({ inbound: sequencer.inbound, outbox });
  return { registry, metrics, outbox, sequencer, points, startedMicros: parts.clock.nowMicros() };
}

/** Opens the door of a node whose engine is at the journal's end. Rejects when the directory cannot be read. */
export async function openNode(
  core: NodeCore,
  recovery: Recovery,
  listener: Listener,
  journal: Journal,
  options: NodeOptions,
  parts: NodeParts,
): Promise<RunningNode> {
  const { clock } = parts;
  const { registry, metrics, outbox, sequencer, points, startedMicros } = core;
  const { engine, leadership } = recovery;
  const nodeClass = options.nodeClass ?? NodeClass.standard;
  const delivery = new Delivery(outbox, leadership, clock, (nanos) => metrics.reportLatency.observe(nanos));
  const snapshots = new Snapshots({
    journal,
    journalFolder: parts.journal === undefined ? options.journalFolder : undefined,
    outboxOptions: options.outbox,
    engine,
    sequencer,
    outbox,
    everyCommands: options.snapshotEveryCommands ?? SNAPSHOT_EVERY_COMMANDS,
    newest: recovery.snapshotSequence,
    log: parts.log,
  });
  const told = { leader: addressOf(options, listener) };
  const report = (): MemberReport => ({
    ...describe(engine, options, clock),
    role: gateway.isStopping
      ? MemberRole.leaving
      : sequencer.fault === undefined
        ? MemberRole.leader
        : MemberRole.refusing,
    epoch: leadership.epoch,
    lastSequence: sequencer.lastSequence - sequencer.unappended,
    lastBatchMicros: sequencer.lastTimeMicros,
    point: points.last,
    leaderAddress: told.leader,
  });
  const loop = new Loop(nodeClass, () => gateway.turn());
  const gateway: Gateway = new Gateway({
    clock,
    sequencer,
    outbox,
    delivery,
    leadership,
    directory: parts.directory,
    reads: new EngineReads(engine),
    facts: {
      nodeClass,
      startedMicros,
      snapshotSequence: () => snapshots.newestSequence,
      takeSnapshot: async () => snapshots.take(),
      exportSlots: () => registry.exportSlots(),
    },
    report,
    metrics,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    fillRandom: parts.fillRandom,
    log: parts.log,
    requestTurn: () => loop.request(),
  });
  leadership.onReached(() => {
    delivery.wakeWaiting();
    gateway.deliver();
  });
  leadership.onFault(sequencer.onFault);
  for (const record of await parts.directory.list()) {
    if (record.cancelOnDisconnect) gateway.graces.begin(record.session, record.graceMs);
  }
  const sampler = startProcessMetrics(registry);
  const timer = startTicks(clock, [
    new Clockwork(sequencer, engine),
    gateway,
    new MetricsFeed(metrics, sequencer, outbox, leadership),
    snapshots,
  ]);
  loop.start();
  listener.open(gateway);
  const quiet = (): void => {
    clearInterval(timer);
    listener.close();
    sequencer.append();
  };
  return {
    port: listener.port,
    epoch: leadership.epoch,
    engine,
    registry,
    recovery,
    lastSequence: () => sequencer.lastSequence,
    async stop() {
      quiet();
      gateway.stop();
      loop.stop();
      sampler.stop();
      await snapshots.takeLast();
      await journal.close();
    },
    async leaveBehind() {
      clearInterval(timer);
      listener.close();
      gateway.stop();
      loop.stop();
      sampler.stop();
      return findLeftBehind(journal, outbox, leadership.epoch, leadership.reached(AckLevel.journaled), pause);
    },
    async handOver(leaderAddress) {
      quiet();
      told.leader = leaderAddress;
      gateway.handOver();
      loop.stop();
      sampler.stop();
      const sequence = sequencer.lastSequence - sequencer.unappended;
      await journal.close();
      return { epoch: leadership.epoch, sequence, stateHash: engine.stateHash() };
    },
  };
}

/** What does not depend on who leads. */
export function describe(
  engine: Engine,
  options: NodeOptions,
  clock: Clock,
): Pick<MemberReport, 'semantics' | 'nodeTimeMicros' | 'version'> {
  return {
    semantics: engine.view?.numbers[Scalar.semantics] ?? SEMANTICS_VERSION,
    nodeTimeMicros: clock.nowMicros(),
    version: options.version ?? '',
  };
}

function addressOf(options: NodeOptions, listener: Listener): string {
  return `${options.listen.host}:${listener.port}`;
}

/** Looks after everything that is not driven by input, one behind the other. */
function startTicks(clock: Clock, parts: readonly { tick(nowNanos: number): void }[]): NodeJS.Timeout {
  return setInterval(() => {
    const nowNanos = clock.monotonicNanos();
    for (const part of parts) part.tick(nowNanos);
  }, TICK_MS);
}
