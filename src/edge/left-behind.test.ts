import { describe, expect, it } from 'vitest';
import { CodedError } from '#kit/errors.ts';
import type { Batch } from '#kit/ports/journal.ts';
import { JOURNAL_ERRORS } from '#journal/errors.ts';
import { EventKind, Execution } from '#trading/events.ts';
import { FrameType } from '#wire/order-entry/frame.ts';
import { findLeftBehind } from './left-behind.ts';
import { Outbox } from './outbox.ts';

const WORDS = 48;
const at = (epoch: number, firstSequence: number, count: number): Batch => ({ epoch, firstSequence, count }) as Batch;

/** A journal that has these batches, and refuses to be read from beyond its end as the drivers do. */
function journalOf(batches: () => readonly Batch[]) {
  return {
    read(from: number, visit: (batch: Batch) => void): number {
      const all = batches();
      const last = all.reduce((most, { firstSequence, count }) => Math.max(most, firstSequence + count - 1), 0);
      if (from > last + 1) throw new CodedError(JOURNAL_ERRORS.JOURNAL_SEQUENCE_AHEAD, String(from));
      for (const batch of all) if (batch.firstSequence + batch.count > from) visit(batch);
      return last;
    },
  };
}

/** An outbox in which command n was answered to session 5, with ClOrdID 1000 + n. */
function outboxWith(commands: number): Outbox {
  const outbox = new Outbox({ ringBytes: 1 << 20, framesMax: 1 << 10 });
  const words = new Int32Array(WORDS);
  for (let sequence = 1; sequence <= commands; sequence++) {
    words[0] = EventKind.execution | (WORDS << 16);
    words[Execution.account] = 3;
    words[Execution.clOrdIdLow] = 1000 + sequence;
    outbox.addReport(5, FrameType.executionReport, words, 0, WORDS, sequence, 0, 0, 0, 0);
  }
  return outbox;
}

const noPause = async (): Promise<void> => undefined;

describe('what a fenced leader left behind', () => {
  it('is nothing where the next epoch begins behind all that was acknowledged', async () => {
    const journal = journalOf(() => [at(1, 1, 10), at(2, 11, 1)]);
    const left = await findLeftBehind(journal, outboxWith(10), 1, 10, noPause);
    expect(left).toEqual({ epoch: 1, acknowledged: 10, kept: 10, isCertain: true, reports: [] });
  });

  it('is listed by owner where the next epoch begins earlier', async () => {
    const journal = journalOf(() => [at(1, 1, 7), at(2, 8, 4)]);
    const { reports, kept } = await findLeftBehind(journal, outboxWith(12), 1, 10, noPause);
    expect(kept).toBe(7);
    expect(reports).toEqual(
      [8, 9, 10].map((sequence) => ({
        session: 5,
        journalSequence: sequence,
        account: 3,
        clOrdId: String(1000 + sequence),
      })),
    );
  });

  it('waits until the next epoch has shown where this one ended', async () => {
    let looks = 0;
    const journal = journalOf(() => (++looks < 5 ? [at(1, 1, 7)] : [at(1, 1, 7), at(2, 8, 1)]));
    const left = await findLeftBehind(journal, outboxWith(9), 1, 9, noPause);
    expect(left).toMatchObject({ isCertain: true, kept: 7 });
    expect(left.reports.map(({ journalSequence }) => journalSequence)).toEqual([8, 9]);
  });

  it('says that it is not certain while nobody has taken over, and gives what the journal has', async () => {
    const journal = journalOf(() => [at(1, 1, 7)]);
    expect(await findLeftBehind(journal, outboxWith(9), 1, 9, noPause)).toMatchObject({ isCertain: false, kept: 7 });
  });

  it('looks from the beginning where the journal ends far before what was acknowledged', async () => {
    const journal = journalOf(() => [at(1, 1, 3), at(2, 4, 1)]);
    const left = await findLeftBehind(journal, outboxWith(5), 1, 500_000, noPause);
    expect(left).toMatchObject({ kept: 3, isCertain: true });
    expect(left.reports.length).toBe(2);
  });
});
