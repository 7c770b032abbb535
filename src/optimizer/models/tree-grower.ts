/**
 * Grows one regression tree, best leaf first, from binned features and whole-number gradients. Decides by the histograms
 * of its shards only; leaf values are given by whoever knows the loss.
 */
import { invariant } from '#kit/invariant.ts';
import { MISSING_BIN, type BinnedMatrix } from './binning.ts';
import { SPLIT_FIELDS, SplitField } from './histogram-shard.ts';
import type { GrownTree } from './tree-ensemble.ts';

export interface TreeRules {
  readonly leavesMax: number;
  readonly depthMax: number;
}

/** The histograms, wherever they are computed. */
export interface Splitter {
  /** Histogram of the rows at `slot`, and its best split into `out` at 0. */
  root(slot: number, from: number, to: number, sum: number, out: Float64Array, allowed?: Uint8Array): void;
  /**
   * The node whose histogram is at `parentSlot` was divided. Counts the smaller half into `smallSlot`, leaves the other in
   * `parentSlot`, and writes the best split of the small half to `out` at 0 and of the other at SPLIT_FIELDS.
   */
  children(request: ChildrenRequest, out: Float64Array, allowed?: Uint8Array): void;
}

/** Makes the splitter for one fit. */
export interface SplitEngine {
  start(rules: { minLeafRows: number; l2: number }, order: Int32Array, packed: Float64Array): Splitter;
  /** Memory that the engine's threads can see. */
  buffer(bytes: number): ArrayBuffer | SharedArrayBuffer;
}

export interface ChildrenRequest {
  readonly smallSlot: number;
  readonly parentSlot: number;
  readonly smallFrom: number;
  readonly smallTo: number;
  readonly smallSum: number;
  readonly otherCount: number;
  readonly otherSum: number;
}

/** Where rows ended up: `order[from..to)` are the rows of leaf node `node`. */
export interface LeafRows {
  readonly node: number;
  readonly from: number;
  readonly to: number;
}

interface OpenLeaf {
  node: number;
  from: number;
  to: number;
  sum: number;
  depth: number;
  slot: number;
  split: Float64Array;
}

export class TreeGrower {
  private readonly binned: BinnedMatrix;
  private readonly rules: TreeRules;
  private readonly splitter: Splitter;
  private readonly spare: Int32Array;
  private readonly found = new Float64Array(2 * SPLIT_FIELDS);

  constructor(binned: BinnedMatrix, rules: TreeRules, splitter: Splitter) {
    invariant(rules.leavesMax >= 2 && rules.depthMax >= 1, 'trees.rules');
    this.binned = binned;
    this.rules = rules;
    this.splitter = splitter;
    this.spare = new Int32Array(binned.rows);
  }

  /**
   * Grows a tree on the rows `order[0..count)`, which it reorders leaf by leaf.
   * @param sum of the rows' gradients
   * @param allow features that a node may use; undefined for all
   */
  grow(
    order: Int32Array,
    count: number,
    sum: number,
    allow?: () => Uint8Array,
  ): { tree: GrownTree; leaves: LeafRows[] } {
    const draft = new TreeDraft(this.rules.leavesMax);
    const root: OpenLeaf = { node: draft.add(count), from: 0, to: count, sum, depth: 0, slot: 0, split: this.found };
    this.splitter.root(0, 0, count, sum, this.found, allow?.());
    root.split = this.found.slice(0, SPLIT_FIELDS);
    const open = [root];
    for (let leaves = 1; leaves < this.rules.leavesMax; leaves++) {
      const leaf = takeBest(open);
      if (leaf === undefined) break;
      open.push(...this.divide(draft, leaf, order, leaves, allow));
    }
    return { tree: draft.finish(), leaves: open.map(({ node, from, to }) => ({ node, from, to })) };
  }

  private divide(
    draft: TreeDraft,
    leaf: OpenLeaf,
    order: Int32Array,
    freeSlot: number,
    allow?: () => Uint8Array,
  ): OpenLeaf[] {
    const { split, from, to } = leaf;
    const feature = split[SplitField.feature];
    const bin = split[SplitField.bin];
    const missingLeft = split[SplitField.missingLeft];
    const middle = this.partition(order, from, to, feature, bin, missingLeft === 1);
    const leftCount = middle - from;
    invariant(leftCount === split[SplitField.leftCount], 'trees.partition-differs', leftCount);
    const leftSum = split[SplitField.leftSum];
    const rightSum = leaf.sum - leftSum;
    const left = draft.split(leaf.node, split, this.binned.edges[feature][bin], leftCount, to - middle);
    const smallLeft = leftCount <= to - middle;
    const request = {
      smallSlot: freeSlot,
      parentSlot: leaf.slot,
      smallFrom: smallLeft ? from : middle,
      smallTo: smallLeft ? middle : to,
      smallSum: smallLeft ? leftSum : rightSum,
      otherCount: smallLeft ? to - middle : leftCount,
      otherSum: smallLeft ? rightSum : leftSum,
    };
    const depth = leaf.depth + 1;
    if (depth < this.rules.depthMax) this.splitter.children(request, this.found, allow?.());
    else this.found.fill(0);
    const small = this.found.slice(0, SPLIT_FIELDS);
    const other = this.found.slice(SPLIT_FIELDS);
    const slots = smallLeft ? [freeSlot, leaf.slot] : [leaf.slot, freeSlot];
    return [
      { node: left, from, to: middle, sum: leftSum, depth, slot: slots[0], split: smallLeft ? small : other },
      { node: left + 1, from: middle, to, sum: rightSum, depth, slot: slots[1], split: smallLeft ? other : small },
    ];
  }

  /** Puts the rows that go left first, each side in its order; gives the first place of the right side. */
  private partition(
    order: Int32Array,
    from: number,
    to: number,
    feature: number,
    bin: number,
    missingLeft: boolean,
  ): number {
    const block = this.binned.blocks.find(({ featureFrom, width }) => feature < featureFrom + width);
    invariant(block !== undefined, 'trees.feature', feature);
    const { words, width } = block;
    const place = feature - block.featureFrom;
    const first = place << 8;
    const { spare } = this;
    let left = from;
    let right = 0;
    for (let at = from; at < to; at++) {
      const row = order[at];
      const own = words[row * width + place] - first;
      if (own === MISSING_BIN ? missingLeft : own <= bin) order[left++] = row;
      else spare[right++] = row;
    }
    order.set(spare.subarray(0, right), left);
    return left;
  }
}

function takeBest(open: OpenLeaf[]): OpenLeaf | undefined {
  let best = -1;
  let gain = 0;
  for (let at = 0; at < open.length; at++) {
    if (open[at].split[SplitField.gain] <= gain) continue;
    gain = open[at].split[SplitField.gain];
    best = at;
  }
  return best < 0 ? undefined : open.splice(best, 1)[0];
}

class TreeDraft {
  private readonly feature: Int32Array;
  private readonly threshold: Float64Array;
  private readonly left: Int32Array;
  private readonly missingLeft: Uint8Array;
  private readonly cover: Float64Array;
  private readonly gain: Float64Array;
  private nodes = 0;

  constructor(leavesMax: number) {
    const most = 2 * leavesMax - 1;
    this.feature = new Int32Array(most).fill(-1);
    this.threshold = new Float64Array(most);
    this.left = new Int32Array(most);
    this.missingLeft = new Uint8Array(most);
    this.cover = new Float64Array(most);
    this.gain = new Float64Array(most);
  }

  add(cover: number): number {
    this.cover[this.nodes] = cover;
    return this.nodes++;
  }

  split(node: number, split: Float64Array, threshold: number, leftCover: number, rightCover: number): number {
    this.feature[node] = split[SplitField.feature];
    this.threshold[node] = threshold;
    this.missingLeft[node] = split[SplitField.missingLeft];
    this.gain[node] = split[SplitField.gain];
    this.left[node] = this.add(leftCover);
    this.add(rightCover);
    return this.left[node];
  }

  finish(): GrownTree {
    const { nodes } = this;
    return {
      feature: this.feature.slice(0, nodes),
      threshold: this.threshold.slice(0, nodes),
      left: this.left.slice(0, nodes),
      missingLeft: this.missingLeft.slice(0, nodes),
      value: new Float64Array(nodes),
      cover: this.cover.slice(0, nodes),
      gain: this.gain.slice(0, nodes),
    };
  }
}

/** Gives every inner node the mean of its leaves by the rows they cover, so that paths can be explained. */
export function fillInnerValues(tree: GrownTree): void {
  const { feature, left, value, cover } = tree;
  for (let node = feature.length - 1; node >= 0; node--) {
    if (feature[node] < 0) continue;
    const one = left[node];
    value[node] = (value[one] * cover[one] + value[one + 1] * cover[one + 1]) / cover[node];
  }
}
