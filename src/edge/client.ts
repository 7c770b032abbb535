/**
 * A client of a node's order entry over TCP: connects, logs in, keeps the session alive, connects again when it breaks
 * and resumes where it was. The protocol itself is in `wire/order-entry/client-session.ts`.
 * Used by the platform process, the benchmarks and the tests alike.
 */
import { sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Clock } from '#kit/clock.ts';
import { CodedError } from '#kit/errors.ts';
import { describeSessionCode, SessionCode } from '#wire/order-entry/codes.ts';
import { ClientSession } from '#wire/order-entry/client-session.ts';
import { FrameType } from '#wire/order-entry/frame.ts';
import type { ClientListener, LoginReceipt } from '#wire/order-entry/client-session.ts';
import { openConnection } from './client-socket.ts';
import type { Endpoint } from './client-socket.ts';
import { decodeMember } from './member-state.ts';
import type { Connection, ConnectionHandler } from './connection.ts';
import { EDGE_ERRORS } from './errors.ts';

export interface OrderEntryClientOptions {
  /** Where the nodes of the shard are, tried in turn; a node that does not lead names the one that does. */
  readonly endpoints: readonly Endpoint[];
  readonly session: number;
  /** The session's private Ed25519 key. */
  readonly privateKey: KeyObject;
  readonly clock: Clock;
  /** Longest silence, 1 to 60 seconds. @default 10 */
  readonly heartbeatSeconds?: number;
  /** See ClientSessionOptions. */
  readonly waitingMessagesMax?: number;
  readonly waitingBytesMax?: number;
  readonly skipReplay?: boolean;
  /** Connects again after a lost connection. @default true */
  readonly reconnect?: boolean;
}

/** What an owner wants to hear; every part may be left out. */
export interface OrderEntryEvents {
  /** Logged in, at first and after each reconnection. */
  readonly onLive?: (receipt: LoginReceipt) => void;
  /** See ClientListener; the view is valid during the call. */
  readonly onReport?: ClientListener['onReport'];
  readonly onReject?: ClientListener['onReject'];
  readonly onFrame?: ClientListener['onFrame'];
  /** The connection was lost; `code` is a SessionCode when the node said why. */
  readonly onDown?: (code: number | undefined) => void;
}

/** How often a client looks after its heartbeats, as a share of their interval. */
const TICKS_PER_HEARTBEAT = 8;
const HEARTBEAT_SECONDS = 10;
const RECONNECT_MS_MIN = 50;
const RECONNECT_MS_MAX = 2000;
/** With several endpoints somebody else may lead already: between two attempts, for one, and for an answer, at most. */
const MOVE_MS_MAX = 200;
const ATTEMPT_MS_MAX = 1000;
const SILENCE_MS_MAX = 1000;
const WATCH_MS = 250;
/** How long a client waits at the door of a node that is about to lead. */
const HEADING_MS_MAX = 2000;
/** Refusals that another attempt would only repeat. */
const FATAL_CODES = new Set<number>([
  SessionCode.loginRefused,
  SessionCode.sessionDisabled,
  SessionCode.versionUnsupported,
  SessionCode.ackLevelUnavailable,
  SessionCode.takenOver,
  SessionCode.sequenceExhausted,
]);

export class OrderEntryClient implements ClientListener, ConnectionHandler {
  readonly session: ClientSession;
  private readonly options: OrderEntryClientOptions;
  private readonly events: OrderEntryEvents;
  private connection: Connection | undefined;
  private endpoint = 0;
  private reconnectMs = RECONNECT_MS_MIN;
  private attemptEndsMicros = Infinity;
  /** Until then it keeps to the node that the old leader handed over to. */
  private headingUntilMicros = 0;
  private timer: NodeJS.Timeout | undefined;
  private retry: NodeJS.Timeout | undefined;
  private closing = false;
  private lastCode: number | undefined;
  private flushScheduled = false;
  private onceClosed: () => void = () => undefined;
  private firstLive: { resolve: (receipt: LoginReceipt) => void; reject: (reason: Error) => void } | undefined;

  constructor(options: OrderEntryClientOptions, events: OrderEntryEvents = {}) {
    this.options = options;
    this.events = events;
    const { privateKey } = options;
    this.session = new ClientSession({ ...options, sign: (message) => sign(null, message, privateKey) }, this);
  }

  /** True while commands go out at once. */
  get isLive(): boolean {
    return this.session.state === 'live';
  }

  /**
   * Connects and logs in; keeps trying until it succeeds, unless `reconnect` is false.
   * Rejects with EDGE_LOGIN_REFUSED or EDGE_NOT_CONNECTED.
   */
  async connect(): Promise<LoginReceipt> {
    const heartbeatMs = (this.options.heartbeatSeconds ?? HEARTBEAT_SECONDS) * 1000;
    this.timer = setInterval(() => this.tick(), Math.min(heartbeatMs / TICKS_PER_HEARTBEAT, WATCH_MS));
    this.timer.unref();
    return new Promise((resolve, reject) => {
      this.firstLive = { resolve, reject };
      this.open();
    });
  }

  /**
   * Takes the command at `at` of `words` (kind and length must be set; session and time are the node's) and sends it
   * when the present turn ends, or at `flush`. Returns its sequence number, or 0 when too much is unanswered.
   */
  submit(words: Int32Array, at: number): number {
    const sequence = this.session.submit(words, at);
    if (sequence !== 0 && !this.flushScheduled) {
      this.flushScheduled = true;
      setImmediate(this.scheduledFlush);
    }
    return sequence;
  }

  /** As `submit`, but the caller calls `flush` itself. */
  submitLater(words: Int32Array, at: number): number {
    return this.session.submit(words, at);
  }

  /** Sends what was submitted. */
  flush(): void {
    this.session.flush();
  }

  /** Logs out and closes. */
  async close(): Promise<void> {
    this.closing = true;
    clearInterval(this.timer);
    clearTimeout(this.retry);
    this.session.logout();
    const { connection } = this;
    if (connection === undefined) return;
    await new Promise<void>((resolve) => {
      this.onceClosed = resolve;
      connection.end();
    });
  }

  /** Breaks the connection without a word, as a network would; the client then connects again. */
  breakConnection(): void {
    this.connection?.destroy();
  }

  private readonly scheduledFlush = (): void => {
    this.flushScheduled = false;
    this.session.flush();
  };

  private open(): void {
    const { endpoints, clock } = this.options;
    const endpoint = endpoints[this.endpoint % endpoints.length];
    this.lastCode = undefined;
    if (this.canMove) this.attemptEndsMicros = clock.nowMicros() + ATTEMPT_MS_MAX * 1000;
    const connection = openConnection(endpoint, this, () => {
      this.session.connected((bytes, start, end) => connection.write(bytes, start, end), clock.nowMicros());
    });
    this.connection = connection;
  }

  private get canMove(): boolean {
    return this.options.endpoints.length > 1;
  }

  private get isHeading(): boolean {
    return this.options.clock.nowMicros() < this.headingUntilMicros;
  }

  private tick(): void {
    const nowMicros = this.options.clock.nowMicros();
    if (this.canMove && this.isStuck(nowMicros)) this.connection?.destroy();
    if (this.session.state === 'disconnected') return;
    if (!this.session.tick(nowMicros)) this.connection?.destroy();
  }

  /** The present node may be stopped without being gone: its kernel still takes connections and bytes. */
  private isStuck(nowMicros: number): boolean {
    return nowMicros > this.attemptEndsMicros || this.session.isUnanswered(nowMicros, SILENCE_MS_MAX);
  }

  /** A node that does not lead says who does: goes there next, where that is one of the endpoints. */
  private noteLeader(address: string): void {
    const { endpoints } = this.options;
    if (this.isHeading) return;
    const index = endpoints.findIndex(({ host, port }) => `${host}:${port}` === address);
    if (index < 0 || index === this.endpoint % endpoints.length) return;
    // The end of this connection adds one.
    this.endpoint = index + endpoints.length - 1;
    this.reconnectMs = RECONNECT_MS_MIN;
  }

  onBytes(bytes: Uint8Array, view: DataView, end: number): void {
    this.session.receive(bytes, view, end, this.options.clock.nowMicros());
  }

  onDrained(): void {
    // The session keeps what is unanswered; there is nothing to resume.
  }

  onOverfull(): void {
    this.connection?.destroy();
  }

  onClosed(): void {
    this.connection = undefined;
    this.session.disconnected();
    this.onceClosed();
    this.events.onDown?.(this.lastCode);
    const fatal = this.lastCode !== undefined && FATAL_CODES.has(this.lastCode);
    if (this.closing || fatal || this.options.reconnect === false) {
      clearInterval(this.timer);
      this.failFirst();
      return;
    }
    this.attemptEndsMicros = Infinity;
    if (this.lastCode === SessionCode.handedOver || !this.isHeading) this.endpoint++;
    else this.reconnectMs = RECONNECT_MS_MIN;
    this.retry = setTimeout(() => this.open(), this.reconnectMs);
    this.reconnectMs = Math.min(this.canMove ? MOVE_MS_MAX : RECONNECT_MS_MAX, this.reconnectMs * 2);
  }

  private failFirst(): void {
    const code = this.lastCode;
    const error =
      code === undefined
        ? new CodedError(EDGE_ERRORS.EDGE_NOT_CONNECTED)
        : new CodedError(EDGE_ERRORS.EDGE_LOGIN_REFUSED, `${code}: ${describeSessionCode(code).text}`);
    this.firstLive?.reject(error);
    this.firstLive = undefined;
  }

  onLive(receipt: LoginReceipt): void {
    this.reconnectMs = RECONNECT_MS_MIN;
    this.attemptEndsMicros = Infinity;
    this.headingUntilMicros = 0;
    this.events.onLive?.(receipt);
    this.firstLive?.resolve(receipt);
    this.firstLive = undefined;
  }

  onReport(type: number, flags: number, view: DataView, at: number, byteLength: number): void {
    this.events.onReport?.(type, flags, view, at, byteLength);
  }

  onReject(
    code: number,
    refusedType: number,
    refusedSequence: number,
    limit: number,
    value: number,
    used: number,
  ): void {
    this.events.onReject?.(code, refusedType, refusedSequence, limit, value, used);
  }

  onFrame(type: number, view: DataView, at: number, byteLength: number): void {
    if (type === FrameType.memberState) this.noteLeader(decodeMember(view, at).leaderAddress);
    else this.events.onFrame?.(type, view, at, byteLength);
  }

  onLogout(code: number): void {
    this.lastCode = code;
    if (code === SessionCode.handedOver) {
      this.headingUntilMicros = this.options.clock.nowMicros() + HEADING_MS_MAX * 1000;
      this.reconnectMs = RECONNECT_MS_MIN;
    }
    this.connection?.end();
  }
}
