import type { KeyObject } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DemoMarket } from '#app/demo/demo-market.ts';
import { DemoRunner } from '#app/demo-runner.ts';
import { demoSessions, drivenMarkets } from '#app/demo-set-up.ts';
import { marketStatesOf, marketViewOf, seedReadsOf } from '#app/engine-state.ts';
import { MarketDriver } from '#app/markets.ts';
import { OrderSessions } from '#app/order-sessions.ts';
import { loadReferenceData } from '#app/reference-data.ts';
import { DEMO_CAPACITY, seedCommands } from '#app/seed.ts';
import { OrderEntryClient } from '#edge/client.ts';
import { Replica } from '#edge/replica.ts';
import { openFileJournal } from '#journal/file-journal.ts';
import type { Clock } from '#kit/clock.ts';
import { EventKind, Trade, eventKind, eventLength } from '#trading/events.ts';
import { MarketState } from '#trading/terms.ts';
import { ADMINISTRATOR, clock, startTestNode, until } from './edge-harness.ts';
import type { TestNode } from './edge-harness.ts';

const CONFIG = fileURLToPath(new URL('../../config', import.meta.url));
const MINUTE_MICROS = 60_000_000;
const HOUR_MICROS = 60 * MINUTE_MICROS;

/** The machine's clock moved to the tenth minute of an hour, well within the demo's continuous trading. */
function tenPast(): Clock {
  const now = clock.nowMicros();
  const shift = 10 * MINUTE_MICROS - (now % HOUR_MICROS);
  return { nowMicros: () => clock.nowMicros() + shift, monotonicNanos: () => clock.monotonicNanos() };
}

describe('the demo over real sockets, journal and replica', () => {
  const reference = loadReferenceData(CONFIG, clock.nowMicros());
  const sessions = demoSessions(reference);
  const symbols = reference.instruments.map(({ instrument }) => instrument);
  let test: TestNode;
  let replica: Replica;
  let runner: DemoRunner;
  let orders: OrderSessions;
  let administrator: OrderEntryClient;
  const trades = symbols.map(() => 0);

  function keyOf(session: number): KeyObject {
    const key = test.keys.get(session);
    if (key === undefined) throw new Error(`no key for session ${session}`);
    return key;
  }

  beforeAll(async () => {
    test = await startTestNode(
      Object.fromEntries(sessions.map(({ session, participant, accounts }) => [session, { participant, accounts }])),
      { capacity: DEMO_CAPACITY },
    );
    const endpoint = { host: '127.0.0.1', port: test.node.port };
    const own = sessions.map(({ session }) => [session, { session, privateKey: keyOf(session) }] as const);
    orders = new OrderSessions(new Map(own), [endpoint], clock);
    const privateKey = keyOf(ADMINISTRATOR);
    administrator = new OrderEntryClient({ endpoints: [endpoint], session: ADMINISTRATOR, privateKey, clock });
    await Promise.all([orders.connect(), administrator.connect()]);
    const journal = await openFileJournal({ folder: join(test.folder, 'journal'), clock });
    replica = await Replica.open({ journal, clock, onFault: (fault) => test.fatal.push(fault) });
    replica.start();
    const engine = () => replica.engine;
    const admin = { send: (words: Int32Array): boolean => administrator.submit(words, 0) !== 0 };
    await until(() => replica.engine.view !== undefined);
    for (const words of seedCommands(reference, seedReadsOf(engine))) admin.send(words);
    await until(() => seedCommands(reference, seedReadsOf(engine)).length === 0);
    const time = tenPast();
    const driver = new MarketDriver(drivenMarkets(reference), marketStatesOf(engine), admin, { callSeconds: 1 });
    const market = new DemoMarket(
      reference,
      { view: marketViewOf(engine), orders, administrator: admin },
      time.nowMicros(),
    );
    replica.listen({
      onEvents(words, end) {
        market.observe(words, end);
        for (let at = 0; at < end; at += eventLength(words, at)) {
          if (eventKind(words, at) === EventKind.trade) trades[words[at + Trade.instrument]]++;
        }
      },
    });
    runner = new DemoRunner(market, driver, time);
    runner.start();
  });

  afterAll(async () => {
    runner.stop();
    replica.stop();
    await Promise.all([orders.close(), administrator.close()]);
    await test.stop();
  });

  it('opens every market and fills its book from both sides', async () => {
    const view = marketViewOf(() => replica.engine);
    await until(() => symbols.every((instrument) => view.state(instrument) === MarketState.continuous), 20_000);
    await until(() => symbols.every((instrument) => view.bestBidTicks(instrument) * view.bestAskTicks(instrument) > 0));
    const bids = symbols.map((instrument) => view.bestBidTicks(instrument));
    expect(symbols.filter((instrument) => bids[instrument] >= view.bestAskTicks(instrument))).toEqual([]);
  });

  it('trades every instrument, with hardly anything dropped or refused', async () => {
    await until(() => Math.min(...trades) > 10 && runner.status().sent > 2000, 30_000);
    const { sent, dropped, refused, simulated } = runner.status();
    expect(simulated).toBe(true);
    expect(sent).toBeGreaterThan(1000);
    expect(dropped).toBe(0);
    expect(refused).toBeLessThan(sent * 0.02);
  });

  it('falls silent while it is paused and comes back', async () => {
    runner.pause();
    const { sent } = runner.status();
    await new Promise((resolve) => {
      setTimeout(resolve, 300);
    });
    expect(runner.status()).toMatchObject({ sent, state: 'paused' });
    runner.resume();
    await until(() => runner.status().sent > sent);
  });

  it('knows its live orders as the engine knows them', async () => {
    runner.pause();
    await until(() => replica.sequence === test.node.lastSequence());
    const live = replica.engine.view?.orders.live ?? 0;
    // Quotes and exits of brackets have no ClOrdID and are not counted by the demo.
    expect(live).toBeGreaterThanOrEqual(runner.status().openOrders);
    expect(live - runner.status().openOrders).toBeLessThan(60);
  });

  it('ends in the same state on the node and on the replica', async () => {
    await until(() => replica.sequence === test.node.lastSequence());
    expect(test.fatal).toEqual([]);
    expect(replica.engine.stateHash()).toBe(test.node.engine.stateHash());
  });
});
