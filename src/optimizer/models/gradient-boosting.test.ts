/** What boosting promises: it fits, it is the same for a seed and on any thread, and it lives with missing values. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '#kit/rng.ts';
import { coverageOf } from './accuracy.ts';
import { binMatrix } from './binning.ts';
import { fitBoosting, type Samples } from './gradient-boosting.ts';
import { ThreadedSplitter } from './threaded-splitter.ts';
import { TreeEnsemble } from './tree-ensemble.ts';

const WIDTH = 5;

function makeSamples(rows: number, seed: number, noise = 0.1): Samples {
  const rng = new Rng(seed);
  const values = new Float64Array(rows * WIDTH);
  const targets = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const at = row * WIDTH;
    for (let on = 0; on < WIDTH; on++) values[at + on] = rng.normal(0, 1);
    targets[row] = Math.sin(2 * values[at]) + (values[at + 1] > 0 ? values[at + 2] : 0) + rng.normal(0, noise);
    if (row % 10 === 0) values[at + 3] = Number.NaN;
  }
  return { features: { rows, width: WIDTH, values }, targets };
}

function errorOf(model: TreeEnsemble, { features, targets }: Samples): number {
  let sum = 0;
  for (let row = 0; row < targets.length; row++) {
    sum += (targets[row] - model.predict(features.values, row * WIDTH)) ** 2;
  }
  return sum / targets.length;
}

describe('gradient boosting', () => {
  const train = makeSamples(3000, 1);
  const fresh = makeSamples(1000, 2);
  let engine: ThreadedSplitter;
  beforeAll(async () => {
    engine = await ThreadedSplitter.open();
  });
  afterAll(async () => engine.close());

  it('explains new rows of a function it has to find', () => {
    const model = fitBoosting(train, { trees: 150 });
    expect(errorOf(model, fresh)).toBeLessThan(0.06);
  });

  it('grows the same trees for the same seed, and others for another', () => {
    const options = { trees: 20, rowShare: 0.5, featureShare: 0.6 };
    const one = fitBoosting(train, { ...options, seed: 3 }).toData();
    expect(fitBoosting(train, { ...options, seed: 3 }).toData()).toEqual(one);
    expect(fitBoosting(train, { ...options, seed: 4 }).toData()).not.toEqual(one);
  });

  it('grows the same trees on two threads as on one', () => {
    const binned = binMatrix(train.features, 2);
    const options = { trees: 30, featureShare: 0.8 };
    const threaded = fitBoosting(train, options, { prepared: { binned, engine: engine.prepare(binned) } });
    expect(threaded.toData()).toEqual(fitBoosting(train, options).toData());
  });

  it('covers the share of new rows that a quantile asks for', () => {
    const noisy = makeSamples(3000, 5, 1);
    const model = fitBoosting(noisy, { trees: 80, loss: { quantile: 0.9 }, minLeafRows: 60 });
    const { features, targets } = makeSamples(2000, 6, 1);
    const upper = targets.map((_target, row) => model.predict(features.values, row * WIDTH));
    expect(coverageOf(targets, upper)).toBeGreaterThan(0.85);
    expect(coverageOf(targets, upper)).toBeLessThan(0.94);
  });

  it('stops early on rows set aside, and keeps the best number of trees', () => {
    const noisy = makeSamples(400, 7, 2);
    const stopped = fitBoosting(noisy, { trees: 400, stopAfter: 10 }, { validation: makeSamples(400, 8, 2) });
    expect(stopped.trees).toBeLessThan(200);
    expect(errorOf(stopped, fresh)).toBeLessThan(errorOf(fitBoosting(noisy, { trees: 400 }), fresh));
  });

  it('learns where a missing value belongs', () => {
    const { features, targets } = makeSamples(2000, 9);
    const marked = targets.map((target, row) => target + (row % 10 === 0 ? 3 : 0));
    const model = fitBoosting({ features, targets: marked }, { trees: 100 });
    const row = Float64Array.from([0, -1, 0, Number.NaN, 0]);
    expect(model.predict(row)).toBeGreaterThan(2);
    row[3] = 0;
    expect(model.predict(row)).toBeLessThan(1);
  });

  it('gives contributions that add up to the prediction', () => {
    const model = fitBoosting(train, { trees: 30 });
    const shares = new Float64Array(WIDTH);
    const base = model.explain(train.features.values, 0, shares);
    expect(base + shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(model.predict(train.features.values), 9);
    expect(Math.max(...model.importance().slice(3))).toBeLessThan(0.1);
  });

  it('survives storage unchanged', () => {
    const model = fitBoosting(train, { trees: 10 });
    const stored = JSON.parse(JSON.stringify(model.toData())) as ReturnType<TreeEnsemble['toData']>;
    expect(errorOf(TreeEnsemble.fromData(stored), fresh)).toBe(errorOf(model, fresh));
  });

  it('predicts a constant for a metric that never changes', () => {
    const { features } = train;
    const model = fitBoosting({ features, targets: new Float64Array(features.rows).fill(7) }, { trees: 5 });
    expect(model.trees).toBe(0);
    expect(model.predict(features.values)).toBe(7);
  });

  it('refuses targets that are not numbers', () => {
    const targets = train.targets.slice();
    targets[5] = Number.NaN;
    expect(() => fitBoosting({ ...train, targets }, { trees: 1 })).toThrow('boosting.target-not-finite');
  });
});
