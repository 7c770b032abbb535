/**
 * Domain names in messages: read with compression, written without. A name that points anywhere but back, loops, or grows past
 * 255 bytes is malformed, and reading it always ends.
 */
import { LABEL_BYTES_MAX, NAME_BYTES_MAX } from './codes.ts';

const POINTER_BITS = 0xc0;
/** Each pointer must lead further back, so this is never reached by an honest message. */
const JUMPS_MAX = 32;

/** Where a name ends in the message, and its labels; undefined where it is malformed. */
export interface ReadName {
  /** Offset of the byte after the name as it stands in the message. */
  readonly end: number;
  /** In wire form, uncompressed, with the case it came in; a view of the message where it stood there whole. */
  readonly wire: Uint8Array;
}

/** Reads the name at `start`. Pointers are followed backwards only, and never into the header. */
export function readName(message: Uint8Array, start: number, first: number): ReadName | undefined {
  // Nearly every name stands there whole: then nothing is copied.
  for (let at = start; at - start < NAME_BYTES_MAX;) {
    const size = message[at];
    if (size === 0) return { end: at + 1, wire: message.subarray(start, at + 1) };
    if (!(size <= LABEL_BYTES_MAX)) break;
    at += size + 1;
  }
  return readCompressedName(message, start, first);
}

function readCompressedName(message: Uint8Array, start: number, first: number): ReadName | undefined {
  const wire = new Uint8Array(NAME_BYTES_MAX);
  let length = 0;
  let at = start;
  let end = -1;
  let barrier = start;
  for (let jumps = 0; jumps <= JUMPS_MAX;) {
    const size = message[at];
    if (size === undefined) return undefined;
    if ((size & POINTER_BITS) === POINTER_BITS) {
      const low = message[at + 1];
      if (low === undefined) return undefined;
      if (end < 0) end = at + 2;
      at = ((size & ~POINTER_BITS) << 8) | low;
      if (at >= barrier || at < first) return undefined;
      barrier = at;
      jumps++;
      continue;
    }
    if (size > LABEL_BYTES_MAX || length + size + 1 > NAME_BYTES_MAX || at + size >= message.length) return undefined;
    for (let byte = 0; byte <= size; byte++) wire[length + byte] = message[at + byte];
    length += size + 1;
    at += size + 1;
    if (size === 0) return { end: end < 0 ? at : end, wire: wire.subarray(0, length) };
  }
  return undefined;
}

/** A name in wire form; undefined where a label or the name is too long or empty. `.` and the empty text are the root. */
export function encodeName(text: string): Uint8Array | undefined {
  const labels = text === '' || text === '.' ? [] : text.replace(/\.$/, '').split('.');
  const bytes: number[] = [];
  for (const label of labels) {
    const encoded = Buffer.from(label, 'latin1');
    if (encoded.length === 0 || encoded.length > LABEL_BYTES_MAX) return undefined;
    bytes.push(encoded.length, ...encoded);
  }
  bytes.push(0);
  return bytes.length > NAME_BYTES_MAX ? undefined : Uint8Array.from(bytes);
}

/** What names are looked up by: wire form in lower case. Length bytes are below the letters and stay as they are. */
export function nameKey(wire: Uint8Array): string {
  return Buffer.from(wire.buffer, wire.byteOffset, wire.length).toString('latin1').toLowerCase();
}
