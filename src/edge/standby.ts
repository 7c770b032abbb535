/**
 * A node that follows: its engine and its sessions' reports are where the journal is, it compares its state with the
 * leader's as it goes, and takes the leadership when it is told to. Appends nothing and takes no session before that.
 * Ends loudly when its state differs from the leader's: a node that cannot be trusted to take over must not be there.
 */
import type { Journal } from '#kit/ports/journal.ts';
import { CodedError } from '#kit/errors.ts';
import type { Engine } from '#trading/engine.ts';
import { MemberRole } from '#wire/order-entry/messages.ts';
import type { Endpoint } from './client-socket.ts';
import { EDGE_ERRORS } from './errors.ts';
import { listen } from './listener.ts';
import type { Listener } from './listener.ts';
import { MemberProbe } from './member-probe.ts';
import type { MemberReport } from './member-state.ts';
import { openJournal, takeUp } from './node.ts';
import type { NodeOptions, NodeParts, RunningNode } from './node-types.ts';
import { DEFAULT_LIMITS, createCore, describe, openNode } from './open-node.ts';
import type { NodeCore } from './open-node.ts';
import { rebuild } from './recovery.ts';
import { StandbyDoor } from './standby-door.ts';
import type { StatePoint } from './state-points.ts';
import { warmUp } from './warm-up.ts';

/** How long each step of a takeover took, microseconds. */
export interface PromotionSteps {
  /** Taking the next epoch in the journal. */
  readonly leadMicros: number;
  /** Carrying out what the epochs before left behind the standby's position. */
  readonly verifyMicros: number;
  /** Until clients can log in. */
  readonly openMicros: number;
}

export interface Promotion {
  readonly node: RunningNode;
  readonly steps: PromotionSteps;
  /** Commands that were carried out between the promotion and the door. */
  readonly caughtUp: number;
  /** Last command of the epochs before. */
  readonly sequence: number;
  /** Digest of the state there, where it was asked for. */
  readonly stateHash: string | undefined;
}

const TICK_MS = 500;
/** The leader's points that were not reached here yet, one a second; of a standby further behind the newest are kept. */
const WAITING_POINTS_MAX = 256;

/** Starts a standby. Rejects with a coded error that says what is wrong; then nothing is left running. */
export async function startStandby(
  options: NodeOptions,
  peers: readonly Endpoint[],
  parts: NodeParts,
): Promise<Standby> {
  const listener = await listen(options.listen);
  let journal: Journal | undefined;
  try {
    if (options.warmUp !== false) warmUp(parts.clock, options.capacity);
    journal = parts.journal ?? (await openJournal(options.journalFolder, parts.clock));
    const core = createCore(options, parts);
    const { engine, snapshotSequence } = await rebuild(journal, core.sequencer, core.outbox);
    return new Standby(options, parts, peers, listener, journal, core, engine, snapshotSequence);
  } catch (error) {
    listener.close();
    await journal?.close();
    throw error;
  }
}

export class Standby {
  readonly port: number;
  readonly engine: Engine;
  readonly snapshotSequence: number;
  private readonly options: NodeOptions;
  private readonly parts: NodeParts;
  private readonly listener: Listener;
  private readonly journal: Journal;
  private readonly core: NodeCore;
  private readonly door: StandbyDoor;
  private readonly probes: readonly MemberProbe[];
  private readonly timer: NodeJS.Timeout;
  /** The leader's points by sequence, until this node gets there. */
  private readonly waitingPoints = new Map<number, StatePoint>();
  private following: { stop(): void } | undefined;
  private knownEpoch: number;
  private batchMicros = 0;
  private leader: MemberReport | undefined;
  private isPromoting = false;
  private compared = 0;

  constructor(
    options: NodeOptions,
    parts: NodeParts,
    peers: readonly Endpoint[],
    listener: Listener,
    journal: Journal,
    core: NodeCore,
    engine: Engine,
    snapshotSequence: number,
  ) {
    this.options = options;
    this.parts = parts;
    this.listener = listener;
    this.journal = journal;
    this.core = core;
    this.engine = engine;
    this.snapshotSequence = snapshotSequence;
    this.port = listener.port;
    this.knownEpoch = journal.report.lastEpoch;
    core.points.useEngine(engine);
    this.door = new StandbyDoor({
      clock: parts.clock,
      fillRandom: parts.fillRandom,
      report: () => this.report(),
      connectionsMax: options.limits?.connectionsMax ?? DEFAULT_LIMITS.connectionsMax,
      idleTimeoutMs: options.limits?.loginTimeoutMs ?? DEFAULT_LIMITS.loginTimeoutMs,
    });
    this.follow();
    this.probes = peers.map(
      (endpoint) => new MemberProbe({ endpoint, clock: parts.clock, onReport: (report) => this.onPeer(report) }),
    );
    this.timer = setInterval(() => this.door.tick(parts.clock.monotonicNanos()), TICK_MS);
    listener.open(this.door);
  }

  /** What this node is to its shard. */
  report(): MemberReport {
    const { sequencer, points } = this.core;
    return {
      ...describe(this.engine, this.options, this.parts.clock),
      role: MemberRole.standby,
      epoch: this.knownEpoch,
      lastSequence: sequencer.lastSequence,
      lastBatchMicros: this.batchMicros,
      point: points.last,
      leaderAddress: this.leader?.leaderAddress ?? '',
    };
  }

  /** False from the moment it holds the leadership. */
  get isFollowing(): boolean {
    return this.following !== undefined;
  }

  /** Places at which the state was found equal to the leader's. */
  get pointsCompared(): number {
    return this.compared;
  }

  /**
   * Takes the leadership and opens the door. Rejects with the journal's coded error where another candidate was faster or
   * the journal refuses; the node then goes on following.
   * @param expected where a leadership that was handed over ended; a state that differs there is EDGE_STATE_DIFFERS
   */
  async promote(expected?: { sequence: number; stateHash: string }): Promise<Promotion> {
    if (this.isPromoting) throw new CodedError(EDGE_ERRORS.EDGE_BUSY, 'a promotion is going on');
    this.isPromoting = true;
    const { clock } = this.parts;
    const { sequencer } = this.core;
    const begunNanos = clock.monotonicNanos();
    this.following?.stop();
    this.following = undefined;
    let leadership;
    try {
      leadership = await this.journal.lead();
    } catch (error) {
      this.isPromoting = false;
      this.follow();
      throw error;
    }
    const ledNanos = clock.monotonicNanos();
    const before = sequencer.lastSequence;
    if (leadership.nextSequence > before + 1) {
      this.journal.read(before + 1, (batch) => {
        sequencer.replay(batch);
        this.core.points.note(batch.timeMicros, sequencer.lastSequence);
      });
    }
    const sequence = sequencer.lastSequence;
    const stateHash = expected === undefined ? undefined : this.engine.stateHash();
    if (expected !== undefined && (expected.sequence !== sequence || expected.stateHash !== stateHash)) {
      throw this.differs(`the leader ended at ${expected.sequence} in state ${expected.stateHash}`, sequence);
    }
    const verifiedNanos = clock.monotonicNanos();
    sequencer.useEngine(this.engine, sequence);
    sequencer.lead(leadership);
    takeUp(sequencer, this.engine, this.options, this.parts);
    this.endFollowing();
    const { snapshotSequence } = this;
    const recovery = { engine: this.engine, leadership, snapshotSequence, replayed: sequence - snapshotSequence };
    const node = await openNode(this.core, recovery, this.listener, this.journal, this.options, this.parts);
    const steps = {
      leadMicros: (ledNanos - begunNanos) / 1000,
      verifyMicros: (verifiedNanos - ledNanos) / 1000,
      openMicros: (clock.monotonicNanos() - verifiedNanos) / 1000,
    };
    return { node, steps, caughtUp: sequence - before, sequence, stateHash };
  }

  async stop(): Promise<void> {
    this.following?.stop();
    this.endFollowing();
    this.listener.close();
    await this.journal.close();
  }

  private endFollowing(): void {
    clearInterval(this.timer);
    for (const probe of this.probes) probe.stop();
    this.waitingPoints.clear();
    this.door.close();
  }

  private follow(): void {
    const { sequencer, points } = this.core;
    this.following = this.journal.tail(
      sequencer.lastSequence + 1,
      (batch) => {
        sequencer.replay(batch);
        this.knownEpoch = Math.max(this.knownEpoch, batch.epoch);
        this.batchMicros = batch.timeMicros;
        points.note(batch.timeMicros, sequencer.lastSequence);
        if (this.waitingPoints.size > 0) this.compareReached();
      },
      this.parts.onFatal,
    );
  }

  private onPeer(peer: MemberReport): void {
    if (this.isPromoting || peer.role === MemberRole.standby) return;
    if (peer.version !== (this.options.version ?? '')) {
      const detail = `the leader runs ${peer.version || 'no stated version'}, this node ${this.options.version ?? 'none'}`;
      this.parts.onFatal(new CodedError(EDGE_ERRORS.EDGE_VERSION_DIFFERS, detail));
      return;
    }
    if (this.leader === undefined || peer.epoch >= this.leader.epoch) this.leader = peer;
    this.knownEpoch = Math.max(this.knownEpoch, peer.epoch);
    if (peer.point === undefined || peer.epoch < this.knownEpoch) return;
    this.waitingPoints.set(peer.point.sequence, peer.point);
    if (this.waitingPoints.size > WAITING_POINTS_MAX) {
      const [oldest] = this.waitingPoints.keys();
      this.waitingPoints.delete(oldest);
    }
    this.compareReached();
  }

  /** Compares at every place of the leader that this node has reached. */
  private compareReached(): void {
    const { sequencer, points } = this.core;
    for (const [sequence, theirs] of this.waitingPoints) {
      if (sequence > sequencer.lastSequence) continue;
      this.waitingPoints.delete(sequence);
      const ours = points.find(sequence);
      if (ours === undefined) continue;
      if (ours === 'never' || ours.low !== theirs.low || ours.high !== theirs.high) {
        this.parts.onFatal(this.differs('the leader compares there', sequence));
        return;
      }
      this.compared++;
    }
  }

  private differs(what: string, sequence: number): CodedError {
    return new CodedError(EDGE_ERRORS.EDGE_STATE_DIFFERS, `at sequence ${sequence}: ${what}`);
  }
}
