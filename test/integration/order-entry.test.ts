import { afterEach, describe, expect, it } from 'vitest';
import { Code } from '#trading/codes.ts';
import { ExecType, OrderStatus } from '#trading/events.ts';
import { Side } from '#trading/terms.ts';
import { cancelOrder, newOrder, openMarket, startTestNode } from './edge-harness.ts';
import type { TestNode } from './edge-harness.ts';

let test: TestNode;
afterEach(async () => test.stop());

describe('order entry over a real socket', () => {
  it("acknowledges, fills and cancels orders with FIX states and the client's own sequence numbers", async () => {
    test = await startTestNode();
    await openMarket(test);
    const trader = await test.connect(2);
    expect(trader.receipt).toMatchObject({ lostMessages: 0, resent: 0, regressed: false, administrator: false });
    const first = trader.send(newOrder({ clOrdId: 1, price: 1000, quantity: 10 }));
    trader.send(newOrder({ clOrdId: 2, account: 1, side: Side.sell, price: 1000, quantity: 4 }));
    trader.send(cancelOrder(0, 1));
    await trader.until(() => trader.reports.length >= 5);
    const states = trader.reports.map(({ clOrdId, execType, status }) => [clOrdId, execType, status]);
    expect(states).toEqual([
      [1, ExecType.new, OrderStatus.new],
      [2, ExecType.new, OrderStatus.new],
      [1, ExecType.trade, OrderStatus.partiallyFilled],
      [2, ExecType.trade, OrderStatus.filled],
      [1, ExecType.canceled, OrderStatus.canceled],
    ]);
    expect(trader.reports.map((report) => report.sequence)).toEqual([1, 2, 3, 4, 5]);
    expect(trader.reports[0]).toMatchObject({ answers: first, final: true, replayed: false });
    expect(trader.reports.map((report) => report.final)).toEqual([true, false, false, true, true]);
    expect(trader.rejects).toEqual([]);
  });

  it('answers a resent ClOrdID with the state of the order and never with a second order', async () => {
    test = await startTestNode();
    await openMarket(test);
    const trader = await test.connect(2);
    trader.send(newOrder({ clOrdId: 7 }));
    trader.send(newOrder({ clOrdId: 7 }));
    await trader.until(() => trader.reports.length >= 2);
    expect(trader.reports[1]).toMatchObject({
      execType: ExecType.rejected,
      reason: Code.duplicateClOrdId,
      status: OrderStatus.new,
      clOrdId: 7,
    });
    expect(test.node.engine.view?.orders.live).toBe(1);
  });
});
