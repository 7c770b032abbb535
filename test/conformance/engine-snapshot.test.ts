/** Snapshots of an engine in the middle of things: they bring back the same engine, and damage never passes. */
import { describe, expect, it } from 'vitest';
import { CodedError } from '#kit/errors.ts';
import { Rng } from '#kit/rng.ts';
import { Engine } from '#trading/engine.ts';
import { TradingErrors } from '#trading/errors.ts';
import { runStream } from '../reference/stream.ts';

function engineAfter(seed: number, commands: number): Engine {
  const { script } = runStream(seed, commands, { holdingsEvery: commands, restoreEvery: 0 });
  const engine = new Engine(() => undefined);
  for (const { words } of script) engine.apply(words, 0);
  return engine;
}

function errorOf(bytes: Uint8Array): unknown {
  try {
    Engine.restore(bytes, () => undefined);
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('an engine that is released', () => {
  it('leaves nothing of itself to the next one', () => {
    const { script } = runStream(9, 600, { holdingsEvery: 600, restoreEvery: 0 });
    const first = new Engine(() => undefined);
    for (const { words } of script) first.apply(words, 0);
    const worn = engineAfter(10, 600);
    const memory = worn.view?.orders.words;
    worn.release();
    const next = new Engine(() => undefined);
    for (const { words } of script) next.apply(words, 0);
    expect(next.view?.orders.words).toBe(memory);
    expect(next.stateHash()).toBe(first.stateHash());
    expect(Buffer.compare(next.snapshot(), first.snapshot())).toBe(0);
    expect(worn.stateHash()).toBe('empty');
  });
});

describe('a snapshot', () => {
  it('is the same bytes again after a restore', () => {
    for (const seed of [1, 2, 3, 4]) {
      const engine = engineAfter(seed, 500);
      const bytes = engine.snapshot();
      const restored = Engine.restore(bytes, () => undefined);
      expect(restored.stateHash()).toBe(engine.stateHash());
      expect(Buffer.compare(restored.snapshot(), bytes)).toBe(0);
      expect(restored.lastTimeMicros).toBe(engine.lastTimeMicros);
    }
  });

  it('is refused with a code when any bit of it is flipped', () => {
    const bytes = engineAfter(5, 300).snapshot();
    const rng = new Rng(7);
    for (let flip = 0; flip < 300; flip++) {
      const damaged = bytes.slice();
      damaged[flip < 100 ? flip : rng.int(bytes.length)] ^= 1 << rng.int(8);
      expect(errorOf(damaged)).toBeInstanceOf(CodedError);
    }
  });

  it('is refused with a code when it is cut anywhere', () => {
    const bytes = engineAfter(6, 300).snapshot();
    const rng = new Rng(8);
    for (let cut = 0; cut < 200; cut++) {
      expect(errorOf(bytes.slice(0, cut < 80 ? cut : rng.int(bytes.length)))).toMatchObject({
        code: TradingErrors.TRADING_SNAPSHOT_DAMAGED.code,
      });
    }
  });
});
