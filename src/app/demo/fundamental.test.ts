import { describe, expect, it } from 'vitest';
import { Rng } from '#kit/rng.ts';
import { Fundamental } from './fundamental.ts';
import { INTRADAY_ACTIVITY_MAX, intradayActivity } from './intraday.ts';

const HOURLY = 0.01;

/** Logarithmic returns over `count` spans of `seconds`, in steps of a tenth of a second. */
function returns(seed: number, count: number, seconds: number): number[] {
  const rng = new Rng(seed);
  const value = new Fundamental(rng, 10_000, 10_000, HOURLY);
  const market = new Rng(seed + 1);
  return Array.from({ length: count }, () => {
    const before = value.ticks;
    for (let step = 0; step < seconds * 10; step++) value.advance(0.1, market.normal(0, 1));
    return Math.log(value.ticks / before);
  });
}

function moment(values: readonly number[], power: number): number {
  return values.reduce((sum, value) => sum + value ** power, 0) / values.length;
}

describe('the hidden value', () => {
  it('moves about as much as asked for', () => {
    const minutes = returns(1, 3000, 60);
    const hourly = Math.sqrt(moment(minutes, 2) * 60);
    expect(hourly).toBeGreaterThan(HOURLY * 0.8);
    expect(hourly).toBeLessThan(HOURLY * 1.5);
  });

  it('has calm and wild times: heavy tails, and large moves near large ones', () => {
    const tens = returns(2, 8000, 10);
    expect(moment(tens, 4) / moment(tens, 2) ** 2).toBeGreaterThan(4);
    const sizes = tens.map(Math.abs);
    const centre = moment(sizes, 1);
    const near = sizes.slice(1).map((size, at) => (size - centre) * (sizes[at] - centre));
    expect(moment(near, 1)).toBeGreaterThan(0);
  });

  it('is drawn back to its anchor over days', () => {
    const value = new Fundamental(new Rng(4), 10_000, 15_000, HOURLY / 10);
    for (let second = 0; second < 300_000; second++) value.advance(1, 0);
    expect(Math.abs(value.ticks - 10_000)).toBeLessThan(600);
  });

  it('learns from trades, a little, in their direction', () => {
    const value = new Fundamental(new Rng(5), 10_000, 10_000, HOURLY);
    value.learn(1);
    const afterOne = value.ticks;
    expect(afterOne).toBeGreaterThan(10_000);
    expect(afterOne).toBeLessThan(10_001);
    value.learn(-1);
    expect(value.ticks).toBeCloseTo(10_000, 6);
    value.learn(1000);
    expect(value.ticks - 10_000).toBeLessThan(10 * (afterOne - 10_000));
  });
});

describe('activity over the day', () => {
  it('is high at the ends and low in the middle', () => {
    expect(intradayActivity(0)).toBeGreaterThan(2 * intradayActivity(0.5));
    expect(intradayActivity(1)).toBeGreaterThan(intradayActivity(0));
  });

  it('has a mean of one and a known maximum', () => {
    const shares = Array.from({ length: 1001 }, (_, at) => intradayActivity(at / 1000));
    expect(moment(shares, 1)).toBeCloseTo(1, 2);
    expect(Math.max(...shares, intradayActivity(-5), intradayActivity(7))).toBeLessThanOrEqual(INTRADAY_ACTIVITY_MAX);
  });
});
