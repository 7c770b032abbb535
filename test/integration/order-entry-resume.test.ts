import { afterEach, describe, expect, it } from 'vitest';
import { ExecType } from '#trading/events.ts';
import { SessionCode } from '#wire/order-entry/codes.ts';
import { Side } from '#trading/terms.ts';
import { cancelOrder, massCancel, newOrder, openMarket, startTestNode, until } from './edge-harness.ts';
import type { TestNode } from './edge-harness.ts';

let test: TestNode;
afterEach(async () => test.stop());

function liveOrders(node: TestNode): number {
  return node.node.engine.view?.orders.live ?? -1;
}

describe('resume after a break', () => {
  it('replays exactly the reports that were missed, marked as replayed, then goes on', async () => {
    test = await startTestNode();
    await openMarket(test);
    const maker = await test.connect(2);
    maker.send(newOrder({ clOrdId: 1, quantity: 30 }));
    await maker.until(() => maker.reports.length === 1);
    maker.client.breakConnection();
    await maker.until(() => maker.downs.length === 1);
    const taker = await test.connect(3);
    for (const clOrdId of [2, 3, 4]) taker.send(newOrder({ account: 1, clOrdId, side: Side.sell, quantity: 10 }));
    await taker.until(() => taker.reports.length === 6);
    await maker.until(() => maker.reports.length === 4);
    expect(maker.reports.map(({ sequence, replayed, execType }) => ({ sequence, replayed, execType }))).toEqual([
      { sequence: 1, replayed: false, execType: ExecType.new },
      ...[2, 3, 4].map((sequence) => ({ sequence, replayed: expect.any(Boolean), execType: ExecType.trade })),
    ]);
    expect(maker.receipts.at(-1)).toMatchObject({ lostMessages: 0, regressed: false });
    maker.send(newOrder({ clOrdId: 9, price: 900 }));
    await maker.until(() => maker.reports.length === 5);
    expect(maker.reports[4]).toMatchObject({ sequence: 5, replayed: false, clOrdId: 9 });
  });

  it('marks what it sends a second time, and only that', async () => {
    test = await startTestNode();
    await openMarket(test);
    const first = await test.connect(2);
    first.send(newOrder({ clOrdId: 1 }));
    first.send(newOrder({ clOrdId: 2 }));
    await first.until(() => first.reports.length === 2);
    await first.client.close();
    // A new client of the same session that has seen nothing asks for everything.
    const second = await test.connect(2);
    await second.until(() => second.reports.length === 2);
    expect(second.reports.map(({ sequence, replayed }) => [sequence, replayed])).toEqual([
      [1, true],
      [2, true],
    ]);
    second.send(newOrder({ clOrdId: 3 }));
    await second.until(() => second.reports.length === 3);
    expect(second.reports[2]).toMatchObject({ sequence: 3, replayed: false });
  });

  it('sends again what the node had not taken, once, when orders were made while disconnected', async () => {
    test = await startTestNode();
    await openMarket(test);
    const trader = await test.connect(2);
    trader.client.breakConnection();
    await trader.until(() => trader.downs.length === 1);
    for (const clOrdId of [1, 2, 3]) trader.send(newOrder({ clOrdId }));
    await trader.until(() => trader.reports.length === 3);
    expect(trader.receipts.at(-1)).toMatchObject({ resent: 3 });
    expect(trader.reports.map(({ clOrdId, execType }) => [clOrdId, execType])).toEqual(
      [1, 2, 3].map((clOrdId) => [clOrdId, ExecType.new]),
    );
    expect(liveOrders(test)).toBe(3);
  });

  it('goes on with both counters over a restart of the node', async () => {
    test = await startTestNode();
    await openMarket(test);
    const trader = await test.connect(2);
    for (const clOrdId of [1, 2]) trader.send(newOrder({ clOrdId }));
    await trader.until(() => trader.reports.length === 2);
    const hash = test.node.engine.stateHash();
    const before = test.node.lastSequence();
    await test.restart();
    expect(test.node.recovery.snapshotSequence).toBe(before);
    expect(test.node.engine.stateHash()).toBe(hash);
    await trader.until(() => trader.receipts.length === 2);
    expect(trader.receipts[1]).toMatchObject({ lostMessages: 0, resent: 0, regressed: false, epoch: 2 });
    trader.send(newOrder({ clOrdId: 3 }));
    await trader.until(() => trader.reports.length === 3);
    expect(trader.reports[2]).toMatchObject({ sequence: 3, clOrdId: 3, execType: ExecType.new });
    const late = await test.connect(2, { reconnect: false });
    await late.until(() => late.reports.length === 3);
    expect(late.reports.map((report) => report.sequence)).toEqual([1, 2, 3]);
    expect(late.reports.map((report) => report.words)).toEqual(trader.reports.map((report) => report.words));
  });

  it('tells a client how many reports are gone when they no longer fit', async () => {
    test = await startTestNode({ 2: {} }, { outbox: { ringBytes: 1 << 20, framesMax: 1 << 10 } });
    await openMarket(test);
    const trader = await test.connect(2);
    for (let clOrdId = 1; clOrdId <= 2000; clOrdId++) {
      trader.send(newOrder({ clOrdId }));
      if (clOrdId % 200 === 0) await trader.until(() => trader.reports.length === clOrdId);
    }
    await trader.client.close();
    const late = await test.connect(2);
    await late.until(() => late.reports.length > 0 && late.reports.at(-1)?.sequence === 2000);
    expect(late.receipt.lostMessages).toBe(2000 - late.reports.length);
    expect(late.reports.length).toBeGreaterThan(900);
  });

  it('ends the earlier connection when the session logs in again', async () => {
    test = await startTestNode();
    await openMarket(test);
    const first = await test.connect(2, { reconnect: false });
    const second = await test.connect(2);
    await first.until(() => first.downs.length === 1);
    expect(first.downs).toEqual([SessionCode.takenOver]);
    second.send(newOrder({ clOrdId: 1 }));
    await second.until(() => second.reports.length === 1);
  });
});

describe('cancel on disconnect', () => {
  it('cancels after the grace, not before, and not when the session is back in time', async () => {
    test = await startTestNode({ 2: { cancelOnDisconnect: true, graceMs: 400 }, 3: {} });
    await openMarket(test);
    const trader = await test.connect(2, { reconnect: false });
    trader.send(newOrder({ clOrdId: 1 }));
    trader.send(newOrder({ clOrdId: 2 }));
    await trader.until(() => trader.reports.length === 2);
    trader.client.breakConnection();
    await trader.until(() => trader.downs.length === 1);
    const back = await test.connect(2, { reconnect: false });
    await new Promise((resolve) => {
      setTimeout(resolve, 700);
    });
    expect(liveOrders(test)).toBe(2);
    back.client.breakConnection();
    const brokenAt = performance.now();
    await until(() => liveOrders(test) === 0);
    expect(performance.now() - brokenAt).toBeGreaterThan(390);
    const last = await test.connect(2);
    await last.until(() => last.reports.length === 4);
    expect(last.reports.slice(2).map((report) => report.execType)).toEqual([ExecType.canceled, ExecType.canceled]);
  });

  it('begins the grace anew when the node was started again', async () => {
    test = await startTestNode({ 2: { cancelOnDisconnect: true, graceMs: 300 } });
    await openMarket(test);
    const trader = await test.connect(2, { reconnect: false });
    trader.send(newOrder({ clOrdId: 1 }));
    await trader.until(() => trader.reports.length === 1);
    await test.restart();
    expect(liveOrders(test)).toBe(1);
    await until(() => liveOrders(test) === 0);
  });
});

describe('entitlement', () => {
  it('confines a trader to its accounts, its commands and its own mass cancel', async () => {
    test = await startTestNode({ 2: { accounts: [0] }, 3: { accounts: 'all' } });
    await openMarket(test);
    const own = await test.connect(2);
    const other = await test.connect(3);
    own.send(newOrder({ clOrdId: 1, account: 1 }));
    own.send(newOrder({ clOrdId: 2, account: 0 }));
    own.send(massCancel({ participant: 0 }));
    own.send(massCancel({ account: 1 }));
    await own.until(() => own.rejects.length === 3 && own.reports.length === 1);
    expect(own.rejects.map((reject) => reject.code)).toEqual([
      SessionCode.accountNotAllowed,
      SessionCode.participantNotAllowed,
      SessionCode.accountNotAllowed,
    ]);
    // Session 3 may use the accounts of participant 0, not those of participant 1.
    other.send(newOrder({ clOrdId: 3, account: 2 }));
    other.send(newOrder({ clOrdId: 4, account: 0, price: 990 }));
    await other.until(() => other.rejects.length === 1 && other.reports.length === 1);
    expect(other.rejects[0].code).toBe(SessionCode.accountNotAllowed);
    // Naming nothing means one's own session: the other session's order stays.
    own.send(massCancel({}));
    await own.until(() => own.reports.length === 3);
    expect(liveOrders(test)).toBe(1);
    // Naming an account means that account, also orders of other sessions.
    own.send(massCancel({ account: 0 }));
    await until(() => liveOrders(test) === 0);
    await other.until(() => other.reports.length === 2);
    expect(other.reports[1]).toMatchObject({ execType: ExecType.canceled, answers: 0 });
  });

  it('tells both sessions when one cancels an order of the other for the same account', async () => {
    test = await startTestNode();
    await openMarket(test);
    const owner = await test.connect(2);
    const asker = await test.connect(3);
    owner.send(newOrder({ clOrdId: 1 }));
    await owner.until(() => owner.reports.length === 1);
    const sequence = asker.send(cancelOrder(0, 1));
    await asker.until(() => asker.reports.length === 1);
    await owner.until(() => owner.reports.length === 2);
    expect(asker.reports[0]).toMatchObject({ execType: ExecType.canceled, answers: sequence, final: true });
    expect(owner.reports[1]).toMatchObject({ execType: ExecType.canceled, answers: 0 });
  });

  it('holds a session to its order rate, and never its cancels', async () => {
    test = await startTestNode({ 2: { ordersPerSecond: 5 } });
    await openMarket(test);
    const trader = await test.connect(2);
    for (let clOrdId = 1; clOrdId <= 20; clOrdId++) trader.send(newOrder({ clOrdId }));
    for (let clOrdId = 1; clOrdId <= 5; clOrdId++) trader.send(cancelOrder(0, clOrdId));
    await trader.until(() => trader.rejects.length === 15 && trader.reports.length === 10);
    expect(new Set(trader.rejects.map((reject) => reject.code))).toEqual(new Set([SessionCode.throttled]));
    expect(trader.rejects[0]).toMatchObject({ limit: 5 });
    expect(trader.rejects[0].used).toBeGreaterThan(0);
    await new Promise((resolve) => {
      setTimeout(resolve, 300);
    });
    trader.send(newOrder({ clOrdId: 30 }));
    await trader.until(() => trader.reports.length === 11);
  });
});
