/**
 * Histogram gradient boosting for squared error and for quantiles (Friedman, 2001; histograms as in LightGBM, 2017), with
 * early stopping on rows that the caller sets aside. The same seed gives the same trees, on one thread or on two.
 */
import { invariant } from '#kit/invariant.ts';
import { Rng } from '#kit/rng.ts';
import { binMatrix, type BinnedMatrix } from './binning.ts';
import { packingFor } from './histogram-shard.ts';
import { LocalSplitter } from './local-splitter.ts';
import type { Matrix } from './matrix.ts';
import { TreeEnsemble, type GrownTree } from './tree-ensemble.ts';
import { fillInnerValues, TreeGrower, type LeafRows, type SplitEngine } from './tree-grower.ts';

export interface BoostingOptions {
  readonly trees: number;
  /** @default 0.1 */
  readonly learningRate?: number;
  /** @default 31 */
  readonly leavesMax?: number;
  /** @default 32 */
  readonly depthMax?: number;
  /** @default 20 */
  readonly minLeafRows?: number;
  /** In rows. @default 0 */
  readonly l2?: number;
  /** Share of rows each tree sees. @default 1 */
  readonly rowShare?: number;
  /** Share of features each tree sees. @default 1 */
  readonly featureShare?: number;
  /** Squared error, or the quantile 0 < q < 1. @default 'squared' */
  readonly loss?: 'squared' | { readonly quantile: number };
  /** Stop when the loss on `validation` has not fallen for that many trees; keeps the best number of trees. */
  readonly stopAfter?: number;
  /** @default 1 */
  readonly seed?: number;
}

export interface Samples {
  readonly features: Matrix;
  readonly targets: Float64Array;
}

/** Hears after each tree how many are grown; the last number is their maximum. */
export type Progress = (done: number, of: number) => void;

export interface BoostingContext {
  readonly validation?: Samples;
  readonly progress?: Progress;
  /** Histograms elsewhere, e.g. on two threads; must have been made for `binned`. */
  readonly prepared?: { readonly binned: BinnedMatrix; readonly engine: SplitEngine };
}

/** Fits an ensemble. Targets must be finite; features may be NaN. */
export function fitBoosting(train: Samples, options: BoostingOptions, context: BoostingContext = {}): TreeEnsemble {
  return new BoostingRun(train, options, context).fit();
}

class BoostingRun {
  private readonly targets: Float64Array;
  private readonly options: Required<Omit<BoostingOptions, 'stopAfter'>> & { stopAfter: number };
  private readonly context: BoostingContext;
  private readonly binned: BinnedMatrix;
  private readonly order: Int32Array;
  private readonly packed: Float64Array;
  private readonly fitted: Float64Array;
  private readonly grower: TreeGrower;
  private readonly rng: Rng;
  private readonly base: number;

  constructor(train: Samples, options: BoostingOptions, context: BoostingContext) {
    const rows = train.features.rows;
    invariant(rows === train.targets.length && rows > 0, 'boosting.rows', rows);
    invariant(train.targets.every(Number.isFinite), 'boosting.target-not-finite');
    this.targets = train.targets;
    this.context = context;
    this.options = {
      learningRate: 0.1,
      leavesMax: 31,
      depthMax: 32,
      minLeafRows: 20,
      l2: 0,
      rowShare: 1,
      featureShare: 1,
      loss: 'squared',
      seed: 1,
      ...options,
      stopAfter: options.stopAfter ?? Number.POSITIVE_INFINITY,
    };
    this.rng = new Rng(this.options.seed);
    this.binned = context.prepared?.binned ?? binMatrix(train.features);
    const engine = context.prepared?.engine ?? new LocalSplitter(this.binned);
    this.order = new Int32Array(engine.buffer(rows * 4));
    this.packed = new Float64Array(engine.buffer(rows * 8));
    const { minLeafRows, l2, leavesMax, depthMax } = this.options;
    const splitter = engine.start({ minLeafRows, l2 }, this.order, this.packed);
    this.grower = new TreeGrower(this.binned, { leavesMax, depthMax }, splitter);
    this.base = startValue(this.targets, this.options.loss);
    this.fitted = new Float64Array(rows).fill(this.base);
  }

  fit(): TreeEnsemble {
    const { trees, learningRate, stopAfter } = this.options;
    const { validation, progress } = this.context;
    const grown: GrownTree[] = [];
    const judge = validation && new Judge(validation, this.base, this.options.loss);
    for (let tree = 0; tree < trees; tree++) {
      const next = this.growOne();
      if (next === undefined) break;
      grown.push(next);
      progress?.(tree + 1, trees);
      if (judge !== undefined && judge.add(next, learningRate) >= stopAfter) break;
    }
    if (judge !== undefined) grown.length = Math.min(grown.length, Math.max(1, judge.bestTrees));
    return new TreeEnsemble(this.binned.width, this.base, grown, learningRate);
  }

  private growOne(): GrownTree | undefined {
    const count = this.chooseRows();
    const sum = this.packGradients(count);
    const { tree, leaves } = this.grower.grow(this.order, count, sum, this.featureChoice());
    if (leaves.length < 2) return undefined;
    this.giveValues(tree, leaves);
    fillInnerValues(tree);
    this.updateFitted(tree, leaves, count);
    return tree;
  }

  /** Rows of this tree first in `order`, in rising order; all of them unless only a share is wanted. */
  private chooseRows(): number {
    const { order, rng } = this;
    const { rowShare } = this.options;
    let chosen = 0;
    for (let row = 0; row < order.length; row++) {
      if (rowShare >= 1 || rng.float() < rowShare) order[chosen++] = row;
    }
    if (chosen > 0) return chosen;
    for (let row = 0; row < order.length; row++) order[row] = row;
    return order.length;
  }

  /** Writes count and whole-number gradient of each row; gives the sum of gradients. */
  private packGradients(count: number): number {
    const { order, packed, targets, fitted } = this;
    const { loss } = this.options;
    const { unit, gradientMax } = packingFor(order.length);
    const quantile = loss === 'squared' ? undefined : loss.quantile;
    let largest = 0;
    for (let row = 0; row < targets.length; row++) largest = Math.max(largest, Math.abs(targets[row] - fitted[row]));
    const scale = quantile === undefined ? gradientMax / (largest || 1) : gradientMax;
    let sum = 0;
    for (let at = 0; at < count; at++) {
      const row = order[at];
      const residual = targets[row] - fitted[row];
      const gradient = quantile === undefined ? residual : residual > 0 ? quantile : quantile - 1;
      const whole = Math.round(gradient * scale);
      packed[row] = unit + whole;
      sum += whole;
    }
    return sum;
  }

  private featureChoice(): (() => Uint8Array) | undefined {
    const { featureShare } = this.options;
    if (featureShare >= 1) return undefined;
    const { width } = this.binned;
    const allowed = new Uint8Array(width);
    for (let left = Math.max(1, Math.round(featureShare * width)); left > 0;) {
      const feature = this.rng.int(width);
      if (allowed[feature] === 1) continue;
      allowed[feature] = 1;
      left--;
    }
    return () => allowed;
  }

  private giveValues(tree: GrownTree, leaves: readonly LeafRows[]): void {
    const { order, targets, fitted } = this;
    const { loss, l2 } = this.options;
    for (const { node, from, to } of leaves) {
      if (loss === 'squared') {
        let sum = 0;
        for (let at = from; at < to; at++) sum += targets[order[at]] - fitted[order[at]];
        tree.value[node] = sum / (to - from + l2);
      } else {
        const residuals = new Float64Array(to - from);
        for (let at = from; at < to; at++) residuals[at - from] = targets[order[at]] - fitted[order[at]];
        tree.value[node] = quantileOf(residuals, loss.quantile);
      }
    }
  }

  private updateFitted(tree: GrownTree, leaves: readonly LeafRows[], count: number): void {
    const { order, fitted, binned } = this;
    const { learningRate } = this.options;
    if (count === order.length) {
      for (const { node, from, to } of leaves) {
        const step = tree.value[node] * learningRate;
        for (let at = from; at < to; at++) fitted[order[at]] += step;
      }
      return;
    }
    for (let row = 0; row < fitted.length; row++) fitted[row] += leafValue(tree, binned, row) * learningRate;
  }
}

/** Loss on rows set aside, as trees are added. */
class Judge {
  bestTrees = 0;
  private readonly samples: Samples;
  private readonly loss: 'squared' | { readonly quantile: number };
  private readonly fitted: Float64Array;
  private bestLoss = Number.POSITIVE_INFINITY;
  private trees = 0;

  constructor(samples: Samples, base: number, loss: 'squared' | { readonly quantile: number }) {
    this.samples = samples;
    this.loss = loss;
    this.fitted = new Float64Array(samples.targets.length).fill(base);
  }

  /** Adds a tree; gives how many trees ago the loss was lowest. */
  add(tree: GrownTree, learningRate: number): number {
    const { features, targets } = this.samples;
    const single = new TreeEnsemble(features.width, 0, [tree], learningRate);
    let total = 0;
    for (let row = 0; row < targets.length; row++) {
      this.fitted[row] += single.predict(features.values, row * features.width);
      total += lossOf(targets[row] - this.fitted[row], this.loss);
    }
    this.trees++;
    if (total < this.bestLoss) {
      this.bestLoss = total;
      this.bestTrees = this.trees;
    }
    return this.trees - this.bestTrees;
  }
}

function lossOf(residual: number, loss: 'squared' | { readonly quantile: number }): number {
  if (loss === 'squared') return residual * residual;
  return residual > 0 ? residual * loss.quantile : residual * (loss.quantile - 1);
}

function leafValue(tree: GrownTree, { blocks, edges }: BinnedMatrix, row: number): number {
  let node = 0;
  for (let on = tree.feature[node]; on >= 0; on = tree.feature[node]) {
    const block = blocks.length === 1 || on < blocks[1].featureFrom ? blocks[0] : blocks[1];
    const place = on - block.featureFrom;
    const bin = block.words[row * block.width + place] - place * 256;
    const right = bin === 255 ? 1 - tree.missingLeft[node] : Number(edges[on][bin] > tree.threshold[node]);
    node = tree.left[node] + right;
  }
  return tree.value[node];
}

function startValue(targets: Float64Array, loss: 'squared' | { readonly quantile: number }): number {
  if (loss !== 'squared') return quantileOf(targets.slice(), loss.quantile);
  return targets.reduce((sum, target) => sum + target, 0) / targets.length;
}

/** The smallest value that at least that share of the values does not exceed. Sorts what it is given. */
function quantileOf(values: Float64Array, share: number): number {
  values.sort();
  const at = Math.ceil(share * values.length) - 1;
  return values[Math.min(values.length - 1, Math.max(0, at))];
}
