/**
 * How often keys were asked for lately, in four bits a counter: a count-min sketch whose counters are halved when enough was
 * counted, so that yesterday's favourites fade (TinyLFU, Einziger, Friedman and Manes, 2017). Estimates, never too low by
 * more than the halving took.
 */
const ROWS = 4;
const COUNT_MAX = 15;
const NIBBLES_PER_WORD = 8;
/** Counted accesses for each entry of the cache until the counters are halved. */
const SAMPLE_FACTOR = 10;
/** An odd multiplier for each row. */
const MULTIPLIERS = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f] as const;
const HALVE_MASK = 0x77777777;

export class FrequencySketch {
  private readonly table: Int32Array;
  private readonly indexBits: number;
  private readonly sample: number;
  private counted = 0;

  /** @param entries how many entries the cache holds */
  constructor(entries: number) {
    this.indexBits = Math.max(6, Math.ceil(Math.log2(entries * 2)));
    this.table = new Int32Array((ROWS << this.indexBits) / NIBBLES_PER_WORD);
    this.sample = entries * SAMPLE_FACTOR;
  }

  /** Counts one access. */
  record(hash: number): void {
    let raised = false;
    for (let row = 0; row < ROWS; row++) {
      const at = this.counter(hash, row);
      const shift = (at & 7) << 2;
      if (((this.table[at >>> 3] >>> shift) & COUNT_MAX) === COUNT_MAX) continue;
      this.table[at >>> 3] += 1 << shift;
      raised = true;
    }
    if (raised && ++this.counted >= this.sample) this.halve();
  }

  /** 0 to 15. */
  estimate(hash: number): number {
    let least = COUNT_MAX;
    for (let row = 0; row < ROWS; row++) {
      const at = this.counter(hash, row);
      const count = (this.table[at >>> 3] >>> ((at & 7) << 2)) & COUNT_MAX;
      if (count < least) least = count;
    }
    return least;
  }

  private counter(hash: number, row: number): number {
    const mixed = Math.imul(hash ^ (hash >>> 15), MULTIPLIERS[row]);
    return (row << this.indexBits) + ((mixed ^ (mixed >>> 13)) >>> (32 - this.indexBits));
  }

  private halve(): void {
    for (let word = 0; word < this.table.length; word++) this.table[word] = (this.table[word] >>> 1) & HALVE_MASK;
    this.counted >>>= 1;
  }
}
