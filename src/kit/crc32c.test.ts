import { describe, expect, it } from 'vitest';
import { crc32c, crc32cOfWords } from './crc32c.ts';

function ofText(text: string): number {
  const bytes = new TextEncoder().encode(text);
  return crc32c(bytes, 0, bytes.length);
}

describe('crc32c', () => {
  it('gives the known answer of the polynomial', () => {
    expect(ofText('123456789')).toBe(0xe3069283);
    expect(ofText('')).toBe(0);
  });

  it.each([
    ['32 zeros', () => 0x00, 0x8a9136aa],
    ['32 ones', () => 0xff, 0x62a8ab43],
    ['32 rising bytes', (index: number) => index, 0x46dd794e],
    ['32 falling bytes', (index: number) => 31 - index, 0x113fdb5c],
  ])('gives the answer of RFC 3720 B.4 for %s', (_name, byteAt, answer) => {
    const bytes = Uint8Array.from({ length: 32 }, (_unused, index) => byteAt(index));
    expect(crc32c(bytes, 0, 32)).toBe(answer);
    expect(crc32cOfWords(new Int32Array(bytes.buffer), 0, 8)).toBe(answer);
  });
});
