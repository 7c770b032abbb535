/**
 * Questions and answers over an order-entry client: a command's reports as one promise, order states, and the
 * administrator's requests. For callers that wait (the HTTP API, tools); the order path of an algorithm uses the client.
 */
import { CodedError } from '#kit/errors.ts';
import { describeSessionCode } from '#wire/order-entry/codes.ts';
import { FrameType, readWideAt, writeFrameHeader } from '#wire/order-entry/frame.ts';
import { answeredSequence, isFinal } from '#wire/order-entry/client-session.ts';
import type { LoginReceipt } from '#wire/order-entry/client-session.ts';
import {
  EVENT_AT,
  MASS_STATUS_REQUEST_BYTES,
  METRICS_SUBSCRIBE_BYTES,
  MassStatusEnd,
  MassStatusRequest,
  Metrics,
  MetricsSubscribe,
  ORDER_STATUS_REQUEST_BYTES,
  OrderStatusRequest,
  PLAIN_REQUEST_BYTES,
  PlainRequest,
  SESSION_DROP_BYTES,
  SessionDrop,
  SessionList,
  Stamps,
} from '#wire/order-entry/messages.ts';
import { Execution } from '#trading/events.ts';
import { OrderEntryClient } from './client.ts';
import type { OrderEntryClientOptions } from './client.ts';
import { EDGE_ERRORS } from './errors.ts';
import { readNodeState, readSessions } from './node-answers.ts';
import type { LiveSession, NodeState } from './node-answers.ts';

/** What a command led to, as far as the asker is told. */
export interface CommandAnswer {
  /** Position of the command in the journal, 0 when it was refused before. */
  readonly journalSequence: number;
  /** When it was sequenced, microseconds since the epoch; 0 when it was refused before. */
  readonly timeMicros: number;
  /** The words of each event (src/trading/events.ts), in order. */
  readonly events: readonly Int32Array[];
  /** Set when the node refused the message before the engine saw it. */
  readonly reject: GatewayReject | undefined;
}

export interface GatewayReject {
  /** A SessionCode. */
  readonly code: number;
  readonly limit: number;
  readonly value: number;
  readonly used: number;
}

/** How an order is named: by OrderID, or by ClOrdID where `generation` is 0. */
export interface OrderName {
  readonly account: number;
  readonly slot?: number;
  readonly generation?: number;
  readonly clOrdIdLow?: number;
  readonly clOrdIdHigh?: number;
}

/** What is told without being asked for. */
export interface RequestEvents {
  readonly onLive?: (receipt: LoginReceipt) => void;
  readonly onDown?: (code: number | undefined) => void;
  /** Reports about this session's orders that answer nothing this client asked: fills, expiries, kills. */
  readonly onUnasked?: (type: number, words: Int32Array, journalSequence: number, timeMicros: number) => void;
  /** The node's metrics, see the registry's importSlots; only after `subscribeMetrics`. */
  readonly onMetrics?: (slots: Float64Array) => void;
}

interface Pending {
  readonly sequence: number;
  readonly events: Int32Array[];
  readonly resolve: (answer: CommandAnswer) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}
interface PendingRequest {
  readonly frames: Uint8Array[];
  readonly isLast: (type: number, view: DataView) => boolean;
  readonly resolve: (frames: Uint8Array[]) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

const TIMEOUT_MS = 5000;
/** Requests whose answer is awaited at once. */
const PENDING_MAX = 4096;

export class RequestClient {
  readonly client: OrderEntryClient;
  private readonly events: RequestEvents;
  private readonly commands = new Map<number, Pending>();
  private readonly requests = new Map<number, PendingRequest>();
  private nextRequest = 1;
  private metrics = new Float64Array(0);
  /** The command whose reports are coming in, and where it stands in the journal: its later reports name no asker. */
  private open: Pending | undefined;
  private openSequence = 0;

  constructor(options: OrderEntryClientOptions, events: RequestEvents = {}) {
    this.events = events;
    this.client = new OrderEntryClient(options, {
      onLive: (receipt) => events.onLive?.(receipt),
      onDown: (code) => this.onDown(code),
      onReport: (type, flags, view, at, byteLength) => this.onReport(type, flags, view, at, byteLength),
      onReject: (code, type, sequence, limit, value, used) =>
        this.onReject(type, sequence, { code, limit, value, used }),
      onFrame: (type, view, at, byteLength) => this.onFrame(type, view, at, byteLength),
    });
  }

  /** See OrderEntryClient.connect. */
  async connect(): Promise<LoginReceipt> {
    return this.client.connect();
  }
  async close(): Promise<void> {
    await this.client.close();
    this.failAll(new CodedError(EDGE_ERRORS.EDGE_NOT_CONNECTED));
  }

  /**
   * Sends the command in `words` and gathers what it led to. Rejects with EDGE_NOT_CONNECTED, EDGE_WINDOW_FULL or
   * EDGE_REQUEST_TIMEOUT; a command that timed out may still have been carried out.
   */
  async command(words: Int32Array, timeoutMs = TIMEOUT_MS): Promise<CommandAnswer> {
    if (!this.client.isLive) throw new CodedError(EDGE_ERRORS.EDGE_NOT_CONNECTED);
    if (this.commands.size >= PENDING_MAX) throw new CodedError(EDGE_ERRORS.EDGE_WINDOW_FULL);
    const sequence = this.client.submit(words, 0);
    if (sequence === 0) throw new CodedError(EDGE_ERRORS.EDGE_WINDOW_FULL);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.commands.delete(sequence);
        reject(new CodedError(EDGE_ERRORS.EDGE_REQUEST_TIMEOUT, `${timeoutMs} ms`));
      }, timeoutMs);
      this.commands.set(sequence, { sequence, events: [], resolve, reject, timer });
    });
  }

  /** The state of one order, as Execution words; OrdStatus rejected with a reason where there is none. */
  async orderStatus(name: OrderName): Promise<Int32Array> {
    const [frame] = await this.request(FrameType.orderStatusRequest, ORDER_STATUS_REQUEST_BYTES, isFirst, (view) => {
      view.setInt32(OrderStatusRequest.account, name.account, true);
      view.setInt32(OrderStatusRequest.orderSlot, name.slot ?? 0, true);
      view.setInt32(OrderStatusRequest.orderGeneration, name.generation ?? 0, true);
      view.setInt32(OrderStatusRequest.clOrdIdLow, name.clOrdIdLow ?? 0, true);
      view.setInt32(OrderStatusRequest.clOrdIdHigh, name.clOrdIdHigh ?? 0, true);
    });
    return eventWords(viewOf(frame), 0);
  }

  /** All live orders of an account (and instrument, or -1), as Execution words. */
  async liveOrders(account: number, instrument = -1): Promise<Int32Array[]> {
    const orders: Int32Array[] = [];
    for (let afterSlot = -1; ;) {
      const frames = await this.request(FrameType.massStatusRequest, MASS_STATUS_REQUEST_BYTES, isPageEnd, (view) => {
        view.setInt32(MassStatusRequest.account, account, true);
        view.setInt32(MassStatusRequest.instrument, instrument, true);
        view.setInt32(MassStatusRequest.afterSlot, afterSlot, true);
      });
      for (const frame of frames.slice(0, -1)) orders.push(eventWords(viewOf(frame), 0));
      const end = viewOf(frames[frames.length - 1]);
      afterSlot = end.getInt32(MassStatusEnd.nextSlot, true);
      if (afterSlot < 0) return orders;
    }
  }

  /** Administrators only, as all that follow: what the node says of itself. */
  async nodeState(): Promise<NodeState> {
    const [frame] = await this.plain(FrameType.nodeStatusRequest, isFirst);
    return readNodeState(viewOf(frame));
  }

  /** Takes a snapshot now and returns the node's state after it. */
  async takeSnapshot(timeoutMs = 60_000): Promise<NodeState> {
    const [frame] = await this.plain(FrameType.snapshotRequest, isFirst, timeoutMs);
    return readNodeState(viewOf(frame));
  }

  async liveSessions(): Promise<LiveSession[]> {
    const frames = await this.plain(FrameType.sessionListRequest, isLastList);
    return frames.flatMap((frame) => readSessions(viewOf(frame)));
  }

  /** Ends the connection of a session, if it has one. */
  dropSession(session: number): void {
    const view = this.frame(FrameType.sessionDrop, SESSION_DROP_BYTES);
    view.setUint32(SessionDrop.session, session, true);
    this.client.session.sendFrame(bytesOf(view));
  }

  /** Asks for the node's metrics every so often; 0 stops it. To be asked again after each login. */
  subscribeMetrics(intervalMs: number): void {
    const view = this.frame(FrameType.metricsSubscribe, METRICS_SUBSCRIBE_BYTES);
    view.setUint32(MetricsSubscribe.intervalMs, intervalMs, true);
    this.client.session.sendFrame(bytesOf(view));
  }

  private frame(type: number, byteLength: number): DataView {
    const view = new DataView(new ArrayBuffer(byteLength));
    writeFrameHeader(view, 0, byteLength, type, 0, 0);
    return view;
  }

  private async plain(type: number, isLast: PendingRequest['isLast'], timeoutMs = TIMEOUT_MS): Promise<Uint8Array[]> {
    return this.request(type, PLAIN_REQUEST_BYTES, isLast, () => undefined, timeoutMs);
  }

  private async request(
    type: number,
    byteLength: number,
    isLast: PendingRequest['isLast'],
    fill: (view: DataView) => void,
    timeoutMs = TIMEOUT_MS,
  ): Promise<Uint8Array[]> {
    if (this.requests.size >= PENDING_MAX) throw new CodedError(EDGE_ERRORS.EDGE_WINDOW_FULL);
    const view = this.frame(type, byteLength);
    const requestId = this.nextRequest;
    this.nextRequest = (this.nextRequest % 0x7fff_fff0) + 1;
    view.setUint32(PlainRequest.requestId, requestId, true);
    fill(view);
    if (!this.client.session.sendFrame(bytesOf(view))) throw new CodedError(EDGE_ERRORS.EDGE_NOT_CONNECTED);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.requests.delete(requestId);
        reject(new CodedError(EDGE_ERRORS.EDGE_REQUEST_TIMEOUT, `${timeoutMs} ms`));
      }, timeoutMs);
      this.requests.set(requestId, { frames: [], isLast, resolve, reject, timer });
    });
  }

  private onReport(type: number, flags: number, view: DataView, at: number, byteLength: number): void {
    if (type === FrameType.orderStatus) {
      const requestId = view.getUint32(at + EVENT_AT + Execution.clientSequence * 4, true);
      this.onAnswer(requestId, type, view, at, byteLength);
      return;
    }
    const words = eventWords(view, at);
    const journalSequence = readWideAt(view, at + Stamps.journalSequence);
    const timeMicros = readWideAt(view, at + Stamps.timeMicros);
    const answers = answeredSequence(view, at);
    const open = this.commands.get(answers) ?? this.sameCommand(journalSequence);
    if (open === undefined) {
      this.events.onUnasked?.(type, words, journalSequence, timeMicros);
      return;
    }
    open.events.push(words);
    this.openSequence = journalSequence;
    this.open = open;
    if (!isFinal(flags)) return;
    this.settle(open, { journalSequence, timeMicros, events: open.events, reject: undefined });
  }

  private sameCommand(journalSequence: number): Pending | undefined {
    return journalSequence === this.openSequence ? this.open : undefined;
  }

  private settle(pending: Pending, answer: CommandAnswer): void {
    clearTimeout(pending.timer);
    this.commands.delete(pending.sequence);
    this.open = undefined;
    pending.resolve(answer);
  }

  private onReject(type: number, sequence: number, reject: GatewayReject): void {
    if (type < FrameType.login) {
      const pending = this.commands.get(sequence);
      if (pending !== undefined) this.settle(pending, { journalSequence: 0, timeMicros: 0, events: [], reject });
      return;
    }
    const request = this.requests.get(sequence);
    this.requests.delete(sequence);
    clearTimeout(request?.timer);
    const { name, text } = describeSessionCode(reject.code);
    request?.reject(new CodedError(EDGE_ERRORS.EDGE_REQUEST_REFUSED, `${name}: ${text}`));
  }

  private onFrame(type: number, view: DataView, at: number, byteLength: number): void {
    if (type === FrameType.metrics) this.onMetrics(view, at);
    else this.onAnswer(view.getUint32(at + PlainRequest.requestId, true), type, view, at, byteLength);
  }

  private onAnswer(requestId: number, type: number, view: DataView, at: number, byteLength: number): void {
    const pending = this.requests.get(requestId);
    if (pending === undefined) return;
    const frame = new Uint8Array(view.buffer, view.byteOffset + at, byteLength).slice();
    pending.frames.push(frame);
    if (!pending.isLast(type, viewOf(frame))) return;
    clearTimeout(pending.timer);
    this.requests.delete(requestId);
    pending.resolve(pending.frames);
  }

  private onMetrics(view: DataView, at: number): void {
    const first = view.getUint32(at + Metrics.firstSlot, true);
    const count = view.getUint32(at + Metrics.count, true);
    const total = view.getUint32(at + Metrics.totalSlots, true);
    if (this.metrics.length !== total) this.metrics = new Float64Array(total);
    for (let slot = 0; slot < count; slot++) {
      this.metrics[first + slot] = view.getFloat64(at + Metrics.slots + slot * 8, true);
    }
    if (first + count === total) this.events.onMetrics?.(this.metrics);
  }

  private onDown(code: number | undefined): void {
    // Commands are sent again at the next login; requests are not.
    for (const pending of this.requests.values()) {
      clearTimeout(pending.timer);
      pending.reject(new CodedError(EDGE_ERRORS.EDGE_NOT_CONNECTED));
    }
    this.requests.clear();
    this.events.onDown?.(code);
  }

  private failAll(error: Error): void {
    for (const pending of [...this.commands.values(), ...this.requests.values()]) {
      clearTimeout(pending.timer);
      pending.reject(error);
    }
    this.commands.clear();
    this.requests.clear();
  }
}

function isFirst(): boolean {
  return true;
}
function isPageEnd(type: number): boolean {
  return type === FrameType.massStatusEnd;
}
function isLastList(_type: number, view: DataView): boolean {
  return view.getUint32(SessionList.remaining, true) === 0;
}
function viewOf(frame: Uint8Array): DataView {
  return new DataView(frame.buffer, frame.byteOffset, frame.length);
}
function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
function eventWords(view: DataView, at: number): Int32Array {
  const length = view.getInt32(at + EVENT_AT, true) >>> 16;
  const words = new Int32Array(length);
  for (let word = 0; word < length; word++) words[word] = view.getInt32(at + EVENT_AT + word * 4, true);
  return words;
}
