/**
 * Between ticks and decimal text, exactly: (priceBaseTicks + ticks) × tickMantissa × 10^tickExponent. Integers all the
 * way; a float is made only for the chart's axis.
 */

/** What of an instrument decides how its prices are written. */
export interface TickScale {
  readonly tickMantissa: number;
  readonly tickExponent: number;
  readonly priceBaseTicks: number;
}

/** Decimal text of an integer shifted by ten to the `exponent`. */
export function shifted(value: number, exponent: number): string {
  const sign = value < 0 ? '-' : '';
  const digits = String(Math.abs(value));
  if (exponent >= 0) return value === 0 ? '0' : sign + digits + '0'.repeat(exponent);
  const places = -exponent;
  const padded = digits.padStart(places + 1, '0');
  return `${sign}${padded.slice(0, -places)}.${padded.slice(-places)}`;
}

/** The price of so many ticks, with all the decimals of the tick. */
export function priceText(ticks: number, scale: TickScale): string {
  return shifted((scale.priceBaseTicks + ticks) * scale.tickMantissa, scale.tickExponent);
}

/** A number for a chart; never for an order. */
export function priceFloat(ticks: number, scale: TickScale): number {
  return Number(priceText(ticks, scale));
}

/** A difference of prices, in ticks, as text. */
export function spreadText(ticks: number, scale: TickScale): string {
  return shifted(ticks * scale.tickMantissa, scale.tickExponent);
}

const PLAIN = /^(-?)(\d{1,15})(?:\.(\d{1,12}))?$/;

/** The ticks of a price typed by a person, or null where it is no number or lies between two ticks. */
export function parsePrice(text: string, scale: TickScale): number | null {
  const match = PLAIN.exec(text.trim().replaceAll(',', ''));
  if (match === null) return null;
  const [, sign = '', whole = '0', fraction = ''] = match;
  const places = Math.max(0, -scale.tickExponent);
  const kept = fraction.replace(/0+$/, '');
  if (kept.length > places) return null;
  const unsigned = Number(whole + kept.padEnd(places, '0'));
  const step = scale.tickMantissa * 10 ** Math.max(0, scale.tickExponent);
  if (!Number.isSafeInteger(unsigned) || unsigned % step !== 0) return null;
  return (sign === '-' ? -unsigned : unsigned) / step - scale.priceBaseTicks;
}

/** Money units as decimal text. */
export function moneyText(units: number, moneyExponent: number): string {
  return shifted(units, moneyExponent);
}

/** Money units of an amount typed by a person, or null where it is not a whole number of units. */
export function parseMoney(text: string, moneyExponent: number): number | null {
  return parsePrice(text, { tickMantissa: 1, tickExponent: moneyExponent, priceBaseTicks: 0 });
}
