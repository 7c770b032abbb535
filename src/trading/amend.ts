/** Amending an order: less quantity keeps its place, anything else enters it anew. */
import { ACCOUNT_SHIFT, Account, POSITION_SHIFT, Position } from './accounts.ts';
import { noteStartWithout } from './bands.ts';
import { Code } from './codes.ts';
import { AmendOrder, CancelOrder } from './commands.ts';
import { DAY_SHIFT, DayOrder } from './day-orders.ts';
import { enter } from './entry.ts';
import { ExecType } from './events.ts';
import { INSTRUMENT_SHIFT, Instrument, InstrumentFlag } from './instruments.ts';
import { finish, shrink, withdraw } from './lifecycle.ts';
import { wouldTrade } from './matching.ts';
import { EXACT_MAX, amountOf, reserve } from './money.ts';
import { ICEBERG_PARTS_MAX, checkPrice, checkQuantity } from './order-checks.ts';
import { ORDER_SHIFT, Order, Place } from './order-store.ts';
import { liveStatus, refuseRequest } from './requests.ts';
import {
  checkBuyingPower,
  checkCollar,
  checkLimits,
  checkOverflow,
  checkRestrictions,
  countMessage,
  riskTicks,
} from './risk.ts';
import { s, touch } from './state.ts';
import {
  MarketState,
  OrderType,
  ShortMark,
  TermFlag,
  TimeInForce,
  shortMarkOf,
  timeInForceOf,
  typeOf,
} from './terms.ts';

/** What an amend would make of its order. */
interface Change {
  slot: number;
  leaves: number;
  price: number;
  stop: number;
  display: number;
  risk: number;
}
const change: Change = { slot: 0, leaves: 0, price: 0, stop: 0, display: 0, risk: 0 };

/** What a request names: a live order, one that was done today, or nothing. */
const named = { slot: -1, record: -1, code: Code.ok as Code };

/** Finds the order of an amend or cancel, by OrderID or, where the generation is 0, by ClOrdID. */
function findNamed(words: Int32Array, at: number): void {
  const account = words[at + CancelOrder.account];
  const generation = words[at + CancelOrder.orderGeneration];
  named.slot = -1;
  named.record = -1;
  named.code = Code.ok;
  if (generation !== 0 && s.orders.isLive(words[at + CancelOrder.orderSlot], generation)) {
    const slot = words[at + CancelOrder.orderSlot];
    if (s.orders.word(slot, Order.account) === account) named.slot = slot;
    else named.code = Code.notYourOrder;
    return;
  }
  const record = s.dayOrders.find(account, words[at + CancelOrder.clOrdIdLow], words[at + CancelOrder.clOrdIdHigh]);
  const living = record < 0 ? -1 : s.dayOrders.words[(record << DAY_SHIFT) + DayOrder.slot];
  if (living >= 0 && generation === 0) named.slot = living;
  else if (record >= 0 && living < 0) {
    named.record = record;
    named.code = Code.orderDone;
  } else named.code = Code.unknownOrder;
}

function refuse(words: Int32Array, at: number, code: Code, account: number, slot: number, record: number): void {
  const instrument = words[at + CancelOrder.instrument];
  refuseRequest(
    code,
    account,
    instrument,
    words[at + CancelOrder.clOrdIdLow],
    words[at + CancelOrder.clOrdIdHigh],
    slot,
    record,
  );
}

export function cancelOrder(words: Int32Array, at: number): void {
  const account = words[at + CancelOrder.account];
  if (!s.accounts.exists(account)) {
    refuse(words, at, Code.unknownAccount, account, -1, -1);
    return;
  }
  countMessage(account);
  findNamed(words, at);
  if (named.code !== Code.ok) {
    s.output.limit = s.output.value = s.output.used = 0;
    refuse(words, at, named.code, account, -1, named.record);
    return;
  }
  s.output.answerSlot = named.slot;
  finish(named.slot, ExecType.canceled, Code.canceledByUser);
}

export function amendOrder(words: Int32Array, at: number): void {
  const account = words[at + AmendOrder.account];
  named.slot = named.record = -1;
  const code = checkAmend(words, at, account);
  if (code !== Code.ok) {
    refuse(words, at, code, account, named.slot, named.record);
    return;
  }
  apply();
}

function checkAmend(words: Int32Array, at: number, account: number): Code {
  if (!s.accounts.exists(account)) return Code.unknownAccount;
  let code = countMessage(account);
  if (code !== Code.ok) return code;
  findNamed(words, at);
  if (named.code !== Code.ok) return named.code;
  const slot = named.slot;
  const instrument = s.orders.word(slot, Order.instrument);
  code = checkSwitches(account, instrument);
  if (code !== Code.ok) return code;
  code = checkTerms(words, at, slot);
  if (code !== Code.ok) return code;
  return checkMore(slot, account, instrument);
}

function checkSwitches(account: number, instrument: number): Code {
  const money = s.accounts.money;
  const accountAt = account << ACCOUNT_SHIFT;
  if (s.accounts.participantKilled[money[accountAt + Account.participant]] === 1) return Code.participantKilled;
  if (money[accountAt + Account.killed] !== 0) return Code.accountKilled;
  const record = s.instruments.words;
  const instrumentAt = instrument << INSTRUMENT_SHIFT;
  if (record[instrumentAt + Instrument.killed] === 1) return Code.instrumentKilled;
  if (record[instrumentAt + Instrument.state] === MarketState.halt) return Code.marketHalted;
  return record[instrumentAt + Instrument.state] === MarketState.closed ? Code.marketClosed : Code.ok;
}

/** Reads what is asked into `change` and checks that this order can become it. */
function checkTerms(words: Int32Array, at: number, slot: number): Code {
  const orders = s.orders.words;
  const orderAt = slot << ORDER_SHIFT;
  const terms = orders[orderAt + Order.terms];
  const type = typeOf(terms);
  const cum = orders[orderAt + Order.cum];
  const total = cum + orders[orderAt + Order.leaves];
  const quantity = words[at + AmendOrder.quantity] || total;
  change.slot = slot;
  change.price = words[at + AmendOrder.priceTicks] || orders[orderAt + Order.priceTicks];
  change.stop = words[at + AmendOrder.stopTicks] || orders[orderAt + Order.stopTicks];
  change.display = words[at + AmendOrder.displayQuantity] || orders[orderAt + Order.displayQuantity];
  change.leaves = quantity - cum;
  const otherTerms =
    change.price !== orders[orderAt + Order.priceTicks] ||
    change.stop !== orders[orderAt + Order.stopTicks] ||
    change.display !== orders[orderAt + Order.displayQuantity];
  if ((terms & TermFlag.quote) !== 0) return Code.amendNotAllowed;
  if ((terms & TermFlag.bracketExit) !== 0 && quantity !== total) return Code.amendNotAllowed;
  if (onlyShrinks(terms, type) && (otherTerms || quantity > total)) return Code.amendNotAllowed;
  if (quantity <= cum) return quantity < 0 ? Code.badQuantity : Code.amendBelowExecuted;
  if (quantity !== total) {
    const code = checkQuantity(orders[orderAt + Order.instrument], quantity);
    if (code !== Code.ok) return code;
  }
  return checkPrices(slot, type);
}

function onlyShrinks(terms: number, type: OrderType): boolean {
  const tif = timeInForceOf(terms);
  return (
    tif === TimeInForce.atOpen ||
    tif === TimeInForce.atClose ||
    type === OrderType.market ||
    type === OrderType.pegMid ||
    type === OrderType.pegPrimary
  );
}

function checkPrices(slot: number, type: OrderType): Code {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  const instrument = orders[at + Order.instrument];
  if (change.price !== orders[at + Order.priceTicks]) {
    if (type === OrderType.stop) return Code.amendNotAllowed;
    const code = checkPrice(instrument, change.price);
    if (code !== Code.ok) return code;
  }
  if (change.stop !== orders[at + Order.stopTicks]) {
    if (orders[at + Order.place] !== Place.stops) return Code.amendNotAllowed;
    if (checkPrice(instrument, change.stop) !== Code.ok) return Code.badStopPrice;
  }
  const display = orders[at + Order.displayQuantity];
  if (change.display === display && (display === 0 || change.leaves <= display * ICEBERG_PARTS_MAX)) return Code.ok;
  if (display === 0) return Code.amendNotAllowed;
  const lot = s.instruments.words[(instrument << INSTRUMENT_SHIFT) + Instrument.lotSize];
  const fits =
    change.display > 0 &&
    (change.display <= change.leaves || change.display === display) &&
    change.leaves <= change.display * ICEBERG_PARTS_MAX &&
    change.display % lot === 0;
  return fits ? Code.ok : Code.badDisplayQuantity;
}

/** Risk of what the amend adds. */
function checkMore(slot: number, account: number, instrument: number): Code {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  const terms = orders[at + Order.terms];
  const side = terms & 1;
  const row = orders[at + Order.position];
  const leaves = orders[at + Order.leaves];
  const more = Math.max(0, change.leaves - leaves);
  const repriced =
    change.price !== orders[at + Order.priceTicks] ||
    (typeOf(terms) === OrderType.stop && change.stop !== orders[at + Order.stopTicks]);
  change.risk = repriced
    ? riskTicks(instrument, side, typeOf(terms), change.price, change.stop)
    : orders[at + Order.riskTicks];
  if (more > 0) {
    const code = checkRestrictions(row, instrument, side, more, shortMarkOf(orders[at + Order.marks]), 1);
    if (code !== Code.ok) return code;
  }
  const amount = amountOf(instrument, change.risk, change.leaves);
  const amountMore = amount - amountOf(instrument, orders[at + Order.riskTicks], leaves);
  if (more === 0 && amountMore <= 0)
    return repriced && change.price !== 0 ? checkCollar(instrument, change.price) : Code.ok;
  if (amount > EXACT_MAX) return Code.valueOverflow;
  let code = checkOverflow(account, amountMore);
  if (code !== Code.ok) return code;
  const quantity = orders[at + Order.cum] + change.leaves;
  const collared = repriced && change.price !== 0 ? change.price : 0;
  code = checkLimits(account, row, instrument, side, quantity, amount, more, amountMore, collared);
  return code === Code.ok ? checkBuyingPower(account, side, amountMore) : code;
}

function apply(): void {
  const slot = change.slot;
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  const leaves = orders[at + Order.leaves];
  const same =
    change.price === orders[at + Order.priceTicks] &&
    change.stop === orders[at + Order.stopTicks] &&
    change.display === orders[at + Order.displayQuantity];
  touch(orders[at + Order.instrument]);
  s.output.answerSlot = slot;
  if (same && change.leaves <= leaves) {
    if (change.leaves < leaves) shrink(slot, leaves - change.leaves);
    s.output.execution(orders, slot, ExecType.replaced, 0, liveStatus(slot));
    return;
  }
  reenter(slot);
}

/** Takes the order out and enters it with its new terms; a post-only one that would trade is put back as it was. */
function reenter(slot: number): void {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  const terms = orders[at + Order.terms];
  const instrument = orders[at + Order.instrument];
  const continuous =
    s.instruments.words[(instrument << INSTRUMENT_SHIFT) + Instrument.state] === MarketState.continuous;
  if ((terms & TermFlag.postOnly) !== 0 && continuous && orders[at + Order.place] === Place.book) {
    noteStartWithout(slot);
    if (wouldTrade(instrument, terms & 1, change.price)) {
      s.output.answerSlot = -1;
      refuseRequest(Code.postOnlyWouldTrade, orders[at + Order.account], instrument, 0, 0, slot, -1);
      return;
    }
  }
  const status = liveStatus(slot);
  withdraw(slot);
  reserve(slot, -orders[at + Order.leaves]);
  const grew = Math.max(0, change.leaves - orders[at + Order.leaves]);
  orders[at + Order.leaves] = change.leaves;
  orders[at + Order.priceTicks] = change.price;
  orders[at + Order.stopTicks] = change.stop;
  orders[at + Order.displayQuantity] = change.display;
  orders[at + Order.riskTicks] = change.risk;
  orders[at + Order.displayed] = 0;
  reserve(slot, change.leaves);
  if (grew > 0) growLocated(slot, grew);
  s.output.execution(orders, slot, ExecType.replaced, 0, status);
  enter(slot, 0);
}

function growLocated(slot: number, quantity: number): void {
  const marks = s.orders.word(slot, Order.marks);
  const flags = s.instruments.words[(s.orders.word(slot, Order.instrument) << INSTRUMENT_SHIFT) + Instrument.flags];
  if (shortMarkOf(marks) !== ShortMark.short || (flags & InstrumentFlag.needsLocate) === 0) return;
  s.accounts.rows[(s.orders.word(slot, Order.position) << POSITION_SHIFT) + Position.locateUsed] += quantity;
}
