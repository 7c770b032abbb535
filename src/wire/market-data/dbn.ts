/**
 * Databento Binary Encoding, versions 1 to 3: market-by-order records; other record types are stepped over.
 * Takes plain bytes (decompression is the caller's), never more of them than one chunk and one record.
 */
import { CodedError } from '#kit/errors.ts';
import type { ErrorKind } from '#kit/errors.ts';
import { err, ok, type Result } from '#kit/result.ts';
import {
  DBN_PREFIX_BYTES,
  DBN_SCHEMA_MBO,
  DBN_SCHEMA_MIXED,
  readDbnMetadata,
  readDbnPrefix,
  type DbnMetadata,
} from './dbn-metadata.ts';
import { ByteWindow, type DecoderTotals, type RecordDecoder } from './decoder.ts';
import { marketDataErrors } from './errors.ts';
import { PRICE_NONE, RecordFlag, RecordKind, RecordSide, type RecordBatch } from './record.ts';

/** Offsets in a market-by-order record; the length in the first byte counts words of four bytes. */
const Mbo = {
  length: 0,
  recordType: 1,
  instrument: 4,
  eventTime: 8,
  order: 16,
  price: 24,
  quantity: 32,
  flags: 36,
  action: 38,
  side: 39,
} as const;
const MBO_BYTES = 56;
const MBO_RECORD_TYPE = 160;
const HEADER_BYTES = 16;

const DBN_FLAG_LAST = 128;
const DBN_FLAG_SNAPSHOT = 32;
const DBN_FLAG_MAYBE_BAD_BOOK = 4;

/** DBN's action character to the kind of record; 0 for a character it does not define. */
const KIND_OF_ACTION = new Uint8Array(256);
KIND_OF_ACTION[0x41] = RecordKind.add;
KIND_OF_ACTION[0x43] = RecordKind.reduce;
KIND_OF_ACTION[0x4d] = RecordKind.modify;
KIND_OF_ACTION[0x54] = RecordKind.trade;
KIND_OF_ACTION[0x46] = RecordKind.fill;
KIND_OF_ACTION[0x52] = RecordKind.clear;
KIND_OF_ACTION[0x4e] = RecordKind.none;

const SIDE_UNKNOWN = 255;
const SIDE_OF_CHARACTER = new Uint8Array(256).fill(SIDE_UNKNOWN);
SIDE_OF_CHARACTER[0x42] = RecordSide.buy;
SIDE_OF_CHARACTER[0x41] = RecordSide.sell;
SIDE_OF_CHARACTER[0x4e] = RecordSide.none;

const TWO_POW_32 = 4_294_967_296;
/** 2^32 nanoseconds are this many microseconds and this many nanoseconds. */
const MICROS_PER_HIGH_WORD = 4_294_967;
const NANOS_REST_PER_HIGH_WORD = 296;
/** High words beyond these would take a price or a time past what a double holds exactly. */
const PRICE_HIGH_MAX = 0x1f_ffff;
const TIME_HIGH_MAX = 0x7a00_0000;

export class DbnDecoder implements RecordDecoder {
  readonly priceExponent = -9;
  readonly marksEvents = true;
  readonly totals: DecoderTotals = { records: 0, skipped: 0, unknown: 0, bytes: 0 };
  private readonly window = new ByteWindow();
  private readonly symbols = new Map<number, string>();
  private header: DbnMetadata | undefined;
  private fault: CodedError | undefined;

  /** The stream's header, once its bytes have been read. */
  get metadata(): DbnMetadata | undefined {
    return this.header;
  }

  push(chunk: Uint8Array): void {
    this.window.push(chunk);
  }

  symbolOf(instrument: number): string | undefined {
    return this.symbols.get(instrument);
  }

  read(batch: RecordBatch): Result<number, CodedError> {
    batch.count = 0;
    if (this.fault === undefined && this.header === undefined) this.readHeader();
    if (this.fault === undefined && this.header !== undefined) this.fill(batch);
    // Records decoded before a fault are handed out first; the next read gives the fault.
    if (this.fault !== undefined && batch.count === 0) return err(this.fault);
    this.totals.records += batch.count;
    this.totals.bytes = this.window.offset;
    return ok(batch.count);
  }

  end(): Result<void, CodedError> {
    if (this.fault === undefined && (this.header === undefined || this.window.available > 0)) {
      this.fail(marketDataErrors.MARKET_DATA_TRUNCATED, this.header === undefined ? 'in the header' : 'in a record');
    }
    return this.fault === undefined ? ok(undefined) : err(this.fault);
  }

  private readHeader(): void {
    const { window } = this;
    if (window.available < DBN_PREFIX_BYTES) return;
    const prefix = readDbnPrefix(window.view, window.at);
    if (!prefix.ok) {
      this.fault = prefix.error;
      return;
    }
    const { version, bytes } = prefix.value;
    if (window.available < DBN_PREFIX_BYTES + bytes) return;
    const start = window.bytes.byteOffset + window.at + DBN_PREFIX_BYTES;
    const metadata = readDbnMetadata(version, new DataView(window.bytes.buffer, start, bytes));
    if (!metadata.ok) {
      this.fault = metadata.error;
      return;
    }
    const { schema, mappings } = metadata.value;
    if (schema !== DBN_SCHEMA_MBO && schema !== DBN_SCHEMA_MIXED) {
      this.fail(marketDataErrors.MARKET_DATA_DBN_HEADER, `its schema is number ${schema}; 0 (mbo) is needed`);
      return;
    }
    for (const { rawSymbol, intervals } of mappings) {
      for (const { symbol } of intervals) if (/^\d{1,10}$/.test(symbol)) this.symbols.set(Number(symbol), rawSymbol);
    }
    this.header = metadata.value;
    window.at += DBN_PREFIX_BYTES + bytes;
  }

  private fill(batch: RecordBatch): void {
    const { window, totals } = this;
    const { view } = window;
    const end = window.bytes.length;
    let at = window.at;
    let row = 0;
    while (row < batch.capacity && at < end) {
      const bytes = view.getUint8(at) * 4;
      if (bytes < HEADER_BYTES) {
        this.fail(marketDataErrors.MARKET_DATA_DBN_RECORD, `a length of ${bytes} bytes`, at);
        break;
      }
      if (at + bytes > end) break;
      if (view.getUint8(at + Mbo.recordType) === MBO_RECORD_TYPE) {
        if (bytes < MBO_BYTES) {
          this.fail(marketDataErrors.MARKET_DATA_DBN_RECORD, `an mbo record of ${bytes} bytes`, at);
          break;
        }
        if (!this.decode(view, at, batch, row)) break;
        row++;
      } else {
        totals.skipped++;
      }
      at += bytes;
    }
    window.at = at;
    batch.count = row;
  }

  /** Decodes the market-by-order record at `at` into `row`; false after a fault. */
  private decode(view: DataView, at: number, batch: RecordBatch, row: number): boolean {
    const kind = KIND_OF_ACTION[view.getUint8(at + Mbo.action)];
    const side = SIDE_OF_CHARACTER[view.getUint8(at + Mbo.side)];
    if (kind === 0 || side === SIDE_UNKNOWN) {
      return this.fail(marketDataErrors.MARKET_DATA_DBN_RECORD, 'an action or side that DBN does not define', at);
    }
    const priceLow = view.getUint32(at + Mbo.price, true);
    const priceHigh = view.getInt32(at + Mbo.price + 4, true);
    if (priceHigh > PRICE_HIGH_MAX || priceHigh < -PRICE_HIGH_MAX) {
      if (priceHigh !== 0x7fff_ffff || priceLow !== 0xffff_ffff) {
        return this.fail(marketDataErrors.MARKET_DATA_VALUE_RANGE, 'a price', at);
      }
      batch.price[row] = PRICE_NONE;
    } else {
      batch.price[row] = priceHigh * TWO_POW_32 + priceLow;
    }
    const timeLow = view.getUint32(at + Mbo.eventTime, true);
    const timeHigh = view.getUint32(at + Mbo.eventTime + 4, true);
    if (timeHigh > TIME_HIGH_MAX) return this.fail(marketDataErrors.MARKET_DATA_VALUE_RANGE, 'a time', at);
    const highRest = timeHigh * NANOS_REST_PER_HIGH_WORD;
    const restNanos = timeLow + (highRest % 1000);
    batch.timeMicros[row] =
      timeHigh * MICROS_PER_HIGH_WORD + Math.floor(highRest / 1000) + Math.floor(restNanos / 1000);
    batch.timeNanosRest[row] = restNanos % 1000;
    const dbnFlags = view.getUint8(at + Mbo.flags);
    batch.flags[row] =
      (dbnFlags & DBN_FLAG_LAST ? RecordFlag.eventEnd : 0) |
      (dbnFlags & DBN_FLAG_SNAPSHOT ? RecordFlag.snapshot : 0) |
      (dbnFlags & DBN_FLAG_MAYBE_BAD_BOOK ? RecordFlag.suspect : 0);
    batch.kind[row] = kind;
    batch.side[row] = side;
    batch.instrument[row] = view.getUint32(at + Mbo.instrument, true);
    batch.orderLow[row] = view.getUint32(at + Mbo.order, true);
    batch.orderHigh[row] = view.getUint32(at + Mbo.order + 4, true);
    batch.otherLow[row] = 0;
    batch.otherHigh[row] = 0;
    batch.quantity[row] = view.getUint32(at + Mbo.quantity, true);
    return true;
  }

  private fail(kind: ErrorKind, what: string, at = this.window.at): false {
    const offset = this.window.offset - this.window.at + at;
    this.fault = new CodedError(kind, `${what}, at byte ${offset}`);
    return false;
  }
}
