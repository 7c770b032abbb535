/**
 * The API's projections against the engine, over generated streams of every kind of command: what they say of live orders,
 * trades and candles is what the engine holds and said, from the first command and from any moment on.
 */
import { describe, expect, it } from 'vitest';
import { liveOrdersOf } from '#api/engine-reads.ts';
import { TradingView, type ReplicaPort } from '#api/view.ts';
import type { ReplicaCommand, ReplicaListener } from '#edge/replica.ts';
import { Header, readWide } from '#trading/commands.ts';
import { Engine } from '#trading/engine.ts';
import { EventKind, eventKind, eventLength, Trade } from '#trading/events.ts';
import { runStream } from '../reference/stream.ts';

const SEEDS = [11, 12, 13, 14, 15, 16];
const COMMANDS = 3000;
const CHECK_EVERY = 100;
/** The streams are only wanted, not compared once more. */
const PLAIN = { holdingsEvery: COMMANDS, restoreEvery: 0 };

/** An engine that tells its listeners as a replica does. */
class InProcessReplica implements ReplicaPort {
  readonly engine: Engine;
  readonly lagMicros = 0;
  sequence = 0;
  readonly traded = new Map<number, number>();
  private readonly listeners: ReplicaListener[] = [];
  private readonly command: ReplicaCommand = {
    sequence: 0,
    epoch: 1,
    timeMicros: 0,
    kind: 0,
    session: 0,
    clientSequence: 0,
    words: new Int32Array(0),
    at: 0,
  };

  constructor() {
    this.engine = new Engine((words, end) => {
      for (let at = 0; at < end; at += eventLength(words, at)) this.countTrade(words, at);
      for (const listener of this.listeners) listener.onEvents?.(words, end, this.command);
    });
  }

  listen(listener: ReplicaListener): () => void {
    this.listeners.push(listener);
    return () => undefined;
  }

  async reached(): Promise<boolean> {
    return true;
  }

  apply(words: Int32Array): void {
    this.command.sequence = this.sequence + 1;
    this.command.timeMicros = readWide(words, Header.timeLow);
    this.command.kind = words[0] & 0xff;
    this.command.words = words;
    this.engine.apply(words, 0);
    this.sequence += 1;
    for (const listener of this.listeners) listener.onCommand?.(this.command);
  }

  private countTrade(words: Int32Array, at: number): void {
    if (eventKind(words, at) !== EventKind.trade || words[at + Trade.correction] !== 0) return;
    const instrument = words[at + Trade.instrument];
    this.traded.set(instrument, (this.traded.get(instrument) ?? 0) + words[at + Trade.quantity]);
  }
}

type Live = readonly [string, number, number, number, number];

function liveInEngine({ engine }: InProcessReplica): Live[] {
  const orders = engine.view === undefined ? [] : liveOrdersOf(engine.view);
  return orders
    .map((order): Live => [
      `${order.slot}-${order.generation >>> 0}`,
      order.account,
      order.leaves,
      order.cum,
      order.terms,
    ])
    .toSorted(byName);
}

function liveInView(view: TradingView): Live[] {
  return view.orders
    .list({ status: 'live' }, 1_000_000)
    .rows.map((row): Live => [`${row.slot}-${row.generation}`, row.account, row.leaves, row.cum, row.terms])
    .toSorted(byName);
}

function byName([a]: Live, [b]: Live): number {
  return a < b ? -1 : Number(a > b);
}

describe('the projections', () => {
  it.each(SEEDS)('agree with the engine about every live order of stream %i', (seed) => {
    const { script, difference } = runStream(seed, COMMANDS, PLAIN);
    expect(difference).toBeUndefined();
    const replica = new InProcessReplica();
    const fromTheStart = new TradingView(replica, 0);
    let fromTheMiddle: TradingView | undefined;
    let checks = 0;
    for (const [index, step] of script.entries()) {
      replica.apply(step.words);
      if (index === COMMANDS / 2) fromTheMiddle = new TradingView(replica, 0);
      if (index % CHECK_EVERY !== 0) continue;
      const live = liveInEngine(replica);
      checks += live.length;
      expect(liveInView(fromTheStart)).toEqual(live);
      expect(fromTheStart.orders.liveCount).toBe(live.length);
      if (fromTheMiddle !== undefined) expect(liveInView(fromTheMiddle)).toEqual(live);
    }
    expect(checks).toBeGreaterThan(100);
  });

  it.each(SEEDS)('count every lot of stream %i once, in each interval', (seed) => {
    const { script } = runStream(seed, COMMANDS, PLAIN);
    const replica = new InProcessReplica();
    const view = new TradingView(replica, 0);
    for (const { words } of script) replica.apply(words);
    expect(replica.traded.size).toBeGreaterThan(0);
    for (const [instrument, quantity] of replica.traded) {
      for (const interval of ['1s', '1m', '1h'] as const) {
        const candles = view.candles.candles(instrument, interval, 1_000_000);
        expect(candles.reduce((sum, candle) => sum + candle.volume, 0)).toBe(quantity);
        for (const candle of candles) {
          expect(candle.lowTicks).toBeLessThanOrEqual(Math.min(candle.openTicks, candle.closeTicks));
          expect(candle.highTicks).toBeGreaterThanOrEqual(Math.max(candle.openTicks, candle.closeTicks));
        }
      }
      const tape = view.tape.trades(instrument, 1_000_000).filter(({ correction }) => correction === 0);
      expect(tape.reduce((sum, trade) => sum + trade.quantity, 0)).toBe(quantity);
    }
  });
});
