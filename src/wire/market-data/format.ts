/**
 * Tells a recording's compression and format from its first bytes, and what its name says about it.
 * Never trusts the name for what the bytes can tell.
 */
import { CodedError } from '#kit/errors.ts';
import { err, ok, type Result } from '#kit/result.ts';
import { DbnDecoder } from './dbn.ts';
import type { RecordDecoder } from './decoder.ts';
import { marketDataErrors } from './errors.ts';
import { ItchDecoder, ITCH_MESSAGE_BYTES } from './itch.ts';
import { LobsterDecoder } from './lobster.ts';

export type Compression = 'none' | 'zstd' | 'gzip';
export type RecordingFormat = 'dbn' | 'itch' | 'lobster';

/** Bytes that `compressionOf` and `formatOf` want to see; fewer are enough for a shorter file. */
export const FORMAT_PEEK_BYTES = 64;

/** How the bytes are compressed, from the magic number they begin with. */
export function compressionOf(bytes: Uint8Array): Compression {
  const [a, b, c, d] = bytes;
  // A zstd stream may begin with a skippable frame: 0x184D2A50 to 0x184D2A5F.
  if (b === 0xb5 && a === 0x28 && c === 0x2f && d === 0xfd) return 'zstd';
  if ((a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18) return 'zstd';
  return a === 0x1f && b === 0x8b ? 'gzip' : 'none';
}

/** The format of plain (decompressed) bytes; MARKET_DATA_FORMAT_UNKNOWN when it is none of the three. */
export function formatOf(bytes: Uint8Array): Result<RecordingFormat, CodedError> {
  const text = String.fromCodePoint(...bytes.subarray(0, FORMAT_PEEK_BYTES));
  if (text.startsWith('DBN')) return ok('dbn');
  if (bytes.length > 2 && ITCH_MESSAGE_BYTES[text.charAt(2)] === bytes[0] * 256 + bytes[1]) return ok('itch');
  if (/^\d+(?:\.\d+)?,[1-7],\d/.test(text)) return ok('lobster');
  return err(new CodedError(marketDataErrors.MARKET_DATA_FORMAT_UNKNOWN));
}

/** What a file's name tells that its content does not. */
export interface NameHints {
  readonly symbol: string | undefined;
  /** Midnight of the file's day, microseconds since the epoch; undefined where the name has no date. */
  readonly dayStartMicros: number | undefined;
}

/** Reads `AAPL_2012-06-21_…_message_10.csv` and `01302020.NASDAQ_ITCH50`. */
export function hintsFromName(fileName: string): NameHints {
  const lobster = /^([A-Za-z.]{1,16})_(\d{4})-(\d\d)-(\d\d)_/.exec(fileName);
  if (lobster !== null) {
    const [, symbol, year, month, day] = lobster;
    return { symbol, dayStartMicros: midnight(year, month, day) };
  }
  const itch = /^(\d\d)(\d\d)(\d{4})\.NASDAQ_ITCH50/i.exec(fileName);
  if (itch === null) return { symbol: undefined, dayStartMicros: undefined };
  const [, month, day, year] = itch;
  return { symbol: undefined, dayStartMicros: midnight(year, month, day) };
}

function midnight(year: string, month: string, day: string): number {
  return Date.UTC(Number(year), Number(month) - 1, Number(day)) * 1000;
}

/** Creates the decoder of a format. */
export function createDecoder(format: RecordingFormat, hints: NameHints): RecordDecoder {
  switch (format) {
    case 'dbn':
      return new DbnDecoder();
    case 'itch':
      return new ItchDecoder();
    case 'lobster':
      return new LobsterDecoder(hints.symbol);
  }
}
