/**
 * Proofs as files (c2sp.org/tlog-proof), and what ours carry as extra data: the entry, and for an order its command and the
 * path within its journal range. Offline: a proof and the keys that are trusted are all that checking needs.
 */
import { CodedError } from '#kit/errors.ts';
import { parseCanonical, canonicalBytes } from './canonical.ts';
import { heldSignatures, parseCheckpoint } from './checkpoint.ts';
import type { Checkpoint, HeldSignature } from './checkpoint.ts';
import { decodeEntry } from './entry.ts';
import type { AuditEntry } from './entry.ts';
import { AUDIT_ERRORS } from './errors.ts';
import { HASH_BYTES, leafHash, rootFromPath, sameHash } from './merkle.ts';
import { decodeBase64 } from './note.ts';
import type { VerifierKey } from './note.ts';

const FIRST_LINE = 'c2sp.org/tlog-proof@v1';
const PATH_LINES_MAX = 64;

/** Extra data of our proofs; hashes, command and entry in Base64. */
export interface ProofExtra {
  readonly entry: string;
  readonly command?: string;
  readonly commandIndex?: number;
  readonly commandPath?: readonly string[];
}

export interface ProofFile {
  readonly extra: Buffer | undefined;
  readonly index: number;
  readonly path: readonly Buffer[];
  /** The checkpoint's note, as it is. */
  readonly checkpoint: string;
}

/** What a checked proof shows. */
export interface ProvenEvent {
  readonly index: number;
  readonly size: number;
  readonly origin: string;
  readonly entry: AuditEntry;
  /** Sequence of the command that is proven, where the proof is of one. */
  readonly sequence: number | undefined;
  readonly signatures: readonly HeldSignature[];
}

/** The proof's text. */
export function proofText(index: number, path: readonly Uint8Array[], checkpoint: string, extra: ProofExtra): string {
  const lines = path.map((one) => `${Buffer.from(one).toString('base64')}\n`).join('');
  const encoded = canonicalBytes({ ...extra }).toString('base64');
  return `${FIRST_LINE}\nextra ${encoded}\nindex ${index}\n${lines}\n${checkpoint}`;
}

/** Takes a proof apart. Throws AUDIT_PROOF_INVALID; nothing is checked yet. */
function parseProof(text: string): ProofFile {
  const split = text.indexOf('\n\n');
  const lines = text.slice(0, split).split('\n');
  if (split < 0 || lines.shift() !== FIRST_LINE) throw invalid(`it does not begin with ${FIRST_LINE}`);
  const extraLine = lines[0]?.startsWith('extra ') ? lines.shift() : undefined;
  const extra = extraLine === undefined ? undefined : decodeBase64(extraLine.slice('extra '.length));
  const [, index] = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? '') ?? [];
  const path = lines.map((line) => decodeBase64(line));
  const isWhole = path.length <= PATH_LINES_MAX && path.every((one) => one?.length === HASH_BYTES);
  if (index === undefined || !isWhole || (extraLine !== undefined && extra === undefined)) throw invalid('its lines');
  return { extra, index: Number(index), path: path as Buffer[], checkpoint: text.slice(split + 2) };
}

/**
 * Checks a proof against keys that are trusted. Throws AUDIT_PROOF_INVALID or AUDIT_SIGNATURE_INVALID with the step that
 * failed; at least one of the signatures must be by a key of the log itself.
 */
export function checkProof(text: string, trusted: readonly VerifierKey[]): ProvenEvent {
  const proof = parseProof(text);
  const checkpoint = parseCheckpoint(proof.checkpoint);
  const signatures = checkSignatures(checkpoint, trusted);
  const extra = readExtra(proof.extra);
  const entryBytes = decodeBase64(extra.entry);
  if (entryBytes === undefined) throw invalid('it does not carry its entry');
  const root = rootFromPath(leafHash(entryBytes), proof.index, checkpoint.size, proof.path);
  if (root === undefined || !sameHash(root, checkpoint.root))
    throw invalid('the entry’s path does not lead to the signed root');
  const entry = decodeEntry(entryBytes);
  const sequence = extra.command === undefined ? undefined : checkCommand(extra, entry);
  return { index: proof.index, size: checkpoint.size, origin: checkpoint.origin, entry, sequence, signatures };
}

function checkSignatures(checkpoint: Checkpoint, trusted: readonly VerifierKey[]): HeldSignature[] {
  const held = heldSignatures(checkpoint, trusted);
  if (held.some(({ key }) => key.name === checkpoint.origin)) return held;
  throw new CodedError(AUDIT_ERRORS.AUDIT_SIGNATURE_INVALID, `no trusted key of ${checkpoint.origin} signed it`);
}

function checkCommand({ command = '', commandIndex = -1, commandPath = [] }: ProofExtra, entry: AuditEntry): number {
  const bytes = decodeBase64(command);
  const path = commandPath.map((one) => decodeBase64(one));
  if (entry.type !== 'journal' || bytes === undefined || path.includes(undefined)) throw invalid('its command');
  const root = rootFromPath(leafHash(bytes), commandIndex, entry.count, path as Buffer[]);
  if (root === undefined || Buffer.from(root).toString('hex') !== entry.root) {
    throw invalid('the command’s path does not lead to the root of its journal range');
  }
  return entry.firstSequence + commandIndex;
}

function readExtra(bytes: Buffer | undefined): ProofExtra {
  const value = bytes === undefined ? undefined : parseCanonical(bytes);
  if (typeof value !== 'object' || value === null || !('entry' in value)) throw invalid('it does not carry its entry');
  return value as unknown as ProofExtra;
}

function invalid(detail: string): CodedError {
  return new CodedError(AUDIT_ERRORS.AUDIT_PROOF_INVALID, detail);
}
