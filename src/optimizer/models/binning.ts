/**
 * Turns features into at most 255 bins by their quantiles, once, so that growing trees only ever counts bins.
 * Missing values have a bin of their own. The edges stay in raw units: a grown tree needs no bins to predict.
 */
import { invariant } from '#kit/invariant.ts';
import type { Matrix } from './matrix.ts';

export const BINS = 256;
export const MISSING_BIN = BINS - 1;
const VALUE_BINS_MAX = BINS - 1;
/** Quantiles of more rows than that are taken from evenly spaced ones. */
const QUANTILE_ROWS_MAX = 200_000;

/** Part of the features, binned: `words[row × width + place]` is the place's histogram offset plus the bin. */
export interface BinBlock {
  readonly featureFrom: number;
  readonly width: number;
  readonly rows: number;
  readonly words: Uint16Array;
}

export interface BinnedMatrix {
  readonly rows: number;
  readonly width: number;
  /** Upper edges of each feature's bins, rising; a value belongs to the first bin whose edge it does not exceed. */
  readonly edges: readonly Float64Array[];
  readonly blocks: readonly BinBlock[];
}

/** Finds each feature's bins, and bins every row into `blocks` groups of features. Memory is shared between threads. */
export function binMatrix(matrix: Matrix, blocks = 1): BinnedMatrix {
  const { rows, width } = matrix;
  invariant(rows > 0, 'binning.no-rows');
  const edges: Float64Array[] = [];
  for (let feature = 0; feature < width; feature++) edges.push(edgesOf(matrix, feature));
  const made: BinBlock[] = [];
  for (let block = 0; block < blocks; block++) {
    const from = Math.floor((block * width) / blocks);
    const to = Math.floor(((block + 1) * width) / blocks);
    if (to > from) made.push(binBlock(matrix, edges, from, to));
  }
  return { rows, width, edges, blocks: made };
}

function edgesOf({ rows, width, values }: Matrix, feature: number): Float64Array {
  const step = Math.max(1, Math.ceil(rows / QUANTILE_ROWS_MAX));
  const found = new Float64Array(Math.ceil(rows / step));
  let count = 0;
  for (let row = 0; row < rows; row += step) {
    const value = values[row * width + feature];
    if (!Number.isNaN(value)) found[count++] = value;
  }
  const sorted = found.subarray(0, count).toSorted();
  const distinct: number[] = [];
  for (let at = 0; at < count && distinct.length <= VALUE_BINS_MAX; at++) {
    if (at === 0 || sorted[at] !== sorted[at - 1]) distinct.push(sorted[at]);
  }
  if (distinct.length <= VALUE_BINS_MAX) return betweenDistinct(distinct);
  const edges = new Float64Array(VALUE_BINS_MAX);
  let used = 0;
  for (let bin = 1; bin < VALUE_BINS_MAX; bin++) {
    const at = Math.floor((bin * count) / VALUE_BINS_MAX);
    const edge = middle(sorted[at - 1], sorted[at]);
    if (used === 0 || edge > edges[used - 1]) edges[used++] = edge;
  }
  edges[used++] = Number.POSITIVE_INFINITY;
  return edges.slice(0, used);
}

function betweenDistinct(distinct: readonly number[]): Float64Array {
  const edges = new Float64Array(Math.max(1, distinct.length));
  for (let at = 0; at + 1 < distinct.length; at++) edges[at] = middle(distinct[at], distinct[at + 1]);
  edges[edges.length - 1] = Number.POSITIVE_INFINITY;
  return edges;
}

/** A number that separates both; the lower one where there is none between. */
function middle(low: number, high: number): number {
  const between = low + (high - low) / 2;
  return between < high ? between : low;
}

function binBlock(matrix: Matrix, edges: readonly Float64Array[], from: number, to: number): BinBlock {
  const { rows, values } = matrix;
  const width = to - from;
  const words = new Uint16Array(new SharedArrayBuffer(rows * width * 2));
  for (let place = 0; place < width; place++) {
    const own = edges[from + place];
    for (let row = 0; row < rows; row++) {
      words[row * width + place] = place * BINS + binOf(own, values[row * matrix.width + from + place]);
    }
  }
  return { featureFrom: from, width, rows, words };
}

function binOf(edges: Float64Array, value: number): number {
  if (Number.isNaN(value)) return MISSING_BIN;
  let low = 0;
  let high = edges.length - 1;
  while (low < high) {
    const half = (low + high) >>> 1;
    if (value <= edges[half]) high = half;
    else low = half + 1;
  }
  return low;
}
