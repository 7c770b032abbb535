/** Address ranges are read exactly, and overlap where they share an address. */
import { describe, expect, it } from 'vitest';
import { addressCount, parseAddressRange, rangesOverlap, type AddressRange } from './address-range.ts';

const range = (text: string): AddressRange => parseAddressRange(text) ?? expect.fail(`${text} was refused`);

describe('an address range', () => {
  it('covers the addresses that its prefix leaves open', () => {
    expect(range('10.16.0.0/16')).toEqual({ family: 4, first: 0x0a100000n, last: 0x0a10ffffn });
    expect(addressCount(range('192.0.2.128/25'))).toBe(128n);
    expect(addressCount(range('0.0.0.0/0'))).toBe(1n << 32n);
    expect(range('2001:db8::/32').first).toBe(0x2001_0db8n << 96n);
    expect(range('::1/128')).toEqual({ family: 6, first: 1n, last: 1n });
    expect(range('fe80::1:0:0:0/112').first).toBe((0xfe80n << 112n) | (1n << 48n));
  });

  it.each([
    '10.16.0.1/16',
    '10.16.0.0/33',
    '10.16.0.0',
    '10.16.0/16',
    '300.0.0.0/8',
    '10.0.0.0/-1',
    '::ffff:10.0.0.0/104',
    '2001:db8::1/32',
    '2001:db8::/129',
    ':::/16',
    'ten/8',
    '',
  ])('is refused where it is none: %s', (text) => {
    expect(parseAddressRange(text)).toBeUndefined();
  });

  it('overlaps another where they share an address, and never one of the other family', () => {
    expect(rangesOverlap(range('10.0.0.0/8'), range('10.16.0.0/16'))).toBe(true);
    expect(rangesOverlap(range('10.16.0.0/16'), range('10.17.0.0/16'))).toBe(false);
    expect(rangesOverlap(range('10.17.255.255/32'), range('10.17.0.0/16'))).toBe(true);
    expect(rangesOverlap(range('0.0.0.0/0'), range('::/0'))).toBe(false);
  });
});
