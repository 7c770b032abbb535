/** Histograms and splits on the calling thread: one shard a block of features. */
import type { BinnedMatrix } from './binning.ts';
import { HistogramShard, packingFor, SPLIT_FIELDS, SplitField, type SplitRules } from './histogram-shard.ts';
import type { ChildrenRequest, SplitEngine, Splitter } from './tree-grower.ts';

export class LocalSplitter implements SplitEngine {
  private readonly binned: BinnedMatrix;

  constructor(binned: BinnedMatrix) {
    this.binned = binned;
  }

  buffer(bytes: number): ArrayBuffer {
    return new ArrayBuffer(bytes);
  }

  start(rules: SplitRules, order: Int32Array, packed: Float64Array): Splitter {
    return new LocalHistograms(shardsOf(this.binned, rules), order, packed);
  }
}

/** A shard for each block. */
export function shardsOf({ blocks, edges, rows }: BinnedMatrix, rules: SplitRules): HistogramShard[] {
  return blocks.map((block) => {
    const binCounts = Int32Array.from({ length: block.width }, (_none, at) => edges[block.featureFrom + at].length);
    return new HistogramShard(block, binCounts, packingFor(rows), rules);
  });
}

class LocalHistograms implements Splitter {
  private readonly shards: readonly HistogramShard[];
  private readonly order: Int32Array;
  private readonly packed: Float64Array;
  private readonly own = new Float64Array(2 * SPLIT_FIELDS);

  constructor(shards: readonly HistogramShard[], order: Int32Array, packed: Float64Array) {
    this.shards = shards;
    this.order = order;
    this.packed = packed;
  }

  root(slot: number, from: number, to: number, sum: number, out: Float64Array, allowed?: Uint8Array): void {
    out[SplitField.gain] = 0;
    for (const shard of this.shards) {
      shard.count(slot, this.order, from, to, this.packed);
      shard.best(slot, to - from, sum, this.own, 0, allowed);
      keepBetter(this.own, out, 0);
    }
  }

  children(request: ChildrenRequest, out: Float64Array, allowed?: Uint8Array): void {
    out[SplitField.gain] = 0;
    out[SPLIT_FIELDS + SplitField.gain] = 0;
    for (const shard of this.shards) {
      divideShard(shard, request, this.order, this.packed, this.own, allowed);
      keepBetter(this.own, out, 0);
      keepBetter(this.own, out, SPLIT_FIELDS);
    }
  }
}

/** One shard's part of a division: both halves' histograms, and their best splits into `own`. */
export function divideShard(
  shard: HistogramShard,
  request: ChildrenRequest,
  order: Int32Array,
  packed: Float64Array,
  own: Float64Array,
  allowed?: Uint8Array,
): void {
  const { smallSlot, parentSlot, smallFrom, smallTo } = request;
  shard.count(smallSlot, order, smallFrom, smallTo, packed);
  shard.subtract(parentSlot, smallSlot);
  shard.best(smallSlot, smallTo - smallFrom, request.smallSum, own, 0, allowed);
  shard.best(parentSlot, request.otherCount, request.otherSum, own, SPLIT_FIELDS, allowed);
}

/** Takes over a split with a higher gain; of equal ones the first feature's, so that threads change nothing. */
export function keepBetter(own: Float64Array, out: Float64Array, at: number): void {
  if (own[at + SplitField.gain] <= out[at + SplitField.gain]) return;
  for (let field = 0; field < SPLIT_FIELDS; field++) out[at + field] = own[at + field];
}
