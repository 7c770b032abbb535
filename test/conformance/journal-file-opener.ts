/** Opens file journals with small segments, for the contract's tests and their child processes. */
import { createSystemClock } from '#kit/clock.ts';
import { AckLevel } from '#kit/ports/journal.ts';
import { openFileJournal } from '#journal/file-journal.ts';
import type { JournalOpener } from './journal-driver.ts';

export const opener: JournalOpener = {
  decidedAt: AckLevel.journaled,
  levels: [AckLevel.journaled, AckLevel.durable],
  open: (place) => openFileJournal({ folder: place, clock: createSystemClock(), segmentBytesMax: 128 * 1024 }),
};
