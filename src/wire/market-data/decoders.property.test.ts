import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DbnDecoder } from './dbn.ts';
import type { RecordDecoder } from './decoder.ts';
import { errorCatalogue } from '#kit/errors.ts';
import { ItchDecoder } from './itch.ts';
import { LobsterDecoder } from './lobster.ts';
import { createRecordBatch, type RecordBatch } from './record.ts';
import { dbnHeader, dbnRecord, itchMessage, itchSide, join, lobsterLine } from './testing.ts';

const READS_MAX = 100_000;

/** Everything a stream yields, cut into chunks of the given sizes: rows as text, and the code it ended with. */
function outcome(decoder: RecordDecoder, stream: Uint8Array, chunkBytes: readonly number[], capacity: number) {
  const batch = createRecordBatch(capacity);
  const rows: string[] = [];
  let at = 0;
  for (let turn = 0; at < stream.length; turn++) {
    const bytes = chunkBytes[turn % chunkBytes.length];
    decoder.push(stream.subarray(at, at + bytes));
    at += bytes;
    for (let reads = 0; ; reads++) {
      expect(reads).toBeLessThan(READS_MAX);
      const result = decoder.read(batch);
      if (!result.ok) return { rows, code: result.error.code };
      if (result.value === 0) break;
      for (let row = 0; row < batch.count; row++) rows.push(rowText(batch, row));
    }
  }
  const end = decoder.end();
  return { rows, code: end.ok ? 'complete' : end.error.code };
}

function rowText(batch: RecordBatch, row: number): string {
  return [
    batch.kind[row],
    batch.side[row],
    batch.flags[row],
    batch.instrument[row],
    batch.orderHigh[row],
    batch.orderLow[row],
    batch.otherHigh[row],
    batch.otherLow[row],
    batch.price[row],
    batch.quantity[row],
    batch.timeMicros[row],
    batch.timeNanosRest[row],
  ].join(' ');
}

const order = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const side = fc.constantFrom(0, 1);
const quantity = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const time = fc.bigInt({ min: 0n, max: 2n ** 46n });

const dbnStream = fc
  .tuple(
    fc.constantFrom(1, 2, 3),
    fc.array(fc.tuple(fc.constantFrom('A', 'C', 'M', 'T', 'F', 'R', 'N'), side, order, quantity, time), {
      maxLength: 30,
    }),
  )
  .map(([version, records]) =>
    join([
      dbnHeader({ version, symbols: ['ESH4'], mappings: [['ESH4', 3]] }),
      ...records.map(([action, s, id, size, timeNanos]) =>
        dbnRecord({ action, side: s === 0 ? 'B' : 'A', order: id, quantity: size, price: BigInt(size), timeNanos }),
      ),
    ]),
  );

const itchStream = fc
  .array(fc.tuple(fc.constantFrom('A', 'E', 'X', 'D', 'U', 'S', 'B'), side, order, quantity, time), { maxLength: 30 })
  .map((messages) =>
    join(
      messages.map(([type, s, id, size, timeNanos]) => {
        switch (type) {
          case 'A':
            return itchMessage('A', 3, timeNanos, [
              [8, id],
              [1, itchSide(s)],
              [4, size],
              [8, 'AAPL'],
              [4, size],
            ]);
          case 'E':
            return itchMessage('E', 3, timeNanos, [
              [8, id],
              [4, size],
              [8, 1],
            ]);
          case 'X':
            return itchMessage('X', 3, timeNanos, [
              [8, id],
              [4, size],
            ]);
          case 'D':
          case 'B':
            return itchMessage(type, 3, timeNanos, [[8, id]]);
          case 'U':
            return itchMessage('U', 3, timeNanos, [
              [8, id],
              [8, 9n],
              [4, size],
              [4, size],
            ]);
          case 'S':
            return itchMessage('S', 0, timeNanos, [[1, 'O']]);
        }
      }),
    ),
  );

const lobsterStream = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 7 }), side, fc.maxSafeNat(), quantity, time), { maxLength: 30 })
  .map((lines) =>
    new TextEncoder().encode(
      lines
        .map(([event, s, id, size, timeNanos]) => lobsterLine(timeNanos / 64n, event, id, size, size, s * 2 - 1))
        .join(''),
    ),
  );

describe.each([
  ['DBN', () => new DbnDecoder(), dbnStream],
  ['ITCH', () => new ItchDecoder(), itchStream],
  ['LOBSTER', () => new LobsterDecoder('AAPL'), lobsterStream],
] as const)('the %s decoder', (_name, create, streams) => {
  it('gives the same records however the bytes are cut', () => {
    fc.assert(
      fc.property(
        streams,
        fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 }),
        (stream, chunks) => {
          const whole = outcome(create(), stream, [Math.max(stream.length, 1)], 64);
          expect(outcome(create(), stream, chunks, 7)).toEqual(whole);
          expect(outcome(create(), stream, [1], 1)).toEqual(whole);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('reads every generated stream to its end', () => {
    fc.assert(
      fc.property(streams, (stream) => {
        if (stream.length > 0) expect(outcome(create(), stream, [64], 16).code).toBe('complete');
      }),
      { numRuns: 200 },
    );
  });

  it('answers damage and truncation with a code of the catalogue or with records, never with an exception', () => {
    const codes = new Set(['complete', ...errorCatalogue().map((kind) => kind.code)]);
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(streams, damage, fc.nat(), fc.integer({ min: 1, max: 90 }), (stream, patches, cut, chunk) => {
        const damaged = stream.slice(0, stream.length === 0 ? 0 : 1 + (cut % stream.length));
        if (damaged.length === 0) return;
        for (const [at, value] of patches) damaged[at % damaged.length] = value;
        expect(codes).toContain(outcome(create(), damaged, [chunk], 16).code);
      }),
      { numRuns: 2000 },
    );
  });

  it('survives noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 400 }), (noise) => {
        expect(typeof outcome(create(), noise, [32], 16).code).toBe('string');
      }),
      { numRuns: 500 },
    );
  });
});
