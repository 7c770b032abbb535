/**
 * The last batches of the journal with their stamps, so that the time of a recent order can be explained. A batch's
 * stamps arrive with the batch after it.
 */
import type { BatchStamps } from '#kit/ports/journal.ts';
import type { AppliedBatch, Projection } from './feed.ts';
import { Ring } from './ring.ts';

/** Batches kept. */
const BATCHES_MAX = 1 << 16;

const Field = { epoch: 0, first: 1, count: 2, time: 3, matched: 4, written: 5, acked: 6, stamped: 7 } as const;
const FIELDS = 8;

export interface BatchRow {
  readonly epoch: number;
  readonly firstSequence: number;
  readonly count: number;
  readonly timeMicros: number;
  /** Undefined while the next batch is not written. */
  readonly stamps: BatchStamps | undefined;
}

export class Batches implements Projection {
  private readonly ring = new Ring(BATCHES_MAX, FIELDS);

  onBatch(batch: AppliedBatch): void {
    const before = this.ring.next - 1;
    const follows =
      before >= 0 &&
      this.ring.get(before, Field.epoch) === batch.epoch &&
      this.ring.get(before, Field.first) + this.ring.get(before, Field.count) === batch.firstSequence;
    if (follows) {
      this.ring.set(before, Field.matched, batch.previous.matchedNanos);
      this.ring.set(before, Field.written, batch.previous.writtenNanos);
      this.ring.set(before, Field.acked, batch.previous.ackedNanos);
      this.ring.set(before, Field.stamped, 1);
    }
    const entry = this.ring.append();
    this.ring.set(entry, Field.epoch, batch.epoch);
    this.ring.set(entry, Field.first, batch.firstSequence);
    this.ring.set(entry, Field.count, batch.count);
    this.ring.set(entry, Field.time, batch.timeMicros);
  }

  /** The batch that holds a command, while it is kept. */
  find(sequence: number): BatchRow | undefined {
    let low = this.ring.oldest;
    let high = this.ring.next;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.ring.get(middle, Field.first) <= sequence) low = middle + 1;
      else high = middle;
    }
    const entry = low - 1;
    if (entry < this.ring.oldest) return undefined;
    const firstSequence = this.ring.get(entry, Field.first);
    const count = this.ring.get(entry, Field.count);
    if (sequence >= firstSequence + count) return undefined;
    const stamped = this.ring.get(entry, Field.stamped) === 1;
    return {
      epoch: this.ring.get(entry, Field.epoch),
      firstSequence,
      count,
      timeMicros: this.ring.get(entry, Field.time),
      stamps: stamped
        ? {
            matchedNanos: this.ring.get(entry, Field.matched),
            writtenNanos: this.ring.get(entry, Field.written),
            ackedNanos: this.ring.get(entry, Field.acked),
          }
        : undefined,
    };
  }
}
