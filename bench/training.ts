/**
 * Gradient boosting of 24,000 rows × 19 features, 200 trees, beside scikit-learn's HistGradientBoosting in the same run on
 * the same rows: ours on two threads, theirs on its default ones, both after a warm-up fit.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Rng } from '#kit/rng.ts';
import { binMatrix } from '#optimizer/models/binning.ts';
import { fitBoosting, type Samples } from '#optimizer/models/gradient-boosting.ts';
import { ThreadedSplitter } from '#optimizer/models/threaded-splitter.ts';
import type { TreeEnsemble } from '#optimizer/models/tree-ensemble.ts';
import { median, say } from './report.ts';

const TRAIN_ROWS = 24_000;
const TEST_ROWS = 8_000;
const WIDTH = 19;
const TREES = 200;
const RUNS = 5;
const EXIT_NO_PEER = 2;
const PEER = '/usr/bin/python3';
const NOISE = 0.4;

const PEER_PROGRAM = `
import sys, time, json
import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor as Boosting
folder, width, train, runs, trees = sys.argv[1], *map(int, sys.argv[2:6])
rows = np.fromfile(folder + '/rows.f64').reshape(-1, width + 1)
features, targets = np.ascontiguousarray(rows[:, :width]), np.ascontiguousarray(rows[:, width])
fit = lambda: Boosting(max_iter=trees, early_stopping=False).fit(features[:train], targets[:train])
fit()
seconds = []
for _ in range(runs):
    started = time.perf_counter()
    model = fit()
    seconds.append(time.perf_counter() - started)
print(json.dumps({'seconds': seconds, 'r2': model.score(features[train:], targets[train:])}))
`;

export async function run(): Promise<object> {
  const rows = makeRows(new Rng(7));
  const peer = runPeer(rows);
  const { seconds, model } = await fitOurs(rows);
  const r2 = explainedOnTest(model, rows);
  const fitSeconds = median(seconds);
  const peerSeconds = median(peer.seconds);
  const predictMicros = timePredictions(model, rows);
  say(
    `ours: ${seconds.map((one) => one.toFixed(3)).join(', ')} s, R² ${r2.toFixed(4)}, ${predictMicros.toFixed(2)} µs a row`,
  );
  say(`scikit-learn: ${peer.seconds.map((one) => one.toFixed(3)).join(', ')} s, R² ${peer.r2.toFixed(4)}`);
  return {
    fitSeconds,
    peer: { fitSeconds: peerSeconds },
    ratio: fitSeconds / peerSeconds,
    r2Difference: r2 - peer.r2,
    predictMicros,
  };
}

/** Load-like rows: a daily shape, levels with memory, steps and interactions, noise; one feature in fifty is missing. */
function makeRows(rng: Rng): Float64Array {
  const rows = new Float64Array((TRAIN_ROWS + TEST_ROWS) * (WIDTH + 1));
  for (let at = 0; at < rows.length; at += WIDTH + 1) {
    for (let on = 0; on < WIDTH; on++) rows[at + on] = rng.normal(0, 1);
    const hour = Math.abs(rows[at + 8]) * 6;
    const shape = Math.sin((2 * Math.PI * hour) / 24) + (rows[at + 9] > 1 ? 0.7 : 0);
    // No pure product: greedy trees find one by luck alone, and two exact implementations then differ by chance.
    const flow = rows[at] * (1 + 0.4 * rows[at + 1]) + Math.max(0, rows[at + 5]) + 0.5 * rows[at + 15];
    rows[at + WIDTH] = shape * 2 + flow + Math.exp(0.4 * rows[at + 4]) + rng.normal(0, NOISE);
    for (let on = 0; on < WIDTH; on++) if (rng.float() < 0.02) rows[at + on] = Number.NaN;
  }
  return rows;
}

function samplesOf(rows: Float64Array, from: number, to: number): Samples {
  const values = new Float64Array((to - from) * WIDTH);
  const targets = new Float64Array(to - from);
  for (let row = from; row < to; row++) {
    const at = row * (WIDTH + 1);
    values.set(rows.subarray(at, at + WIDTH), (row - from) * WIDTH);
    targets[row - from] = rows[at + WIDTH];
  }
  return { features: { rows: to - from, width: WIDTH, values }, targets };
}

function runPeer(rows: Float64Array): { seconds: number[]; r2: number } {
  const folder = mkdtempSync(path.join(tmpdir(), 'nautilus-training-'));
  try {
    writeFileSync(path.join(folder, 'rows.f64'), new Uint8Array(rows.buffer));
    const words = ['-c', PEER_PROGRAM, folder, WIDTH, TRAIN_ROWS, RUNS, TREES].map(String);
    return JSON.parse(execFileSync(PEER, words, { encoding: 'utf8' })) as { seconds: number[]; r2: number };
  } catch (error) {
    say(`scikit-learn does not run here (apt-get install python3-sklearn): ${String(error).split('\n')[0]}`);
    process.exit(EXIT_NO_PEER);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function fitOurs(rows: Float64Array): Promise<{ seconds: number[]; model: TreeEnsemble }> {
  const samples = samplesOf(rows, 0, TRAIN_ROWS);
  const engine = await ThreadedSplitter.open();
  try {
    const fit = (): TreeEnsemble => {
      const binned = binMatrix(samples.features, 2);
      return fitBoosting(samples, { trees: TREES }, { prepared: { binned, engine: engine.prepare(binned) } });
    };
    let model = fit();
    const seconds: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const started = performance.now();
      model = fit();
      seconds.push((performance.now() - started) / 1000);
    }
    return { seconds, model };
  } finally {
    await engine.close();
  }
}

function explainedOnTest(model: TreeEnsemble, rows: Float64Array): number {
  const { features, targets } = samplesOf(rows, TRAIN_ROWS, TRAIN_ROWS + TEST_ROWS);
  const mean = targets.reduce((sum, target) => sum + target, 0) / targets.length;
  let errors = 0;
  let spread = 0;
  for (let row = 0; row < targets.length; row++) {
    errors += (targets[row] - model.predict(features.values, row * WIDTH)) ** 2;
    spread += (targets[row] - mean) ** 2;
  }
  return 1 - errors / spread;
}

/** Median over passes of the mean time of a single prediction. */
function timePredictions(model: TreeEnsemble, rows: Float64Array): number {
  const { features, targets } = samplesOf(rows, TRAIN_ROWS, TRAIN_ROWS + TEST_ROWS);
  const passes: number[] = [];
  let sum = 0;
  for (let pass = 0; pass < RUNS; pass++) {
    const started = performance.now();
    for (let row = 0; row < targets.length; row++) sum += model.predict(features.values, row * WIDTH);
    passes.push(((performance.now() - started) * 1000) / targets.length);
  }
  if (Number.isNaN(sum)) throw new Error('a prediction is not a number');
  return median(passes);
}
