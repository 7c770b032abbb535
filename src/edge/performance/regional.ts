/**
 * Where the time of orders goes at this site, from the stamps in its journal: per hop, per instrument, per session, with what
 * is the bottleneck, how much room is left and whether the promise is kept. Follows the journal; costs the node nothing.
 */
import { Histogram } from '#kit/histogram.ts';
import type { Batch } from '#kit/ports/journal.ts';
import { CommandKind } from '#trading/commands.ts';
import { EventKind, eventKind, eventLength, ExecType, Execution } from '#trading/events.ts';
import type { ReplicaCommand, ReplicaListener } from '../replica.ts';

/** Hops of an order within a node, in order. Risk is checked within match and has no stamp of its own. */
export const HOPS = ['queueing', 'match', 'journal', 'delivery'] as const;
export type Hop = (typeof HOPS)[number];

export interface LatencyFigures {
  readonly count: number;
  readonly p50Micros: number | null;
  readonly p90Micros: number | null;
  readonly p99Micros: number | null;
  readonly p999Micros: number | null;
}

export interface Share {
  readonly orders: number;
  readonly rejected: number;
  readonly trades: number;
}

export interface PerformanceFigures {
  readonly sinceMicros: number;
  readonly seconds: number;
  readonly orders: number;
  readonly ordersPerSecond: number;
  /** Highest number of orders in one second of the journal's time. */
  readonly peakOrdersPerSecond: number;
  readonly rejectedShare: number;
  readonly whole: LatencyFigures;
  readonly hops: Readonly<Record<Hop, LatencyFigures & { readonly shareOfTime: number | null }>>;
  /** The hop that takes the largest part of the time; null while nothing was measured. */
  readonly bottleneck: Hop | null;
  /** Share of batches answered within the promise; null while nothing was measured. */
  readonly attainment: number | null;
}

const NANOS = 1000;
const SECOND_MICROS = 1_000_000;
const SHARES_MAX = 10_000;

interface Running {
  readonly whole: Histogram;
  readonly hops: Record<Hop, Histogram>;
  readonly nanos: Record<Hop, number>;
  kept: number;
  orders: number;
  rejected: number;
  second: number;
  inSecond: number;
  peak: number;
  readonly sinceMicros: number;
}

export class RegionalPerformance implements ReplicaListener {
  private readonly promisedMicros: number;
  private running: Running;
  private latest: { epoch: number; next: number; count: number } | undefined;
  private readonly instruments = new Map<number, { orders: number; rejected: number; trades: number }>();
  private readonly sessions = new Map<number, { orders: number; rejected: number; trades: number }>();
  private isLive = false;

  /** @param promisedMicros what the node's class promises */
  constructor(promisedMicros: number, nowMicros: number) {
    this.promisedMicros = promisedMicros;
    this.running = begin(nowMicros);
  }

  /** From now on what is heard happens now: what was read from the journal before is of another time. */
  goLive(nowMicros: number): void {
    this.isLive = true;
    this.running = begin(nowMicros);
  }

  onCommand(command: Readonly<ReplicaCommand>): void {
    if (!this.isLive || command.kind !== CommandKind.newOrder) return;
    const { running } = this;
    running.orders += 1;
    const second = Math.floor(command.timeMicros / SECOND_MICROS);
    if (second !== running.second) {
      running.second = second;
      running.inSecond = 0;
    }
    running.inSecond += 1;
    running.peak = Math.max(running.peak, running.inSecond);
    const session = shareOf(this.sessions, command.session);
    if (session !== undefined) session.orders += 1;
  }

  onEvents(words: Int32Array, end: number, command: Readonly<ReplicaCommand>): void {
    if (!this.isLive) return;
    for (let at = 0; at < end; at += eventLength(words, at)) {
      const kind = eventKind(words, at);
      if (kind === EventKind.trade) {
        const traded = shareOf(this.instruments, words[at + 1]);
        if (traded !== undefined) traded.trades += 1;
      } else if (kind === EventKind.execution && command.kind === CommandKind.newOrder) {
        const execType = words[at + Execution.execType];
        const isNew = execType === ExecType.new;
        const isRejected = execType === ExecType.rejected;
        if (!isNew && !isRejected) continue;
        const share = shareOf(this.instruments, words[at + Execution.instrument]);
        if (share !== undefined) share.orders += 1;
        if (!isRejected) continue;
        this.running.rejected += 1;
        if (share !== undefined) share.rejected += 1;
        const session = shareOf(this.sessions, command.session);
        if (session !== undefined) session.rejected += 1;
      }
    }
  }

  onBatch(batch: Batch): void {
    const { latest } = this;
    this.latest = { epoch: batch.epoch, next: batch.firstSequence + batch.count, count: batch.count };
    if (!this.isLive || latest === undefined) return;
    if (latest.epoch !== batch.epoch || latest.next !== batch.firstSequence) return;
    const { matchedNanos, writtenNanos, ackedNanos } = batch.previous;
    if (ackedNanos <= 0 || writtenNanos < matchedNanos || ackedNanos < writtenNanos) return;
    const own = matchedNanos / latest.count;
    const { running } = this;
    record(running, 'queueing', matchedNanos - own);
    record(running, 'match', own);
    record(running, 'journal', writtenNanos - matchedNanos);
    record(running, 'delivery', ackedNanos - writtenNanos);
    running.whole.record(ackedNanos);
    if (ackedNanos <= this.promisedMicros * NANOS) running.kept += 1;
  }

  figures(nowMicros: number): PerformanceFigures {
    const { running } = this;
    const { whole, orders, sinceMicros } = running;
    const seconds = Math.max(0, (nowMicros - sinceMicros) / SECOND_MICROS);
    const total = HOPS.reduce((sum, hop) => sum + running.nanos[hop], 0);
    const shareOfTime = (hop: Hop): number | null => (total === 0 ? null : running.nanos[hop] / total);
    const hops = Object.fromEntries(
      HOPS.map((hop) => [hop, { ...latencyOf(running.hops[hop]), shareOfTime: shareOfTime(hop) }]),
    ) as PerformanceFigures['hops'];
    const [slowest] = HOPS.toSorted((a, b) => running.nanos[b] - running.nanos[a]);
    return {
      sinceMicros,
      seconds,
      orders,
      ordersPerSecond: seconds === 0 ? 0 : orders / seconds,
      peakOrdersPerSecond: running.peak,
      rejectedShare: orders === 0 ? 0 : Math.min(1, running.rejected / orders),
      whole: latencyOf(whole),
      hops,
      bottleneck: total === 0 ? null : slowest,
      attainment: whole.count === 0 ? null : running.kept / whole.count,
    };
  }

  /** What went to each instrument, by index. */
  byInstrument(): ReadonlyMap<number, Share> {
    return this.instruments;
  }

  /** What each session (gateway of a client) asked for. */
  bySession(): ReadonlyMap<number, Share> {
    return this.sessions;
  }
}

function begin(sinceMicros: number): Running {
  return {
    whole: new Histogram(),
    hops: { queueing: new Histogram(), match: new Histogram(), journal: new Histogram(), delivery: new Histogram() },
    nanos: { queueing: 0, match: 0, journal: 0, delivery: 0 },
    kept: 0,
    orders: 0,
    rejected: 0,
    second: 0,
    inSecond: 0,
    peak: 0,
    sinceMicros,
  };
}

function record(running: Running, hop: Hop, nanos: number): void {
  running.hops[hop].record(nanos);
  running.nanos[hop] += nanos;
}

function shareOf(shares: Map<number, { orders: number; rejected: number; trades: number }>, key: number) {
  const known = shares.get(key);
  if (known !== undefined || shares.size >= SHARES_MAX) return known;
  const fresh = { orders: 0, rejected: 0, trades: 0 };
  shares.set(key, fresh);
  return fresh;
}

function latencyOf(histogram: Histogram): LatencyFigures {
  const { count } = histogram;
  const micros = (q: number): number | null => (count === 0 ? null : Math.round(histogram.quantile(q) / 10) / 100);
  return { count, p50Micros: micros(0.5), p90Micros: micros(0.9), p99Micros: micros(0.99), p999Micros: micros(0.999) };
}
