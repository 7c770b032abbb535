/** Whatever a stranger sends: the name server ends, answers well-formed messages or nothing, and never amplifies silence. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { steeringWorld } from '../harness.ts';
import { RecordType } from './codes.ts';
import { queryOf, readAnswer, subnetOption } from './testing.ts';

const world = steeringWorld();
const SEEDS = [
  queryOf({ name: 'api.nautilus.trading', type: RecordType.A }),
  queryOf({ name: 'api.nautilus.trading', type: RecordType.A, edns: { options: subnetOption([133, 11, 0], 24) } }),
  queryOf({ name: 'nautilus.trading', type: RecordType.NS, edns: {} }),
];

function expectSane(message: Uint8Array): void {
  for (const over of ['udp', 'tcp'] as const) {
    const bytes = world.ask(message, over);
    if (bytes.length === 0) continue;
    const answer = readAnswer(bytes);
    expect(answer.id).toBe((message[0] << 8) | message[1]);
    expect(bytes.length).toBeLessThanOrEqual(over === 'udp' ? 1232 : 65_535);
    expect(bytes[2] & 0x80).toBe(0x80);
  }
}

describe('the name server', () => {
  it('survives any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), expectSane), { numRuns: 5000 });
  });

  it('survives queries with bytes changed, cut off or added', () => {
    const damage = fc.record({
      seed: fc.constantFrom(...SEEDS),
      changes: fc.array(fc.tuple(fc.nat(90), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
      cut: fc.option(fc.nat(90), { nil: undefined }),
      added: fc.uint8Array({ maxLength: 20 }),
    });
    fc.assert(
      fc.property(damage, ({ seed, changes, cut, added }) => {
        const bytes = Uint8Array.from([...seed.subarray(0, cut ?? seed.length), ...added]);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        expectSane(bytes);
      }),
      { numRuns: 10_000 },
    );
  });
});
