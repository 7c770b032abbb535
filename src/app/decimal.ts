/** Exact decimal numbers from configuration to whole units. Never goes through a float. */
import { err, ok } from '#kit/result.ts';
import type { Result } from '#kit/result.ts';

/** A decimal number: `digits` × 10^-`places`. */
export interface Decimal {
  readonly digits: bigint;
  readonly places: number;
}

/** A plain decimal number: no exponent, at most 18 places. */
export const DECIMAL_TEXT = /^-?\d{1,24}(\.\d{1,18})?$/;

/** Reads text that matches DECIMAL_TEXT. */
export function decimal(text: string): Decimal {
  const [whole, fraction = ''] = text.split('.');
  return { digits: BigInt(whole + fraction), places: fraction.length };
}

export function multiply(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, places: a.places + b.places };
}

/** How often `unit` (positive) goes into `amount`; refused unless that is a whole number a double holds exactly. */
export function wholeUnits(amount: Decimal, unit: Decimal): Result<number, string> {
  const numerator = amount.digits * 10n ** BigInt(unit.places);
  const denominator = unit.digits * 10n ** BigInt(amount.places);
  if (numerator % denominator !== 0n) return err(`is not a multiple of ${decimalText(unit)}`);
  const units = Number(numerator / denominator);
  return Number.isSafeInteger(units) ? ok(units) : err('is too large');
}

/** The number as mantissa × 10^exponent with the smallest mantissa. `value` is not 0. */
export function mantissaAndExponent(value: Decimal): { mantissa: number; exponent: number } {
  let { digits } = value;
  let exponent = 0 - value.places;
  while (digits % 10n === 0n) {
    digits /= 10n;
    exponent++;
  }
  return { mantissa: Number(digits), exponent };
}

function decimalText({ digits, places }: Decimal): string {
  if (places === 0) return String(digits);
  const text = String(digits).padStart(places + 1, '0');
  return `${text.slice(0, -places)}.${text.slice(-places)}`;
}
