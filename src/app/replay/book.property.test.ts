import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Book } from './book.ts';
import { OrderTable } from './order-table.ts';
import { batchOf, type TestRecord } from './testing.ts';

interface Plain {
  order: number;
  side: number;
  price: number;
  quantity: number;
}

/** The same book as one list in priority of entry; obvious and slow. */
class PlainBook {
  orders: Plain[] = [];
  orphans = 0;
  duplicates = 0;

  apply({ kind, order = 0, other = 0, price = 0, quantity = 0, side }: TestRecord): void {
    if (kind === 'clear') {
      this.orders = [];
      return;
    }
    const at = this.orders.findIndex((plain) => plain.order === order);
    if (kind === 'add') {
      if (at !== -1) {
        this.duplicates++;
        this.orders.splice(at, 1);
      }
      this.orders.push({ order, side: side === 'buy' ? 0 : 1, price, quantity });
    } else if (at === -1) this.orphans++;
    else this.change(at, kind, other, price, quantity);
  }

  private change(at: number, kind: TestRecord['kind'], other: number, price: number, quantity: number): void {
    const order = this.orders[at];
    if (kind === 'modify') {
      const keeps = price === order.price && quantity < order.quantity;
      if (!keeps) this.orders.push(...this.orders.splice(at, 1));
      Object.assign(order, { price, quantity });
    } else if (kind === 'replace') {
      this.orders.splice(at, 1);
      this.apply({ kind: 'add', order: other, side: order.side === 0 ? 'buy' : 'sell', price, quantity });
    } else {
      order.quantity -= kind === 'remove' ? order.quantity : quantity;
      if (order.quantity <= 0) this.orders.splice(at, 1);
    }
  }

  best(side: number): [price: number, quantity: number, first: number] | undefined {
    const prices = this.orders.filter((order) => order.side === side).map((order) => order.price);
    if (prices.length === 0) return undefined;
    const price = side === 0 ? Math.max(...prices) : Math.min(...prices);
    const level = this.orders.filter((order) => order.side === side && order.price === price);
    return [price, level.reduce((sum, order) => sum + order.quantity, 0), level[0].order];
  }
}

const record: fc.Arbitrary<TestRecord> = fc.record({
  kind: fc.constantFrom('add', 'add', 'add', 'reduce', 'remove', 'modify', 'replace', 'execute', 'clear'),
  side: fc.constantFrom('buy', 'sell'),
  order: fc.integer({ min: 1, max: 30 }),
  other: fc.integer({ min: 1, max: 30 }),
  price: fc.integer({ min: -5, max: 5 }),
  quantity: fc.integer({ min: 1, max: 9 }),
});

describe('the rebuilt book', () => {
  it('is the book that a plain list of orders makes, after any records', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 120 }), (records) => {
        const table = new OrderTable();
        const book = new Book(1, table);
        const plain = new PlainBook();
        for (const [row, step] of records.entries()) {
          book.apply(batchOf(records), row);
          plain.apply(step);
          for (const side of [0, 1]) {
            const level = book.best(side);
            const seen = level && [level.price, level.quantity, table.low[level.head]];
            expect(seen).toEqual(plain.best(side));
          }
          expect(table.count).toBe(plain.orders.length);
        }
        expect(book.tally).toMatchObject({ orphans: plain.orphans, duplicates: plain.duplicates });
        for (const { order, quantity } of plain.orders) expect(book.displayed(order, 0)).toBe(quantity);
        const bids = plain.orders.filter((order) => order.side === 0);
        expect(book.depth(0)).toBe(new Set(bids.map((order) => order.price)).size);
        expect(book.quantityWithin(0, 99)).toBe(bids.reduce((sum, order) => sum + order.quantity, 0));
      }),
      { numRuns: 300 },
    );
  });
});
