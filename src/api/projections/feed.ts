/**
 * What projections are built from: the commands a replica carried out and the events that came of each, in journal
 * order. Only types and small readers; words are valid during the call.
 */
import type { ReplicaCommand } from '#edge/replica.ts';
import type { Batch } from '#kit/ports/journal.ts';

/** A batch of the journal, told after its commands. */
export type AppliedBatch = Pick<Batch, 'epoch' | 'firstSequence' | 'count' | 'timeMicros' | 'previous'>;

/** A command that is being carried out; the same object is used again for the next one. */
export type AppliedCommand = Readonly<Pick<ReplicaCommand, 'sequence' | 'timeMicros' | 'words' | 'at'>>;

/** A projection takes what it needs of the replica's stream. */
export interface Projection {
  onCommand?(command: AppliedCommand): void;
  /** One event of the command, at word `at` of `words`; `index` counts the command's events from 0. */
  onEvent?(command: AppliedCommand, words: Int32Array, at: number, index: number): void;
  onBatch?(batch: AppliedBatch): void;
}

/** An OrderID as people see it: slot and generation; null for an order that never lived. */
export function orderIdText(slot: number, generation: number): string | null {
  return generation === 0 ? null : `${slot}-${generation >>> 0}`;
}

/** Slot and generation of an OrderID's text; undefined when it is none. */
export function parseOrderId(text: string): { slot: number; generation: number } | undefined {
  const match = /^(\d{1,10})-(\d{1,10})$/.exec(text);
  if (match === null) return undefined;
  const slot = Number(match[1]);
  const generation = Number(match[2]);
  const fits = slot <= 0x7fffffff && generation >= 1 && generation <= 0xffffffff;
  return fits ? { slot, generation: generation | 0 } : undefined;
}

/** An unsigned 64-bit identifier in two words, as decimal text. */
export function idText(low: number, high: number): string {
  if (high === 0) return String(low >>> 0);
  return String((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0));
}

/** Two words of an unsigned 64-bit decimal; undefined when it is too large. */
export function parseId(text: string): { low: number; high: number } | undefined {
  const value = BigInt(text);
  if (value >= 1n << 64n) return undefined;
  return { low: Number(value & 0xffffffffn) | 0, high: Number(value >> 32n) | 0 };
}
