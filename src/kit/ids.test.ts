import { describe, expect, it } from 'vitest';
import { createManualClock } from './clock.ts';
import { createIdSource } from './ids.ts';
import { Rng } from './rng.ts';

function sourceFrom(seed: number) {
  const rng = new Rng(seed);
  const clock = createManualClock(1_700_000_000_000_000);
  const nextId = createIdSource(clock, (bytes) => bytes.forEach((_old, index) => (bytes[index] = rng.int(256))));
  return { clock, nextId };
}

describe('ids', () => {
  it('name their kind and are safe in a URL', () => {
    const { nextId } = sourceFrom(1);
    expect(nextId('ord')).toMatch(/^ord_[0-9a-hjkmnp-tv-z]{23}$/);
  });

  it('sort by the time they were made, as text', () => {
    const { clock, nextId } = sourceFrom(2);
    const ids = Array.from({ length: 50 }, () => {
      clock.advance(1000);
      return nextId('evt');
    });
    expect(ids.toSorted()).toEqual(ids);
  });

  it('differ within one millisecond', () => {
    const { nextId } = sourceFrom(3);
    expect(new Set(Array.from({ length: 10_000 }, () => nextId('evt'))).size).toBe(10_000);
  });

  it('refuse a kind that would not read as one word', () => {
    const { nextId } = sourceFrom(4);
    expect(() => nextId('Order 1')).toThrow('ids.kind');
  });
});
