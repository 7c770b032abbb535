/** Addresses: reading, prefixes, text. */
import { describe, expect, it } from 'vitest';
import { addressText, groupHash, parseAddress, prefixOf } from './address.ts';

function textOf(text: string, bits = 128): string | undefined {
  const address = parseAddress(text);
  return address === undefined ? undefined : addressText(prefixOf(address, bits));
}

describe('an address', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['2001:db8::7', '2001:db8::7'],
    ['2001:0db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::', '::'],
    ['::1', '::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
  ])('%s is shown as %s', (text, shown) => {
    expect(textOf(text)).toBe(shown);
  });

  it.each(['', 'example.com', '256.0.0.1', '1.2.3', '2001:db8::1::2', '12345::'])('%s is none', (text) => {
    expect(textOf(text)).toBeUndefined();
  });

  it('is cut to a prefix bit by bit', () => {
    expect(textOf('203.0.113.255', 24)).toBe('203.0.113.0/24');
    expect(textOf('203.0.113.255', 25)).toBe('203.0.113.128/25');
    expect(textOf('2001:db8:ffff:ffff::1', 50)).toBe('2001:db8:ffff:c000::/50');
    expect(textOf('203.0.113.255', 0)).toBe('0.0.0.0/0');
  });

  it('has the hash of its network', () => {
    const hash = (text: string) => groupHash(parseAddress(text) ?? expect.fail());
    expect(hash('203.0.113.7')).toBe(hash('203.0.113.200'));
    expect(hash('203.0.113.7')).not.toBe(hash('203.0.114.7'));
    expect(hash('2001:db8::1')).toBe(hash('2001:db8:0:ff::1'));
    expect(hash('2001:db8::1')).not.toBe(hash('2001:db8:0:100::1'));
  });
});
