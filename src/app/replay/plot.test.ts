import { describe, expect, it } from 'vitest';
import { plotBars, plotLine } from './plot.ts';

describe('a plotted line', () => {
  it('rises from the lower left to the upper right', () => {
    const lines = plotLine([0, 1, 2, 3, 4, 5, 6, 7], { columns: 4, rows: 2 });
    expect(lines).toEqual(['⠀⠀⡠⠊', '⡠⠊⠀⠀']);
  });

  it('has no holes where it jumps', () => {
    expect(plotLine([0, 1], { columns: 1, rows: 2 })).toEqual(['⢸', '⡸']);
  });

  it('leaves gaps where nothing is known', () => {
    expect(plotLine([1, 1, undefined, undefined, 1, 1], { columns: 3, rows: 1 })).toEqual(['⠒⠀⠒']);
    expect(plotLine([], { columns: 2, rows: 1 })).toEqual(['⠀⠀']);
  });

  it('takes the mean of many values and repeats few', () => {
    expect(plotLine([1, 3, 1, 3, 1, 3, 1, 3], { columns: 1, rows: 1 })).toEqual(['⠒']);
    expect(plotLine([5], { columns: 2, rows: 1 })).toEqual(['⠒⠒']);
  });
});

describe('plotted bars', () => {
  it('are as high as their value, and never vanish unless it is zero', () => {
    expect(plotBars([0, 1, 50, 100], 4)).toBe(' ▁▄█');
  });

  it('show the largest of many values', () => {
    expect(plotBars([1, 8, 1, 1], 2)).toBe('█▁');
    expect(plotBars([0, 0], 2)).toBe('  ');
  });
});
