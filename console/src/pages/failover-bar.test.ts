/** The bars of the failover timeline add up to what was recorded. */
import { describe, expect, it } from 'vitest';
import { barParts, totalMicros } from './failover-bar.ts';

const STEPS = [
  { name: 'drain', tookMicros: 30_000, detail: '' },
  { name: 'append-epoch', tookMicros: 50_000, detail: '' },
] as const;

describe('the bar of a change', () => {
  it('is as long as its steps, on the scale of the longest', () => {
    const record = { outageMicros: 80_000, steps: [...STEPS] };
    expect(totalMicros(record)).toBe(80_000);
    expect(barParts(record, 160_000).map(({ name, widthPercent }) => [name, widthPercent])).toEqual([
      ['drain', 18.75],
      ['append-epoch', 31.25],
    ]);
  });

  it('names the part of an outage that no step accounts for', () => {
    const record = { outageMicros: 100_000, steps: [...STEPS] };
    expect(barParts(record, 100_000).at(-1)).toEqual({
      name: 'between steps',
      tookMicros: 20_000,
      widthPercent: 20,
    });
  });

  it('is empty for a change that was taken back before its first step', () => {
    const record = { outageMicros: null, steps: [] };
    expect(totalMicros(record)).toBe(0);
    expect(barParts(record, 0)).toEqual([]);
  });
});
