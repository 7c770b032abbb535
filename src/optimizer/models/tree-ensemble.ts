/**
 * Grown trees in flat arrays: predicting, the contributions behind a prediction, importance, and their plain form.
 * Never changes after it was built.
 */
import { invariant } from '#kit/invariant.ts';

/** One grown tree; children of a node lie side by side. A leaf has feature -1. */
export interface GrownTree {
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  /** Place of the left child; the right one follows it. */
  readonly left: Int32Array;
  readonly missingLeft: Uint8Array;
  readonly value: Float64Array;
  readonly cover: Float64Array;
  readonly gain: Float64Array;
}

/** What is stored: numbers in plain lists. */
export interface TreeEnsembleData {
  readonly width: number;
  readonly base: number;
  readonly roots: readonly number[];
  readonly feature: readonly number[];
  readonly threshold: readonly (number | null)[];
  readonly left: readonly number[];
  readonly missingLeft: readonly number[];
  readonly value: readonly number[];
  readonly gain: readonly number[];
}

/** The sum of a base value and of one leaf of every tree. */
export class TreeEnsemble {
  readonly width: number;
  readonly base: number;
  private readonly roots: Int32Array;
  private readonly feature: Int32Array;
  private readonly threshold: Float64Array;
  private readonly left: Int32Array;
  private readonly missingLeft: Uint8Array;
  private readonly value: Float64Array;
  private readonly gain: Float64Array;

  constructor(width: number, base: number, trees: readonly GrownTree[], scale = 1) {
    const nodes = trees.reduce((sum, tree) => sum + tree.feature.length, 0);
    this.width = width;
    this.base = base;
    this.roots = new Int32Array(trees.length);
    this.feature = new Int32Array(nodes);
    this.threshold = new Float64Array(nodes);
    this.left = new Int32Array(nodes);
    this.missingLeft = new Uint8Array(nodes);
    this.value = new Float64Array(nodes);
    this.gain = new Float64Array(nodes);
    let at = 0;
    trees.forEach((tree, index) => {
      this.roots[index] = at;
      this.feature.set(tree.feature, at);
      this.threshold.set(tree.threshold, at);
      this.missingLeft.set(tree.missingLeft, at);
      this.gain.set(tree.gain, at);
      for (let node = 0; node < tree.feature.length; node++) {
        this.left[at + node] = tree.left[node] + at;
        this.value[at + node] = tree.value[node] * scale;
      }
      at += tree.feature.length;
    });
  }

  get trees(): number {
    return this.roots.length;
  }

  /** Predicts the row that begins at `at`. */
  predict(row: Float64Array, at = 0): number {
    const { roots, feature, threshold, left, missingLeft, value } = this;
    let sum = this.base;
    for (let tree = 0; tree < roots.length; tree++) {
      let node = roots[tree];
      for (let on = feature[node]; on >= 0; on = feature[node]) {
        const number = row[at + on];
        const missing = number !== number;
        node = left[node] + (missing ? 1 - missingLeft[node] : number <= threshold[node] ? 0 : 1);
      }
      sum += value[node];
    }
    return sum;
  }

  /**
   * How much each feature moved the prediction, by the steps of every path (Saabas, 2014): base plus these is the
   * prediction. Returns the base part: the ensemble's own base plus the trees' root values.
   */
  explain(row: Float64Array, at: number, contributions: Float64Array): number {
    let sum = this.base;
    contributions.fill(0);
    for (const root of this.roots) {
      let node = root;
      sum += this.value[node];
      for (let on = this.feature[node]; on >= 0; on = this.feature[node]) {
        const number = row[at + on];
        const missing = Number.isNaN(number);
        const right = missing ? 1 - this.missingLeft[node] : Number(number > this.threshold[node]);
        const child = this.left[node] + right;
        contributions[on] += this.value[child] - this.value[node];
        node = child;
      }
    }
    return sum;
  }

  /** Share of the whole gain that each feature's splits brought; sums to 1 where there is any split. */
  importance(): Float64Array {
    const shares = new Float64Array(this.width);
    let total = 0;
    for (let node = 0; node < this.feature.length; node++) {
      if (this.feature[node] < 0) continue;
      shares[this.feature[node]] += this.gain[node];
      total += this.gain[node];
    }
    if (total > 0) for (let on = 0; on < shares.length; on++) shares[on] /= total;
    return shares;
  }

  toData(): TreeEnsembleData {
    const { width, base } = this;
    return {
      width,
      base,
      roots: [...this.roots],
      feature: [...this.feature],
      threshold: Array.from(this.threshold, (edge) => (Number.isFinite(edge) ? edge : null)),
      left: [...this.left],
      missingLeft: [...this.missingLeft],
      value: [...this.value],
      gain: [...this.gain],
    };
  }

  static fromData(data: TreeEnsembleData): TreeEnsemble {
    const { width, base, roots, feature } = data;
    const sizes = roots.map((root, index) => (roots[index + 1] ?? feature.length) - root);
    const trees = roots.map((root, index): GrownTree => {
      const end = root + sizes[index];
      return {
        feature: Int32Array.from(feature.slice(root, end)),
        threshold: Float64Array.from(data.threshold.slice(root, end), (edge) => edge ?? Number.POSITIVE_INFINITY),
        left: Int32Array.from(data.left.slice(root, end), (place) => place - root),
        missingLeft: Uint8Array.from(data.missingLeft.slice(root, end)),
        value: Float64Array.from(data.value.slice(root, end)),
        cover: new Float64Array(sizes[index]),
        gain: Float64Array.from(data.gain.slice(root, end)),
      };
    });
    invariant(
      sizes.every((size) => size > 0),
      'trees.empty-tree',
    );
    return new TreeEnsemble(width, base, trees);
  }
}
