/**
 * The header of a DBN stream, versions 1 to 3: where the data came from and which symbol each instrument id stands for.
 * Layout: Databento's public description of the encoding. Never reads past the length the header states.
 */
import { CodedError } from '#kit/errors.ts';
import { err, ok, type Result } from '#kit/result.ts';
import { marketDataErrors } from './errors.ts';

export const DBN_PREFIX_BYTES = 8;
const DBN_VERSION_MAX = 3;
/** Largest header that is read; all symbols of an exchange fit many times over. */
const DBN_HEADER_BYTES_MAX = 64 * 1024 * 1024;
/** Schema number of market-by-order data. */
export const DBN_SCHEMA_MBO = 0;
/** Schema number of streams that mix schemas. */
export const DBN_SCHEMA_MIXED = 0xffff;

const DATASET_BYTES = 16;
const SYMBOL_BYTES_V1 = 22;
const RESERVED_BYTES_V1 = 47;
const RESERVED_BYTES = 53;
const DATE_BYTES = 4;

/** One stretch of days in which a raw symbol stood for one instrument. Dates are yyyymmdd, the end excluded. */
export interface DbnMappingInterval {
  readonly startDate: number;
  readonly endDate: number;
  readonly symbol: string;
}

export interface DbnMapping {
  readonly rawSymbol: string;
  readonly intervals: readonly DbnMappingInterval[];
}

export interface DbnMetadata {
  readonly version: number;
  readonly dataset: string;
  readonly schema: number;
  /** Whether every record carries eight bytes more, the time the supplier sent it. */
  readonly sendTimes: boolean;
  readonly symbols: readonly string[];
  readonly mappings: readonly DbnMapping[];
}

/** The version and the length of the rest of the header, from its first DBN_PREFIX_BYTES bytes. */
export function readDbnPrefix(view: DataView, at: number): Result<{ version: number; bytes: number }, CodedError> {
  if (view.getUint8(at) !== 0x44 || view.getUint8(at + 1) !== 0x42 || view.getUint8(at + 2) !== 0x4e) {
    return fail('it does not begin with the letters DBN');
  }
  const version = view.getUint8(at + 3);
  if (version < 1 || version > DBN_VERSION_MAX) {
    return err(new CodedError(marketDataErrors.MARKET_DATA_DBN_VERSION, `version ${version}`));
  }
  const bytes = view.getUint32(at + 4, true);
  if (bytes > DBN_HEADER_BYTES_MAX) return fail(`it claims ${bytes} bytes, over ${DBN_HEADER_BYTES_MAX}`);
  return ok({ version, bytes });
}

/** Reads the rest of the header, `bytes` long from the start of `view`. */
export function readDbnMetadata(version: number, view: DataView): Result<DbnMetadata, CodedError> {
  const reader = new HeaderReader(view);
  const dataset = reader.text(DATASET_BYTES);
  const schema = reader.uint16();
  // Start, end and limit of the request, and in version 1 a count of records that is no longer written.
  reader.skip(version === 1 ? 32 : 24);
  reader.skip(2);
  const sendTimes = reader.uint8() !== 0;
  const symbolBytes = version === 1 ? SYMBOL_BYTES_V1 : reader.uint16();
  reader.skip(version === 1 ? RESERVED_BYTES_V1 : RESERVED_BYTES);
  const definitionBytes = reader.uint32();
  reader.skip(definitionBytes);
  if (!reader.overrun && symbolBytes === 0) return fail('symbols have a length of 0');
  const symbols = reader.texts(symbolBytes);
  reader.texts(symbolBytes);
  reader.texts(symbolBytes);
  const mappings = reader.mappings(symbolBytes);
  if (reader.overrun) return fail('its counts reach past its end');
  return ok({ version, dataset, schema, sendTimes, symbols, mappings });
}

function fail(detail: string): Result<never, CodedError> {
  return err(new CodedError(marketDataErrors.MARKET_DATA_DBN_HEADER, detail));
}

/** Reads fields in order; once past the end it gives zeros and empty lists, and `overrun` stays true. */
class HeaderReader {
  overrun = false;
  private readonly view: DataView;
  private at = 0;

  constructor(view: DataView) {
    this.view = view;
  }

  uint8(): number {
    return this.take(1) ? this.view.getUint8(this.at - 1) : 0;
  }

  uint16(): number {
    return this.take(2) ? this.view.getUint16(this.at - 2, true) : 0;
  }

  uint32(): number {
    return this.take(4) ? this.view.getUint32(this.at - 4, true) : 0;
  }

  skip(bytes: number): void {
    this.take(bytes);
  }

  /** ASCII up to the first zero byte. */
  text(bytes: number): string {
    if (!this.take(bytes)) return '';
    let text = '';
    for (let at = this.at - bytes; at < this.at; at++) {
      const character = this.view.getUint8(at);
      if (character === 0) break;
      text += String.fromCodePoint(character);
    }
    return text;
  }

  texts(bytes: number): string[] {
    const list: string[] = [];
    for (let left = this.count(bytes); left > 0; left--) list.push(this.text(bytes));
    return list;
  }

  mappings(symbolBytes: number): DbnMapping[] {
    const list: DbnMapping[] = [];
    for (let left = this.count(symbolBytes + 4); left > 0 && !this.overrun; left--) {
      const rawSymbol = this.text(symbolBytes);
      const intervals: DbnMappingInterval[] = [];
      for (let rest = this.count(symbolBytes + 2 * DATE_BYTES); rest > 0; rest--) {
        intervals.push({ startDate: this.uint32(), endDate: this.uint32(), symbol: this.text(symbolBytes) });
      }
      list.push({ rawSymbol, intervals });
    }
    return list;
  }

  /** A count of entries of at least `entryBytes` each: one that cannot fit is an overrun, not a long loop. */
  private count(entryBytes: number): number {
    const count = this.uint32();
    if (count * entryBytes <= this.view.byteLength - this.at) return count;
    this.overrun = true;
    return 0;
  }

  private take(bytes: number): boolean {
    if (this.overrun || bytes > this.view.byteLength - this.at) {
      this.overrun = true;
      return false;
    }
    this.at += bytes;
    return true;
  }
}
