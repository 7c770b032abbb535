/**
 * Writes DNS answers into one buffer: the question as it came, records by pointers to it, the EDNS record last. What does not fit
 * the asker's datagram is cut to the question with the truncation flag, never in the middle of a set.
 */
import {
  CLASS_INTERNET,
  HEADER_BYTES,
  OPTION_CLIENT_SUBNET,
  RecordType,
  UDP_BYTES_MAX,
  type ResponseCode,
} from './codes.ts';
import type { Query } from './query.ts';
import type { RecordSet } from './zone.ts';

const POINTER_BITS = 0xc0;
const FLAG_RESPONSE = 0x80;
const FLAG_AUTHORITATIVE = 0x04;
const FLAG_TRUNCATED = 0x02;
const FLAG_RECURSION_DESIRED = 0x01;
const RECORD_FIXED_BYTES = 10;
const OPT_FIXED_BYTES = 11;
const DNSSEC_OK_BYTE = 0x80;

export type Section = 'answer' | 'authority' | 'additional';
const COUNT_AT: Readonly<Record<Section, number>> = { answer: 6, authority: 8, additional: 10 };

/** One answer being written; begun anew for each query. */
export class AnswerWriter {
  private readonly buffer: Uint8Array;
  private at = 0;
  private limit = 0;
  private overflowed = false;

  /** @param buffer where answers go; its length is the most an answer may have */
  constructor(buffer: Uint8Array) {
    this.buffer = buffer;
  }

  /** Begins with the header and, where it could be read, the question. */
  begin(
    message: Uint8Array,
    query: Query | undefined,
    code: ResponseCode,
    isAuthoritative: boolean,
    bytesMax: number,
  ): void {
    const { buffer } = this;
    const kept = query === undefined ? HEADER_BYTES : query.questionEnd;
    for (let at = 0; at < kept; at++) buffer[at] = message[at];
    buffer[2] =
      FLAG_RESPONSE |
      (message[2] & 0x78) |
      (message[2] & FLAG_RECURSION_DESIRED) |
      (isAuthoritative ? FLAG_AUTHORITATIVE : 0);
    buffer[3] = code & 0x0f;
    buffer.fill(0, 4, HEADER_BYTES);
    if (query !== undefined) buffer[5] = 1;
    this.at = kept;
    this.overflowed = false;
    // Room for the EDNS record is kept free, so that it is there even when the records are cut.
    this.limit = Math.min(bytesMax, buffer.length) - (query === undefined ? 0 : ednsBytes(query));
  }

  /**
   * Adds a set of records. `owner` is a name in wire form, or an offset in the message where it stands.
   * A set that does not fit cuts the answer, except under `additional`, where it is left out.
   */
  add(section: Section, owner: Uint8Array | number, set: RecordSet, ttlSeconds = set.ttlSeconds): void {
    const ownerBytes = typeof owner === 'number' ? 2 : owner.length;
    let bytes = 0;
    for (const data of set.data) bytes += ownerBytes + RECORD_FIXED_BYTES + data.length;
    if (this.overflowed || this.at + bytes > this.limit) {
      if (section !== 'additional') this.overflowed = true;
      return;
    }
    for (const data of set.data) this.record(owner, set.type, ttlSeconds, data);
    this.buffer[COUNT_AT[section] + 1] += set.data.length;
  }

  /** Ends the answer and gives its length. `scopeBits`: how much of the client's subnet the answer depends on. */
  finish(query: Query | undefined, code: ResponseCode, scopeBits: number): number {
    if (this.overflowed) this.cut(query);
    if (query?.hasEdns === true) this.edns(query, code, scopeBits);
    return this.at;
  }

  /** Leaves nothing but the question, marked as cut: the asker comes back over TCP. */
  truncate(): void {
    this.overflowed = true;
  }

  private cut(query: Query | undefined): void {
    this.buffer.fill(0, 6, HEADER_BYTES);
    this.buffer[2] |= FLAG_TRUNCATED;
    this.at = query?.questionEnd ?? HEADER_BYTES;
  }

  private record(owner: Uint8Array | number, type: number, ttlSeconds: number, data: Uint8Array): void {
    const { buffer } = this;
    let { at } = this;
    if (typeof owner === 'number') {
      buffer[at++] = POINTER_BITS | (owner >> 8);
      buffer[at++] = owner & 0xff;
    } else {
      for (let byte = 0; byte < owner.length; byte++) buffer[at++] = owner[byte];
    }
    buffer[at++] = type >> 8;
    buffer[at++] = type & 0xff;
    buffer[at++] = CLASS_INTERNET >> 8;
    buffer[at++] = CLASS_INTERNET & 0xff;
    buffer[at++] = ttlSeconds >>> 24;
    buffer[at++] = (ttlSeconds >>> 16) & 0xff;
    buffer[at++] = (ttlSeconds >>> 8) & 0xff;
    buffer[at++] = ttlSeconds & 0xff;
    buffer[at++] = data.length >> 8;
    buffer[at++] = data.length & 0xff;
    for (let byte = 0; byte < data.length; byte++) buffer[at++] = data[byte];
    this.at = at;
  }

  private edns(query: Query, code: ResponseCode, scopeBits: number): void {
    const { buffer } = this;
    const option = query.subnet?.option;
    let { at } = this;
    buffer[at++] = 0;
    buffer[at++] = RecordType.OPT >> 8;
    buffer[at++] = RecordType.OPT & 0xff;
    buffer[at++] = UDP_BYTES_MAX >> 8;
    buffer[at++] = UDP_BYTES_MAX & 0xff;
    buffer[at++] = code >> 4;
    buffer[at++] = 0;
    buffer[at++] = query.dnssecOk ? DNSSEC_OK_BYTE : 0;
    buffer[at++] = 0;
    const length = option === undefined ? 0 : 4 + option.length;
    buffer[at++] = length >> 8;
    buffer[at++] = length & 0xff;
    if (option !== undefined) {
      buffer[at++] = OPTION_CLIENT_SUBNET >> 8;
      buffer[at++] = OPTION_CLIENT_SUBNET & 0xff;
      buffer[at++] = option.length >> 8;
      buffer[at++] = option.length & 0xff;
      for (let byte = 0; byte < option.length; byte++) buffer[at + byte] = option[byte];
      buffer[at + 3] = scopeBits;
      at += option.length;
    }
    this.at = at;
    buffer[COUNT_AT.additional + 1] += 1;
  }
}

function ednsBytes({ hasEdns, subnet }: Query): number {
  if (!hasEdns) return 0;
  return OPT_FIXED_BYTES + (subnet === undefined ? 0 : 4 + subnet.option.length);
}
