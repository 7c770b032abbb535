/**
 * Orders over loopback TCP through the whole path, acknowledged and checked by id: one in flight at each ack level and
 * class, and as many as fit a window. The limit is a spinning echo reached by the same client program.
 */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { LatencyFigures, Task } from './lib/wire-client.ts';
import { Worker, benchFolder, pemOf, startBenchNode, startEcho } from './lib/node-process.ts';
import type { BenchNode, Echo } from './lib/node-process.ts';
import { RUNS_MIN, median, medianOfRuns, say } from './report.ts';

const RUNS = RUNS_MIN;
const WARM_ROUND_TRIPS = 20_000;
const ROUND_TRIPS = 20_000;
const DURABLE_ROUND_TRIPS = 2000;
const STANDARD_ROUND_TRIPS = 10_000;
const PIPELINED_ORDERS = 400_000;
const PIPELINED_WINDOW = 4096;
const SYNCS = 400;
const SYNC_BYTES = 4096;

const JOURNALED = 2;
const DURABLE = 3;
const CAPACITY = { orders: 1 << 16, dayOrders: 1 << 21 };
const PIPELINED_CAPACITY = { orders: 1 << 22, dayOrders: 1 << 22 };

/** Runs the benchmark; the keys are described in docs/benchmarks of the edge (docs/edge.md). */
export async function run(): Promise<object> {
  const folder = benchFolder();
  const client = new Worker<Task>('./wire-client.ts');
  const echo = await startEcho(folder);
  const ultra = await startBenchNode(
    'ultra',
    [
      { session: JOURNALED, ackLevel: 'journaled' },
      { session: DURABLE, ackLevel: 'durable' },
    ],
    CAPACITY,
  );
  const limits: number[] = [];
  const journaled = await medianOfRuns('journaled, ultra class, one order in flight', RUNS, async () => {
    ultra.pause();
    limits.push(await measureLimit(client, echo));
    ultra.resume();
    const figures = await measureNode(client, ultra, JOURNALED, ROUND_TRIPS, true);
    return { ...figures, limitP50Micros: limits[limits.length - 1] };
  });
  const syncs: number[] = [];
  const durable = await medianOfRuns('durable, ultra class, one order in flight', RUNS, async () => {
    ultra.pause();
    syncs.push(measureSync(join(folder, 'sync')));
    ultra.resume();
    const figures = await measureNode(client, ultra, DURABLE, DURABLE_ROUND_TRIPS, true);
    return { ...figures, fdatasyncP50Micros: syncs[syncs.length - 1] };
  });
  await ultra.stop();
  echo.stop();
  const node = await startBenchNode('standard', [{ session: JOURNALED, ackLevel: 'journaled' }], CAPACITY);
  const standard = await medianOfRuns('journaled, standard class, one order in flight', RUNS, async () =>
    measureNode(client, node, JOURNALED, STANDARD_ROUND_TRIPS, false),
  );
  await node.stop();
  const pipelined = await measurePipelined(client);
  client.stop();
  const limit = median(limits);
  say(`\nlimit: spinning echo in ${echo.kind === 'c' ? 'C' : 'Node'}, p50 ${limit.toFixed(1)} µs`);
  say(`journaled p50 is ${(journaled['p50Micros'] / limit).toFixed(2)} × the limit (at most 2)`);
  say(`durable p50 is ${(durable['p50Micros'] / median(syncs)).toFixed(2)} × fdatasync of ${SYNC_BYTES} bytes`);
  return {
    limit: { kind: echo.kind, p50Micros: limit },
    journaled: quantiles(journaled),
    durable: {
      ...quantiles(durable),
      fdatasyncP50Micros: median(syncs),
      ratioToFdatasync: durable['p50Micros'] / median(syncs),
    },
    standard: quantiles(standard),
    pipelined: { ordersPerSecond: pipelined['ordersPerSecond'] },
  };
}

function quantiles(figures: Readonly<Record<string, number>>): LatencyFigures {
  const { p50Micros, p90Micros, p99Micros, p999Micros } = figures as unknown as LatencyFigures;
  return { p50Micros, p90Micros, p99Micros, p999Micros };
}

async function measureLimit(client: Worker<Task>, echo: Echo): Promise<number> {
  await client.ask({ kind: 'connectEcho', port: echo.port });
  await client.ask({ kind: 'latency', roundTrips: WARM_ROUND_TRIPS });
  const { p50Micros } = await client.ask<LatencyFigures>({ kind: 'latency', roundTrips: ROUND_TRIPS });
  await client.ask({ kind: 'disconnect' });
  return p50Micros;
}

async function measureNode(
  client: Worker<Task>,
  node: BenchNode,
  session: number,
  roundTrips: number,
  spin: boolean,
): Promise<LatencyFigures> {
  await connect(client, node, session, spin);
  await client.ask({ kind: 'latency', roundTrips: Math.min(roundTrips, WARM_ROUND_TRIPS) });
  const figures = await client.ask<LatencyFigures>({ kind: 'latency', roundTrips });
  await client.ask({ kind: 'disconnect' });
  return figures;
}

async function connect(client: Worker<Task>, node: BenchNode, session: number, spin: boolean): Promise<void> {
  const key = node.keys.get(session);
  if (key === undefined) throw new Error(`no session ${session}`);
  await client.ask({ kind: 'connectNode', port: node.port, session, key: pemOf(key), spin });
}

async function measurePipelined(client: Worker<Task>): Promise<Record<string, number>> {
  const node = await startBenchNode('ultra', [{ session: JOURNALED, ackLevel: 'journaled' }], PIPELINED_CAPACITY);
  await connect(client, node, JOURNALED, true);
  await client.ask({ kind: 'throughput', orders: PIPELINED_ORDERS, window: PIPELINED_WINDOW });
  const title = `pipelined, ultra class, journaled, ${PIPELINED_WINDOW} orders in flight, each ack matched`;
  const figures = await medianOfRuns(title, RUNS, async () =>
    client.ask<{ ordersPerSecond: number }>({ kind: 'throughput', orders: PIPELINED_ORDERS, window: PIPELINED_WINDOW }),
  );
  await client.ask({ kind: 'disconnect' });
  await node.stop();
  return figures;
}

/** Median of what a write and fdatasync of one block cost on the disk that holds the journals, microseconds. */
function measureSync(file: string): number {
  const fd = openSync(file, 'w');
  const block = new Uint8Array(SYNC_BYTES);
  writeSync(fd, new Uint8Array(SYNC_BYTES * SYNCS), 0, SYNC_BYTES * SYNCS, 0);
  fdatasyncSync(fd);
  const micros: number[] = [];
  for (let sync = 0; sync < SYNCS; sync++) {
    const startedAt = performance.now();
    writeSync(fd, block, 0, SYNC_BYTES, sync * SYNC_BYTES);
    fdatasyncSync(fd);
    micros.push((performance.now() - startedAt) * 1000);
  }
  closeSync(fd);
  return median(micros);
}
