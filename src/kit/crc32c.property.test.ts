import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32c, crc32cOfWords } from './crc32c.ts';

/** The definition, one bit at a time. */
function crc32cBitwise(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

const anyBytes = fc.uint8Array({ maxLength: 200 });

describe('crc32c', () => {
  it('agrees with the bit-wise definition for any range of any bytes', () => {
    fc.assert(
      fc.property(anyBytes, fc.nat(40), fc.nat(40), (bytes, skipFront, skipBack) => {
        const start = Math.min(skipFront, bytes.length);
        const end = Math.max(start, bytes.length - skipBack);
        const expected = crc32cBitwise(bytes.subarray(start, end));
        expect(crc32c(bytes, start, end)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('can be computed piece by piece', () => {
    fc.assert(
      fc.property(anyBytes, fc.nat(200), (bytes, cut) => {
        const middle = Math.min(cut, bytes.length);
        const whole = crc32c(bytes, 0, bytes.length);
        expect(crc32c(bytes, middle, bytes.length, crc32c(bytes, 0, middle))).toBe(whole);
      }),
    );
  });

  it('gives the same for words as for their bytes, whole or piece by piece', () => {
    fc.assert(
      fc.property(fc.int32Array({ maxLength: 60 }), fc.nat(60), fc.nat(60), (words, from, cut) => {
        const start = Math.min(from, words.length);
        const middle = Math.min(start + cut, words.length);
        const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
        const expected = crc32c(bytes, start * 4, bytes.length);
        expect(crc32cOfWords(words, start, words.length)).toBe(expected);
        expect(crc32cOfWords(words, middle, words.length, crc32cOfWords(words, start, middle))).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('notices every flip of one bit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), fc.nat(), fc.nat(7), (bytes, at, bit) => {
        const before = crc32c(bytes, 0, bytes.length);
        bytes[at % bytes.length] ^= 1 << bit;
        expect(crc32c(bytes, 0, bytes.length)).not.toBe(before);
      }),
    );
  });
});
