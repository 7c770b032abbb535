/**
 * Where the time of one order went, from the stamps that journal batches carry. Pure arithmetic on stamps: it makes
 * nothing up, and says when the stamps of a batch are not written yet (they travel in the batch after it).
 */
import type { BatchStamps } from '#kit/ports/journal.ts';

/** What is known of one command and the batch that journalled it. */
export interface TraceInput {
  /** Microseconds since the epoch when the command was stamped. */
  readonly commandTimeMicros: number;
  /** Nanoseconds from the socket's read to that stamp. */
  readonly receiveDelayNanos: number;
  /** Stamp of the batch's first command. */
  readonly batchTimeMicros: number;
  /** From the header of the next batch; undefined while there is none. */
  readonly stamps: BatchStamps | undefined;
}

export type StageName = 'receive' | 'match' | 'journal' | 'acknowledge';

export interface Stage {
  readonly name: StageName;
  /** Nanoseconds after the socket was read. */
  readonly startNanos: number;
  readonly durationNanos: number;
  readonly help: string;
}

export interface Trace {
  readonly stages: readonly Stage[];
  readonly totalNanos: number;
  /** False while only the first stage is known. */
  readonly complete: boolean;
}

const STAGE_HELP: Readonly<Record<StageName, string>> = {
  receive: 'from the socket read to the stamp of the sequencer',
  match: 'risk checks and matching, of every command in the batch',
  journal: 'the write of the batch to the journal',
  acknowledge: 'from the journal to the hand-over of the first acknowledgement to a socket',
};

/** Builds the stages; a stage that did not happen (no acknowledgement due) is left out. */
export function traceOrder(input: TraceInput): Trace {
  const { stamps, receiveDelayNanos } = input;
  const stages: Stage[] = [];
  let at = 0;
  const add = (name: StageName, durationNanos: number): void => {
    const duration = Math.max(0, Math.round(durationNanos));
    stages.push({ name, startNanos: at, durationNanos: duration, help: STAGE_HELP[name] });
    at += duration;
  };
  add('receive', receiveDelayNanos);
  if (stamps === undefined) return { stages, totalNanos: at, complete: false };
  // Stamps count from the batch's first command; this one may have been stamped later in the same turn.
  const offsetNanos = Math.max(0, input.commandTimeMicros - input.batchTimeMicros) * 1000;
  add('match', stamps.matchedNanos - offsetNanos);
  add('journal', stamps.writtenNanos - stamps.matchedNanos);
  if (stamps.ackedNanos > 0) add('acknowledge', stamps.ackedNanos - stamps.writtenNanos);
  return { stages, totalNanos: at, complete: true };
}
