/** Corners that generated streams reach too seldom: the ends of exact numbers, the last leaf, windows that begin anew. */
import { describe, expect, it } from 'vitest';
import { Stage } from '../reference/stage.ts';
import type { OrderWish } from '../reference/commands.ts';

const LOTS_MAX = 2 ** 31 - 1;
const MONEY_MAX = 2 ** 53 - 1;

const buy = (id: number, quantity: number, price: number, account = 0): OrderWish => ({ id, account, quantity, price });
const sell = (id: number, quantity: number, price: number, account = 1): OrderWish => ({
  ...buy(id, quantity, price, account),
  side: 'sell',
});

describe('a fill-or-kill order', () => {
  it('counts the displayed part of an iceberg that its linked order has shortened from behind', () => {
    const stage = new Stage();
    stage.order({ ...sell(1, 10, 99), linkId: 1 });
    stage.order({ ...sell(2, 30, 100), display: 10, linkId: 1 });
    stage.order(sell(3, 5, 100, 0));
    const lines = stage.order({ ...buy(4, 20, 100), tif: 'fok', selfTrade: 'cancelNewest' });
    expect(lines).toContain('#4 fills 10@100 left 0');
  });

  it('does not count on an account that could not take the trade', () => {
    const stage = new Stage({ instrument: { moneyPerTick: 1_000_000_000 } });
    stage.do('funds', { account: 1, amount: MONEY_MAX });
    stage.order(sell(1, 10, 100));
    stage.order(sell(2, 5, 101, 2));
    expect(stage.order({ ...buy(3, 10, 101), tif: 'fok' })).toEqual(['#3 new', '#3 canceled fillOrKillUnfilled']);
    expect(stage.order({ ...buy(4, 10, 101), tif: 'ioc' })).toEqual([
      '#4 new',
      '#1 canceled valueOverflow',
      '#2 fills 5@101 left 0',
      '#4 fills 5@101 left 5',
      'print 5@101',
      '#4 canceled immediateRemainder',
    ]);
  });

  it('is killed where its own account could not take it', () => {
    const stage = new Stage({ instrument: { moneyPerTick: 1_000_000_000 } });
    stage.do('funds', { account: 0, amount: MONEY_MAX });
    stage.order(sell(1, 10, 100));
    expect(stage.order({ ...buy(2, 10, 100), tif: 'fok' })).toEqual(['#2 new', '#2 canceled fillOrKillUnfilled']);
    expect(stage.order(buy(3, 10, 100))).toEqual(['#3 new', '#3 canceled valueOverflow']);
  });
});

describe('the ends of exact numbers', () => {
  it('end bracket exits at once when open notional could not hold them', () => {
    const stage = new Stage({ instrument: { moneyPerTick: 1_000_000_000 } });
    stage.order(buy(1, 10_000, 99));
    stage.order(sell(2, 800, 100));
    expect(stage.order({ ...buy(3, 800, 100), takeProfit: 10_000, stopLoss: 90 }).slice(-4)).toEqual([
      'exit sell of 0 new',
      'exit sell of 0 new pending',
      'exit sell of 0 canceled valueOverflow',
      'exit sell of 0 canceled linkedOrderDone',
    ]);
    expect(stage.money(0).openNotional).toBe(10_000 * 99 * 1_000_000_000);
  });

  it('keep a net position within one word, whatever a trade cancel has brought about', () => {
    const stage = new Stage();
    stage.order(sell(1, 700_000_000, 10, 1));
    stage.order(buy(2, 700_000_000, 10));
    stage.order(sell(3, LOTS_MAX, 20, 0));
    expect(stage.order(sell(4, 700_000_001, 21, 0))).toEqual([
      `#4 rejected positionShort ${LOTS_MAX}/${LOTS_MAX + 1}/700000000`,
    ]);
    stage.order(sell(4, 700_000_000, 21, 0));
    expect(stage.do('tradeCancel', { tradeId: 1 })).toContain('accepted 1');
    stage.order(buy(5, LOTS_MAX, 20, 2));
    expect(stage.position(0).net).toBe(-LOTS_MAX);
    expect(stage.order(buy(6, 1, 21, 1))).toEqual(['#6 new', '#4 canceled valueOverflow']);
  });

  it('refuse a trade cancel that could carry a net position too far', () => {
    const stage = new Stage();
    stage.order(sell(1, 1_000_000_000, 10, 1));
    stage.order(buy(2, 1_000_000_000, 10));
    expect(stage.do('tradeCancel', { tradeId: 1 })).toEqual(['refused valueOverflow']);
  });

  it('stop the displayed quantity of a level, and the lots of an auction, at one word', () => {
    const stage = new Stage({ state: 'preOpen' });
    for (const account of [0, 1, 2]) stage.order(buy(account + 1, LOTS_MAX, 10, account));
    stage.order(sell(4, 5, 10, 3));
    expect(stage.book('buy')).toBe(`${LOTS_MAX}@10`);
    expect(stage.clock()).toEqual([`indicative 5@10 imbalance ${LOTS_MAX}`]);
  });
});

describe('the last leaf', () => {
  it('is missing to a triggered stop-limit, which is refused the market, until the last stop gives up its own', () => {
    const stage = new Stage({ capacity: { priceLeaves: 3 } });
    stage.order({ ...buy(1, 1, 63), type: 'stopLimit', stop: 64 });
    stage.order({ ...buy(2, 1, 62), type: 'stopLimit', stop: 64 });
    stage.order(buy(3, 1, 5, 2));
    stage.order(sell(4, 2, 64, 2));
    expect(stage.order({ ...buy(5, 1, 64, 3), tif: 'ioc' }).slice(-4)).toEqual([
      'print 1@64',
      '#1 triggered',
      '#1 canceled triggerRefused',
      '#2 triggered',
    ]);
    expect(stage.book('buy')).toBe('1@62 1@5');
  });

  it('is missing to the exits of a bracket, which end', () => {
    const stage = new Stage({ capacity: { priceLeaves: 2 } });
    stage.order(sell(1, 1, 100, 1));
    stage.order(buy(2, 1, 10, 2));
    const lines = stage.order({ id: 3, type: 'market', quantity: 1, takeProfit: 200, stopLoss: 50 });
    expect(lines.slice(-4)).toEqual([
      'exit sell of 0 new',
      'exit sell of 0 new pending',
      'exit sell of 0 canceled levelCapacity',
      'exit sell of 0 canceled linkedOrderDone',
    ]);
  });

  it('is missing to a held at-close order when its auction begins', () => {
    const stage = new Stage({ capacity: { priceLeaves: 1 } });
    stage.order(buy(1, 1, 10));
    expect(stage.order({ ...sell(2, 1, 200), tif: 'atClose' })).toEqual(['#2 new pending']);
    expect(stage.state('closingAuction')).toContain('#2 canceled levelCapacity');
  });
});

describe('market-maker protection', () => {
  it('begins a new window with the first execution after a reset', () => {
    const stage = new Stage();
    const protect = (): string[] =>
      stage.do('marketMakerProtection', { account: 1, windowMicros: 1000, maxExecutions: 2, reset: 1 });
    protect();
    stage.quote(1, { bid: 99, bidQuantity: 9, ask: 101, askQuantity: 9 });
    stage.order(buy(1, 1, 101));
    stage.wait(10);
    protect();
    stage.wait(490).order(buy(2, 1, 101));
    expect(
      stage
        .wait(700)
        .order(buy(3, 1, 101))
        .at(-1),
    ).toBe('protection of 1 canceled 2 after 2 in 2');
  });

  it('is off without a window', () => {
    const stage = new Stage();
    stage.do('marketMakerProtection', { account: 1, maxExecutions: 1 });
    stage.quote(1, { bid: 99, bidQuantity: 9 });
    expect(stage.order(sell(1, 1, 99, 0)).at(-1)).toBe('print 1@99');
  });
});
