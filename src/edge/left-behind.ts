/**
 * What a leader that was fenced had acknowledged and the next epoch does not contain: nothing where members share one
 * journal, the replication lag where they do not. Lists it by owner, so that nobody has to guess which orders are gone.
 * Reads only.
 */
import { CodedError } from '#kit/errors.ts';
import type { Journal } from '#kit/ports/journal.ts';
import { EventKind, Execution } from '#trading/events.ts';
import { EVENT_AT } from '#wire/order-entry/messages.ts';
import type { Outbox } from './outbox.ts';

/** One report that was released and whose command is not in the journal any more. */
export interface LostReport {
  readonly session: number;
  readonly journalSequence: number;
  /** Of an execution; -1 and 0 for other reports. */
  readonly account: number;
  readonly clOrdId: string;
}

export interface LeftBehind {
  readonly epoch: number;
  /** Last command acknowledged, and the last of them that the next epoch begins behind. */
  readonly acknowledged: number;
  readonly kept: number;
  /** False where no later epoch was seen in time: then `kept` is what the journal has now. */
  readonly isCertain: boolean;
  readonly reports: readonly LostReport[];
}

/** Commands before the last acknowledged one among which the end of the epoch is looked for. */
const LOOK_BACK_COMMANDS = 100_000;
const LOOKS_MAX = 60;
const LOOK_MS = 50;

/**
 * Waits until the next epoch shows where this one ended, at most three seconds, and compares.
 * @param acknowledged last sequence whose reports were released
 * @param pause resolves after so many milliseconds
 */
export async function findLeftBehind(
  journal: Pick<Journal, 'read'>,
  outbox: Outbox,
  epoch: number,
  acknowledged: number,
  pause: (milliseconds: number) => Promise<unknown>,
): Promise<LeftBehind> {
  let found = lookForEnd(journal, epoch, acknowledged);
  for (let look = 1; !found.isCertain && look < LOOKS_MAX; look++) {
    await pause(LOOK_MS);
    found = lookForEnd(journal, epoch, acknowledged);
  }
  return { epoch, acknowledged, ...found, reports: reportsAfter(outbox, found.kept, acknowledged) };
}

function lookForEnd(
  journal: Pick<Journal, 'read'>,
  epoch: number,
  acknowledged: number,
): { kept: number; isCertain: boolean } {
  let kept = 0;
  let successor = Infinity;
  const visit = (batch: { epoch: number; firstSequence: number; count: number }): void => {
    if (batch.epoch > epoch) successor = Math.min(successor, batch.firstSequence);
    else kept = batch.firstSequence + batch.count - 1;
  };
  try {
    journal.read(Math.max(1, acknowledged - LOOK_BACK_COMMANDS), visit);
  } catch (error) {
    // The journal ends further back than that.
    if (!(error instanceof CodedError)) throw error;
    journal.read(1, visit);
  }
  return successor === Infinity ? { kept, isCertain: false } : { kept: successor - 1, isCertain: true };
}

function reportsAfter(outbox: Outbox, kept: number, acknowledged: number): LostReport[] {
  const reports: LostReport[] = [];
  const { first, end } = outbox.keptFrames();
  for (let frame = first; frame < end; frame++) {
    const journalSequence = outbox.journalSequenceOf(frame);
    if (outbox.sequenceOf(frame) === 0 || journalSequence <= kept || journalSequence > acknowledged) continue;
    const at = (outbox.byteOf(frame) + EVENT_AT) >> 2;
    const isExecution = (outbox.words[at] & 0xff) === EventKind.execution;
    const low = BigInt(outbox.words[at + Execution.clOrdIdLow] >>> 0);
    const high = BigInt(outbox.words[at + Execution.clOrdIdHigh] >>> 0);
    reports.push({
      session: outbox.sessionOf(frame),
      journalSequence,
      account: isExecution ? outbox.words[at + Execution.account] : -1,
      clOrdId: isExecution ? ((high << 32n) | low).toString() : '0',
    });
  }
  return reports;
}
