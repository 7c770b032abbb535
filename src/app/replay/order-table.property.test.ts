import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_SLOT, OrderTable } from './order-table.ts';

describe('the table of resting orders', () => {
  it('finds exactly the orders that were added and not removed', () => {
    const id = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom(0, 1, 0xffff_ffff), fc.nat({ max: 40 }));
    fc.assert(
      fc.property(fc.array(id, { maxLength: 400 }), (ids) => {
        const table = new OrderTable();
        const model = new Map<string, number>();
        for (const [step, [instrument, high, low]] of ids.entries()) {
          const key = `${instrument} ${high} ${low}`;
          const slot = table.find(instrument, low, high);
          expect(slot === NO_SLOT ? undefined : table.quantity[slot]).toBe(model.get(key));
          if (slot === NO_SLOT) {
            table.add(instrument, low, high, 0, 100, step);
            model.set(key, step);
          } else {
            table.remove(slot);
            model.delete(key);
          }
          expect(table.count).toBe(model.size);
        }
        for (const [key, quantity] of model) {
          const [instrument, high, low] = key.split(' ').map(Number);
          expect(table.quantity[table.find(instrument, low, high)]).toBe(quantity);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('keeps every order while it grows', () => {
    const table = new OrderTable();
    const orders = 20_000;
    for (let low = 0; low < orders; low++) table.add(1, low, low % 7, low & 1, low, low);
    for (let low = 0; low < orders; low += 3) table.remove(table.find(1, low, low % 7));
    for (let low = 0; low < orders; low++) {
      const slot = table.find(1, low, low % 7);
      expect(slot === NO_SLOT ? undefined : table.price[slot]).toBe(low % 3 === 0 ? undefined : low);
    }
    expect(table.count).toBe(orders - Math.ceil(orders / 3));
  });
});
