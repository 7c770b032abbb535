/**
 * Ten thousand sessions on one node: each with its own connection and login, together sending 20,000 orders a second.
 * Memory is the node's resident memory over what it was before the first of them connected; the kernel's socket buffers
 * are not part of it. Every run starts a fresh node.
 */
import { readFileSync } from 'node:fs';
import { Worker, pemOf, startBenchNode } from './lib/node-process.ts';
import type { BenchNode } from './lib/node-process.ts';
import type { Task } from './lib/sessions-client.ts';
import { RUNS_MIN, medianOfRuns, say } from './report.ts';

const SESSIONS = 10_000;
const FIRST_SESSION = 100;
const ORDERS_PER_SECOND = 20_000;
const SECONDS = 4;
const WARM_SECONDS = 2;
const CAPACITY = { orders: 1 << 16, dayOrders: 1 << 20 };
/** Descriptors a process needs beside those of its sessions. */
const OTHER_DESCRIPTORS = 200;
const EXIT_TOO_FEW_DESCRIPTORS = 2;

/** Keys: sessions, ordersPerSecond, bytesPerSession, p50Micros, p99Micros. */
export async function run(): Promise<object> {
  const descriptors = openFilesMax();
  if (descriptors < SESSIONS + OTHER_DESCRIPTORS) {
    say(
      `each process may open ${descriptors} files, ${SESSIONS + OTHER_DESCRIPTORS} are needed: raise the hard limit (ulimit -Hn)`,
    );
    process.exit(EXIT_TOO_FEW_DESCRIPTORS);
  }
  say(`files a process may open: ${descriptors}, sessions: ${SESSIONS}`);
  const figures = await medianOfRuns(
    `${SESSIONS} sessions, standard class, ${ORDERS_PER_SECOND} orders/s`,
    RUNS_MIN,
    once,
  );
  return {
    sessions: figures['sessions'],
    ordersPerSecond: figures['ordersPerSecond'],
    bytesPerSession: figures['bytesPerSession'],
    p50Micros: figures['p50Micros'],
    p99Micros: figures['p99Micros'],
    nodeCpuMicrosPerOrder: figures['nodeCpuMicrosPerOrder'],
  };
}

async function once(): Promise<Record<string, number>> {
  const sessions = Array.from({ length: SESSIONS }, (_, index) => ({
    session: FIRST_SESSION + index,
    ackLevel: 'journaled' as const,
  }));
  const node = await startBenchNode('standard', sessions, CAPACITY);
  const client = new Worker<Task>('./sessions-client.ts');
  const key = node.keys.get(FIRST_SESSION);
  if (key === undefined) throw new Error('no key');
  const before = residentBytes(node.pid);
  const connected = await client.ask<{ seconds: number }>({
    kind: 'connect',
    port: node.port,
    key: pemOf(key),
    first: FIRST_SESSION,
    count: SESSIONS,
  });
  const live = await liveSessions(node);
  const idle = residentBytes(node.pid);
  await client.ask({ kind: 'load', ordersPerSecond: ORDERS_PER_SECOND, seconds: WARM_SECONDS });
  const cpuBefore = processorSeconds(node.pid);
  const load = await client.ask<Record<string, number>>({
    kind: 'load',
    ordersPerSecond: ORDERS_PER_SECOND,
    seconds: SECONDS,
  });
  const nodeCpuSeconds = processorSeconds(node.pid) - cpuBefore;
  const after = residentBytes(node.pid);
  await client.ask({ kind: 'close' });
  client.stop();
  await node.stop();
  return {
    sessions: live,
    ...load,
    bytesPerSession: (Math.max(idle, after) - before) / SESSIONS,
    bytesPerIdleSession: (idle - before) / SESSIONS,
    loginsPerSecond: SESSIONS / connected.seconds,
    nodeCpuMicrosPerOrder: (nodeCpuSeconds * 1e6) / (ORDERS_PER_SECOND * SECONDS),
  };
}

/** Sessions that are live, as the node itself says, without the administrator's. */
async function liveSessions(node: BenchNode): Promise<number> {
  return (await node.administrator.nodeState()).liveSessions - 1;
}

function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) * 1024;
}

/** Processor time a process has used, user and system; ticks of the kernel's clock are 10 ms. */
function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** The hard limit: Node raises its own soft limit to it when it starts. */
function openFilesMax(): number {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1];
  return hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
}
