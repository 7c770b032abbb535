/**
 * CRC-32C (Castagnoli), the checksum of journal entries, segments and snapshots: finds damage, never forgery.
 * Sixteen bytes a step with one table row each (Kounavis and Berry, 2005); Node's own `zlib.crc32` is the other polynomial.
 */

const POLYNOMIAL_REFLECTED = 0x82f63b78;
const STEP_BYTES = 16;
const ROW = 256;
const TABLE = buildTable();

function buildTable(): Int32Array {
  const table = new Int32Array(STEP_BYTES * ROW);
  for (let byte = 0; byte < ROW; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (-(crc & 1) & POLYNOMIAL_REFLECTED);
    table[byte] = crc;
  }
  for (let index = ROW; index < table.length; index++) {
    const shorter = table[index - ROW];
    table[index] = table[shorter & 255] ^ (shorter >>> 8);
  }
  return table;
}

/**
 * The checksum of `bytes[start, end)`, an unsigned 32-bit integer.
 * @param previous the checksum of what comes before, to go on from it. @default 0
 */
export function crc32c(bytes: Uint8Array, start: number, end: number, previous = 0): number {
  const table = TABLE;
  let crc = ~previous;
  let at = start;
  for (const last = end - STEP_BYTES; at <= last; at += STEP_BYTES) {
    crc =
      table[3840 + ((crc ^ bytes[at]) & 255)] ^
      table[3584 + (((crc >>> 8) ^ bytes[at + 1]) & 255)] ^
      table[3328 + (((crc >>> 16) ^ bytes[at + 2]) & 255)] ^
      table[3072 + ((crc >>> 24) ^ bytes[at + 3])] ^
      table[2816 + bytes[at + 4]] ^
      table[2560 + bytes[at + 5]] ^
      table[2304 + bytes[at + 6]] ^
      table[2048 + bytes[at + 7]] ^
      table[1792 + bytes[at + 8]] ^
      table[1536 + bytes[at + 9]] ^
      table[1280 + bytes[at + 10]] ^
      table[1024 + bytes[at + 11]] ^
      table[768 + bytes[at + 12]] ^
      table[512 + bytes[at + 13]] ^
      table[256 + bytes[at + 14]] ^
      table[bytes[at + 15]];
  }
  for (; at < end; at++) crc = table[(crc ^ bytes[at]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/**
 * The checksum of words[start, end) as they lie in memory, on a little-endian machine: an unsigned 32-bit integer.
 * Eight bytes a step; nearly twice as fast as going byte by byte (1.45 against 0.78 GB/s where it was measured).
 * @param previous the checksum of what comes before, to go on from it. @default 0
 */
export function crc32cOfWords(words: Int32Array, start: number, end: number, previous = 0): number {
  const table = TABLE;
  let crc = ~previous;
  let at = start;
  for (const last = end - 1; at < last; at += 2) {
    const first = crc ^ words[at];
    const second = words[at + 1];
    crc =
      table[1792 + (first & 255)] ^
      table[1536 + ((first >>> 8) & 255)] ^
      table[1280 + ((first >>> 16) & 255)] ^
      table[1024 + (first >>> 24)] ^
      table[768 + (second & 255)] ^
      table[512 + ((second >>> 8) & 255)] ^
      table[256 + ((second >>> 16) & 255)] ^
      table[second >>> 24];
  }
  if (at < end) {
    const only = crc ^ words[at];
    crc =
      table[768 + (only & 255)] ^
      table[512 + ((only >>> 8) & 255)] ^
      table[256 + ((only >>> 16) & 255)] ^
      table[only >>> 24];
  }
  return ~crc >>> 0;
}
