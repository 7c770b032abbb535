/**
 * Values, fees and average cost, in BigInt so that no step can round unseen.
 * Never decides anything: it only computes.
 */
import { Side } from '#trading/terms.ts';
import type { Account, Instrument, Row } from './world.ts';

export const WIDE_END = 2 ** 53;
const WIDE_END_BIG = 1n << 53n;

/** Signed value of `quantity` lots at a price, or undefined where its size reaches 2^53. */
export function signedValue(instrument: Instrument, price: number, quantity: number): number | undefined {
  const value = BigInt(instrument.base + price) * BigInt(instrument.moneyPerTick) * BigInt(quantity);
  const size = value < 0n ? -value : value;
  return size >= WIDE_END_BIG ? undefined : Number(value);
}

/** Size of the value, or undefined where it reaches 2^53. */
export function valueOf(instrument: Instrument, price: number, quantity: number): number | undefined {
  const value = signedValue(instrument, price, quantity);
  return value === undefined ? undefined : Math.abs(value);
}

/** Size of a value that is known to fit. */
export function exactValue(instrument: Instrument, price: number, quantity: number): number {
  const value = valueOf(instrument, price, quantity);
  if (value === undefined) throw new Error('reference: a value that was checked no longer fits');
  return value;
}

/** rate × size ÷ 10^6, truncated towards zero. */
export function feeOf(rate: number, size: number): number {
  return Number((BigInt(rate) * BigInt(size)) / 1_000_000n);
}

/** numerator ÷ denominator to the nearest integer, ties upwards; the denominator is positive. */
export function divideRounded(numerator: bigint, denominator: bigint): number {
  const doubled = 2n * numerator + denominator;
  const divisor = 2n * denominator;
  const truncated = doubled / divisor;
  return Number(doubled % divisor < 0n ? truncated - 1n : truncated);
}

/** Whether a trade of this value and fee could carry one of the sums of an account and its row to 2^53. */
export function wouldOverflow(account: Account, row: Row, size: number, fee: number): boolean {
  const sums = [account.cash, row.cost, row.realised, row.fees, size, fee];
  return sums.reduce((total, sum) => total + BigInt(Math.abs(sum)), 0n) >= WIDE_END_BIG;
}

/** Books `quantity` lots bought or sold at a price into net, cost and realised. */
export function bookPosition(row: Row, instrument: Instrument, side: number, price: number, quantity: number): void {
  const direction = side === Side.buy ? 1 : -1;
  const perLot = BigInt(instrument.base + price) * BigInt(instrument.moneyPerTick);
  const opposite = row.net * direction < 0;
  const closing = opposite ? Math.min(Math.abs(row.net), quantity) : 0;
  if (closing > 0) {
    const out = divideRounded(BigInt(row.cost) * BigInt(closing), BigInt(Math.abs(row.net)));
    const received = Number(perLot * BigInt(closing)) * -direction;
    row.realised += received - out;
    row.cost -= out;
  }
  row.cost += Number(perLot * BigInt(quantity - closing)) * direction;
  row.net += quantity * direction;
}
