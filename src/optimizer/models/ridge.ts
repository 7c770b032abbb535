/**
 * Linear regression with a quadratic penalty on standardised features: the plainest model, and a permanent challenger.
 * A missing value counts as its feature's mean; values far outside what was seen are cut, so that it cannot run away.
 */
import { invariant } from '#kit/invariant.ts';
import type { Samples } from './gradient-boosting.ts';
import { Standardizer, type StandardizerData } from './standardizer.ts';

export interface RidgeData {
  readonly kind: 'ridge';
  readonly standardizer: StandardizerData;
  readonly intercept: number;
  readonly weights: readonly number[];
}

export class Ridge {
  private readonly standardizer: Standardizer;
  private readonly intercept: number;
  private readonly weights: Float64Array;
  private readonly scaled: Float64Array;

  constructor(data: RidgeData) {
    this.standardizer = new Standardizer(data.standardizer);
    this.intercept = data.intercept;
    this.weights = Float64Array.from(data.weights);
    this.scaled = new Float64Array(this.weights.length);
  }

  predict(row: Float64Array, at = 0): number {
    this.standardizer.apply(row, at, this.scaled, 0);
    let sum = this.intercept;
    for (let on = 0; on < this.weights.length; on++) sum += this.weights[on] * this.scaled[on];
    return sum;
  }

  explain(row: Float64Array, at: number, contributions: Float64Array): number {
    this.standardizer.apply(row, at, contributions, 0);
    for (let on = 0; on < this.weights.length; on++) contributions[on] *= this.weights[on];
    return this.intercept;
  }

  toData(): RidgeData {
    const { intercept, weights } = this;
    return { kind: 'ridge', standardizer: this.standardizer.toData(), intercept, weights: [...weights] };
  }
}

/** Fits by the normal equations. @param penalty in rows, e.g. 10 */
export function fitRidge({ features, targets }: Samples, penalty: number): Ridge {
  const { rows, width, values } = features;
  invariant(rows === targets.length && penalty > 0, 'ridge.samples');
  const standardizer = Standardizer.fit(features);
  const gram = new Float64Array(width * width);
  const right = new Float64Array(width);
  const intercept = targets.reduce((sum, target) => sum + target, 0) / rows;
  const scaled = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    standardizer.apply(values, row * width, scaled, 0);
    const residual = targets[row] - intercept;
    for (let one = 0; one < width; one++) {
      const value = scaled[one];
      if (value === 0) continue;
      right[one] += value * residual;
      for (let other = 0; other <= one; other++) gram[one * width + other] += value * scaled[other];
    }
  }
  for (let on = 0; on < width; on++) gram[on * width + on] += penalty;
  const weights = solvePositive(gram, right, width);
  return new Ridge({ kind: 'ridge', standardizer: standardizer.toData(), intercept, weights: [...weights] });
}

/** Solves `matrix × x = right` for a symmetric positive matrix (lower half given), by Cholesky, in place. */
function solvePositive(matrix: Float64Array, right: Float64Array, width: number): Float64Array {
  for (let one = 0; one < width; one++) {
    for (let other = 0; other <= one; other++) {
      let sum = matrix[one * width + other];
      for (let on = 0; on < other; on++) sum -= matrix[one * width + on] * matrix[other * width + on];
      if (one === other) {
        invariant(sum > 0, 'ridge.not-positive', one);
        matrix[one * width + one] = Math.sqrt(sum);
      } else {
        matrix[one * width + other] = sum / matrix[other * width + other];
      }
    }
  }
  const solved = right.slice();
  for (let one = 0; one < width; one++) {
    for (let on = 0; on < one; on++) solved[one] -= matrix[one * width + on] * solved[on];
    solved[one] /= matrix[one * width + one];
  }
  for (let one = width - 1; one >= 0; one--) {
    for (let on = one + 1; on < width; on++) solved[one] -= matrix[on * width + one] * solved[on];
    solved[one] /= matrix[one * width + one];
  }
  return solved;
}
