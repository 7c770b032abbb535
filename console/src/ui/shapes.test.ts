import { describe, expect, it } from 'vitest';
import { calmed, sparkPath } from './sparkline.tsx';
import { usageTone } from './usage-bar.tsx';

describe('a sparkline', () => {
  it('runs from left to right, high values at the top', () => {
    expect(sparkPath([0, 10], 100, 20)).toBe('M0.0 19.0L100.0 1.0');
  });

  it('is broken where nothing was measured, and flat in the middle where nothing changes', () => {
    expect(sparkPath([1, null, 2], 100, 20)).toBe('M0.0 19.0M100.0 1.0');
    expect(sparkPath([5, 5], 100, 20)).toBe('M0.0 10.0L100.0 10.0');
  });

  it('is empty without two values', () => {
    expect(sparkPath([], 100, 20)).toBe('');
    expect(sparkPath([null, null], 100, 20)).toBe('');
  });

  it('is calmed to means of neighbours, counted from the newest', () => {
    expect(calmed([1, 2, 3, 4, 5], 3)).toEqual([1, 2.5, 4.5]);
    expect(calmed([null, null, 4, 6], 2)).toEqual([null, 5]);
    expect(calmed([1, 2], 5)).toEqual([1, 2]);
  });
});

describe('a usage bar', () => {
  it('says near from four fifths on and full at the limit', () => {
    expect([usageTone(79, 100), usageTone(80, 100), usageTone(100, 100), usageTone(5, null)]).toEqual([
      'free',
      'near',
      'full',
      'none',
    ]);
  });
});
