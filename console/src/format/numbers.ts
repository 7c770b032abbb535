/**
 * Numbers as people read them: grouped digits, chosen precision, a real minus sign. Never used to compute.
 */

/** What stands for "nothing is known". */
export const NONE = '–';

const grouped = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
const MINUS = '−';

function signed(text: string): string {
  return text.startsWith('-') ? MINUS + text.slice(1) : text;
}

/** An integer with grouped digits. */
export function integer(value: number | null | undefined): string {
  return value === null || value === undefined || !Number.isFinite(value) ? NONE : signed(grouped.format(value));
}

/** A rate, with one decimal only where it is small. */
export function rate(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  return value > 0 && value < 10 ? value.toFixed(1) : integer(Math.round(value));
}

/** A share (0 to 1) as percent, without the sign. */
export function percent(share: number | null | undefined, digits = 2): string {
  return share === null || share === undefined || !Number.isFinite(share) ? NONE : (share * 100).toFixed(digits);
}

/** A decimal string from the server with its integer digits grouped; the decimals stay as they are. */
export function decimal(text: string | null | undefined): string {
  if (text === null || text === undefined || text === '') return NONE;
  const match = /^(-?)(\d+)(\.\d+)?$/.exec(text);
  if (match === null) return text;
  const [, sign = '', whole = '0', fraction = ''] = match;
  return (sign === '-' ? MINUS : '') + whole.replace(/\B(?=(\d{3})+$)/g, ',') + fraction;
}

/** Two figures and their unit for a duration in microseconds. */
export function duration(micros: number | null | undefined): { readonly figure: string; readonly unit: string } {
  if (micros === null || micros === undefined || !Number.isFinite(micros)) return { figure: NONE, unit: '' };
  if (micros < 1_000) return { figure: micros < 100 ? micros.toFixed(1) : micros.toFixed(0), unit: 'µs' };
  if (micros < 1_000_000) return { figure: digits3(micros / 1_000), unit: 'ms' };
  return { figure: digits3(micros / 1_000_000), unit: 's' };
}

/** The same in one string. */
export function durationText(micros: number | null | undefined): string {
  const { figure, unit } = duration(micros);
  return unit === '' ? figure : `${figure} ${unit}`;
}

function digits3(value: number): string {
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);
}

/** "1 order", "3 orders". */
export function count(value: number, one: string, many = `${one}s`): string {
  return `${integer(value)} ${value === 1 ? one : many}`;
}
