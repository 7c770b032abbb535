/** Prices and money as text are exact both ways. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { averageText, decimalText, moneyText, parsePrice, priceText, tickText } from './decimal.ts';

const cents = { priceBaseTicks: 0, tickMantissa: 1, tickExponent: -2 };

describe('decimal text', () => {
  it('places the point, keeps zeros, signs and whole numbers', () => {
    expect(decimalText(10_125, -2)).toBe('101.25');
    expect(decimalText(5, -2)).toBe('0.05');
    expect(decimalText(-5, -2)).toBe('-0.05');
    expect(decimalText(0, -2)).toBe('0.00');
    expect(decimalText(12, 0)).toBe('12');
    expect(decimalText(12, 3)).toBe('12000');
    expect(decimalText(0, 3)).toBe('0');
    expect(moneyText(-12_345)).toBe('-1.2345');
  });

  it('counts prices from the base of the instrument, also below zero', () => {
    const spread = { priceBaseTicks: -1000, tickMantissa: 25, tickExponent: -2 };
    expect(priceText(1000, spread)).toBe('0.00');
    expect(priceText(998, spread)).toBe('-0.50');
    expect(tickText(spread)).toBe('0.25');
    expect(parsePrice('-0.50', spread)).toEqual({ ok: true, value: 998 });
  });

  it('shows an average with two more places than the tick', () => {
    expect(averageText(9950.5, cents)).toBe('99.5050');
  });

  it('refuses a price between two ticks, or outside of what a book holds', () => {
    expect(parsePrice('99.505', cents)).toEqual({ ok: false, error: 'is not a multiple of the tick 0.01' });
    expect(parsePrice('0', cents).ok).toBe(false);
    expect(parsePrice('21474836.48', cents).ok).toBe(false);
    expect(parsePrice('21474836.47', cents)).toEqual({ ok: true, value: 2_147_483_647 });
    expect(parsePrice('99.50000', cents)).toEqual({ ok: true, value: 9950 });
  });

  it('of any price of any instrument reads back as the same ticks', () => {
    const scale = fc.record({
      priceBaseTicks: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      tickMantissa: fc.integer({ min: 1, max: 1_000_000 }),
      tickExponent: fc.integer({ min: -12, max: 6 }),
    });
    fc.assert(
      fc.property(scale, fc.integer({ min: 1, max: 2 ** 31 - 1 }), (terms, ticks) => {
        expect(parsePrice(priceText(ticks, terms), terms)).toEqual({ ok: true, value: ticks });
      }),
    );
  });
});
