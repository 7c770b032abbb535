/**
 * Prices and money as exact decimal text. Integers in, text out, and back; floats never come near them.
 */
import { err, ok, type Result } from './result.ts';

/** How an instrument's ticks become a price: (baseTicks + ticks) × mantissa × 10^exponent. */
export interface TickScale {
  readonly priceBaseTicks: number;
  readonly tickMantissa: number;
  readonly tickExponent: number;
}

/** One money unit is 10^this of the currency. */
export const MONEY_EXPONENT = -4;
const SAFE_PRODUCT = 2 ** 53;

/** An integer × 10^exponent as text: `decimalText(10125, -2)` is `101.25`. */
export function decimalText(value: number, exponent: number): string {
  if (exponent >= 0) return value === 0 ? '0' : String(value) + '0'.repeat(exponent);
  const negative = value < 0;
  const digits = String(Math.abs(value)).padStart(1 - exponent, '0');
  const whole = digits.slice(0, exponent);
  return `${negative ? '-' : ''}${whole}.${digits.slice(exponent)}`;
}

/** A price in display units. */
export function priceText(ticks: number, scale: TickScale): string {
  const steps = scale.priceBaseTicks + ticks;
  const product = steps * scale.tickMantissa;
  if (product < SAFE_PRODUCT && product > -SAFE_PRODUCT) return decimalText(product, scale.tickExponent);
  const exact = BigInt(steps) * BigInt(scale.tickMantissa);
  const text = wideText(exact < 0n ? -exact : exact, scale.tickExponent);
  return exact < 0n ? `-${text}` : text;
}

/** One tick in display units. */
export function tickText(scale: TickScale): string {
  return decimalText(scale.tickMantissa, scale.tickExponent);
}

/** Money units in display units of the currency. */
export function moneyText(units: number): string {
  return decimalText(units, MONEY_EXPONENT);
}

/** An average price in ticks (not whole) with two decimals more than the tick has. */
export function averageText(ticks: number, scale: TickScale): string {
  const places = 2;
  const steps = Math.round((scale.priceBaseTicks + ticks) * scale.tickMantissa * 10 ** places);
  return decimalText(steps, scale.tickExponent - places);
}

/** Ticks of a decimal price; refused unless it is a whole number of ticks above zero that a book can hold. */
export function parsePrice(text: string, scale: TickScale): Result<number, string> {
  const [whole, fraction = ''] = text.split('.');
  const shift = -scale.tickExponent - fraction.length;
  const digits = BigInt(whole + fraction);
  const numerator = shift >= 0 ? digits * 10n ** BigInt(shift) : digits;
  const divisor = BigInt(scale.tickMantissa) * (shift >= 0 ? 1n : 10n ** BigInt(-shift));
  if (numerator % divisor !== 0n) return err(`is not a multiple of the tick ${tickText(scale)}`);
  const ticks = Number(numerator / divisor) - scale.priceBaseTicks;
  return ticks >= 1 && ticks <= 2_147_483_647 ? ok(ticks) : err('is outside the range of prices');
}

function wideText(value: bigint, exponent: number): string {
  if (exponent >= 0) return String(value) + '0'.repeat(exponent);
  const digits = String(value).padStart(1 - exponent, '0');
  return `${digits.slice(0, exponent)}.${digits.slice(exponent)}`;
}
