import { describe, expect, it } from 'vitest';
import { wilson } from './accounting.ts';

describe('Wilson’s interval', () => {
  it('gives the published bounds of 1 in 10 and of 200 in 200', () => {
    const [low, high] = wilson(1, 10);
    expect(low).toBeCloseTo(0.0179, 4);
    expect(high).toBeCloseTo(0.4042, 4);
    expect(wilson(200, 200)[0]).toBeCloseTo(0.9812, 4);
  });

  it('knows nothing of what was never counted', () => {
    expect(wilson(0, 0)).toEqual([0, 1]);
  });
});
