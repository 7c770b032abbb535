/**
 * The client process of the sessions benchmark: thousands of sessions, each with its own connection and login, that
 * together send orders at a steady rate. Latency counts from the moment an order was due, so that a late sender is not
 * hidden; every answer is matched to its order.
 */
import { createPrivateKey } from 'node:crypto';
import { OrderEntryClient } from '#edge/client.ts';
import { createSystemClock } from '#kit/clock.ts';
import { Histogram } from '#kit/histogram.ts';
import { invariant } from '#kit/invariant.ts';
import { Execution, ExecType } from '#trading/events.ts';
import { EVENT_AT } from '#wire/order-entry/messages.ts';
import { OrderMaker } from './wire-orders.ts';

export type Task =
  | {
      readonly kind: 'connect';
      readonly port: number;
      readonly key: string;
      readonly first: number;
      readonly count: number;
    }
  | { readonly kind: 'load'; readonly ordersPerSecond: number; readonly seconds: number }
  | { readonly kind: 'close' };

/** Logins on their way at once. */
const CONNECTING_MAX = 200;
const WAITING_MESSAGES_MAX = 64;
const WAITING_BYTES_MAX = 8192;
/** An answer that takes longer fails the benchmark. */
const ANSWER_TIMEOUT_MS = 10_000;

const clock = createSystemClock();
const histogram = new Histogram();
const orders = new OrderMaker();
const clients: OrderEntryClient[] = [];
/** By ClOrdID modulo its length: when the order was due. */
const dueAt = new Float64Array(1 << 20);
let firstId = 0;
let answered = 0;

async function connect(task: Extract<Task, { kind: 'connect' }>): Promise<object> {
  const privateKey = createPrivateKey(task.key);
  let next = 0;
  const startedAt = performance.now();
  const open = async (): Promise<void> => {
    while (next < task.count) {
      const client = new OrderEntryClient(
        {
          endpoints: [{ host: '127.0.0.1', port: task.port }],
          session: task.first + next++,
          privateKey,
          clock,
          heartbeatSeconds: 60,
          waitingMessagesMax: WAITING_MESSAGES_MAX,
          waitingBytesMax: WAITING_BYTES_MAX,
          reconnect: false,
        },
        { onReport, onReject: (code) => invariant(false, 'bench.reject', code) },
      );
      clients.push(client);
      await client.connect();
    }
  };
  await Promise.all(Array.from({ length: CONNECTING_MAX }, open));
  return { seconds: (performance.now() - startedAt) / 1000 };
}

function onReport(_type: number, _flags: number, view: DataView, at: number): void {
  if (view.getUint32(at + EVENT_AT + Execution.clientSequence * 4, true) !== 0) {
    const execType = view.getInt32(at + EVENT_AT + Execution.execType * 4, true);
    invariant(execType === ExecType.new, 'bench.not-new', view.getInt32(at + EVENT_AT + Execution.reason * 4, true));
    const clOrdId = view.getUint32(at + EVENT_AT + Execution.clOrdIdLow * 4, true);
    const due = dueAt[clOrdId & (dueAt.length - 1)];
    invariant(due > 0 && clOrdId >= firstId, 'bench.unmatched', clOrdId);
    dueAt[clOrdId & (dueAt.length - 1)] = 0;
    histogram.record((performance.now() - due) * 1e6);
    answered++;
  }
}

async function load({ ordersPerSecond, seconds }: Extract<Task, { kind: 'load' }>): Promise<object> {
  histogram.reset();
  answered = 0;
  firstId = orders.nextRestingId;
  const total = ordersPerSecond * seconds;
  const everyMs = 1000 / ordersPerSecond;
  const startedAt = performance.now() + 10;
  let sent = 0;
  await new Promise<void>((resolve) => {
    const turn = (): void => {
      const now = performance.now();
      while (sent < total && startedAt + sent * everyMs <= now) {
        const words = orders.nextPair();
        dueAt[orders.lastClOrdId & (dueAt.length - 1)] = startedAt + sent * everyMs;
        const client = clients[sent % clients.length];
        invariant(client.submitLater(words, 0) !== 0, 'bench.window', sent);
        client.flush();
        sent++;
      }
      if (answered === total) resolve();
      else {
        invariant(now - startedAt < seconds * 1000 + ANSWER_TIMEOUT_MS, 'bench.unanswered', total - answered);
        setImmediate(turn);
      }
    };
    turn();
  });
  const elapsed = (performance.now() - startedAt) / 1000;
  const { p50, p99, p999 } = histogram.snapshot();
  return { ordersPerSecond: answered / elapsed, p50Micros: p50 / 1000, p99Micros: p99 / 1000, p999Micros: p999 / 1000 };
}

async function carryOut(task: Task): Promise<object> {
  if (task.kind === 'connect') return connect(task);
  if (task.kind === 'load') return load(task);
  await Promise.all(clients.map(async (client) => client.close()));
  clients.length = 0;
  return {};
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
