/**
 * Requests that change no order: the state of orders for those who trade them; metrics, sessions, state and snapshots
 * of the node for administrators. Order states are read at the end of a turn, when everything carried out is in the
 * journal, and leave only once that holds at the asker's ack level.
 */
import type { Clock } from '#kit/clock.ts';
import type { Leadership } from '#kit/ports/journal.ts';
import { AckLevel } from '#kit/ports/journal.ts';
import { EXECUTION_WORDS, Execution } from '#trading/events.ts';
import { SessionCode } from '#wire/order-entry/codes.ts';
import { FrameType, writeFrameHeader, writeWideAt } from '#wire/order-entry/frame.ts';
import {
  EVENT_AT,
  MASS_STATUS_END_BYTES,
  MASS_STATUS_REQUEST_BYTES,
  METRICS_HEAD_BYTES,
  METRICS_SLOTS_MAX,
  METRICS_SUBSCRIBE_BYTES,
  MassStatusEnd,
  Metrics,
  MetricsSubscribe,
  NODE_STATUS_BYTES,
  NodeStatus,
  ORDER_STATUS_REQUEST_BYTES,
  OrderStatusRequest,
  PLAIN_REQUEST_BYTES,
  PlainRequest,
  SESSION_DROP_BYTES,
  SESSION_ENTRIES_MAX,
  SESSION_ENTRY_BYTES,
  SESSION_LIST_HEAD_BYTES,
  SessionDrop,
  SessionEntry,
  SessionList,
  Stamps,
} from '#wire/order-entry/messages.ts';
import type { SessionOrders } from './graces.ts';
import type { Asker, RequestHost } from './hosts.ts';
import { NodeClass } from './loop.ts';
import type { Outbox } from './outbox.ts';
import type { Replies } from './replies.ts';
import type { Sequencer } from './sequencer.ts';

/** What is read from the engine; all of it between two commands. */
export interface NodeReads extends SessionOrders {
  /** One past the highest session id that may trade. */
  readonly sessionCapacity: number;
  /** Participant of an account, -1 where there is no such account. */
  participantOf(account: number): number;
  /**
   * Writes the state of an order as Execution words to `into`: by slot and generation, or by ClOrdID where the
   * generation is 0. Where there is none, OrdStatus is rejected and the reason says why.
   */
  orderStatus(
    account: number,
    slot: number,
    generation: number,
    clOrdIdLow: number,
    clOrdIdHigh: number,
    into: Int32Array,
  ): void;
  /** One past the highest slot an order may have. */
  readonly slotsEnd: number;
  /** Slot of the first live order of an account (and instrument, or -1) in slots [fromSlot, endSlot), or -1. */
  nextLiveOrder(account: number, instrument: number, fromSlot: number, endSlot: number): number;
  /** Writes a live order's state as Execution words to `into`. */
  liveOrder(slot: number, into: Int32Array): void;
}

/** What is told about the node itself. */
export interface NodeFacts {
  readonly nodeClass: NodeClass;
  readonly startedMicros: number;
  /** Sequence of the newest stored snapshot, 0 where there is none. */
  snapshotSequence(): number;
  /** Stores a snapshot of the present state. Rejects with a coded error. */
  takeSnapshot(): Promise<void>;
  /** All metrics of this process, see the registry. */
  exportSlots(): Float64Array;
}

interface RequestParts {
  readonly clock: Clock;
  readonly sequencer: Sequencer;
  readonly outbox: Outbox;
  readonly leadership: Leadership;
  readonly reads: NodeReads;
  readonly facts: NodeFacts;
}

interface WaitingQuery {
  readonly link: Asker;
  readonly type: number;
  readonly requestId: number;
  readonly account: number;
  /** The request's remaining words. */
  readonly words: readonly number[];
}

/** Unanswered queries, over all sessions. */
const QUERIES_MAX = 1024;
/** Orders in one page of a mass status, and slots looked through for it: about 50 µs of work. */
const PAGE_ORDERS_MAX = 256;
const PAGE_SLOTS_MAX = 16_384;
/** Pages answered in one turn; the others wait for the next. */
const PAGES_PER_TURN_MAX = 2;
const ORDER_STATUS_BYTES = EVENT_AT + EXECUTION_WORDS * 4;
const METRICS_INTERVAL_MS_MIN = 100;

const REQUEST_BYTES: Readonly<Record<number, number>> = {
  [FrameType.orderStatusRequest]: ORDER_STATUS_REQUEST_BYTES,
  [FrameType.massStatusRequest]: MASS_STATUS_REQUEST_BYTES,
  [FrameType.metricsSubscribe]: METRICS_SUBSCRIBE_BYTES,
  [FrameType.nodeStatusRequest]: PLAIN_REQUEST_BYTES,
  [FrameType.sessionListRequest]: PLAIN_REQUEST_BYTES,
  [FrameType.sessionDrop]: SESSION_DROP_BYTES,
  [FrameType.snapshotRequest]: PLAIN_REQUEST_BYTES,
};

export class Requests {
  private readonly gateway: RequestHost;
  private readonly parts: RequestParts;
  private readonly replies: Replies;
  private readonly queries: WaitingQuery[] = [];
  private readonly subscribers = new Set<Asker>();
  private readonly execution = new Int32Array(EXECUTION_WORDS);

  constructor(gateway: RequestHost, parts: RequestParts, replies: Replies) {
    this.gateway = gateway;
    this.parts = parts;
    this.replies = replies;
  }

  /** Queries that the end of the turn answers. */
  get waiting(): number {
    return this.queries.length;
  }

  /** Takes a request of a live link. Returns 0, or the code that ends the connection. */
  enter(link: Asker, type: number, view: DataView, at: number, byteLength: number): number {
    const expectedBytes = REQUEST_BYTES[type];
    if (expectedBytes === undefined) return SessionCode.unknownType;
    if (byteLength !== expectedBytes) return SessionCode.malformedFrame;
    if (type === FrameType.orderStatusRequest || type === FrameType.massStatusRequest) {
      this.enterQuery(link, type, view, at);
      return 0;
    }
    const requestId = view.getUint32(at + PlainRequest.requestId, true);
    if (link.administrator) this.administer(link, type, view, at, requestId);
    else this.gateway.reject(link, SessionCode.roleNotAllowed, type, requestId);
    return 0;
  }

  private enterQuery(link: Asker, type: number, view: DataView, at: number): void {
    const requestId = view.getUint32(at + OrderStatusRequest.requestId, true);
    const account = view.getInt32(at + OrderStatusRequest.account, true);
    if (!link.administrator && !link.mayUse(account)) {
      this.gateway.reject(link, SessionCode.accountNotAllowed, type, requestId);
    } else if (this.queries.length >= QUERIES_MAX) {
      this.gateway.reject(link, SessionCode.tooManyQueries, type, requestId);
    } else {
      const count = ((REQUEST_BYTES[type] ?? 0) - OrderStatusRequest.orderSlot) >> 2;
      const words = Array.from({ length: count }, (_, index) => view.getInt32(at + 16 + index * 4, true));
      this.queries.push({ link, type, requestId, account, words });
    }
  }

  private administer(link: Asker, type: number, view: DataView, at: number, requestId: number): void {
    switch (type) {
      case FrameType.metricsSubscribe: {
        const intervalMs = view.getUint32(at + MetricsSubscribe.intervalMs, true);
        link.metricsIntervalMs = intervalMs === 0 ? 0 : Math.max(METRICS_INTERVAL_MS_MIN, intervalMs);
        link.metricsDueNanos = 0;
        if (intervalMs === 0) this.subscribers.delete(link);
        else this.subscribers.add(link);
        return;
      }
      case FrameType.nodeStatusRequest:
        this.sendStatus(link, requestId);
        return;
      case FrameType.sessionListRequest:
        this.sendSessions(link, requestId);
        return;
      case FrameType.sessionDrop:
        this.gateway.drop(view.getUint32(at + SessionDrop.session, true), SessionCode.droppedByOperator);
        return;
      default:
        this.parts.facts.takeSnapshot().then(
          () => this.sendStatus(link, requestId),
          () => {
            this.gateway.reject(link, SessionCode.storageUnavailable, type, requestId);
            this.replies.flush();
          },
        );
    }
  }

  /** Answers the turn's queries; `open` tells whether everything carried out is in the journal. */
  answer(open: boolean): void {
    let pages = 0;
    let answered = 0;
    for (const query of this.queries) {
      if (query.type === FrameType.massStatusRequest && ++pages > PAGES_PER_TURN_MAX) break;
      answered++;
      if (query.link.state !== 'live') continue;
      if (!open) this.gateway.reject(query.link, SessionCode.storageUnavailable, query.type, query.requestId);
      else if (query.type === FrameType.orderStatusRequest) this.answerOrder(query);
      else this.answerPage(query);
    }
    this.queries.splice(0, answered);
    this.replies.flush();
  }

  private answerOrder({ link, account, requestId, words }: WaitingQuery): void {
    const [slot, generation, clOrdIdLow, clOrdIdHigh] = words;
    this.parts.reads.orderStatus(account, slot, generation, clOrdIdLow, clOrdIdHigh, this.execution);
    this.sendExecution(link, requestId);
  }

  private answerPage({ link, account, requestId, words }: WaitingQuery): void {
    const [instrument, afterSlot] = words;
    const { reads, outbox, sequencer } = this.parts;
    let next = Math.max(0, afterSlot + 1);
    const pageEnd = Math.min(reads.slotsEnd, next + PAGE_SLOTS_MAX);
    let count = 0;
    while (count < PAGE_ORDERS_MAX && next < pageEnd) {
      const slot = reads.nextLiveOrder(account, instrument, next, pageEnd);
      next = slot < 0 ? pageEnd : slot + 1;
      if (slot < 0) break;
      reads.liveOrder(slot, this.execution);
      this.sendExecution(link, requestId);
      count++;
    }
    const at = outbox.reserve(link.session, MASS_STATUS_END_BYTES, sequencer.lastSequence);
    outbox.bytes.fill(0, at, at + MASS_STATUS_END_BYTES);
    writeFrameHeader(outbox.view, at, MASS_STATUS_END_BYTES, FrameType.massStatusEnd, 0, 0);
    outbox.view.setUint32(at + MassStatusEnd.requestId, requestId, true);
    outbox.view.setUint32(at + MassStatusEnd.count, count, true);
    outbox.view.setInt32(at + MassStatusEnd.nextSlot, next < reads.slotsEnd ? next - 1 : -1, true);
  }

  private sendExecution(link: Asker, requestId: number): void {
    const { outbox, sequencer } = this.parts;
    const at = outbox.reserve(link.session, ORDER_STATUS_BYTES, sequencer.lastSequence);
    const { view } = outbox;
    writeFrameHeader(view, at, ORDER_STATUS_BYTES, FrameType.orderStatus, 0, 0);
    writeWideAt(view, at + Stamps.journalSequence, sequencer.lastSequence);
    writeWideAt(view, at + Stamps.timeMicros, sequencer.lastTimeMicros);
    view.setUint32(at + Stamps.receiveDelayNanos, 0, true);
    view.setUint32(at + Stamps.releaseDelayNanos, 0, true);
    this.execution[Execution.clientSequence] = requestId;
    outbox.words.set(this.execution, (at + EVENT_AT) >> 2);
  }

  /** Sends metrics to those whose interval has passed. */
  tick(nowNanos: number): void {
    let slots: Float64Array | undefined;
    for (const link of this.subscribers) {
      if (link.state !== 'live') this.subscribers.delete(link);
      else if (nowNanos >= link.metricsDueNanos) {
        link.metricsDueNanos = nowNanos + link.metricsIntervalMs * 1e6;
        slots ??= this.parts.facts.exportSlots();
        this.sendMetrics(link, slots);
      }
    }
  }

  private sendMetrics(link: Asker, slots: Float64Array): void {
    const outlet = link.outlet;
    if (outlet === undefined) return;
    for (let first = 0; first < slots.length; first += METRICS_SLOTS_MAX) {
      const count = Math.min(METRICS_SLOTS_MAX, slots.length - first);
      const at = this.replies.begin(outlet, FrameType.metrics, METRICS_HEAD_BYTES + count * 8);
      const { view } = this.replies;
      view.setUint32(at + Metrics.firstSlot, first, true);
      view.setUint32(at + Metrics.count, count, true);
      view.setUint32(at + Metrics.totalSlots, slots.length, true);
      for (let slot = 0; slot < count; slot++)
        view.setFloat64(at + Metrics.slots + slot * 8, slots[first + slot], true);
    }
    this.replies.flush();
  }

  private sendStatus(link: Asker, requestId: number): void {
    const outlet = link.outlet;
    if (outlet === undefined || link.state !== 'live') return;
    const { sequencer, leadership, facts, outbox, clock } = this.parts;
    const at = this.replies.begin(outlet, FrameType.nodeStatus, NODE_STATUS_BYTES);
    const { view } = this.replies;
    const stopping = this.gateway.isStopping ? 2 : 0;
    view.setUint32(at + NodeStatus.requestId, requestId, true);
    view.setUint32(at + NodeStatus.epoch, leadership.epoch, true);
    writeWideAt(view, at + NodeStatus.lastSequence, sequencer.lastSequence - sequencer.unappended);
    writeWideAt(view, at + NodeStatus.durableSequence, leadership.reached(AckLevel.durable));
    writeWideAt(view, at + NodeStatus.snapshotSequence, facts.snapshotSequence());
    writeWideAt(view, at + NodeStatus.startedMicros, facts.startedMicros);
    writeWideAt(view, at + NodeStatus.nodeTimeMicros, clock.nowMicros());
    view.setUint32(at + NodeStatus.connections, this.gateway.connectionCount, true);
    view.setUint32(at + NodeStatus.liveSessions, this.gateway.liveCount, true);
    view.setUint32(at + NodeStatus.state, sequencer.fault === undefined ? stopping : 1, true);
    view.setUint32(at + NodeStatus.nodeClass, facts.nodeClass === NodeClass.ultra ? 1 : 0, true);
    writeWideAt(view, at + NodeStatus.outboxBytes, outbox.usedBytes());
    writeWideAt(view, at + NodeStatus.outboxCapacityBytes, outbox.ringBytes);
    this.replies.flush();
  }

  private sendSessions(link: Asker, requestId: number): void {
    const outlet = link.outlet;
    if (outlet === undefined) return;
    const live = this.gateway.liveLinks();
    for (let first = 0; first < live.length; first += SESSION_ENTRIES_MAX) {
      const entries = live.slice(first, first + SESSION_ENTRIES_MAX);
      const byteLength = SESSION_LIST_HEAD_BYTES + entries.length * SESSION_ENTRY_BYTES;
      const at = this.replies.begin(outlet, FrameType.sessionList, byteLength);
      const { view } = this.replies;
      view.setUint32(at + SessionList.requestId, requestId, true);
      view.setUint32(at + SessionList.count, entries.length, true);
      view.setUint32(at + SessionList.remaining, live.length - first - entries.length, true);
      for (const [index, entry] of entries.entries()) {
        this.writeEntry(view, at + SessionList.entries + index * SESSION_ENTRY_BYTES, entry);
      }
    }
  }

  private writeEntry(view: DataView, at: number, { session, connectedMicros }: Asker): void {
    const { outbox } = this.parts;
    view.setUint32(at + SessionEntry.session, session, true);
    view.setUint32(at + SessionEntry.inbound, this.gateway.expected[session] - 1, true);
    view.setUint32(at + SessionEntry.outbound, outbox.lastSequenceOf(session), true);
    view.setUint32(at + SessionEntry.pendingBytes, outbox.pendingBytesOf(session), true);
    writeWideAt(view, at + SessionEntry.connectedMicros, connectedMicros);
  }
}
