import { describe, expect, it } from 'vitest';
import { Book } from './book.ts';
import { OrderTable } from './order-table.ts';
import { batchOf, type TestRecord } from './testing.ts';

function bookAfter(records: readonly TestRecord[]): Book {
  const book = new Book(1, new OrderTable());
  const batch = batchOf(records);
  for (let row = 0; row < batch.count; row++) book.apply(batch, row);
  return book;
}

const BID: TestRecord = { kind: 'add', side: 'buy', order: 1, price: 100, quantity: 5 };

describe('the tally of a book', () => {
  it('tells volume against displayed orders, hidden orders and in auctions apart', () => {
    const { tally, lastPrice } = bookAfter([
      BID,
      { kind: 'execute', order: 1, quantity: 2 },
      { kind: 'execute', order: 1, quantity: 1, price: 99, flags: ['nonPrinting'] },
      { kind: 'trade', side: 'sell', price: 101, quantity: 7, flags: ['hidden'] },
      { kind: 'trade', price: 102, quantity: 50, flags: ['auction'] },
    ]);
    expect(tally).toMatchObject({ tradedVolume: 2, hiddenVolume: 7, auctionVolume: 50, orphans: 0 });
    expect(lastPrice).toBe(102);
  });

  it('counts a fill of an order that was never displayed as sound in an auction only', () => {
    expect(bookAfter([{ kind: 'fill', order: 9, quantity: 1 }]).tally).toMatchObject({
      undisplayedFills: 1,
      orphans: 0,
    });
    expect(bookAfter([{ kind: 'fill', side: 'buy', order: 9, quantity: 1 }]).tally.orphans).toBe(1);
  });

  it('counts records that contradict the order they name', () => {
    expect(bookAfter([BID, { kind: 'reduce', side: 'sell', order: 1, quantity: 1 }]).tally.contradictions).toBe(1);
    expect(bookAfter([BID, { kind: 'reduce', side: 'buy', order: 1, quantity: 6 }]).tally.contradictions).toBe(1);
    expect(bookAfter([{ kind: 'add', side: 'none', order: 1, price: 1, quantity: 1 }]).tally.contradictions).toBe(1);
  });
});

describe('a book', () => {
  it('is crossed as soon as the best buy price reaches the best sell price', () => {
    const ask = { kind: 'add', side: 'sell', order: 2, quantity: 1 } as const;
    expect(bookAfter([BID, { ...ask, price: 101 }]).crossed()).toBe(false);
    expect(bookAfter([BID, { ...ask, price: 100 }]).crossed()).toBe(true);
    expect(bookAfter([BID]).crossed()).toBe(false);
  });

  it('keeps an order in its place when its quantity falls, and puts it last when anything else changes', () => {
    const other: TestRecord = { ...BID, order: 2 };
    const first = (change: TestRecord): number => {
      const book = bookAfter([BID, other, change, { kind: 'remove', order: 2 }, other]);
      return book.best(0)?.quantity ?? 0;
    };
    expect(first({ kind: 'modify', side: 'buy', order: 1, price: 100, quantity: 3 })).toBe(8);
    const head = (quantity: number): number | undefined => {
      const table = new OrderTable();
      const book = new Book(1, table);
      const batch = batchOf([BID, other, { kind: 'modify', side: 'buy', order: 1, price: 100, quantity }]);
      for (let row = 0; row < batch.count; row++) book.apply(batch, row);
      const level = book.best(0);
      return level && table.low[level.head];
    };
    expect([head(4), head(5), head(6)]).toEqual([1, 2, 2]);
  });
});
