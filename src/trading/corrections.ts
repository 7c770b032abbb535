/** After the trade: cancel and correct of trades, money in and out, day roll, corporate actions. */
import { ACCOUNT_SHIFT, Account, POSITION_SHIFT, Position } from './accounts.ts';
import { Code } from './codes.ts';
import {
  CommandKind,
  CorporateAction,
  CorporateActionKind,
  DayRoll,
  Funds,
  TradeCancel,
  TradeCorrect,
  readWide,
} from './commands.ts';
import { ExecType } from './events.ts';
import { INSTRUMENT_SHIFT, Instrument } from './instruments.ts';
import { expireDay } from './market.ts';
import { cancelWhere } from './mass-cancel.ts';
import { EXACT_MAX, NET_MAX, amountOf, book, feeOf, takesValue } from './money.ts';
import { checkPrice, checkQuantity } from './order-checks.ts';
import { ORDER_SHIFT, Order } from './order-store.ts';
import { Scalar, notes, s } from './state.ts';
import { MarketState } from './terms.ts';
import { HALF_WORDS, IDENTITY_WORDS, TradeRecord, TradeSide } from './trade-log.ts';

const TICKS_MAX = 0x7fffffff;
const SPLIT_MAX = 1_000_000;

export function cancelTrade(words: Int32Array, at: number): Code {
  const tradeId = readWide(words, at + TradeCancel.tradeIdLow);
  const record = s.trades.find(tradeId);
  if (record < 0) return Code.unknownTrade;
  if (s.trades.words[record + TradeRecord.canceled] === 1) return Code.tradeAlreadyCanceled;
  const ticks = s.trades.words[record + TradeRecord.priceTicks];
  const quantity = s.trades.words[record + TradeRecord.quantity];
  if (!canChange(record, ticks, quantity)) return Code.valueOverflow;
  reverse(record);
  s.trades.words[record + TradeRecord.canceled] = 1;
  tell(record, ExecType.tradeCancel, ticks, quantity, tradeId, 1);
  s.output.accepted(CommandKind.tradeCancel, words[at + TradeCancel.tradeIdLow], 1);
  return Code.ok;
}

export function correctTrade(words: Int32Array, at: number): Code {
  const tradeId = readWide(words, at + TradeCorrect.tradeIdLow);
  const ticks = words[at + TradeCorrect.priceTicks];
  const quantity = words[at + TradeCorrect.quantity];
  const record = s.trades.find(tradeId);
  if (record < 0) return Code.unknownTrade;
  const trades = s.trades.words;
  if (trades[record + TradeRecord.canceled] === 1) return Code.tradeAlreadyCanceled;
  const instrument = trades[record + TradeSide.instrument];
  if (quantity < 1 || quantity > trades[record + TradeRecord.quantity]) return Code.badQuantity;
  const lots = checkQuantity(instrument, quantity);
  if (lots !== Code.ok) return lots;
  const price = checkPrice(instrument, ticks);
  if (price !== Code.ok) return price;
  if (!canChange(record, ticks, quantity)) return Code.valueOverflow;
  reverse(record);
  trades[record + TradeRecord.priceTicks] = ticks;
  trades[record + TradeRecord.quantity] = quantity;
  for (const half of [0, HALF_WORDS])
    enterAnew(record + half, half === 0, ticks, quantity, trades[record + TradeRecord.auction] === 1);
  tell(record, ExecType.tradeCorrect, ticks, quantity, tradeId, 2);
  s.output.accepted(CommandKind.tradeCorrect, words[at + TradeCorrect.tradeIdLow], 1);
  return Code.ok;
}

/** Whether both sides can take the old trade's reversal and a new one of this size without passing what is exact. */
function canChange(record: number, ticks: number, quantity: number): boolean {
  const trades = s.trades.words;
  const instrument = trades[record + TradeSide.instrument];
  const old = amountOf(instrument, trades[record + TradeRecord.priceTicks], trades[record + TradeRecord.quantity]);
  const amount = old + amountOf(instrument, ticks, quantity);
  const lots = trades[record + TradeRecord.quantity] + quantity;
  return [record, record + HALF_WORDS].every((half) => {
    const fee = Math.abs(readWide(trades, half + TradeSide.feeLow));
    const row = trades[half + TradeSide.position];
    if (Math.abs(s.accounts.rows[(row << POSITION_SHIFT) + Position.net]) + lots > NET_MAX) return false;
    return takesValue(trades[half + TradeSide.account], row, amount, fee * 2);
  });
}

/** Books the opposite of a trade on both sides and gives the fees back. */
function reverse(record: number): void {
  const trades = s.trades.words;
  for (const half of [record, record + HALF_WORDS]) {
    const side = (trades[half + TradeSide.terms] & 1) ^ 1;
    const fee = readWide(trades, half + TradeSide.feeLow);
    book(
      trades[half + TradeSide.position],
      side,
      trades[record + TradeRecord.priceTicks],
      trades[record + TradeRecord.quantity],
      -fee,
    );
  }
}

function enterAnew(half: number, isMaker: boolean, ticks: number, quantity: number, auction: boolean): void {
  const trades = s.trades.words;
  const accountAt = trades[half + TradeSide.account] << ACCOUNT_SHIFT;
  const rate = s.accounts.money[accountAt + (isMaker || auction ? Account.makerRate : Account.takerRate)];
  const fee = feeOf(amountOf(trades[half + TradeSide.instrument], ticks, quantity), rate);
  trades[half + TradeSide.feeLow] = fee | 0;
  trades[half + TradeSide.feeHigh] = Math.floor(fee / 4294967296);
  book(trades[half + TradeSide.position], trades[half + TradeSide.terms] & 1, ticks, quantity, fee);
}

function tell(
  record: number,
  execType: ExecType,
  ticks: number,
  quantity: number,
  tradeId: number,
  correction: number,
): void {
  const trades = s.trades.words;
  for (const half of [record, record + HALF_WORDS]) {
    s.output.tradeChangeExecution(execType, trades.subarray(half, half + IDENTITY_WORDS), quantity, ticks, tradeId);
  }
  s.output.tradeChange(trades[record + TradeSide.instrument], ticks, quantity, tradeId, correction);
}

export function moveFunds(words: Int32Array, at: number): Code {
  const account = words[at + Funds.account];
  const amount = readWide(words, at + Funds.amountLow);
  if (!s.accounts.exists(account)) return Code.unknownAccount;
  if (!Number.isSafeInteger(amount) || amount === 0) return Code.badParameter;
  const money = s.accounts.money;
  const to = account << ACCOUNT_SHIFT;
  const cash = money[to + Account.cash];
  const reserved = money[to + Account.reserved];
  if (amount < 0 && cash - reserved + amount < 0) {
    s.output.limit = cash - reserved;
    s.output.value = -amount;
    s.output.used = reserved;
    return Code.insufficientFunds;
  }
  if (Math.abs(cash + amount) > EXACT_MAX) return Code.valueOverflow;
  money[to + Account.cash] = cash + amount;
  s.output.accepted(CommandKind.funds, account, 1);
  return Code.ok;
}

export function rollDay(words: Int32Array, at: number): Code {
  const day = words[at + DayRoll.tradingDay];
  if (day <= s.numbers[Scalar.tradingDay]) return Code.badParameter;
  const record = s.instruments.words;
  for (let instrument = 0; instrument < s.instruments.highWater; instrument++) {
    if (record[(instrument << INSTRUMENT_SHIFT) + Instrument.state] !== MarketState.closed) return Code.badState;
  }
  const statements = writeStatements();
  for (let instrument = 0; instrument < s.instruments.highWater; instrument++) {
    if (record[(instrument << INSTRUMENT_SHIFT) + Instrument.liveOrders] > 0) expireDay(instrument);
  }
  s.dayOrders.roll((slot, renumbered) => {
    s.orders.words[(slot << ORDER_SHIFT) + Order.dayIndex] = renumbered;
  });
  s.recentOrders.clear();
  s.trades.clear(s.numbers[Scalar.lastTradeId] + 1);
  for (let row = 0; row < s.accounts.rowCount; row++) {
    s.accounts.rows[(row << POSITION_SHIFT) + Position.located] = 0;
    s.accounts.rows[(row << POSITION_SHIFT) + Position.locateUsed] = 0;
  }
  s.numbers[Scalar.tradingDay] = day;
  s.output.accepted(CommandKind.dayRoll, day, statements);
  return Code.ok;
}

function writeStatements(): number {
  const rows = s.accounts.rows;
  let written = 0;
  for (let row = 0; row < s.accounts.rowCount; row++) {
    const at = row << POSITION_SHIFT;
    const net = rows[at + Position.net];
    const realised = rows[at + Position.realised];
    const fees = rows[at + Position.fees];
    if (net === 0 && realised === 0 && fees === 0) continue;
    const instrument = rows[at + Position.instrument];
    const last = s.instruments.words[(instrument << INSTRUMENT_SHIFT) + Instrument.lastTicks];
    const close = last !== 0 ? last : s.instruments.words[(instrument << INSTRUMENT_SHIFT) + Instrument.referenceTicks];
    const day = s.numbers[Scalar.tradingDay];
    s.output.statement(
      rows[at + Position.account],
      instrument,
      net,
      rows[at + Position.cost],
      realised,
      fees,
      close,
      day,
    );
    written++;
  }
  return written;
}

export function corporateAction(words: Int32Array, at: number): Code {
  const instrument = words[at + CorporateAction.instrument];
  const kind = words[at + CorporateAction.kind];
  if (!s.instruments.exists(instrument)) return Code.unknownInstrument;
  if (s.instruments.words[(instrument << INSTRUMENT_SHIFT) + Instrument.state] !== MarketState.closed)
    return Code.badState;
  if (kind === CorporateActionKind.split) {
    return split(instrument, words[at + CorporateAction.numerator], words[at + CorporateAction.denominator]);
  }
  if (kind !== CorporateActionKind.cashDividend) return Code.badParameter;
  return payDividend(instrument, readWide(words, at + CorporateAction.amountLow));
}

function split(instrument: number, numerator: number, denominator: number): Code {
  if (numerator < 1 || denominator < 1 || numerator > SPLIT_MAX || denominator > SPLIT_MAX) return Code.badParameter;
  const rows = s.accounts.rows;
  for (let row = 0; row < s.accounts.rowCount; row++) {
    const at = row << POSITION_SHIFT;
    if (rows[at + Position.instrument] !== instrument) continue;
    const reach = Math.abs(rows[at + Position.realised]) + Math.abs(rows[at + Position.cost]);
    if (Math.abs(scaled(rows[at + Position.net], numerator, denominator)) > TICKS_MAX || reach > EXACT_MAX)
      return Code.valueOverflow;
  }
  notes.suppressBrackets = true;
  const canceled = cancelWhere(-1, -1, -1, instrument, -1, 0, Code.corporateAction);
  for (let row = 0; row < s.accounts.rowCount; row++) {
    const at = row << POSITION_SHIFT;
    if (rows[at + Position.instrument] !== instrument) continue;
    const net = scaled(rows[at + Position.net], numerator, denominator);
    rows[at + Position.net] = net;
    if (net !== 0) continue;
    rows[at + Position.realised] -= rows[at + Position.cost];
    rows[at + Position.cost] = 0;
  }
  const record = s.instruments.words;
  for (const field of [Instrument.referenceTicks, Instrument.staticReferenceTicks, Instrument.lastTicks]) {
    const ticks = record[(instrument << INSTRUMENT_SHIFT) + field];
    if (ticks === 0) continue;
    const moved = Math.round((ticks * denominator) / numerator);
    record[(instrument << INSTRUMENT_SHIFT) + field] = Math.max(1, Math.min(TICKS_MAX, moved));
  }
  s.output.accepted(CommandKind.corporateAction, instrument, canceled);
  return Code.ok;
}

/** trunc(lots × n ÷ d); below 2^31 × 10^6 the product is exact. */
function scaled(lots: number, numerator: number, denominator: number): number {
  return Math.trunc((lots * numerator) / denominator);
}

function payDividend(instrument: number, amount: number): Code {
  if (!Number.isSafeInteger(amount) || amount < 0) return Code.badParameter;
  const rows = s.accounts.rows;
  const cashOf = (row: number): number =>
    (rows[(row << POSITION_SHIFT) + Position.account] << ACCOUNT_SHIFT) + Account.cash;
  const holders: number[] = [];
  for (let row = 0; row < s.accounts.rowCount; row++) {
    const at = row << POSITION_SHIFT;
    if (rows[at + Position.instrument] !== instrument || rows[at + Position.net] === 0) continue;
    if (Math.abs(s.accounts.money[cashOf(row)]) + Math.abs(rows[at + Position.net]) * amount > EXACT_MAX)
      return Code.valueOverflow;
    holders.push(row);
  }
  for (const row of holders) s.accounts.money[cashOf(row)] += rows[(row << POSITION_SHIFT) + Position.net] * amount;
  s.output.accepted(CommandKind.corporateAction, instrument, holders.length);
  return Code.ok;
}
