/**
 * The whole state as bytes, and its digest: every section in blocks of words, blocks of nothing but zeros left out.
 * Layout: magic, format, semantics, capacities; then per section a name's hash, its length in words and its blocks; a
 * checksum at the end. Little-endian, as are the machines this runs on.
 */
import { crc32c } from '#kit/crc32c.ts';
import { CodedError } from '#kit/errors.ts';
import { CAPACITY_KEYS, DEFAULT_CAPACITY, SEMANTICS_VERSION } from './capacity.ts';
import type { EventSink } from './events.ts';
import { TradingErrors } from './errors.ts';
import type { SectionArray } from './sections.ts';
import { Scalar, takeState } from './state.ts';
import type { State } from './state.ts';

const MAGIC = 0x504e534e;
const FORMAT = 1;
const BLOCK_WORDS = 256;
const NO_MORE_BLOCKS = -1;

/** A section's used part as words; bytes are padded with what follows them in their buffer, which is zero. */
function wordsOf(array: SectionArray, used: number): Int32Array {
  const bytes = Math.ceil((used * array.BYTES_PER_ELEMENT) / 4) * 4;
  return new Int32Array(array.buffer, array.byteOffset, bytes / 4);
}

function isEmpty(words: Int32Array, from: number, to: number): boolean {
  for (let word = from; word < to; word++) if (words[word] !== 0) return false;
  return true;
}

/** Hash of a section's name: finding the wrong one under a name is an error, not data. */
function nameHash(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  return hash;
}

class WordWriter {
  words = new Int32Array(1 << 18);
  length = 0;

  push(word: number): void {
    this.ensure(1);
    this.words[this.length++] = word;
  }

  copy(from: Int32Array): void {
    this.ensure(from.length);
    this.words.set(from, this.length);
    this.length += from.length;
  }

  private ensure(more: number): void {
    if (this.length + more <= this.words.length) return;
    const larger = new Int32Array(Math.max(this.words.length * 2, this.length + more));
    larger.set(this.words.subarray(0, this.length));
    this.words = larger;
  }
}

export function writeSnapshot(s: State): Uint8Array {
  const writer = new WordWriter();
  for (const word of [MAGIC, FORMAT, s.numbers[Scalar.semantics]]) writer.push(word);
  for (const key of CAPACITY_KEYS) writer.push(s.capacity[key]);
  s.sections((name, array, used) => {
    const words = wordsOf(array, used);
    writer.push(nameHash(name));
    writer.push(words.length);
    for (let from = 0; from < words.length; from += BLOCK_WORDS) {
      const to = Math.min(from + BLOCK_WORDS, words.length);
      if (isEmpty(words, from, to)) continue;
      writer.push(from);
      writer.copy(words.subarray(from, to));
    }
    writer.push(NO_MORE_BLOCKS);
  });
  const bytes = new Uint8Array(writer.words.buffer, 0, writer.length * 4);
  writer.push(crc32c(bytes, 0, bytes.length));
  return new Uint8Array(writer.words.buffer, 0, writer.length * 4);
}

/** Makes a state from a snapshot's bytes; throws a coded error for a damaged one or one of a newer version. */
export function readSnapshot(bytes: Uint8Array, sink: EventSink): State {
  const words = new Int32Array(bytes.slice(0, bytes.length - (bytes.length % 4)).buffer);
  const end = words.length - 1;
  if (end < 3 + CAPACITY_KEYS.length || words[0] !== MAGIC)
    throw new CodedError(TradingErrors.TRADING_SNAPSHOT_DAMAGED);
  if (words[1] > FORMAT || words[2] > SEMANTICS_VERSION) throw new CodedError(TradingErrors.TRADING_SNAPSHOT_TOO_NEW);
  if (crc32c(bytes, 0, end * 4) !== words[end] >>> 0) throw new CodedError(TradingErrors.TRADING_SNAPSHOT_DAMAGED);
  const capacity = { ...DEFAULT_CAPACITY };
  let at = 3;
  for (const key of CAPACITY_KEYS) capacity[key] = words[at++];
  const s = takeState(capacity, sink);
  s.sections((name, array) => {
    if (words[at++] !== nameHash(name)) throw new CodedError(TradingErrors.TRADING_SNAPSHOT_DAMAGED);
    const length = words[at++];
    const whole = new Int32Array(array.buffer, array.byteOffset, Math.floor(array.byteLength / 4));
    while (words[at] !== NO_MORE_BLOCKS) {
      const from = words[at++];
      const count = Math.min(BLOCK_WORDS, length - from);
      whole.set(words.subarray(at, at + count), from);
      at += count;
    }
    at++;
  });
  s.dayOrders.rebuild();
  return s;
}

/** 128 bits over all sections, as hexadecimal digits. */
export function hashState(s: State): string {
  const lanes = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];
  s.sections((name, array, used) => {
    const words = wordsOf(array, used);
    mixWord(lanes, nameHash(name));
    for (let from = 0; from < words.length; from += BLOCK_WORDS) {
      const to = Math.min(from + BLOCK_WORDS, words.length);
      if (!isEmpty(words, from, to)) mixBlock(lanes, words, from, to);
    }
  });
  return lanes.map((lane) => (finish(lane) >>> 0).toString(16).padStart(8, '0')).join('');
}

function mixWord(lanes: number[], word: number): void {
  for (let lane = 0; lane < 4; lane++) lanes[lane] = Math.imul(lanes[lane] ^ word, 0x9e3779b1 + lane * 2);
}

function mixBlock(lanes: number[], words: Int32Array, from: number, to: number): void {
  let a = lanes[0] ^ from;
  let b = lanes[1];
  let c = lanes[2];
  let d = lanes[3];
  for (let word = from; word < to; word++) {
    const value = words[word];
    a = Math.imul(a ^ value, 0x9e3779b1);
    b = Math.imul((b + value) ^ (a >>> 15), 0x85ebca6b);
    c = Math.imul(c ^ value ^ (b >>> 13), 0xc2b2ae35);
    d = Math.imul((d ^ value) + (c >>> 16), 0x27d4eb2f);
  }
  lanes[0] = a;
  lanes[1] = b;
  lanes[2] = c;
  lanes[3] = d;
}

function finish(lane: number): number {
  let hash = lane ^ (lane >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
