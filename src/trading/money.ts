/**
 * Value, fees, reservations and positions: all arithmetic on money, in whole money units held in doubles below 2^53.
 */
import { ACCOUNT_SHIFT, Account, POSITION_SHIFT, Position } from './accounts.ts';
import { INSTRUMENT_SHIFT, Instrument } from './instruments.ts';
import type { Instruments } from './instruments.ts';
import { ORDER_SHIFT, Order } from './order-store.ts';
import { Side } from './terms.ts';
import { s } from './state.ts';

export const EXACT_MAX = Number.MAX_SAFE_INTEGER;
/** Highest net position: what a statement's one word holds. */
export const NET_MAX = 0x7fffffff;

/** Signed value of one lot at a price. */
export function lotValue(instruments: Instruments, instrument: number, ticks: number): number {
  const at = instrument << INSTRUMENT_SHIFT;
  const words = instruments.words;
  return (words[at + Instrument.priceBaseTicks] + ticks) * words[at + Instrument.moneyPerTick];
}

/** Amount of an order's value that limits count: never negative. */
export function amountOf(instrument: number, ticks: number, quantity: number): number {
  return Math.abs(lotValue(s.instruments, instrument, ticks)) * quantity;
}

/** Fee of an amount at a rate in millionths, truncated towards zero, exact. */
export function feeOf(amount: number, rate: number): number {
  const product = amount * rate;
  if (product <= EXACT_MAX && product >= -EXACT_MAX) return Math.trunc(product / 1_000_000);
  const millions = Math.floor(amount / 1_000_000);
  return millions * rate + Math.trunc(((amount - millions * 1_000_000) * rate) / 1_000_000);
}

/** Counts `quantity` more (or, negative, fewer) open lots of a live order. */
export function reserve(slot: number, quantity: number): void {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  const amount = amountOf(orders[at + Order.instrument], orders[at + Order.riskTicks], quantity);
  const money = s.accounts.money;
  const accountAt = orders[at + Order.account] << ACCOUNT_SHIFT;
  const rowAt = orders[at + Order.position] << POSITION_SHIFT;
  money[accountAt + Account.openNotional] += amount;
  if ((orders[at + Order.terms] & 1) === Side.buy) {
    money[accountAt + Account.reserved] += amount;
    s.accounts.rows[rowAt + Position.openBuys] += quantity;
  } else {
    s.accounts.rows[rowAt + Position.openSells] += quantity;
  }
}

/**
 * Books `quantity` lots bought or sold at a price into a position row and the account's cash, with its fee.
 * A closing part c of |net| takes cost × c ÷ |net| of the cost with it, rounded to the nearest, ties up.
 */
export function book(row: number, side: number, ticks: number, quantity: number, fee: number): void {
  const rows = s.accounts.rows;
  const at = row << POSITION_SHIFT;
  const instrument = rows[at + Position.instrument];
  const each = lotValue(s.instruments, instrument, ticks);
  const net = rows[at + Position.net];
  const direction = side === Side.buy ? 1 : -1;
  let opening = quantity;
  if (net * direction < 0) {
    const held = Math.abs(net);
    const closing = quantity < held ? quantity : held;
    const cost = rows[at + Position.cost];
    const out = closing === held ? cost : closingCost(cost, closing, held);
    rows[at + Position.realised] += -direction * closing * each - out;
    rows[at + Position.cost] = cost - out;
    opening = quantity - closing;
  }
  if (opening > 0) rows[at + Position.cost] += direction * opening * each;
  rows[at + Position.net] = net + direction * quantity;
  rows[at + Position.fees] += fee;
  rows[at + (side === Side.buy ? Position.boughtQuantity : Position.soldQuantity)] += quantity;
  s.accounts.money[(rows[at + Position.account] << ACCOUNT_SHIFT) + Account.cash] -= direction * quantity * each + fee;
}

/** cost × part ÷ whole, exact, rounded to the nearest whole number with ties up. */
function closingCost(cost: number, part: number, whole: number): number {
  const product = cost * part;
  if (product > EXACT_MAX || product < -EXACT_MAX) {
    const doubled = BigInt(cost) * BigInt(part) * 2n + BigInt(whole);
    const divisor = BigInt(whole) * 2n;
    const quotient = doubled / divisor;
    return Number(doubled < 0n && quotient * divisor !== doubled ? quotient - 1n : quotient);
  }
  const rest = product % whole;
  const floor = (product - rest) / whole - (rest < 0 ? 1 : 0);
  const over = rest < 0 ? rest + whole : rest;
  return over * 2 >= whole ? floor + 1 : floor;
}

/** Whether a net position stays within one word when `quantity` lots are bought or sold. */
export function takesLots(row: number, side: number, quantity: number): boolean {
  const net = s.accounts.rows[(row << POSITION_SHIFT) + Position.net] + (side === Side.buy ? quantity : -quantity);
  return net <= NET_MAX && net >= -NET_MAX;
}

/** Whether an account and its row take a trade of this value and fee without passing what is exact. */
export function takesValue(account: number, row: number, amount: number, fee: number): boolean {
  const rows = s.accounts.rows;
  const at = row << POSITION_SHIFT;
  const reached =
    Math.abs(s.accounts.money[(account << ACCOUNT_SHIFT) + Account.cash]) +
    Math.abs(rows[at + Position.cost]) +
    Math.abs(rows[at + Position.realised]) +
    Math.abs(rows[at + Position.fees]);
  return reached + amount + Math.abs(fee) <= EXACT_MAX;
}
