/**
 * The form of an account's risk limits: text on the screen, numbers on the wire, and which changes loosen a limit. Pure.
 * The server decides what needs a second person; this only says it beforehand.
 */
import type { RiskLimits } from '../../../src/api/schemas/accounts.ts';
import { moneyText, parseMoney } from '../format/price.ts';

type NumberName = Exclude<keyof RiskLimits, 'buyingPowerEnforced'>;

export interface LimitField {
  readonly name: NumberName;
  readonly label: string;
  readonly unit: 'lots' | 'money' | 'a second' | 'µs';
  /** A longer window refuses more; every other limit refuses less when it grows. */
  readonly tighterWhenGreater?: true;
}

export const LIMIT_FIELDS: readonly LimitField[] = [
  { name: 'maxOrderQuantity', label: 'Order quantity', unit: 'lots' },
  { name: 'maxOrderValueUnits', label: 'Order value', unit: 'money' },
  { name: 'maxOpenNotionalUnits', label: 'Open notional', unit: 'money' },
  { name: 'maxLong', label: 'Long position', unit: 'lots' },
  { name: 'maxShort', label: 'Short position', unit: 'lots' },
  { name: 'ordersPerSecond', label: 'Orders', unit: 'a second' },
  { name: 'messagesPerSecond', label: 'Messages', unit: 'a second' },
  { name: 'duplicateWindowMicros', label: 'Duplicate window', unit: 'µs', tighterWhenGreater: true },
];

export type LimitTexts = Readonly<Record<NumberName, string>>;

export function limitTexts(limits: RiskLimits, moneyExponent: number): LimitTexts {
  const texts: Partial<Record<NumberName, string>> = {};
  for (const { name, unit } of LIMIT_FIELDS) {
    const value = limits[name];
    texts[name] = value === null ? '' : unit === 'money' ? moneyText(value, moneyExponent) : String(value);
  }
  return texts as LimitTexts;
}

/** The limits in the form, or the names of the fields that are no numbers. An empty field switches a limit off. */
export function compileLimits(
  texts: LimitTexts,
  buyingPowerEnforced: boolean,
  moneyExponent: number,
): { readonly ok: true; readonly limits: RiskLimits } | { readonly ok: false; readonly wrong: readonly NumberName[] } {
  const wrong: NumberName[] = [];
  const limits: Partial<Record<NumberName, number | null>> = {};
  for (const { name, unit } of LIMIT_FIELDS) {
    const text = texts[name].trim();
    if (text === '') {
      limits[name] = null;
      continue;
    }
    const value = parseMoney(text, unit === 'money' ? moneyExponent : 0);
    if (value === null || value < 1) wrong.push(name);
    else limits[name] = value;
  }
  if (wrong.length > 0) return { ok: false, wrong };
  return { ok: true, limits: { ...(limits as Record<NumberName, number | null>), buyingPowerEnforced } };
}

export interface LimitChange {
  readonly label: string;
  readonly from: string;
  readonly to: string;
  readonly loosens: boolean;
}

/** What differs between two sets of limits, in the order of the form. */
export function limitChanges(before: RiskLimits, after: RiskLimits, moneyExponent: number): readonly LimitChange[] {
  const changes: LimitChange[] = [];
  const write = (value: number | null, unit: LimitField['unit']) =>
    value === null ? 'off' : unit === 'money' ? moneyText(value, moneyExponent) : `${value} ${unit}`;
  for (const field of LIMIT_FIELDS) {
    const from = before[field.name];
    const to = after[field.name];
    if (from === to) continue;
    changes.push({
      label: field.label,
      from: write(from, field.unit),
      to: write(to, field.unit),
      loosens: from !== null && (to === null || to > from !== (field.tighterWhenGreater ?? false)),
    });
  }
  if (before.buyingPowerEnforced !== after.buyingPowerEnforced) {
    changes.push({
      label: 'Buying power',
      from: before.buyingPowerEnforced ? 'enforced' : 'off',
      to: after.buyingPowerEnforced ? 'enforced' : 'off',
      loosens: before.buyingPowerEnforced,
    });
  }
  return changes;
}
