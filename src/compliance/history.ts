/**
 * Plays the journal again through an engine of its own, in slices, so that the process stays answerable meanwhile. The
 * market of any past moment is had this way; nothing of it is kept here.
 */
import { setImmediate } from 'node:timers/promises';
import { CodedError } from '#kit/errors.ts';
import type { Batch, Journal } from '#kit/ports/journal.ts';
import { Header, commandLength, readWide } from '#trading/commands.ts';
import type { Engine } from '#trading/engine.ts';
import type { EventSink } from '#trading/events.ts';
import { COMPLIANCE_ERRORS } from './errors.ts';

/** Commands of a slice: some tens of milliseconds. */
const SLICE_COMMANDS = 10_000;

/** An engine as it was before some command: the beginning, or a snapshot. */
export interface PastEngine {
  readonly engine: Engine;
  readonly nextSequence: number;
}

export interface HistoryParts {
  readonly journal: Journal;
  /** Gives an engine that stands at or before a sequence. */
  readonly openEngine: (atMost: number, sink: EventSink) => Promise<PastEngine>;
}

/** A command of the past; valid during the call. */
export interface PastCommand {
  readonly words: Int32Array;
  readonly at: number;
  readonly timeMicros: number;
  readonly sequence: number;
}

export interface HistoryListener {
  /** The engine as it stands where listening begins. */
  onStart?(engine: Engine): void;
  onEvents(words: Int32Array, end: number, command: PastCommand): void;
  onCommand?(command: PastCommand, engine: Engine): void;
  /** Whether nothing that comes from here on is wanted. @default never */
  isEnough?(timeMicros: number): boolean;
}

class Enough extends Error {}

/** Plays commands up to `last`; the listener hears those from `first` on. Rejects with COMPLIANCE_HISTORY_GONE. */
export async function playHistory(
  parts: HistoryParts,
  first: number,
  last: number,
  listener: HistoryListener,
): Promise<void> {
  const command: { -readonly [Key in keyof PastCommand]: PastCommand[Key] } = {
    words: new Int32Array(0),
    at: 0,
    timeMicros: 0,
    sequence: 0,
  };
  const past = await parts.openEngine(first - 1, (words, end) => {
    if (command.sequence >= first) listener.onEvents(words, end, command);
  });
  const { engine } = past;
  const position = { next: past.nextSequence, isOver: false };
  if (position.next >= first) listener.onStart?.(engine);
  const take = (batch: Batch, until: number): void => {
    let sequence = batch.firstSequence;
    for (let at = batch.start; at < batch.end; at += commandLength(batch.words, at), sequence++) {
      if (sequence !== position.next) continue;
      if (sequence > until) throw new Enough();
      if (sequence === first) listener.onStart?.(engine);
      command.words = batch.words;
      command.at = at;
      command.timeMicros = readWide(batch.words, at + Header.timeLow);
      if (listener.isEnough?.(command.timeMicros) === true) {
        position.isOver = true;
        throw new Enough();
      }
      command.sequence = sequence;
      engine.apply(batch.words, at);
      position.next++;
      if (sequence >= first) listener.onCommand?.(command, engine);
    }
  };
  while (position.next <= last && !position.isOver) {
    const from = position.next;
    const until = Math.min(last, from + SLICE_COMMANDS - 1);
    try {
      parts.journal.read(from, (batch) => take(batch, until));
    } catch (error) {
      if (error instanceof CodedError && error.code === 'JOURNAL_SEQUENCE_GONE') {
        throw new CodedError(COMPLIANCE_ERRORS.COMPLIANCE_HISTORY_GONE, `sequence ${from}`, { cause: error });
      }
      if (!(error instanceof Enough)) throw error;
    }
    if (position.next === from) break;
    await setImmediate();
  }
}
