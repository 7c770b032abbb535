/**
 * Where the personal part of acts is: encrypted under a key per person, which is wrapped by the region's key. The log holds
 * a salted hash only. Erasing destroys key and salt; the log and its proofs do not change.
 */
import { createHash, randomBytes } from 'node:crypto';
import { CodedError } from '#kit/errors.ts';
import { addSubject, destroySubject, findPayload, findSubject, storePayload } from '#store/audit-log.ts';
import type { AuditSubjectRow } from '#store/audit-log.ts';
import type { Store } from '#store/open.ts';
import { canonicalBytes, parseCanonical } from './canonical.ts';
import type { Json } from './canonical.ts';
import { AUDIT_ERRORS } from './errors.ts';
import { seal, unseal } from './region-key.ts';
import type { RegionKey } from './region-key.ts';

const SALT_BYTES = 32;
const KEY_BYTES = 32;
const KEYS_CACHED_MAX = 256;

/** A record as it was committed to. */
export interface OpenedRecord {
  readonly record: Json;
  /** Hexadecimal. */
  readonly salt: string;
  /** SHA-256 over salt and canonical record, hexadecimal. */
  readonly commitment: string;
}

export class Vault {
  private readonly store: Store;
  private readonly key: RegionKey;
  readonly region: string;
  private readonly opened = new Map<string, Buffer>();

  constructor(store: Store, key: RegionKey, region: string) {
    this.store = store;
    this.key = key;
    this.region = region;
  }

  /** Stores a record about a subject, durably; returns what the log may say of it. Rejects with AUDIT_ERASED. */
  async put(recordId: string, subjectId: string, record: Json): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const plain = Buffer.concat([salt, canonicalBytes(record)]);
    const sealed = seal(await this.subjectKey(subjectId), plain, recordId).toString('base64');
    await storePayload(this.store, { record_id: recordId, subject_id: subjectId, sealed });
    return commitmentOf(plain);
  }

  /** The record as it was. Rejects with AUDIT_ERASED, AUDIT_NOT_PROVABLE for an unknown one, AUDIT_KEY_UNUSABLE. */
  async open(recordId: string): Promise<OpenedRecord> {
    const payload = await findPayload(this.store, recordId);
    if (payload === undefined) throw new CodedError(AUDIT_ERRORS.AUDIT_ERASED, recordId);
    const plain = unseal(await this.subjectKey(payload.subject_id), Buffer.from(payload.sealed, 'base64'), recordId);
    return {
      record: parseCanonical(plain.subarray(SALT_BYTES)),
      salt: plain.subarray(0, SALT_BYTES).toString('hex'),
      commitment: commitmentOf(plain),
    };
  }

  /** Destroys everything that could open the subject's records; returns how many those were. */
  async erase(subjectId: string): Promise<number> {
    this.opened.get(subjectId)?.fill(0);
    this.opened.delete(subjectId);
    return destroySubject(this.store, subjectId);
  }

  private async subjectKey(subjectId: string): Promise<Buffer> {
    const known = this.opened.get(subjectId);
    if (known !== undefined) return known;
    const subject = (await findSubject(this.store, subjectId)) ?? (await this.makeSubject(subjectId));
    if (subject.erased_micros !== null) throw new CodedError(AUDIT_ERRORS.AUDIT_ERASED, subjectId);
    const key = this.key.unwrap(subject.wrapped_key, subjectId);
    if (this.opened.size >= KEYS_CACHED_MAX) this.opened.clear();
    this.opened.set(subjectId, key);
    return key;
  }

  private async makeSubject(subjectId: string): Promise<AuditSubjectRow> {
    const row = {
      subject_id: subjectId,
      region: this.region,
      wrapped_key: this.key.wrap(randomBytes(KEY_BYTES), subjectId),
      created_micros: this.store.clock.nowMicros(),
      erased_micros: null,
    };
    await addSubject(this.store, row);
    // Another process may have been faster: its key counts.
    return (await findSubject(this.store, subjectId)) ?? row;
  }
}

function commitmentOf(plain: Uint8Array): string {
  return createHash('sha256').update(plain).digest('hex');
}
