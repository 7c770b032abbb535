/**
 * The audit log as others use it: what stands in it, proofs of it, its keys and witnesses. Reads; the only things it changes
 * are keys that are rotated, records that are erased, and events that are recorded.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '#kit/clock.ts';
import { CodedError } from '#kit/errors.ts';
import type { AuditEvent, AuditReceipt, AuditSink } from '#kit/ports/audit.ts';
import type { Journal } from '#kit/ports/journal.ts';
import { findEntryOfRecord, findEntryOfSequence, listEntries } from '#store/audit-log.ts';
import type { AuditEntryRow } from '#store/audit-log.ts';
import { recordAct } from '#store/acts.ts';
import type { Store } from '#store/open.ts';
import { commandLength } from '#trading/commands.ts';
import { KIND_MEMBER } from './acts.ts';
import { decodeEntry } from './entry.ts';
import type { AuditEntry, JournalEntry } from './entry.ts';
import { AUDIT_ERRORS } from './errors.ts';
import type { Feeder } from './feeder.ts';
import { RangeBuilder } from './journal-range.ts';
import type { KeyRecord } from './keys.ts';
import type { AuditLog } from './log.ts';
import { pathOf } from './merkle.ts';
import { noteText, parseVkey, signatureLine, vkeyText } from './note.ts';
import type { Publisher } from './publisher.ts';
import type { CheckpointSigner } from './signer-client.ts';
import { readIfThere } from './tiles.ts';
import { proofText } from './tlog-proof.ts';
import type { ProofExtra } from './tlog-proof.ts';
import type { OpenedRecord, Vault } from './vault.ts';
import { verifyLog } from './verify.ts';
import type { AuditVerification } from './verify.ts';
import type { WitnessClient, WitnessReport } from './witness-client.ts';

export interface AuditServiceParts {
  readonly log: AuditLog;
  readonly store: Store;
  readonly journal: Pick<Journal, 'read'>;
  readonly feeder: Feeder;
  readonly publisher: Publisher;
  readonly signer: CheckpointSigner;
  readonly witnesses: readonly WitnessClient[];
  readonly vault: Vault;
  readonly clock: Clock;
  /** Hears of changed keys, to tell witnesses. */
  readonly onKeys: (keys: readonly KeyRecord[]) => void;
}

export interface AuditStatus {
  readonly origin: string;
  readonly size: number;
  readonly provableSize: number;
  /** Last command of the journal that is in the log. */
  readonly journalSequence: number;
  readonly lagMicros: number;
  readonly fault: { readonly code: string; readonly message: string } | null;
}

/** An entry with where it stands. */
export interface ListedEntry {
  readonly row: AuditEntryRow;
  readonly entry: AuditEntry;
}

export interface Proof {
  readonly index: number;
  readonly size: number;
  readonly entry: AuditEntry;
  /** The file of c2sp.org/tlog-proof. */
  readonly text: string;
}

const DAYS_LISTED_MAX = 400;
const TILE_PATH = /^tile\/(?:entries|\d{1,2})\/(?:x\d{3}\/)*\d{3}(?:\.p\/\d{1,3})?$/;

class Enough extends Error {}

export class AuditService implements AuditSink {
  private readonly parts: AuditServiceParts;

  constructor(parts: AuditServiceParts) {
    this.parts = parts;
  }

  status(): AuditStatus {
    const { log, feeder, publisher, clock } = this.parts;
    const fault = feeder.fault ?? publisher.fault;
    return {
      origin: log.origin,
      size: log.size,
      provableSize: log.checkpoint?.size ?? 0,
      journalSequence: feeder.sequence,
      lagMicros: feeder.oldestMicros === undefined ? 0 : Math.max(0, clock.nowMicros() - feeder.oldestMicros),
      fault: fault === undefined ? null : { code: fault.code, message: fault.message },
    };
  }

  /** Newest first, before the index `before`. */
  async entries(filter: Parameters<typeof listEntries>[1]): Promise<ListedEntry[]> {
    const rows = await listEntries(this.parts.store, filter);
    return rows.map((row) => ({ row, entry: decodeEntry(this.parts.log.entry(row.leaf_index)) }));
  }

  /** Throws AUDIT_NOT_PROVABLE where there is no such entry. */
  entry(index: number): AuditEntry {
    return decodeEntry(this.entryBytes(index));
  }

  /** Throws AUDIT_NOT_PROVABLE, AUDIT_NOT_READY. */
  proofOfEntry(index: number, extra: Omit<ProofExtra, 'entry'> = {}): Proof {
    const { log } = this.parts;
    const { size, text: checkpoint } = this.newest();
    const bytes = this.entryBytes(index);
    if (index >= size)
      throw new CodedError(AUDIT_ERRORS.AUDIT_NOT_PROVABLE, `the newest checkpoint is of size ${size}`);
    const path = log.inclusionProof(index, size);
    const text = proofText(index, path, checkpoint, { ...extra, entry: Buffer.from(bytes).toString('base64') });
    return { index, size, entry: decodeEntry(bytes), text };
  }

  /** The proof of a recorded act. Rejects with AUDIT_NOT_PROVABLE. */
  async proofOfRecord(recordId: string): Promise<Proof> {
    const row = await findEntryOfRecord(this.parts.store, recordId);
    if (row === undefined) throw new CodedError(AUDIT_ERRORS.AUDIT_NOT_PROVABLE, `${recordId} is not in the log`);
    return this.proofOfEntry(row.leaf_index);
  }

  /** The proof of a command of the journal: its path in its range, and the range's in the log. Rejects with AUDIT_NOT_PROVABLE. */
  async proofOfSequence(sequence: number): Promise<Proof> {
    const row = await findEntryOfSequence(this.parts.store, sequence);
    if (row === undefined)
      throw new CodedError(AUDIT_ERRORS.AUDIT_NOT_PROVABLE, `command ${sequence} is not in the log`);
    const entry = this.entry(row.leaf_index) as JournalEntry;
    const { leaves, command } = this.readRange(entry, sequence);
    const commandIndex = sequence - entry.firstSequence;
    const commandPath = pathOf(leaves, entry.count, commandIndex).map((one) => one.toString('base64'));
    return this.proofOfEntry(row.leaf_index, { command: command.toString('base64'), commandIndex, commandPath });
  }

  /** Hashes in Base64. Throws AUDIT_NOT_PROVABLE for sizes that the log never had. */
  consistency(from: number, to: number): string[] {
    const { log } = this.parts;
    if (from > to || to > log.size) {
      throw new CodedError(AUDIT_ERRORS.AUDIT_NOT_PROVABLE, `from ${from} to ${to}, the log has ${log.size} entries`);
    }
    return log.consistencyProof(from, to).map((one) => one.toString('base64'));
  }

  /** The newest checkpoint as it is. Throws AUDIT_NOT_READY. */
  checkpoint(): string {
    return this.newest().text;
  }

  /** The first checkpoint of each day, newest first. */
  days(): { day: string; note: string }[] {
    const folder = join(this.parts.log.folder, 'days');
    const names = existsSync(folder) ? readdirSync(folder).filter((name) => /^\d{4}-\d\d-\d\d$/.test(name)) : [];
    return names
      .toSorted()
      .toReversed()
      .slice(0, DAYS_LISTED_MAX)
      .map((day) => ({ day, note: readFileSync(join(folder, day), 'utf8') }));
  }

  /** A tile's or bundle's bytes by its path in the log; undefined where there is none. */
  tile(path: string): Buffer | undefined {
    if (!TILE_PATH.test(path)) return undefined;
    return readIfThere(join(this.parts.log.folder, path));
  }

  /** A record that was committed to. Rejects with AUDIT_ERASED. */
  async openRecord(recordId: string): Promise<OpenedRecord> {
    return this.parts.vault.open(recordId);
  }

  /** Destroys key and salts of a subject; returns how many records that makes unreadable. */
  async erase(subjectId: string): Promise<number> {
    return this.parts.vault.erase(subjectId);
  }

  async keys(): Promise<readonly KeyRecord[]> {
    return (await this.parts.signer.ask({ op: 'keys' })).keys;
  }

  /** New keys; the old ones sign beside them for a week. The change itself is in the log. */
  async rotateKeys(): Promise<readonly KeyRecord[]> {
    const { signer, feeder, clock } = this.parts;
    const { keys } = await signer.ask({ op: 'rotate' });
    this.parts.onKeys(keys);
    feeder.add(keysEntry(keys, clock.nowMicros()));
    return keys;
  }

  witnesses(): WitnessReport[] {
    return this.parts.witnesses.map(({ address, state, detail, size, timeSeconds }) => ({
      name: address.name,
      url: address.url,
      vkeys: address.keys.map(vkeyText),
      state,
      detail,
      size,
      timeSeconds,
    }));
  }

  /** Reads and checks everything there is. */
  async verify(): Promise<AuditVerification> {
    const keys = (await this.keys()).map(({ vkey }) => parseVkey(vkey));
    const witnesses = this.parts.witnesses.flatMap(({ address }) => address.keys);
    return verifyLog(this.parts.log.folder, [...keys, ...witnesses]);
  }

  async record(event: AuditEvent): Promise<AuditReceipt> {
    const { store } = this.parts;
    const { auditId } = await recordAct(store, {
      userId: event.subject,
      userName: event.subject,
      act: event.act,
      target: '',
      outcome: event.outcome,
      detail: { ...event.record, [KIND_MEMBER]: event.kind },
      requestId: store.ids('evt'),
      address: 'local',
    });
    return { auditId };
  }

  private newest(): { size: number; text: string } {
    const { checkpoint } = this.parts.log;
    if (checkpoint === undefined) throw new CodedError(AUDIT_ERRORS.AUDIT_NOT_READY);
    const lines = checkpoint.note.signatures.map((one) => signatureLine(one, one.bytes));
    return { size: checkpoint.size, text: noteText(checkpoint.note.text, lines) };
  }

  private entryBytes(index: number): Uint8Array {
    const { log } = this.parts;
    if (index >= log.size) throw new CodedError(AUDIT_ERRORS.AUDIT_NOT_PROVABLE, `there are ${log.size} entries`);
    return log.entry(index);
  }

  private readRange(entry: JournalEntry, sequence: number): { leaves: Buffer; command: Buffer } {
    const builder = new RangeBuilder();
    let command = Buffer.alloc(0);
    let next = entry.firstSequence;
    const end = entry.firstSequence + entry.count;
    try {
      this.parts.journal.read(next, (batch) => {
        let at = batch.start;
        for (let number = batch.firstSequence; number < sequence && at < batch.end; number++) {
          at += commandLength(batch.words, at);
        }
        const isHere = batch.firstSequence <= sequence && at < batch.end;
        if (isHere) {
          const { buffer, byteOffset } = batch.words;
          command = Buffer.from(Buffer.from(buffer, byteOffset + at * 4, commandLength(batch.words, at) * 4));
        }
        builder.take(batch, next);
        next = batch.firstSequence + batch.count;
        if (next >= end) throw new Enough();
      });
    } catch (error) {
      if (!(error instanceof Enough)) throw error;
    }
    if (builder.count !== entry.count || command.length === 0) {
      throw new CodedError(AUDIT_ERRORS.AUDIT_NOT_PROVABLE, 'the journal no longer has these commands');
    }
    return { leaves: builder.leaves(), command };
  }
}

/** That these are the log's keys from now on. */
export function keysEntry(keys: readonly KeyRecord[], timeMicros: number): AuditEntry {
  const detail = { vkeys: keys.map(({ vkey }) => vkey) };
  return { type: 'log', kind: 'security-event', timeMicros, event: 'keys', detail };
}
