/**
 * LOBSTER message files: lines of time, event type, order id, size, price and direction.
 * Integers are read digit by digit, never through a float. Times are the exchange's wall clock since midnight.
 */
import { CodedError } from '#kit/errors.ts';
import type { ErrorKind } from '#kit/errors.ts';
import { err, ok, type Result } from '#kit/result.ts';
import { ByteWindow, type DecoderTotals, type RecordDecoder } from './decoder.ts';
import { marketDataErrors } from './errors.ts';
import { PRICE_NONE, RecordFlag, RecordKind, RecordSide, TradingStatus, type RecordBatch } from './record.ts';

/** A line of the widest values stays far below; a longer one is not a message file. */
const LOBSTER_LINE_BYTES_MAX = 256;
/** The one instrument of a file. */
const INSTRUMENT = 1;

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const NANO_DIGITS = 9;
const SECONDS_MAX = 10_000_000;
const PRICE_HALTED = -1;
const TWO_POW_32 = 4_294_967_296;

/** Kind of record by event type, 1 to 7. */
const KIND_OF_EVENT = new Uint8Array([
  0,
  RecordKind.add,
  RecordKind.reduce,
  RecordKind.remove,
  RecordKind.execute,
  RecordKind.trade,
  RecordKind.trade,
  RecordKind.status,
]);
const EVENT_HIDDEN_EXECUTION = 5;
const EVENT_CROSS = 6;

export class LobsterDecoder implements RecordDecoder {
  readonly priceExponent = -4;
  readonly marksEvents = false;
  readonly totals: DecoderTotals = { records: 0, skipped: 0, unknown: 0, bytes: 0 };
  private readonly window = new ByteWindow();
  private readonly symbol: string | undefined;
  private fault: CodedError | undefined;
  /** Where the field being read begins; -1 once a field of the line turned out malformed. */
  private field = 0;
  private ended = false;

  /** @param symbol the ticker, which the file's name tells and its lines do not */
  constructor(symbol?: string) {
    this.symbol = symbol;
  }

  push(chunk: Uint8Array): void {
    this.window.push(chunk);
  }

  symbolOf(instrument: number): string | undefined {
    return instrument === INSTRUMENT ? this.symbol : undefined;
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
    if (this.fault === undefined && !this.ended && this.window.available > 0) {
      this.fail(marketDataErrors.MARKET_DATA_TRUNCATED, 'its last line is not ended', this.window.at);
    }
    this.ended = true;
    return this.fault === undefined ? ok(undefined) : err(this.fault);
  }

  private fill(batch: RecordBatch): void {
    const { window } = this;
    const { bytes } = window;
    let row = 0;
    while (row < batch.capacity) {
      const at = window.at;
      const newline = bytes.indexOf(NEWLINE, at);
      const length = (newline === -1 ? bytes.length : newline) - at;
      if (length > LOBSTER_LINE_BYTES_MAX) {
        this.fail(marketDataErrors.MARKET_DATA_LOBSTER_LINE, `over ${LOBSTER_LINE_BYTES_MAX} bytes long`, at);
        break;
      }
      if (newline === -1) break;
      const end = bytes[newline - 1] === CARRIAGE_RETURN && newline > at ? newline - 1 : newline;
      if (end > at) {
        if (!this.decode(bytes, at, end, batch, row)) break;
        row++;
      }
      window.at = newline + 1;
    }
    batch.count = row;
  }

  private decode(bytes: Uint8Array, start: number, end: number, batch: RecordBatch, row: number): boolean {
    this.field = start;
    const seconds = this.integer(bytes, end, DOT);
    const nanos = this.fraction(bytes, end);
    const event = this.integer(bytes, end, COMMA);
    const order = this.integer(bytes, end, COMMA);
    const quantity = this.integer(bytes, end, COMMA);
    const price = this.integer(bytes, end, COMMA);
    const direction = this.integer(bytes, end, COMMA);
    const complete = this.field === end + 1;
    const kind = event >= 1 && event < KIND_OF_EVENT.length ? KIND_OF_EVENT[event] : 0;
    const known = kind !== 0 && (direction === 1 || direction === -1) && order >= 0 && quantity >= 0;
    if (!complete || !known || seconds < 0 || seconds > SECONDS_MAX) {
      return this.fail(marketDataErrors.MARKET_DATA_LOBSTER_LINE, 'not the six fields of a message', start);
    }
    batch.kind[row] = kind;
    batch.side[row] = direction === 1 ? RecordSide.buy : RecordSide.sell;
    batch.flags[row] = 0;
    batch.instrument[row] = INSTRUMENT;
    batch.orderLow[row] = order % TWO_POW_32;
    batch.orderHigh[row] = Math.floor(order / TWO_POW_32);
    batch.otherLow[row] = 0;
    batch.otherHigh[row] = 0;
    batch.price[row] = price;
    batch.quantity[row] = quantity;
    batch.timeMicros[row] = seconds * 1_000_000 + Math.floor(nanos / 1000);
    batch.timeNanosRest[row] = nanos % 1000;
    if (kind === RecordKind.trade) printOf(event, batch, row);
    else if (kind === RecordKind.status) statusOf(price, batch, row);
    return true;
  }

  /** Reads an integer that ends at `separator` or at `end`, and steps past it. */
  private integer(bytes: Uint8Array, end: number, separator: number): number {
    let at = this.field;
    const negative = at >= 0 && at < end && bytes[at] === MINUS;
    if (negative) at++;
    const first = at;
    let value = 0;
    while (at >= 0 && at < end && bytes[at] !== separator) {
      // A time without a fraction ends at the comma: the dot is optional.
      if (separator === DOT && bytes[at] === COMMA) break;
      const digit = bytes[at] - 0x30;
      if (digit < 0 || digit > 9) return this.malformed();
      value = value * 10 + digit;
      if (value > Number.MAX_SAFE_INTEGER) return this.malformed();
      at++;
    }
    if (at < 0 || at === first) return this.malformed();
    this.field = at + 1;
    return negative ? -value : value;
  }

  /** Reads the digits after the dot of a time as nanoseconds; none when the time had no dot. */
  private fraction(bytes: Uint8Array, end: number): number {
    if (this.field < 1 || bytes[this.field - 1] !== DOT) return 0;
    let nanos = 0;
    let digits = 0;
    let at = this.field;
    for (; at < end && bytes[at] !== COMMA; at++) {
      const digit = bytes[at] - 0x30;
      if (digit < 0 || digit > 9) return this.malformed();
      // Files written through a float carry more digits than nanoseconds have; those are noise.
      if (digits < NANO_DIGITS) nanos = nanos * 10 + digit;
      digits++;
    }
    for (; digits < NANO_DIGITS; digits++) nanos *= 10;
    this.field = at + 1;
    return nanos;
  }

  private malformed(): number {
    this.field = -1;
    return 0;
  }

  private fail(kind: ErrorKind, what: string, at: number): false {
    const offset = this.window.offset - this.window.at + at;
    this.fault = new CodedError(kind, `${what}, at byte ${offset}`);
    return false;
  }
}

/** A hidden execution names the hidden order's direction; the aggressor stood on the other side. */
function printOf(event: number, batch: RecordBatch, row: number): void {
  batch.orderLow[row] = 0;
  batch.orderHigh[row] = 0;
  if (event === EVENT_HIDDEN_EXECUTION) {
    batch.side[row] ^= 1;
    batch.flags[row] = RecordFlag.hidden;
  } else if (event === EVENT_CROSS) {
    batch.side[row] = RecordSide.none;
    batch.flags[row] = RecordFlag.auction;
  }
}

/** A halt line tells the new state in its price: -1 halted, 0 quoting, 1 trading. */
function statusOf(price: number, batch: RecordBatch, row: number): void {
  batch.side[row] = RecordSide.none;
  batch.price[row] = PRICE_NONE;
  if (price === PRICE_HALTED) batch.quantity[row] = TradingStatus.halted;
  else batch.quantity[row] = price === 0 ? TradingStatus.quoting : TradingStatus.trading;
}
