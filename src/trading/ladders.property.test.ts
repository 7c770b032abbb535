/** Price ladders against a plain list of orders, over the whole range of prices. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ladders } from './ladders.ts';
import { ORDER_SHIFT, Order, OrderStore } from './order-store.ts';

const SLOTS = 24;
const LEAVES = 12;

/** Prices that share leaves, are neighbours of leaves, or lie as far apart as prices can. */
const price = fc.oneof(
  fc.integer({ min: 1, max: 100 }),
  fc.integer({ min: 1_000_000, max: 1_000_100 }),
  fc.constantFrom(1, 31, 32, 33, 2 ** 20, 2 ** 25, 2 ** 31 - 2, 2 ** 31 - 1),
  fc.integer({ min: 1, max: 2 ** 31 - 1 }),
);

const step = fc.record({
  act: fc.constantFrom('append', 'append', 'append', 'remove', 'tail'),
  slot: fc.integer({ min: 0, max: SLOTS - 1 }),
  ladder: fc.integer({ min: 0, max: 7 }),
  ticks: price,
  displayed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
});

interface Entry {
  slot: number;
  ladder: number;
  ticks: number;
  displayed: number;
}

function leavesOf(entries: readonly Entry[]): number {
  return new Set(entries.map(({ ladder, ticks }) => `${ladder}/${ticks >>> 5}`)).size;
}

/** Levels of a ladder from the best on, each with its queue and displayed quantity. */
function walk(ladders: Ladders, orders: OrderStore, ladder: number): [number, number[], number][] {
  const found: [number, number[], number][] = [];
  let level = ladders.best(ladder) === 0 ? -1 : ladders.bestLevel(ladder);
  for (; level >= 0; level = ladders.nextLevel(level)) {
    const queue: number[] = [];
    for (let slot = ladders.head(level); slot >= 0; slot = orders.words[(slot << ORDER_SHIFT) + Order.next]) {
      queue.push(slot);
    }
    expect(ladders.count(level)).toBe(queue.length);
    expect(ladders.find(ladder, ladders.priceOf(level))).toBe(level);
    found.push([ladders.priceOf(level), queue, ladders.quantities[level]]);
  }
  return found;
}

function expected(entries: readonly Entry[], ladder: number): [number, number[], number][] {
  const mine = entries.filter((entry) => entry.ladder === ladder);
  const rises = (ladder & 3) === 1 || (ladder & 3) === 2;
  const prices = [...new Set(mine.map((entry) => entry.ticks))].toSorted((left, right) =>
    rises ? left - right : right - left,
  );
  return prices.map((ticks) => {
    const level = mine.filter((entry) => entry.ticks === ticks);
    return [ticks, level.map((entry) => entry.slot), level.reduce((sum, entry) => sum + entry.displayed, 0)];
  });
}

describe('price ladders', () => {
  it('hold every order at its price, best price first, first come first, and never more leaves than allowed', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const orders = new OrderStore(SLOTS);
        const ladders = new Ladders(2, LEAVES, orders);
        let entries: Entry[] = [];
        for (const { act, slot, ladder, ticks, displayed } of steps) {
          const known = entries.find((entry) => entry.slot === slot);
          if (act === 'append' && known === undefined) {
            const fits = leavesOf([...entries, { slot, ladder, ticks, displayed }]) <= LEAVES;
            expect(ladders.hasRoom(ladder, ticks)).toBe(fits);
            if (!fits) continue;
            orders.words[(slot << ORDER_SHIFT) + Order.displayed] = displayed;
            ladders.append(ladder, ticks, slot, displayed);
            entries.push({ slot, ladder, ticks, displayed });
          } else if (act === 'remove' && known !== undefined) {
            ladders.remove(slot);
            entries = entries.filter((entry) => entry !== known);
          } else if (act === 'tail' && known !== undefined) {
            ladders.moveToTail(slot);
            entries = [...entries.filter((entry) => entry !== known), known];
          }
          expect(ladders.room).toBe(LEAVES - leavesOf(entries));
        }
        for (let ladder = 0; ladder < 8; ladder++) {
          expect(walk(ladders, orders, ladder)).toEqual(expected(entries, ladder));
        }
      }),
      { numRuns: 400 },
    );
  });
});
