/** Brings features to mean 0 and deviation 1, for models that compare sizes. Missing becomes 0; far outliers are cut. */
import type { Matrix } from './matrix.ts';

const DEVIATIONS_MAX = 6;
/** Less than that share of the mean is rounding, not variation: a constant feature says nothing. */
const VARIATION_MIN = 1e-9;

export interface StandardizerData {
  readonly means: readonly number[];
  /** 0 for a feature that does not vary. */
  readonly scales: readonly number[];
}

export class Standardizer {
  private readonly means: Float64Array;
  private readonly scales: Float64Array;

  constructor(data: StandardizerData) {
    this.means = Float64Array.from(data.means);
    this.scales = Float64Array.from(data.scales);
  }

  static fit({ rows, width, values }: Matrix): Standardizer {
    const means: number[] = [];
    const scales: number[] = [];
    for (let on = 0; on < width; on++) {
      let sum = 0;
      let squares = 0;
      let used = 0;
      for (let at = on; at < rows * width; at += width) {
        if (Number.isNaN(values[at])) continue;
        sum += values[at];
        used++;
      }
      const mean = used === 0 ? 0 : sum / used;
      for (let at = on; at < rows * width; at += width) {
        if (!Number.isNaN(values[at])) squares += (values[at] - mean) ** 2;
      }
      const deviation = used === 0 ? 0 : Math.sqrt(squares / used);
      means.push(mean);
      scales.push(deviation > VARIATION_MIN * Math.max(1e-6, Math.abs(mean)) ? 1 / deviation : 0);
    }
    return new Standardizer({ means, scales });
  }

  /** Writes the standardised row that begins at `at` to `out[to..]`. */
  apply(row: Float64Array, at: number, out: Float64Array, to: number): void {
    for (let on = 0; on < this.means.length; on++) {
      const value = (row[at + on] - this.means[on]) * this.scales[on];
      const cut = Math.min(DEVIATIONS_MAX, Math.max(-DEVIATIONS_MAX, value));
      out[to + on] = Number.isNaN(cut) ? 0 : cut;
    }
  }

  toData(): StandardizerData {
    return { means: [...this.means], scales: [...this.scales] };
  }
}
