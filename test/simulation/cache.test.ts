import { describe, expect, it } from 'vitest';
import { notLinearizable, sessionViolations, stalestMs, type Operation } from '../../src/edge/cache/history.ts';
import type { CachePolicy } from '../../src/edge/cache/policy.ts';
import { CacheWorld, type WorldOptions } from './cache-world.ts';

const SEEDS = Array.from({ length: 12 }, (_, seed) => seed + 1);
const STALENESS_MS = 120;
const DRIFT = 0.02;

const BASE = { name: 'simulated', data: 'reference', strategy: 'read-through', reason: 'a test', itemsMax: 4 } as const;

async function play(policy: CachePolicy, seed: number, more: Partial<WorldOptions> = {}): Promise<CacheWorld> {
  const world = new CacheWorld({
    seed,
    policy,
    nodes: 3,
    keys: 6,
    operations: 300,
    driftMax: DRIFT,
    faults: true,
    ...more,
  });
  await world.run();
  return world;
}

describe('caches under partition, crash and clocks that drift', () => {
  it.each(['read-through', 'write-through', 'write-around'] as const)(
    'are linearizable where strong (%s)',
    async (strategy) => {
      for (const seed of SEEDS) {
        const world = await play({ ...BASE, strategy, consistency: 'strong' }, seed);
        expect(notLinearizable(world.history), `seed ${seed}`).toBeUndefined();
      }
    },
  );

  it.each(['read-through', 'write-through', 'refresh-ahead'] as const)(
    'are never staler than their bound (%s)',
    async (strategy) => {
      let stalest = 0;
      for (const seed of SEEDS) {
        const ttl = strategy === 'refresh-ahead' ? { ttlMs: STALENESS_MS } : {};
        const policy = {
          ...BASE,
          strategy,
          consistency: 'bounded-staleness',
          stalenessMsMax: STALENESS_MS,
          ...ttl,
        } as const;
        const world = await play(policy, seed, { dropInvalidations: true });
        stalest = Math.max(stalest, stalestMs(world.history, world.reign));
      }
      expect(stalest).toBeLessThanOrEqual(STALENESS_MS * (1 + 2 * DRIFT));
      expect(stalest).toBeGreaterThan(STALENESS_MS / 4);
    },
  );

  it.each(['read-through', 'write-through', 'write-around'] as const)(
    'show sessions their own writes and never take them back, whichever node they ask (%s)',
    async (strategy) => {
      for (const seed of SEEDS) {
        const world = await play({ ...BASE, strategy, consistency: 'session' }, seed);
        const versionOf = (value: number): number => world.reign.get(value)?.version ?? 0;
        expect(sessionViolations(world.history, versionOf), `seed ${seed}`).toEqual([]);
      }
    },
  );

  it.each(['read-through', 'write-through', 'write-around'] as const)(
    'converge where eventual (%s)',
    async (strategy) => {
      for (const seed of SEEDS) {
        const world = await play({ ...BASE, strategy, consistency: 'eventual' }, seed);
        for (const [key, [source, ...nodes]] of await world.settle()) {
          expect(nodes, `seed ${seed}, ${key}`).toEqual(nodes.map(() => source));
        }
      }
    },
  );
});

describe('the checks themselves', () => {
  it('find eventual caches not linearizable, sessions going back, and caches that were told nothing', async () => {
    let broken = 0;
    let backwards = 0;
    let apart = 0;
    for (const seed of SEEDS) {
      const world = await play({ ...BASE, consistency: 'eventual' }, seed, { dropInvalidations: true });
      if (notLinearizable(world.history) !== undefined) broken += 1;
      const versionOf = (value: number): number => world.reign.get(value)?.version ?? 0;
      if (sessionViolations(world.history, versionOf).length > 0) backwards += 1;
      for (const [, [source, ...nodes]] of await world.settle())
        if (nodes.some((value) => value !== source)) apart += 1;
    }
    expect(Math.min(broken, backwards, apart)).toBeGreaterThan(0);
  });

  it('accept a write of unknown outcome whether or not it took effect, and refuse a value from nowhere', () => {
    const write: Operation = { kind: 'write', key: 'a', value: 1, calledMs: 0, returnedMs: Infinity };
    const read = (value: number, at: number): Operation => ({
      kind: 'read',
      key: 'a',
      value,
      calledMs: at,
      returnedMs: at + 1,
    });
    expect(notLinearizable([write, read(0, 2), read(1, 4)])).toBeUndefined();
    expect(notLinearizable([write, read(1, 2), read(0, 4)])).toBe('a');
    expect(notLinearizable([write, read(2, 2)])).toBe('a');
  });
});
