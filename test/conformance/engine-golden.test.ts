/** Journals of every semantics version so far, replayed: the same history, and the same state. */
import { describe, expect, it } from 'vitest';
import { SEMANTICS_VERSION } from '#trading/capacity.ts';
import { play, readIndex, readWords } from '../golden/journal.ts';

const entries = readIndex();

describe('golden journals', () => {
  it('exist for every semantics version up to the present one', () => {
    const versions = new Set(entries.map((entry) => entry.semantics));
    expect([...versions].toSorted((left, right) => left - right)).toEqual(
      Array.from({ length: SEMANTICS_VERSION }, (_, index) => index + 1),
    );
  });

  it.each(entries)('$name replays to the history it had', ({ name, commands, digest, stateHash }) => {
    expect(play(readWords(name))).toEqual({ commands, digest, stateHash });
  });
});
