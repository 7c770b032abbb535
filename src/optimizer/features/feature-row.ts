/** One row of features by name, in an order that the first row fixes for good. */
import { invariant } from '#kit/invariant.ts';

const FEATURES_MAX = 256;

export class FeatureRow {
  readonly names: string[] = [];
  readonly values = new Float64Array(FEATURES_MAX);
  private place = 0;
  private fixed = false;

  /** Starts the next row. */
  begin(): void {
    this.fixed = this.names.length > 0;
    this.place = 0;
  }

  /** Writes the next feature; NaN is missing. Anything that is not a number or infinite is missing too. */
  put(name: string, value: number): void {
    if (!this.fixed) {
      invariant(this.place < FEATURES_MAX && !this.names.includes(name), 'features.name', name);
      this.names.push(name);
    }
    this.values[this.place++] = Number.isFinite(value) ? value : Number.NaN;
  }

  get width(): number {
    return this.names.length;
  }

  /** Checks that the row had every feature, in the same number. */
  end(): void {
    invariant(this.place === this.names.length, 'features.width', this.place);
  }
}
