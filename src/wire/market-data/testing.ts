/**
 * Writes recordings in the three formats, for tests: what the decoders read is generated, never copied from a vendor.
 * Only tests may import this.
 */
import { RecordSide } from './record.ts';

export interface DbnHeaderFields {
  readonly version: number;
  readonly schema?: number;
  readonly sendTimes?: boolean;
  readonly symbols?: readonly string[];
  /** Raw symbol and instrument number of each mapping. */
  readonly mappings?: readonly (readonly [symbol: string, instrument: number])[];
}

const DBN_START_DATE = 20_240_102;

/** A DBN metadata header; version 3 is padded to a multiple of eight bytes. */
export function dbnHeader(fields: DbnHeaderFields): Uint8Array {
  const { version, schema = 0, sendTimes = false, symbols = [], mappings = [] } = fields;
  const symbolBytes = version === 1 ? 22 : 71;
  const parts: Uint8Array[] = [
    ascii('TEST.MARKET', 16),
    little(2, schema),
    new Uint8Array(version === 1 ? 32 : 24),
    Uint8Array.of(1, 0, sendTimes ? 1 : 0),
    version === 1 ? new Uint8Array(47) : join([little(2, symbolBytes), new Uint8Array(53)]),
    little(4, 0),
    little(4, symbols.length),
    ...symbols.map((symbol) => ascii(symbol, symbolBytes)),
    little(4, 0),
    little(4, 0),
    little(4, mappings.length),
  ];
  for (const [symbol, instrument] of mappings) {
    parts.push(ascii(symbol, symbolBytes), little(4, 1), little(4, DBN_START_DATE), little(4, DBN_START_DATE + 1));
    parts.push(ascii(String(instrument), symbolBytes));
  }
  let body = join(parts);
  if (version === 3) body = join([body, new Uint8Array((8 - (body.length % 8)) % 8)]);
  return join([ascii('DBN', 3), Uint8Array.of(version), little(4, body.length), body]);
}

export interface DbnRecordFields {
  readonly action: string;
  readonly side: string;
  readonly order?: bigint;
  /** Units of 10^-9. */
  readonly price?: bigint;
  readonly quantity?: number;
  readonly instrument?: number;
  readonly timeNanos?: bigint;
  readonly flags?: number;
  readonly sendTimes?: boolean;
}

/** A DBN market-by-order record: 56 bytes, or 64 with the send time. */
export function dbnRecord(fields: DbnRecordFields): Uint8Array {
  const bytes = new Uint8Array(fields.sendTimes === true ? 64 : 56);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, bytes.length / 4);
  view.setUint8(1, 160);
  view.setUint16(2, 1, true);
  view.setUint32(4, fields.instrument ?? 1, true);
  view.setBigUint64(8, fields.timeNanos ?? 0n, true);
  view.setBigUint64(16, fields.order ?? 0n, true);
  view.setBigInt64(24, fields.price ?? 0n, true);
  view.setUint32(32, fields.quantity ?? 0, true);
  view.setUint8(36, fields.flags ?? 128);
  view.setUint8(38, fields.action.charCodeAt(0));
  view.setUint8(39, fields.side.charCodeAt(0));
  return bytes;
}

/** Any other DBN record: a header of the given type and a body of zeros, `bytes` long in all. */
export function dbnOtherRecord(type: number, bytes: number): Uint8Array {
  const record = new Uint8Array(bytes);
  record[0] = bytes / 4;
  record[1] = type;
  return record;
}

/** One field of an ITCH message: its width in bytes and its value; a text is padded with blanks. */
export type ItchField = readonly [bytes: number, value: number | bigint | string];

/** An ITCH message with its two-byte length: type, stock locate, time since midnight, then the given fields. */
export function itchMessage(type: string, locate: number, timeNanos: bigint, fields: readonly ItchField[]): Uint8Array {
  const body = join([
    ascii(type, 1),
    big(2, BigInt(locate)),
    big(2, 0n),
    big(6, timeNanos),
    ...fields.map(([bytes, value]) =>
      typeof value === 'string' ? blankPadded(value, bytes) : big(bytes, BigInt(value)),
    ),
  ]);
  return join([big(2, BigInt(body.length)), body]);
}

export function itchSide(side: number): string {
  return side === RecordSide.buy ? 'B' : 'S';
}

/** A line of a LOBSTER message file, newline included. */
export function lobsterLine(
  timeNanos: bigint,
  event: number,
  order: number,
  quantity: number,
  price: number,
  direction: number,
): string {
  const seconds = timeNanos / 1_000_000_000n;
  const nanos = String(timeNanos % 1_000_000_000n).padStart(9, '0');
  return `${seconds}.${nanos},${event},${order},${quantity},${price},${direction}\n`;
}

/** Concatenates. */
export function join(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function ascii(text: string, bytes: number): Uint8Array {
  const field = new Uint8Array(bytes);
  for (let index = 0; index < text.length; index++) field[index] = text.charCodeAt(index);
  return field;
}

function blankPadded(text: string, bytes: number): Uint8Array {
  return ascii(text.padEnd(bytes), bytes);
}

function little(bytes: number, value: number): Uint8Array {
  const field = new Uint8Array(bytes);
  for (let index = 0; index < bytes; index++) field[index] = Math.floor(value / 256 ** index) % 256;
  return field;
}

function big(bytes: number, value: bigint): Uint8Array {
  const field = new Uint8Array(bytes);
  for (let index = 0; index < bytes; index++) field[bytes - 1 - index] = Number((value >> BigInt(8 * index)) & 0xffn);
  return field;
}
