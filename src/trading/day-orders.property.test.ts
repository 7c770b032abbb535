/** The day's orders by ClOrdID, and the duplicate window, against plain lists. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_SHIFT, DayOrder, DayOrders } from './day-orders.ts';
import { RecentOrders } from './recent-orders.ts';

const CAPACITY = 16;

const dayStep = fc.record({
  act: fc.constantFrom('add', 'add', 'add', 'close', 'roll'),
  account: fc.integer({ min: 0, max: 2 }),
  low: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer()),
  high: fc.constantFrom(0, 0, 1, -1),
});

interface Known {
  key: string;
  slot: number;
  live: boolean;
}

describe("the day's orders", () => {
  it('are found by account and ClOrdID until the roll after their end', () => {
    fc.assert(
      fc.property(fc.array(dayStep, { maxLength: 80 }), (steps) => {
        const day = new DayOrders(CAPACITY);
        let known: Known[] = [];
        let slot = 0;
        for (const { act, account, low, high } of steps) {
          const key = `${account}/${low | 0}/${high}`;
          const found = day.find(account, low | 0, high);
          const match = known.find((one) => one.key === key);
          expect(found >= 0).toBe(match !== undefined);
          if (match !== undefined)
            expect(day.words[(found << DAY_SHIFT) + DayOrder.slot]).toBe(match.live ? match.slot : -1);
          expect(day.full).toBe(known.length >= CAPACITY);
          if (act === 'add' && match === undefined && !day.full) {
            day.add(account, low | 0, high, slot, 1);
            known.push({ key, slot: slot++, live: true });
          } else if (act === 'close' && match !== undefined) {
            day.close(found, 2, 5, 100);
            match.live = false;
          } else if (act === 'roll') {
            const renumbered: number[] = [];
            day.roll((of) => renumbered.push(of));
            known = known.filter((one) => one.live);
            expect(renumbered).toEqual(known.map((one) => one.slot));
          }
          expect(day.count).toBe(known.length);
        }
      }),
      { numRuns: 400 },
    );
  });
});

const recentStep = fc.record({
  account: fc.integer({ min: 0, max: 1 }),
  price: fc.integer({ min: 0, max: 3 }),
  pause: fc.integer({ min: 0, max: 6 }),
  window: fc.integer({ min: 1, max: 10 }),
});

describe('the duplicate window', () => {
  it('knows when an equal order was entered last, and forgets from the oldest on', () => {
    fc.assert(
      fc.property(fc.array(recentStep, { maxLength: 120 }), (steps) => {
        const recent = new RecentOrders(CAPACITY);
        const model: { key: string; at: number; until: number }[] = [];
        let now = 0;
        for (const { account, price, pause, window } of steps) {
          now += pause;
          recent.expire(now);
          while (model.length > 0 && model[0].until <= now) model.shift();
          const key = `${account}/${price}`;
          const last = model.findLast((one) => one.key === key);
          expect(recent.lastEqual(account, 2, 10, price)).toBe(last?.at ?? -1);
          expect([recent.count, recent.full]).toEqual([model.length, model.length >= CAPACITY]);
          if (recent.full) continue;
          recent.add(account, 2, 10, price, now, window);
          model.push({ key, at: now, until: now + window });
        }
      }),
      { numRuns: 500 },
    );
  });
});
