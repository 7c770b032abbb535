/** What happens to orders that live, rule by rule of docs/trading/semantics.md: stops, links, brackets, amends, cancels, quotes. */
import { describe, expect, it } from 'vitest';
import { Stage } from '../reference/stage.ts';
import type { OrderWish } from '../reference/commands.ts';

const buy = (id: number, quantity: number, price: number, account = 0): OrderWish => ({ id, account, quantity, price });
const sell = (id: number, quantity: number, price: number, account = 1): OrderWish => ({
  ...buy(id, quantity, price, account),
  side: 'sell',
});

/** Makes a last trade price with accounts that scenarios leave alone. */
function tradeAt(stage: Stage, price: number, id: number): string[] {
  stage.order(sell(id, 1, price, 2));
  return stage.order(buy(id + 1, 1, price, 3));
}

describe('stops', () => {
  it('trigger one by one, each matched to the end: buys from the lowest, sells from the highest, by time', () => {
    const stage = new Stage();
    stage.order(sell(1, 5, 103, 1));
    stage.order(sell(2, 5, 104, 1));
    stage.order({ ...buy(10, 5, 0, 2), type: 'stop', stop: 103 });
    stage.order({ ...buy(11, 5, 0, 2), type: 'stop', stop: 102 });
    stage.order({ ...buy(12, 5, 102, 2), type: 'stopLimit', stop: 102 });
    stage.order(sell(3, 1, 102, 1));
    const lines = stage.order(buy(4, 1, 102, 0)).filter((line) => /triggered|print|canceled/.test(line));
    expect(lines).toEqual([
      'print 1@102',
      '#11 triggered',
      'print 5@103',
      '#12 triggered',
      '#10 triggered',
      'print 5@104',
    ]);
    expect(stage.book('buy')).toBe('5@102');
  });

  it('trigger at once when their condition holds already, and end as immediate market orders', () => {
    const stage = new Stage();
    tradeAt(stage, 100, 90);
    stage.order(buy(1, 3, 99, 1));
    expect(stage.order({ ...sell(2, 5, 0, 0), type: 'stop', stop: 101 })).toEqual([
      '#2 new pending',
      '#2 triggered',
      '#1 fills 3@99 left 0',
      '#2 fills 3@99 left 2',
      'print 3@99',
      '#2 canceled immediateRemainder',
    ]);
  });

  it('wait through call phases', () => {
    const stage = new Stage();
    tradeAt(stage, 100, 90);
    stage.state('volatilityAuction');
    expect(stage.order({ ...buy(1, 1, 0), type: 'stop', stop: 100 })).toEqual(['#1 new pending']);
    expect(stage.state('continuous')).toEqual(['continuous', 'accepted 1', '#1 triggered', '#1 canceled noLiquidity']);
  });

  it('that are post-only end when they would trade', () => {
    const stage = new Stage();
    stage.order(sell(1, 5, 100, 1));
    stage.order({ ...buy(2, 5, 101), type: 'stopLimit', stop: 100, postOnly: true });
    stage.order(buy(3, 1, 100, 2));
    expect(stage.order({ ...buy(4, 5, 99), type: 'stopLimit', stop: 100, postOnly: true })).toEqual([
      '#4 new pending',
      '#4 triggered',
    ]);
    expect(stage.book('buy')).toBe('5@99');
  });

  it('tell that they were triggered and then what became of a post-only order', () => {
    const stage = new Stage();
    stage.order(sell(1, 5, 100, 1));
    stage.order({ ...buy(2, 5, 101), type: 'stopLimit', stop: 100, postOnly: true });
    expect(stage.order(buy(3, 1, 100, 2)).slice(-2)).toEqual(['#2 triggered', '#2 canceled postOnlyWouldTrade']);
  });
});

describe('linked orders', () => {
  it('shrink by what the other trades', () => {
    const stage = new Stage();
    stage.order({ ...sell(1, 10, 105, 0), linkId: 1 });
    stage.order({ ...sell(2, 10, 0, 0), type: 'stop', stop: 95, linkId: 1 });
    expect(stage.order(buy(3, 4, 105, 1)).at(-1)).toBe('#2 restated 6 linkedOrderDone');
    expect(stage.order(buy(4, 6, 105, 1)).at(-1)).toBe('#2 canceled linkedOrderDone');
  });

  it('end with the other when it ends otherwise', () => {
    const stage = new Stage();
    stage.order({ ...sell(1, 10, 105, 0), linkId: 1 });
    stage.order({ ...sell(2, 10, 106, 0), linkId: 1 });
    expect(stage.cancel(2)).toEqual(['#2 canceled canceledByUser', '#1 canceled linkedOrderDone']);
  });

  it('leave the larger one alive when the smaller is used up, free to be linked again', () => {
    const stage = new Stage();
    stage.order({ ...sell(1, 10, 105, 0), linkId: 1 });
    stage.order({ ...sell(2, 4, 106, 0), linkId: 1 });
    expect(stage.order(buy(3, 4, 105, 1)).at(-1)).toBe('#2 canceled linkedOrderDone');
    expect(stage.book('sell')).toBe('6@105');
    expect(stage.order({ ...sell(4, 6, 107, 0), linkId: 1 })).toEqual(['#4 new']);
    expect(stage.cancel(4)).toEqual(['#4 canceled canceledByUser', '#1 canceled linkedOrderDone']);
  });
});

describe('brackets', () => {
  const entry: OrderWish = { id: 1, quantity: 10, price: 100, takeProfit: 105, stopLoss: 95 };

  it('bring both exits when the entry is done, of what it traded', () => {
    const stage = new Stage();
    stage.order(entry);
    expect(stage.order(sell(2, 4, 100))).not.toContain('exit sell of 0 new');
    expect(stage.cancel(1)).toEqual(['#1 canceled canceledByUser', 'exit sell of 0 new', 'exit sell of 0 new pending']);
    expect(stage.book('sell')).toBe('4@105');
    tradeAt(stage, 96, 90);
    stage.order(buy(3, 4, 94, 1));
    expect(tradeAt(stage, 95, 92).slice(-6)).toEqual([
      'print 1@95',
      'exit sell of 0 triggered',
      '#3 fills 4@94 left 0',
      'exit sell of 0 fills 4@94 left 0',
      'print 4@94',
      'exit sell of 0 canceled linkedOrderDone',
    ]);
  });

  it('let the take-profit trade at once', () => {
    const stage = new Stage();
    stage.order(sell(2, 5, 100));
    stage.order(buy(3, 2, 99, 2));
    const lines = stage.order({ id: 1, type: 'market', quantity: 5, takeProfit: 99, stopLoss: 90 });
    expect(lines.slice(4)).toEqual([
      'exit sell of 0 new',
      'exit sell of 0 new pending',
      '#3 fills 2@99 left 0',
      'exit sell of 0 fills 2@99 left 3',
      'print 2@99',
      'exit sell of 0 restated 3 linkedOrderDone',
    ]);
  });

  it('bring none after a kill switch', () => {
    const stage = new Stage();
    stage.order(entry);
    stage.order(sell(2, 4, 100));
    const lines = stage.do('killSwitch', { scope: 2, id: 0, engage: 1 });
    expect(lines).toEqual(['#1 canceled canceledByKillSwitch', 'accepted 1']);
  });

  it('bring the exits of others when a kill switch set off the trade that filled the entry', () => {
    const stage = new Stage();
    stage.order({ ...buy(1, 1, 95), takeProfit: 97, stopLoss: 90 });
    stage.order(sell(2, 1, 104, 2));
    stage.order(sell(3, 1, 105, 1));
    stage.order({ ...buy(4, 1, 0, 3), type: 'pegMid' });
    stage.order({ ...sell(5, 1, 0, 1), type: 'pegMid' });
    stage.order({ ...sell(6, 1, 0, 1), type: 'stop', stop: 100 });
    expect(stage.do('killSwitch', { scope: 2, id: 2, engage: 1 })).toEqual([
      '#2 canceled canceledByKillSwitch',
      'accepted 1',
      '#4 fills 1@100 left 0',
      '#5 fills 1@100 left 0',
      'print 1@100',
      '#6 triggered',
      '#1 fills 1@95 left 0',
      '#6 fills 1@95 left 0',
      'print 1@95',
      'exit sell of 0 new',
      'exit sell of 0 new pending',
    ]);
  });

  it('rest their exits for good, also when the entry ends with the day', () => {
    const stage = new Stage();
    stage.order(entry);
    stage.order(sell(2, 4, 100));
    expect(stage.state('closed')).toEqual([
      'closed',
      '#1 expired dayEnded',
      'accepted 1',
      'exit sell of 0 new',
      'exit sell of 0 new pending',
    ]);
    expect(stage.book('sell')).toBe('4@105');
  });
});

describe('amends', () => {
  it('keep the place for less quantity and lose it for anything else', () => {
    const stage = new Stage();
    stage.order(sell(1, 10, 100));
    stage.order(sell(2, 10, 100, 2));
    expect(stage.amend(1, { quantity: 8 })).toEqual(['#1 replaced 8@100']);
    expect(stage.order(buy(3, 1, 100))).toContain('#1 fills 1@100 left 7');
    expect(stage.amend(1, { quantity: 9 })).toEqual(['#1 replaced 8@100']);
    expect(stage.order(buy(4, 1, 100))).toContain('#2 fills 1@100 left 9');
    expect(stage.amend(2, {})).toEqual(['#2 replaced 9@100']);
    expect(stage.order(buy(5, 1, 100))).toContain('#2 fills 1@100 left 8');
  });

  it('match when the new price trades, and are refused where post-only forbids it', () => {
    const stage = new Stage();
    stage.order(sell(1, 5, 105));
    stage.order(buy(2, 5, 100));
    stage.order({ ...buy(3, 5, 99), postOnly: true });
    expect(stage.amend(3, { priceTicks: 105 })).toEqual(['#3 requestRejected postOnlyWouldTrade']);
    expect(stage.amend(2, { priceTicks: 105 })).toEqual([
      '#2 replaced 5@105',
      '#1 fills 5@105 left 0',
      '#2 fills 5@105 left 0',
      'print 5@105',
    ]);
    expect(stage.book('buy')).toBe('5@99');
  });

  it('judge a post-only order without its own old price among the best prices', () => {
    const stage = new Stage();
    stage.order({ ...buy(1, 5, 100), postOnly: true });
    stage.order(buy(2, 5, 90));
    stage.order(sell(3, 5, 110));
    stage.order({ ...sell(4, 5, 0), type: 'pegMid' });
    expect(stage.amend(1, { priceTicks: 104 })).toEqual(['#1 requestRejected postOnlyWouldTrade']);
    expect(stage.amend(1, { priceTicks: 99 })).toEqual(['#1 replaced 5@99']);
  });

  it('refuse what makes no sense, and leave the order as it was', () => {
    const stage = new Stage({ instrument: { lotSize: 2 } });
    stage.order(buy(1, 10, 100));
    stage.order(sell(2, 4, 100));
    expect(stage.amend(1, { quantity: 4 })).toEqual(['#1 requestRejected amendBelowExecuted']);
    expect(stage.amend(1, { quantity: 7 })).toEqual(['#1 requestRejected badLot']);
    expect(stage.amend(1, { quantity: -1 })).toEqual(['#1 requestRejected badQuantity']);
    expect(stage.amend(1, { stopTicks: 90 })).toEqual(['#1 requestRejected amendNotAllowed']);
    expect(stage.amend(1, { displayQuantity: 2 })).toEqual(['#1 requestRejected amendNotAllowed']);
    expect(stage.amend(1, { priceTicks: 20_000 })).toEqual(['#1 requestRejected badPrice']);
    expect(stage.events[0]).toMatchObject({ leaves: 6, cum: 4, price: 100, status: 1 });
  });

  it('let pegs, market and auction-only orders only shrink, and quotes not at all', () => {
    const stage = new Stage();
    stage.order({ ...buy(1, 5, 0), type: 'pegPrimary' });
    stage.order({ ...buy(2, 5, 100), tif: 'atClose' });
    expect(stage.amend(1, { quantity: 6 })).toEqual(['#1 requestRejected amendNotAllowed']);
    expect(stage.amend(1, { quantity: 4 })).toEqual(['#1 replaced 4@0']);
    expect(stage.amend(2, { priceTicks: 101 })).toEqual(['#2 requestRejected amendNotAllowed']);
    stage.quote(1, { bid: 90, bidQuantity: 5 });
    const byId = { account: 1, orderSlot: 2, orderGeneration: 1, quantity: 3 };
    expect(stage.do('amendOrder', byId)).toEqual(['quote buy of 1 requestRejected amendNotAllowed']);
  });

  it('are refused by kill switches, halts and closed markets', () => {
    const stage = new Stage();
    stage.order({ ...buy(1, 5, 100), tif: 'gtc' });
    stage.state('halt');
    expect(stage.amend(1, { quantity: 4 })).toEqual(['#1 requestRejected marketHalted']);
    stage.state('closed');
    expect(stage.amend(1, { quantity: 4 })).toEqual(['#1 requestRejected marketClosed']);
    expect(stage.cancel(1)).toEqual(['#1 canceled canceledByUser']);
  });

  it('keep a stop a stop', () => {
    const stage = new Stage();
    tradeAt(stage, 100, 90);
    stage.order({ ...buy(1, 5, 0), type: 'stop', stop: 110 });
    expect(stage.amend(1, { stopTicks: 105 })).toEqual(['#1 replaced 5@0']);
    expect(stage.amend(1, { stopTicks: 100 })).toEqual(['#1 replaced 5@0', '#1 triggered', '#1 canceled noLiquidity']);
  });
});

describe('cancels', () => {
  it('tell unknown, done and foreign orders apart', () => {
    const stage = new Stage();
    stage.order(buy(1, 5, 100));
    const id = stage.idOf(1);
    expect(stage.do('cancelOrder', { account: 1, ...id })).toEqual(['order 0.0 requestRejected notYourOrder']);
    expect(stage.do('cancelOrder', { account: 0, clOrdId: 77 })).toEqual(['#77 requestRejected unknownOrder']);
    expect(stage.do('cancelOrder', { account: 0, ...id })).toEqual(['#1 canceled canceledByUser']);
    expect(stage.cancel(1)).toEqual(['#1 requestRejected orderDone']);
    expect(stage.events[0]).toMatchObject({ status: 4, cum: 0, price: 100, slot: 0 });
    expect(stage.do('cancelOrder', { account: 0, ...id })).toEqual(['order 0.0 requestRejected unknownOrder']);
  });

  it('never find a later order under an old OrderID', () => {
    const stage = new Stage();
    stage.order(buy(1, 5, 100));
    const id = stage.idOf(1);
    stage.cancel(1);
    stage.order(buy(2, 5, 100));
    expect(stage.idOf(2).orderSlot).toBe(id.orderSlot);
    expect(stage.do('cancelOrder', { account: 0, ...id })).toEqual(['order 0.0 requestRejected unknownOrder']);
  });

  it('cancel many by session, account, participant, instrument and side, in order of slots', () => {
    const stage = new Stage();
    stage.order(buy(1, 1, 90), { session: 1 });
    stage.order(sell(2, 1, 110, 0), { session: 1 });
    stage.order(buy(3, 1, 91, 3), { session: 2 });
    stage.order(buy(4, 1, 92, 1), { session: 2 });
    const any = { session: -1, account: -1, participant: -1, instrument: -1, side: -1, reason: 111 };
    expect(stage.do('massCancel', { ...any, session: 2, participant: 0 })).toEqual([
      '#3 canceled canceledByMassCancel',
      'accepted 1',
    ]);
    expect(stage.do('massCancel', { ...any, side: 0, reason: 112 })).toEqual([
      '#1 canceled canceledOnDisconnect',
      '#4 canceled canceledOnDisconnect',
      'accepted 2',
    ]);
    expect(stage.do('massCancel', { ...any, account: 7 })).toEqual(['refused unknownAccount']);
    expect(stage.do('massCancel', { ...any, side: 2 })).toEqual(['refused badSide']);
    expect(stage.do('massCancel', { ...any, session: 8 })).toEqual(['refused unknownSession']);
  });

  it('stop everything of a participant, an account or an instrument until released', () => {
    const stage = new Stage();
    stage.order(buy(1, 1, 90));
    stage.order(buy(2, 1, 90, 3));
    stage.order(buy(3, 1, 90, 1));
    const canceled = ['#1 canceled canceledByKillSwitch', '#2 canceled canceledByKillSwitch', 'accepted 2'];
    expect(stage.do('killSwitch', { scope: 1, id: 0, engage: 1 })).toEqual(canceled);
    expect(stage.order(buy(4, 1, 90, 3))).toEqual(['#4 rejected participantKilled']);
    expect(stage.do('killSwitch', { scope: 1, id: 0, engage: 0 })).toEqual(['accepted 0']);
    expect(stage.order(buy(4, 1, 90, 3))).toEqual(['#4 new']);
    expect(stage.do('killSwitch', { scope: 3, id: 0, engage: 1 })).toContain('#3 canceled canceledByKillSwitch');
    expect(stage.do('killSwitch', { scope: 4, id: 0, engage: 1 })).toEqual(['refused badParameter']);
    expect(stage.do('killSwitch', { scope: 1, id: 9, engage: 1 })).toEqual(['refused unknownParticipant']);
  });

  it('end good-till-date orders on time, before the command that comes later', () => {
    const stage = new Stage();
    stage.order({ ...buy(1, 5, 100), tif: 'gtd', expire: stage.now + 1000 });
    expect(stage.wait(999).order(sell(2, 1, 100))).toContain('print 1@100');
    expect(stage.wait(1).order(sell(3, 1, 100))).toEqual(['#1 expired goodTillDatePassed', '#3 new']);
  });
});

describe('mass quotes', () => {
  it('enter both sides, keep the place of smaller ones and replace the others', () => {
    const stage = new Stage();
    expect(stage.quote(1, { bid: 99, bidQuantity: 5, ask: 101, askQuantity: 5 })).toEqual([
      'quote buy of 1 new',
      'quote sell of 1 new',
      'accepted 1',
    ]);
    stage.order(buy(1, 5, 99));
    expect(stage.quote(1, { bid: 99, bidQuantity: 4, ask: 102, askQuantity: 5 })).toEqual([
      'quote buy of 1 replaced 4@99',
      'quote sell of 1 canceled quoteReplaced',
      'quote sell of 1 new',
      'accepted 1',
    ]);
    expect(stage.order(sell(2, 1, 99, 2))).toContain('quote buy of 1 fills 1@99 left 3');
    expect(stage.quote(1, { bid: 99, bidQuantity: 0 })).toEqual([
      'quote buy of 1 canceled canceledByUser',
      'quote sell of 1 canceled canceledByUser',
      'accepted 1',
    ]);
  });

  it('are taken as a whole or not at all', () => {
    const stage = new Stage({ instruments: 2 });
    const good = { bid: 99, bidQuantity: 5, ask: 101, askQuantity: 5 };
    expect(stage.quote(1, good, { ...good, instrument: 1, bid: 101 })).toEqual(['refused quoteCrossed']);
    expect(stage.quote(1, good, good)).toEqual(['refused badParameter']);
    expect(stage.quote(1, good, { ...good, instrument: 3 })).toEqual(['refused unknownInstrument']);
    expect(stage.quote(1)).toEqual(['refused quoteTooLarge']);
    expect(stage.quote(7, good)).toEqual(['refused unknownAccount']);
    stage.state('halt', 1);
    expect(stage.quote(1, good, { ...good, instrument: 1 })).toEqual(['refused marketHalted']);
    expect(stage.book('buy')).toBe('');
  });

  it('are checked against limits as if the old quotes were gone, side after side', () => {
    const stage = new Stage();
    stage.do('riskLimits', { account: 1, maxOpenNotional: 1000 });
    stage.quote(1, { bid: 99, bidQuantity: 5, ask: 101, askQuantity: 4 });
    expect(stage.quote(1, { bid: 99, bidQuantity: 6, ask: 101, askQuantity: 4 })).toContain('accepted 1');
    expect(stage.quote(1, { bid: 99, bidQuantity: 6, ask: 101, askQuantity: 5 })).toEqual(['refused openNotional']);
    expect(stage.events[0]).toMatchObject({ limit: 1000, value: 505, used: 594 });
  });

  it('trade on entry like limit orders, and never with their own other side', () => {
    const stage = new Stage();
    stage.quote(1, { bid: 99, bidQuantity: 5, ask: 101, askQuantity: 5 });
    stage.order(sell(2, 2, 103, 2));
    expect(stage.quote(1, { bid: 103, bidQuantity: 5, ask: 105, askQuantity: 5 })).toEqual([
      'quote buy of 1 canceled quoteReplaced',
      'quote buy of 1 new',
      'quote sell of 1 canceled selfTradePrevented',
      '#2 fills 2@103 left 0',
      'quote buy of 1 fills 2@103 left 3',
      'print 2@103',
      'quote sell of 1 new',
      'accepted 1',
    ]);
  });

  it('are withdrawn and refused once protection trips, until it is reset', () => {
    const stage = new Stage();
    stage.do('marketMakerProtection', { account: 1, windowMicros: 1000, maxQuantity: 6 });
    stage.quote(1, { bid: 99, bidQuantity: 5, ask: 101, askQuantity: 5 });
    stage.order(buy(1, 4, 101, 2));
    stage.wait(1000).order(buy(2, 1, 101, 2));
    expect(
      stage
        .wait(999)
        .order(sell(3, 5, 99, 2))
        .slice(-2),
    ).toEqual(['print 5@99', 'protection of 1 canceled 0 after 6 in 2']);
    expect(stage.quote(1, { bid: 99, bidQuantity: 5 })).toEqual(['refused protectionActive']);
    stage.do('marketMakerProtection', { account: 1, windowMicros: 1000, maxExecutions: 1, reset: 1 });
    stage.quote(1, { bid: 99, bidQuantity: 5, ask: 101, askQuantity: 5 });
    expect(stage.order(buy(4, 1, 101, 2)).slice(-3)).toEqual([
      'quote sell of 1 canceled protectionTripped',
      'quote buy of 1 canceled protectionTripped',
      'protection of 1 canceled 2 after 1 in 1',
    ]);
  });
});
