/**
 * What a command sets off once its own work is done: exits of brackets, triggered stops, mid pegs that meet, tripped
 * protections; again and again until nothing is left.
 */
import { noteStart } from './bands.ts';
import { Code } from './codes.ts';
import { Met, matchOne } from './encounter.ts';
import { enter, isTriggered, trigger } from './entry.ts';
import { ExecType, OrderStatus } from './events.ts';
import { INSTRUMENT_SHIFT, Instrument } from './instruments.ts';
import { STOP_LADDERS } from './ladders.ts';
import { DueBracket, finish, restInStops, withdraw } from './lifecycle.ts';
import { withdrawTrippedQuotes } from './mass-cancel.ts';
import { amountOf, reserve } from './money.ts';
import { fillOrder } from './new-order.ts';
import { ORDER_SHIFT, Order, Place } from './order-store.ts';
import { firstOfList, pegTicks } from './pegs.ts';
import { interruptTrading } from './interruption.ts';
import { checkOverflow } from './risk.ts';
import { BRACKET_EXITS, DUE_BRACKET_WORDS } from './state.ts';
import type { State } from './state.ts';
import { MarketState, OrderType, Side, TermFlag, TimeInForce, packTerms } from './terms.ts';
import type { SelfTrade } from './terms.ts';

export function settle(s: State): void {
  do {
    if (s.touchedCount > 1) s.touched.subarray(0, s.touchedCount).sort();
    for (let index = 0; index < s.touchedCount; index++) settleInstrument(s, s.touched[index]);
  } while (withdrawTrippedQuotes(s));
  for (let index = 0; index < s.touchedCount; index++) {
    s.instruments.words[(s.touched[index] << INSTRUMENT_SHIFT) + Instrument.touched] = 0;
  }
  s.touchedCount = 0;
}

function settleInstrument(s: State, instrument: number): void {
  const record = s.instruments.words;
  const at = instrument << INSTRUMENT_SHIFT;
  for (;;) {
    if (s.dueBracketCount !== 0 && enterDueBracket(s, instrument)) continue;
    if (record[at + Instrument.state] !== MarketState.continuous) return;
    if (triggerNextStop(s, instrument)) continue;
    if (record[at + Instrument.pegs] < 2 || !meetPegs(s, instrument)) return;
  }
}

function triggerNextStop(s: State, instrument: number): boolean {
  return triggerSide(s, instrument, Side.buy) || triggerSide(s, instrument, Side.sell);
}

function triggerSide(s: State, instrument: number, side: number): boolean {
  const ladder = (instrument << 2) | STOP_LADDERS | side;
  const stop = s.ladders.best(ladder);
  if (stop === 0 || !isTriggered(s, instrument, side, stop)) return false;
  const slot = s.ladders.head(s.ladders.bestLevel(ladder));
  withdraw(s, slot);
  trigger(s, slot);
  return true;
}

/** Lets the oldest mid pegs of both sides trade, if they meet at the present mid; whether anything happened. */
function meetPegs(s: State, instrument: number): boolean {
  noteStart(s, instrument);
  const buy = firstOfList(s, instrument, Place.midBuys, Side.buy);
  const sell = firstOfList(s, instrument, Place.midSells, Side.sell);
  if (buy < 0 || sell < 0) return false;
  const ticks = pegTicks(s, buy);
  if (ticks < pegTicks(s, sell)) return false;
  const buyIsOlder = ((s.order(buy, Order.arrival) - s.order(sell, Order.arrival)) | 0) < 0;
  const maker = buyIsOlder ? buy : sell;
  const taker = buyIsOlder ? sell : buy;
  if (matchOne(s, taker, maker, ticks) !== Met.band) return true;
  withdraw(s, taker);
  interruptTrading(s, taker);
  return true;
}

/** Enters the exits of the first due bracket of an instrument, if there is one. */
function enterDueBracket(s: State, instrument: number): boolean {
  const due = s.dueBrackets;
  for (let index = 0; index < s.dueBracketCount; index++) {
    const at = index * DUE_BRACKET_WORDS;
    if (due[at + DueBracket.instrument] !== instrument) continue;
    const note = due.slice(at, at + DUE_BRACKET_WORDS);
    due.copyWithin(at, at + DUE_BRACKET_WORDS, s.dueBracketCount * DUE_BRACKET_WORDS);
    s.dueBracketCount--;
    enterExits(s, note);
    return true;
  }
  return false;
}

function enterExits(s: State, due: Int32Array): void {
  s.orders.keep(-BRACKET_EXITS);
  const stopLimit = due[DueBracket.stopLossLimitTicks];
  const stopType = stopLimit === 0 ? OrderType.stop : OrderType.stopLimit;
  const profit = createExit(s, due, OrderType.limit, due[DueBracket.takeProfitTicks], 0);
  const loss = createExit(s, due, stopType, stopLimit, due[DueBracket.stopLossTicks]);
  s.orders.words[(profit << ORDER_SHIFT) + Order.linkPeer] = loss + 1;
  s.orders.words[(loss << ORDER_SHIFT) + Order.linkPeer] = profit + 1;
  s.output.execution(s.orders.words, profit, ExecType.new, 0, OrderStatus.new);
  s.output.execution(s.orders.words, loss, ExecType.new, 0, OrderStatus.pendingNew);
  if (!takesExits(s, due)) {
    dropExits(s, profit, loss);
    return;
  }
  reserve(s, profit, due[DueBracket.quantity]);
  reserve(s, loss, due[DueBracket.quantity]);
  restStopExit(s, loss);
  if (s.order(profit, Order.leaves) !== 0) enter(s, profit, 0);
}

/** The stop waits, even where its condition holds already: the aftermath triggers it once the take-profit had its turn. */
function restStopExit(s: State, slot: number): void {
  s.orders.words[(slot << ORDER_SHIFT) + Order.arrival] = s.orders.nextArrival();
  restInStops(s, slot);
}

function createExit(s: State, due: Int32Array, type: OrderType, price: number, stop: number): number {
  const slot = s.orders.take();
  const at = slot << ORDER_SHIFT;
  const side = due[DueBracket.side] as Side;
  const terms = packTerms(side, type, TimeInForce.gtc, due[DueBracket.selfTrade] as SelfTrade, TermFlag.bracketExit);
  const session = due[DueBracket.session];
  const quantity = due[DueBracket.quantity];
  const instrument = due[DueBracket.instrument];
  fillOrder(s, slot, due[DueBracket.account], instrument, due[DueBracket.position], session, terms, price, quantity);
  s.orders.words[at + Order.stopTicks] = stop;
  s.orders.words[at + Order.riskTicks] = price !== 0 ? price : stop;
  return slot;
}

/** Whether the account's open notional stays exact with both exits. */
function takesExits(s: State, due: Int32Array): boolean {
  const instrument = due[DueBracket.instrument];
  const quantity = due[DueBracket.quantity];
  const stopTicks = due[DueBracket.stopLossLimitTicks] || due[DueBracket.stopLossTicks];
  const amount =
    amountOf(s, instrument, due[DueBracket.takeProfitTicks], quantity) + amountOf(s, instrument, stopTicks, quantity);
  return checkOverflow(s, due[DueBracket.account], amount) === Code.ok;
}

/** Ends exits that count in no sum yet. */
function dropExits(s: State, profit: number, loss: number): void {
  for (const slot of [profit, loss]) s.orders.words[(slot << ORDER_SHIFT) + Order.leaves] = 0;
  finish(s, profit, ExecType.canceled, Code.valueOverflow);
}
