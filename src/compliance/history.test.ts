/** The journal played again: which commands a listener hears, and where it may stop. */
import { describe, expect, it } from 'vitest';
import type { Batch } from '#kit/ports/journal.ts';
import { CommandKind, GENESIS_WORDS, HEADER_WORDS, Header, writeHeader, writeWide } from '#trading/commands.ts';
import { DEFAULT_CAPACITY, writeGenesis } from '#trading/capacity.ts';
import { Engine } from '#trading/engine.ts';
import { playHistory } from './history.ts';

const BEGIN_MICROS = 1_800_000_000_000_000;
const COMMANDS = 50;

/** A journal of genesis and clock commands, a second apart, each a batch of its own. */
function journalOf(): { read: (from: number, visit: (batch: Batch) => void) => number; given: number } {
  const journal = {
    given: 0,
    read(from: number, visit: (batch: Batch) => void): number {
      for (let sequence = from; sequence <= COMMANDS; sequence++) {
        const words = new Int32Array(Math.max(GENESIS_WORDS, HEADER_WORDS));
        const timeMicros = BEGIN_MICROS + sequence * 1e6;
        let end = HEADER_WORDS;
        if (sequence === 1)
          end = writeGenesis(words, 0, { ...DEFAULT_CAPACITY, orders: 64, dayOrders: 64 }, timeMicros);
        else {
          writeHeader(words, 0, CommandKind.clock, HEADER_WORDS, 0, 0);
          writeWide(words, Header.timeLow, timeMicros);
        }
        journal.given++;
        const previous = { matchedNanos: 0, writtenNanos: 0, ackedNanos: 0 };
        visit({ epoch: 1, firstSequence: sequence, count: 1, words, start: 0, end, timeMicros, previous });
      }
      return COMMANDS;
    },
  };
  return journal;
}

async function heardFrom(
  first: number,
  last: number,
  untilSecond?: number,
): Promise<{ heard: number[]; given: number }> {
  const journal = journalOf();
  const heard: number[] = [];
  const parts = {
    journal: journal as never,
    openEngine: async (_atMost: number, sink: (words: Int32Array, end: number) => void) => ({
      engine: new Engine(sink),
      nextSequence: 1,
    }),
  };
  await playHistory(parts, first, last, {
    onEvents: () => undefined,
    onCommand: ({ sequence }) => heard.push(sequence),
    ...(untilSecond === undefined ? {} : { isEnough: (micros: number) => micros >= BEGIN_MICROS + untilSecond * 1e6 }),
  });
  return { heard, given: journal.given };
}

describe('the journal played again', () => {
  it('is heard from the first command that is asked for to the last', async () => {
    const { heard } = await heardFrom(20, 30);
    expect(heard).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]);
  });

  it('is read no further than the listener wants', async () => {
    const { heard, given } = await heardFrom(1, COMMANDS, 11);
    expect(heard).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(given).toBe(11);
  });
});
