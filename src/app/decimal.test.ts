import { describe, expect, it } from 'vitest';
import { DECIMAL_TEXT, decimal, mantissaAndExponent, multiply, wholeUnits } from './decimal.ts';

describe('decimals', () => {
  it.each([
    ['184.20', '0.0001', 1_842_000],
    ['5240.25', '0.25', 20_961],
    ['64250', '5', 12_850],
    ['-3.5', '0.5', -7],
    ['0.3', '0.1', 3],
  ])('%s holds %s exactly %i times', (amount, unit, times) => {
    expect(wholeUnits(decimal(amount), decimal(unit))).toEqual({ ok: true, value: times });
  });

  it('do not fit where they are no multiple, or too large to be exact', () => {
    expect(wholeUnits(decimal('184.205'), decimal('0.01'))).toEqual({ ok: false, error: 'is not a multiple of 0.01' });
    expect(wholeUnits(decimal('10000000000000'), decimal('0.0001'))).toEqual({ ok: false, error: 'is too large' });
  });

  it('multiply without rounding', () => {
    expect(wholeUnits(multiply(decimal('0.00005'), decimal('1000')), decimal('0.0001'))).toEqual({
      ok: true,
      value: 500,
    });
  });

  it.each([
    ['0.0001', 1, -4],
    ['0.25', 25, -2],
    ['5', 5, 0],
    ['1000', 1, 3],
  ])('%s is %i with exponent %i', (text, mantissa, exponent) => {
    expect(mantissaAndExponent(decimal(text))).toEqual({ mantissa, exponent });
  });

  it.each(['1e5', '.5', '1.', '', '1,000', '--1'])('refuse the text %j', (text) => {
    expect(DECIMAL_TEXT.test(text)).toBe(false);
  });
});
