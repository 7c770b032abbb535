import { describe, expect, it } from 'vitest';
import { LobsterDecoder } from './lobster.ts';
import { createRecordBatch, RecordFlag, RecordKind, RecordSide, TradingStatus } from './record.ts';

function decode(text: string) {
  const decoder = new LobsterDecoder('AAPL');
  const batch = createRecordBatch(64);
  decoder.push(new TextEncoder().encode(text));
  return { decoder, batch, result: decoder.read(batch), end: decoder.end() };
}

describe('the LOBSTER decoder', () => {
  it('reads the fields of a line exactly', () => {
    const { decoder, batch, end } = decode('34713.685155243,1,206833312,100,118600,-1\n');
    expect(end.ok).toBe(true);
    expect([batch.count, batch.kind[0], batch.side[0]]).toEqual([1, RecordKind.add, RecordSide.sell]);
    expect([batch.timeMicros[0], batch.timeNanosRest[0]]).toEqual([34_713_685_155, 243]);
    expect([batch.orderLow[0], batch.quantity[0], batch.price[0]]).toEqual([206_833_312, 100, 118_600]);
    expect(decoder.symbolOf(1)).toBe('AAPL');
  });

  it('gives each event type its kind', () => {
    const lines = [1, 2, 3, 4, 5, 6, 7].map((event) => `1.5,${event},9,10,20,1\n`).join('');
    const { batch } = decode(lines);
    expect([...batch.kind.subarray(0, batch.count)]).toEqual([
      RecordKind.add,
      RecordKind.reduce,
      RecordKind.remove,
      RecordKind.execute,
      RecordKind.trade,
      RecordKind.trade,
      RecordKind.status,
    ]);
    expect([batch.side[4], batch.flags[4], batch.orderLow[4]]).toEqual([RecordSide.sell, RecordFlag.hidden, 0]);
    expect([batch.side[5], batch.flags[5]]).toEqual([RecordSide.none, RecordFlag.auction]);
  });

  it('reads halts, and the resumption of quoting and of trading', () => {
    const { batch } = decode('1.0,7,0,0,-1,-1\n2.0,7,0,0,0,-1\n3.0,7,0,0,1,-1\n');
    expect([...batch.quantity.subarray(0, 3)]).toEqual([
      TradingStatus.halted,
      TradingStatus.quoting,
      TradingStatus.trading,
    ]);
  });

  it('reads times without a fraction, with a short one, and with more digits than nanoseconds', () => {
    const { batch } = decode('7,1,1,1,1,1\n7.25,1,1,1,1,1\n7.123456789999,1,1,1,1,1\r\n\n');
    expect([...batch.timeMicros.subarray(0, 3)]).toEqual([7_000_000, 7_250_000, 7_123_456]);
    expect(batch.timeNanosRest[2]).toBe(789);
  });

  it('splits order ids over 2^32 into two words', () => {
    const { batch } = decode('1.0,1,9007199254740991,1,1,1\n');
    expect([batch.orderHigh[0], batch.orderLow[0]]).toEqual([0x1f_ffff, 0xffff_ffff]);
  });

  it.each([
    ['a missing field', '1.0,1,1,1,1\n'],
    ['a field too many', '1.0,1,1,1,1,1,1\n'],
    ['an empty field', '1.0,1,,1,1,1\n'],
    ['a letter', '1.0,1,a,1,1,1\n'],
    ['a float', '1.0,1,1,1.5,1,1\n'],
    ['event type 8', '1.0,8,1,1,1,1\n'],
    ['direction 0', '1.0,1,1,1,1,0\n'],
    ['a negative size', '1.0,1,1,-1,1,1\n'],
    ['a number past 2^53', '1.0,1,99999999999999999,1,1,1\n'],
    ['two dots', '1.0.0,1,1,1,1,1\n'],
    ['the order book file', '585.33,200,585.3,300,585.9\n'],
    ['a line without end', '1'.repeat(300)],
  ])('refuses %s', (_what, text) => {
    const { result } = decode(text);
    expect(!result.ok && result.error.code).toBe('MARKET_DATA_LOBSTER_LINE');
  });

  it('says that a last line without its end is truncated', () => {
    const { end } = decode('1.0,1,1,1,1,1\n2.0,1,1,1');
    expect(!end.ok && end.error.code).toBe('MARKET_DATA_TRUNCATED');
  });
});
