import { describe, expect, it } from 'vitest';
import { Throttle } from './throttle.ts';

const SECOND = 1e9;

describe('a throttle', () => {
  it('lets one second of orders through at once, then as many as the rate gives back', () => {
    const throttle = new Throttle(10, 0);
    const taken = Array.from({ length: 12 }, () => throttle.take(0));
    expect(taken.filter(Boolean).length).toBe(10);
    expect(throttle.waitMicros()).toBe(100_000);
    expect(throttle.take(0.1 * SECOND)).toBe(true);
    expect(throttle.take(0.1 * SECOND)).toBe(false);
  });

  it('saves up no more than one second', () => {
    const throttle = new Throttle(3, 0);
    const taken = Array.from({ length: 10 }, () => throttle.take(1000 * SECOND));
    expect(taken.filter(Boolean).length).toBe(3);
  });

  it('never holds back a session without a rate', () => {
    const throttle = new Throttle(0, 0);
    expect(Array.from({ length: 1000 }, () => throttle.take(0)).every(Boolean)).toBe(true);
    expect(throttle.waitMicros()).toBe(0);
  });
});
