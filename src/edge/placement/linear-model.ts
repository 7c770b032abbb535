/**
 * A mixed-integer linear model being written: columns and rows are appended, then handed to the solver as sparse rows.
 * Knows nothing of what they mean.
 */
import type { ModelData } from 'highs';

const INFINITY = 1e30;
const CONTINUOUS = 0;
const INTEGER = 1;

export class LinearModel {
  private readonly cost: number[] = [];
  private readonly colLower: number[] = [];
  private readonly colUpper: number[] = [];
  private readonly types: number[] = [];
  private readonly rowLower: number[] = [];
  private readonly rowUpper: number[] = [];
  private readonly starts: number[] = [0];
  private readonly indices: number[] = [];
  private readonly values: number[] = [];

  get columns(): number {
    return this.cost.length;
  }

  /** A continuous variable; gives its column. */
  real(cost: number, lower: number, upper: number): number {
    return this.column(cost, lower, upper, CONTINUOUS);
  }

  /** A whole variable; gives its column. */
  whole(cost: number, lower: number, upper: number): number {
    return this.column(cost, lower, upper, INTEGER);
  }

  /** lower ≤ Σ values·columns ≤ upper; undefined leaves a side open. */
  row(lower: number | undefined, upper: number | undefined, terms: readonly (readonly [number, number])[]): void {
    this.rowLower.push(lower ?? -INFINITY);
    this.rowUpper.push(upper ?? INFINITY);
    for (const [column, value] of terms) {
      if (value === 0) continue;
      this.indices.push(column);
      this.values.push(value);
    }
    this.starts.push(this.indices.length);
  }

  addCost(column: number, cost: number): void {
    this.cost[column] += cost;
  }

  fix(column: number, value: number): void {
    this.colLower[column] = value;
    this.colUpper[column] = value;
  }

  data(): ModelData {
    const [numRows, numCols] = [this.rowLower.length, this.cost.length];
    return {
      numCols,
      numRows,
      colCost: new Float64Array(this.cost),
      colLower: new Float64Array(this.colLower),
      colUpper: new Float64Array(this.colUpper),
      rowLower: new Float64Array(this.rowLower),
      rowUpper: new Float64Array(this.rowUpper),
      integrality: new Int32Array(this.types),
      matrix: {
        format: 'csr',
        numRows,
        numCols,
        starts: new Int32Array(this.starts),
        indices: new Int32Array(this.indices),
        values: new Float64Array(this.values),
      },
    };
  }

  private column(cost: number, lower: number, upper: number, type: number): number {
    this.types.push(type);
    this.colLower.push(lower);
    this.colUpper.push(upper);
    return this.cost.push(cost) - 1;
  }
}
