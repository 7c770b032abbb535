import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodeOpening, encodeGenesis, encodeOpening, foreignGenesis } from './openings.ts';

const primary = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ed25519');
const members = new Map([['ny-1', primary.publicKey]]);
const opening = { shard: 'us', epoch: 7, member: 'ny-1', nonce: 'abc', timeMicros: 1_700_000_000_000_000 };

describe('an opening', () => {
  it('is read back when a member of the shard signed it', () => {
    expect(decodeOpening(encodeOpening(opening, primary.privateKey), 'us', members)).toEqual(opening);
  });

  it('is refused when somebody else signed it, or who signed it may not lead', () => {
    expect(decodeOpening(encodeOpening(opening, stranger.privateKey), 'us', members)).toMatch(/not that of ny-1/);
    const unknown = encodeOpening({ ...opening, member: 'xx-9' }, stranger.privateKey);
    expect(decodeOpening(unknown, 'us', members)).toMatch(/xx-9 may not lead/);
  });

  it('is refused in another shard than the one it was signed for', () => {
    expect(decodeOpening(encodeOpening(opening, primary.privateKey), 'eu', members)).toMatch(/of shard us/);
  });

  it('is refused with any byte changed, and cut off anywhere', () => {
    const payload = encodeOpening(opening, primary.privateKey);
    for (let at = 0; at < payload.length; at++) {
      const changed = Uint8Array.from(payload);
      changed[at] ^= 1;
      expect(decodeOpening(changed, 'us', members)).toBeTypeOf('string');
      expect(decodeOpening(payload.subarray(0, at), 'us', members)).toBeTypeOf('string');
    }
  });
});

describe('a genesis entry', () => {
  it('belongs to one shard, and to a version that is known', () => {
    expect(foreignGenesis(encodeGenesis('us'), 'us')).toBeUndefined();
    expect(foreignGenesis(encodeGenesis('us'), 'eu')).toBe('shard us');
    expect(foreignGenesis(new TextEncoder().encode('{"version":2,"shard":"us"}'), 'us')).toBe('version 2');
    expect(foreignGenesis(new TextEncoder().encode('hello'), 'us')).toMatch(/not a genesis/);
  });
});
