/** Rows of orders: they outlive the engine's slots, and a living order is never overwritten. */
import { describe, expect, it } from 'vitest';
import { Rng } from '#kit/rng.ts';
import { OrderTable } from './order-table.ts';

describe('the table of orders', () => {
  it('still tells an order apart after the engine has used its slot again', () => {
    const orders = new OrderTable();
    const first = orders.take(7, 1);
    orders.price[first] = 49_785;
    orders.end(first);
    const second = orders.take(7, 2);
    orders.price[second] = 12_847;
    expect(second).not.toBe(first);
    expect([orders.slot[first], orders.generation[first], orders.price[first]]).toEqual([7, 1, 49_785]);
    expect(orders.find(7, 1)).toBe(-1);
    expect(orders.find(7, 2)).toBe(second);
  });

  it('finds every living order through many rounds of rows, and none that ended', () => {
    const orders = new OrderTable();
    const rng = new Rng(5);
    const living = new Map<number, { generation: number; row: number }>();
    const generations = new Map<number, number>();
    let lost = 0;
    for (let step = 0; step < 600_000; step++) {
      const slot = rng.int(9000);
      const known = living.get(slot);
      if (known === undefined) {
        const generation = (generations.get(slot) ?? 0) + 1;
        generations.set(slot, generation);
        living.set(slot, { generation, row: orders.take(slot, generation) });
        continue;
      }
      if (orders.find(slot, known.generation) !== known.row) lost++;
      // A few stay for ever: the rows of the others go round beneath them.
      if (slot < 50) continue;
      orders.end(known.row);
      living.delete(slot);
      if (orders.find(slot, known.generation) !== -1) lost++;
    }
    expect(lost).toBe(0);
    expect(living.size).toBeGreaterThan(50);
  });

  it('has no row for a slot that no engine has', () => {
    const orders = new OrderTable();
    expect([orders.take(-1, 1), orders.take(1 << 24, 1), orders.find(-1, 1), orders.find(1 << 24, 1)]).toEqual([
      -1, -1, -1, -1,
    ]);
  });
});
