/**
 * What the journal's contract needs of a driver: a place to make journals in, and a module that child processes load to
 * open the same journal, because leaders that are stopped and killed must be processes of their own.
 */
import type { AckLevel, Journal } from '#kit/ports/journal.ts';

/** What a driver's module exports as `opener`. */
export interface JournalOpener {
  /**
   * The lowest level at which an entry survives a change of leadership, and from which on readers see it. A leader
   * learns no later than on the way to this level that it was succeeded.
   */
  decidedAt: AckLevel;
  /** The levels it has. */
  levels: readonly AckLevel[];
  /** Opens the journal at a place that `DriverUnderTest.create` named. */
  open(place: string): Promise<Journal>;
}

export interface DriverUnderTest extends JournalOpener {
  name: string;
  /** URL of the module that exports this driver's `opener`. */
  module: string;
  /** Makes a new, empty place and names it. */
  create(): Promise<string>;
  /** Removes the place and all it holds. */
  remove(place: string): Promise<void>;
}
