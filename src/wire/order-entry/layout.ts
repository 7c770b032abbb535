/**
 * How a message is described for people: every field with its byte offset, type and meaning, taken from the constants
 * that the code itself reads and writes by. The protocol's documentation is rendered from these and checked by a test.
 */
import { invariant } from '#kit/invariant.ts';
import { HEADER_WORDS } from '#trading/commands.ts';
import { FRAME_HEADER_BYTES } from './frame.ts';
import { EVENT_AT } from './messages.ts';

const SIZES = {
  u8: 1,
  u16: 2,
  u32: 4,
  i32: 4,
  i64: 8,
  u64: 8,
  bytes4: 4,
  bytes16: 16,
  bytes32: 32,
  bytes64: 64,
  rest: 0,
} as const;
export type FieldType = keyof typeof SIZES;

/** Type and meaning; `high` is the high word of the wide field before it. */
type Meaning = readonly [type: FieldType, text: string] | 'high';
type Meanings<T> = { readonly [Key in keyof T]: Meaning };

export interface FieldLayout {
  readonly name: string;
  readonly offset: number;
  readonly type: FieldType;
  readonly text: string;
}

export interface MessageLayout {
  readonly type: number;
  readonly name: string;
  readonly from: 'client' | 'administrator' | 'node' | 'both';
  /** Whether the frame header carries a sequence number. */
  readonly counted: boolean;
  readonly text: string;
  /** Bytes of the frame, or of its fixed part. */
  readonly byteLength: number;
  readonly fields: readonly FieldLayout[];
}

export function sizeOf(type: FieldType): number {
  return SIZES[type];
}

/** Fields of a message whose constants are byte offsets. */
export function byteFields<T extends Readonly<Record<string, number>>>(
  offsets: T,
  meanings: Meanings<T>,
): FieldLayout[] {
  return collect(offsets, meanings, (offset) => offset);
}

/** Fields of a command: its constants are word offsets, and the words from the body on are on the wire. */
export function commandFields<T extends Readonly<Record<string, number>>>(
  words: T,
  meanings: Meanings<T>,
): FieldLayout[] {
  return collect(words, meanings, (word) => FRAME_HEADER_BYTES + (word - HEADER_WORDS) * 4);
}

/** Fields of an event in a report: all its words follow the stamps. */
export function eventFields<T extends Readonly<Record<string, number>>>(
  words: T,
  meanings: Meanings<T>,
): FieldLayout[] {
  return collect(words, meanings, (word) => EVENT_AT + word * 4);
}

function collect<T extends Readonly<Record<string, number>>>(
  places: T,
  meanings: Meanings<T>,
  offsetOf: (place: number) => number,
): FieldLayout[] {
  const fields: FieldLayout[] = [];
  for (const [name, place] of Object.entries(places)) {
    const meaning = meanings[name as keyof T];
    if (meaning === 'high') continue;
    const [type, text] = meaning;
    const wide = type === 'i64' || type === 'u64';
    fields.push({ name: wide ? name.replace(/Low$/, '') : name, offset: offsetOf(place), type, text });
  }
  return fields.toSorted((a, b) => a.offset - b.offset);
}

/** Throws unless the fields lie one behind the other from the header on, without holes or overlaps, to the end. */
export function checkLayout({ name, fields, byteLength }: MessageLayout): void {
  let at: number = FRAME_HEADER_BYTES;
  for (const field of fields) {
    invariant(
      field.offset === at,
      'layout.hole-or-overlap',
      `${name}.${field.name} at ${field.offset}, expected ${at}`,
    );
    at += sizeOf(field.type);
  }
  invariant(at === byteLength, 'layout.length', `${name} has fields up to ${at}, its frame ${byteLength} bytes`);
}
