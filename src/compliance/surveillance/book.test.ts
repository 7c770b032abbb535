import { describe, expect, it } from 'vitest';
import { SurveyedBook } from './book.ts';

describe('the surveyed book', () => {
  it('finds the next best price when the best one goes', () => {
    const book = new SurveyedBook();
    book.set(0, 100, 5);
    book.set(0, 97, 7);
    book.set(1, 103, 4);
    expect([book.best(0), book.best(1), book.middle]).toEqual([100, 103, 101.5]);
    book.set(0, 100, 0);
    expect([book.best(0), book.spread]).toEqual([97, 6]);
    book.set(0, 97, 0);
    expect([book.best(0), book.middle]).toEqual([0, 0]);
  });

  it('sums the depth near the best price, and lists levels best first', () => {
    const book = new SurveyedBook();
    for (const [price, lots] of [
      [103, 4],
      [104, 6],
      [110, 9],
    ] as const)
      book.set(1, price, lots);
    expect(book.depth(1, 2)).toBe(10);
    expect(book.levels(1, 2)).toEqual([
      [103, 4],
      [104, 6],
    ]);
  });

  it('never mixes two prices that share a place', () => {
    const book = new SurveyedBook();
    book.set(0, 20_000, 5);
    book.set(0, 20_000 - 16_384, 9);
    expect(book.quantityAt(0, 20_000)).toBe(5);
    expect(book.quantityAt(0, 20_000 - 16_384)).toBe(0);
  });
});
