import { describe, expect, it } from 'vitest';
import { count, decimal, duration, durationText, integer, percent, rate } from './numbers.ts';
import { moneyText, parseMoney, parsePrice, priceText, shifted, spreadText, stepText } from './price.ts';
import { age, clockTime, clockTimeMillis, dateTime } from './time.ts';

const ONE = [{ fromTicks: 0, stepTicks: 1 }];
const CENTS = { tickMantissa: 1, tickExponent: -2, priceBaseTicks: 0, tickBands: ONE };
const QUARTERS = { tickMantissa: 25, tickExponent: -2, priceBaseTicks: -4_000, tickBands: ONE };
/** Ten-thousandths below 1, cents from there on. */
const BANDED = {
  tickMantissa: 1,
  tickExponent: -4,
  priceBaseTicks: 0,
  tickBands: [
    { fromTicks: 0, stepTicks: 1 },
    { fromTicks: 10_000, stepTicks: 100 },
  ],
};

describe('prices', () => {
  it('are written with the decimals of the step that holds there', () => {
    expect(priceText(10_120, CENTS)).toBe('101.20');
    expect(priceText(5, CENTS)).toBe('0.05');
    expect(priceText(7_419, BANDED)).toBe('0.7419');
    expect(priceText(1_840_200, BANDED)).toBe('184.02');
    expect(priceText(1_840_000, BANDED)).toBe('184.00');
    expect(spreadText(100, 1_840_200, BANDED)).toBe('0.01');
    expect(stepText(1_840_200, BANDED)).toBe('0.01');
    expect(priceText(3_150, { ...CENTS, tickExponent: 0 })).toBe('3150');
    expect(priceText(7, { ...CENTS, tickMantissa: 5, tickExponent: 2 })).toBe('3500');
  });

  it('may lie below zero where the instrument has a base', () => {
    expect(priceText(1, QUARTERS)).toBe('-999.75');
    expect(parsePrice('-999.75', QUARTERS)).toBe(1);
  });

  it('come back as the ticks they were written from', () => {
    for (const ticks of [1, 99, 4_000, 4_001, 2_147_483_647]) {
      expect(parsePrice(priceText(ticks, CENTS), CENTS)).toBe(ticks);
      expect(parsePrice(priceText(ticks, QUARTERS), QUARTERS)).toBe(ticks);
    }
  });

  it('never lose a decimal that is there, even where the step does not allow it', () => {
    expect(priceText(1_840_250, BANDED)).toBe('184.025');
  });

  it('are refused where they are no step of their band', () => {
    expect(parsePrice('184.025', BANDED)).toBeNull();
    expect(parsePrice('184.03', BANDED)).toBe(1_840_300);
    expect(parsePrice('0.7419', BANDED)).toBe(7_419);
  });

  it('are refused between two ticks and where they are no numbers', () => {
    for (const text of ['101.255', '', 'abc', '1e3', '1.2.3', '--1']) expect(parsePrice(text, CENTS)).toBeNull();
    expect(parsePrice('100.10', QUARTERS)).toBeNull();
    expect(parsePrice('1,001.50', CENTS)).toBe(100_150);
    expect(parsePrice('101.2500', CENTS)).toBe(10_125);
  });

  it('have spreads and money in the same decimals', () => {
    expect(spreadText(2, 10, QUARTERS)).toBe('0.50');
    expect(moneyText(-123_456, -2)).toBe('-1234.56');
    expect(moneyText(50_000_000_000, -4)).toBe('5000000.00');
    expect(moneyText(12_345, -4)).toBe('1.2345');
    expect(parseMoney('1,234.56', -2)).toBe(123_456);
    expect(shifted(0, 3)).toBe('0');
  });
});

describe('numbers', () => {
  it('are grouped, with a real minus sign, and a dash where nothing is known', () => {
    expect(integer(1_234_567)).toBe('1,234,567');
    expect(integer(-5)).toBe('−5');
    expect(integer(null)).toBe('–');
    expect(decimal('-1234567.8900')).toBe('−1,234,567.8900');
    expect(decimal('off')).toBe('off');
    expect(rate(4.25)).toBe('4.3');
    expect(rate(412.7)).toBe('413');
    expect(percent(0.0123)).toBe('1.23');
    expect(count(1, 'order')).toBe('1 order');
    expect(count(3, 'order')).toBe('3 orders');
  });

  it('give durations the unit that keeps them short', () => {
    expect(durationText(12.34)).toBe('12.3 µs');
    expect(durationText(412)).toBe('412 µs');
    expect(durationText(4_120)).toBe('4.12 ms');
    expect(durationText(2_500_000)).toBe('2.50 s');
    expect(duration(null)).toEqual({ figure: '–', unit: '' });
  });
});

describe('times', () => {
  const MICROS = Date.UTC(2026, 10, 22, 9, 5, 7, 81) * 1_000;

  it('are in UTC', () => {
    expect(clockTime(MICROS)).toBe('09:05:07');
    expect(clockTimeMillis(MICROS + 999)).toBe('09:05:07.081');
    expect(dateTime(MICROS)).toBe('2026-11-22 09:05:07');
    expect(clockTime(null)).toBe('–');
  });

  it('tell ages in their greatest unit', () => {
    expect([age(0), age(59_999), age(60_000), age(7_200_000), age(200_000_000)]).toEqual([
      '0 s',
      '59 s',
      '1 min',
      '2 h',
      '2 d',
    ]);
  });
});
