/** The door of the engine, rule by rule of docs/trading/semantics.md: which orders are refused, in which order, with what numbers. */
import { describe, expect, it } from 'vitest';
import { Capacity, ShortMark, packMarks } from '#trading/terms.ts';
import { Stage } from '../reference/stage.ts';
import type { OrderWish } from '../reference/commands.ts';

const SHORT = packMarks(Capacity.deal, ShortMark.short);
const EXEMPT = packMarks(Capacity.deal, ShortMark.shortExempt);
const buy = (id: number, quantity: number, price: number): OrderWish => ({ id, quantity, price });

describe('who may enter an order', () => {
  it('refuses unknown accounts and instruments and ClOrdID 0', () => {
    const stage = new Stage();
    expect(stage.order({ ...buy(1, 1, 100), account: 7 })).toEqual(['#1 rejected unknownAccount']);
    expect(stage.order({ ...buy(1, 1, 100), instrument: 3 })).toEqual(['#1 rejected unknownInstrument']);
    expect(stage.order(buy(0, 1, 100))).toEqual(['order 0.0 rejected badClOrdId']);
  });

  it('answers a resent ClOrdID with the state of the first order and enters nothing', () => {
    const stage = new Stage();
    stage.order({ id: 9, account: 1, side: 'sell', quantity: 4, price: 100 });
    stage.order(buy(1, 10, 100));
    expect(stage.order(buy(1, 10, 100))).toEqual(['#1 rejected duplicateClOrdId']);
    expect(stage.events[0]).toMatchObject({ status: 1, leaves: 6, cum: 4, price: 100, slot: 1 });
    stage.cancel(1);
    stage.order(buy(1, 3, 90));
    expect(stage.events[0]).toMatchObject({ status: 4, leaves: 0, cum: 4, price: 100, slot: 0 });
    expect(stage.book('buy')).toBe('');
  });

  it('lets two accounts use the same ClOrdID, and a refused order use it again', () => {
    const stage = new Stage();
    expect(stage.order(buy(1, 0, 100))).toEqual(['#1 rejected badQuantity']);
    expect(stage.order(buy(1, 1, 100))).toEqual(['#1 new']);
    expect(stage.order({ ...buy(1, 1, 100), account: 1 })).toEqual(['#1 new']);
  });

  it('holds disabled accounts, kill switches and unlisted instruments against new orders, in that order', () => {
    const stage = new Stage({ instruments: 2 });
    stage.do('account', { account: 0, participant: 0, flags: 0 });
    expect(stage.order(buy(1, 1, 100))).toEqual(['#1 rejected accountDisabled']);
    stage.do('account', { account: 0, participant: 0, flags: 1 });
    stage.do('killSwitch', { scope: 3, id: 0, engage: 1 });
    expect(stage.order(buy(1, 1, 100))).toEqual(['#1 rejected instrumentKilled']);
    stage.do('killSwitch', { scope: 2, id: 0, engage: 1 });
    expect(stage.order(buy(1, 1, 100))).toEqual(['#1 rejected accountKilled']);
    stage.do('killSwitch', { scope: 1, id: 0, engage: 1 });
    expect(stage.order(buy(1, 1, 100))).toEqual(['#1 rejected participantKilled']);
    const unlisted = { instrument: 1, moneyPerTick: 1, referenceTicks: 100, lotSize: 1, minTicks: 1, maxTicks: 10_000 };
    stage.do('instrument', unlisted);
    expect(stage.order({ ...buy(2, 1, 100), account: 1, instrument: 1 })).toEqual(['#2 rejected instrumentNotListed']);
  });
});

describe('the shape of an order', () => {
  const cases: [string, OrderWish, string][] = [
    ['a quantity of nothing', buy(1, 0, 100), 'badQuantity'],
    ['a quantity beyond the instrument', buy(1, 1010, 100), 'badQuantity'],
    ['a part of a lot', buy(1, 15, 100), 'badLot'],
    ['a limit order without a price', buy(1, 10, 0), 'badPrice'],
    ['a price beyond the range', buy(1, 10, 10_001), 'badPrice'],
    ['a price between two ticks', buy(1, 10, 103), 'badTick'],
    ['a market order with a price', { ...buy(1, 10, 100), type: 'market' }, 'badPrice'],
    ['a stop without its price', { ...buy(1, 10, 0), type: 'stop' }, 'badStopPrice'],
    ['a limit order with a stop price', { ...buy(1, 10, 100), stop: 100 }, 'badStopPrice'],
    ['a market order for good', { ...buy(1, 10, 0), type: 'market', tif: 'gtc' }, 'badCombination'],
    ['a post-only market order', { ...buy(1, 10, 0), type: 'market', postOnly: true }, 'badCombination'],
    ['a post-only order that is immediate', { ...buy(1, 10, 100), tif: 'ioc', postOnly: true }, 'badCombination'],
    ['a peg that is immediate', { ...buy(1, 10, 0), type: 'pegMid', tif: 'ioc' }, 'badCombination'],
    ['a reduce-only peg', { ...buy(1, 10, 0), type: 'pegMid', reduceOnly: true }, 'badCombination'],
    ['a stop with a minimum', { ...buy(1, 10, 0), type: 'stop', stop: 100, minimum: 10 }, 'badCombination'],
    ['an immediate iceberg', { ...buy(1, 20, 100), tif: 'ioc', display: 10 }, 'badCombination'],
    ['a reduce-only iceberg', { ...buy(1, 20, 100), reduceOnly: true, display: 10 }, 'badCombination'],
    ['a linked fill-or-kill order', { ...buy(1, 10, 100), tif: 'fok', linkId: 1 }, 'badCombination'],
    ['a linked order with a minimum', { ...buy(1, 20, 100), minimum: 10, linkId: 1 }, 'badCombination'],
    ['a linked bracket', { ...buy(1, 10, 100), linkId: 1, takeProfit: 110, stopLoss: 90 }, 'badCombination'],
    ['a display of more than the order', { ...buy(1, 10, 100), display: 20 }, 'badDisplayQuantity'],
    ['a minimum of more than the order', { ...buy(1, 10, 100), minimum: 20 }, 'badMinimumQuantity'],
    ['an expiry without good-till-date', { ...buy(1, 10, 100), expire: 2 ** 52 }, 'badExpiry'],
    ['good-till-date without an expiry', { ...buy(1, 10, 100), tif: 'gtd' }, 'badExpiry'],
    ['an expiry that has passed', { ...buy(1, 10, 100), tif: 'gtd', expire: 1000 }, 'badExpiry'],
    ['a peg offset on a limit order', { ...buy(1, 10, 100), pegOffset: 1 }, 'badPegOffset'],
    ['a mid peg with an offset', { ...buy(1, 10, 0), type: 'pegMid', pegOffset: 1 }, 'badPegOffset'],
    ['a peg ahead of its reference', { ...buy(1, 10, 0), type: 'pegPrimary', pegOffset: -1 }, 'badPegOffset'],
    ['a bracket with one exit', { ...buy(1, 10, 100), takeProfit: 110 }, 'badBracket'],
    ['a bracket on one side of its entry', { ...buy(1, 10, 100), takeProfit: 110, stopLoss: 105 }, 'badBracket'],
    [
      'a stop-loss limit better than its stop',
      { ...buy(1, 10, 100), takeProfit: 110, stopLoss: 90, stopLossLimit: 95 },
      'badBracket',
    ],
    ['a bracket exit between two ticks', { ...buy(1, 10, 100), takeProfit: 111, stopLoss: 90 }, 'badBracket'],
    ['a buy with a short mark', { ...buy(1, 10, 100), marks: SHORT }, 'badMarks'],
    ['a capacity that does not exist', { ...buy(1, 10, 100), marks: 6 }, 'badMarks'],
  ];

  it.each(cases)('refuses %s', (_what, wish, code) => {
    const stage = new Stage({ instrument: { lotSize: 10, maxOrderQuantity: 1000 } });
    stage.do('tickTable', { table: 1, count: 1 }, [0, 5]);
    stage.do('instrument', {
      instrument: 0,
      flags: 1,
      tickTable: 1,
      moneyPerTick: 1,
      referenceTicks: 100,
      lotSize: 10,
      maxOrderQuantity: 1000,
      minTicks: 1,
      maxTicks: 10_000,
    });
    expect(stage.order(wish)).toEqual([`#1 rejected ${code}`]);
  });

  it('takes a display of the whole order as a plain order', () => {
    const stage = new Stage();
    stage.order({ ...buy(1, 10, 100), display: 10 });
    stage.order({ ...buy(2, 10, 100) });
    expect(stage.order({ id: 3, account: 1, side: 'sell', quantity: 10, price: 100 })).toContain(
      '#1 fills 10@100 left 0',
    );
  });

  it('takes icebergs of up to a hundred parts', () => {
    const stage = new Stage();
    expect(stage.order({ ...buy(1, 1001, 100), display: 10 })).toEqual(['#1 rejected badDisplayQuantity']);
    expect(stage.order({ ...buy(1, 1000, 100), display: 10 })).toEqual(['#1 new']);
    expect(stage.amend(1, { quantity: 1001 })).toEqual(['#1 requestRejected badDisplayQuantity']);
    expect(stage.amend(1, { quantity: 1001, displayQuantity: 11 })).toEqual(['#1 replaced 1001@100']);
  });

  it('refuses a third order of a link, and one of another instrument', () => {
    const stage = new Stage({ instruments: 2 });
    stage.order({ ...buy(1, 10, 90), linkId: 5 });
    expect(stage.order({ ...buy(2, 10, 90), linkId: 5, instrument: 1 })).toEqual(['#2 rejected badLink']);
    expect(stage.order({ ...buy(2, 10, 91), linkId: 5 })).toEqual(['#2 new']);
    expect(stage.order({ ...buy(3, 10, 92), linkId: 5 })).toEqual(['#3 rejected badLink']);
    expect(stage.order({ ...buy(4, 10, 92), account: 1, linkId: 5 })).toEqual(['#4 new']);
  });
});

describe('the market state', () => {
  it('takes orders by phase', () => {
    const stage = new Stage({ state: 'closed' });
    expect(stage.order(buy(1, 1, 100))).toEqual(['#1 rejected marketClosed']);
    stage.state('preOpen');
    expect(stage.order({ ...buy(1, 1, 100), tif: 'ioc' })).toEqual(['#1 rejected notInThisPhase']);
    expect(stage.order({ id: 1, quantity: 1, type: 'pegMid' })).toEqual(['#1 rejected notInThisPhase']);
    expect(stage.order({ ...buy(1, 2, 100), minimum: 1 })).toEqual(['#1 rejected notInThisPhase']);
    expect(stage.order({ ...buy(1, 1, 100), tif: 'atOpen' })).toEqual(['#1 new']);
    expect(stage.order({ ...buy(2, 1, 100), tif: 'atClose' })).toEqual(['#2 new pending']);
    expect(stage.order({ id: 3, quantity: 1, type: 'market' })).toEqual(['#3 new']);
    expect(stage.order({ id: 4, quantity: 1, type: 'stop', stop: 110 })).toEqual(['#4 new pending']);
    stage.state('continuous');
    expect(stage.order({ ...buy(5, 1, 100), tif: 'atOpen' })).toEqual(['#5 rejected notInThisPhase']);
    stage.state('halt');
    expect(stage.order(buy(5, 1, 100))).toEqual(['#5 rejected marketHalted']);
  });
});

describe('restrictions and short sales', () => {
  it('keeps a restricted account out of an instrument, or everybody', () => {
    const stage = new Stage();
    stage.do('restriction', { account: 0, instrument: 0, restricted: 1 });
    expect(stage.order(buy(1, 1, 100))).toEqual(['#1 rejected instrumentRestricted']);
    expect(stage.order({ ...buy(2, 1, 100), account: 1 })).toEqual(['#2 new']);
    stage.do('restriction', { account: -1, instrument: 0, restricted: 1 });
    expect(stage.order({ ...buy(3, 1, 100), account: 1 })).toEqual(['#3 rejected instrumentRestricted']);
  });

  it('wants a mark and a locate for a short sale, and uses located lots up', () => {
    const stage = new Stage({ instrument: { flags: 3 } });
    const sell = (id: number, quantity: number): OrderWish => ({ id, side: 'sell', quantity, price: 100 });
    expect(stage.order(sell(1, 5))).toEqual(['#1 rejected shortMarkMissing']);
    expect(stage.order({ ...sell(1, 5), marks: SHORT })).toEqual(['#1 rejected locateRequired']);
    stage.do('locate', { account: 0, instrument: 0, locateId: 8, quantity: 6 });
    expect(stage.order({ ...sell(1, 5), marks: SHORT, locateId: 8 })).toEqual(['#1 new']);
    stage.cancel(1);
    expect(stage.order({ ...sell(2, 2), marks: SHORT, locateId: 8 })).toEqual(['#2 rejected locateExceeded 6/2/5']);
    expect(stage.order({ ...sell(2, 2), marks: EXEMPT })).toEqual(['#2 new']);
  });

  it('lets a sale out of a long position pass unmarked, as far as it goes', () => {
    const stage = new Stage({ instrument: { flags: 3 } });
    stage.order({ id: 9, account: 1, side: 'sell', quantity: 5, price: 100, marks: EXEMPT });
    stage.order(buy(1, 5, 100));
    expect(stage.order({ id: 2, side: 'sell', quantity: 3, price: 110 })).toEqual(['#2 new']);
    expect(stage.order({ id: 3, side: 'sell', quantity: 3, price: 110 })).toEqual(['#3 rejected shortMarkMissing']);
  });

  it('asks an amend for located lots for what it adds', () => {
    const stage = new Stage({ instrument: { flags: 3 } });
    stage.do('locate', { account: 0, instrument: 0, locateId: 8, quantity: 6 });
    stage.order({ id: 1, side: 'sell', quantity: 5, price: 100, marks: SHORT, locateId: 8 });
    expect(stage.amend(1, { quantity: 7 })).toEqual(['#1 requestRejected locateExceeded 6/2/5']);
    expect(stage.amend(1, { quantity: 6 })).toEqual(['#1 replaced 6@100']);
    stage.do('restriction', { account: 0, instrument: 0, restricted: 1 });
    expect(stage.amend(1, { quantity: 7 })).toEqual(['#1 requestRejected instrumentRestricted']);
    expect(stage.amend(1, { quantity: 2 })).toEqual(['#1 replaced 2@100']);
  });
});

describe('risk limits', () => {
  it('tell limit, value and used amount', () => {
    const stage = new Stage({ instrument: { collarBasisPoints: 1000 } });
    const limits = {
      account: 0,
      maxOrderQuantity: 50,
      maxOrderValue: 3000,
      maxOpenNotional: 5000,
      maxLong: 40,
      maxShort: 10,
    };
    stage.do('riskLimits', limits);
    expect(stage.order(buy(1, 51, 100))).toEqual(['#1 rejected maxOrderQuantity 50/51/0']);
    expect(stage.order(buy(1, 31, 100))).toEqual(['#1 rejected maxOrderValue 3000/3100/0']);
    expect(stage.order(buy(1, 10, 111))).toEqual(['#1 rejected priceCollar 1000/111/100']);
    expect(stage.order(buy(1, 30, 100))).toEqual(['#1 new']);
    expect(stage.order(buy(2, 25, 100))).toEqual(['#2 rejected openNotional 5000/2500/3000']);
    expect(stage.order(buy(2, 11, 100))).toEqual(['#2 rejected positionLong 40/41/0']);
    expect(stage.order({ id: 2, side: 'sell', quantity: 11, price: 101 })).toEqual([
      '#2 rejected positionShort 10/11/0',
    ]);
  });

  it('count orders and messages in whole seconds', () => {
    const stage = new Stage();
    stage.do('riskLimits', { account: 0, ordersPerSecond: 2, messagesPerSecond: 4 });
    expect([1, 2, 3].flatMap((id) => stage.order(buy(id, 1, 100)))).toEqual([
      '#1 new',
      '#2 new',
      '#3 rejected orderRate 2/1/2',
    ]);
    expect(stage.amend(1, { quantity: 2 })).toEqual(['#1 replaced 2@100']);
    expect(stage.amend(1, { quantity: 3 })).toEqual(['#1 requestRejected messageRate 4/1/4']);
    expect(stage.cancel(1)).toEqual(['#1 canceled canceledByUser']);
    expect(stage.order(buy(4, 1, 100))).toEqual(['#4 rejected messageRate 4/1/6']);
    stage.wait(1_000_000);
    expect(stage.order(buy(4, 1, 100))).toEqual(['#4 new']);
  });

  it('keep buys within cash that is not reserved', () => {
    const stage = new Stage();
    stage.do('riskLimits', { account: 0, flags: 1 });
    stage.do('funds', { account: 0, amount: 1000 });
    expect(stage.order(buy(1, 6, 100))).toEqual(['#1 new']);
    expect(stage.order(buy(2, 5, 100))).toEqual(['#2 rejected buyingPower 400/500/600']);
    expect(stage.order({ id: 2, side: 'sell', quantity: 5, price: 120 })).toEqual(['#2 new']);
    stage.cancel(1);
    expect(stage.order(buy(3, 10, 100))).toEqual(['#3 new']);
    expect(stage.money(0)).toEqual({ cash: 1000, reserved: 1000, openNotional: 1600 });
  });

  it('count a market order at the best price against it, a stop at its stop price', () => {
    const stage = new Stage();
    stage.do('riskLimits', { account: 0, maxOrderValue: 1000 });
    stage.order({ id: 9, account: 1, side: 'sell', quantity: 1, price: 150 });
    expect(stage.order({ id: 1, type: 'market', quantity: 7 })).toEqual(['#1 rejected maxOrderValue 1000/1050/0']);
    stage.order({ id: 2, type: 'stop', stop: 200, quantity: 6 });
    expect(stage.events[0]).toMatchObject({ reason: 51, value: 1200 });
  });

  it('never stand in the way of lowering what is at risk', () => {
    const stage = new Stage();
    stage.order({ id: 1, side: 'sell', quantity: 50, price: 100 });
    stage.do('riskLimits', {
      account: 0,
      maxShort: 10,
      maxOrderQuantity: 10,
      maxOpenNotional: 100,
      maxOrderValue: 100,
    });
    expect(stage.amend(1, { priceTicks: 90 })).toEqual(['#1 replaced 50@90']);
    expect(stage.amend(1, { quantity: 40 })).toEqual(['#1 replaced 40@90']);
    expect(stage.amend(1, { priceTicks: 95 })).toEqual(['#1 requestRejected maxOrderValue 100/3800/0']);
  });

  it('refuse a value that could not be held exactly, alone or with what is open', () => {
    const stage = new Stage({ instrument: { moneyPerTick: 1_000_000_000 } });
    expect(stage.order(buy(1, 2 ** 31 - 1, 100))).toEqual(['#1 rejected valueOverflow']);
    expect(stage.order(buy(1, 80_000, 100))).toEqual(['#1 new']);
    expect(stage.order(buy(2, 20_000, 100))).toEqual(['#2 rejected valueOverflow']);
  });

  it('refuse the same order again within the duplicate window', () => {
    const stage = new Stage();
    stage.do('riskLimits', { account: 0, duplicateWindowMicros: 1000 });
    stage.order(buy(1, 5, 100));
    expect(stage.wait(999).order(buy(2, 5, 100))).toEqual(['#2 rejected duplicateOrder']);
    expect(stage.order(buy(2, 5, 101))).toEqual(['#2 new']);
    expect(stage.wait(1).order(buy(3, 5, 100))).toEqual(['#3 new']);
  });

  it('let reduce-only orders only reduce, and post-only orders only wait', () => {
    const stage = new Stage();
    stage.order({ id: 9, account: 1, side: 'sell', quantity: 5, price: 100 });
    expect(stage.order({ id: 1, side: 'sell', quantity: 5, price: 110, reduceOnly: true })).toEqual([
      '#1 rejected reduceOnly',
    ]);
    expect(stage.order({ ...buy(1, 5, 100), postOnly: true })).toEqual(['#1 rejected postOnlyWouldTrade']);
    stage.order(buy(1, 5, 100));
    expect(stage.order({ id: 2, side: 'sell', quantity: 6, price: 110, reduceOnly: true })).toEqual([
      '#2 rejected reduceOnly',
    ]);
    expect(stage.order({ id: 2, side: 'sell', quantity: 5, price: 110, reduceOnly: true })).toEqual(['#2 new']);
  });
});

describe('capacity', () => {
  it('is a clear reject for each of orders, day orders, positions, recent orders and leaves', () => {
    const full = (capacity: Record<string, number>): Stage => new Stage({ capacity, instruments: 2 });
    const orders = full({ orders: 2 });
    orders.order(buy(1, 1, 100));
    expect(orders.order({ ...buy(2, 1, 100), takeProfit: 110, stopLoss: 90 })).toEqual(['#2 rejected orderCapacity']);
    const day = full({ dayOrders: 1 });
    day.order(buy(1, 1, 100));
    day.cancel(1);
    expect(day.order(buy(2, 1, 100))).toEqual(['#2 rejected dayOrderCapacity']);
    const positions = full({ positions: 1 });
    positions.order(buy(1, 1, 100));
    expect(positions.order({ ...buy(2, 1, 100), instrument: 1 })).toEqual(['#2 rejected positionCapacity']);
    const recent = full({ recentOrders: 1 });
    recent.do('riskLimits', { account: 0, duplicateWindowMicros: 1000 });
    recent.order(buy(1, 1, 100));
    expect(recent.order(buy(2, 2, 100))).toEqual(['#2 rejected recentOrderCapacity']);
    const leaves = full({ priceLeaves: 1 });
    leaves.order(buy(1, 1, 96));
    expect(leaves.order(buy(2, 1, 127))).toEqual(['#2 new']);
    expect(leaves.order(buy(3, 1, 128))).toEqual(['#3 rejected levelCapacity']);
    expect(leaves.order({ ...buy(3, 1, 128), tif: 'ioc' })).toEqual(['#3 new', '#3 canceled noLiquidity']);
  });

  it('keeps two slots for the exits of every live bracket entry', () => {
    const stage = new Stage({ capacity: { orders: 4 } });
    stage.order({ ...buy(1, 1, 100), takeProfit: 110, stopLoss: 90 });
    stage.order({ id: 2, side: 'sell', account: 1, quantity: 1, price: 120 });
    expect(stage.order({ id: 3, side: 'sell', account: 1, quantity: 1, price: 120 })).toEqual([
      '#3 rejected orderCapacity',
    ]);
    stage.cancel(1);
    expect(stage.order({ id: 3, side: 'sell', account: 1, quantity: 1, price: 120 })).toEqual(['#3 new']);
  });
});
