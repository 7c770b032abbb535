/**
 * What the decoders of all formats offer, and the window over pushed chunks they read from.
 * A decoder is pure: bytes in, records out. It never reads a file, a clock or a setting, and never throws on bad input.
 */
import type { CodedError } from '#kit/errors.ts';
import type { Result } from '#kit/result.ts';
import type { RecordBatch } from './record.ts';

/** Running totals of a decoder. */
export interface DecoderTotals {
  /** Records handed out. */
  records: number;
  /** Records of kinds that do not matter for the book, stepped over by their length. */
  skipped: number;
  /** Records of a kind that the format's description does not know, stepped over by their length. */
  unknown: number;
  /** Bytes consumed, after decompression. */
  bytes: number;
}

/**
 * Turns bytes into records: `push` a chunk, `read` until it gives 0, push the next, and `end` after the last.
 * After a fault every further call gives the same fault.
 */
export interface RecordDecoder {
  /** A unit of price is 10^priceExponent in the instrument's currency. */
  readonly priceExponent: number;
  /** Whether records carry RecordFlag.eventEnd; otherwise an event is the records of one moment and instrument. */
  readonly marksEvents: boolean;
  readonly totals: Readonly<DecoderTotals>;
  /** Takes the next bytes and keeps a reference until they are read. Call only after `read` gave 0. */
  push(chunk: Uint8Array): void;
  /** Fills the batch from row 0 and gives the number of records; 0 means that more bytes are needed. */
  read(batch: RecordBatch): Result<number, CodedError>;
  /** Says that no bytes follow: a fault when they stopped in the middle of a record. */
  end(): Result<void, CodedError>;
  /** The symbol of an instrument number, where the source told it by now. */
  symbolOf(instrument: number): string | undefined;
}

const NO_BYTES = new Uint8Array(0);

/** The bytes that are pushed and not yet consumed, always contiguous. Holds one chunk and less than one record more. */
export class ByteWindow {
  bytes: Uint8Array = NO_BYTES;
  view: DataView = new DataView(NO_BYTES.buffer);
  /** First byte that is not consumed. */
  at = 0;
  /** Bytes consumed before `bytes` began; plus `at` it is the offset in the stream. */
  private base = 0;

  get available(): number {
    return this.bytes.length - this.at;
  }

  get offset(): number {
    return this.base + this.at;
  }

  push(chunk: Uint8Array): void {
    const rest = this.available;
    this.base += this.at;
    this.at = 0;
    if (rest === 0) {
      this.bytes = chunk;
    } else {
      const joined = new Uint8Array(rest + chunk.length);
      joined.set(this.bytes.subarray(this.bytes.length - rest));
      joined.set(chunk, rest);
      this.bytes = joined;
    }
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
  }
}
