/**
 * Nasdaq TotalView-ITCH 5.0 in its file form: messages of big-endian fields, each after a two-byte length.
 * Decodes what changes a book, prints a trade or changes the market's state; steps over the rest by its length.
 * Times are the exchange's wall clock since midnight: the file holds no date.
 */
import { CodedError } from '#kit/errors.ts';
import type { ErrorKind } from '#kit/errors.ts';
import { err, ok, type Result } from '#kit/result.ts';
import { ByteWindow, type DecoderTotals, type RecordDecoder } from './decoder.ts';
import { marketDataErrors } from './errors.ts';
import { PRICE_NONE, RecordFlag, RecordKind, RecordSide, TradingStatus, type RecordBatch } from './record.ts';

const LENGTH_BYTES = 2;
/** Message type, stock locate, tracking number and time; every message begins with them. */
const HEADER_BYTES = 11;
const SYMBOL_BYTES = 8;
const TWO_POW_32 = 4_294_967_296;

/** Length of each message by its type, from the specification. */
export const ITCH_MESSAGE_BYTES: Readonly<Record<string, number>> = {
  S: 12, // system event
  R: 39, // stock directory
  H: 25, // stock trading action
  Y: 20, // Reg SHO restriction
  L: 26, // market participant position
  V: 35, // market-wide circuit breaker levels
  W: 12, // market-wide circuit breaker breach
  K: 28, // IPO quoting period
  J: 35, // limit-up limit-down auction collar
  h: 21, // operational halt
  A: 36, // add order
  F: 40, // add order with participant
  E: 31, // order executed
  C: 36, // order executed with price
  X: 23, // order cancel
  D: 19, // order delete
  U: 35, // order replace
  P: 44, // trade against a non-displayed order
  Q: 40, // cross trade
  B: 19, // broken trade
  I: 50, // net order imbalance
  N: 20, // retail price improvement
  O: 48, // direct listing with capital raise
};
const BYTES_OF_TYPE = new Uint8Array(256);
for (const [type, bytes] of Object.entries(ITCH_MESSAGE_BYTES)) BYTES_OF_TYPE[type.charCodeAt(0)] = bytes;

const BUY = 0x42;
const SELL = 0x53;
const NOT_PRINTABLE = 0x4e;
const STATUS_OF_CHARACTER: Readonly<Record<number, number>> = {
  0x48: TradingStatus.halted,
  0x50: TradingStatus.paused,
  0x51: TradingStatus.quoting,
  0x54: TradingStatus.trading,
};

export class ItchDecoder implements RecordDecoder {
  readonly priceExponent = -4;
  readonly marksEvents = false;
  readonly totals: DecoderTotals = { records: 0, skipped: 0, unknown: 0, bytes: 0 };
  private readonly window = new ByteWindow();
  private readonly symbols = new Map<number, string>();
  private fault: CodedError | undefined;
  /** A length of zero was seen: it ends the file, and nothing may follow. */
  private closed = false;

  push(chunk: Uint8Array): void {
    this.window.push(chunk);
  }

  symbolOf(instrument: number): string | undefined {
    return this.symbols.get(instrument);
  }

  read(batch: RecordBatch): Result<number, CodedError> {
    batch.count = 0;
    if (this.fault === undefined) this.fill(batch);
    if (this.fault !== undefined && batch.count === 0) return err(this.fault);
    this.totals.records += batch.count;
    this.totals.bytes = this.window.offset;
    return ok(batch.count);
  }

  end(): Result<void, CodedError> {
    if (this.fault === undefined && this.window.available > 0) {
      this.fail(marketDataErrors.MARKET_DATA_TRUNCATED, 'in a message', this.window.at);
    }
    return this.fault === undefined ? ok(undefined) : err(this.fault);
  }

  private fill(batch: RecordBatch): void {
    const { window, totals } = this;
    const { view } = window;
    const end = window.bytes.length;
    let at = window.at;
    let row = 0;
    while (row < batch.capacity && at + LENGTH_BYTES <= end) {
      const bytes = view.getUint16(at);
      const message = at + LENGTH_BYTES;
      if (this.closed) {
        this.fail(marketDataErrors.MARKET_DATA_ITCH_FRAME, 'bytes after the end mark', at);
        break;
      }
      if (bytes === 0) {
        this.closed = true;
        at = message;
        continue;
      }
      if (message === end) break;
      const type = view.getUint8(message);
      const expected = BYTES_OF_TYPE[type];
      // Checked before waiting for the bytes, so that a damaged length fails here and not 64 KiB later.
      if (expected === 0 ? bytes < HEADER_BYTES : bytes !== expected) {
        this.fail(marketDataErrors.MARKET_DATA_ITCH_FRAME, `type 0x${type.toString(16)} with ${bytes} bytes`, at);
        break;
      }
      if (message + bytes > end) break;
      const decoded = this.decode(view, message, type, batch, row);
      if (this.fault !== undefined) break;
      if (decoded) row++;
      else if (expected === 0) totals.unknown++;
      else totals.skipped++;
      at = message + bytes;
    }
    window.at = at;
    batch.count = row;
  }

  /** Decodes the message at `at` into `row`; false when it makes no record, or after a fault. */
  private decode(view: DataView, at: number, type: number, batch: RecordBatch, row: number): boolean {
    switch (type) {
      case 0x41: // A
      case 0x46: // F
        begin(batch, row, RecordKind.add, view, at);
        this.side(batch, row, view, at + 19);
        batch.quantity[row] = view.getUint32(at + 20);
        batch.price[row] = view.getUint32(at + 32);
        return true;
      case 0x45: // E
      case 0x43: // C
        begin(batch, row, RecordKind.execute, view, at);
        batch.quantity[row] = view.getUint32(at + 19);
        batch.otherHigh[row] = view.getUint32(at + 23);
        batch.otherLow[row] = view.getUint32(at + 27);
        if (type === 0x43) {
          batch.price[row] = view.getUint32(at + 32);
          if (view.getUint8(at + 31) === NOT_PRINTABLE) batch.flags[row] = RecordFlag.nonPrinting;
        }
        return true;
      case 0x58: // X
        begin(batch, row, RecordKind.reduce, view, at);
        batch.quantity[row] = view.getUint32(at + 19);
        return true;
      case 0x44: // D
        begin(batch, row, RecordKind.remove, view, at);
        return true;
      case 0x55: // U
        begin(batch, row, RecordKind.replace, view, at);
        batch.otherHigh[row] = view.getUint32(at + 19);
        batch.otherLow[row] = view.getUint32(at + 23);
        batch.quantity[row] = view.getUint32(at + 27);
        batch.price[row] = view.getUint32(at + 31);
        return true;
      default:
        return this.decodeMarket(view, at, type, batch, row);
    }
  }

  /** Messages that are not about one resting order. */
  private decodeMarket(view: DataView, at: number, type: number, batch: RecordBatch, row: number): boolean {
    switch (type) {
      case 0x50: // P; its side is the hidden order's, so the aggressor stands on the other
        begin(batch, row, RecordKind.trade, view, at);
        this.side(batch, row, view, at + 19);
        batch.side[row] ^= 1;
        batch.flags[row] = RecordFlag.hidden;
        batch.quantity[row] = view.getUint32(at + 20);
        batch.price[row] = view.getUint32(at + 32);
        batch.otherHigh[row] = view.getUint32(at + 36);
        batch.otherLow[row] = view.getUint32(at + 40);
        return true;
      case 0x51: // Q
        begin(batch, row, RecordKind.trade, view, at);
        clearOrder(batch, row);
        batch.flags[row] = RecordFlag.auction;
        batch.quantity[row] = this.wide(view, at + 11);
        batch.price[row] = view.getUint32(at + 27);
        batch.otherHigh[row] = view.getUint32(at + 31);
        batch.otherLow[row] = view.getUint32(at + 35);
        return true;
      case 0x49: // I
        begin(batch, row, RecordKind.indicative, view, at);
        clearOrder(batch, row);
        batch.quantity[row] = this.wide(view, at + 11);
        if (view.getUint8(at + 27) === BUY) batch.side[row] = RecordSide.buy;
        else if (view.getUint8(at + 27) === SELL) batch.side[row] = RecordSide.sell;
        batch.price[row] = view.getUint32(at + 40);
        return true;
      case 0x48: // H
        begin(batch, row, RecordKind.status, view, at);
        clearOrder(batch, row);
        batch.quantity[row] = this.status(view, at + 19);
        return true;
      case 0x53: // S
        begin(batch, row, RecordKind.session, view, at);
        clearOrder(batch, row);
        batch.quantity[row] = view.getUint8(at + 11);
        return true;
      case 0x52: // R
        this.symbols.set(view.getUint16(at + 1), symbolAt(view, at + HEADER_BYTES));
        return false;
      default:
        return false;
    }
  }

  private side(batch: RecordBatch, row: number, view: DataView, at: number): void {
    const character = view.getUint8(at);
    if (character === BUY) batch.side[row] = RecordSide.buy;
    else if (character === SELL) batch.side[row] = RecordSide.sell;
    else this.fail(marketDataErrors.MARKET_DATA_ITCH_FIELD, 'a side that is neither B nor S', at);
  }

  private status(view: DataView, at: number): number {
    const status = STATUS_OF_CHARACTER[view.getUint8(at)];
    if (status === undefined) this.fail(marketDataErrors.MARKET_DATA_ITCH_FIELD, 'an unknown trading state', at);
    return status ?? TradingStatus.halted;
  }

  private wide(view: DataView, at: number): number {
    const high = view.getUint32(at);
    if (high >= 0x20_0000) this.fail(marketDataErrors.MARKET_DATA_VALUE_RANGE, 'a quantity', at);
    return high * TWO_POW_32 + view.getUint32(at + 4);
  }

  private fail(kind: ErrorKind, what: string, at: number): void {
    const offset = this.window.offset - this.window.at + at;
    this.fault = new CodedError(kind, `${what}, at byte ${offset}`);
  }
}

/** Fills the columns that every message has; those about orders find the order's id at the same place. */
function begin(batch: RecordBatch, row: number, kind: number, view: DataView, at: number): void {
  const nanos = view.getUint16(at + 5) * TWO_POW_32 + view.getUint32(at + 7);
  batch.kind[row] = kind;
  batch.side[row] = RecordSide.none;
  batch.flags[row] = 0;
  batch.instrument[row] = view.getUint16(at + 1);
  batch.timeMicros[row] = Math.floor(nanos / 1000);
  batch.timeNanosRest[row] = nanos % 1000;
  batch.orderHigh[row] = view.getUint8(at) === 0x53 ? 0 : view.getUint32(at + 11);
  batch.orderLow[row] = view.getUint8(at) === 0x53 ? 0 : view.getUint32(at + 15);
  batch.otherLow[row] = 0;
  batch.otherHigh[row] = 0;
  batch.price[row] = PRICE_NONE;
  batch.quantity[row] = 0;
}

function clearOrder(batch: RecordBatch, row: number): void {
  batch.orderLow[row] = 0;
  batch.orderHigh[row] = 0;
}

function symbolAt(view: DataView, at: number): string {
  let symbol = '';
  for (let index = 0; index < SYMBOL_BYTES; index++) symbol += String.fromCodePoint(view.getUint8(at + index));
  return symbol.trimEnd();
}
