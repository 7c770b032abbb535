/**
 * Commands of the journal as one Merkle tree: the leaf of a command is its bytes exactly as they lie in the journal, its
 * index is its sequence minus the range's first. Made while following the journal, and again from it for a proof.
 */
import { commandLength } from '#trading/commands.ts';
import type { Batch } from '#kit/ports/journal.ts';
import type { JournalEntry } from './entry.ts';
import { HASH_BYTES, leafHashInto, rootOf } from './merkle.ts';

/** Most commands of one range. A proof reads them all again. */
const RANGE_COMMANDS_MAX = 65_536;

/** Gathers commands of one epoch until somebody closes the range. */
export class RangeBuilder {
  private readonly hashes = Buffer.alloc(RANGE_COMMANDS_MAX * HASH_BYTES);
  private epoch = 0;
  private firstSequence = 0;
  private lastMicros = 0;
  count = 0;

  /** Sequence after the last command that was taken; 0 before the first. */
  get nextSequence(): number {
    return this.count === 0 ? 0 : this.firstSequence + this.count;
  }

  /** Whether a batch would have to begin another range. */
  isFullFor(batch: Batch): boolean {
    return this.count > 0 && (batch.epoch !== this.epoch || this.count + batch.count > RANGE_COMMANDS_MAX);
  }

  /** Takes the batch's commands from `from` on, which is the next sequence. */
  take(batch: Batch, from: number): void {
    const { words } = batch;
    const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
    if (this.count === 0) {
      this.epoch = batch.epoch;
      this.firstSequence = from;
    }
    let sequence = batch.firstSequence;
    for (let at = batch.start; at < batch.end; sequence++) {
      const next = at + commandLength(words, at);
      if (sequence >= from) {
        leafHashInto(bytes, at * 4, next * 4, this.hashes, this.count * HASH_BYTES);
        this.count++;
      }
      at = next;
    }
    this.lastMicros = batch.timeMicros;
  }

  /** The entry of what was gathered, and an empty builder again. */
  close(shard: string, timeMicros: number): JournalEntry {
    const { epoch, firstSequence, count, lastMicros } = this;
    const root = rootOf(this.hashes, count).toString('hex');
    this.count = 0;
    return {
      type: 'journal',
      kind: 'trade-execution',
      timeMicros,
      shard,
      epoch,
      firstSequence,
      count,
      lastMicros,
      root,
    };
  }

  /** Hashes of the commands, for a proof; valid until the next take. */
  leaves(): Buffer {
    return Buffer.from(this.hashes.subarray(0, this.count * HASH_BYTES));
  }

  /** Forgets what was gathered. */
  clear(): void {
    this.count = 0;
  }
}
