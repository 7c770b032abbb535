import { describe, expect, it } from 'vitest';
import { ITCH_MESSAGE_BYTES, ItchDecoder } from './itch.ts';
import { createRecordBatch, PRICE_NONE, RecordFlag, RecordKind, RecordSide, TradingStatus } from './record.ts';
import { itchMessage, join, type ItchField } from './testing.ts';

const TIME_NANOS = 34_200_000_000_123n;
const ORDER = 0x1_0000_0002n;
const MATCH = 0x3_0000_0004n;

function decode(stream: Uint8Array) {
  const decoder = new ItchDecoder();
  const batch = createRecordBatch(64);
  decoder.push(stream);
  return { decoder, batch, result: decoder.read(batch), end: decoder.end() };
}

function message(type: string, fields: readonly ItchField[]): Uint8Array {
  return itchMessage(type, 7, TIME_NANOS, fields);
}

const ADD: ItchField[] = [
  [8, ORDER],
  [1, 'S'],
  [4, 300],
  [8, 'AAPL'],
  [4, 1_852_500],
];

describe('the ITCH decoder', () => {
  it('reads a new order with the fields of every message', () => {
    const { batch, end } = decode(message('A', ADD));
    expect(end.ok).toBe(true);
    expect([batch.count, batch.kind[0], batch.side[0]]).toEqual([1, RecordKind.add, RecordSide.sell]);
    expect([batch.instrument[0], batch.orderHigh[0], batch.orderLow[0]]).toEqual([7, 1, 2]);
    expect([batch.quantity[0], batch.price[0]]).toEqual([300, 1_852_500]);
    expect([batch.timeMicros[0], batch.timeNanosRest[0]]).toEqual([34_200_000_000, 123]);
  });

  it('reads an attributed order like any other', () => {
    const { batch } = decode(
      message('F', [
        [8, ORDER],
        [1, 'B'],
        [4, 5],
        [8, 'MSFT'],
        [4, 90_000],
        [4, 'NITE'],
      ]),
    );
    expect([batch.kind[0], batch.side[0], batch.price[0]]).toEqual([RecordKind.add, RecordSide.buy, 90_000]);
  });

  it('reads executions, with their price and printing where they carry them', () => {
    const { batch } = decode(
      join([
        message('E', [
          [8, ORDER],
          [4, 40],
          [8, MATCH],
        ]),
        message('C', [
          [8, ORDER],
          [4, 60],
          [8, MATCH],
          [1, 'N'],
          [4, 1_850_000],
        ]),
        message('C', [
          [8, ORDER],
          [4, 60],
          [8, MATCH],
          [1, 'Y'],
          [4, 1_850_100],
        ]),
      ]),
    );
    expect([...batch.kind.subarray(0, 3)]).toEqual([RecordKind.execute, RecordKind.execute, RecordKind.execute]);
    expect([...batch.price.subarray(0, 3)]).toEqual([PRICE_NONE, 1_850_000, 1_850_100]);
    expect([...batch.quantity.subarray(0, 3)]).toEqual([40, 60, 60]);
    expect([...batch.flags.subarray(0, 3)]).toEqual([0, RecordFlag.nonPrinting, 0]);
    expect([batch.otherHigh[0], batch.otherLow[0]]).toEqual([3, 4]);
  });

  it('reads reductions, removals and replacements', () => {
    const { batch } = decode(
      join([
        message('X', [
          [8, ORDER],
          [4, 10],
        ]),
        message('D', [[8, ORDER]]),
        message('U', [
          [8, ORDER],
          [8, MATCH],
          [4, 70],
          [4, 1_860_000],
        ]),
      ]),
    );
    expect([...batch.kind.subarray(0, 3)]).toEqual([RecordKind.reduce, RecordKind.remove, RecordKind.replace]);
    expect([...batch.quantity.subarray(0, 3)]).toEqual([10, 0, 70]);
    expect([batch.otherHigh[2], batch.otherLow[2], batch.price[2]]).toEqual([3, 4, 1_860_000]);
  });

  it('reads prints against hidden orders from the aggressor, and prints of auctions without a side', () => {
    const { batch } = decode(
      join([
        message('P', [
          [8, 0],
          [1, 'B'],
          [4, 25],
          [8, 'AAPL'],
          [4, 1_851_000],
          [8, MATCH],
        ]),
        message('Q', [
          [8, 5_000_000_000n],
          [8, 'AAPL'],
          [4, 1_851_500],
          [8, MATCH],
          [1, 'O'],
        ]),
      ]),
    );
    expect([...batch.kind.subarray(0, 2)]).toEqual([RecordKind.trade, RecordKind.trade]);
    expect([...batch.side.subarray(0, 2)]).toEqual([RecordSide.sell, RecordSide.none]);
    expect([...batch.flags.subarray(0, 2)]).toEqual([RecordFlag.hidden, RecordFlag.auction]);
    expect([...batch.quantity.subarray(0, 2)]).toEqual([25, 5_000_000_000]);
    expect([...batch.price.subarray(0, 2)]).toEqual([1_851_000, 1_851_500]);
  });

  it('reads states, session events, imbalances and the directory of symbols', () => {
    const { decoder, batch } = decode(
      join([
        message('S', [[1, 'Q']]),
        message('R', [
          [8, 'AAPL'],
          [20, ' '],
        ]),
        message('H', [
          [8, 'AAPL'],
          [1, 'H'],
          [1, ' '],
          [4, 'T1'],
        ]),
        message('H', [
          [8, 'AAPL'],
          [1, 'T'],
          [1, ' '],
          [4, ''],
        ]),
        message('I', [
          [8, 900],
          [8, 50],
          [1, 'S'],
          [8, 'AAPL'],
          [4, 1],
          [4, 1_849_000],
          [4, 2],
          [1, 'O'],
          [1, 'L'],
        ]),
      ]),
    );
    expect([...batch.kind.subarray(0, batch.count)]).toEqual([
      RecordKind.session,
      RecordKind.status,
      RecordKind.status,
      RecordKind.indicative,
    ]);
    expect(String.fromCodePoint(batch.quantity[0])).toBe('Q');
    expect([batch.quantity[1], batch.quantity[2]]).toEqual([TradingStatus.halted, TradingStatus.trading]);
    expect([batch.side[3], batch.quantity[3], batch.price[3]]).toEqual([RecordSide.sell, 900, 1_849_000]);
    expect(decoder.symbolOf(7)).toBe('AAPL');
  });

  it('steps over every other known type by its length, and over unknown types by their frame', () => {
    const others = Object.entries(ITCH_MESSAGE_BYTES).filter(([type]) => 'YLVWKJhBNO'.includes(type));
    const { decoder, batch } = decode(
      join([
        ...others.map(([type, bytes]) => message(type, [[bytes - 11, 0]])),
        message('z', [[9, 0]]),
        message('A', ADD),
      ]),
    );
    expect(others).toHaveLength(10);
    expect(batch.count).toBe(1);
    expect(decoder.totals).toMatchObject({ records: 1, skipped: 10, unknown: 1 });
  });

  it('takes a length of zero as the end, and nothing after it', () => {
    const closed = join([message('A', ADD), new Uint8Array(2)]);
    expect(decode(closed).end.ok).toBe(true);
    const more = decode(join([closed, message('A', ADD)]));
    expect(more.result.ok && more.result.value).toBe(1);
    expect(!more.end.ok && more.end.error.code).toBe('MARKET_DATA_ITCH_FRAME');
  });

  it.each([
    ['a length that is not its type’s', 'MARKET_DATA_ITCH_FRAME', message('A', [[8, ORDER]])],
    ['an unknown type without a header', 'MARKET_DATA_ITCH_FRAME', Uint8Array.of(0, 3, 0x7a, 0, 0)],
    [
      'a side that is neither',
      'MARKET_DATA_ITCH_FIELD',
      message('A', [
        [8, 1],
        [1, 'X'],
        [4, 1],
        [8, 'A'],
        [4, 1],
      ]),
    ],
    [
      'an unknown state',
      'MARKET_DATA_ITCH_FIELD',
      message('H', [
        [8, 'A'],
        [1, '?'],
        [1, ''],
        [4, ''],
      ]),
    ],
    [
      'a quantity past 2^53',
      'MARKET_DATA_VALUE_RANGE',
      message('Q', [
        [8, 2n ** 60n],
        [8, 'A'],
        [4, 1],
        [8, 1],
        [1, 'O'],
      ]),
    ],
  ])('refuses %s', (_what, code, stream) => {
    const { result } = decode(stream);
    expect(!result.ok && result.error.code).toBe(code);
  });

  it('says that a stream cut in a message is truncated', () => {
    const { end } = decode(message('A', ADD).subarray(0, 20));
    expect(!end.ok && end.error.code).toBe('MARKET_DATA_TRUNCATED');
  });
});
