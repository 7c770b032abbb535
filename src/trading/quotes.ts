/** Mass quotes: both sides of many instruments in one message, taken as a whole or not at all. */
import { ACCOUNT_SHIFT, Account, POSITION_SHIFT, Position } from './accounts.ts';
import { Code } from './codes.ts';
import { CommandKind, MassQuote, QUOTE_ENTRIES_MAX, QUOTE_ENTRY_WORDS, QuoteEntry, commandLength } from './commands.ts';
import { enter } from './entry.ts';
import { ExecType, OrderStatus } from './events.ts';
import { INSTRUMENT_SHIFT, Instrument } from './instruments.ts';
import { finish, shrink } from './lifecycle.ts';
import { amountOf, reserve } from './money.ts';
import { checkEntitlement, fillOrder } from './new-order.ts';
import { checkPrice, checkQuantity } from './order-checks.ts';
import { ORDER_SHIFT, Order } from './order-store.ts';
import { liveStatus } from './requests.ts';
import { checkBuyingPower, checkLimits, checkOverflow, checkRestrictions, countMessage } from './risk.ts';
import { s, touch } from './state.ts';
import {
  MarketState,
  OrderType,
  SelfTrade,
  ShortMark,
  Side,
  TermFlag,
  TimeInForce,
  packTerms,
  shortMarkOf,
} from './terms.ts';

/** What the message's earlier sides would add to the account's sums, while the rest of it is checked. */
const pending = { notional: 0, reserved: 0, slots: 0, rows: 0, leaves: 0 };

export function massQuote(words: Int32Array, at: number): Code {
  const account = words[at + MassQuote.account];
  const code = checkQuote(words, at, account);
  if (code !== Code.ok) return code;
  const count = words[at + MassQuote.count];
  s.accounts.money[(account << ACCOUNT_SHIFT) + Account.quoteSession] = s.output.session;
  for (let entry = 0; entry < count; entry++) {
    const entryAt = at + MassQuote.entries + entry * QUOTE_ENTRY_WORDS;
    const instrument = words[entryAt + QuoteEntry.instrument];
    const row = s.accounts.ensureRow(account, instrument);
    touch(instrument);
    const marks = words[at + MassQuote.marks];
    place(
      account,
      instrument,
      row,
      Side.buy,
      words[entryAt + QuoteEntry.bidTicks],
      words[entryAt + QuoteEntry.bidQuantity],
      marks,
    );
    place(
      account,
      instrument,
      row,
      Side.sell,
      words[entryAt + QuoteEntry.askTicks],
      words[entryAt + QuoteEntry.askQuantity],
      marks,
    );
  }
  s.output.accepted(CommandKind.massQuote, account, count);
  return Code.ok;
}

function checkQuote(words: Int32Array, at: number, account: number): Code {
  if (!s.accounts.exists(account)) return Code.unknownAccount;
  if (s.output.session >= s.capacity.sessions) return Code.unknownSession;
  let code = countMessage(account);
  if (code !== Code.ok) return code;
  const count = words[at + MassQuote.count];
  if (count < 1 || count > QUOTE_ENTRIES_MAX) return Code.quoteTooLarge;
  if (commandLength(words, at) < MassQuote.entries + count * QUOTE_ENTRY_WORDS) return Code.badParameter;
  const marks = words[at + MassQuote.marks];
  if ((marks & 7) > 5 || (marks & ~0x3ff) !== 0) return Code.badMarks;
  if (s.accounts.money[(account << ACCOUNT_SHIFT) + Account.protectionTripped] !== 0) return Code.protectionActive;
  pending.notional = pending.reserved = pending.slots = pending.rows = pending.leaves = 0;
  for (let entry = 0; entry < count; entry++) {
    code = checkEntry(words, at, entry, account);
    if (code !== Code.ok) return code;
  }
  if (pending.slots > s.orders.room) return Code.orderCapacity;
  if (pending.rows > s.accounts.rowCapacity - s.accounts.rowCount) return Code.positionCapacity;
  return pending.leaves > s.ladders.room ? Code.levelCapacity : Code.ok;
}

function checkEntry(words: Int32Array, at: number, entry: number, account: number): Code {
  const entryAt = at + MassQuote.entries + entry * QUOTE_ENTRY_WORDS;
  const instrument = words[entryAt + QuoteEntry.instrument];
  for (let earlier = 0; earlier < entry; earlier++) {
    if (words[at + MassQuote.entries + earlier * QUOTE_ENTRY_WORDS] === instrument) return Code.badParameter;
  }
  if (!s.instruments.exists(instrument)) return Code.unknownInstrument;
  let code = checkEntitlement(account, instrument);
  if (code !== Code.ok) return code;
  const state = s.instruments.words[(instrument << INSTRUMENT_SHIFT) + Instrument.state];
  if (state === MarketState.closed) return Code.marketClosed;
  if (state === MarketState.halt) return Code.marketHalted;
  const bid = words[entryAt + QuoteEntry.bidQuantity];
  const ask = words[entryAt + QuoteEntry.askQuantity];
  const bidTicks = words[entryAt + QuoteEntry.bidTicks];
  const askTicks = words[entryAt + QuoteEntry.askTicks];
  if (bid !== 0 && ask !== 0 && bidTicks >= askTicks) return Code.quoteCrossed;
  const row = s.accounts.findRow(account, instrument);
  if (row < 0) pending.rows++;
  code = checkSide(account, instrument, row, Side.buy, bidTicks, bid, words[at + MassQuote.marks]);
  return code === Code.ok
    ? checkSide(account, instrument, row, Side.sell, askTicks, ask, words[at + MassQuote.marks])
    : code;
}

/** One side as if the account's old quote were gone, on top of what earlier sides of the message add. */
function checkSide(
  account: number,
  instrument: number,
  row: number,
  side: number,
  ticks: number,
  quantity: number,
  marks: number,
): Code {
  const old = oldQuote(row, side);
  const money = s.accounts.money;
  const at = account << ACCOUNT_SHIFT;
  const oldLeaves = old < 0 ? 0 : s.orders.word(old, Order.leaves);
  const oldAmount = old < 0 ? 0 : amountOf(instrument, s.orders.word(old, Order.riskTicks), oldLeaves);
  if (quantity === 0) {
    pending.notional -= oldAmount;
    if (side === Side.buy) pending.reserved -= oldAmount;
    return Code.ok;
  }
  let code = checkQuantity(instrument, quantity);
  if (code === Code.ok) code = checkPrice(instrument, ticks);
  if (code !== Code.ok) return code;
  const amount = amountOf(instrument, ticks, quantity);
  money[at + Account.openNotional] += pending.notional - oldAmount;
  money[at + Account.reserved] += pending.reserved - (side === Side.buy ? oldAmount : 0);
  const field = side === Side.buy ? Position.openBuys : Position.openSells;
  if (row >= 0) s.accounts.rows[(row << POSITION_SHIFT) + field] -= oldLeaves;
  code = checkRestrictions(row, instrument, side, quantity, shortMarkOf(marks), 0);
  if (code === Code.ok) code = checkOverflow(account, amount);
  if (code === Code.ok) code = checkLimits(account, row, instrument, side, quantity, amount, quantity, amount, ticks);
  if (code === Code.ok) code = checkBuyingPower(account, side, amount);
  if (row >= 0) s.accounts.rows[(row << POSITION_SHIFT) + field] += oldLeaves;
  money[at + Account.openNotional] -= pending.notional - oldAmount;
  money[at + Account.reserved] -= pending.reserved - (side === Side.buy ? oldAmount : 0);
  pending.notional += amount - oldAmount;
  if (side === Side.buy) pending.reserved += amount - oldAmount;
  if (old < 0) pending.slots++;
  if (!s.ladders.hasLeaf((instrument << 2) | side, ticks)) pending.leaves++;
  return code;
}

function oldQuote(row: number, side: number): number {
  if (row < 0) return -1;
  return s.accounts.rows[(row << POSITION_SHIFT) + (side === Side.buy ? Position.quoteBid : Position.quoteAsk)] - 1;
}

function place(
  account: number,
  instrument: number,
  row: number,
  side: Side,
  ticks: number,
  quantity: number,
  marks: number,
): void {
  const old = oldQuote(row, side);
  if (quantity === 0) {
    if (old >= 0) finish(old, ExecType.canceled, Code.canceledByUser);
    return;
  }
  if (old >= 0) {
    const leaves = s.orders.word(old, Order.leaves);
    if (s.orders.word(old, Order.priceTicks) === ticks && quantity <= leaves) {
      if (quantity < leaves) shrink(old, leaves - quantity);
      s.output.execution(s.orders.words, old, ExecType.replaced, 0, liveStatus(old));
      return;
    }
    finish(old, ExecType.canceled, Code.quoteReplaced);
  }
  const slot = s.orders.take();
  const terms = packTerms(side, OrderType.limit, TimeInForce.day, SelfTrade.cancelOldest, TermFlag.quote);
  fillOrder(slot, account, instrument, row, s.output.session, terms, ticks, quantity);
  s.orders.words[(slot << ORDER_SHIFT) + Order.marks] =
    side === Side.buy ? marks & ~(ShortMark.shortExempt << 3) : marks;
  reserve(slot, quantity);
  const field = side === Side.buy ? Position.quoteBid : Position.quoteAsk;
  s.accounts.rows[(row << POSITION_SHIFT) + field] = slot + 1;
  s.output.execution(s.orders.words, slot, ExecType.new, 0, OrderStatus.new);
  enter(slot, 0);
}
