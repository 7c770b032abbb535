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
import { BRACKET_EXITS, DUE_BRACKET_WORDS, notes, s } from './state.ts';
import { MarketState, OrderType, Side, TermFlag, TimeInForce, packTerms } from './terms.ts';
import type { SelfTrade } from './terms.ts';

export function settle(): void {
  do {
    if (notes.touchedCount > 1) s.touched.subarray(0, notes.touchedCount).sort();
    for (let index = 0; index < notes.touchedCount; index++) settleInstrument(s.touched[index]);
  } while (withdrawTrippedQuotes());
  for (let index = 0; index < notes.touchedCount; index++) {
    s.instruments.words[(s.touched[index] << INSTRUMENT_SHIFT) + Instrument.touched] = 0;
  }
  notes.touchedCount = 0;
}

function settleInstrument(instrument: number): void {
  const record = s.instruments.words;
  const at = instrument << INSTRUMENT_SHIFT;
  for (;;) {
    if (notes.dueBracketCount !== 0 && enterDueBracket(instrument)) continue;
    if (record[at + Instrument.state] !== MarketState.continuous) return;
    if (triggerNextStop(instrument)) continue;
    if (record[at + Instrument.pegs] < 2 || !meetPegs(instrument)) return;
  }
}

function triggerNextStop(instrument: number): boolean {
  return triggerSide(instrument, Side.buy) || triggerSide(instrument, Side.sell);
}

function triggerSide(instrument: number, side: number): boolean {
  const ladder = (instrument << 2) | STOP_LADDERS | side;
  const stop = s.ladders.best(ladder);
  if (stop === 0 || !isTriggered(instrument, side, stop)) return false;
  const slot = s.ladders.head(s.ladders.bestLevel(ladder));
  withdraw(slot);
  trigger(slot);
  return true;
}

/** Lets the oldest mid pegs of both sides trade, if they meet at the present mid; whether anything happened. */
function meetPegs(instrument: number): boolean {
  noteStart(instrument);
  const buy = firstOfList(instrument, Place.midBuys, Side.buy);
  const sell = firstOfList(instrument, Place.midSells, Side.sell);
  if (buy < 0 || sell < 0) return false;
  const ticks = pegTicks(buy);
  if (ticks < pegTicks(sell)) return false;
  const buyIsOlder = ((s.orders.word(buy, Order.arrival) - s.orders.word(sell, Order.arrival)) | 0) < 0;
  const maker = buyIsOlder ? buy : sell;
  const taker = buyIsOlder ? sell : buy;
  if (matchOne(taker, maker, ticks) !== Met.band) return true;
  withdraw(taker);
  interruptTrading(taker);
  return true;
}

/** Enters the exits of the first due bracket of an instrument, if there is one. */
function enterDueBracket(instrument: number): boolean {
  const due = s.dueBrackets;
  for (let index = 0; index < notes.dueBracketCount; index++) {
    const at = index * DUE_BRACKET_WORDS;
    if (due[at + DueBracket.instrument] !== instrument) continue;
    const note = due.slice(at, at + DUE_BRACKET_WORDS);
    due.copyWithin(at, at + DUE_BRACKET_WORDS, notes.dueBracketCount * DUE_BRACKET_WORDS);
    notes.dueBracketCount--;
    enterExits(note);
    return true;
  }
  return false;
}

function enterExits(due: Int32Array): void {
  s.orders.keep(-BRACKET_EXITS);
  const stopLimit = due[DueBracket.stopLossLimitTicks];
  const stopType = stopLimit === 0 ? OrderType.stop : OrderType.stopLimit;
  const profit = createExit(due, OrderType.limit, due[DueBracket.takeProfitTicks], 0);
  const loss = createExit(due, stopType, stopLimit, due[DueBracket.stopLossTicks]);
  s.orders.words[(profit << ORDER_SHIFT) + Order.linkPeer] = loss + 1;
  s.orders.words[(loss << ORDER_SHIFT) + Order.linkPeer] = profit + 1;
  s.output.execution(s.orders.words, profit, ExecType.new, 0, OrderStatus.new);
  s.output.execution(s.orders.words, loss, ExecType.new, 0, OrderStatus.pendingNew);
  if (!takesExits(due)) {
    dropExits(profit, loss);
    return;
  }
  reserve(profit, due[DueBracket.quantity]);
  reserve(loss, due[DueBracket.quantity]);
  restStopExit(loss);
  if (s.orders.word(profit, Order.leaves) !== 0) enter(profit, 0);
}

/** The stop waits, even where its condition holds already: the aftermath triggers it once the take-profit had its turn. */
function restStopExit(slot: number): void {
  s.orders.words[(slot << ORDER_SHIFT) + Order.arrival] = s.orders.nextArrival();
  restInStops(slot);
}

function createExit(due: Int32Array, type: OrderType, price: number, stop: number): number {
  const slot = s.orders.take();
  const at = slot << ORDER_SHIFT;
  const side = due[DueBracket.side] as Side;
  const terms = packTerms(side, type, TimeInForce.gtc, due[DueBracket.selfTrade] as SelfTrade, TermFlag.bracketExit);
  const session = due[DueBracket.session];
  const quantity = due[DueBracket.quantity];
  const instrument = due[DueBracket.instrument];
  fillOrder(slot, due[DueBracket.account], instrument, due[DueBracket.position], session, terms, price, quantity);
  s.orders.words[at + Order.stopTicks] = stop;
  s.orders.words[at + Order.riskTicks] = price !== 0 ? price : stop;
  return slot;
}

/** Whether the account's open notional stays exact with both exits. */
function takesExits(due: Int32Array): boolean {
  const instrument = due[DueBracket.instrument];
  const quantity = due[DueBracket.quantity];
  const stopTicks = due[DueBracket.stopLossLimitTicks] || due[DueBracket.stopLossTicks];
  const amount =
    amountOf(instrument, due[DueBracket.takeProfitTicks], quantity) + amountOf(instrument, stopTicks, quantity);
  return checkOverflow(due[DueBracket.account], amount) === Code.ok;
}

/** Ends exits that count in no sum yet. */
function dropExits(profit: number, loss: number): void {
  for (const slot of [profit, loss]) s.orders.words[(slot << ORDER_SHIFT) + Order.leaves] = 0;
  finish(profit, ExecType.canceled, Code.valueOverflow);
}
