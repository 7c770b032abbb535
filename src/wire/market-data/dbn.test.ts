import { describe, expect, it } from 'vitest';
import { DbnDecoder } from './dbn.ts';
import { createRecordBatch, PRICE_NONE, RecordFlag, RecordKind, RecordSide } from './record.ts';
import { dbnHeader, dbnOtherRecord, dbnRecord, join } from './testing.ts';

const TIME_NANOS = 1_703_548_800_123_456_789n;

/** Decodes a whole stream; the batch holds everything. */
function decode(stream: Uint8Array) {
  const decoder = new DbnDecoder();
  const batch = createRecordBatch(64);
  decoder.push(stream);
  return { decoder, batch, result: decoder.read(batch), end: decoder.end() };
}

describe('the DBN decoder', () => {
  it.each([1, 2, 3])('reads header, symbols and records of version %i', (version) => {
    const { decoder, batch, result, end } = decode(
      join([
        dbnHeader({
          version,
          symbols: ['ESH4', 'NQH4'],
          mappings: [
            ['ESH4', 17_077],
            ['NQH4', 9],
          ],
        }),
        dbnRecord({
          action: 'A',
          side: 'B',
          order: 0xfedc_ba98_7654_3210n,
          price: 4_800_250_000_000n,
          quantity: 6,
          instrument: 17_077,
          timeNanos: TIME_NANOS,
        }),
      ]),
    );
    expect(decoder.metadata).toMatchObject({ version, dataset: 'TEST.MARKET', symbols: ['ESH4', 'NQH4'] });
    expect([decoder.symbolOf(17_077), decoder.symbolOf(9), decoder.symbolOf(5)]).toEqual(['ESH4', 'NQH4', undefined]);
    expect(result).toEqual({ ok: true, value: 1 });
    expect(end.ok).toBe(true);
    expect(batch.kind[0]).toBe(RecordKind.add);
    expect(batch.side[0]).toBe(RecordSide.buy);
    expect([batch.orderHigh[0], batch.orderLow[0]]).toEqual([0xfedc_ba98, 0x7654_3210]);
    expect(batch.price[0]).toBe(4_800_250_000_000);
    expect(batch.quantity[0]).toBe(6);
    expect(batch.instrument[0]).toBe(17_077);
    expect(batch.timeMicros[0]).toBe(1_703_548_800_123_456);
    expect(batch.timeNanosRest[0]).toBe(789);
    expect(batch.flags[0]).toBe(RecordFlag.eventEnd);
  });

  it.each([
    ['A', RecordKind.add],
    ['C', RecordKind.reduce],
    ['M', RecordKind.modify],
    ['T', RecordKind.trade],
    ['F', RecordKind.fill],
    ['R', RecordKind.clear],
    ['N', RecordKind.none],
  ])('gives action %s its kind', (action, kind) => {
    const { batch } = decode(join([dbnHeader({ version: 2 }), dbnRecord({ action, side: 'N', flags: 32 | 4 })]));
    expect([batch.count, batch.kind[0], batch.side[0]]).toEqual([1, kind, RecordSide.none]);
    expect(batch.flags[0]).toBe(RecordFlag.snapshot | RecordFlag.suspect);
  });

  it('steps over records of other types and over send times', () => {
    const { decoder, batch } = decode(
      join([
        dbnHeader({ version: 3, schema: 0xffff, sendTimes: true }),
        dbnOtherRecord(23, 320),
        dbnRecord({ action: 'A', side: 'A', order: 7n, sendTimes: true }),
        dbnOtherRecord(18, 40),
        dbnRecord({ action: 'C', side: 'A', order: 7n, sendTimes: true }),
      ]),
    );
    expect([...batch.kind.subarray(0, batch.count)]).toEqual([RecordKind.add, RecordKind.reduce]);
    expect(decoder.totals).toMatchObject({ records: 2, skipped: 2 });
  });

  it('keeps negative prices exact and marks the one that is not given', () => {
    const { batch } = decode(
      join([
        dbnHeader({ version: 1 }),
        dbnRecord({ action: 'A', side: 'B', price: -37_630_000_001n }),
        dbnRecord({ action: 'R', side: 'N', price: 0x7fff_ffff_ffff_ffffn }),
      ]),
    );
    expect([...batch.price.subarray(0, 2)]).toEqual([-37_630_000_001, PRICE_NONE]);
  });

  it('hands out the records before a fault, and then the fault for ever', () => {
    const stream = join([
      dbnHeader({ version: 1 }),
      dbnRecord({ action: 'A', side: 'B' }),
      dbnRecord({ action: 'Z', side: 'B' }),
    ]);
    const decoder = new DbnDecoder();
    const batch = createRecordBatch(8);
    decoder.push(stream);
    expect(decoder.read(batch)).toEqual({ ok: true, value: 1 });
    for (let round = 0; round < 2; round++) {
      const refused = decoder.read(batch);
      expect(!refused.ok && refused.error.code).toBe('MARKET_DATA_DBN_RECORD');
      expect(!refused.ok && refused.error.detail).toContain(`byte ${stream.length - 56}`);
    }
  });

  const header = dbnHeader({ version: 1 });
  it.each([
    ['a file of another kind', 'MARKET_DATA_DBN_HEADER', new TextEncoder().encode('not a DBN file')],
    ['a version yet to come', 'MARKET_DATA_DBN_VERSION', dbnHeader({ version: 4 })],
    ['version 0', 'MARKET_DATA_DBN_VERSION', dbnHeader({ version: 0 })],
    ['a schema without orders', 'MARKET_DATA_DBN_HEADER', dbnHeader({ version: 2, schema: 3 })],
    ['a header longer than any', 'MARKET_DATA_DBN_HEADER', Uint8Array.of(0x44, 0x42, 0x4e, 1, 255, 255, 255, 255)],
    ['a count that cannot fit', 'MARKET_DATA_DBN_HEADER', patched(header, header.length - 4, 255)],
    ['a record of length 0', 'MARKET_DATA_DBN_RECORD', join([header, new Uint8Array(56)])],
    ['an mbo record that is too short', 'MARKET_DATA_DBN_RECORD', join([header, dbnOtherRecord(160, 48)])],
    [
      'a price past 2^53',
      'MARKET_DATA_VALUE_RANGE',
      join([header, dbnRecord({ action: 'A', side: 'B', price: 2n ** 54n })]),
    ],
    [
      'a time past 2^53 microseconds',
      'MARKET_DATA_VALUE_RANGE',
      join([header, dbnRecord({ action: 'A', side: 'B', timeNanos: 2n ** 64n - 1n })]),
    ],
  ])('refuses %s', (_what, code, stream) => {
    const { result } = decode(stream);
    expect(!result.ok && result.error.code).toBe(code);
  });

  it.each([0, 3, 60, 200])('says that a stream cut after %i bytes is truncated', (bytes) => {
    const stream = join([header, dbnRecord({ action: 'A', side: 'B' })]);
    const { end } = decode(stream.subarray(0, Math.min(bytes, stream.length - 1)));
    expect(!end.ok && end.error.code).toBe('MARKET_DATA_TRUNCATED');
  });
});

function patched(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
}
