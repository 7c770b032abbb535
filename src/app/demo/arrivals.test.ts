import { describe, expect, it } from 'vitest';
import { Rng } from '#kit/rng.ts';
import { Arrivals } from './arrivals.ts';

const SECOND = 1_000_000;

/** Arrivals in each of `seconds` seconds. */
function countsPerSecond(
  arrivals: Arrivals,
  seconds: number,
  rate: (atMicros: number) => number,
  max: number,
): number[] {
  const counts = Array.from({ length: seconds }, () => 0);
  for (let at = arrivals.next(rate, max); at < seconds * SECOND; at = arrivals.next(rate, max)) {
    counts[Math.floor(at / SECOND)]++;
  }
  return counts;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Variance over mean: 1 for independent arrivals. */
function dispersion(values: readonly number[]): number {
  const centre = mean(values);
  return mean(values.map((value) => (value - centre) ** 2)) / centre;
}

describe('arrivals', () => {
  it('come as often as asked for on average', () => {
    const counts = countsPerSecond(new Arrivals(new Rng(3), 0), 4000, () => 20, 20);
    expect(mean(counts)).toBeGreaterThan(18);
    expect(mean(counts)).toBeLessThan(22);
  });

  it('come in clusters when they excite each other, and do not when they are independent', () => {
    const independent = new Arrivals(new Rng(5), 0, []);
    expect(dispersion(countsPerSecond(independent, 3000, () => 20, 20))).toBeLessThan(1.2);
    const excited = new Arrivals(new Rng(5), 0);
    expect(dispersion(countsPerSecond(excited, 3000, () => 20, 20))).toBeGreaterThan(2.5);
  });

  it('follow a rate that changes over time', () => {
    const rate = (atMicros: number): number => (atMicros < 1000 * SECOND ? 5 : 40);
    const counts = countsPerSecond(new Arrivals(new Rng(7), 0), 2000, rate, 40);
    expect(mean(counts.slice(1100))).toBeGreaterThan(5 * mean(counts.slice(0, 1000)));
  });

  it('come faster after news, for a while', () => {
    const arrivals = new Arrivals(new Rng(9), 0);
    const quiet = new Arrivals(new Rng(9), 0);
    arrivals.excite(100);
    const calm = (): number => 5;
    expect(countsPerSecond(arrivals, 20, calm, 5)[0]).toBeGreaterThan(20 + countsPerSecond(quiet, 20, calm, 5)[0]);
  });

  it('are the same for the same seed, in rising order', () => {
    const one = new Arrivals(new Rng(11), 500);
    const two = new Arrivals(new Rng(11), 500);
    let last = 500;
    for (let draw = 0; draw < 1000; draw++) {
      const at = one.next(() => 50, 50);
      expect(at).toBe(two.next(() => 50, 50));
      expect(at).toBeGreaterThanOrEqual(last);
      last = at;
    }
  });

  it('are refused where each would bring about more than one', () => {
    expect(() => new Arrivals(new Rng(1), 0, [{ offspring: 1, decayPerSecond: 1 }])).toThrow('arrivals.explosive');
  });
});
