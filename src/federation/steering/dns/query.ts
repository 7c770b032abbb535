/**
 * Reads a DNS query. What cannot be read is answered with a code or, where an answer could only do harm, with silence: too short
 * for a header, or itself an answer. Reads every record it was sent, keeps what it needs, and allocates one object.
 */
import type { ClientAddress } from '../address.ts';
import { HEADER_BYTES, OPTION_CLIENT_SUBNET, RecordType, ResponseCode, UDP_BYTES_PLAIN } from './codes.ts';
import { readName } from './names.ts';

/** Records beside the question; a query has one or two. */
const RECORDS_MAX = 8;
const RECORD_FIXED_BYTES = 10;
const OPTIONS_MAX = 16;
const FLAG_RESPONSE = 0x80;
const OPCODE_BITS = 0x78;
const DNSSEC_OK = 0x8000;
const FAMILY = { ipv4: 1, ipv6: 2 } as const;

/** EDNS Client Subnet as it was asked (RFC 7871). */
export interface ClientSubnet {
  /** Undefined where the client asks not to be located: a prefix of no bits. */
  readonly client: ClientAddress | undefined;
  /** The option's bytes after its length, to be given back with a scope. */
  readonly option: Uint8Array;
}

export interface Query {
  /** The question as it stands in the message: name, type, class. */
  readonly questionEnd: number;
  /** Wire form of the name asked for, its case kept. */
  readonly name: Uint8Array;
  readonly type: number;
  readonly class: number;
  readonly hasEdns: boolean;
  readonly ednsVersion: number;
  readonly dnssecOk: boolean;
  /** What the asker can take in one datagram, at least 512. */
  readonly udpBytesMax: number;
  readonly subnet: ClientSubnet | undefined;
}

/** What became of reading: a query, a code to answer with (where the question could not be kept), or nothing to be said. */
export type ReadQuery = Query | { readonly code: ResponseCode } | undefined;

const MALFORMED = { code: ResponseCode.formError } as const;
const NOT_IMPLEMENTED = { code: ResponseCode.notImplemented } as const;

/** Reads a message. Never throws. */
export function readQuery(message: Uint8Array): ReadQuery {
  if (message.length < HEADER_BYTES || (message[2] & FLAG_RESPONSE) !== 0) return undefined;
  if ((message[2] & OPCODE_BITS) !== 0) return NOT_IMPLEMENTED;
  const records = word(message, 6) + word(message, 8) + word(message, 10);
  if (word(message, 4) !== 1 || records > RECORDS_MAX) return MALFORMED;
  const asked = readName(message, HEADER_BYTES, HEADER_BYTES);
  if (asked === undefined || asked.end + 4 > message.length) return MALFORMED;
  const questionEnd = asked.end + 4;
  const edns = readRecords(message, questionEnd, records, records - word(message, 10));
  if (edns === undefined) return MALFORMED;
  return {
    questionEnd,
    name: asked.wire,
    type: word(message, asked.end),
    class: word(message, asked.end + 2),
    ...edns,
  };
}

interface Edns {
  readonly hasEdns: boolean;
  readonly ednsVersion: number;
  readonly dnssecOk: boolean;
  readonly udpBytesMax: number;
  readonly subnet: ClientSubnet | undefined;
}

const NO_EDNS: Edns = {
  hasEdns: false,
  ednsVersion: 0,
  dnssecOk: false,
  udpBytesMax: UDP_BYTES_PLAIN,
  subnet: undefined,
};

/** Walks all records after the question; only the additional ones, from `additionalFrom` on, may hold the one OPT. */
function readRecords(message: Uint8Array, start: number, records: number, additionalFrom: number): Edns | undefined {
  let at = start;
  let edns = NO_EDNS;
  for (let record = 0; record < records; record++) {
    const owner = readName(message, at, HEADER_BYTES);
    if (owner === undefined || owner.end + RECORD_FIXED_BYTES > message.length) return undefined;
    const dataStart = owner.end + RECORD_FIXED_BYTES;
    const dataEnd = dataStart + word(message, owner.end + 8);
    if (dataEnd > message.length) return undefined;
    if (word(message, owner.end) === RecordType.OPT) {
      if (edns.hasEdns || owner.wire.length !== 1 || record < additionalFrom) return undefined;
      const read = readOpt(message, owner.end, dataStart, dataEnd);
      if (read === undefined) return undefined;
      edns = read;
    }
    at = dataEnd;
  }
  return at === message.length ? edns : undefined;
}

function readOpt(message: Uint8Array, fixed: number, dataStart: number, dataEnd: number): Edns | undefined {
  let subnet: ClientSubnet | undefined;
  let at = dataStart;
  for (let option = 0; at < dataEnd; option++) {
    if (option >= OPTIONS_MAX || at + 4 > dataEnd) return undefined;
    const end = at + 4 + word(message, at + 2);
    if (end > dataEnd) return undefined;
    if (word(message, at) === OPTION_CLIENT_SUBNET) {
      if (subnet !== undefined) return undefined;
      subnet = readClientSubnet(message.subarray(at + 4, end));
      if (subnet === undefined) return undefined;
    }
    at = end;
  }
  return {
    hasEdns: true,
    ednsVersion: message[fixed + 5],
    dnssecOk: (word(message, fixed + 6) & DNSSEC_OK) !== 0,
    udpBytesMax: Math.max(UDP_BYTES_PLAIN, word(message, fixed + 2)),
    subnet,
  };
}

/** RFC 7871, 6 and 7.1.2: as many bytes as the prefix needs, no bit past it, no scope in a query; anything else is malformed. */
function readClientSubnet(data: Uint8Array): ClientSubnet | undefined {
  if (data.length < 4) return undefined;
  const family = word(data, 0);
  const prefixBits = data[2];
  const isKnown = family === FAMILY.ipv4 || family === FAMILY.ipv6 || (family === 0 && prefixBits === 0);
  const most = family === FAMILY.ipv4 ? 32 : 128;
  if (!isKnown || data[3] !== 0 || prefixBits > most || data.length - 4 !== Math.ceil(prefixBits / 8)) return undefined;
  const spare = prefixBits % 8;
  if (spare !== 0 && (data[data.length - 1] & (0xff >> spare)) !== 0) return undefined;
  const option = data.slice();
  if (prefixBits === 0) return { client: undefined, option };
  const bytes = new Uint8Array(most >> 3);
  bytes.set(data.subarray(4));
  return { client: { family: family === FAMILY.ipv4 ? 4 : 6, bytes, prefixBits }, option };
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1];
}
