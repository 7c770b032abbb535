/** A ring of records of doubles: the newest stay, up to a maximum. Numbers entries from 0 on, for ever. */
import { invariant } from '#kit/invariant.ts';

export class Ring {
  readonly fields: number;
  readonly capacity: number;
  private readonly values: Float64Array;
  private written = 0;

  /** @param capacity records kept, a power of two */
  constructor(capacity: number, fields: number) {
    invariant(capacity > 0 && (capacity & (capacity - 1)) === 0, 'api.ring-capacity', capacity);
    this.capacity = capacity;
    this.fields = fields;
    this.values = new Float64Array(capacity * fields);
  }

  /** Number that the next record gets. */
  get next(): number {
    return this.written;
  }

  /** Number of the oldest record that is kept. */
  get oldest(): number {
    return Math.max(0, this.written - this.capacity);
  }

  /** Makes room for a record, zeroed, and returns its number. */
  append(): number {
    const at = (this.written & (this.capacity - 1)) * this.fields;
    this.values.fill(0, at, at + this.fields);
    return this.written++;
  }

  has(entry: number): boolean {
    return entry >= this.oldest && entry < this.written;
  }

  get(entry: number, field: number): number {
    return this.values[(entry & (this.capacity - 1)) * this.fields + field];
  }

  set(entry: number, field: number, value: number): void {
    this.values[(entry & (this.capacity - 1)) * this.fields + field] = value;
  }

  clear(): void {
    this.written = 0;
  }
}
