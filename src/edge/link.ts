/**
 * One connection's side of the order-entry protocol on the node: challenge, login, then frames to where they belong.
 * Ends its connection with a coded logout for whatever it cannot trust; the node itself is never harmed by input.
 */
import type { SessionRecord } from '#kit/ports/sessions.ts';
import { SessionCode } from '#wire/order-entry/codes.ts';
import {
  CLIENT_FRAME_BYTES_MAX,
  COMMAND_TYPE_MAX,
  FrameHeader,
  FrameType,
  PROTOCOL_VERSION_MAX,
  PROTOCOL_VERSION_MIN,
  SEQUENCE_MAX,
  writeFrameHeader,
  writeWideAt,
} from '#wire/order-entry/frame.ts';
import {
  CHALLENGE_BYTES,
  Challenge,
  GAP_FILL_BYTES,
  GapFill,
  HEARTBEAT_BYTES,
  LOGIN_BYTES,
  LOGOUT_BYTES,
  Login,
  NONCE_BYTES,
  PLAIN_REQUEST_BYTES,
  PlainRequest,
} from '#wire/order-entry/messages.ts';
import { FrameSplitter } from '#wire/order-entry/splitter.ts';
import type { FrameHandler } from '#wire/order-entry/splitter.ts';
import type { Connection, ConnectionHandler } from './connection.ts';
import type { Asker, LinkHost, LinkState } from './hosts.ts';
import type { LoginRequest } from './login.ts';
import { Throttle } from './throttle.ts';

const HEARTBEAT_SECONDS_MAX = 60;
/** How long the goodbye may take to leave before the connection is cut. */
const LINGER_NANOS = 2e9;
/** A peer that was silent for this many heartbeat intervals is gone. */
const SILENCE_INTERVALS_MAX = 2.5;

export class Link implements ConnectionHandler, FrameHandler, Asker {
  state: LinkState = 'greeting';
  session = 0;
  administrator = false;
  record: SessionRecord | undefined;
  throttle: Throttle;
  connectedMicros = 0;
  metricsIntervalMs = 0;
  metricsDueNanos = 0;
  /** Place in the gateway's list of links. */
  index = -1;
  private connection: Connection | undefined;
  private readonly gateway: LinkHost;
  private readonly splitter: FrameSplitter;
  private challenge: Uint8Array | undefined;
  /** The connection was opened, or it last asked what this node is. */
  private openedAtNanos: number;
  private heardAtNanos: number;
  private heartbeatNanos = 0;
  private endedAtNanos = 0;
  private accounts: ReadonlySet<number> | undefined;

  constructor(gateway: LinkHost, nowNanos: number) {
    this.gateway = gateway;
    this.splitter = new FrameSplitter(this, CLIENT_FRAME_BYTES_MAX);
    this.openedAtNanos = nowNanos;
    this.heardAtNanos = nowNanos;
    this.throttle = gateway.unthrottled;
  }

  /** The connection is open: sends the challenge. */
  greet(connection: Connection): void {
    this.connection = connection;
    const frame = new Uint8Array(CHALLENGE_BYTES);
    const view = new DataView(frame.buffer);
    writeFrameHeader(view, 0, CHALLENGE_BYTES, FrameType.challenge, 0, 0);
    this.gateway.fillRandom(frame.subarray(Challenge.nonce, Challenge.nonce + NONCE_BYTES));
    view.setUint16(Challenge.versionMin, PROTOCOL_VERSION_MIN, true);
    view.setUint16(Challenge.versionMax, PROTOCOL_VERSION_MAX, true);
    view.setUint32(Challenge.epoch, this.gateway.epoch, true);
    writeWideAt(view, Challenge.nodeTimeMicros, this.gateway.clock.nowMicros());
    this.challenge = frame;
    connection.write(frame, 0, frame.length);
  }

  get outlet(): Connection | undefined {
    return this.connection;
  }

  onBytes(bytes: Uint8Array, view: DataView, end: number): void {
    const readNanos = this.gateway.noteRead();
    this.heardAtNanos = readNanos;
    this.splitter.push(bytes, view, end);
    this.gateway.noteWorked();
  }

  onDrained(): void {
    if (this.state === 'live') this.gateway.resumeDelivery(this.session);
  }
  onOverfull(): void {
    this.gateway.metrics.slowConsumers.increment();
    this.abort();
  }
  onClosed(): void {
    this.state = 'ended';
    this.gateway.forget(this);
  }

  onBadFrame(code: SessionCode): void {
    this.end(code);
  }

  onFrame(view: DataView, at: number, byteLength: number): boolean {
    const type = view.getUint8(at + FrameHeader.type);
    if (this.state === 'live') {
      if (type <= COMMAND_TYPE_MAX) return this.onCommand(type, view, at, byteLength);
      return this.onSessionFrame(type, view, at, byteLength);
    }
    if (this.state === 'greeting' && type === FrameType.memberRequest && byteLength === PLAIN_REQUEST_BYTES) {
      this.openedAtNanos = this.heardAtNanos;
      this.gateway.tellMember(this, view.getUint32(at + PlainRequest.requestId, true));
      return true;
    }
    if (this.state !== 'greeting' || type !== FrameType.login) return this.end(SessionCode.notLoggedIn);
    return this.onLogin(view, at, byteLength);
  }

  private onCommand(type: number, view: DataView, at: number, byteLength: number): boolean {
    const gateway = this.gateway;
    const sequence = view.getUint32(at + FrameHeader.sequence, true);
    const expected = gateway.expected[this.session];
    if (sequence !== expected) {
      if (sequence > expected || sequence === 0) return this.end(SessionCode.sequenceGap);
      gateway.reject(this, SessionCode.alreadySeen, type, sequence);
      return true;
    }
    if (sequence >= SEQUENCE_MAX) return this.end(SessionCode.sequenceExhausted);
    gateway.expected[this.session] = sequence + 1;
    const code = gateway.door.enter(this, type, sequence, view, at, byteLength, this.heardAtNanos);
    if (code !== 0) gateway.reject(this, code, type, sequence);
    return true;
  }

  private onSessionFrame(type: number, view: DataView, at: number, byteLength: number): boolean {
    switch (type) {
      case FrameType.heartbeat:
        return byteLength === HEARTBEAT_BYTES || this.end(SessionCode.malformedFrame);
      case FrameType.logout:
        return byteLength === LOGOUT_BYTES ? this.end(SessionCode.none) : this.end(SessionCode.malformedFrame);
      case FrameType.gapFill:
        return byteLength === GAP_FILL_BYTES ? this.onGapFill(view, at) : this.end(SessionCode.malformedFrame);
      case FrameType.login:
        return this.end(SessionCode.alreadyLoggedIn);
      default: {
        const code = this.gateway.requests.enter(this, type, view, at, byteLength);
        return code === 0 || this.end(code);
      }
    }
  }

  private onGapFill(view: DataView, at: number): boolean {
    const next = view.getUint32(at + GapFill.nextSequence, true);
    const expected = this.gateway.expected[this.session];
    if (next < expected || next >= SEQUENCE_MAX) return this.end(SessionCode.malformedFrame);
    this.gateway.expected[this.session] = next;
    return true;
  }

  private onLogin(view: DataView, at: number, byteLength: number): boolean {
    const challenge = this.challenge;
    if (byteLength !== LOGIN_BYTES || challenge === undefined) return this.end(SessionCode.malformedFrame);
    const version = view.getUint16(at + Login.version, true);
    if (version < PROTOCOL_VERSION_MIN || version > PROTOCOL_VERSION_MAX)
      return this.end(SessionCode.versionUnsupported);
    const heartbeatSeconds = view.getUint16(at + Login.heartbeatSeconds, true);
    if (heartbeatSeconds < 1 || heartbeatSeconds > HEARTBEAT_SECONDS_MAX) return this.end(SessionCode.malformedFrame);
    const frame = new Uint8Array(view.buffer, view.byteOffset + at, LOGIN_BYTES).slice();
    this.challenge = undefined;
    this.state = 'verifying';
    this.gateway.login(this, {
      challenge,
      frame,
      version,
      heartbeatSeconds,
      session: view.getUint32(at + Login.session, true),
      lastSequenceSeen: view.getUint32(at + Login.lastSequenceSeen, true),
      flags: view.getUint32(at + Login.flags, true),
    });
    return true;
  }

  /** The login was good: from now on this is the session's connection. */
  becomeLive(record: SessionRecord, request: LoginRequest, nowNanos: number): void {
    this.state = 'live';
    this.record = record;
    this.session = record.session;
    this.administrator = record.role === 'administrator';
    this.accounts = record.accounts === 'all' ? undefined : new Set(record.accounts);
    this.throttle = new Throttle(record.ordersPerSecond, nowNanos);
    this.heartbeatNanos = request.heartbeatSeconds * 1e9;
    this.heardAtNanos = nowNanos;
    this.connectedMicros = this.gateway.clock.nowMicros();
  }

  mayUse(account: number): boolean {
    if (this.accounts !== undefined) return this.accounts.has(account);
    const participant = this.record?.participant ?? -1;
    if (participant === -1) return true;
    const owner = this.gateway.participantOf(account);
    return owner === participant || owner === -1;
  }

  /** Heartbeats and timeouts; called about twice a second. */
  tick(nowNanos: number): void {
    if (this.state === 'live') {
      if (nowNanos - this.heardAtNanos > this.heartbeatNanos * SILENCE_INTERVALS_MAX) {
        this.end(SessionCode.heartbeatMissed);
      } else {
        this.gateway.heartbeatIfDue(this, this.heartbeatNanos, nowNanos);
      }
    } else if (this.state === 'ended') {
      if (nowNanos - this.endedAtNanos > LINGER_NANOS) this.abort();
    } else if (nowNanos - this.openedAtNanos > this.gateway.loginTimeoutNanos) {
      this.end(SessionCode.loginTimeout);
    }
  }

  /** Ends the connection with a coded goodbye. Returns false, so that the splitter drops what follows. */
  end(code: number): boolean {
    if (this.state === 'ended') return false;
    const wasLive = this.state === 'live';
    this.state = 'ended';
    this.endedAtNanos = this.gateway.clock.monotonicNanos();
    this.gateway.sayGoodbye(this, code, wasLive);
    this.connection?.end();
    return false;
  }

  /** Ends the connection at once, without a word: it does not read. */
  abort(): void {
    this.connection?.destroy();
  }
}
