/**
 * JSON in the one form of RFC 8785: members sorted by UTF-16 units, no spaces, numbers and strings as ECMAScript writes
 * them. The same value is the same bytes everywhere, so that a hash of it means something. Refuses what JSON cannot hold.
 */
import { CodedError } from '#kit/errors.ts';
import { AUDIT_ERRORS } from './errors.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

const DEPTH_MAX = 64;

/** The canonical text. Throws AUDIT_ENTRY_INVALID for numbers that are not finite and text that is not Unicode. */
function canonicalJson(value: Json): string {
  return write(value, 0);
}

/** Its bytes in UTF-8. */
export function canonicalBytes(value: Json): Buffer {
  return Buffer.from(canonicalJson(value), 'utf8');
}

/** Reads JSON and takes it only in canonical form. Throws AUDIT_ENTRY_INVALID. */
export function parseCanonical(bytes: Uint8Array): Json {
  const text = Buffer.from(bytes).toString('utf8');
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    throw new CodedError(AUDIT_ERRORS.AUDIT_ENTRY_INVALID, 'it is not JSON', { cause: error });
  }
  if (canonicalJson(value) !== text) throw invalid('it is not in canonical form');
  return value;
}

function write(value: Json, depth: number): string {
  if (depth > DEPTH_MAX) throw invalid(`it is nested deeper than ${DEPTH_MAX}`);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw invalid('a number is not finite');
    return JSON.stringify(value);
  }
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return `[${value.map((item: Json) => write(item, depth + 1)).join(',')}]`;
  if (typeof value !== 'object') throw invalid(`JSON has no ${typeof value}`);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  // The default order of sort is that of UTF-16 units, which is the one asked for.
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${text(name)}:${write(member, depth + 1)}`).join(',')}}`;
}

function text(value: string): string {
  if (!value.isWellFormed()) throw invalid('a text holds half a character');
  return JSON.stringify(value);
}

function invalid(detail: string): CodedError {
  return new CodedError(AUDIT_ERRORS.AUDIT_ENTRY_INVALID, detail);
}
