import { describe, expect, it } from 'vitest';
import type { RiskLimits } from '../../../src/api/schemas/accounts.ts';
import { compileLimits, limitChanges, limitTexts } from './limits-edit.ts';

const LIMITS: RiskLimits = {
  maxOrderQuantity: 10_000,
  maxOrderValueUnits: 500_000_050,
  maxOpenNotionalUnits: null,
  maxLong: 50_000,
  maxShort: 50_000,
  ordersPerSecond: 200,
  messagesPerSecond: 400,
  duplicateWindowMicros: 1_000,
  buyingPowerEnforced: true,
};
const MONEY_EXPONENT = -2;

describe('the limits form', () => {
  it('shows money as an amount, and comes back as the same limits', () => {
    const texts = limitTexts(LIMITS, MONEY_EXPONENT);
    expect(texts.maxOrderValueUnits).toBe('5000000.50');
    expect(texts.maxOpenNotionalUnits).toBe('');
    expect(compileLimits(texts, true, MONEY_EXPONENT)).toEqual({ ok: true, limits: LIMITS });
  });

  it('names the fields that are no positive numbers', () => {
    const texts = { ...limitTexts(LIMITS, MONEY_EXPONENT), maxLong: '1.5', maxShort: '0', ordersPerSecond: 'x' };
    expect(compileLimits(texts, true, MONEY_EXPONENT)).toEqual({
      ok: false,
      wrong: ['maxLong', 'maxShort', 'ordersPerSecond'],
    });
  });
});

describe('a change of limits', () => {
  const loosens = (changes: Partial<RiskLimits>) =>
    limitChanges(LIMITS, { ...LIMITS, ...changes }, MONEY_EXPONENT).map((change) => change.loosens);

  it('is nothing where nothing differs', () => {
    expect(limitChanges(LIMITS, { ...LIMITS }, MONEY_EXPONENT)).toEqual([]);
  });

  it('loosens when a limit rises or is switched off, and tightens when it falls or is switched on', () => {
    expect(loosens({ maxLong: 60_000 })).toEqual([true]);
    expect(loosens({ maxLong: null })).toEqual([true]);
    expect(loosens({ maxLong: 40_000 })).toEqual([false]);
    expect(loosens({ maxOpenNotionalUnits: 1 })).toEqual([false]);
  });

  it('loosens when the duplicate window gets shorter', () => {
    expect(loosens({ duplicateWindowMicros: 500 })).toEqual([true]);
    expect(loosens({ duplicateWindowMicros: 5_000 })).toEqual([false]);
    expect(loosens({ duplicateWindowMicros: null })).toEqual([true]);
  });

  it('loosens when buying power is enforced no more', () => {
    expect(loosens({ buyingPowerEnforced: false })).toEqual([true]);
  });
});
