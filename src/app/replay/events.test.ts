import { describe, expect, it } from 'vitest';
import { EventGrouper } from './events.ts';
import { batchOf, type TestRecord } from './testing.ts';

const END = ['eventEnd'] as const;

/** The orders of each event that a stream of records falls into. */
function grouped(records: readonly TestRecord[], marksEvents: boolean): number[][] {
  const grouper = new EventGrouper(marksEvents);
  const batch = batchOf(records);
  const events: number[][] = [];
  for (let row = 0; row < batch.count; row++) {
    const event = grouper.add(batch, row);
    if (event !== undefined) events.push([...event.orderLow.subarray(0, event.count)]);
  }
  for (const event of grouper.flush()) events.push([...event.orderLow.subarray(0, event.count)]);
  return events;
}

describe('events with marked ends', () => {
  it('end where the source says, each instrument for itself', () => {
    expect(
      grouped(
        [
          { kind: 'trade', order: 1 },
          { kind: 'trade', order: 2, instrument: 2 },
          { kind: 'fill', order: 3 },
          { kind: 'reduce', order: 4, instrument: 2, flags: END },
          { kind: 'reduce', order: 5, flags: END },
          { kind: 'add', order: 6, flags: END },
          { kind: 'add', order: 7, instrument: 2 },
        ],
        true,
      ),
    ).toEqual([[2, 4], [1, 3, 5], [6], [7]]);
  });

  it('are single records within a snapshot', () => {
    const flags = ['snapshot'] as const;
    expect(
      grouped(
        [
          { kind: 'add', order: 1, flags },
          { kind: 'add', order: 2, flags },
          { kind: 'add', order: 3 },
          { kind: 'add', order: 4, flags: END },
        ],
        true,
      ),
    ).toEqual([[1], [2], [3, 4]]);
  });

  it('may hold many records', () => {
    const many = Array.from({ length: 1000 }, (_, at): TestRecord => ({ kind: 'fill', order: at + 1 }));
    const [event] = grouped([...many, { kind: 'none', order: 1001, flags: END }], true);
    expect(event).toEqual(Array.from({ length: 1001 }, (_, at) => at + 1));
  });

  it('are refused past their bound', () => {
    const grouper = new EventGrouper(true);
    const batch = batchOf([{ kind: 'fill', order: 1 }]);
    expect(() => {
      for (let at = 0; at <= 65_536; at++) grouper.add(batch, 0);
    }).toThrow('One event of the venue has more records');
  });
});

describe('events without marks', () => {
  it('are the records of one moment and one instrument', () => {
    expect(
      grouped(
        [
          { kind: 'execute', order: 1, timeMicros: 5 },
          { kind: 'execute', order: 2, timeMicros: 5 },
          { kind: 'execute', order: 3, timeMicros: 5, instrument: 2 },
          { kind: 'execute', order: 4, timeMicros: 6, instrument: 2 },
          { kind: 'add', order: 5, timeMicros: 6, instrument: 2 },
        ],
        false,
      ),
    ).toEqual([[1, 2], [3], [4, 5]]);
  });
});
