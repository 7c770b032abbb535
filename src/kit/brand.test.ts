import { describe, expect, it } from 'vitest';
import { epoch, micros, moneyUnits, priceTicks, quantityLots, sequence } from './brand.ts';
import type { PriceTicks } from './brand.ts';
import { InvariantViolation } from './invariant.ts';

describe('branded integers', () => {
  it('are plain numbers at run time', () => {
    expect(priceTicks(-5)).toBe(-5);
    expect(quantityLots(0)).toBe(0);
    expect(moneyUnits(Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER);
    expect(sequence(7) + 1).toBe(8);
    expect(epoch(3)).toBe(3);
    expect(micros(1_700_000_000_000_000)).toBe(1_700_000_000_000_000);
  });

  it.each([
    ['price', () => priceTicks(0.5)],
    ['money', () => moneyUnits(2 ** 53)],
    ['quantity', () => quantityLots(-1)],
    ['sequence', () => sequence(Number.NaN)],
    ['epoch', () => epoch(-1)],
    ['time', () => micros(Number.POSITIVE_INFINITY)],
  ])('refuse a %s that is not an exact integer in its range', (_kind, make) => {
    expect(make).toThrow(InvariantViolation);
  });

  it('cannot be mixed up by accident', () => {
    const price: PriceTicks = priceTicks(1);
    // @ts-expect-error a quantity is not a price
    const mixed: PriceTicks = quantityLots(1);
    expect(price).toBe(mixed);
  });
});
