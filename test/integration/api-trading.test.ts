/** Trading over HTTP against a real node: reference data, orders, books, tape, candles, positions, traces. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectStatus, openTradingDay, startTestApi, trading, type TestApi, type TestUser } from './api-harness.ts';

let api: TestApi;
let admin: TestUser;
let risk: TestUser;
let trader: TestUser;

beforeAll(async () => {
  api = await startTestApi();
  admin = await api.user('ada', 'admin');
  risk = await api.user('rita', 'risk');
  trader = await api.user('tom', 'trader', [0]);
  await openTradingDay(api, admin, risk);
});
afterAll(async () => api.stop());

const order = (fields: object): object => ({
  account: 0,
  symbol: 'NAUT',
  side: 'buy',
  quantity: 100,
  price: '99.50',
  ...fields,
});

describe('orders over the API', () => {
  it('rest in the book with price as ticks and as text', async () => {
    const placed = await admin.post(trading('/orders'), order({ clOrdId: '1001' }));
    expectStatus(placed, 201);
    expect(placed.body.order).toMatchObject({
      clOrdId: '1001',
      accountName: 'DESK-A',
      status: 'new',
      live: true,
      priceTicks: 9950,
      price: '99.50',
      leavesQuantity: 100,
    });
    expect(placed.body.duplicate).toBe(false);
    expect(placed.body.executions.map((execution: { execType: string }) => execution.execType)).toEqual(['new']);

    const l1 = await admin.get(trading('/books/NAUT/l1'));
    expect(l1.body.bid).toEqual({ priceTicks: 9950, price: '99.50', quantity: 100, orders: 1 });
    const l3 = await admin.get(trading('/books/NAUT/l3'));
    expect(l3.body.bids).toEqual([
      { orderId: placed.body.order.orderId, priceTicks: 9950, price: '99.50', quantity: 100 },
    ]);
  });

  it('sent again with the same ClOrdID answer with the same order and enter nothing', async () => {
    const again = await admin.post(trading('/orders'), order({ clOrdId: '1001', quantity: 777 }));
    expect(again.status).toBe(200);
    expect(again.body.duplicate).toBe(true);
    expect(again.body.order).toMatchObject({ clOrdId: '1001', quantity: 100 });
    const l2 = await admin.get(trading('/books/NAUT/l2'));
    expect(l2.body.bids).toEqual([{ priceTicks: 9950, price: '99.50', quantity: 100, orders: 1 }]);
  });

  it('trade, and the trade shows on the tape, in candles, executions and positions', async () => {
    const sold = await admin.post(
      trading('/orders'),
      order({ account: 1, side: 'sell', quantity: 40, price: '99.00', timeInForce: 'ioc', clOrdId: '2001' }),
    );
    expect(sold.body.order).toMatchObject({ status: 'filled', cumQuantity: 40, averagePrice: '99.5000', live: false });
    expect(sold.body.executions.map((execution: { execType: string }) => execution.execType)).toEqual(['new', 'trade']);

    const { body: tape } = await admin.get(trading('/trades/NAUT'));
    expect(tape.simulated).toBe(true);
    expect(tape.trades).toHaveLength(1);
    expect(tape.trades[0]).toMatchObject({ price: '99.50', quantity: 40, aggressorSide: 'sell', correction: 'none' });

    const { body: candles } = await admin.get(trading('/candles/NAUT?interval=1m'));
    expect(candles.candles).toHaveLength(1);
    expect(candles.candles[0]).toMatchObject({ open: '99.50', close: '99.50', volume: 40, trades: 1 });

    const { body: fills } = await admin.get(trading('/executions?kind=trades&account=0'));
    expect(fills.executions).toHaveLength(1);
    expect(fills.executions[0]).toMatchObject({ lastQuantity: 40, liquidity: 'added', clOrdId: '1001' });

    const { body: positions } = await admin.get(trading('/positions'));
    const net = positions.positions.map((row: { account: number; netQuantity: number }) => [
      row.account,
      row.netQuantity,
    ]);
    expect(net).toEqual([
      [0, 40],
      [1, -40],
    ]);
    const [long] = positions.positions;
    expect(long).toMatchObject({ averagePrice: '99.5000', openBuyQuantity: 60, unrealisedUnits: 0 });
  });

  it('are found by OrderID and by ClOrdID, and page by page', async () => {
    const found = await admin.get(trading('/orders/by-client-id/0/1001'));
    expect(found.body).toMatchObject({ status: 'partially-filled', leavesQuantity: 60 });
    const byId = await admin.get(trading(`/orders/${found.body.orderId}`));
    expect(byId.body).toEqual(found.body);

    const first = await admin.get(trading('/orders?limit=1'));
    expect(first.body.orders[0].clOrdId).toBe('2001');
    const second = await admin.get(trading(`/orders?limit=1&before=${first.body.next}`));
    expect(second.body.orders[0].clOrdId).toBe('1001');
    expect(second.body.next).toBeNull();
    const live = await admin.get(trading('/orders?status=live'));
    expect(live.body.orders.map((row: { clOrdId: string }) => row.clOrdId)).toEqual(['1001']);
  });

  it('are amended and cancelled', async () => {
    const { body: before } = await admin.get(trading('/orders/by-client-id/0/1001'));
    const amended = await admin.patch(trading(`/orders/${before.orderId}`), { quantity: 90 });
    expectStatus(amended, 200);
    expect(amended.body.order).toMatchObject({ quantity: 90, leavesQuantity: 50, cumQuantity: 40 });
    const tooLow = await admin.patch(trading(`/orders/${before.orderId}`), { quantity: 40 });
    expect(tooLow.status).toBe(409);
    expect(tooLow.body.error.code).toBe('ENGINE_AMEND_BELOW_EXECUTED');

    const cancelled = await admin.delete(trading(`/orders/${before.orderId}`));
    expect(cancelled.body.order).toMatchObject({ status: 'cancelled', live: false, leavesQuantity: 0 });
    const again = await admin.delete(trading(`/orders/${before.orderId}`));
    expect(again.status).toBe(404);
    expect(again.body.error.code).toBe('ENGINE_UNKNOWN_ORDER');
  });

  it('explain where their time went', async () => {
    const placed = await admin.post(trading('/orders'), order({ clOrdId: '1002' }));
    await admin.delete(trading(`/orders/${placed.body.order.orderId}`));
    const trace = await admin.get(trading(`/orders/${placed.body.order.orderId}/trace`));
    expectStatus(trace, 200);
    expect(trace.body.complete).toBe(true);
    const names = trace.body.stages.map((stage: { name: string }) => stage.name);
    expect(names).toEqual(['receive', 'match', 'journal', 'acknowledge']);
    let end = 0;
    for (const stage of trace.body.stages) {
      expect(stage.startNanos).toBe(end);
      end += stage.durationNanos;
    }
    expect(trace.body.totalNanos).toBe(end);
    expect(end).toBeGreaterThan(0);
    expect(end).toBeLessThan(5e9);
  });

  it('over a limit are refused with limit, value and used amount', async () => {
    const refused = await admin.post(trading('/orders'), order({ quantity: 1001 }));
    expect(refused.status).toBe(422);
    expect(refused.body.error).toMatchObject({
      code: 'ENGINE_MAX_ORDER_QUANTITY',
      message: 'order quantity is over the limit',
      detail: { limit: 1000, value: 1001 },
    });
    const { body: events } = await admin.get(trading('/executions?limit=1'));
    expect(events.executions[0]).toMatchObject({ execType: 'rejected', orderId: null, limit: 1000, value: 1001 });
  });

  it('with a price between two ticks, or of the wrong form, are refused field by field', async () => {
    const offTick = await admin.post(trading('/orders'), order({ price: '99.505' }));
    expect(offTick.status).toBe(400);
    expect(offTick.body.error).toMatchObject({
      code: 'API_INVALID_REQUEST',
      detail: { issues: [{ path: 'price', message: 'is not a multiple of the tick 0.01' }] },
    });
    const wrong = await admin.post(trading('/orders'), { ...order({ side: 'hold' }), quantity: 0, colour: 'red' });
    expect(wrong.status).toBe(400);
    const paths = wrong.body.error.detail.issues.map((issue: { path: string }) => issue.path);
    expect(paths).toEqual(expect.arrayContaining(['side', 'quantity']));
  });

  it('with stops, icebergs and brackets carry their extra terms', async () => {
    const stop = await admin.post(trading('/orders'), {
      ...order({ price: undefined, type: 'stop', stopPrice: '103.00', quantity: 5 }),
    });
    expectStatus(stop, 201);
    expect(stop.body.order).toMatchObject({ type: 'stop', status: 'pending-new', stopPrice: '103.00', price: null });
    const iceberg = await admin.post(trading('/orders'), order({ displayQuantity: 10, timeInForce: 'gtc' }));
    expect(iceberg.body.order).toMatchObject({ displayQuantity: 10, quantity: 100 });
    const { body: book } = await admin.get(trading('/books/NAUT/l2'));
    expect(book.bids[0]).toMatchObject({ quantity: 10 });
    const mass = await admin.post(trading('/orders/mass-cancel'), { account: 0 });
    expect(mass.body.cancelled).toBe(2);
  });

  it('are seen and touched only with the right to their account', async () => {
    const other = await admin.post(trading('/orders'), order({ account: 1, clOrdId: '2002' }));
    const id = other.body.order.orderId;
    expect((await trader.get(trading(`/orders/${id}`))).status).toBe(404);
    expect((await trader.delete(trading(`/orders/${id}`))).status).toBe(404);
    expect((await trader.post(trading('/orders'), order({ account: 1 }))).body.error.code).toBe(
      'API_ACCOUNT_FORBIDDEN',
    );
    expect((await trader.get(trading('/orders?account=1'))).status).toBe(403);
    const { body: own } = await trader.get(trading('/orders?limit=1000'));
    expect(own.orders.length).toBeGreaterThan(0);
    expect(own.orders.every((row: { account: number }) => row.account === 0)).toBe(true);
    const { body: accounts } = await trader.get(trading('/accounts'));
    expect(accounts.accounts.map((row: { account: number }) => row.account)).toEqual([0]);
    await admin.post(trading('/orders/mass-cancel'), { symbol: 'NAUT' });
  });

  it('agree with the engine: the list of live orders is what the engine holds', async () => {
    for (let index = 0; index < 20; index++) {
      const side = index % 2 === 0 ? 'buy' : 'sell';
      const price = side === 'buy' ? `9${index % 8}.00` : `10${index % 8}.00`;
      await admin.post(trading('/orders'), order({ side, price, quantity: 1 + index, selfTrade: 'none' }));
    }
    const { body } = await admin.get(trading('/orders?status=live&limit=1000'));
    const { body: l3 } = await admin.get(trading('/books/NAUT/l3?depth=500'));
    const book = [...l3.bids, ...l3.asks].map((row: { orderId: string; quantity: number }) => [
      row.orderId,
      row.quantity,
    ]);
    const list = body.orders.map((row: { orderId: string; leavesQuantity: number }) => [
      row.orderId,
      row.leavesQuantity,
    ]);
    expect(Object.fromEntries(list)).toEqual(Object.fromEntries(book));
    expect(api.view.state?.orders.live).toBe(body.orders.length);
    const mass = await admin.post(trading('/orders/mass-cancel'), { account: 0, symbol: 'NAUT', side: 'buy' });
    expect(mass.body.cancelled).toBe(body.orders.filter((row: { side: string }) => row.side === 'buy').length);
  });
});

describe('reference data over the API', () => {
  it('shows an instrument as it was made', async () => {
    const { body } = await admin.get(trading('/instruments/NAUT'));
    expect(body).toMatchObject({
      symbol: 'NAUT',
      currency: 'USD',
      tickSize: '0.01',
      referencePrice: '100.00',
      state: 'continuous',
      listed: true,
      simulated: true,
      maxOrderQuantity: 100_000,
    });
    const list = await admin.get(trading('/instruments'));
    expect(list.body.instruments).toHaveLength(1);
  });

  it('refuses a second instrument of the same symbol, and one that is not known', async () => {
    const again = await admin.post(trading('/instruments'), {
      symbol: 'NAUT',
      currency: 'USD',
      moneyPerTick: 1,
      tickMantissa: 1,
      tickExponent: 0,
      referenceTicks: 5,
      maxOrderQuantity: null,
      collarBasisPoints: null,
      staticBandBasisPoints: null,
      dynamicBandBasisPoints: null,
    });
    expect(again.status).toBe(409);
    const missing = await admin.get(trading('/instruments/NONE'));
    expect(missing.body.error).toMatchObject({ code: 'API_NOT_FOUND', detail: { what: 'instrument NONE' } });
  });

  it('opens accounts with small limits and moves money', async () => {
    const { body: created } = await admin.post(trading('/accounts'), { name: 'DESK-C', participant: 3 });
    expect(created).toMatchObject({ name: 'DESK-C', enabled: true, cash: '0.0000' });
    const { body: limits } = await admin.get(trading(`/risk/limits/${created.account}`));
    expect(limits.limits).toMatchObject({ maxOrderQuantity: 1000, buyingPowerEnforced: true });
    const paid = await admin.post(trading(`/accounts/${created.account}/funds`), { amountUnits: 12_345 });
    expect(paid.body).toMatchObject({ cash: '1.2345', available: '1.2345' });
    const tooMuch = await admin.post(trading(`/accounts/${created.account}/funds`), { amountUnits: -12_346 });
    expect(tooMuch.body.error.code).toBe('ENGINE_INSUFFICIENT_FUNDS');
  });

  it('delists an instrument: its orders go, new ones are refused', async () => {
    const made = await admin.post(trading('/instruments'), {
      symbol: 'EUR/USD',
      currency: 'USD',
      moneyPerTick: 1,
      tickMantissa: 5,
      tickExponent: -5,
      referenceTicks: 20_000,
      maxOrderQuantity: null,
      collarBasisPoints: null,
      staticBandBasisPoints: null,
      dynamicBandBasisPoints: null,
    });
    expect(made.body).toMatchObject({ tickSize: '0.00005', referencePrice: '1.00000', state: 'closed' });
    const delisted = await admin.post(trading('/instruments/EUR%2FUSD/delist'));
    expect(delisted.body.listed).toBe(false);
    const refused = await admin.post(trading('/orders'), order({ symbol: 'EUR/USD', price: '1.00' }));
    expect(refused.body.error.code).toBe('ENGINE_INSTRUMENT_NOT_LISTED');
  });
});
