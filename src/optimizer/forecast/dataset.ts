/**
 * The rows that a model of one horizon learns from: features at one bin, load at a later one. Rows are in order of time and
 * are cut by the time of their target, so that no row of one part knows anything of the next.
 */
import { writeFeatures, type Reference } from '../features/forecast-features.ts';
import { FeatureRow } from '../features/feature-row.ts';
import type { LoadHistory } from '../features/load-history.ts';
import type { DayRule } from '../features/target-moment.ts';
import type { Matrix } from '../models/matrix.ts';

/** What kind of load it is: how days follow each other, and how sharply slots differ. */
export interface LoadShape {
  readonly rule: DayRule;
  /** Neighbouring bins that seasonal means take in. */
  readonly around: number;
}

export interface Dataset {
  readonly ahead: number;
  readonly names: readonly string[];
  readonly features: Matrix;
  readonly targets: Float64Array;
  /** Bin of each row's target. */
  readonly targetBins: Int32Array;
  readonly references: readonly Reference[];
}

/** Every row whose target is a bin of [from, to) and whose season is known. Rows may begin before `from`. */
export function buildDataset(history: LoadHistory, shape: LoadShape, ahead: number, from: number, to: number): Dataset {
  const row = new FeatureRow();
  const references: Reference[] = [];
  const targets: number[] = [];
  const bins: number[] = [];
  let values = new Float64Array(0);
  for (let target = Math.max(ahead, from); target < to; target++) {
    const reference = writeFeatures({ history, at: target - ahead, ahead, ...shape }, row);
    if (reference === undefined) continue;
    if (values.length === 0) values = new Float64Array((to - target) * row.width);
    values.set(row.values.subarray(0, row.width), references.length * row.width);
    references.push(reference);
    targets.push(history.values[target]);
    bins.push(target);
  }
  const width = Math.max(1, row.width);
  return {
    ahead,
    names: row.names,
    features: { rows: references.length, width, values: values.subarray(0, references.length * width) },
    targets: Float64Array.from(targets),
    targetBins: Int32Array.from(bins),
    references,
  };
}

/** The rows whose target lies in the bins [from, to). */
export function cutDataset(data: Dataset, from: number, to: number): Dataset {
  const low = firstRow(data.targetBins, from);
  const high = firstRow(data.targetBins, to);
  const { width, values } = data.features;
  return {
    ...data,
    features: { rows: high - low, width, values: values.subarray(low * width, high * width) },
    targets: data.targets.subarray(low, high),
    targetBins: data.targetBins.subarray(low, high),
    references: data.references.slice(low, high),
  };
}

function firstRow(targetBins: Int32Array, bin: number): number {
  let low = 0;
  while (low < targetBins.length && targetBins[low] < bin) low++;
  return low;
}
