/** The pair table against a Map, with a capacity small enough that probes run into each other. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PairTable } from './pair-table.ts';

const CAPACITY = 12;

const key = fc.tuple(fc.integer({ min: 0, max: 5 }), fc.constantFrom(-(2 ** 31), -1, 0, 1, 2, 3, 2 ** 31 - 1));
const step = fc.record({ act: fc.constantFrom('set', 'set', 'remove'), key, value: fc.integer() });

describe('a pair table', () => {
  it('remembers what a Map remembers, and refuses what is over its capacity', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const table = new PairTable('test', CAPACITY);
        const model = new Map<string, number>();
        for (const { act, key: pair, value } of steps) {
          const name = pair.join('/');
          if (act === 'set') {
            const fits = model.has(name) || model.size < CAPACITY;
            expect(table.set(...pair, value | 0)).toBe(fits);
            if (fits) model.set(name, value | 0);
          } else {
            table.remove(...pair);
            model.delete(name);
          }
          expect(table.size).toBe(model.size);
        }
        for (let first = 0; first <= 5; first++) {
          for (const second of [-(2 ** 31), -1, 0, 1, 2, 3, 2 ** 31 - 1]) {
            expect(table.get(first, second, 12_345)).toBe(model.get(`${first}/${second}`) ?? 12_345);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
