/**
 * The node's gateway for the binary protocol: which connections there are, which session each belongs to, when one is
 * given up, and what happens at the end of a turn. Another protocol's gateway would stand beside it, on the same
 * sequencer, outbox and delivery. Knows nothing of orders.
 */
import type { Clock } from '#kit/clock.ts';
import { AckLevel } from '#kit/ports/journal.ts';
import type { Leadership } from '#kit/ports/journal.ts';
import type { SessionDirectory, SessionRecord } from '#kit/ports/sessions.ts';
import { err } from '#kit/result.ts';
import type { Result } from '#kit/result.ts';
import { SessionCode, describeSessionCode } from '#wire/order-entry/codes.ts';
import { FrameType, writeWideAt } from '#wire/order-entry/frame.ts';
import { LOGIN_ACCEPTED_BYTES, LoginAccepted, LoginFlag } from '#wire/order-entry/messages.ts';
import { CommandDoor } from './command-door.ts';
import type { Connection } from './connection.ts';
import type { Delivery } from './delivery.ts';
import { Graces } from './graces.ts';
import type { LinkHost, RequestHost } from './hosts.ts';
import { Link } from './link.ts';
import { checkLogin } from './login.ts';
import type { LoginRequest } from './login.ts';
import { encodeMember } from './member-state.ts';
import type { MemberReport } from './member-state.ts';
import type { BoundEdgeMetrics } from './metrics.ts';
import type { Outbox } from './outbox.ts';
import { Replies } from './replies.ts';
import { Requests } from './requests.ts';
import type { NodeFacts, NodeReads } from './requests.ts';
import type { Sequencer } from './sequencer.ts';
import { Throttle } from './throttle.ts';

export interface GatewayLimits {
  /** Open connections. @default 12000 */
  readonly connectionsMax: number;
  /** Logins being verified at once. @default 512 */
  readonly loginsMax: number;
  /** Milliseconds from the connection to its login. @default 10000 */
  readonly loginTimeoutMs: number;
}

export interface GatewayParts {
  readonly clock: Clock;
  readonly sequencer: Sequencer;
  readonly outbox: Outbox;
  readonly delivery: Delivery;
  readonly leadership: Leadership;
  readonly directory: SessionDirectory;
  readonly reads: NodeReads;
  readonly facts: NodeFacts;
  /** What this node is to its shard. */
  readonly report: () => MemberReport;
  readonly metrics: BoundEdgeMetrics;
  readonly limits: GatewayLimits;
  readonly fillRandom: (bytes: Uint8Array) => void;
  /** Takes one line for people. */
  readonly log: (line: string) => void;
  /** Asks for a turn of the loop. */
  readonly requestTurn: () => void;
}

const SESSIONS = 65_536;
/** Between two lines about refused logins. */
const REFUSAL_LINE_NANOS = 200e6;
/** A tick looks after one in so many links. */
const TICK_SLICES = 8;

export class Gateway implements LinkHost, RequestHost {
  readonly clock: Clock;
  readonly epoch: number;
  readonly metrics: BoundEdgeMetrics;
  readonly door: CommandDoor;
  readonly requests: Requests;
  readonly fillRandom: (bytes: Uint8Array) => void;
  readonly loginTimeoutNanos: number;
  readonly unthrottled: Throttle;
  readonly expected = new Uint32Array(SESSIONS);
  readonly graces: Graces;
  private readonly parts: GatewayParts;
  private readonly replies = new Replies();
  private readonly links: Link[] = [];
  private readonly bySession: (Link | undefined)[] = [];
  private verifying = 0;
  private nextRefusalLineNanos = 0;
  private live = 0;
  private slice = 0;
  private stopping = false;

  constructor(parts: GatewayParts) {
    this.parts = parts;
    this.clock = parts.clock;
    this.epoch = parts.leadership.epoch;
    this.metrics = parts.metrics;
    this.fillRandom = parts.fillRandom;
    this.loginTimeoutNanos = parts.limits.loginTimeoutMs * 1e6;
    this.unthrottled = new Throttle(0, 0);
    this.door = new CommandDoor(parts.sequencer);
    this.requests = new Requests(this, parts, this.replies);
    this.graces = new Graces(parts.sequencer, parts.reads, parts.clock);
    for (let session = 0; session < SESSIONS; session++) this.expected[session] = parts.sequencer.inbound[session] + 1;
  }

  get connectionCount(): number {
    return this.links.length;
  }
  get liveCount(): number {
    return this.live;
  }
  get isStopping(): boolean {
    return this.stopping;
  }
  participantOf(account: number): number {
    return this.parts.reads.participantOf(account);
  }
  liveLinks(): readonly Link[] {
    return this.links.filter((link) => link.state === 'live');
  }

  /** Takes a new connection: `adopt` binds the socket to the link that will handle it. */
  accept(adopt: (link: Link) => Connection): void {
    const link = new Link(this, this.clock.monotonicNanos());
    const connection = adopt(link);
    link.index = this.links.length;
    this.links.push(link);
    this.metrics.connections.set(this.links.length);
    link.greet(connection);
    if (this.stopping) link.end(SessionCode.nodeStopping);
    else if (this.links.length > this.parts.limits.connectionsMax) link.end(SessionCode.tooManyConnections);
  }

  /** Bytes were read just now. Returns when, monotonic nanoseconds. */
  noteRead(): number {
    return this.clock.monotonicNanos();
  }

  /** A connection's bytes are worked off: writes what was refused and asks for the turn that answers the rest. */
  noteWorked(): void {
    this.replies.flush();
    this.parts.requestTurn();
  }

  /** Refuses one message of a link, with what the door noted. */
  reject(link: Link, code: number, type: number, sequence: number): void {
    const outlet = link.outlet;
    if (outlet === undefined) return;
    const { refusal } = this.door;
    this.metrics.rejects.increment();
    this.replies.reject(outlet, code, type, sequence, refusal.limit, refusal.value, refusal.used);
    refusal.limit = refusal.value = refusal.used = 0;
  }

  tellMember(link: Link, requestId: number): void {
    const frame = encodeMember(this.parts.report(), requestId);
    link.outlet?.write(frame, 0, frame.length);
  }

  sayGoodbye(link: Link, code: number, wasLive: boolean): void {
    const outlet = link.outlet;
    if (outlet === undefined) return;
    this.metrics.logouts.increment();
    this.replies.logout(outlet, code, wasLive ? this.expected[link.session] : 0);
    this.replies.flush();
    this.close(link);
  }

  heartbeatIfDue(link: Link, heartbeatNanos: number, nowNanos: number): void {
    const outlet = link.outlet;
    if (outlet === undefined || nowNanos - this.parts.delivery.spokenAt(link.session) < heartbeatNanos) return;
    this.parts.delivery.noteSpoken(link.session, nowNanos);
    this.replies.heartbeat(outlet, this.expected[link.session] - 1, this.clock.nowMicros());
    this.replies.flush();
  }

  /** Verifies a login; the link becomes live, or is ended with the code of the refusal. */
  login(link: Link, request: LoginRequest): void {
    if (this.verifying >= this.parts.limits.loginsMax) {
      link.end(SessionCode.loginsBusy);
      return;
    }
    void this.verify(link, request);
  }

  private async verify(link: Link, request: LoginRequest): Promise<void> {
    this.verifying++;
    let outcome: Result<SessionRecord, SessionCode>;
    try {
      outcome = await checkLogin(this.parts.directory, request, this.parts.reads.sessionCapacity);
    } catch {
      // The directory cannot be read: nobody gets in, and those who are in go on.
      outcome = err(SessionCode.loginsBusy);
    }
    this.verifying--;
    if (link.state !== 'verifying') return;
    if (outcome.ok && this.offers(outcome.value.ackLevel)) {
      this.open(link, outcome.value, request);
      return;
    }
    const code = outcome.ok ? SessionCode.ackLevelUnavailable : outcome.error;
    this.noteRefusedLogin(link, request.session, code);
    link.end(code);
  }

  /** Whether answers at this level would ever leave: a level the journal's driver lacks stays at 0. */
  private offers(level: AckLevel): boolean {
    return level <= AckLevel.durable || this.parts.leadership.reached(level) > 0;
  }

  /** Counts it and names it in the log, a few a second at most: a stranger must not fill the disk with lines. */
  private noteRefusedLogin(link: Link, session: number, code: SessionCode): void {
    this.metrics.loginsRefused.increment();
    const nowNanos = this.clock.monotonicNanos();
    if (nowNanos < this.nextRefusalLineNanos) return;
    this.nextRefusalLineNanos = nowNanos + REFUSAL_LINE_NANOS;
    const { text } = describeSessionCode(code);
    this.parts.log(`login of session ${session} from ${link.outlet?.describePeer() ?? 'nowhere'} refused: ${text}`);
  }

  private open(link: Link, record: SessionRecord, request: LoginRequest): void {
    const outlet = link.outlet;
    if (outlet === undefined) return;
    const { session } = record;
    const earlier = this.bySession[session];
    earlier?.end(SessionCode.takenOver);
    const nowNanos = this.clock.monotonicNanos();
    link.becomeLive(record, request, nowNanos);
    this.bySession[session] = link;
    this.live++;
    this.metrics.sessions.set(this.live);
    this.metrics.logins.increment();
    this.graces.cancel(session);
    const { outbox, delivery, sequencer } = this.parts;
    const last = outbox.lastSequenceOf(session);
    const from = (request.flags & LoginFlag.skipReplay) === 0 ? Math.min(request.lastSequenceSeen, last) : last;
    const replayFrom = delivery.attach(session, outlet, record.ackLevel, from);
    delivery.noteSpoken(session, nowNanos);
    const at = this.replies.begin(outlet, FrameType.loginAccepted, LOGIN_ACCEPTED_BYTES);
    const { view } = this.replies;
    view.setUint16(at + LoginAccepted.version, request.version, true);
    view.setUint16(at + LoginAccepted.heartbeatSeconds, request.heartbeatSeconds, true);
    view.setUint32(at + LoginAccepted.session, session, true);
    view.setUint32(at + LoginAccepted.expectedSequence, this.expected[session], true);
    view.setUint32(at + LoginAccepted.lastSequence, last, true);
    view.setUint32(at + LoginAccepted.replayFrom, replayFrom, true);
    view.setUint32(at + LoginAccepted.ordersPerSecond, record.ordersPerSecond, true);
    view.setUint32(at + LoginAccepted.graceMs, record.graceMs, true);
    view.setUint8(at + LoginAccepted.ackLevel, record.ackLevel);
    view.setUint8(at + LoginAccepted.role, link.administrator ? 1 : 0);
    view.setUint8(at + LoginAccepted.cancelOnDisconnect, record.cancelOnDisconnect ? 1 : 0);
    view.setUint32(at + LoginAccepted.epoch, this.epoch, true);
    writeWideAt(view, at + LoginAccepted.journalSequence, sequencer.lastSequence - sequencer.unappended);
    writeWideAt(view, at + LoginAccepted.nodeTimeMicros, this.clock.nowMicros());
    this.noteWorked();
  }

  /** A link's connection is gone. */
  forget(link: Link): void {
    if (link.index < 0) return;
    const last = this.links.pop();
    if (last !== undefined && last !== link) {
      this.links[link.index] = last;
      last.index = link.index;
    }
    link.index = -1;
    this.metrics.connections.set(this.links.length);
    this.close(link);
  }

  /** Takes the session from the link; the grace of cancel-on-disconnect begins. */
  private close(link: Link): void {
    const { record, session } = link;
    if (record === undefined || this.bySession[session] !== link) return;
    this.bySession[session] = undefined;
    this.live--;
    this.metrics.sessions.set(this.live);
    this.parts.delivery.detach(session);
    if (record.cancelOnDisconnect && !this.stopping) this.graces.begin(session, record.graceMs);
  }

  /** A full socket can be written to again. */
  resumeDelivery(session: number): void {
    this.parts.outbox.markReady(session);
    this.parts.requestTurn();
  }

  /** Ends the connection of a session, if it has one. Returns whether it had. */
  drop(session: number, code: SessionCode): boolean {
    const link = this.bySession[session];
    if (link === undefined) return false;
    link.end(code);
    return true;
  }

  /** The end of a turn: one append, then whatever may leave. */
  turn(): void {
    const { sequencer, delivery, outbox, leadership } = this.parts;
    const open = sequencer.append();
    if (this.requests.waiting > 0) {
      this.requests.answer(open);
      if (this.requests.waiting > 0) this.parts.requestTurn();
    }
    this.deliver();
    if (delivery.firstReleaseNanos !== 0) sequencer.noteAcked(delivery.firstReleaseNanos);
    if (delivery.someoneWaits) leadership.requestDurable();
    if (outbox.overrun.length > 0) this.endOverrun();
  }

  /** Sends what may be sent; also called when the journal came further by itself. */
  deliver(): void {
    this.parts.delivery.flush();
  }

  private endOverrun(): void {
    for (const session of this.parts.outbox.overrun) {
      this.metrics.slowConsumers.increment();
      this.drop(session, SessionCode.slowConsumer);
    }
    this.parts.outbox.overrun.length = 0;
  }

  /** Looks after a share of the links, and after those whose grace ran out. */
  tick(nowNanos: number): void {
    this.slice = (this.slice + 1) % TICK_SLICES;
    for (let index = this.links.length - 1; index >= 0; index--) {
      if (index % TICK_SLICES === this.slice && index < this.links.length) this.links[index].tick(nowNanos);
    }
    this.graces.tick(nowNanos);
    this.requests.tick(nowNanos);
    this.noteWorked();
  }

  /** Tells every session that the node stops, and takes no more connections. */
  stop(): void {
    this.leave(SessionCode.nodeStopping);
  }

  /** As `stop`, for a leadership that goes to another node: each session is told where. */
  handOver(): void {
    this.leave(SessionCode.handedOver);
  }

  private leave(code: SessionCode): void {
    this.stopping = true;
    this.requests.answer(false);
    this.parts.delivery.flush();
    for (const link of this.links.slice()) {
      if (code === SessionCode.handedOver) this.tellMember(link, 0);
      link.end(code);
    }
  }
}
