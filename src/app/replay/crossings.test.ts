import { describe, expect, it } from 'vitest';
import { TradingStatus } from '#wire/market-data/record.ts';
import { Rebuild } from './rebuild.ts';
import { batchOf, type TestRecord } from './testing.ts';

const END = ['eventEnd'] as const;
const BID: TestRecord = { kind: 'add', side: 'buy', order: 1, price: 100, quantity: 5, flags: END, timeMicros: 1 };
const ASK: TestRecord = { kind: 'add', side: 'sell', order: 2, price: 99, quantity: 5, flags: END, timeMicros: 2 };
const UNCROSS: TestRecord = { kind: 'trade', price: 99, quantity: 5, timeMicros: 3 };
const GONE: TestRecord[] = [
  { kind: 'remove', order: 1, timeMicros: 3 },
  { kind: 'remove', order: 2, timeMicros: 3, flags: END },
];

function totals(records: readonly TestRecord[], marksEvents = true) {
  const rebuild = new Rebuild({ marksEvents, wanted: () => true });
  rebuild.advance(batchOf(records));
  rebuild.finish();
  const { crossedAtBoundary, crossedInAuction, boundaries } = rebuild.totals();
  return { crossedAtBoundary, crossedInAuction, boundaries };
}

describe('a crossed book', () => {
  it('belongs to an auction when a print without an aggressor ends it', () => {
    expect(totals([BID, ASK, UNCROSS, ...GONE])).toEqual({ crossedAtBoundary: 0, crossedInAuction: 1, boundaries: 3 });
  });

  it('is a fault when continuous trading follows, or nothing', () => {
    expect(totals([BID, ASK, { ...UNCROSS, side: 'buy' }, ...GONE]).crossedAtBoundary).toBe(1);
    expect(totals([BID, ASK]).crossedAtBoundary).toBe(1);
  });

  it('is looked at only where an event ends', () => {
    expect(totals([BID, { ...ASK, flags: [] }, { kind: 'remove', order: 1, flags: END, timeMicros: 2 }])).toEqual({
      crossedAtBoundary: 0,
      crossedInAuction: 0,
      boundaries: 2,
    });
    const moment: TestRecord[] = [BID, ASK, { kind: 'remove', order: 1, timeMicros: 2 }];
    expect(totals(moment, false).crossedAtBoundary).toBe(0);
    expect(totals([...moment.slice(0, 2), { kind: 'remove', order: 1, timeMicros: 3 }], false).crossedAtBoundary).toBe(
      1,
    );
  });

  it('is what the source says it is, where it tells the state of the market', () => {
    const status = (quantity: number): TestRecord => ({ kind: 'status', quantity, flags: END });
    expect(totals([status(TradingStatus.quoting), BID, ASK])).toMatchObject({
      crossedAtBoundary: 0,
      crossedInAuction: 1,
    });
    expect(totals([status(TradingStatus.trading), BID, ASK, UNCROSS, ...GONE])).toMatchObject({
      crossedAtBoundary: 1,
    });
  });

  it('is not looked at inside a snapshot', () => {
    const snapshot = ['snapshot'] as const;
    expect(totals([{ ...BID, flags: snapshot }, { ...ASK, flags: snapshot }, ...GONE]).crossedAtBoundary).toBe(0);
  });
});
