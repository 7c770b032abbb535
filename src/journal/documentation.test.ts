import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { JOURNAL_ERRORS } from './errors.ts';
import { RecordWord } from './format.ts';

const PAGE = readFileSync(new URL('../../docs/journal.md', import.meta.url), 'utf8');
const WIDE = new Set(['firstSequence', 'timeMicros', 'durableSequence']);

describe('the page about the journal', () => {
  it('gives every field of a record with its offset and size', () => {
    const rows = [...PAGE.matchAll(/^\| (\d+) \| (\d+) \| `(\w+)` \|/gm)].map(([, offset, bytes, name]) => ({
      name,
      offset: Number(offset),
      bytes: Number(bytes),
    }));
    const fields = Object.entries(RecordWord).map(([name, word]) => ({
      name,
      offset: word * 4,
      bytes: WIDE.has(name) ? 8 : 4,
    }));
    expect(rows).toEqual(fields);
  });

  it('names no error code that does not exist', () => {
    const named = new Set([...PAGE.matchAll(/JOURNAL_[A-Z_]+/g)].map(([code]) => code));
    expect(named.size).toBeGreaterThan(5);
    expect(Object.keys(JOURNAL_ERRORS)).toEqual(expect.arrayContaining([...named]));
  });
});
