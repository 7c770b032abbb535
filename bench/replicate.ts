/**
 * Orders replicated in a second through three nats-servers on loopback, and how long an acknowledgement takes at that
 * rate: first as the servers are by default, then with every message synced before it is acknowledged. Each run has a
 * stream of its own; orders are as long as the engine's new-order commands, in batches as a busy loop makes them.
 */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AckLevel } from '#kit/ports/journal.ts';
import { Histogram } from '#kit/histogram.ts';
import { JetStreamJournal } from '#journal/jetstream/jetstream-journal.ts';
import { NEW_ORDER_WORDS } from '#trading/commands.ts';
import { memberOptions, newShard } from '../test/conformance/journal-jetstream-opener.ts';
import { NatsCluster } from '../test/nats.ts';
import { NATS_MISSING, findNatsServer } from '../test/peers.ts';
import { RUNS_MIN, medianOfRuns, say } from './report.ts';
import type { Figures } from './report.ts';

const BATCH_ORDERS = 200;
/** Orders that wait for their acknowledgement at any time: more where each takes longer, as in a node under load. */
const OUTSTANDING_ORDERS = { any: 16 * BATCH_ORDERS, synced: 80 * BATCH_ORDERS } as const;
const WARM_ORDERS = 400_000;
const ORDERS = 1_500_000;
/** One at a time, for the time of an acknowledgement where nothing queues. */
const QUIET_ROUNDS = 500;
const BACKLOG_BYTES_MAX = 64 << 20;
const STAMPS = { matchedNanos: 0, writtenNanos: 0, ackedNanos: 0 };
const EXIT_NO_SERVER = 2;

/** Keys: loopback and loopbackSynced, each with ordersPerSecond, ackP50Ms, ackP99Ms, quietAckP50Ms. */
export async function run(): Promise<object> {
  return {
    loopback: await phase('three servers on loopback, synced in the background', 'any'),
    loopbackSynced: await phase('the same, each message synced before it is acknowledged', 'synced'),
  };
}

async function phase(title: string, kind: 'any' | 'synced'): Promise<Record<string, number>> {
  const server = findNatsServer(kind);
  if (server === undefined) {
    say(`missing: ${NATS_MISSING[kind]}`);
    process.exit(EXIT_NO_SERVER);
  }
  const cluster = await NatsCluster.start({ executablePath: server.executablePath, synced: kind === 'synced' });
  try {
    return await medianOfRuns(title, RUNS_MIN, () => once(cluster, OUTSTANDING_ORDERS[kind]));
  } finally {
    await cluster.stop();
  }
}

async function once(cluster: NatsCluster, outstanding: number): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'nautilus-replicate-'));
  const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const place = { servers: cluster.addresses, domains: cluster.domains, shard: newShard(), folder, key };
  const journal = await JetStreamJournal.open({ ...memberOptions(place), backlogBytesMax: BACKLOG_BYTES_MAX });
  try {
    const leader = new Appender(await journal.lead());
    await leader.replicate(WARM_ORDERS, outstanding, BATCH_ORDERS);
    const busy = await leader.replicate(ORDERS, outstanding, BATCH_ORDERS);
    const quiet = await leader.replicate(QUIET_ROUNDS, 1, 1);
    return {
      ordersPerSecond: ORDERS / busy.seconds,
      ackP50Ms: busy.ackNanos.quantile(0.5) / 1e6,
      ackP99Ms: busy.ackNanos.quantile(0.99) / 1e6,
      quietAckP50Ms: quiet.ackNanos.quantile(0.5) / 1e6,
    };
  } finally {
    await journal.close();
    rmSync(folder, { recursive: true });
  }
}

/** Keeps a fixed number of orders on their way. */
class Appender {
  private readonly leadership: Awaited<ReturnType<JetStreamJournal['lead']>>;
  private readonly words = new Int32Array(BATCH_ORDERS * NEW_ORDER_WORDS).map((_, index) => index * 0x9e3779b1);

  constructor(leadership: Awaited<ReturnType<JetStreamJournal['lead']>>) {
    this.leadership = leadership;
  }

  async replicate(
    orders: number,
    outstandingMax: number,
    batchOrders: number,
  ): Promise<{ seconds: number; ackNanos: Histogram }> {
    const { leadership } = this;
    const ackNanos = new Histogram();
    const sent: { last: number; atMillis: number }[] = [];
    const first = leadership.nextSequence;
    const started = performance.now();
    await new Promise<void>((resolve, reject) => {
      const append = (): void => {
        const { nextSequence } = leadership;
        const acked = leadership.reached(AckLevel.replicated);
        if (nextSequence - first >= orders || nextSequence - 1 - acked + batchOrders > outstandingMax) return;
        const end = batchOrders * NEW_ORDER_WORDS;
        const fault = leadership.append(nextSequence, this.words, 0, end, batchOrders, 1, STAMPS);
        if (fault !== undefined) return reject(new Error(fault.message));
        sent.push({ last: leadership.nextSequence - 1, atMillis: performance.now() });
        // A turn of the loop for each batch, as in the node.
        setImmediate(append);
      };
      leadership.onFault((fault) => reject(new Error(fault.message)));
      leadership.onReached((level, sequence) => {
        if (level !== AckLevel.replicated) return;
        const now = performance.now();
        while (sent.length > 0 && sent[0].last <= sequence)
          ackNanos.record(Math.round((now - sent.splice(0, 1)[0].atMillis) * 1e6));
        if (sequence - first + 1 >= orders) resolve();
        else append();
      });
      append();
    });
    return { seconds: (performance.now() - started) / 1000, ackNanos };
  }
}
