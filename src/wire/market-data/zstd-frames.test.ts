import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { join } from './testing.ts';
import { ZstdFrames } from './zstd-frames.ts';

interface Frame {
  bytes: number[];
  skippable: boolean;
}

/** Splits a stream given in chunks; the frames, and the code of the fault that ended the walk. */
function split(stream: Uint8Array, chunkBytes: number) {
  const walker = new ZstdFrames();
  const frames: Frame[] = [];
  let open: number[] = [];
  for (let start = 0; start < stream.length; start += chunkBytes) {
    const chunk = stream.subarray(start, start + chunkBytes);
    for (let at = 0; at < chunk.length;) {
      const end = walker.advance(chunk, at);
      if (!end.ok) return { frames, code: end.error.code, complete: false };
      expect(end.value).toBeGreaterThan(at);
      open.push(...chunk.subarray(at, end.value));
      at = end.value;
      if (!walker.between) continue;
      frames.push({ bytes: open, skippable: walker.skippable });
      open = [];
    }
  }
  return { frames, code: undefined, complete: walker.between };
}

const SKIPPABLE = Uint8Array.of(0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9);

describe('the walk over zstd frames', () => {
  it('finds each frame of a stream, whatever its header holds and however it is cut', () => {
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.integer({ min: 0, max: 300_000 }).map((length) => new Uint8Array(length).fill(7)),
      fc
        .integer({ min: 1, max: 99 })
        .map((seed) => Uint8Array.from({ length: 150_000 }, (_, at) => (at * at * seed) >> 7)),
    );
    const frame = fc.tuple(content, fc.constantFrom(0, 1), fc.constantFrom(0, 1));
    fc.assert(
      fc.property(
        fc.array(frame, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 5000 }),
        (parts, chunk) => {
          const stream = join(
            parts.map(([bytes, checksum, size]) =>
              zstdCompressSync(bytes, {
                params: { [constants.ZSTD_c_checksumFlag]: checksum, [constants.ZSTD_c_contentSizeFlag]: size },
              }),
            ),
          );
          const { frames, complete } = split(stream, chunk);
          expect(complete).toBe(true);
          expect(frames.map(({ bytes }) => zstdDecompressSync(Uint8Array.from(bytes)))).toEqual(
            parts.map(([bytes]) => Buffer.from(bytes)),
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  it('tells frames that hold no data', () => {
    const stream = join([SKIPPABLE, zstdCompressSync(Uint8Array.of(1, 2)), SKIPPABLE]);
    const { frames, complete } = split(stream, 1);
    expect(frames.map((frame) => frame.skippable)).toEqual([true, false, true]);
    expect(complete).toBe(true);
  });

  it('knows that a stream was cut inside a frame', () => {
    const stream = zstdCompressSync(new Uint8Array(1000));
    expect(split(stream.subarray(0, stream.length - 1), 8).complete).toBe(false);
  });

  it('refuses what is not zstd', () => {
    expect(split(join([zstdCompressSync(Uint8Array.of(1)), Uint8Array.of(1, 2, 3, 4)]), 3).code).toBe(
      'MARKET_DATA_ZSTD_FRAME',
    );
  });

  it('never throws on damage', () => {
    const stream = join([zstdCompressSync(new Uint8Array(5000).fill(3)), SKIPPABLE]);
    fc.assert(
      fc.property(
        fc.nat({ max: stream.length - 1 }),
        fc.nat({ max: 255 }),
        fc.integer({ min: 1, max: 9 }),
        (at, value, chunk) => {
          const damaged = stream.slice();
          damaged[at] = value;
          expect(['MARKET_DATA_ZSTD_FRAME', undefined]).toContain(split(damaged, chunk).code);
        },
      ),
      { numRuns: 500 },
    );
  });
});
