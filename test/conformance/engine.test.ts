/**
 * The engine against the reference engine over generated streams of commands: same events, same books, same money,
 * invariants after every command, the same state after a restore and after a replay.
 * NAUTILUS_DIFF_COMMANDS sets how many commands in all (default one million), NAUTILUS_DIFF_SEED the first stream.
 */
import { describe, expect, it } from 'vitest';
import { faultOfStream } from '../reference/stream.ts';

const COMMANDS = Number(process.env['NAUTILUS_DIFF_COMMANDS'] ?? 1_000_000);
const FIRST_SEED = Number(process.env['NAUTILUS_DIFF_SEED'] ?? 1);
const PARTS = 10;
/** Far above what a command takes on a slow machine, near enough to end a run that hangs. */
const MILLIS_PER_COMMAND_MAX = 2;

/** Mostly streams that end before a book grows old, and some in which days pass. */
const LENGTHS = [1000, 1000, 1000, 1000, 4000, 300] as const;

describe('the engine and the reference engine', () => {
  for (let part = 0; part < PARTS; part++) {
    const commands = Math.ceil(COMMANDS / PARTS);
    it(
      `agree over part ${part + 1} of ${PARTS}, ${commands} commands`,
      { timeout: 30_000 + commands * MILLIS_PER_COMMAND_MAX },
      () => {
        let done = 0;
        for (let stream = 0; done < commands; stream++) {
          const length = LENGTHS[stream % LENGTHS.length];
          const seed = FIRST_SEED + part + stream * PARTS;
          expect(faultOfStream(seed, length, { holdingsEvery: 5, restoreEvery: 97 })).toBeUndefined();
          done += length;
        }
      },
    );
  }
});
