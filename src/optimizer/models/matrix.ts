/**
 * A table of numbers, one row a sample, row after row in one typed array. NaN is a missing value.
 */
export interface Matrix {
  readonly rows: number;
  readonly width: number;
  readonly values: Float64Array;
}
