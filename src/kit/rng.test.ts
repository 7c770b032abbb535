import { describe, expect, it } from 'vitest';
import { Rng } from './rng.ts';

function draws<T>(count: number, draw: () => T): T[] {
  return Array.from({ length: count }, draw);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe('Rng', () => {
  it('gives the same numbers for the same seed, for ever', () => {
    const rng = new Rng(42);
    const same = new Rng(42);
    const first = draws(6, () => rng.next32());
    expect(first).toEqual(draws(6, () => same.next32()));
    expect(first).toMatchInlineSnapshot(`
      [
        660444221,
        3652823732,
        77672526,
        910233633,
        2297337756,
        3786072677,
      ]
    `);
  });

  it('gives other numbers for another seed', () => {
    expect(new Rng(1).next32()).not.toBe(new Rng(2).next32());
  });

  it('spreads integers evenly below a bound', () => {
    const rng = new Rng(7);
    const counts = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 100_000; draw++) counts[rng.int(10)] += 1;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  it('accepts the smallest and the largest bound, and nothing outside', () => {
    const rng = new Rng(7);
    expect(rng.int(1)).toBe(0);
    expect(rng.int(2 ** 32)).toBeLessThan(2 ** 32);
    expect(() => rng.int(0)).toThrow('rng.bound');
    expect(() => rng.int(1.5)).toThrow('rng.bound');
    expect(() => rng.int(2 ** 32 + 1)).toThrow('rng.bound');
  });

  it('keeps floats at or above zero and below one', () => {
    const rng = new Rng(9);
    const values = draws(50_000, () => rng.float());
    expect(Math.min(...values.slice(0, 10_000))).toBeGreaterThanOrEqual(0);
    expect(values.every((value) => value < 1)).toBe(true);
    expect(mean(values)).toBeCloseTo(0.5, 2);
  });

  it('draws exponential waits with the mean asked for', () => {
    const rng = new Rng(11);
    const values = draws(100_000, () => rng.exponential(250));
    expect(Math.abs(mean(values) - 250)).toBeLessThan(4);
    expect(values.every((value) => value >= 0 && Number.isFinite(value))).toBe(true);
  });

  it('draws normal numbers with the mean and deviation asked for', () => {
    const rng = new Rng(13);
    const values = draws(100_000, () => rng.normal(100, 15));
    const average = mean(values);
    const variance = mean(values.map((value) => (value - average) ** 2));
    expect(Math.abs(average - 100)).toBeLessThan(0.3);
    expect(Math.abs(Math.sqrt(variance) - 15)).toBeLessThan(0.3);
  });

  it('forks a generator whose numbers do not depend on later draws', () => {
    const parent = new Rng(5);
    const child = parent.fork();
    const parentAgain = new Rng(5);
    const childAgain = parentAgain.fork();
    draws(100, () => parent.next32());
    expect(draws(5, () => child.next32())).toEqual(draws(5, () => childAgain.next32()));
    expect(child.next32()).not.toBe(parent.next32());
  });
});
