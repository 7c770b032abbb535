/**
 * Between ticks and decimal text, exactly: (priceBaseTicks + ticks) × tickMantissa × 10^tickExponent. Integers all the
 * way; a float is made only for the chart's axis.
 */

/** What of an instrument decides how its prices are written and which of them are allowed. */
export interface TickScale {
  readonly tickMantissa: number;
  readonly tickExponent: number;
  readonly priceBaseTicks: number;
  /** From each `fromTicks` on prices are multiples of `stepTicks`; rising. */
  readonly tickBands: readonly { readonly fromTicks: number; readonly stepTicks: number }[];
}

/** The ticks between two neighbouring allowed prices at this price. */
export function stepAt(ticks: number, scale: TickScale): number {
  let step = 1;
  for (const band of scale.tickBands) if (band.fromTicks <= ticks) step = band.stepTicks;
  return step;
}

/** Decimals that prices around here need: those of the step, not of the single tick. */
export function decimalsAt(ticks: number, scale: TickScale): number {
  let units = stepAt(ticks, scale) * scale.tickMantissa;
  let places = Math.max(0, -scale.tickExponent);
  const base = scale.priceBaseTicks * scale.tickMantissa;
  while (places > 0 && units % 10 === 0 && base % 10 ** (-scale.tickExponent - places + 1) === 0) {
    units /= 10;
    places -= 1;
  }
  return places;
}

/** Leaves out decimals beyond `places` where they are zeros. */
function trimmed(text: string, places: number): string {
  const point = text.indexOf('.');
  if (point === -1) return text;
  let end = text.length;
  while (end > point + 1 + places && text[end - 1] === '0') end -= 1;
  return end === point + 1 ? text.slice(0, point) : text.slice(0, end);
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

/** The price of so many ticks, exactly, with the decimals of the step that holds there. */
export function priceText(ticks: number, scale: TickScale): string {
  const exact = shifted((scale.priceBaseTicks + ticks) * scale.tickMantissa, scale.tickExponent);
  return trimmed(exact, decimalsAt(ticks, scale));
}

/** The step at a price as text: what prices there must be a multiple of. */
export function stepText(ticks: number, scale: TickScale): string {
  return spreadText(stepAt(ticks, scale), ticks, scale);
}

/** A number for a chart; never for an order. */
export function priceFloat(ticks: number, scale: TickScale): number {
  return Number(priceText(ticks, scale));
}

/** A difference of prices around `atTicks`, in ticks, as text. */
export function spreadText(ticks: number, atTicks: number, scale: TickScale): string {
  return trimmed(shifted(ticks * scale.tickMantissa, scale.tickExponent), decimalsAt(atTicks, scale));
}

const PLAIN = /^(-?)(\d{1,15})(?:\.(\d{1,12}))?$/;

/** The ticks of a price typed by a person, or null where it is no number or not an allowed step. */
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
  const ticks = (sign === '-' ? -unsigned : unsigned) / step - scale.priceBaseTicks;
  return ticks % stepAt(ticks, scale) === 0 ? ticks : null;
}

const MONEY_DECIMALS = 2;

/** Money units as decimal text, exactly; zeros beyond cents are left out. */
export function moneyText(units: number, moneyExponent: number): string {
  return trimmed(shifted(units, moneyExponent), MONEY_DECIMALS);
}

/** Money units of an amount typed by a person, or null where it is not a whole number of units. */
export function parseMoney(text: string, moneyExponent: number): number | null {
  return parsePrice(text, { tickMantissa: 1, tickExponent: moneyExponent, priceBaseTicks: 0, tickBands: [] });
}
