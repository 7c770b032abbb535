/**
 * Finds where the frames of a zstd stream end, from their headers alone (RFC 8878, section 3.1).
 * A stream may be many frames, and a decompressor may stop after the first: whoever decompresses starts anew at each.
 * Never decompresses and never looks inside a block.
 */
import { CodedError } from '#kit/errors.ts';
import { err, ok, type Result } from '#kit/result.ts';
import { marketDataErrors } from './errors.ts';

const MAGIC = 0xfd2f_b528;
/** The first of sixteen magic numbers of frames that hold no data. */
const SKIPPABLE_MAGIC = 0x184d_2a50;
const CHECKSUM_BYTES = 4;
const BLOCK_HEADER_BYTES = 3;
const BLOCK_RLE = 1;
const BLOCK_RESERVED = 3;
/** Magic number, descriptor, window, dictionary id, content size. */
const HEADER_BYTES_MAX = 18;
const DICTIONARY_BYTES = [0, 1, 2, 4] as const;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;

type Stage = 'magic' | 'descriptor' | 'skippable-size' | 'block' | 'body';

/** Walks one stream, chunk by chunk. */
export class ZstdFrames {
  /** The current frame holds no data and must not be given to a decompressor. Known after its first four bytes. */
  skippable = false;
  private stage: Stage = 'magic';
  private readonly header = new Uint8Array(HEADER_BYTES_MAX);
  private headerBytes = 0;
  private headerNeeded = 4;
  private bodyLeft = 0;
  private lastBlock = false;
  private checksum = false;

  /** Whether the stream may end here: no frame is open. */
  get between(): boolean {
    return this.stage === 'magic' && this.headerBytes === 0;
  }

  /**
   * Walks from `from` to the end of the current frame or of the chunk, and gives where it stopped.
   * After a frame's end `between` is true, and the next call begins the next frame.
   */
  advance(chunk: Uint8Array, from: number): Result<number, CodedError> {
    let at = from;
    while (at < chunk.length) {
      if (this.stage === 'body') {
        const bytes = Math.min(this.bodyLeft, chunk.length - at);
        at += bytes;
        this.bodyLeft -= bytes;
        if (this.bodyLeft > 0) break;
        this.nextAfterBody();
      } else {
        this.header[this.headerBytes++] = chunk[at++];
        if (this.headerBytes === this.headerNeeded && !this.parse()) return this.malformed();
      }
      if (this.between) break;
    }
    return ok(at);
  }

  /** Acts on a complete header part; false when it is not zstd. */
  private parse(): boolean {
    const view = new DataView(this.header.buffer);
    switch (this.stage) {
      case 'magic':
        return this.parseMagic(view.getUint32(0, true));
      case 'descriptor': {
        const descriptor = view.getUint8(0);
        if (this.headerNeeded === 1) return this.parseDescriptor(descriptor);
        this.expect('block', BLOCK_HEADER_BYTES);
        return true;
      }
      case 'skippable-size':
        this.lastBlock = true;
        this.checksum = false;
        this.enterBody(view.getUint32(0, true));
        return true;
      case 'block':
        return this.parseBlock(view.getUint8(0) + view.getUint8(1) * 256 + view.getUint8(2) * 65_536);
      case 'body':
        return false;
    }
  }

  private parseMagic(magic: number): boolean {
    this.skippable = (magic & 0xffff_fff0) === SKIPPABLE_MAGIC;
    if (this.skippable) this.expect('skippable-size', 4);
    else this.expect('descriptor', 1);
    return this.skippable || magic === MAGIC;
  }

  /** The descriptor tells how many bytes of header follow it. */
  private parseDescriptor(descriptor: number): boolean {
    const singleSegment = (descriptor & 0x20) !== 0;
    const sizeFlag = descriptor >>> 6;
    const sizeBytes = sizeFlag === 0 && singleSegment ? 1 : CONTENT_SIZE_BYTES[sizeFlag];
    this.checksum = (descriptor & 0x04) !== 0;
    const rest = (singleSegment ? 0 : 1) + DICTIONARY_BYTES[descriptor & 3] + sizeBytes;
    if (rest === 0) this.expect('block', BLOCK_HEADER_BYTES);
    else this.headerNeeded = 1 + rest;
    return (descriptor & 0x08) === 0;
  }

  private parseBlock(header: number): boolean {
    this.lastBlock = (header & 1) !== 0;
    const type = (header >>> 1) & 3;
    this.enterBody(type === BLOCK_RLE ? 1 : header >>> 3);
    return type !== BLOCK_RESERVED;
  }

  private enterBody(bytes: number): void {
    this.stage = 'body';
    this.bodyLeft = bytes + (this.lastBlock && this.checksum ? CHECKSUM_BYTES : 0);
    if (this.bodyLeft === 0) this.nextAfterBody();
  }

  private nextAfterBody(): void {
    if (this.lastBlock) this.expect('magic', 4);
    else this.expect('block', BLOCK_HEADER_BYTES);
  }

  private expect(stage: Stage, bytes: number): void {
    this.stage = stage;
    this.headerBytes = 0;
    this.headerNeeded = bytes;
  }

  private malformed(): Result<never, CodedError> {
    return err(new CodedError(marketDataErrors.MARKET_DATA_ZSTD_FRAME, `in the ${this.stage} part`));
  }
}
