import { describe, expect, it } from 'vitest';
import { findBrowser, needData, needPeer, needSchema } from './peers.ts';

/** A test context that notes the reason of a skip instead of ending this test. */
function noting(): { reasons: (string | undefined)[]; skip: (...args: unknown[]) => never } {
  const reasons: (string | undefined)[] = [];
  const skip = (...args: unknown[]): never => {
    reasons.push(String(args.at(-1)));
    throw new Error('skipped');
  };
  return { reasons, skip };
}

describe('a peer', () => {
  it('is handed over when it is there', () => {
    expect(needPeer(noting(), 'psql', 'PostgreSQL', { REQUIRE_PEERS: '1' })).toBe('psql');
  });

  it('is a named skip for a user who lacks it', () => {
    const context = noting();
    expect(() => needPeer(context, undefined, 'PostgreSQL: apt-get install postgresql', {})).toThrow('skipped');
    expect(context.reasons).toEqual(['PostgreSQL: apt-get install postgresql']);
  });

  it('is a failure where peers are required', () => {
    const context = noting();
    expect(() => needPeer(context, undefined, 'PostgreSQL', { REQUIRE_PEERS: '1' })).toThrow('missing: PostgreSQL');
    expect(context.reasons).toEqual([]);
  });
});

describe('recorded data', () => {
  const here = import.meta.dirname;

  it('is found in the folder that the environment names', () => {
    expect(needData(noting(), 'peers.test.ts', { NAUTILUS_DATA: here })).toBe(import.meta.filename);
    expect(needSchema(noting(), 'peers.test.ts', { NAUTILUS_SCHEMAS: here })).toBe(import.meta.filename);
  });

  it('says which variable is to be set when it is not there', () => {
    const context = noting();
    expect(() => needData(context, 'nothing.zst', { NAUTILUS_DATA: here })).toThrow('skipped');
    expect(() => needSchema(context, 'nothing.xsd', {})).toThrow('skipped');
    expect(context.reasons).toEqual([
      'nothing.zst; set NAUTILUS_DATA to the folder that has it',
      'nothing.xsd; set NAUTILUS_SCHEMAS to the folder that has it',
    ]);
  });
});

describe('the browser', () => {
  it('is the one that CHROME_PATH names, when that exists', async () => {
    const browser = await findBrowser({ CHROME_PATH: process.execPath });
    expect(browser?.executablePath).toBe(process.execPath);
  });
});
