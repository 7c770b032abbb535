import { describe, expect, it } from 'vitest';
import { PriceSteps } from './price-steps.ts';

/** Steps of 1 below 100, of 5 below 1,000, of 10 above. */
const steps = new PriceSteps(
  [
    [0, 1],
    [100, 5],
    [1000, 10],
  ],
  3,
  2004,
);

describe('price steps', () => {
  it('know the step of each band', () => {
    expect([0, 99, 100, 999, 1000, 5000].map((ticks) => steps.stepAt(ticks))).toEqual([1, 1, 5, 5, 10, 10]);
  });

  it('find the price below and the nearest one, also from a fraction', () => {
    expect(steps.down(99.9)).toBe(99);
    expect(steps.down(104)).toBe(100);
    expect(steps.nearest(102.6)).toBe(105);
    expect(steps.nearest(1004.9)).toBe(1000);
  });

  it('move by steps of the present band', () => {
    expect(steps.move(50, 3)).toBe(53);
    expect(steps.move(200, -2)).toBe(190);
    expect(steps.move(995, 1)).toBe(1000);
    expect(steps.move(1010, -1)).toBe(1000);
  });

  it('land on a price of the new band when a move crosses into it', () => {
    expect(steps.move(98, 5)).toBe(100);
    expect(steps.move(1000, -1) % 5).toBe(0);
  });

  it('never leave the range', () => {
    expect(steps.move(5, -100)).toBe(3);
    expect(steps.move(1990, 100)).toBe(2000);
    expect(steps.nearest(0)).toBe(3);
  });

  it('take every tick for a price where there is no table', () => {
    expect(new PriceSteps([], 1, 1_000_000).nearest(1234.4)).toBe(1234);
  });
});
