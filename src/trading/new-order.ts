/**
 * The new order: every check in the order of docs/trading/semantics.md, then acceptance. A refused order leaves no
 * trace but what the rate limits counted.
 */
import { ACCOUNT_SHIFT, Account, POSITION_SHIFT, Position } from './accounts.ts';
import { noteStart } from './bands.ts';
import { Code } from './codes.ts';
import { NewOrder } from './commands.ts';
import { enter } from './entry.ts';
import { ExecType, OrderStatus } from './events.ts';
import { INSTRUMENT_SHIFT, Instrument, InstrumentFlag } from './instruments.ts';
import { addTimer } from './interruption.ts';
import { STOP_LADDERS } from './ladders.ts';
import { wouldTrade } from './matching.ts';
import { amountOf, reserve } from './money.ts';
import { checkPhase, checkShape, extra, isBracket } from './order-checks.ts';
import { ORDER_SHIFT, Order } from './order-store.ts';
import { isStopType } from './output.ts';
import { rejectDuplicate, rejectOrder } from './requests.ts';
import {
  checkBuyingPower,
  checkLimits,
  checkOverflow,
  checkRestrictions,
  countMessage,
  countOrder,
  reducible,
  riskTicks,
} from './risk.ts';
import { BRACKET_EXITS, notes, s, touch } from './state.ts';
import {
  CLIENT_TERMS_MASK,
  MarketState,
  OrderType,
  ShortMark,
  Side,
  TermFlag,
  TimeInForce,
  shortMarkOf,
  timeInForceOf,
  typeOf,
} from './terms.ts';
import { TimerKind } from './timers.ts';

export function newOrder(words: Int32Array, at: number): void {
  const account = words[at + NewOrder.account];
  const instrument = words[at + NewOrder.instrument];
  const low = words[at + NewOrder.clOrdIdLow];
  const high = words[at + NewOrder.clOrdIdHigh];
  const terms = words[at + NewOrder.terms] & CLIENT_TERMS_MASK;
  let code = checkIdentity(account, instrument, low, high);
  if (code === Code.ok) {
    const record = s.dayOrders.find(account, low, high);
    if (record >= 0) {
      rejectDuplicate(record, account, instrument, low, high, terms);
      return;
    }
    code = checkAll(words, at, account, instrument, terms);
  }
  if (code === Code.ok) accept(words, at, account, instrument, terms);
  else rejectOrder(code, account, instrument, low, high, terms, words[at + NewOrder.priceTicks]);
}

function checkIdentity(account: number, instrument: number, low: number, high: number): Code {
  if (!s.accounts.exists(account)) return Code.unknownAccount;
  if (!s.instruments.exists(instrument)) return Code.unknownInstrument;
  if ((low | high) === 0) return Code.badClOrdId;
  if (s.output.session >= s.capacity.sessions) return Code.unknownSession;
  return countMessage(account);
}

/** Whether an account may act in an instrument: check 3. */
export function checkEntitlement(account: number, instrument: number): Code {
  const money = s.accounts.money;
  const accountAt = account << ACCOUNT_SHIFT;
  if (money[accountAt + Account.enabled] === 0) return Code.accountDisabled;
  if (s.accounts.participantKilled[money[accountAt + Account.participant]] === 1) return Code.participantKilled;
  if (money[accountAt + Account.killed] !== 0) return Code.accountKilled;
  const instrumentAt = instrument << INSTRUMENT_SHIFT;
  if (s.instruments.words[instrumentAt + Instrument.killed] === 1) return Code.instrumentKilled;
  const listed = s.instruments.words[instrumentAt + Instrument.flags] & InstrumentFlag.listed;
  return listed === 0 ? Code.instrumentNotListed : Code.ok;
}

function checkAll(words: Int32Array, at: number, account: number, instrument: number, terms: number): Code {
  let code = checkEntitlement(account, instrument);
  if (code !== Code.ok) return code;
  code = checkShape(words, at);
  if (code !== Code.ok) return code;
  if (extra(words, at, NewOrder.linkId) !== 0 && !canLink(account, instrument, words[at + NewOrder.linkId]))
    return Code.badLink;
  const state = s.instruments.words[(instrument << INSTRUMENT_SHIFT) + Instrument.state];
  code = checkPhase(state, terms, extra(words, at, NewOrder.minimumQuantity));
  if (code !== Code.ok) return code;
  if (!s.accounts.hasRoom(account, instrument)) return Code.positionCapacity;
  const side = terms & 1;
  const quantity = words[at + NewOrder.quantity];
  const row = s.accounts.findRow(account, instrument);
  code = checkRestrictions(
    row,
    instrument,
    side,
    quantity,
    shortMarkOf(words[at + NewOrder.marks]),
    words[at + NewOrder.locateId],
  );
  if (code !== Code.ok) return code;
  code = checkRisk(words, at, account, row, terms);
  if (code !== Code.ok) return code;
  if ((terms & TermFlag.reduceOnly) !== 0 && quantity > reducible(row, side)) return Code.reduceOnly;
  if ((terms & TermFlag.postOnly) !== 0 && state === MarketState.continuous && !isStopType(terms)) {
    noteStart(instrument);
    if (wouldTrade(instrument, side, words[at + NewOrder.priceTicks])) return Code.postOnlyWouldTrade;
  }
  return checkCapacity(words, at, account, terms);
}

/** Checks 7 and 8. */
function checkRisk(words: Int32Array, at: number, account: number, row: number, terms: number): Code {
  const instrument = words[at + NewOrder.instrument];
  const quantity = words[at + NewOrder.quantity];
  const price = words[at + NewOrder.priceTicks];
  const side = terms & 1;
  const type = typeOf(terms);
  const ticks = riskTicks(instrument, side, type, price, extra(words, at, NewOrder.stopTicks));
  const amount = amountOf(instrument, ticks, quantity);
  let code = checkOverflow(account, amount);
  if (code !== Code.ok) return code;
  const collared = type === OrderType.limit || type === OrderType.stopLimit;
  code = checkLimits(account, row, instrument, side, quantity, amount, quantity, amount, collared ? price : 0);
  if (code !== Code.ok) return code;
  code = countOrder(account);
  if (code !== Code.ok) return code;
  code = checkBuyingPower(account, side, amount);
  if (code !== Code.ok) return code;
  const window = s.accounts.money[(account << ACCOUNT_SHIFT) + Account.duplicateWindowMicros];
  if (window === 0) return Code.ok;
  s.recentOrders.expire(notes.now);
  const last = s.recentOrders.lastEqual(account, (instrument << 1) | side, quantity, price);
  return last >= 0 && notes.now - last < window ? Code.duplicateOrder : Code.ok;
}

/** Check 10. */
function checkCapacity(words: Int32Array, at: number, account: number, terms: number): Code {
  const instrument = words[at + NewOrder.instrument];
  if (s.orders.room < (isBracket(words, at) ? 1 + BRACKET_EXITS : 1)) return Code.orderCapacity;
  if (s.dayOrders.full) return Code.dayOrderCapacity;
  if (s.recentOrders.full && s.accounts.money[(account << ACCOUNT_SHIFT) + Account.duplicateWindowMicros] !== 0) {
    return Code.recentOrderCapacity;
  }
  if (isStopType(terms)) {
    const ladder = (instrument << 2) | STOP_LADDERS | (terms & 1);
    return s.ladders.hasRoom(ladder, words[at + NewOrder.stopTicks]) ? Code.ok : Code.levelCapacity;
  }
  const tif = timeInForceOf(terms);
  const rests = tif !== TimeInForce.ioc && tif !== TimeInForce.fok && tif !== TimeInForce.atClose;
  if (typeOf(terms) !== OrderType.limit || !rests) return Code.ok;
  return s.ladders.hasRoom((instrument << 2) | (terms & 1), words[at + NewOrder.priceTicks])
    ? Code.ok
    : Code.levelCapacity;
}

function canLink(account: number, instrument: number, linkId: number): boolean {
  const other = s.links.get(account, linkId, -1);
  return (
    other < 0 || (s.orders.word(other, Order.linkPeer) === 0 && s.orders.word(other, Order.instrument) === instrument)
  );
}

function accept(words: Int32Array, at: number, account: number, instrument: number, terms: number): void {
  touch(instrument);
  const slot = s.orders.take();
  const to = slot << ORDER_SHIFT;
  const orders = s.orders.words;
  const low = words[at + NewOrder.clOrdIdLow];
  const high = words[at + NewOrder.clOrdIdHigh];
  const row = s.accounts.ensureRow(account, instrument);
  const price = words[at + NewOrder.priceTicks];
  const quantity = words[at + NewOrder.quantity];
  fillOrder(slot, account, instrument, row, s.output.session, terms, price, quantity);
  orders[to + Order.clOrdIdLow] = low;
  orders[to + Order.clOrdIdHigh] = high;
  orders[to + Order.marks] = words[at + NewOrder.marks];
  orders[to + Order.dayIndex] = s.dayOrders.add(account, low, high, slot, orders[to + Order.generation]);
  if ((terms & TermFlag.extras) !== 0) fillExtras(slot, words, at);
  orders[to + Order.riskTicks] = riskTicks(instrument, terms & 1, typeOf(terms), price, orders[to + Order.stopTicks]);
  reserve(slot, quantity);
  const window = s.accounts.money[(account << ACCOUNT_SHIFT) + Account.duplicateWindowMicros];
  if (window !== 0) s.recentOrders.add(account, (instrument << 1) | (terms & 1), quantity, price, notes.now, window);
  countLocated(words, at, row);
  const held = timeInForceOf(terms) === TimeInForce.atClose && stateOf(instrument) !== MarketState.closingAuction;
  s.output.answerSlot = slot;
  s.output.execution(
    orders,
    slot,
    ExecType.new,
    0,
    held || isStopType(terms) ? OrderStatus.pendingNew : OrderStatus.new,
  );
  enter(slot, extra(words, at, NewOrder.minimumQuantity));
}

function stateOf(instrument: number): number {
  return s.instruments.words[(instrument << INSTRUMENT_SHIFT) + Instrument.state];
}

/** Writes the record of an order that was just given a slot; what only few orders have is set to nothing. */
export function fillOrder(
  slot: number,
  account: number,
  instrument: number,
  row: number,
  session: number,
  terms: number,
  price: number,
  quantity: number,
): void {
  const orders = s.orders.words;
  const to = slot << ORDER_SHIFT;
  orders[to + Order.terms] = terms & ~TermFlag.extras;
  orders[to + Order.priceTicks] = price;
  orders[to + Order.leaves] = quantity;
  orders[to + Order.displayed] = 0;
  orders[to + Order.cum] = 0;
  orders[to + Order.account] = account;
  orders[to + Order.participant] = s.accounts.money[(account << ACCOUNT_SHIFT) + Account.participant];
  orders[to + Order.instrument] = instrument;
  orders[to + Order.position] = row;
  orders[to + Order.session] = session;
  orders[to + Order.clOrdIdLow] = 0;
  orders[to + Order.clOrdIdHigh] = 0;
  orders[to + Order.dayIndex] = -1;
  orders[to + Order.displayQuantity] = 0;
  orders[to + Order.stopTicks] = 0;
  orders[to + Order.pegOffsetTicks] = 0;
  orders[to + Order.expireLow] = 0;
  orders[to + Order.expireHigh] = 0;
  orders[to + Order.linkId] = 0;
  orders[to + Order.linkPeer] = 0;
  orders[to + Order.takeProfitTicks] = 0;
  orders[to + Order.stopLossTicks] = 0;
  orders[to + Order.stopLossLimitTicks] = 0;
  orders[to + Order.riskTicks] = price;
  s.sessionOrders[session]++;
  s.instruments.words[(instrument << INSTRUMENT_SHIFT) + Instrument.liveOrders]++;
}

function fillExtras(slot: number, words: Int32Array, at: number): void {
  const orders = s.orders.words;
  const to = slot << ORDER_SHIFT;
  const display = words[at + NewOrder.displayQuantity];
  orders[to + Order.displayQuantity] = display === words[at + NewOrder.quantity] ? 0 : display;
  orders[to + Order.stopTicks] = words[at + NewOrder.stopTicks];
  orders[to + Order.pegOffsetTicks] = words[at + NewOrder.pegOffsetTicks];
  orders[to + Order.takeProfitTicks] = words[at + NewOrder.takeProfitTicks];
  orders[to + Order.stopLossTicks] = words[at + NewOrder.stopLossTicks];
  orders[to + Order.stopLossLimitTicks] = words[at + NewOrder.stopLossLimitTicks];
  if (isBracket(words, at)) s.orders.keep(BRACKET_EXITS);
  if (timeInForceOf(words[at + NewOrder.terms]) === TimeInForce.gtd) {
    const low = words[at + NewOrder.expireLow];
    const high = words[at + NewOrder.expireHigh];
    orders[to + Order.expireLow] = low;
    orders[to + Order.expireHigh] = high;
    addTimer(high * 4294967296 + (low >>> 0), TimerKind.orderExpiry, slot, orders[to + Order.generation]);
  }
  const linkId = words[at + NewOrder.linkId];
  if (linkId !== 0) join(slot, linkId);
}

/** Makes an order one of a linked pair, or the first of one to come. */
function join(slot: number, linkId: number): void {
  const orders = s.orders.words;
  const to = slot << ORDER_SHIFT;
  const account = orders[to + Order.account];
  const other = s.links.get(account, linkId, -1);
  orders[to + Order.linkId] = linkId;
  if (other < 0) s.links.set(account, linkId, slot);
  else {
    orders[to + Order.linkPeer] = other + 1;
    orders[(other << ORDER_SHIFT) + Order.linkPeer] = slot + 1;
  }
}

function countLocated(words: Int32Array, at: number, row: number): void {
  if (shortMarkOf(words[at + NewOrder.marks]) !== ShortMark.short || (words[at + NewOrder.terms] & 1) === Side.buy)
    return;
  const flags = s.instruments.words[(words[at + NewOrder.instrument] << INSTRUMENT_SHIFT) + Instrument.flags];
  if ((flags & InstrumentFlag.needsLocate) === 0) return;
  s.accounts.rows[(row << POSITION_SHIFT) + Position.locateUsed] += words[at + NewOrder.quantity];
}
