/**
 * Which country an address is in: a MaxMind DB file flattened into sorted arrays of numbers, searched by halving. Built once;
 * a look-up allocates nothing. Never asks anybody else, and says `undefined` instead of guessing.
 */
import { readFileSync } from 'node:fs';
import { CodedError } from '#kit/errors.ts';
import type { ClientAddress } from './address.ts';
import { STEERING_ERRORS } from './errors.ts';
import { MaxMindTree } from './maxmind.ts';
import { PLACES, type ClientRegion } from './places.ts';

/** A country as steering sees it. */
export interface Country {
  readonly code: string;
  readonly region: ClientRegion;
  readonly latitude: number;
  readonly longitude: number;
  /** Position in `COUNTRIES`. */
  readonly index: number;
}

/** Every country that has a place, in a fixed order. */
export const COUNTRIES: readonly Country[] = Object.entries(PLACES)
  .flatMap(([region, places]) =>
    Object.entries(places).map(([code, [latitude, longitude]]) => ({ code, region, latitude, longitude })),
  )
  .map((country, index) => ({ ...country, region: country.region as ClientRegion, index }));

/** Stored for addresses that belong to no country. */
const NOWHERE = 0xff_ff;
/** IPv6 networks longer than this are not told apart: no one is given less than a /64. */
const IPV6_BITS = 64;
const IPV4_BITS = 32;
/** Where IPv4 lies in the tree: ::/96. */
const IPV4_DEPTH = 96;
/** Ranges of one family; today's table has about 180,000. */
const RANGES_MAX = 2_000_000;

/** Sorted ranges: each begins at (high, low) and reaches to the next. */
interface Ranges {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
  readonly country: Uint16Array;
}

export class LocationTable {
  private readonly ipv4: Ranges;
  private readonly ipv6: Ranges;
  /** When its maker built it, microseconds since the epoch. */
  readonly builtMicros: number;
  readonly ranges: number;

  constructor(ipv4: Ranges, ipv6: Ranges, builtMicros: number) {
    this.ipv4 = ipv4;
    this.ipv6 = ipv6;
    this.builtMicros = builtMicros;
    this.ranges = ipv4.low.length + ipv6.low.length;
  }

  /** The country of an address; undefined for private, reserved and unassigned ones. */
  countryOf({ family, bytes }: ClientAddress): Country | undefined {
    const found =
      family === 4 ? search(this.ipv4, 0, wordAt(bytes, 0)) : search(this.ipv6, wordAt(bytes, 0), wordAt(bytes, 4));
    return found === NOWHERE ? undefined : COUNTRIES[found];
  }
}

/** Reads the table from a MaxMind DB file. Throws STEERING_LOCATION_UNREADABLE. */
export function readLocationTable(file: string): LocationTable {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new CodedError(STEERING_ERRORS.STEERING_LOCATION_UNREADABLE, file, { cause: error });
  }
  return locationTable(bytes, file);
}

/** The table that the bytes of a MaxMind DB file hold. Throws STEERING_LOCATION_UNREADABLE. */
export function locationTable(bytes: Uint8Array, name: string): LocationTable {
  try {
    const tree = new MaxMindTree(bytes);
    const indexes = new Map(COUNTRIES.map(({ code, index }) => [code, index]));
    const countryAt = (record: number): number => indexes.get(tree.countryAt(record)) ?? NOWHERE;
    const ipv4 = new RangeList();
    const start = tree.descendZeros(IPV4_DEPTH);
    tree.walk(start, IPV4_BITS, (_high, low, record) =>
      ipv4.add(0, low, record === undefined ? NOWHERE : countryAt(record)),
    );
    const ipv6 = new RangeList();
    // IPv4 hides below ::/64 in this format; nobody's IPv6 address is there.
    tree.walk(tree.root, IPV6_BITS, (high, low, record) =>
      ipv6.add(high, low, record === undefined || (high === 0 && low === 0) ? NOWHERE : countryAt(record)),
    );
    return new LocationTable(ipv4.done(), ipv6.done(), tree.builtSeconds * 1_000_000);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new CodedError(STEERING_ERRORS.STEERING_LOCATION_UNREADABLE, `${name}: ${cause}`, { cause: error });
  }
}

/** Collects ranges in order and joins neighbours of one country. */
class RangeList {
  private readonly starts: number[] = [];
  private readonly countries: number[] = [];

  add(high: number, low: number, country: number): void {
    if (this.countries.at(-1) === country) return;
    if (this.countries.length >= RANGES_MAX) throw new RangeError(`more than ${RANGES_MAX} ranges`);
    this.starts.push(high, low);
    this.countries.push(country);
  }

  done(): Ranges {
    const { length } = this.countries;
    const high = new Uint32Array(length);
    const low = new Uint32Array(length);
    for (let at = 0; at < length; at++) {
      high[at] = this.starts[2 * at] ?? 0;
      low[at] = this.starts[2 * at + 1] ?? 0;
    }
    return { high, low, country: Uint16Array.from(this.countries) };
  }
}

/** The country of the last range that begins at or before (high, low). */
function search({ high, low, country }: Ranges, wantedHigh: number, wantedLow: number): number {
  let from = 0;
  let to = country.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    const isAfter = high[middle] > wantedHigh || (high[middle] === wantedHigh && low[middle] > wantedLow);
    if (isAfter) to = middle;
    else from = middle + 1;
  }
  return from === 0 ? NOWHERE : country[from - 1];
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}
