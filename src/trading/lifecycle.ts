/**
 * How an order comes to rest, changes while it rests, and ends. Whoever ends an order goes through here, so that the
 * book, the reservations, the day's record and linked orders always agree.
 */
import { POSITION_SHIFT, Position } from './accounts.ts';
import { Code } from './codes.ts';
import { ExecType, OrderStatus } from './events.ts';
import { INSTRUMENT_SHIFT, Instrument } from './instruments.ts';
import { STOP_LADDERS } from './ladders.ts';
import { reserve } from './money.ts';
import { FIRST_LIST, ORDER_SHIFT, Order, Place } from './order-store.ts';
import { restingStatus } from './output.ts';
import { BRACKET_EXITS, DUE_BRACKET_WORDS, levelChanged, notes, s, touch } from './state.ts';
import { TermFlag, selfTradeOf, sideOf } from './terms.ts';

/** Offsets in a note of a bracket whose exits are due. */
export const DueBracket = {
  account: 0,
  selfTrade: 1,
  instrument: 2,
  position: 3,
  session: 4,
  side: 5,
  quantity: 6,
  takeProfitTicks: 7,
  stopLossTicks: 8,
  stopLossLimitTicks: 9,
} as const;

/** Puts an order into the displayed book; without room for its price it ends with levelCapacity. */
export function restInBook(slot: number): void {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  const ladder = (orders[at + Order.instrument] << 2) | (orders[at + Order.terms] & 1);
  const ticks = orders[at + Order.priceTicks];
  if (!s.ladders.hasRoom(ladder, ticks)) {
    finish(slot, ExecType.canceled, Code.levelCapacity);
    return;
  }
  const leaves = orders[at + Order.leaves];
  const shown = orders[at + Order.displayQuantity];
  const displayed = shown !== 0 && shown < leaves ? shown : leaves;
  orders[at + Order.displayed] = displayed;
  orders[at + Order.place] = Place.book;
  s.ladders.append(ladder, ticks, slot, displayed);
  levelChanged(ladder, ticks);
}

/** Lets a stop wait for its price; without room for it, it ends with levelCapacity. */
export function restInStops(slot: number): void {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  const ladder = (orders[at + Order.instrument] << 2) | STOP_LADDERS | (orders[at + Order.terms] & 1);
  if (!s.ladders.hasRoom(ladder, orders[at + Order.stopTicks])) {
    finish(slot, ExecType.canceled, Code.levelCapacity);
    return;
  }
  orders[at + Order.displayed] = 0;
  orders[at + Order.place] = Place.stops;
  s.ladders.append(ladder, orders[at + Order.stopTicks], slot, 0);
}

/** Puts an order at the end of one of its instrument's lists. */
export function restInList(slot: number, place: number): void {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  const instrument = orders[at + Order.instrument];
  orders[at + Order.displayed] = 0;
  orders[at + Order.place] = place;
  s.instruments.listAppend(instrument, place, slot);
  const instrumentAt = instrument << INSTRUMENT_SHIFT;
  if (place >= Place.primaryBuys) s.instruments.words[instrumentAt + Instrument.pegs]++;
  else s.instruments.words[instrumentAt + Instrument.indicativeStale] = 1;
}

/** Takes an order out of wherever it waits. */
export function withdraw(slot: number): void {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  const place = orders[at + Order.place];
  const instrument = orders[at + Order.instrument];
  orders[at + Order.place] = Place.incoming;
  if (place === Place.book) {
    touch(instrument);
    s.ladders.remove(slot);
    levelChanged((instrument << 2) | (orders[at + Order.terms] & 1), orders[at + Order.priceTicks]);
  } else if (place === Place.stops) {
    s.ladders.remove(slot);
  } else if (place >= FIRST_LIST) {
    s.instruments.listRemove(instrument, place, slot);
    const instrumentAt = instrument << INSTRUMENT_SHIFT;
    if (place >= Place.primaryBuys) s.instruments.words[instrumentAt + Instrument.pegs]--;
    else s.instruments.words[instrumentAt + Instrument.indicativeStale] = 1;
  }
}

/** Ends an order that still has open quantity: cancelled or expired, with a reason. */
export function finish(slot: number, execType: ExecType, reason: number): void {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  touch(orders[at + Order.instrument]);
  withdraw(slot);
  reserve(slot, -orders[at + Order.leaves]);
  orders[at + Order.leaves] = 0;
  orders[at + Order.displayed] = 0;
  const status = execType === ExecType.expired ? OrderStatus.expired : OrderStatus.canceled;
  s.output.execution(orders, slot, execType, reason, status);
  const peer = orders[at + Order.linkPeer] - 1;
  conclude(slot, status);
  if (peer >= 0) finish(peer, ExecType.canceled, Code.linkedOrderDone);
}

/** Closes the books of an order whose last event is out, and frees its slot. It is in no queue any more. */
export function conclude(slot: number, status: number): void {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  const dayIndex = orders[at + Order.dayIndex];
  if (dayIndex >= 0) s.dayOrders.close(dayIndex, status, orders[at + Order.cum], orders[at + Order.priceTicks]);
  s.sessionOrders[orders[at + Order.session]]--;
  s.instruments.words[(orders[at + Order.instrument] << INSTRUMENT_SHIFT) + Instrument.liveOrders]--;
  if ((orders[at + Order.terms] & TermFlag.quote) !== 0) forgetQuote(slot);
  if (orders[at + Order.linkId] !== 0 || orders[at + Order.linkPeer] !== 0) unlink(slot);
  if (orders[at + Order.takeProfitTicks] !== 0) endBracket(slot);
  s.orders.free(slot);
}

/** Takes `quantity` lots off a waiting or incoming order by the engine's own decision; nothing left ends it. */
export function reduce(slot: number, quantity: number, reason: number): void {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  if (quantity >= orders[at + Order.leaves]) {
    const peer = orders[at + Order.linkPeer] - 1;
    if (peer >= 0 && reason === Code.linkedOrderDone) unlink(slot);
    finish(slot, ExecType.canceled, reason);
    return;
  }
  shrink(slot, quantity);
  s.output.execution(
    orders,
    slot,
    ExecType.restated,
    reason,
    restingStatus(orders, slot, orders[at + Order.place] === Place.stops),
  );
}

/** Takes open lots off an order that keeps its place: from the hidden part first. */
export function shrink(slot: number, quantity: number): void {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  reserve(slot, -quantity);
  const leaves = orders[at + Order.leaves] - quantity;
  orders[at + Order.leaves] = leaves;
  s.instruments.words[(orders[at + Order.instrument] << INSTRUMENT_SHIFT) + Instrument.indicativeStale] = 1;
  if (orders[at + Order.place] !== Place.book || orders[at + Order.displayed] <= leaves) return;
  const level = orders[at + Order.level];
  s.ladders.quantities[level] -= orders[at + Order.displayed] - leaves;
  orders[at + Order.displayed] = leaves;
  levelChanged(s.ladders.ladderOf(level), orders[at + Order.priceTicks]);
}

/** Takes an order out of the pair it belongs to; the other one may be linked anew. */
function unlink(slot: number): void {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  const linkId = orders[at + Order.linkId];
  const peer = orders[at + Order.linkPeer] - 1;
  orders[at + Order.linkPeer] = 0;
  orders[at + Order.linkId] = 0;
  if (peer >= 0) {
    orders[(peer << ORDER_SHIFT) + Order.linkPeer] = 0;
    if (linkId !== 0) s.links.set(orders[at + Order.account], linkId, peer);
  } else if (linkId !== 0) s.links.remove(orders[at + Order.account], linkId);
}

function forgetQuote(slot: number): void {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  const rowAt = orders[at + Order.position] << POSITION_SHIFT;
  const field = sideOf(orders[at + Order.terms]) === 0 ? Position.quoteBid : Position.quoteAsk;
  if (s.accounts.rows[rowAt + field] === slot + 1) s.accounts.rows[rowAt + field] = 0;
}

/** Notes the exits of a bracket whose entry ended, or gives back their slots where none are due. */
function endBracket(slot: number): void {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  if (orders[at + Order.cum] === 0 || notes.suppressBrackets) {
    s.orders.keep(-BRACKET_EXITS);
    return;
  }
  const to = notes.dueBracketCount++ * DUE_BRACKET_WORDS;
  const due = s.dueBrackets;
  due[to + DueBracket.account] = orders[at + Order.account];
  due[to + DueBracket.instrument] = orders[at + Order.instrument];
  due[to + DueBracket.position] = orders[at + Order.position];
  due[to + DueBracket.session] = orders[at + Order.session];
  due[to + DueBracket.selfTrade] = selfTradeOf(orders[at + Order.terms]);
  due[to + DueBracket.side] = (orders[at + Order.terms] & 1) ^ 1;
  due[to + DueBracket.quantity] = orders[at + Order.cum];
  due[to + DueBracket.takeProfitTicks] = orders[at + Order.takeProfitTicks];
  due[to + DueBracket.stopLossTicks] = orders[at + Order.stopLossTicks];
  due[to + DueBracket.stopLossLimitTicks] = orders[at + Order.stopLossLimitTicks];
}
