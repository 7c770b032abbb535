/**
 * Client addresses as bytes: read from text or from a DNS option, shown as a prefix, hashed for shares. An IPv4 address in IPv6
 * clothes counts as IPv4. Never keeps more of an address than steering needs.
 */
import { isIPv4, isIPv6 } from 'node:net';

/** An address or a prefix of one. Bytes past the prefix are zero. */
export interface ClientAddress {
  readonly family: 4 | 6;
  /** 4 or 16 bytes. */
  readonly bytes: Uint8Array;
  readonly prefixBits: number;
}

/** What steering tells clients apart by: a household or an office, not a device. */
export const GROUP_BITS = { 4: 24, 6: 56 } as const;

const MAPPED_PREFIX_BYTES = 12;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Reads an address without prefix; undefined where the text is none. */
export function parseAddress(text: string): ClientAddress | undefined {
  if (isIPv4(text)) return { family: 4, bytes: Uint8Array.from(text.split('.'), Number), prefixBits: 32 };
  const bare = text.split('%', 1)[0] ?? '';
  return isIPv6(bare) ? fromIpv6(parseIpv6(bare)) : undefined;
}

/** The bytes of an IPv4 or IPv6 address; undefined where the text is none. IPv4 in IPv6 stays IPv6. */
export function addressBytes(text: string, family: 4 | 6): Uint8Array | undefined {
  if (family === 4) return isIPv4(text) ? Uint8Array.from(text.split('.'), Number) : undefined;
  return isIPv6(text) && !text.includes('%') ? parseIpv6(text) : undefined;
}

/** The first `bits` of an address; the address itself where it has no more. */
export function prefixOf(address: ClientAddress, bits: number): ClientAddress {
  if (bits >= address.prefixBits) return address;
  const bytes = new Uint8Array(address.bytes.length);
  const whole = bits >> 3;
  bytes.set(address.bytes.subarray(0, whole));
  if (bits % 8 !== 0) bytes[whole] = (address.bytes[whole] ?? 0) & (0xff << (8 - (bits % 8)));
  return { family: address.family, bytes, prefixBits: bits };
}

/** As people write it: 203.0.113.0/24. */
export function addressText({ family, bytes, prefixBits }: ClientAddress): string {
  const text = family === 4 ? bytes.join('.') : ipv6Text(bytes);
  return prefixBits === bytes.length * 8 ? text : `${text}/${prefixBits}`;
}

/** 32 bits that are the same for everybody of one group (/24 or /56), spread evenly. */
export function groupHash({ family, bytes }: ClientAddress): number {
  let hash = FNV_OFFSET ^ family;
  for (let at = 0; at < GROUP_BITS[family] >> 3; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), FNV_PRIME);
  return mixBits(hash);
}

/** Spreads 32 bits so that neighbouring values share nothing (the finaliser of MurmurHash3). */
export function mixBits(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

function fromIpv6(bytes: Uint8Array): ClientAddress {
  const mapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return mapped
    ? { family: 4, bytes: bytes.slice(MAPPED_PREFIX_BYTES), prefixBits: 32 }
    : { family: 6, bytes, prefixBits: 128 };
}

/** Bytes of a text that `isIPv6` accepted. */
function parseIpv6(text: string): Uint8Array {
  const [head = '', tail] = text.split('::');
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const bytes = new Uint8Array(16);
  bytes.set(before);
  bytes.set(after, 16 - after.length);
  return bytes;
}

function groupsOf(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/** RFC 5952: lower case, the longest run of zero groups as `::`. */
function ipv6Text(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, at) => (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)) >>> 0);
  let start = -1;
  let length = 1;
  for (let at = 0; at < 8; at++) {
    let run = 0;
    while (at + run < 8 && groups[at + run] === 0) run++;
    if (run > length) [start, length] = [at, run];
  }
  if (start < 0) return groupsText(groups);
  return `${groupsText(groups.slice(0, start))}::${groupsText(groups.slice(start + length))}`;
}

function groupsText(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(':');
}
