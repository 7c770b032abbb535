import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DbnDecoder } from './dbn.ts';
import { compressionOf, createDecoder, formatOf, hintsFromName } from './format.ts';
import { ItchDecoder } from './itch.ts';
import { LobsterDecoder } from './lobster.ts';
import { dbnHeader, itchMessage, lobsterLine } from './testing.ts';

describe('the format of a recording', () => {
  it.each([
    ['dbn', dbnHeader({ version: 1 })],
    ['itch', itchMessage('S', 0, 1n, [[1, 'O']])],
    ['lobster', new TextEncoder().encode(lobsterLine(34_200_000_000_000n, 1, 5, 10, 100, 1))],
  ])('is told by its first bytes: %s', (format, bytes) => {
    expect(formatOf(bytes)).toEqual({ ok: true, value: format });
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['a web page', new TextEncoder().encode('<!doctype html>')],
    ['a table of prices', new TextEncoder().encode('time,price,size\n')],
  ])('is refused for %s', (_what, bytes) => {
    const format = formatOf(bytes);
    expect(!format.ok && format.error.code).toBe('MARKET_DATA_FORMAT_UNKNOWN');
  });

  it('sees compression by its magic number', () => {
    const plain = dbnHeader({ version: 1 });
    expect(compressionOf(plain)).toBe('none');
    expect(compressionOf(zstdCompressSync(plain))).toBe('zstd');
    expect(compressionOf(Uint8Array.of(0x5a, 0x2a, 0x4d, 0x18))).toBe('zstd');
    expect(compressionOf(gzipSync(plain))).toBe('gzip');
  });

  it('has a decoder each', () => {
    const hints = hintsFromName('anything');
    expect(createDecoder('dbn', hints)).toBeInstanceOf(DbnDecoder);
    expect(createDecoder('itch', hints)).toBeInstanceOf(ItchDecoder);
    expect(createDecoder('lobster', hints)).toBeInstanceOf(LobsterDecoder);
  });
});

describe('the name of a recording', () => {
  it('tells the symbol and day of a LOBSTER file', () => {
    expect(hintsFromName('AAPL_2012-06-21_34200000_57600000_message_10.csv')).toEqual({
      symbol: 'AAPL',
      dayStartMicros: Date.UTC(2012, 5, 21) * 1000,
    });
  });

  it('tells the day of an ITCH file, and nothing where it follows no custom', () => {
    expect(hintsFromName('01302020.NASDAQ_ITCH50.gz').dayStartMicros).toBe(Date.UTC(2020, 0, 30) * 1000);
    expect(hintsFromName('tape.bin')).toEqual({ symbol: undefined, dayStartMicros: undefined });
  });
});
