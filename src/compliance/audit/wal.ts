/**
 * The log's newest entries in frames with checksums, in files that were filled with zeros before: what makes an append
 * durable with one fdatasync that changes no metadata. One frame is on its way at a time, so only the last one can be
 * unfinished. Never decides what an entry means, and never drops one that was acknowledged.
 */
import { crc32c } from '#kit/crc32c.ts';

/** Longest frame. */
export const FRAME_BYTES_MAX = 4 << 20;
export const SEGMENT_BYTES = 8 << 20;
const HEADER_BYTES = 24;
const TRAILER_BYTES = 8;
const LENGTH_BYTES = 4;
const MAGIC = 0x3157414e; // "NAW1"
const TRAILER_MARK = 0x5a000000;
const SECTOR_BYTES = 512;
const TWO_POW_32 = 2 ** 32;

/** Bytes a frame of these entries takes. */
export function frameBytes(entries: readonly Uint8Array[]): number {
  let body = 0;
  for (const entry of entries) body += LENGTH_BYTES + entry.length;
  return HEADER_BYTES + Math.ceil(body / 8) * 8 + TRAILER_BYTES;
}

/** What one more entry adds to a frame, at most. */
export function entryFrameBytes(entry: Uint8Array): number {
  return LENGTH_BYTES + entry.length;
}
export const FRAME_OVERHEAD_BYTES = HEADER_BYTES + TRAILER_BYTES + 8;

/** Writes the frame to the start of `into`; returns its length. */
export function encodeFrame(into: Buffer, firstIndex: number, entries: readonly Uint8Array[]): number {
  const length = frameBytes(entries);
  into.writeUInt32LE(MAGIC, 0);
  into.writeUInt32LE(length, 4);
  into.writeUInt32LE(firstIndex % TWO_POW_32, 8);
  into.writeUInt32LE(Math.floor(firstIndex / TWO_POW_32), 12);
  into.writeUInt32LE(entries.length, 16);
  const headerChecksum = crc32c(into, 0, 20);
  into.writeUInt32LE(headerChecksum, 20);
  let at = HEADER_BYTES;
  for (const entry of entries) {
    into.writeUInt32LE(entry.length, at);
    into.set(entry, at + LENGTH_BYTES);
    at += LENGTH_BYTES + entry.length;
  }
  const trailer = length - TRAILER_BYTES;
  into.fill(0, at, trailer);
  into.writeUInt32LE(crc32c(into, HEADER_BYTES, trailer, headerChecksum), trailer);
  into.writeUInt32LE(length | TRAILER_MARK, trailer + 4);
  return length;
}

export interface SegmentContent {
  readonly entries: Buffer[];
  /** Where the next frame goes. */
  readonly end: number;
  /** Bytes after `end` that belong to an unfinished frame; 0 normally. */
  readonly tornBytes: number;
}

/**
 * Reads a segment whose first entry is `firstIndex`. Returns what is wrong, in words with the byte, where it is damaged:
 * something that was finished and is not whole any more.
 */
export function readSegment(bytes: Buffer, firstIndex: number): SegmentContent | string {
  const entries: Buffer[] = [];
  const last = lastUsedByte(bytes);
  let at = 0;
  while (at + HEADER_BYTES + TRAILER_BYTES <= bytes.length && at <= last) {
    const state = inspect(bytes, at, last);
    if (state === 'torn') return { entries, end: at, tornBytes: last + 1 - at };
    if (state !== 'whole') return `at byte ${at}: ${state}`;
    const first = bytes.readUInt32LE(at + 8) + bytes.readUInt32LE(at + 12) * TWO_POW_32;
    if (first !== firstIndex + entries.length) return `at byte ${at}: the frame begins at entry ${first}`;
    const length = bytes.readUInt32LE(at + 4);
    if (!takeEntries(bytes, at, entries)) return `at byte ${at}: the entries do not fill the frame`;
    at += length;
  }
  return { entries, end: at, tornBytes: 0 };
}

function takeEntries(bytes: Buffer, at: number, entries: Buffer[]): boolean {
  const end = at + bytes.readUInt32LE(at + 4) - TRAILER_BYTES;
  const count = bytes.readUInt32LE(at + 16);
  let place = at + HEADER_BYTES;
  for (let number = 0; number < count; number++) {
    if (place + LENGTH_BYTES > end) return false;
    const length = bytes.readUInt32LE(place);
    if (place + LENGTH_BYTES + length > end) return false;
    entries.push(bytes.subarray(place + LENGTH_BYTES, place + LENGTH_BYTES + length));
    place += LENGTH_BYTES + length;
  }
  return end - place < 8;
}

/** `whole`, `torn` for a write that was never finished, or what is damaged. */
function inspect(bytes: Buffer, at: number, last: number): string {
  const headerHolds = bytes.readUInt32LE(at) === MAGIC && crc32c(bytes, at, at + 20) === bytes.readUInt32LE(at + 20);
  if (!headerHolds) {
    // Without its header the length is not known: unfinished only where nothing whole follows and a sector is missing.
    return hasBlankSector(bytes, at, last + 1) || last < at + HEADER_BYTES ? 'torn' : 'the header fails its checksum';
  }
  const length = bytes.readUInt32LE(at + 4);
  const end = at + length;
  if (length < HEADER_BYTES + TRAILER_BYTES || end > bytes.length) return 'the length cannot be';
  const trailer = end - TRAILER_BYTES;
  const isMarked = bytes.readUInt32LE(trailer + 4) === (length | TRAILER_MARK);
  const holds = crc32c(bytes, at + HEADER_BYTES, trailer, bytes.readUInt32LE(at + 20)) === bytes.readUInt32LE(trailer);
  if (isMarked && holds) return 'whole';
  if (last >= end) return 'the frame fails its checksum, and others follow it';
  // The last byte of a finished frame is never zero, whichever bit of it changes.
  if (bytes[end - 1] === 0 || hasBlankSector(bytes, at, end)) return 'torn';
  return 'the frame fails its checksum';
}

/** Whether a whole sector of the disk within [start, end) was never written: entries hold no run of zeros. */
function hasBlankSector(bytes: Buffer, start: number, end: number): boolean {
  for (let at = Math.floor(start / SECTOR_BYTES) * SECTOR_BYTES; at < end; at += SECTOR_BYTES) {
    const from = Math.max(at, start);
    const to = Math.min(at + SECTOR_BYTES, end);
    if (to - from >= HEADER_BYTES && bytes.subarray(from, to).every((byte) => byte === 0)) return true;
  }
  return false;
}

/** Index of the last byte that is not zero; −1 where all are. */
export function lastUsedByte(bytes: Buffer): number {
  let last = bytes.length - 1;
  // Eight bytes a step over what is mostly zeros.
  while (last >= 7 && last % 8 !== 7) {
    if (bytes[last] !== 0) return last;
    last--;
  }
  while (last >= 7 && bytes.readUInt32LE(last - 3) === 0 && bytes.readUInt32LE(last - 7) === 0) last -= 8;
  while (last >= 0 && bytes[last] === 0) last--;
  return last;
}
