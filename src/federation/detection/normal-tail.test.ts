/** Tail probabilities against known values, also where a double would round them to zero. */
import { describe, expect, it } from 'vitest';
import { deviationsAt, tailExponent } from './normal-tail.ts';

describe('the tail of the normal distribution', () => {
  it.each([
    [-9, 0],
    [0, 0.301_029_995_7],
    [1, 0.799_545_9],
    [2, 1.643_016_3],
    [3, 2.869_700_3],
    [5.612_001_244, 8],
    [10, 23.118_054],
    [40, 349.437_01],
  ])('at %f deviations is ten to the minus %f', (deviations, exponent) => {
    expect(tailExponent(deviations)).toBeCloseTo(exponent, 5);
  });

  it('falls everywhere, also where the two ways of computing it meet', () => {
    let before = tailExponent(-7);
    for (let y = -6.99; y < 60; y += 0.01) {
      const next = tailExponent(y);
      expect(next).toBeGreaterThanOrEqual(before);
      expect(next - before).toBeLessThan(0.3);
      before = next;
    }
  });

  it('is inverted', () => {
    for (const exponent of [0.1, 1, 3, 8, 12, 100])
      expect(tailExponent(deviationsAt(exponent))).toBeCloseTo(exponent, 9);
    expect(deviationsAt(8)).toBeCloseTo(5.612_001, 5);
  });
});
