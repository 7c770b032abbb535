/**
 * What stands in the log: canonical JSON of a few forms, written down in docs/audit.md. Personal data never does; an act's
 * entry has a salted hash of its record, and a journal range the root over its commands.
 */
import { CodedError } from '#kit/errors.ts';
import type { AuditKind } from '#kit/ports/audit.ts';
import { canonicalBytes, parseCanonical } from './canonical.ts';
import type { Json } from './canonical.ts';
import { AUDIT_ERRORS } from './errors.ts';

const VERSION = 1;
const TYPES: ReadonlySet<unknown> = new Set(['journal', 'act', 'log']);

/** Commands of the journal in their order; `root` is the Merkle root over their bytes (journal-range.ts). */
export interface JournalEntry {
  readonly type: 'journal';
  readonly kind: 'trade-execution';
  readonly timeMicros: number;
  readonly shard: string;
  readonly epoch: number;
  readonly firstSequence: number;
  readonly count: number;
  /** When the last command was sequenced. */
  readonly lastMicros: number;
  /** Lower-case hexadecimal. */
  readonly root: string;
}

/** Something that somebody did or that happened; what may be personal is behind `commitment`. */
export interface ActEntry {
  readonly type: 'act';
  readonly kind: AuditKind;
  readonly timeMicros: number;
  /** Of its record in the store. */
  readonly id: string;
  readonly act: string;
  readonly outcome: string;
  /** Whose regional key the record is encrypted under. */
  readonly region: string;
  /** SHA-256 over 32 bytes of salt and the record's canonical JSON, hexadecimal. */
  readonly commitment: string;
}

/** The log's own history: its beginning, changed keys, commands that the journal had let go of. */
export interface LogEntry {
  readonly type: 'log';
  readonly kind: 'security-event' | 'system-error';
  readonly timeMicros: number;
  readonly event: 'keys' | 'journal-gap';
  readonly detail: { readonly [name: string]: Json };
}

export type AuditEntry = JournalEntry | ActEntry | LogEntry;

/** The bytes that are hashed into the tree. */
export function encodeEntry(entry: AuditEntry): Buffer {
  return canonicalBytes({ v: VERSION, ...entry });
}

/** Reads an entry back. Throws AUDIT_ENTRY_INVALID. */
export function decodeEntry(bytes: Uint8Array): AuditEntry {
  const value = parseCanonical(bytes);
  const isEntry = typeof value === 'object' && value !== null && 'v' in value && 'type' in value;
  if (!isEntry || value['v'] !== VERSION || !TYPES.has(value['type'])) {
    throw new CodedError(AUDIT_ERRORS.AUDIT_ENTRY_INVALID, 'it is of a form that this version does not know');
  }
  const { v: _version, ...entry } = value as Record<string, unknown>;
  return entry as unknown as AuditEntry;
}
