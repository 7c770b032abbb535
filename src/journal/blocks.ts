/**
 * The three 64-byte blocks beside the records: a segment's header, an epoch's seal, a snapshot's header.
 * Pure: bytes to values and back. Each block carries a version and a checksum; what fails either is told apart.
 */
import { crc32cOfWords } from '#kit/crc32c.ts';
import { FORMAT_VERSION, readWide, writeWide } from './format.ts';

export const BLOCK_BYTES = 64;
const BLOCK_WORDS = BLOCK_BYTES / 4;
const CHECKSUM_WORD = BLOCK_WORDS - 1;

const SEGMENT_MAGIC = 0x31534a4e; // "NJS1"
const SEAL_MAGIC = 0x314c4a4e; // "NJL1"
const SNAPSHOT_MAGIC = 0x31504a4e; // "NJP1"

/** Of snapshot files; their content has a version of its own. */
const SNAPSHOT_VERSION = 1;

/** Bytes that are not the block they should be. */
export type BlockProblem = 'damaged' | 'newer';

export interface SegmentHeader {
  epoch: number;
  index: number;
  /** Size the segment was given, header included. */
  byteLength: number;
}

const SegmentWord = { epoch: 2, index: 3, byteLength: 4 } as const;

export function encodeSegmentHeader(header: SegmentHeader): Uint8Array {
  const words = newBlock(SEGMENT_MAGIC, FORMAT_VERSION);
  words[SegmentWord.epoch] = header.epoch;
  words[SegmentWord.index] = header.index;
  writeWide(words, SegmentWord.byteLength, header.byteLength);
  return finishBlock(words);
}

export function decodeSegmentHeader(bytes: Uint8Array): SegmentHeader | BlockProblem {
  const words = openBlock(bytes, SEGMENT_MAGIC, FORMAT_VERSION);
  if (typeof words === 'string') return words;
  return {
    epoch: words[SegmentWord.epoch] >>> 0,
    index: words[SegmentWord.index],
    byteLength: readWide(words, SegmentWord.byteLength),
  };
}

/** Where an epoch ends, decided once and for ever. */
export interface Seal {
  epoch: number;
  /** The epoch whose leader sealed it: a successor, or the epoch itself when it ended in good order. */
  sealedBy: number;
  /** Last segment with entries of the journal; −1 when the epoch has none. */
  lastIndex: number;
  /** Bytes of that segment that belong to the journal. */
  byteLength: number;
  /** Last sequence of the journal up to here; also set when the epoch is empty. */
  lastSequence: number;
  /** Checksum of the last record up to here. */
  lastChecksum: number;
  /** Bytes of an unfinished write that were cut off. */
  tornBytes: number;
}

const SealWord = {
  epoch: 2,
  sealedBy: 3,
  lastIndex: 4,
  lastChecksum: 5,
  byteLength: 6,
  lastSequence: 8,
  tornBytes: 10,
} as const;

export function encodeSeal(seal: Seal): Uint8Array {
  const words = newBlock(SEAL_MAGIC, FORMAT_VERSION);
  words[SealWord.epoch] = seal.epoch;
  words[SealWord.sealedBy] = seal.sealedBy;
  words[SealWord.lastIndex] = seal.lastIndex;
  words[SealWord.lastChecksum] = seal.lastChecksum;
  writeWide(words, SealWord.byteLength, seal.byteLength);
  writeWide(words, SealWord.lastSequence, seal.lastSequence);
  writeWide(words, SealWord.tornBytes, seal.tornBytes);
  return finishBlock(words);
}

export function decodeSeal(bytes: Uint8Array): Seal | BlockProblem {
  const words = openBlock(bytes, SEAL_MAGIC, FORMAT_VERSION);
  if (typeof words === 'string') return words;
  return {
    epoch: words[SealWord.epoch] >>> 0,
    sealedBy: words[SealWord.sealedBy] >>> 0,
    lastIndex: words[SealWord.lastIndex],
    byteLength: readWide(words, SealWord.byteLength),
    lastSequence: readWide(words, SealWord.lastSequence),
    lastChecksum: words[SealWord.lastChecksum] >>> 0,
    tornBytes: readWide(words, SealWord.tornBytes),
  };
}

export interface SnapshotHeader {
  sequence: number;
  /** Length of the content that follows the header. */
  byteLength: number;
  /** CRC-32C of the content. */
  contentChecksum: number;
}

const SnapshotWord = { sequence: 2, byteLength: 4, contentChecksum: 6 } as const;

export function encodeSnapshotHeader(header: SnapshotHeader): Uint8Array {
  const words = newBlock(SNAPSHOT_MAGIC, SNAPSHOT_VERSION);
  writeWide(words, SnapshotWord.sequence, header.sequence);
  writeWide(words, SnapshotWord.byteLength, header.byteLength);
  words[SnapshotWord.contentChecksum] = header.contentChecksum;
  return finishBlock(words);
}

export function decodeSnapshotHeader(bytes: Uint8Array): SnapshotHeader | BlockProblem {
  const words = openBlock(bytes, SNAPSHOT_MAGIC, SNAPSHOT_VERSION);
  if (typeof words === 'string') return words;
  return {
    sequence: readWide(words, SnapshotWord.sequence),
    byteLength: readWide(words, SnapshotWord.byteLength),
    contentChecksum: words[SnapshotWord.contentChecksum] >>> 0,
  };
}

function newBlock(magic: number, version: number): Int32Array {
  const words = new Int32Array(BLOCK_WORDS);
  words[0] = magic;
  words[1] = version;
  return words;
}

function finishBlock(words: Int32Array): Uint8Array {
  words[CHECKSUM_WORD] = crc32cOfWords(words, 0, CHECKSUM_WORD);
  return new Uint8Array(words.buffer);
}

/** The words of a block that is whole and of a version this program knows, or what is wrong with it. */
function openBlock(bytes: Uint8Array, magic: number, version: number): Int32Array | BlockProblem {
  if (bytes.length < BLOCK_BYTES) return 'damaged';
  const words = new Int32Array(bytes.slice(0, BLOCK_BYTES).buffer);
  if (words[0] !== magic || words[CHECKSUM_WORD] >>> 0 !== crc32cOfWords(words, 0, CHECKSUM_WORD)) return 'damaged';
  return words[1] > version ? 'newer' : words;
}
