/**
 * The client process of the wire benchmarks: logs in to a node, or connects to an echo, and measures round trips one at
 * a time or as many as fit a window. The same program, sockets and frames for both; every answer is checked by its id.
 * Takes one task at a time over its channel and answers each with its figures.
 */
import { createPrivateKey } from 'node:crypto';
import { OrderEntryClient } from '#edge/client.ts';
import { openConnection } from '#edge/client-socket.ts';
import { Histogram } from '#kit/histogram.ts';
import { createSystemClock } from '#kit/clock.ts';
import { invariant } from '#kit/invariant.ts';
import { Execution, ExecType } from '#trading/events.ts';
import { answeredSequence, isFinal } from '#wire/order-entry/client-session.ts';
import { FrameHeader, NODE_FRAME_BYTES_MAX } from '#wire/order-entry/frame.ts';
import { EVENT_AT } from '#wire/order-entry/messages.ts';
import { SentLog } from '#wire/order-entry/sent-log.ts';
import { FrameSplitter } from '#wire/order-entry/splitter.ts';
import { OrderMaker } from './wire-orders.ts';

export type Task =
  | { readonly kind: 'connectEcho'; readonly port: number }
  | {
      readonly kind: 'connectNode';
      readonly port: number;
      readonly session: number;
      readonly key: string;
      readonly spin: boolean;
    }
  | { readonly kind: 'latency'; readonly roundTrips: number }
  | { readonly kind: 'throughput'; readonly orders: number; readonly window: number }
  | { readonly kind: 'disconnect' };

export type LatencyFigures = Readonly<Record<'p50Micros' | 'p90Micros' | 'p99Micros' | 'p999Micros', number>>;

const clock = createSystemClock();
const histogram = new Histogram();
let spinning = false;

function spin(): void {
  if (spinning) setImmediate(spin);
}

function setSpinning(on: boolean): void {
  if (on && !spinning) setImmediate(spin);
  spinning = on;
}

/** Something that can carry one frame there and tell when its answer is back. */
interface Peer {
  /** Sends the next order and remembers its id. */
  send(): void;
  /** Called when the answer to the last `send` is complete. */
  onAnswer: () => void;
  close(): Promise<void>;
}

class EchoPeer implements Peer {
  onAnswer: () => void = () => undefined;
  private readonly orders = new OrderMaker();
  private readonly log = new SentLog(1024, 1 << 20);
  private readonly splitter: FrameSplitter;
  private readonly connection: ReturnType<typeof openConnection>;
  private sequence = 0;
  private closed: () => void = () => undefined;

  constructor(port: number, opened: () => void) {
    this.splitter = new FrameSplitter(
      {
        onFrame: (view, at) => this.onFrame(view, at),
        onBadFrame: (code) => invariant(false, 'bench.bad-frame', code),
      },
      NODE_FRAME_BYTES_MAX,
    );
    this.connection = openConnection(
      { host: '127.0.0.1', port },
      {
        onBytes: (bytes, view, end) => this.splitter.push(bytes, view, end),
        onDrained: () => undefined,
        onOverfull: () => invariant(false, 'bench.overfull'),
        onClosed: () => this.closed(),
      },
      opened,
    );
  }

  send(): void {
    this.sequence = this.log.add(this.orders.next(), 0);
    const start = this.log.startOf(this.sequence);
    this.connection.write(this.log.bytes, start, this.log.end);
  }

  private onFrame(view: DataView, at: number): boolean {
    const sequence = view.getUint32(at + FrameHeader.sequence, true);
    invariant(sequence === this.sequence, 'bench.wrong-echo', sequence);
    invariant(view.getUint32(at + this.orders.idByte, true) === this.orders.lastClOrdId, 'bench.wrong-id', sequence);
    this.log.markAnswered(sequence);
    this.onAnswer();
    return true;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.closed = resolve;
      this.connection.end();
    });
  }
}

class NodePeer implements Peer {
  onAnswer: () => void = () => undefined;
  readonly client: OrderEntryClient;
  private readonly orders = new OrderMaker();
  private sequence = 0;
  private pipeline: Pipeline | undefined;

  constructor(port: number, session: number, key: string) {
    this.client = new OrderEntryClient(
      {
        endpoints: [{ host: '127.0.0.1', port }],
        session,
        privateKey: createPrivateKey(key),
        clock,
        heartbeatSeconds: 60,
        reconnect: false,
        skipReplay: true,
      },
      {
        onReport: (_type, flags, view, at) => this.onReport(flags, view, at),
        onReject: (code) => invariant(false, 'bench.reject', code),
        onDown: (code) => invariant(code === undefined, 'bench.down', code ?? 0),
      },
    );
  }

  send(): void {
    this.sequence = this.client.submitLater(this.orders.next(), 0);
    this.client.flush();
  }

  private onReport(flags: number, view: DataView, at: number): void {
    if (this.pipeline !== undefined) {
      this.pipeline.onReport(view, at);
      return;
    }
    if (!isFinal(flags)) return;
    // The final report names the order it answers, or follows one that did: both are about the order just sent.
    const answers = answeredSequence(view, at);
    if (answers !== 0) {
      invariant(answers === this.sequence, 'bench.wrong-answer', answers);
      const clOrdId = view.getUint32(at + EVENT_AT + Execution.clOrdIdLow * 4, true);
      invariant(clOrdId === this.orders.lastClOrdId, 'bench.wrong-id', clOrdId);
    }
    const execType = view.getInt32(at + EVENT_AT + Execution.execType * 4, true);
    const refused = execType === ExecType.rejected || execType === ExecType.requestRejected;
    invariant(!refused, 'bench.refused', view.getInt32(at + EVENT_AT + Execution.reason * 4, true));
    this.onAnswer();
  }

  async throughput(orders: number, window: number): Promise<number> {
    const pipeline = new Pipeline(this.client, this.orders, orders, window);
    this.pipeline = pipeline;
    const seconds = await pipeline.run();
    this.pipeline = undefined;
    return orders / seconds;
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}

/** As many orders in flight as the window allows; each answer must name an order that is in flight. */
class Pipeline {
  private readonly client: OrderEntryClient;
  private readonly orders: OrderMaker;
  private readonly total: number;
  private readonly window: number;
  private readonly firstId: number;
  private readonly answered: Uint8Array;
  private sent = 0;
  private done = 0;
  private started = 0;
  private finish: (seconds: number) => void = () => undefined;

  constructor(client: OrderEntryClient, orders: OrderMaker, total: number, window: number) {
    this.client = client;
    this.orders = orders;
    this.total = total;
    this.window = window;
    this.firstId = orders.nextRestingId;
    this.answered = new Uint8Array(total);
  }

  async run(): Promise<number> {
    return new Promise((resolve) => {
      this.finish = resolve;
      this.started = performance.now();
      this.refill();
    });
  }

  private refill(): void {
    while (this.sent < this.total && this.sent - this.done < this.window) {
      const sequence = this.client.submitLater(this.orders.nextResting(), 0);
      invariant(sequence !== 0, 'bench.window');
      this.sent++;
    }
    this.client.flush();
  }

  onReport(view: DataView, at: number): void {
    const reason = view.getInt32(at + EVENT_AT + Execution.reason * 4, true);
    invariant(view.getInt32(at + EVENT_AT + Execution.execType * 4, true) === ExecType.new, 'bench.not-new', reason);
    const order = view.getUint32(at + EVENT_AT + Execution.clOrdIdLow * 4, true) - this.firstId;
    invariant(order >= 0 && order < this.sent && this.answered[order] === 0, 'bench.unmatched', order);
    this.answered[order] = 1;
    this.done++;
    if (this.done === this.total) this.finish((performance.now() - this.started) / 1000);
    else if (this.sent - this.done <= this.window >> 1) this.refill();
  }
}

async function latency(peer: Peer, roundTrips: number): Promise<LatencyFigures> {
  histogram.reset();
  await new Promise<void>((resolve) => {
    let left = roundTrips;
    let sentAt = 0;
    peer.onAnswer = () => {
      histogram.record((performance.now() - sentAt) * 1e6);
      if (--left === 0) {
        resolve();
        return;
      }
      sentAt = performance.now();
      peer.send();
    };
    sentAt = performance.now();
    peer.send();
  });
  const { p50, p90, p99, p999 } = histogram.snapshot();
  return { p50Micros: p50 / 1000, p90Micros: p90 / 1000, p99Micros: p99 / 1000, p999Micros: p999 / 1000 };
}

let peer: EchoPeer | NodePeer | undefined;

async function carryOut(task: Task): Promise<object> {
  switch (task.kind) {
    case 'connectEcho':
      await new Promise<void>((resolve) => {
        peer = new EchoPeer(task.port, resolve);
      });
      setSpinning(true);
      return {};
    case 'connectNode': {
      const node = new NodePeer(task.port, task.session, task.key);
      peer = node;
      await node.client.connect();
      setSpinning(task.spin);
      return {};
    }
    case 'latency':
      invariant(peer !== undefined, 'bench.no-peer');
      return latency(peer, task.roundTrips);
    case 'throughput':
      invariant(peer instanceof NodePeer, 'bench.no-node');
      return { ordersPerSecond: await peer.throughput(task.orders, task.window) };
    case 'disconnect':
      setSpinning(false);
      await peer?.close();
      peer = undefined;
      return {};
    default:
      throw new Error('no such task');
  }
}

process.on('message', (task: Task) => {
  void carryOut(task).then(
    (figures) => process.send?.(figures),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));
