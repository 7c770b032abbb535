import { describe, expect, it } from 'vitest';
import type { LevelTuple } from '../../../src/api/schemas/stream.ts';
import { applyBook, EMPTY_BOOK, LEVELS_MAX, rungs } from './book.ts';

function message(type: 'book.snapshot' | 'book.delta', bids: LevelTuple[], asks: LevelTuple[]) {
  return { type, symbol: 'NAUT', update: 0, sequence: 7, timeMicros: 1, bids, asks } as const;
}

const BOOK = applyBook(
  EMPTY_BOOK,
  message(
    'book.snapshot',
    [
      [100, 5, 1],
      [98, 7, 2],
    ],
    [
      [101, 3, 1],
      [103, 9, 4],
    ],
  ),
);

describe('a book from the stream', () => {
  it('takes new, changed and removed levels and keeps both sides best first', () => {
    const book = applyBook(
      BOOK,
      message(
        'book.delta',
        [
          [99, 4, 1],
          [100, 0, 0],
        ],
        [
          [102, 1, 1],
          [101, 8, 2],
        ],
      ),
    );
    expect(book.bids).toEqual([
      [99, 4, 1],
      [98, 7, 2],
    ]);
    expect(book.asks).toEqual([
      [101, 8, 2],
      [102, 1, 1],
      [103, 9, 4],
    ]);
  });

  it('ignores the removal of a level that it does not have', () => {
    expect(applyBook(BOOK, message('book.delta', [[50, 0, 0]], [])).bids).toEqual(BOOK.bids);
  });

  it('leaves the picture before a delta as it was', () => {
    applyBook(BOOK, message('book.delta', [[100, 0, 0]], []));
    expect(BOOK.bids[0]).toEqual([100, 5, 1]);
  });

  it('keeps a bounded number of levels, the best ones', () => {
    const many = Array.from({ length: LEVELS_MAX + 50 }, (_, index): LevelTuple => [1_000 - index, 1, 1]);
    const book = applyBook(EMPTY_BOOK, message('book.delta', many, []));
    expect(book.bids).toHaveLength(LEVELS_MAX);
    expect(book.bids[0]?.[0]).toBe(1_000);
  });
});

describe('the ladder', () => {
  it('stands with the highest price on top and the wanted levels of each side', () => {
    expect(rungs(BOOK, 1).map((rung) => rung.ticks)).toEqual([101, 100]);
    expect(rungs(BOOK, 9).map((rung) => rung.ticks)).toEqual([103, 101, 100, 98]);
  });

  it('shows both sides at one price of a crossed book', () => {
    const crossed = applyBook(EMPTY_BOOK, message('book.snapshot', [[100, 5, 1]], [[100, 3, 2]]));
    expect(rungs(crossed, 5)).toEqual([{ ticks: 100, bid: 5, bidOrders: 1, ask: 3, askOrders: 2 }]);
  });
});
