/** Timers against a sorted list: order of time, then of creation, also after the dead are swept out. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimerKind, Timers } from './timers.ts';

const CAPACITY = 20;

const step = fc.record({
  act: fc.constantFrom('add', 'add', 'add', 'pop', 'sweep'),
  time: fc.integer({ min: 0, max: 12 }),
  subject: fc.integer({ min: 0, max: 9 }),
});

interface Waiting {
  time: number;
  serial: number;
  subject: number;
}

describe('timers', () => {
  it('come due in order of time and then of creation', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const timers = new Timers(CAPACITY);
        let waiting: Waiting[] = [];
        let serial = 0;
        const first = (): Waiting | undefined =>
          waiting.toSorted((left, right) => left.time - right.time || left.serial - right.serial)[0];
        for (const { act, time, subject } of steps) {
          expect(timers.full).toBe(waiting.length >= CAPACITY);
          if (act === 'add' && !timers.full) {
            timers.add(time, TimerKind.orderExpiry, subject, serial);
            waiting.push({ time, serial: serial++, subject });
          } else if (act === 'pop' && waiting.length > 0) {
            const due = first()!;
            expect([timers.next, timers.nextSubject, timers.nextGeneration]).toEqual([
              due.time,
              due.subject,
              due.serial,
            ]);
            timers.removeNext();
            waiting = waiting.filter((one) => one !== due);
          } else if (act === 'sweep') {
            timers.sweep((_kind, of) => of !== subject);
            waiting = waiting.filter((one) => one.subject !== subject);
          }
          expect(timers.count).toBe(waiting.length);
          expect(timers.next).toBe(first()?.time ?? Infinity);
        }
      }),
      { numRuns: 500 },
    );
  });
});
