/**
 * Address ranges in CIDR notation, IPv4 and IPv6, as intervals of whole numbers. Refuses what is not exactly a range:
 * bits set after the prefix are a mistake of whoever wrote it, not something to round away.
 */
import { isIP } from 'node:net';

export interface AddressRange {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

const BITS = { 4: 32, 6: 128 } as const;
const IPV6_GROUPS = 8;
const IPV6_GROUP_BITS = 16n;
const HEX = 16;
const BYTE_BITS = 8n;

/** The range that `text` names; undefined when it names none. */
export function parseAddressRange(text: string): AddressRange | undefined {
  const match = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(text);
  const [, address = '', prefixText = ''] = match ?? [];
  const family = isIP(address);
  if (family !== 4 && family !== 6) return undefined;
  const prefix = Number(prefixText);
  const bits = BITS[family];
  if (prefix > bits) return undefined;
  const first = family === 4 ? ipv4Number(address) : ipv6Number(address);
  const size = 1n << BigInt(bits - prefix);
  return first === undefined || first % size !== 0n ? undefined : { family, first, last: first + size - 1n };
}

/** How many addresses the range has. */
export function addressCount(range: AddressRange): bigint {
  return range.last - range.first + 1n;
}

export function rangesOverlap(a: AddressRange, b: AddressRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

function ipv4Number(address: string): bigint {
  return address.split('.').reduce((number, byte) => (number << BYTE_BITS) | BigInt(byte), 0n);
}

/** `address` is a valid IPv6 address; one with an IPv4 tail is refused: nobody writes ranges so. */
function ipv6Number(address: string): bigint | undefined {
  if (address.includes('.')) return undefined;
  const [head = '', tail] = address.split('::');
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const zeros = Array.from({ length: IPV6_GROUPS - before.length - after.length }, () => 0);
  return [...before, ...zeros, ...after].reduce((number, group) => (number << IPV6_GROUP_BITS) | BigInt(group), 0n);
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, HEX));
}
