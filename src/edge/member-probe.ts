/**
 * Asks a node again and again what it is, over one connection without a login, and connects again when that breaks.
 * Says when an answer is missing; what that means is for others to judge.
 */
import type { Clock } from '#kit/clock.ts';
import { FrameHeader, FrameType, NODE_FRAME_BYTES_MAX, writeFrameHeader } from '#wire/order-entry/frame.ts';
import { MEMBER_STATE_BYTES, PLAIN_REQUEST_BYTES, PlainRequest } from '#wire/order-entry/messages.ts';
import { FrameSplitter } from '#wire/order-entry/splitter.ts';
import type { FrameHandler } from '#wire/order-entry/splitter.ts';
import { openConnection } from './client-socket.ts';
import type { Endpoint } from './client-socket.ts';
import type { Connection, ConnectionHandler } from './connection.ts';
import { decodeMember } from './member-state.ts';
import type { MemberReport } from './member-state.ts';

export interface MemberProbeOptions {
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  /** Between two questions. @default 250 */
  readonly intervalMs?: number;
  /** An answer that takes longer is a missing one, and the connection is made anew. @default 1000 */
  readonly timeoutMs?: number;
  /** Hears each answer with the time it took. */
  readonly onReport: (report: MemberReport, roundTripMicros: number) => void;
  /** Hears at each question that is due while the last one has no answer. */
  readonly onMissing?: () => void;
}

const INTERVAL_MS = 250;
const TIMEOUT_MS = 1000;

export class MemberProbe implements ConnectionHandler, FrameHandler {
  private readonly options: MemberProbeOptions;
  private readonly timeoutNanos: number;
  private readonly timer: NodeJS.Timeout;
  private splitter = new FrameSplitter(this, NODE_FRAME_BYTES_MAX);
  private connection: Connection | undefined;
  private isOpen = false;
  private askedAtNanos = 0;
  private requestId = 0;
  private isAnswered = true;

  constructor(options: MemberProbeOptions) {
    this.options = options;
    this.timeoutNanos = (options.timeoutMs ?? TIMEOUT_MS) * 1e6;
    this.timer = setInterval(() => this.tick(), options.intervalMs ?? INTERVAL_MS);
    this.timer.unref();
    this.connect();
  }

  stop(): void {
    clearInterval(this.timer);
    this.connection?.destroy();
  }

  private connect(): void {
    this.splitter = new FrameSplitter(this, NODE_FRAME_BYTES_MAX);
    this.askedAtNanos = this.options.clock.monotonicNanos();
    this.isAnswered = false;
    this.connection = openConnection(this.options.endpoint, this, () => {
      this.isOpen = true;
      this.ask();
    });
  }

  private tick(): void {
    if (!this.isAnswered) {
      this.options.onMissing?.();
      if (this.options.clock.monotonicNanos() - this.askedAtNanos > this.timeoutNanos) this.connection?.destroy();
    }
    if (this.connection === undefined) this.connect();
    else if (this.isOpen && this.isAnswered) this.ask();
  }

  private ask(): void {
    const frame = new Uint8Array(PLAIN_REQUEST_BYTES);
    const view = new DataView(frame.buffer);
    writeFrameHeader(view, 0, PLAIN_REQUEST_BYTES, FrameType.memberRequest, 0, 0);
    view.setUint32(PlainRequest.requestId, ++this.requestId, true);
    this.isAnswered = false;
    this.askedAtNanos = this.options.clock.monotonicNanos();
    this.connection?.write(frame, 0, frame.length);
  }

  onBytes(bytes: Uint8Array, view: DataView, end: number): void {
    this.splitter.push(bytes, view, end);
  }
  onDrained(): void {
    // One small question at a time.
  }
  onOverfull(): void {
    this.connection?.destroy();
  }
  onBadFrame(): void {
    this.connection?.destroy();
  }
  onClosed(): void {
    this.connection = undefined;
    this.isOpen = false;
  }

  onFrame(view: DataView, at: number, byteLength: number): boolean {
    const isAnswer = view.getUint8(at + FrameHeader.type) === FrameType.memberState && byteLength >= MEMBER_STATE_BYTES;
    if (!isAnswer) return true;
    this.isAnswered = true;
    const tookMicros = (this.options.clock.monotonicNanos() - this.askedAtNanos) / 1000;
    this.options.onReport(decodeMember(view, at), tookMicros);
    return true;
  }
}
