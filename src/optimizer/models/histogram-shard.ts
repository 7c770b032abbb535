/**
 * Histograms of gradients by bin for a block of features, and the best split they show. One number holds both the sum of
 * gradients and the count of rows: gradients are whole numbers below a bound, so that sums are exact and the same in
 * every order. Several shards work side by side, each on its own features.
 */
import { BINS, MISSING_BIN, type BinBlock } from './binning.ts';

/** A double holds whole numbers up to 2^53; one bit is the sign, one is spare. */
const PACKED_BITS = 51;

/** How gradients and counts share a number: count × unit + sum of gradients. */
export interface Packing {
  /** A power of two. */
  readonly unit: number;
  /** Largest absolute gradient allowed. */
  readonly gradientMax: number;
}

/** The packing for at most that many rows. */
export function packingFor(rows: number): Packing {
  const countBits = Math.ceil(Math.log2(rows + 2));
  const unit = 2 ** (PACKED_BITS - countBits);
  return { unit, gradientMax: Math.floor(unit / 2 / (rows + 1)) };
}

/** What splitting needs to know beside the histograms. */
export interface SplitRules {
  readonly minLeafRows: number;
  /** Added to a leaf's count: shrinks small leaves. In rows. */
  readonly l2: number;
}

/** Where the best split of a node is: words of a shared Float64Array. */
export const SplitField = { gain: 0, feature: 1, bin: 2, missingLeft: 3, leftCount: 4, leftSum: 5 } as const;
export const SPLIT_FIELDS = 6;

export class HistogramShard {
  private readonly block: BinBlock;
  private readonly binCounts: Int32Array;
  private readonly packing: Packing;
  private readonly rules: SplitRules;
  private readonly histograms: Float64Array[] = [];

  /** @param binCounts bins of each of the block's features, without the one for missing values */
  constructor(block: BinBlock, binCounts: Int32Array, packing: Packing, rules: SplitRules) {
    this.block = block;
    this.binCounts = binCounts;
    this.packing = packing;
    this.rules = rules;
  }

  /** Counts the rows `order[from..to)` into the histogram at `slot`. `packed` holds a number for each row. */
  count(slot: number, order: Int32Array, from: number, to: number, packed: Float64Array): void {
    const histogram = this.histogram(slot);
    histogram.fill(0);
    countRows(histogram, this.block.words, this.block.width, order, from, to, packed);
  }

  /** Leaves in `slot` what is not in `other`. */
  subtract(slot: number, other: number): void {
    const from = this.histogram(slot);
    const what = this.histogram(other);
    for (let at = 0; at < from.length; at++) from[at] -= what[at];
  }

  /**
   * Writes the best split of the histogram at `slot` to `out[at..]`; a gain of 0 means that there is none.
   * @param allowed which features may be used; undefined for all
   */
  best(slot: number, count: number, sum: number, out: Float64Array, at: number, allowed?: Uint8Array): void {
    out[at + SplitField.gain] = 0;
    const histogram = this.histogram(slot);
    for (let place = 0; place < this.block.width; place++) {
      if (allowed !== undefined && allowed[this.block.featureFrom + place] === 0) continue;
      this.bestOfFeature(histogram, place, count, sum, out, at);
    }
  }

  private bestOfFeature(
    histogram: Float64Array,
    place: number,
    count: number,
    sum: number,
    out: Float64Array,
    at: number,
  ): void {
    const { unit } = this.packing;
    const { l2, minLeafRows } = this.rules;
    const perUnit = 1 / unit;
    const base = place * BINS;
    const bins = this.binCounts[place];
    const parent = (sum * sum) / (count + l2);
    const missing = histogram[base + MISSING_BIN];
    const directions = missing === 0 ? 1 : 2;
    let bestScore = parent + out[at + SplitField.gain] + 1e-9 * Math.abs(parent);
    for (let direction = 0; direction < directions; direction++) {
      let left = direction === 1 ? missing : 0;
      const last = direction === 0 && directions === 2 ? bins : bins - 1;
      for (let bin = 0; bin < last; bin++) {
        left += histogram[base + bin];
        const leftCount = Math.floor(left * perUnit + 0.5);
        if (leftCount < minLeafRows) continue;
        const rightCount = count - leftCount;
        if (rightCount < minLeafRows) break;
        const leftSum = left - leftCount * unit;
        const rightSum = sum - leftSum;
        const score = (leftSum * leftSum) / (leftCount + l2) + (rightSum * rightSum) / (rightCount + l2);
        if (score <= bestScore) continue;
        bestScore = score;
        out[at + SplitField.gain] = score - parent;
        out[at + SplitField.feature] = this.block.featureFrom + place;
        out[at + SplitField.bin] = bin;
        // Where nothing was missing in training, what is missing later goes with the many.
        out[at + SplitField.missingLeft] = directions === 2 ? direction : Number(leftCount > rightCount);
        out[at + SplitField.leftCount] = leftCount;
        out[at + SplitField.leftSum] = leftSum;
      }
    }
  }

  private histogram(slot: number): Float64Array {
    return (this.histograms[slot] ??= new Float64Array(this.block.width * BINS));
  }
}

/** A function of its own, so that the compiler sees one simple loop. */
function countRows(
  histogram: Float64Array,
  words: Uint16Array,
  width: number,
  order: Int32Array,
  from: number,
  to: number,
  packed: Float64Array,
): void {
  for (let at = from; at < to; at++) {
    const row = order[at];
    const value = packed[row];
    const base = row * width;
    for (let place = 0; place < width; place++) histogram[words[base + place]] += value;
  }
}
