/** The registry's one rule, and the ways between champion, challenger and retired. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock } from '#kit/clock.ts';
import { createIdSource } from '#kit/ids.ts';
import { openStore, type Store } from '#store/open.ts';
import type { HorizonModelData } from '../forecast/horizon-model.ts';
import { ModelRegistry } from './model-registry.ts';

let store: Store;
let clock: ManualClock;
let registry: ModelRegistry;
beforeEach(async () => {
  clock = createManualClock(1_000_000);
  let next = 0;
  const fillRandom = (bytes: Uint8Array): void => void bytes.fill(next++ & 0xff);
  store = await openStore(
    { kind: 'sqlite', file: ':memory:' },
    { clock, ids: createIdSource(clock, fillRandom), fillRandom },
  );
  registry = new ModelRegistry(store, '1.2.3');
});
afterEach(async () => store.close());

const LEARNT_FROM = Float64Array.of(1, 2, 3);

/** A model that is nothing but its naive forecast, with the given errors on its validation windows. */
function modelData(model: number, naive: number): HorizonModelData {
  return {
    ahead: 15,
    shape: { rule: 'always', around: 3 },
    names: ['one'],
    members: [],
    naive: 'lastValue',
    blend: { space: 'linear', weights: [1] },
    quantiles: [],
    folds: [],
    validation: { model, naive },
  };
}

async function add(model: number, naive: number): Promise<{ modelId: string; state: string }> {
  clock.advance(1_000_000);
  return registry.add('risk-engine', '15m', modelData(model, naive), LEARNT_FROM);
}

describe('the model registry', () => {
  it('never promotes a model that does not beat the best naive forecast, asked or not', async () => {
    for (const [model, naive] of [
      [1, 1],
      [2, 1],
      [1, 0],
      [Number.NaN, 1],
    ] as const) {
      const { modelId, state } = await add(model, naive);
      expect(state).toBe('refused');
      await expect(registry.promote(modelId)).rejects.toMatchObject({ code: 'FORECAST_MODEL_REFUSED' });
    }
    expect(await registry.champions()).toEqual([]);
  });

  it('crowns the first good model, keeps a clearly worse one as challenger, and goes back when told', async () => {
    const first = await add(0.8, 1);
    const worse = await add(0.95, 1);
    const better = await add(0.6, 1);
    expect([first.state, worse.state, better.state]).toEqual(['champion', 'challenger', 'champion']);
    expect((await registry.champions()).map(({ modelId }) => modelId)).toEqual([better.modelId]);
    expect(await registry.read(first.modelId)).toMatchObject({ state: 'retired' });
    await registry.rollBack('risk-engine', '15m');
    expect((await registry.champions()).map(({ modelId }) => modelId)).toEqual([first.modelId]);
    await registry.promote(worse.modelId);
    expect((await registry.champions()).map(({ modelId }) => modelId)).toEqual([worse.modelId]);
  });

  it('says what a model learnt from, and opens it again', async () => {
    const { modelId } = await add(0.5, 1);
    const { card } = await registry.read(modelId);
    expect(card).toMatchObject({ codeVersion: '1.2.3', minutes: 3, validation: { ratio: 0.5 } });
    expect((await registry.open(modelId)).data).toEqual(modelData(0.5, 1));
    await expect(registry.read('mdl_none')).rejects.toMatchObject({ code: 'FORECAST_MODEL_UNKNOWN' });
    await expect(registry.rollBack('risk-engine', '24h')).rejects.toMatchObject({ code: 'FORECAST_NO_EARLIER_MODEL' });
  });
});
