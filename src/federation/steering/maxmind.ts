/**
 * Reads the search tree of a MaxMind DB file (format 2.0): its metadata, its nodes, and the country code of a data record. Every
 * offset is checked; a file that lies about itself ends in a RangeError, never in a loop or a read past its end.
 */

const METADATA_MARKER = [0xab, 0xcd, 0xef, ...Buffer.from('MaxMind.com', 'latin1')];
const METADATA_BYTES_MAX = 128 << 10;
/** Zero bytes between the tree and the data. */
const SEPARATOR_BYTES = 16;
/** Depth of nested values and of pointers that is followed. */
const NESTING_MAX = 16;
const MAP_ENTRIES_MAX = 256;

/** Types of values in the data section. */
const Kind = { extended: 0, pointer: 1, text: 2, map: 7 } as const;
const KIND_UINT = new Set([5, 6, 9, 10]);

/** Called for each leaf in order of address: its first 64 bits, and its data record or undefined where there is none. */
type Visit = (high: number, low: number, record: number | undefined) => void;

export class MaxMindTree {
  readonly root = 0;
  readonly builtSeconds: number;
  private readonly bytes: Uint8Array;
  private readonly nodes: number;
  private readonly recordBits: number;
  private readonly dataStart: number;
  private readonly codes = new Map<number, string>();

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    const metadata = readMap(bytes, metadataStart(bytes), metadataStart(bytes));
    this.nodes = numberOf(metadata, 'node_count');
    this.recordBits = numberOf(metadata, 'record_size');
    this.builtSeconds = numberOf(metadata, 'build_epoch');
    if (numberOf(metadata, 'binary_format_major_version') !== 2) throw new RangeError('not format 2');
    if (numberOf(metadata, 'ip_version') !== 6) throw new RangeError('no IPv6 tree');
    if (![24, 28, 32].includes(this.recordBits)) throw new RangeError(`records of ${this.recordBits} bits`);
    const treeBytes = this.nodes * (this.recordBits >> 2);
    if (treeBytes + SEPARATOR_BYTES > bytes.length) throw new RangeError('the tree is longer than the file');
    this.dataStart = treeBytes + SEPARATOR_BYTES;
  }

  /** The record reached by `bits` zero bits from the root: where IPv4 begins. */
  descendZeros(bits: number): number {
    let record = this.root;
    for (let bit = 0; bit < bits && record < this.nodes; bit++) record = this.child(record, 0);
    return record;
  }

  /**
   * Visits every leaf below `start` in order of address, cutting at `bits`: what is deeper counts as one leaf with the first data
   * record below it. With 32 bits or fewer, only `low` is used.
   */
  walk(start: number, bits: number, visit: Visit): void {
    let visited = 0;
    const step = (record: number, depth: number, high: number, low: number): void => {
      if (record >= this.nodes) {
        visit(high, low, record === this.nodes ? undefined : record);
        return;
      }
      if (depth === bits) {
        visit(high, low, this.firstRecord(record));
        return;
      }
      // A tree has each node once; one that has more is a circle, and would be walked for ever.
      if (++visited > this.nodes) throw new RangeError('its tree runs in circles');
      const bit = bits - 1 - depth;
      step(this.child(record, 0), depth + 1, high, low);
      if (bit >= 32) step(this.child(record, 1), depth + 1, (high | (1 << (bit - 32))) >>> 0, low);
      else step(this.child(record, 1), depth + 1, high, (low | (1 << bit)) >>> 0);
    };
    step(start, 0, 0, 0);
  }

  /** The `country_code` of a data record; empty where it has none. */
  countryAt(record: number): string {
    let code = this.codes.get(record);
    if (code === undefined) {
      const map = readMap(this.bytes, this.dataStart + record - this.nodes - SEPARATOR_BYTES, this.dataStart);
      const value = map.get('country_code');
      code = typeof value === 'string' ? value : '';
      this.codes.set(record, code);
    }
    return code;
  }

  /** Bounded by the 128 bits of an address. */
  private firstRecord(node: number): number | undefined {
    let record = node;
    for (let depth = 0; depth < 128 && record < this.nodes; depth++) {
      const left = this.child(record, 0);
      record = left === this.nodes ? this.child(record, 1) : left;
    }
    return record <= this.nodes ? undefined : record;
  }

  private child(node: number, side: 0 | 1): number {
    const { bytes } = this;
    if (this.recordBits === 24) {
      const at = node * 6 + side * 3;
      return (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
    }
    if (this.recordBits === 28) {
      const at = node * 7;
      const middle = bytes[at + 3];
      return side === 0
        ? ((middle >> 4) << 24) | (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2]
        : ((middle & 0x0f) << 24) | (bytes[at + 4] << 16) | (bytes[at + 5] << 8) | bytes[at + 6];
    }
    const at = node * 8 + side * 4;
    return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
  }
}

function metadataStart(bytes: Uint8Array): number {
  const first = Math.max(0, bytes.length - METADATA_BYTES_MAX);
  for (let at = bytes.length - METADATA_MARKER.length; at >= first; at--) {
    if (METADATA_MARKER.every((byte, offset) => bytes[at + offset] === byte)) return at + METADATA_MARKER.length;
  }
  throw new RangeError('no MaxMind DB: its metadata is missing');
}

function numberOf(metadata: ReadonlyMap<string, unknown>, name: string): number {
  const value = metadata.get(name);
  if (typeof value !== 'number') throw new RangeError(`its metadata has no ${name}`);
  return value;
}

/** Texts and numbers of the map at `at`; values of other types are stepped over as far as they are needed. */
function readMap(bytes: Uint8Array, at: number, base: number): ReadonlyMap<string, unknown> {
  const reader = new ValueReader(bytes, base);
  const value = reader.read(at, 0).value;
  if (!(value instanceof Map)) throw new RangeError('no map where one belongs');
  return value;
}

class ValueReader {
  private readonly bytes: Uint8Array;
  private readonly base: number;
  constructor(bytes: Uint8Array, base: number) {
    this.bytes = bytes;
    this.base = base;
  }

  read(start: number, nesting: number): { readonly value: unknown; readonly end: number } {
    if (nesting > NESTING_MAX) throw new RangeError('values are nested too deep');
    let at = start;
    const control = this.byteAt(at++);
    let kind = control >> 5;
    if (kind === Kind.pointer) return this.pointer(control, at, nesting);
    if (kind === Kind.extended) kind = 7 + this.byteAt(at++);
    let size = control & 0x1f;
    for (const [extra, offset] of [
      [1, 29],
      [2, 285],
      [3, 65_821],
    ] as const) {
      if (size !== 28 + extra) continue;
      size = offset + this.unsigned(at, extra);
      at += extra;
      break;
    }
    if (kind === Kind.map) return this.map(at, size, nesting);
    if (kind === 11) return this.list(at, size, nesting);
    if (kind === 14) return { value: size !== 0, end: at };
    const end = at + size;
    if (end > this.bytes.length) throw new RangeError('a value is longer than the file');
    if (kind === Kind.text) return { value: Buffer.from(this.bytes.subarray(at, end)).toString('utf8'), end };
    return { value: KIND_UINT.has(kind) ? this.unsigned(at, size) : undefined, end };
  }

  private pointer(control: number, at: number, nesting: number) {
    const size = (control >> 3) & 3;
    const extra = size + 1;
    const low = this.unsigned(at, extra);
    const offsets = [0, 2048, 526_336, 0];
    const target = (size === 3 ? 0 : (control & 7) * 2 ** (8 * extra)) + low + (offsets[size] ?? 0);
    return { value: this.read(this.base + target, nesting + 1).value, end: at + extra };
  }

  private map(start: number, size: number, nesting: number) {
    if (size > MAP_ENTRIES_MAX) throw new RangeError('a map is too large');
    const map = new Map<string, unknown>();
    let at = start;
    for (let entry = 0; entry < size; entry++) {
      const key = this.read(at, nesting + 1);
      const value = this.read(key.end, nesting + 1);
      map.set(String(key.value), value.value);
      at = value.end;
    }
    return { value: map, end: at };
  }

  private list(start: number, size: number, nesting: number) {
    if (size > MAP_ENTRIES_MAX) throw new RangeError('a list is too large');
    let at = start;
    for (let entry = 0; entry < size; entry++) at = this.read(at, nesting + 1).end;
    return { value: undefined, end: at };
  }

  private unsigned(at: number, size: number): number {
    let value = 0;
    for (let offset = 0; offset < size; offset++) value = value * 256 + this.byteAt(at + offset);
    return value;
  }

  private byteAt(at: number): number {
    const byte = this.bytes[at];
    if (byte === undefined) throw new RangeError('a value lies past the end of the file');
    return byte;
  }
}
