/**
 * An edge node: gateway, sequencer, engine and journal on one thread, and nothing else. `startNode` recovers, takes the
 * leadership, opens the door; `stop` closes it in good order with a snapshot. The process around it is `main.ts`.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '#kit/errors.ts';
import type { Clock } from '#kit/clock.ts';
import type { Journal, JournalFault } from '#kit/ports/journal.ts';
import type { SessionDirectory } from '#kit/ports/sessions.ts';
import { openFileJournal } from '#journal/file-journal.ts';
import { createRegistry } from '#telemetry/registry.ts';
import type { Registry } from '#telemetry/registry.ts';
import { processMetrics, startProcessMetrics } from '#telemetry/process.ts';
import { DEFAULT_CAPACITY, writeGenesis } from '#trading/capacity.ts';
import type { Capacity } from '#trading/capacity.ts';
import { GENESIS_WORDS } from '#trading/commands.ts';
import type { Engine } from '#trading/engine.ts';
import { Clockwork } from './clockwork.ts';
import { Delivery } from './delivery.ts';
import { EngineReads } from './engine-reads.ts';
import { EDGE_ERRORS } from './errors.ts';
import { Gateway } from './gateway.ts';
import type { GatewayLimits } from './gateway.ts';
import { listen } from './listener.ts';
import type { ListenOptions, Listener } from './listener.ts';
import { Loop, NodeClass } from './loop.ts';
import { MetricsFeed } from './metrics-feed.ts';
import { edgeMetrics } from './metrics.ts';
import type { BoundEdgeMetrics } from './metrics.ts';
import { Outbox } from './outbox.ts';
import type { OutboxOptions } from './outbox.ts';
import { recover } from './recovery.ts';
import type { Recovery } from './recovery.ts';
import { Sequencer } from './sequencer.ts';
import type { SequencerObserver } from './sequencer.ts';
import { Snapshots } from './snapshots.ts';
import { warmUp } from './warm-up.ts';

export interface NodeOptions {
  readonly listen: ListenOptions;
  /** Folder of the journal, created where it is missing. */
  readonly journalFolder: string;
  /** @default standard */
  readonly nodeClass?: NodeClass;
  /** Used when the journal is empty; a journal keeps what it began with. @default DEFAULT_CAPACITY */
  readonly capacity?: Partial<Capacity>;
  readonly limits?: Partial<GatewayLimits>;
  readonly outbox?: OutboxOptions;
  /** Commands after which a snapshot is taken; 0 for never. @default 2000000 */
  readonly snapshotEveryCommands?: number;
  /** Whether a scratch engine is run through its branches before the door opens. @default true */
  readonly warmUp?: boolean;
}

export interface NodeParts {
  readonly clock: Clock;
  readonly directory: SessionDirectory;
  readonly fillRandom: (bytes: Uint8Array) => void;
  /** Hears of what ends the node: fenced, or a bug. The owner ends the process. */
  readonly onFatal: (error: Error) => void;
  /** Takes one line for people about what happened. */
  readonly log: (line: string) => void;
  /** Replaces the journal in the folder. @default the file driver */
  readonly journal?: Journal;
}

export interface RunningNode {
  readonly port: number;
  readonly epoch: number;
  readonly engine: Engine;
  readonly registry: Registry;
  readonly recovery: Pick<Recovery, 'snapshotSequence' | 'replayed'>;
  /** Sequence of the last command carried out. */
  readonly lastSequence: () => number;
  /** Says goodbye to every session, makes everything durable, stores a snapshot. */
  stop(): Promise<void>;
}

const DEFAULT_LIMITS: GatewayLimits = { connectionsMax: 12_000, loginsMax: 512, loginTimeoutMs: 10_000 };
const SNAPSHOT_EVERY_COMMANDS = 2_000_000;
const TICK_MS = 50;
/** A clock further behind the journal than this is told to people: timers and rates stand still meanwhile. */
const CLOCK_BEHIND_MICROS_MAX = 1e6;

/** Starts a node. Rejects with a coded error that says what is wrong; then nothing is left running. */
export async function startNode(options: NodeOptions, parts: NodeParts): Promise<RunningNode> {
  const { clock } = parts;
  const capacity = { ...DEFAULT_CAPACITY, ...options.capacity };
  const listener = await listen(options.listen);
  let journal: Journal | undefined;
  try {
    if (options.warmUp !== false) warmUp(clock);
    journal = parts.journal ?? (await openJournal(options.journalFolder, clock));
    return await startOn(listener, journal, capacity, options, parts);
  } catch (error) {
    listener.close();
    await journal?.close();
    throw error;
  }
}

async function startOn(
  listener: Listener,
  journal: Journal,
  capacity: Capacity,
  options: NodeOptions,
  parts: NodeParts,
): Promise<RunningNode> {
  const { clock } = parts;
  const nodeClass = options.nodeClass ?? NodeClass.standard;
  const registry = createRegistry([edgeMetrics, processMetrics]);
  const metrics = registry.metrics(edgeMetrics);
  const outbox = new Outbox(options.outbox);
  const sequencer = new Sequencer(outbox, clock, observe(metrics, parts));
  const startedMicros = clock.nowMicros();
  const recovery = await takeOver(journal, sequencer, outbox, capacity, parts);
  const { engine, leadership } = recovery;
  const delivery = new Delivery(outbox, leadership, clock, (nanos) => metrics.reportLatency.observe(nanos));
  const reads = new EngineReads(engine);
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
  const loop = new Loop(nodeClass, () => gateway.turn());
  const gateway: Gateway = new Gateway({
    clock,
    sequencer,
    outbox,
    delivery,
    leadership,
    directory: parts.directory,
    reads,
    facts: {
      nodeClass,
      startedMicros,
      snapshotSequence: () => snapshots.newestSequence,
      takeSnapshot: async () => snapshots.take(),
      exportSlots: () => registry.exportSlots(),
    },
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
  return {
    port: listener.port,
    epoch: leadership.epoch,
    engine,
    registry,
    recovery,
    lastSequence: () => sequencer.lastSequence,
    async stop() {
      clearInterval(timer);
      listener.close();
      sequencer.append();
      gateway.stop();
      loop.stop();
      sampler.stop();
      await snapshots.takeLast();
      await journal.close();
    },
  };
}

/** Looks after everything that is not driven by input, one behind the other. */
function startTicks(clock: Clock, parts: readonly { tick(nowNanos: number): void }[]): NodeJS.Timeout {
  return setInterval(() => {
    const nowNanos = clock.monotonicNanos();
    for (const part of parts) part.tick(nowNanos);
  }, TICK_MS);
}

/** The state as the journal has it, with a genesis command where there was none, and the right to go on. */
async function takeOver(
  journal: Journal,
  sequencer: Sequencer,
  outbox: Outbox,
  capacity: Capacity,
  parts: NodeParts,
): Promise<Recovery> {
  const recovery = await recover(journal, sequencer, outbox);
  const aheadMicros = sequencer.lastTimeMicros - parts.clock.nowMicros();
  if (aheadMicros > CLOCK_BEHIND_MICROS_MAX) {
    const seconds = Math.ceil(aheadMicros / 1e6);
    parts.log(`the clock is ${seconds} s behind the journal: its time stands still until the clock has caught up`);
  }
  if (recovery.engine.view === undefined) begin(sequencer, capacity);
  return recovery;
}

async function openJournal(folder: string, clock: Clock): Promise<Journal> {
  try {
    if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new CodedError(EDGE_ERRORS.EDGE_DATA_UNWRITABLE, `${join(folder)}: ${cause}`, { cause: error });
  }
  return openFileJournal({ folder, clock });
}

/** The first command of an empty journal. */
function begin(sequencer: Sequencer, capacity: Capacity): void {
  const at = sequencer.reserve(GENESIS_WORDS);
  writeGenesis(sequencer.words, at, capacity, 0);
  sequencer.submitNow();
  if (!sequencer.append()) {
    throw new CodedError(EDGE_ERRORS.EDGE_JOURNAL_REFUSES, sequencer.fault?.message ?? '');
  }
}

function observe(metrics: BoundEdgeMetrics, parts: NodeParts): SequencerObserver {
  return {
    onAppended(count, _words, appendNanos) {
      metrics.batchCommands.observe(count);
      metrics.appendLatency.observe(appendNanos);
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
  };
}
