/**
 * Pre-trade risk: limits of the account and the instrument, asked in the same step that would take the order. Every
 * answer leaves limit, value and used amount in the output's fields for the report.
 */
import { ACCOUNT_SHIFT, Account, POSITION_SHIFT, Position } from './accounts.ts';
import { Code } from './codes.ts';
import { INSTRUMENT_SHIFT, Instrument, InstrumentFlag } from './instruments.ts';
import { EXACT_MAX } from './money.ts';
import { notes, s } from './state.ts';
import { OrderType, ShortMark, Side } from './terms.ts';

const MICROS_PER_SECOND = 1_000_000;
/** Highest net position where no limit is set: what a report's one word holds. */
const POSITION_MAX = 0x7fffffff;

function refuse(code: Code, limit: number, value: number, used: number): Code {
  s.output.limit = limit;
  s.output.value = value;
  s.output.used = used;
  return code;
}

/** Last trade price, or the reference price until there is one. */
export function referenceTicks(instrument: number): number {
  const at = instrument << INSTRUMENT_SHIFT;
  const last = s.instruments.words[at + Instrument.lastTicks];
  return last !== 0 ? last : s.instruments.words[at + Instrument.referenceTicks];
}

/** The price by which limits count an order. */
export function riskTicks(instrument: number, side: number, type: OrderType, price: number, stop: number): number {
  if (price !== 0) return price;
  if (type === OrderType.stop) return stop;
  const opposite = s.ladders.best((instrument << 2) | (side ^ 1));
  return opposite !== 0 ? opposite : referenceTicks(instrument);
}

/** Counts a message of an account; the message-rate limit. */
export function countMessage(account: number): Code {
  const money = s.accounts.money;
  const at = account << ACCOUNT_SHIFT;
  const second = money[at + Account.rateSecond];
  if (notes.now >= second + MICROS_PER_SECOND || notes.now < second) {
    money[at + Account.rateSecond] = notes.now - (notes.now % MICROS_PER_SECOND);
    money[at + Account.ordersThisSecond] = 0;
    money[at + Account.messagesThisSecond] = 0;
  }
  const used = money[at + Account.messagesThisSecond]++;
  const limit = money[at + Account.messagesPerSecond];
  return limit !== 0 && used >= limit ? refuse(Code.messageRate, limit, 1, used) : Code.ok;
}

/** Check 6: restrictions and short sales. `row` may be -1. */
export function checkRestrictions(
  row: number,
  instrument: number,
  side: number,
  quantity: number,
  mark: ShortMark,
  locateId: number,
): Code {
  const rows = s.accounts.rows;
  const at = row << POSITION_SHIFT;
  if (row >= 0 && rows[at + Position.restricted] === 1) return Code.instrumentRestricted;
  if (s.instruments.words[(instrument << INSTRUMENT_SHIFT) + Instrument.restricted] === 1)
    return Code.instrumentRestricted;
  if (side === Side.buy) return Code.ok;
  const flags = s.instruments.words[(instrument << INSTRUMENT_SHIFT) + Instrument.flags];
  if ((flags & InstrumentFlag.needsLocate) === 0) return Code.ok;
  const left = row < 0 ? -quantity : rows[at + Position.net] - rows[at + Position.openSells] - quantity;
  const short = mark === ShortMark.short || mark === ShortMark.shortExempt;
  if (left < 0 && !short) return Code.shortMarkMissing;
  if (mark !== ShortMark.short) return Code.ok;
  if (locateId === 0) return Code.locateRequired;
  const located = row < 0 ? 0 : rows[at + Position.located];
  const used = row < 0 ? 0 : rows[at + Position.locateUsed];
  return quantity > located - used ? refuse(Code.locateExceeded, located, quantity, used) : Code.ok;
}

/** |price − reference| against so many hundredths of a percent of the reference. */
export function isOutside(ticks: number, reference: number, basisPoints: number): boolean {
  return Math.abs(ticks - reference) * 10_000 > reference * basisPoints;
}

/** The price collar, for prices that a client names. */
export function checkCollar(instrument: number, price: number): Code {
  const basisPoints = s.instruments.words[(instrument << INSTRUMENT_SHIFT) + Instrument.collarBasisPoints];
  if (basisPoints === 0) return Code.ok;
  const reference = referenceTicks(instrument);
  return isOutside(price, reference, basisPoints) ? refuse(Code.priceCollar, basisPoints, price, reference) : Code.ok;
}

/**
 * Quantity, value, collar (`collarTicks` 0: none), credit and position limits for `quantity` lots more; `amountMore` is
 * what they add to open notional, `orderQuantity` and `orderAmount` are the whole order's. A limit of lots is asked
 * only where lots are added, a limit of value only where value is: nobody is kept from lowering what is at risk.
 */
export function checkLimits(
  account: number,
  row: number,
  instrument: number,
  side: number,
  orderQuantity: number,
  orderAmount: number,
  quantity: number,
  amountMore: number,
  collarTicks: number,
): Code {
  const money = s.accounts.money;
  const at = account << ACCOUNT_SHIFT;
  const rowAt = row << POSITION_SHIFT;
  const rows = s.accounts.rows;
  const limitQuantity = money[at + Account.maxOrderQuantity];
  if (quantity > 0 && limitQuantity !== 0 && orderQuantity > limitQuantity) {
    return refuse(Code.maxOrderQuantity, limitQuantity, orderQuantity, 0);
  }
  const limitValue = money[at + Account.maxOrderValue];
  if (amountMore > 0 && limitValue !== 0 && orderAmount > limitValue)
    return refuse(Code.maxOrderValue, limitValue, orderAmount, 0);
  if (collarTicks !== 0) {
    const code = checkCollar(instrument, collarTicks);
    if (code !== Code.ok) return code;
  }
  const open = money[at + Account.openNotional];
  const limitOpen = money[at + Account.maxOpenNotional];
  if (amountMore > 0 && limitOpen !== 0 && open + amountMore > limitOpen) {
    return refuse(Code.openNotional, limitOpen, amountMore, open);
  }
  if (quantity <= 0) return Code.ok;
  const net = row < 0 ? 0 : rows[rowAt + Position.net];
  if (side === Side.buy) {
    const limit = money[at + Account.maxLong] || POSITION_MAX;
    const would = net + (row < 0 ? 0 : rows[rowAt + Position.openBuys]) + quantity;
    return would > limit ? refuse(Code.positionLong, limit, would, net) : Code.ok;
  }
  const limit = money[at + Account.maxShort] || POSITION_MAX;
  const would = (row < 0 ? 0 : rows[rowAt + Position.openSells]) + quantity - net;
  return would > limit ? refuse(Code.positionShort, limit, would, net) : Code.ok;
}

/** Counts an order of an account; the order-rate limit. The message was counted just before. */
export function countOrder(account: number): Code {
  const money = s.accounts.money;
  const at = account << ACCOUNT_SHIFT;
  const used = money[at + Account.ordersThisSecond]++;
  const limit = money[at + Account.ordersPerSecond];
  return limit !== 0 && used >= limit ? refuse(Code.orderRate, limit, 1, used) : Code.ok;
}

export function checkBuyingPower(account: number, side: number, amountMore: number): Code {
  const money = s.accounts.money;
  const at = account << ACCOUNT_SHIFT;
  if (side !== Side.buy || money[at + Account.buyingPowerEnforced] === 0 || amountMore <= 0) return Code.ok;
  const reserved = money[at + Account.reserved];
  const left = money[at + Account.cash] - reserved;
  return amountMore > left ? refuse(Code.buyingPower, left, amountMore, reserved) : Code.ok;
}

/** Whether an order's value, alone and with the account's open orders, stays exactly representable. */
export function checkOverflow(account: number, amount: number): Code {
  const open = s.accounts.money[(account << ACCOUNT_SHIFT) + Account.openNotional];
  return amount + open > EXACT_MAX ? Code.valueOverflow : Code.ok;
}

/** Check 9: how many lots a reduce-only order on `side` may trade in a position row at most. */
export function reducible(row: number, side: number): number {
  const net = row < 0 ? 0 : s.accounts.rows[(row << POSITION_SHIFT) + Position.net];
  const most = side === Side.buy ? -net : net;
  return most > 0 ? most : 0;
}
