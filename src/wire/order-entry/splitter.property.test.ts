import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SessionCode } from './codes.ts';
import { CLIENT_FRAME_BYTES_MAX, FRAME_HEADER_BYTES, writeFrameHeader } from './frame.ts';
import { FrameSplitter } from './splitter.ts';

interface Seen {
  frames: number[][];
  bad: number[];
}

function feed(chunks: readonly Uint8Array[], stopAfter = Number.POSITIVE_INFINITY): Seen {
  const seen: Seen = { frames: [], bad: [] };
  const splitter = new FrameSplitter(
    {
      onFrame(view, at, byteLength) {
        seen.frames.push([...new Uint8Array(view.buffer, view.byteOffset + at, byteLength)]);
        return seen.frames.length < stopAfter;
      },
      onBadFrame: (code) => seen.bad.push(code),
    },
    CLIENT_FRAME_BYTES_MAX,
  );
  // One buffer for all reads, as sockets share it: what is kept must have been copied.
  const shared = new Uint8Array(65_536);
  const view = new DataView(shared.buffer);
  for (const chunk of chunks) {
    shared.fill(0xee);
    shared.set(chunk);
    splitter.push(shared, view, chunk.length);
  }
  return seen;
}

const frames = fc.array(fc.record({ words: fc.integer({ min: 1, max: 255 }), type: fc.nat(255), fill: fc.nat(255) }), {
  minLength: 1,
  maxLength: 12,
});

function encode(list: readonly { words: number; type: number; fill: number }[]): Uint8Array {
  const parts = list.map(({ words, type, fill }, index) => {
    const bytes = new Uint8Array(words * 8).fill(fill);
    writeFrameHeader(new DataView(bytes.buffer), 0, bytes.length, type, 0, index + 1);
    return bytes;
  });
  return Buffer.concat(parts);
}

function cut(stream: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < stream.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length]);
    chunks.push(stream.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

describe('cutting a stream into frames', () => {
  it('gives the same frames however the stream is cut, also byte by byte', () => {
    fc.assert(
      fc.property(
        frames,
        fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 8 }),
        (list, sizes) => {
          const stream = encode(list);
          const whole = feed([stream]);
          expect(whole.frames.length).toBe(list.length);
          expect(feed(cut(stream, sizes))).toEqual(whole);
          expect(feed(cut(stream, [1]))).toEqual(whole);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('survives any mutation of the bytes: good frames, then at most one coded end, then silence', () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat(7)), { maxLength: 20 });
    fc.assert(
      fc.property(frames, flips, fc.integer({ min: 1, max: 700 }), (list, changes, size) => {
        const stream = encode(list);
        for (const [place, bit] of changes) stream[place % stream.length] ^= 1 << bit;
        const seen = feed(cut(stream, [size]));
        expect(seen.bad.length).toBeLessThanOrEqual(1);
        for (const frame of seen.frames) {
          expect(frame.length % 8).toBe(0);
          expect(frame.length).toBeGreaterThanOrEqual(FRAME_HEADER_BYTES);
          expect(frame.length).toBeLessThanOrEqual(CLIENT_FRAME_BYTES_MAX);
        }
        expect(feed([stream])).toEqual(seen);
      }),
      { numRuns: 300 },
    );
  });

  it('says what is wrong with a length, and gives nothing more afterwards', () => {
    const good = encode([{ words: 2, type: 1, fill: 0 }]);
    const withLength = (length: number): Uint8Array => {
      const bytes = Uint8Array.from(good);
      new DataView(bytes.buffer).setUint16(0, length, true);
      return Buffer.concat([bytes, good]);
    };
    expect(feed([withLength(0)])).toEqual({ frames: [], bad: [SessionCode.malformedFrame] });
    expect(feed([withLength(12)])).toEqual({ frames: [], bad: [SessionCode.malformedFrame] });
    expect(feed([withLength(CLIENT_FRAME_BYTES_MAX + 8)])).toEqual({ frames: [], bad: [SessionCode.frameTooLong] });
    expect(feed(cut(withLength(4), [1]))).toEqual({ frames: [], bad: [SessionCode.malformedFrame] });
  });

  it('stops when the handler says so', () => {
    const stream = encode([1, 2, 3].map((type) => ({ words: 2, type, fill: 0 })));
    expect(feed([stream], 2).frames.length).toBe(2);
    expect(feed(cut(stream, [5]), 2).frames.length).toBe(2);
  });
});
