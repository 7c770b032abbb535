/** Continuous matching, rule by rule of docs/trading/semantics.md: priority, icebergs, self-trades, bands, reduce-only, pro-rata, pegs. */
import { describe, expect, it } from 'vitest';
import { Stage } from '../reference/stage.ts';
import type { OrderWish } from '../reference/commands.ts';

const buy = (id: number, quantity: number, price: number, account = 0): OrderWish => ({ id, account, quantity, price });
const sell = (id: number, quantity: number, price: number, account = 1): OrderWish => ({
  ...buy(id, quantity, price, account),
  side: 'sell',
});

describe('price and time', () => {
  it('trades from the best price on, first come first, at the resting price', () => {
    const stage = new Stage();
    stage.order(sell(1, 5, 101));
    stage.order(sell(2, 5, 100));
    stage.order(sell(3, 5, 100, 2));
    expect(stage.order(buy(4, 12, 101))).toEqual([
      '#4 new',
      '#2 fills 5@100 left 0',
      '#4 fills 5@100 left 7',
      'print 5@100',
      '#3 fills 5@100 left 0',
      '#4 fills 5@100 left 2',
      'print 5@100',
      '#1 fills 2@101 left 3',
      '#4 fills 2@101 left 0',
      'print 2@101',
    ]);
    expect(stage.book('sell')).toBe('3@101');
  });

  it('rests what is left of a limit order and cancels it of market and immediate orders', () => {
    const stage = new Stage();
    stage.order(sell(1, 5, 100));
    expect(stage.order(buy(2, 7, 100)).at(-1)).toBe('print 5@100');
    expect(stage.book('buy')).toBe('2@100');
    expect(stage.order({ ...sell(3, 5, 100), tif: 'ioc' }).at(-1)).toBe('#3 canceled immediateRemainder');
    expect(stage.order({ ...sell(4, 5, 100), tif: 'ioc' })).toEqual(['#4 new', '#4 canceled noLiquidity']);
    expect(stage.order({ id: 5, type: 'market', quantity: 1 })).toEqual(['#5 new', '#5 canceled noLiquidity']);
  });

  it('charges maker and taker rates on the value, truncated towards zero', () => {
    const stage = new Stage({ account: { makerRate: -15_000, takerRate: 25_000 } });
    stage.order(sell(1, 3, 101));
    stage.order(buy(2, 3, 101));
    expect(stage.position(1)).toMatchObject({ net: -3, cost: -303, fees: -4 });
    expect(stage.position(0)).toMatchObject({ net: 3, cost: 303, fees: 7 });
    expect([stage.money(0).cash, stage.money(1).cash]).toEqual([-310, 307]);
  });

  it('fills or kills by what is really there, hidden parts included', () => {
    const stage = new Stage();
    stage.order({ ...sell(1, 20, 100), display: 5 });
    stage.order(sell(2, 5, 101));
    expect(stage.order({ ...buy(3, 26, 101), tif: 'fok' })).toEqual(['#3 new', '#3 canceled fillOrKillUnfilled']);
    expect(stage.order({ ...buy(4, 21, 100), tif: 'fok' })).toEqual(['#4 new', '#4 canceled fillOrKillUnfilled']);
    expect(stage.order({ ...buy(5, 25, 101), tif: 'fok' }).filter((line) => line.startsWith('print'))).toHaveLength(5);
  });

  it('takes a minimum quantity at once or not at all', () => {
    const stage = new Stage();
    stage.order(sell(1, 5, 100));
    expect(stage.order({ ...buy(2, 10, 100), minimum: 6 })).toEqual(['#2 new', '#2 canceled minimumQuantityUnfilled']);
    expect(stage.order({ ...buy(3, 10, 100), minimum: 5 })).toContain('#3 fills 5@100 left 5');
    expect(stage.book('buy')).toBe('5@100');
  });

  it('does not count linked orders twice for a fill-or-kill order', () => {
    const stage = new Stage();
    stage.order({ ...sell(1, 10, 100), linkId: 1 });
    stage.order({ ...sell(2, 10, 101), linkId: 1 });
    expect(stage.order({ ...buy(3, 11, 101), tif: 'fok' })).toEqual(['#3 new', '#3 canceled fillOrKillUnfilled']);
    expect(stage.order({ ...buy(4, 10, 101), tif: 'fok' })).toContain('#2 canceled linkedOrderDone');
  });
});

describe('icebergs', () => {
  it('show the next part at the end of the queue', () => {
    const stage = new Stage();
    stage.order({ ...sell(1, 12, 100), display: 5 });
    stage.order(sell(2, 5, 100));
    expect(stage.book('sell')).toBe('10@100');
    const fills = stage.order(buy(3, 13, 100)).filter((line) => line.startsWith('#1') || line.startsWith('#2'));
    expect(fills).toEqual(['#1 fills 5@100 left 7', '#2 fills 5@100 left 0', '#1 fills 3@100 left 4']);
    expect(stage.book('sell')).toBe('2@100');
  });

  it('lose their hidden part first when they shrink, and keep their place', () => {
    const stage = new Stage();
    stage.order({ ...sell(1, 12, 100), display: 5 });
    stage.order(sell(2, 5, 100));
    stage.amend(1, { quantity: 6 });
    expect(stage.book('sell')).toBe('10@100');
    stage.amend(1, { quantity: 4 });
    expect(stage.book('sell')).toBe('9@100');
    expect(stage.order(buy(3, 4, 100))).toContain('#1 fills 4@100 left 0');
  });
});

describe('self-trade prevention', () => {
  const meeting = (selfTrade: OrderWish['selfTrade'], mine: number): { stage: Stage; lines: string[] } => {
    const stage = new Stage();
    stage.order(sell(1, 5, 100, 0));
    stage.order(sell(2, 5, 100, 1));
    return { stage, lines: stage.order({ ...buy(3, mine, 100), selfTrade: selfTrade! }) };
  };

  it('cancels the newest', () => {
    expect(meeting('cancelNewest', 8).lines).toEqual(['#3 new', '#3 canceled selfTradePrevented']);
  });

  it('cancels the oldest and goes on', () => {
    expect(meeting('cancelOldest', 5).lines.slice(0, 4)).toEqual([
      '#3 new',
      '#1 canceled selfTradePrevented',
      '#2 fills 5@100 left 0',
      '#3 fills 5@100 left 0',
    ]);
  });

  it('cancels both, the resting order first', () => {
    const lines = ['#3 new', '#1 canceled selfTradePrevented', '#3 canceled selfTradePrevented'];
    expect(meeting('cancelBoth', 8).lines).toEqual(lines);
  });

  it('decrements both by the smaller', () => {
    expect(meeting('decrement', 8).lines.slice(0, 4)).toEqual([
      '#3 new',
      '#1 canceled selfTradePrevented',
      '#3 restated 3 selfTradePrevented',
      '#2 fills 3@100 left 2',
    ]);
    expect(meeting('decrement', 2).lines).toEqual([
      '#3 new',
      '#1 restated 3 selfTradePrevented',
      '#3 canceled selfTradePrevented',
    ]);
  });

  it('counts by account, or by participant where the incoming account says so', () => {
    const stage = new Stage();
    stage.order(sell(1, 5, 100, 3));
    stage.order(sell(2, 5, 101, 3));
    expect(stage.order({ ...buy(3, 5, 100), selfTrade: 'cancelNewest' })).toContain('print 5@100');
    stage.do('account', { account: 0, participant: 0, selfTradeScope: 1, flags: 1 });
    expect(stage.order({ ...buy(4, 5, 101), selfTrade: 'cancelNewest' })).toEqual([
      '#4 new',
      '#4 canceled selfTradePrevented',
    ]);
  });

  it('is left out of what a fill-or-kill order can get', () => {
    const stage = new Stage();
    stage.order(sell(1, 5, 100, 0));
    stage.order(sell(2, 5, 100, 1));
    const killed = ['#3 new', '#3 canceled fillOrKillUnfilled'];
    expect(stage.order({ ...buy(3, 5, 100), tif: 'fok', selfTrade: 'cancelNewest' })).toEqual(killed);
    expect(stage.order({ ...buy(4, 5, 100), tif: 'fok', selfTrade: 'cancelOldest' })).toContain('print 5@100');
  });
});

describe('price bands', () => {
  it('turn a trade outside the dynamic band into a volatility auction that ends by itself', () => {
    const stage = new Stage({ instrument: { dynamicBandBasisPoints: 500, volatilityAuctionMillis: 2 } });
    stage.order(sell(1, 5, 105));
    stage.order(sell(2, 5, 106));
    expect(stage.order(buy(3, 8, 106))).toEqual([
      '#3 new',
      '#1 fills 5@105 left 0',
      '#3 fills 5@105 left 3',
      'print 5@105',
      'volatility auction bandBreached',
    ]);
    expect([stage.book('buy'), stage.book('sell')]).toEqual(['3@106', '5@106']);
    expect(stage.wait(1999).clock()).toEqual(['indicative 3@106 imbalance -2']);
    expect(stage.wait(1).clock()).toEqual([
      'continuous',
      '#3 fills 3@106 left 0',
      '#2 fills 3@106 left 2',
      'print 3@106',
    ]);
  });

  it('cancel an order that may not rest, and only the order where there are no volatility auctions', () => {
    const bands = { staticBandBasisPoints: 500 };
    const withAuction = new Stage({ instrument: { ...bands, volatilityAuctionMillis: 2 } });
    withAuction.order(sell(1, 5, 106));
    const canceled = '#2 canceled bandBreached';
    expect(withAuction.order({ ...buy(2, 5, 106), tif: 'ioc' })).toEqual([
      '#2 new',
      'volatility auction bandBreached',
      canceled,
    ]);
    const without = new Stage({ instrument: bands });
    without.order(sell(1, 5, 106));
    expect(without.order(buy(2, 5, 106))).toEqual(['#2 new', canceled]);
  });

  it('go by the last price as it was when the order began to trade', () => {
    const stage = new Stage({ instrument: { dynamicBandBasisPoints: 500 } });
    stage.order(sell(1, 1, 104));
    stage.order(sell(2, 1, 108));
    expect(stage.order(buy(3, 2, 108))).toEqual([
      '#3 new',
      '#1 fills 1@104 left 0',
      '#3 fills 1@104 left 1',
      'print 1@104',
      '#3 canceled bandBreached',
    ]);
    expect(stage.order(buy(4, 1, 108))).toContain('print 1@108');
  });
});

describe('reduce-only', () => {
  const long = (): Stage => {
    const stage = new Stage();
    stage.order(sell(90, 10, 100, 1));
    stage.order(buy(91, 10, 100));
    return stage;
  };

  it('trades no more than the position, and is cut to what it may still close', () => {
    const stage = long();
    stage.order({ ...sell(1, 10, 105, 0), reduceOnly: true });
    stage.order({ ...sell(2, 8, 105, 0), reduceOnly: true });
    expect(stage.order(buy(3, 7, 105, 1))).toContain('#1 fills 7@105 left 3');
    expect(stage.order(buy(4, 20, 105, 1))).toEqual([
      '#4 new',
      '#1 fills 3@105 left 0',
      '#4 fills 3@105 left 17',
      'print 3@105',
      '#2 canceled reduceOnly',
    ]);
    expect(stage.position(0).net).toBe(0);
  });

  it('restates a resting order after a trade when the position has shrunk meanwhile', () => {
    const stage = long();
    stage.order({ ...sell(1, 10, 105, 0), reduceOnly: true });
    stage.order(buy(2, 6, 99, 1));
    stage.order(sell(3, 6, 99, 0));
    expect(stage.order(buy(4, 1, 105, 1))).toEqual([
      '#4 new',
      '#1 fills 1@105 left 9',
      '#4 fills 1@105 left 0',
      'print 1@105',
      '#1 restated 3 reduceOnly',
    ]);
  });

  it('ends an incoming order once there is nothing left to close', () => {
    const stage = long();
    stage.order(buy(1, 20, 99, 1));
    stage.order(sell(2, 4, 99, 0));
    expect(stage.order({ ...sell(3, 6, 99, 0), reduceOnly: true })).toContain('#3 fills 6@99 left 0');
    expect(stage.order({ ...sell(4, 1, 99, 0), reduceOnly: true })).toEqual(['#4 rejected reduceOnly']);
  });
});

describe('pro-rata', () => {
  it('shares by displayed size, and gives what rounding leaves by time', () => {
    const stage = new Stage({ instrument: { flags: 5 } });
    stage.order(sell(1, 3, 100, 1));
    stage.order(sell(2, 3, 100, 2));
    stage.order(sell(3, 6, 100, 3));
    const fills = stage.order(buy(4, 5, 100)).filter((line) => !line.startsWith('#4') && line.startsWith('#'));
    expect(fills).toEqual(['#1 fills 2@100 left 1', '#2 fills 1@100 left 2', '#3 fills 2@100 left 4']);
  });

  it('goes over the level again for what icebergs show anew', () => {
    const stage = new Stage({ instrument: { flags: 5 } });
    stage.order({ ...sell(1, 9, 100, 1), display: 2 });
    stage.order(sell(2, 2, 100, 2));
    const fills = stage.order(buy(3, 9, 100)).filter((line) => line.startsWith('#1') || line.startsWith('#2'));
    expect(fills).toEqual([
      '#1 fills 2@100 left 7',
      '#2 fills 2@100 left 0',
      '#1 fills 2@100 left 5',
      '#1 fills 2@100 left 3',
      '#1 fills 1@100 left 2',
    ]);
  });

  it('deals with own orders of the level before anything trades', () => {
    const stage = new Stage({ instrument: { flags: 5 } });
    stage.order(sell(1, 5, 100, 1));
    stage.order(sell(2, 5, 100, 0));
    const lines = stage.order({ ...buy(3, 5, 100), selfTrade: 'cancelNewest' });
    expect(lines).toEqual(['#3 new', '#3 canceled selfTradePrevented']);
  });
});

describe('pegs', () => {
  const market = (bid: number, ask: number): Stage => {
    const stage = new Stage();
    stage.order(buy(90, 5, bid, 1));
    stage.order(sell(91, 5, ask, 1));
    return stage;
  };

  it('are hidden, follow the best price, and come after what is displayed', () => {
    const stage = market(98, 104);
    stage.order({ ...buy(1, 5, 0), type: 'pegPrimary' });
    expect(stage.book('buy')).toBe('5@98');
    stage.order(buy(2, 5, 99, 2));
    const fills = stage.order(sell(3, 8, 97, 1)).filter((line) => line.startsWith('print'));
    expect(fills).toEqual(['print 5@99', 'print 3@99']);
  });

  it('stay behind by their offset, and within their limit', () => {
    const stage = market(98, 104);
    stage.order({ ...buy(1, 5, 0), type: 'pegPrimary', pegOffset: 2 });
    stage.order({ ...buy(2, 5, 97), type: 'pegPrimary' });
    expect(stage.order({ ...sell(3, 15, 90, 1), tif: 'ioc' }).filter((line) => line.startsWith('print'))).toEqual([
      'print 5@98',
      'print 5@97',
      'print 5@96',
    ]);
  });

  it('meet at the mid, the older one as maker', () => {
    const stage = market(98, 104);
    stage.order({ ...buy(1, 5, 0), type: 'pegMid' });
    expect(stage.order({ ...sell(2, 3, 0, 2), type: 'pegMid' })).toContain('#1 fills 3@101 left 2');
    stage.order(sell(3, 1, 103, 1));
    expect(stage.order({ ...sell(4, 2, 0, 2), type: 'pegMid' })).toEqual(['#4 new']);
    expect(stage.cancel(3)).toEqual([
      '#3 canceled canceledByUser',
      '#1 fills 2@101 left 0',
      '#4 fills 2@101 left 0',
      'print 2@101',
    ]);
  });

  it('do not trade without a reference, nor in call phases', () => {
    const stage = new Stage();
    stage.order({ ...buy(1, 5, 0), type: 'pegMid' });
    expect(stage.order({ ...sell(2, 5, 0, 2), type: 'pegMid' })).toEqual(['#2 new']);
    stage.state('volatilityAuction');
    stage.order(buy(3, 1, 98, 1));
    expect(stage.order(sell(4, 1, 104, 1))).toEqual(['#4 new']);
    expect(stage.state('continuous')).toContain('print 5@101');
  });

  it('are rounded away from the market', () => {
    const stage = new Stage();
    stage.do('tickTable', { table: 1, count: 1 }, [0, 5]);
    stage.do('instrument', {
      instrument: 0,
      flags: 1,
      tickTable: 1,
      moneyPerTick: 1,
      referenceTicks: 100,
      lotSize: 1,
      minTicks: 1,
      maxTicks: 10_000,
    });
    stage.order(buy(90, 5, 95, 1));
    stage.order(sell(91, 5, 110, 1));
    stage.order({ ...buy(1, 5, 0), type: 'pegMid' });
    expect(stage.order({ ...sell(2, 5, 0, 2), type: 'pegMid' })).toEqual(['#2 new']);
    expect(stage.order({ ...sell(3, 2, 100, 2), tif: 'ioc' })).toContain('print 2@100');
  });
});

describe('exactness', () => {
  it('cancels an order whose account a trade would carry beyond exact integers', () => {
    const stage = new Stage({ instrument: { moneyPerTick: 1_000_000_000 } });
    const values = [60_000, 60_000].map((quantity, index) => {
      stage.order(sell(10 + index, quantity, 100, 1));
      return stage.order(buy(20 + index, quantity, 100, 2));
    });
    expect(values[0]).toContain('print 60000@100');
    expect(values[1]).toEqual(['#21 new', '#21 canceled valueOverflow']);
    expect(stage.position(2).cost).toBe(6e15);
  });
});
