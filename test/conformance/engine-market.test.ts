/** Market states, auctions, positions and the day, rule by rule of docs/trading/semantics.md. */
import { describe, expect, it } from 'vitest';
import { Stage } from '../reference/stage.ts';
import type { OrderWish } from '../reference/commands.ts';

const buy = (id: number, quantity: number, price: number, account = 0): OrderWish => ({ id, account, quantity, price });
const sell = (id: number, quantity: number, price: number, account = 1): OrderWish => ({
  ...buy(id, quantity, price, account),
  side: 'sell',
});

describe('market states', () => {
  it('change only along their ways', () => {
    const stage = new Stage({ state: 'closed' });
    expect(stage.state('continuous', 0)).toEqual(['refused badState']);
    expect(stage.state('preOpen', 0)).toEqual(['pre-open', 'accepted 1']);
    expect(stage.state('preOpen', 0)).toEqual(['accepted 0']);
    expect(stage.state('halt', 0)).toEqual(['refused badState']);
    expect(stage.do('marketState', { instrument: 0, state: 7 })).toEqual(['refused badState']);
    expect(stage.do('marketState', { instrument: 3, state: 1 })).toEqual(['refused unknownInstrument']);
  });

  it('change for all instruments that can', () => {
    const stage = new Stage({ instruments: 3, state: 'closed' });
    stage.state('preOpen', 1);
    expect(stage.state('continuous')).toEqual(['continuous', 'accepted 1']);
    expect(stage.state('preOpen')).toEqual(['pre-open', 'pre-open', 'accepted 2']);
  });

  it('begin a volatility auction by command without blaming a band, and end it by its timer', () => {
    const stage = new Stage({ instrument: { volatilityAuctionMillis: 1 } });
    expect(stage.state('volatilityAuction')).toEqual(['volatility auction', 'accepted 1']);
    expect(stage.wait(1000).clock()).toEqual(['continuous']);
  });

  it('drop the timer of a volatility auction that was left', () => {
    const stage = new Stage({ instrument: { volatilityAuctionMillis: 1 } });
    stage.state('volatilityAuction');
    stage.state('halt');
    expect(stage.wait(5000).clock()).toEqual([]);
  });

  it('expire DAY orders and end auction orders at the close', () => {
    const stage = new Stage();
    stage.order({ ...buy(1, 5, 99), tif: 'gtc' });
    stage.order(buy(2, 5, 98));
    stage.order({ ...sell(3, 5, 110), tif: 'atClose' });
    stage.order({ id: 4, quantity: 1, type: 'stop', stop: 120 });
    expect(stage.state('closed')).toEqual([
      'closed',
      '#3 canceled auctionEnded',
      '#2 expired dayEnded',
      '#4 expired dayEnded',
      'accepted 1',
    ]);
    expect(stage.book('buy')).toBe('5@99');
  });
});

describe('auctions', () => {
  it('uncross at the price of greatest volume, pairing by price and time at one price', () => {
    const stage = new Stage({ state: 'openingAuction' });
    stage.order(buy(1, 10, 102));
    stage.order(buy(2, 10, 101, 2));
    stage.order(sell(3, 8, 100));
    stage.order(sell(4, 8, 101));
    expect(stage.clock()).toEqual(['indicative 16@101 imbalance 4']);
    expect(stage.clock()).toEqual([]);
    expect(stage.state('continuous')).toEqual([
      'continuous',
      '#1 fills 8@101 left 2',
      '#3 fills 8@101 left 0',
      'print 8@101',
      '#1 fills 2@101 left 0',
      '#4 fills 2@101 left 6',
      'print 2@101',
      '#2 fills 6@101 left 4',
      '#4 fills 6@101 left 0',
      'print 6@101',
      'accepted 1',
    ]);
  });

  it('prefer the smaller imbalance, then the price nearest to the reference, then the lower', () => {
    const imbalance = new Stage({ state: 'openingAuction' });
    imbalance.order(buy(1, 10, 105));
    imbalance.order(sell(2, 10, 98));
    imbalance.order(sell(3, 4, 104));
    expect(imbalance.clock()).toEqual(['indicative 10@98 imbalance 0']);
    const reference = new Stage({ state: 'openingAuction' });
    reference.order(buy(1, 10, 102));
    reference.order(sell(2, 10, 97));
    expect(reference.clock()).toEqual(['indicative 10@102 imbalance 0']);
    const lower = new Stage({ state: 'openingAuction' });
    lower.order(buy(1, 10, 103));
    lower.order(sell(2, 10, 97));
    expect(lower.clock()).toEqual(['indicative 10@97 imbalance 0']);
  });

  it('serve market orders first, and trade at the reference where nobody names a price', () => {
    const stage = new Stage({ state: 'openingAuction' });
    stage.order({ id: 1, quantity: 5, type: 'market' });
    stage.order({ ...sell(2, 3, 0), type: 'market' });
    expect(stage.clock()).toEqual(['indicative 3@100 imbalance 2']);
    expect(stage.state('continuous')).toEqual([
      'continuous',
      '#1 fills 3@100 left 2',
      '#2 fills 3@100 left 0',
      'print 3@100',
      '#1 canceled auctionEnded',
      'accepted 1',
    ]);
  });

  it('count icebergs in full and charge both sides the maker rate', () => {
    const stage = new Stage({ state: 'openingAuction', account: { makerRate: 10_000, takerRate: 90_000 } });
    stage.order({ ...buy(1, 10, 100), display: 2 });
    stage.order(sell(2, 7, 100));
    stage.state('continuous');
    expect(stage.position(0)).toMatchObject({ net: 7, fees: 7 });
    expect(stage.position(1)).toMatchObject({ net: -7, fees: 7 });
    expect(stage.book('buy')).toBe('2@100');
  });

  it('do not prevent self-trades, and end at-open orders with the opening', () => {
    const stage = new Stage({ state: 'openingAuction' });
    stage.order({ ...buy(1, 5, 100), selfTrade: 'cancelNewest', tif: 'atOpen' });
    stage.order({ ...sell(2, 3, 100, 0), selfTrade: 'cancelNewest' });
    expect(stage.state('continuous')).toEqual([
      'continuous',
      '#1 fills 3@100 left 2',
      '#2 fills 3@100 left 0',
      'print 3@100',
      '#1 canceled auctionEnded',
      'accepted 1',
    ]);
  });

  it('go on until nothing is executable where linked orders traded less than they counted for', () => {
    const stage = new Stage({ state: 'openingAuction' });
    stage.order(buy(1, 20, 105));
    stage.order({ ...sell(2, 10, 100), linkId: 1 });
    stage.order({ ...sell(3, 10, 101), linkId: 1 });
    stage.order(sell(4, 5, 103, 2));
    expect(stage.state('continuous').filter((line) => /print|linked/.test(line))).toEqual([
      'print 10@101',
      '#3 canceled linkedOrderDone',
      'print 5@103',
    ]);
  });

  it('take at-close orders in when the closing auction begins, in entry order, and hold them again after a halt', () => {
    const stage = new Stage();
    stage.order({ ...buy(1, 5, 100), tif: 'atClose' });
    stage.order({ ...sell(2, 5, 0), type: 'market', tif: 'atClose' });
    expect(stage.book('buy')).toBe('');
    expect(stage.state('closingAuction')).toEqual(['closing auction', '#1 triggered', '#2 triggered', 'accepted 1']);
    expect(stage.book('buy')).toBe('5@100');
    stage.state('halt');
    expect(stage.book('buy')).toBe('');
    stage.state('preOpen');
    stage.order(sell(3, 5, 99));
    expect(stage.state('continuous')).toEqual(['continuous', 'accepted 1']);
    stage.cancel(3);
    stage.state('closingAuction');
    expect(stage.state('closed')).toEqual([
      'closed',
      '#1 fills 5@100 left 0',
      '#2 fills 5@100 left 0',
      'print 5@100',
      'accepted 1',
    ]);
  });

  it('move the static band to their price', () => {
    const stage = new Stage({ state: 'openingAuction', instrument: { staticBandBasisPoints: 500 } });
    stage.order(buy(1, 1, 120));
    stage.order(sell(2, 1, 120));
    stage.state('continuous');
    stage.order(sell(3, 1, 125));
    expect(stage.order(buy(4, 1, 125))).toContain('print 1@125');
    stage.order(sell(5, 1, 127));
    expect(stage.order(buy(6, 1, 127))).toContain('#6 canceled bandBreached');
  });
});

describe('positions', () => {
  it('close at average cost, rounded to the nearest, and exactly at the end', () => {
    const stage = new Stage();
    stage.order(sell(1, 2, 100));
    stage.order(sell(2, 1, 101));
    stage.order(buy(3, 3, 101));
    expect(stage.position(0)).toMatchObject({ net: 3, cost: 301, realised: 0 });
    stage.order(buy(4, 1, 110, 1));
    stage.order(sell(5, 1, 110, 0));
    expect(stage.position(0)).toMatchObject({ net: 2, cost: 201, realised: 10 });
    stage.order(buy(6, 5, 110, 1));
    stage.order(sell(7, 5, 110, 0));
    expect(stage.position(0)).toMatchObject({ net: -3, cost: -330, realised: 29 });
    expect(stage.position(1)).toMatchObject({ net: 3, cost: 330, realised: -29 });
  });

  it('keep the sign of values where prices are below zero', () => {
    const stage = new Stage({ instrument: { priceBaseTicks: -200 } });
    stage.order(sell(1, 2, 150));
    stage.order(buy(2, 2, 150));
    expect(stage.position(0)).toMatchObject({ net: 2, cost: -100 });
    expect([stage.money(0).cash, stage.money(1).cash]).toEqual([100, -100]);
  });

  it('are put back by a trade cancel, with the fees', () => {
    const stage = new Stage({ account: { makerRate: 10_000, takerRate: 20_000 } });
    stage.order(sell(1, 5, 100));
    stage.order(buy(2, 5, 100));
    expect(stage.do('tradeCancel', { tradeId: 1 })).toEqual([
      '#1 tradeCancel 5@100',
      '#2 tradeCancel 5@100',
      'print 5@100 correction 1',
      'accepted 1',
    ]);
    expect(stage.position(0)).toMatchObject({ net: 0, cost: 0, realised: 0, fees: 0 });
    expect(stage.money(0).cash).toBe(0);
    expect(stage.do('tradeCancel', { tradeId: 1 })).toEqual(['refused tradeAlreadyCanceled']);
    expect(stage.do('tradeCancel', { tradeId: 2 })).toEqual(['refused unknownTrade']);
  });

  it('are corrected to a new price and no larger quantity', () => {
    const stage = new Stage();
    stage.order(sell(1, 5, 100));
    stage.order(buy(2, 5, 100));
    expect(stage.do('tradeCorrect', { tradeId: 1, priceTicks: 98, quantity: 6 })).toEqual(['refused badQuantity']);
    expect(stage.do('tradeCorrect', { tradeId: 1, priceTicks: 0, quantity: 4 })).toEqual(['refused badPrice']);
    expect(stage.do('tradeCorrect', { tradeId: 1, priceTicks: 98, quantity: 4 })).toEqual([
      '#1 tradeCorrect 4@98',
      '#2 tradeCorrect 4@98',
      'print 4@98 correction 2',
      'accepted 1',
    ]);
    expect(stage.position(0)).toMatchObject({ net: 4, cost: 392 });
  });

  it('can be named by their trades only as long as the ring holds them', () => {
    const stage = new Stage({ capacity: { trades: 2 } });
    for (const id of [1, 2, 3]) {
      stage.order(sell(id * 2, 1, 100));
      stage.order(buy(id * 2 + 1, 1, 100));
    }
    expect(stage.do('tradeCancel', { tradeId: 1 })).toEqual(['refused unknownTrade']);
    expect(stage.do('tradeCancel', { tradeId: 2 })).toContain('accepted 1');
  });

  it('split without a change of cost, and realise what truncation leaves without a lot', () => {
    const stage = new Stage();
    stage.order(sell(1, 5, 100));
    stage.order(buy(2, 5, 100));
    stage.order(sell(3, 1, 100, 2));
    stage.order(buy(4, 1, 100, 3));
    stage.order({ ...buy(5, 1, 90), tif: 'gtc' });
    expect(stage.do('corporateAction', { instrument: 0, kind: 1, numerator: 1, denominator: 2 })).toEqual([
      'refused badState',
    ]);
    stage.state('closed');
    expect(stage.do('corporateAction', { instrument: 0, kind: 1, numerator: 1, denominator: 2 })).toEqual([
      '#5 canceled corporateAction',
      'accepted 1',
    ]);
    expect(stage.position(0)).toMatchObject({ net: 2, cost: 500 });
    expect(stage.position(3)).toMatchObject({ net: 0, cost: 0, realised: -100 });
    expect(stage.do('corporateAction', { instrument: 0, kind: 1, numerator: 0, denominator: 2 })).toEqual([
      'refused badParameter',
    ]);
  });

  it('earn dividends when long and pay them when short', () => {
    const stage = new Stage();
    stage.order(sell(1, 5, 100));
    stage.order(buy(2, 5, 100));
    stage.state('closed');
    expect(stage.do('corporateAction', { instrument: 0, kind: 2, amount: 3 })).toEqual(['accepted 2']);
    expect([stage.money(0).cash, stage.money(1).cash]).toEqual([-485, 485]);
  });
});

describe('the day', () => {
  it('rolls when everything is closed: statements, and a new start for ClOrdIDs, trades and locates', () => {
    const stage = new Stage({ instruments: 2 });
    stage.order(sell(1, 5, 100));
    stage.order(buy(2, 5, 100));
    stage.order({ ...buy(3, 5, 90), tif: 'gtc' });
    stage.do('locate', { account: 0, instrument: 0, locateId: 1, quantity: 5 });
    expect(stage.do('dayRoll', { tradingDay: 20_260_102 })).toEqual(['refused badState']);
    stage.state('closed');
    expect(stage.do('dayRoll', { tradingDay: 20_260_102 })).toEqual([
      'statement of 1 net -5 cost -500 realised 0 fees 0',
      'statement of 0 net 5 cost 500 realised 0 fees 0',
      'accepted 2',
    ]);
    expect(stage.do('dayRoll', { tradingDay: 20_260_102 })).toEqual(['refused badParameter']);
    expect(stage.position(0)).toMatchObject({ located: 0 });
    expect(stage.do('tradeCancel', { tradeId: 1 })).toEqual(['refused unknownTrade']);
    stage.state('preOpen');
    expect(stage.order(buy(2, 1, 90))).toEqual(['#2 new']);
    expect(stage.order(buy(3, 1, 90))).toEqual(['#3 rejected duplicateClOrdId']);
  });

  it('takes cash in, and out as far as it is not reserved', () => {
    const stage = new Stage();
    expect(stage.do('funds', { account: 0, amount: 1000 })).toEqual(['accepted 1']);
    stage.order(buy(1, 6, 100));
    expect(stage.do('funds', { account: 0, amount: -401 })).toEqual(['refused insufficientFunds']);
    expect(stage.events[0]).toMatchObject({ limit: 400, value: 401, used: 600 });
    expect(stage.do('funds', { account: 0, amount: -400 })).toEqual(['accepted 1']);
    expect(stage.do('funds', { account: 1, amount: 2 ** 53 - 1 })).toEqual(['accepted 1']);
    expect(stage.do('funds', { account: 1, amount: 1 })).toEqual(['refused valueOverflow']);
  });
});

describe('reference data', () => {
  const instrument = {
    instrument: 0,
    flags: 1,
    moneyPerTick: 1,
    referenceTicks: 100,
    lotSize: 1,
    minTicks: 1,
    maxTicks: 10_000,
  };

  it('keeps what orders rest on while they live', () => {
    const stage = new Stage();
    stage.do('tickTable', { table: 1, count: 1 }, [0, 5]);
    stage.order(buy(1, 5, 100));
    expect(stage.do('instrument', { ...instrument, tickTable: 1 })).toEqual(['refused alreadyExists']);
    expect(stage.do('instrument', { ...instrument, flags: 5 })).toEqual(['refused alreadyExists']);
    expect(stage.do('instrument', { ...instrument, collarBasisPoints: 100 })).toEqual(['accepted 0']);
    stage.cancel(1);
    expect(stage.do('instrument', { ...instrument, tickTable: 1 })).toEqual(['accepted 0']);
    stage.order(buy(2, 5, 100));
    expect(stage.do('tickTable', { table: 1, count: 1 }, [0, 1])).toEqual(['refused alreadyExists']);
    expect(stage.do('tickTable', { table: 0, count: 1 }, [0, 2])).toEqual(['refused alreadyExists']);
  });

  it('cancels the orders of an instrument that is delisted', () => {
    const stage = new Stage();
    stage.order(buy(1, 5, 100));
    expect(stage.do('instrument', { ...instrument, flags: 0 })).toEqual(['#1 canceled delisted', 'accepted 1']);
  });

  it('takes tick tables whose bands begin at 0, rise, and begin on both tables', () => {
    const stage = new Stage();
    const table = (...bands: number[]): string[] => stage.do('tickTable', { table: 1, count: bands.length / 2 }, bands);
    expect(table(5, 1)).toEqual(['refused badTickTable']);
    expect(table(0, 1, 0, 5)).toEqual(['refused badTickTable']);
    expect(table(0, 0)).toEqual(['refused badTickTable']);
    expect(table(0, 3, 50, 5)).toEqual(['refused badTickTable']);
    expect(table(0, 1, 12, 5)).toEqual(['refused badTickTable']);
    expect(table(0, 1, 50, 5)).toEqual(['accepted 2']);
  });

  it('refuses indexes beyond capacity and values out of range', () => {
    const stage = new Stage();
    expect(stage.do('instrument', { ...instrument, instrument: 9 })).toEqual(['refused instrumentCapacity']);
    expect(stage.do('instrument', { ...instrument, lotSize: 0 })).toEqual(['refused badParameter']);
    expect(stage.do('instrument', { ...instrument, tickTable: 3 })).toEqual(['refused badParameter']);
    expect(stage.do('account', { account: 9 })).toEqual(['refused accountCapacity']);
    expect(stage.do('account', { account: 4, participant: 9 })).toEqual(['refused unknownParticipant']);
    expect(stage.do('account', { account: 0, participant: 1, flags: 1 })).toEqual(['refused alreadyExists']);
    expect(stage.do('account', { account: 0, makerRate: 1_000_001 })).toEqual(['refused badParameter']);
    expect(stage.do('riskLimits', { account: 0, maxLong: -1 })).toEqual(['refused badParameter']);
    expect(stage.do('genesis', {})).toEqual(['refused alreadyExists']);
    expect(stage.do('semantics', { version: 0 })).toEqual(['refused badParameter']);
    expect(stage.do('semantics', { version: 1 })).toEqual(['accepted 1']);
  });
});
