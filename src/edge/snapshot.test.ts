import { describe, expect, it } from 'vitest';
import { Outbox } from './outbox.ts';
import { SnapshotBuilder, engineSection, restoreSessions } from './snapshot.ts';

function build(engine: Uint8Array): Uint8Array {
  const builder = new SnapshotBuilder(
    engine,
    new Outbox({ ringBytes: 1 << 16, framesMax: 1 << 8 }),
    new Uint32Array(65_536),
  );
  while (!builder.step());
  return builder.bytes;
}

describe("a node's snapshot", () => {
  it('gives the engine its bytes back, however many steps they took', () => {
    const engine = new Uint8Array(700_001).map((_, index) => index * 7);
    expect(Buffer.from(engineSection(build(engine))).equals(Buffer.from(engine))).toBe(true);
  });

  it('is refused when it is of a newer version, cut, or something else', () => {
    const good = build(new Uint8Array(40));
    const newer = good.slice();
    newer[4]++;
    expect(() => engineSection(newer)).toThrow(expect.objectContaining({ code: 'EDGE_SNAPSHOT_NEWER' }));
    for (const bytes of [good.subarray(0, 10), good.subarray(0, good.length - 1), new Uint8Array(64)]) {
      expect(() => engineSection(bytes)).toThrow(expect.objectContaining({ code: 'EDGE_SNAPSHOT_UNREADABLE' }));
    }
    expect(() =>
      restoreSessions(newer, new Outbox({ ringBytes: 1 << 16, framesMax: 1 << 8 }), new Uint32Array(4)),
    ).toThrow(expect.objectContaining({ code: 'EDGE_SNAPSHOT_NEWER' }));
  });
});
