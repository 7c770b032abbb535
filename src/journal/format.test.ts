import { describe, expect, it } from 'vitest';
import { crc32c } from '#kit/crc32c.ts';
import { RecordKind, RecordState, inspectRecord, readWide, sealRecord, writeWide } from './format.ts';

const STAMP = {
  kind: RecordKind.commands,
  epoch: 3,
  firstSequence: 2 ** 40 + 5,
  count: 2,
  timeMicros: 1_700_000_000_123_456,
  durableSequence: 2 ** 40 + 1,
  previousChecksum: 0xfedcba98,
};

function record(): Int32Array {
  const words = new Int32Array(24);
  words.set([11, 22, 33], 12);
  words.set([1, 2, 3, -4], 16);
  sealRecord(words, 4, STAMP);
  return words;
}

describe('a record', () => {
  it('has the layout that is written down', () => {
    const words = record();
    const view = new DataView(words.buffer);
    expect(new TextDecoder().decode(new Uint8Array(words.buffer, 0, 4))).toBe('NJB1');
    expect(view.getUint32(4, true)).toBe(1);
    expect(view.getUint32(8, true)).toBe(88);
    expect(view.getUint32(12, true)).toBe(2);
    expect(view.getUint32(16, true)).toBe(3);
    expect(view.getUint32(20, true)).toBe(0xfedcba98);
    expect(view.getBigUint64(24, true)).toBe(2n ** 40n + 5n);
    expect(view.getBigUint64(32, true)).toBe(1_700_000_000_123_456n);
    expect(view.getBigUint64(40, true)).toBe(2n ** 40n + 1n);
    expect([view.getUint32(48, true), view.getUint32(52, true), view.getUint32(56, true)]).toEqual([11, 22, 33]);
    const bytes = new Uint8Array(words.buffer);
    const headerChecksum = crc32c(bytes, 0, 60);
    expect(view.getUint32(60, true)).toBe(headerChecksum);
    expect(view.getUint32(80, true)).toBe(crc32c(bytes, 64, 80, headerChecksum));
    expect(view.getUint32(84, true)).toBe(0x5a000000 + 88);
  });

  it('is whole only with every bit as it was written', () => {
    const words = record();
    expect(inspectRecord(words, 0, 22)).toBe(RecordState.whole);
    const bytes = new Uint8Array(words.buffer, 0, 88);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      bytes[bit >> 3] ^= 1 << (bit & 7);
      const expected = bit < 64 * 8 ? RecordState.badHeader : RecordState.badBody;
      expect(inspectRecord(words, 0, 22)).toBe(expected);
      bytes[bit >> 3] ^= 1 << (bit & 7);
    }
  });

  it('is cut off, or blank, where it is', () => {
    const words = record();
    expect(inspectRecord(words, 0, 21)).toBe(RecordState.cutOff);
    expect(inspectRecord(words, 0, 15)).toBe(RecordState.cutOff);
    expect(inspectRecord(new Int32Array(16), 0, 16)).toBe(RecordState.blank);
  });

  it('whose length cannot be is not believed, although its checksum is right', () => {
    const words = record();
    for (const length of [0, 64, 90, -8, (1 << 20) + 8]) {
      words[2] = length;
      words[15] = crc32c(new Uint8Array(words.buffer), 0, 60);
      expect(inspectRecord(words, 0, 22)).toBe(RecordState.badHeader);
    }
  });
});

describe('a wide integer', () => {
  it.each([0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1])('comes back as %d', (value) => {
    const words = new Int32Array(2);
    writeWide(words, 0, value);
    expect(readWide(words, 0)).toBe(value);
  });
});
