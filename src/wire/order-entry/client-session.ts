/**
 * The client's side of the order-entry protocol as a pure state machine: bytes in, bytes out, time passed in.
 * Logs in, counts both directions, sends again what was not taken, and hands reports to its listener.
 * Never opens a socket, reads a clock, or gives up by itself: its owner does.
 */
import { invariant } from '#kit/invariant.ts';
import { Accepted, EventKind, Execution, Refused } from '#trading/events.ts';
import { SessionCode } from './codes.ts';
import {
  FrameFlag,
  FrameHeader,
  FrameType,
  NODE_FRAME_BYTES_MAX,
  PROTOCOL_VERSION_MAX,
  PROTOCOL_VERSION_MIN,
  readWideAt,
  writeFrameHeader,
  writeWideAt,
} from './frame.ts';
import {
  CHALLENGE_BYTES,
  Challenge,
  EVENT_AT,
  GAP_FILL_BYTES,
  GapFill,
  HEARTBEAT_BYTES,
  Heartbeat,
  LOGIN_ACCEPTED_BYTES,
  LOGIN_BYTES,
  LOGOUT_BYTES,
  Login,
  LoginAccepted,
  LoginFlag,
  Logout,
  MEMBER_STATE_BYTES,
  REJECT_BYTES,
  Reject,
} from './messages.ts';
import { SentLog } from './sent-log.ts';
import { loginMessage } from './signature.ts';
import { FrameSplitter } from './splitter.ts';
import type { FrameHandler } from './splitter.ts';

export interface ClientSessionOptions {
  readonly session: number;
  /** Signs with the session's Ed25519 key; returns 64 bytes. */
  readonly sign: (message: Uint8Array) => Uint8Array;
  /** Longest silence either side may keep, 1 to 60 seconds. @default 10 */
  readonly heartbeatSeconds?: number;
  /** Messages kept until answered: a power of two. @default 65536 */
  readonly waitingMessagesMax?: number;
  /** Bytes of them, a multiple of 8. @default 8 MiB */
  readonly waitingBytesMax?: number;
  /** Begin behind everything sent before instead of asking for a replay. @default false */
  readonly skipReplay?: boolean;
}

/** What the node said when the session became live. */
export interface LoginReceipt {
  readonly epoch: number;
  readonly ackLevel: number;
  readonly administrator: boolean;
  readonly ordersPerSecond: number;
  readonly cancelOnDisconnect: boolean;
  readonly graceMs: number;
  readonly journalSequence: number;
  readonly nodeTimeMicros: number;
  /** Messages that the node no longer keeps: ask for the state of the orders instead. */
  readonly lostMessages: number;
  /** Commands that were sent again. */
  readonly resent: number;
  /** The node knows fewer messages than this client has seen: it lost history that its ack level did not cover. */
  readonly regressed: boolean;
}

export interface ClientListener {
  /** The session is live; replayed reports follow. */
  onLive(receipt: LoginReceipt): void;
  /** A counted report (executionReport, accepted, refused, protection), or an orderStatus; event words at `at + EVENT_AT`. */
  onReport(type: number, flags: number, view: DataView, at: number, byteLength: number): void;
  /** The node refused a message before the engine saw it. */
  onReject(
    code: number,
    refusedType: number,
    refusedSequence: number,
    limit: number,
    value: number,
    used: number,
  ): void;
  /** Any other message: answers to requests, metrics. */
  onFrame(type: number, view: DataView, at: number, byteLength: number): void;
  /** The node ended the connection, or sent what cannot be read (malformedFrame). */
  onLogout(code: number): void;
}

export type ClientState = 'disconnected' | 'connected' | 'loggingIn' | 'live' | 'ended';

/** Takes bytes [start, end) at once: they may change when the call returns. */
export type Transmit = (bytes: Uint8Array, start: number, end: number) => void;

const SILENCE_INTERVALS_MAX = 2.5;

export class ClientSession implements FrameHandler {
  state: ClientState = 'disconnected';
  /** Last counted message received. */
  lastSequenceSeen = 0;
  /** Highest leadership it was live under: a node of an earlier one is behind the times and never logged in to. */
  epoch = 0;
  readonly sent: SentLog;
  private readonly options: ClientSessionOptions;
  private readonly listener: ClientListener;
  private readonly heartbeatSeconds: number;
  private splitter: FrameSplitter;
  private transmit: Transmit = () => undefined;
  private readonly scratch = new Uint8Array(LOGIN_BYTES);
  private readonly scratchView = new DataView(this.scratch.buffer);
  /** Bytes [unsentStart, unsentEnd) of the log are encoded and not yet transmitted. */
  private unsentStart = 0;
  private unsentEnd = 0;
  private everLive = false;
  private heardAtMicros = 0;
  private spokeAtMicros = 0;
  private nowMicros = 0;

  constructor(options: ClientSessionOptions, listener: ClientListener) {
    this.options = options;
    this.listener = listener;
    this.heartbeatSeconds = options.heartbeatSeconds ?? 10;
    this.sent = new SentLog(options.waitingMessagesMax ?? 65_536, options.waitingBytesMax ?? 8 << 20);
    this.splitter = new FrameSplitter(this, NODE_FRAME_BYTES_MAX);
  }

  /** A connection is open; the node speaks first. */
  connected(transmit: Transmit, nowMicros: number): void {
    this.transmit = transmit;
    this.splitter = new FrameSplitter(this, NODE_FRAME_BYTES_MAX);
    this.state = 'connected';
    this.nowMicros = nowMicros;
    this.heardAtMicros = nowMicros;
    this.spokeAtMicros = nowMicros;
  }

  /** The connection is gone. What was not answered is kept for the next one. */
  disconnected(): void {
    this.transmit = () => undefined;
    if (this.state !== 'ended') this.state = 'disconnected';
  }

  /** Bytes [0, end) came from the node. */
  receive(bytes: Uint8Array, view: DataView, end: number, nowMicros: number): void {
    this.nowMicros = nowMicros;
    this.heardAtMicros = nowMicros;
    this.splitter.push(bytes, view, end);
  }

  /**
   * Encodes the command at `at` (its header words but the first are ignored) as the next message; `flush` sends it.
   * Returns its sequence number, or 0 when too much is unanswered. While disconnected it is kept and sent at login.
   */
  submit(words: Int32Array, at: number): number {
    invariant(this.everLive, 'client-session.submit-before-login');
    const sequence = this.sent.add(words, at);
    if (sequence === 0 || this.state !== 'live') return sequence;
    const start = this.sent.startOf(sequence);
    if (start !== this.unsentEnd) {
      this.flush();
      this.unsentStart = start;
    }
    this.unsentEnd = this.sent.end;
    return sequence;
  }

  /** True when something is unanswered and the node has said nothing for `silenceMs`. */
  isUnanswered(nowMicros: number, silenceMs: number): boolean {
    return this.state === 'live' && this.sent.waiting > 0 && nowMicros - this.heardAtMicros > silenceMs * 1000;
  }

  /** Transmits what `submit` encoded. */
  flush(): void {
    if (this.unsentEnd === this.unsentStart) return;
    const start = this.unsentStart;
    this.unsentStart = this.unsentEnd;
    this.spokeAtMicros = this.nowMicros;
    this.transmit(this.sent.bytes, start, this.unsentEnd);
  }

  /** Sends an uncounted frame of its own making, after what waits in `submit`. Returns false while not live. */
  sendFrame(frame: Uint8Array): boolean {
    if (this.state !== 'live') return false;
    this.flush();
    this.transmit(frame, 0, frame.length);
    return true;
  }

  /** Heartbeats when due. Returns false when the node has been silent for too long: the owner should reconnect. */
  tick(nowMicros: number): boolean {
    this.nowMicros = nowMicros;
    const intervalMicros = this.heartbeatSeconds * 1e6;
    if (this.state === 'live' && nowMicros - this.spokeAtMicros >= intervalMicros) {
      this.spokeAtMicros = nowMicros;
      writeFrameHeader(this.scratchView, 0, HEARTBEAT_BYTES, FrameType.heartbeat, 0, 0);
      this.scratchView.setUint32(Heartbeat.lastSequenceSeen, this.lastSequenceSeen, true);
      this.scratchView.setUint32(Heartbeat.reserved, 0, true);
      writeWideAt(this.scratchView, Heartbeat.timeMicros, nowMicros);
      this.transmit(this.scratch, 0, HEARTBEAT_BYTES);
    }
    return nowMicros - this.heardAtMicros < intervalMicros * SILENCE_INTERVALS_MAX;
  }

  /** Says goodbye; the owner closes the connection afterwards. */
  logout(): void {
    if (this.state === 'live') {
      this.flush();
      writeFrameHeader(this.scratchView, 0, LOGOUT_BYTES, FrameType.logout, 0, 0);
      this.scratchView.setUint32(Logout.code, SessionCode.none, true);
      this.scratchView.setUint32(Logout.expectedSequence, this.lastSequenceSeen + 1, true);
      this.transmit(this.scratch, 0, LOGOUT_BYTES);
    }
    this.state = 'ended';
  }

  onBadFrame(code: SessionCode): void {
    this.end(code);
  }

  onFrame(view: DataView, at: number, byteLength: number): boolean {
    const type = view.getUint8(at + FrameHeader.type);
    if (this.state !== 'live') return this.onFrameBeforeLive(type, view, at, byteLength);
    if (type >= FrameType.executionReport && type <= FrameType.protection)
      return this.onCounted(type, view, at, byteLength);
    switch (type) {
      case FrameType.reject:
        return byteLength >= REJECT_BYTES ? this.onRejectFrame(view, at) : this.end(SessionCode.malformedFrame);
      case FrameType.orderStatus:
        this.listener.onReport(type, view.getUint8(at + FrameHeader.flags), view, at, byteLength);
        return true;
      case FrameType.heartbeat:
        return true;
      case FrameType.logout:
        return this.end(
          byteLength >= LOGOUT_BYTES ? view.getUint32(at + Logout.code, true) : SessionCode.malformedFrame,
        );
      default:
        this.listener.onFrame(type, view, at, byteLength);
        return true;
    }
  }

  private onFrameBeforeLive(type: number, view: DataView, at: number, byteLength: number): boolean {
    if (type === FrameType.logout && byteLength >= LOGOUT_BYTES)
      return this.end(view.getUint32(at + Logout.code, true));
    if (type === FrameType.memberState && byteLength >= MEMBER_STATE_BYTES) {
      this.listener.onFrame(type, view, at, byteLength);
      return true;
    }
    if (this.state === 'connected' && type === FrameType.challenge && byteLength >= CHALLENGE_BYTES) {
      return this.answerChallenge(view, at);
    }
    if (this.state === 'loggingIn' && type === FrameType.loginAccepted && byteLength >= LOGIN_ACCEPTED_BYTES) {
      this.becomeLive(view, at);
      return true;
    }
    return this.end(SessionCode.unknownType);
  }

  private answerChallenge(view: DataView, at: number): boolean {
    if (view.getUint32(at + Challenge.epoch, true) < this.epoch) return this.end(SessionCode.notLeading);
    const lowest = Math.max(PROTOCOL_VERSION_MIN, view.getUint16(at + Challenge.versionMin, true));
    const highest = Math.min(PROTOCOL_VERSION_MAX, view.getUint16(at + Challenge.versionMax, true));
    if (lowest > highest) return this.end(SessionCode.versionUnsupported);
    const login = this.scratchView;
    const skipReplay = this.options.skipReplay === true && !this.everLive;
    writeFrameHeader(login, 0, LOGIN_BYTES, FrameType.login, 0, 0);
    login.setUint16(Login.version, highest, true);
    login.setUint16(Login.heartbeatSeconds, this.heartbeatSeconds, true);
    login.setUint32(Login.session, this.options.session, true);
    login.setUint32(Login.lastSequenceSeen, this.lastSequenceSeen, true);
    login.setUint32(Login.nextSequence, this.everLive ? this.sent.next : 0, true);
    login.setUint32(Login.flags, skipReplay ? LoginFlag.skipReplay : 0, true);
    login.setUint32(Login.reserved, 0, true);
    const challenge = new Uint8Array(view.buffer, view.byteOffset + at, CHALLENGE_BYTES);
    this.scratch.set(this.options.sign(loginMessage(challenge, this.scratch)), Login.signature);
    this.state = 'loggingIn';
    this.transmit(this.scratch, 0, LOGIN_BYTES);
    return true;
  }

  private becomeLive(view: DataView, at: number): void {
    const expected = view.getUint32(at + LoginAccepted.expectedSequence, true);
    const last = view.getUint32(at + LoginAccepted.lastSequence, true);
    const replayFrom = view.getUint32(at + LoginAccepted.replayFrom, true);
    this.epoch = view.getUint32(at + LoginAccepted.epoch, true);
    const regressed = this.lastSequenceSeen > last;
    const skipped = this.options.skipReplay === true && !this.everLive;
    const lostMessages = skipped ? 0 : Math.max(0, replayFrom - 1 - this.lastSequenceSeen);
    this.lastSequenceSeen = replayFrom - 1;
    this.state = 'live';
    this.everLive = true;
    const resent = this.resendFrom(expected);
    this.listener.onLive({
      epoch: this.epoch,
      ackLevel: view.getUint8(at + LoginAccepted.ackLevel),
      administrator: view.getUint8(at + LoginAccepted.role) === 1,
      ordersPerSecond: view.getUint32(at + LoginAccepted.ordersPerSecond, true),
      cancelOnDisconnect: view.getUint8(at + LoginAccepted.cancelOnDisconnect) === 1,
      graceMs: view.getUint32(at + LoginAccepted.graceMs, true),
      journalSequence: readWideAt(view, at + LoginAccepted.journalSequence),
      nodeTimeMicros: readWideAt(view, at + LoginAccepted.nodeTimeMicros),
      lostMessages,
      resent,
      regressed,
    });
  }

  /** Sends what the node has not taken, from `expected` on; answered messages are skipped with a gap fill. */
  private resendFrom(expected: number): number {
    const sent = this.sent;
    this.unsentStart = this.unsentEnd = sent.end;
    if (expected > sent.next) {
      sent.continueAt(expected);
      return 0;
    }
    let resent = 0;
    let nodeExpects = expected;
    for (let sequence = Math.max(expected, sent.oldest); sequence < sent.next; sequence++) {
      if (sent.isAnswered(sequence)) continue;
      if (sequence > nodeExpects) this.fillGap(sequence);
      const start = sent.startOf(sequence);
      this.transmit(sent.bytes, start, start + sent.byteLengthOf(sequence));
      nodeExpects = sequence + 1;
      resent++;
    }
    if (nodeExpects < sent.next) this.fillGap(sent.next);
    return resent;
  }

  private fillGap(nextSequence: number): void {
    writeFrameHeader(this.scratchView, 0, GAP_FILL_BYTES, FrameType.gapFill, 0, 0);
    this.scratchView.setUint32(GapFill.nextSequence, nextSequence, true);
    this.scratchView.setUint32(GapFill.reserved, 0, true);
    this.transmit(this.scratch, 0, GAP_FILL_BYTES);
  }

  private onCounted(type: number, view: DataView, at: number, byteLength: number): boolean {
    const sequence = view.getUint32(at + FrameHeader.sequence, true);
    if (sequence <= this.lastSequenceSeen) return true;
    if (sequence !== this.lastSequenceSeen + 1) return this.end(SessionCode.sequenceGap);
    this.lastSequenceSeen = sequence;
    const answers = answeredSequence(view, at);
    if (answers !== 0) this.sent.markAnswered(answers);
    this.listener.onReport(type, view.getUint8(at + FrameHeader.flags), view, at, byteLength);
    return true;
  }

  private onRejectFrame(view: DataView, at: number): boolean {
    const refusedType = view.getUint8(at + Reject.refusedType);
    const refusedSequence = view.getUint32(at + Reject.refusedSequence, true);
    const code = view.getUint32(at + Reject.code, true);
    if (refusedType < FrameType.login && code !== SessionCode.alreadySeen) this.sent.markAnswered(refusedSequence);
    this.listener.onReject(
      code,
      refusedType,
      refusedSequence,
      readWideAt(view, at + Reject.limit),
      readWideAt(view, at + Reject.value),
      readWideAt(view, at + Reject.used),
    );
    return true;
  }

  private end(code: number): boolean {
    this.state = 'ended';
    this.listener.onLogout(code);
    return false;
  }
}

/** Sequence number of the client's message that a counted report answers; 0 for none. */
export function answeredSequence(view: DataView, at: number): number {
  const kind = view.getUint8(at + EVENT_AT);
  if (kind === EventKind.execution) return view.getUint32(at + EVENT_AT + Execution.clientSequence * 4, true);
  if (kind === EventKind.accepted) return view.getUint32(at + EVENT_AT + Accepted.clientSequence * 4, true);
  if (kind === EventKind.refused) return view.getUint32(at + EVENT_AT + Refused.clientSequence * 4, true);
  return 0;
}

/** True when the report is the last one about the command it answers. */
export function isFinal(flags: number): boolean {
  return (flags & FrameFlag.final) !== 0;
}
