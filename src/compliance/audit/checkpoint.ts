/**
 * Checkpoints (c2sp.org/tlog-checkpoint) and what cosigners sign of them (c2sp.org/tlog-cosignature), to the byte.
 * Says which signatures of a checkpoint hold; whom to trust is the caller's to say.
 */
import { CodedError } from '#kit/errors.ts';
import { AUDIT_ERRORS } from './errors.ts';
import { HASH_BYTES } from './merkle.ts';
import { SignatureType, decodeBase64, parseNote, signatureBy, verifyBytes } from './note.ts';
import type { Note, NoteSignature, VerifierKey } from './note.ts';

/** A tree's size and root, signed or to be signed. */
export interface TreeHead {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

export interface Checkpoint extends TreeHead {
  readonly note: Note;
}

/** One signature of a checkpoint that holds. */
export interface HeldSignature {
  readonly key: VerifierKey;
  /** Seconds since the epoch at which it was made; undefined where the kind has no time. */
  readonly timeSeconds: number | undefined;
}

const TIME_BYTES = 8;
const LABEL = Buffer.from('subtree/v1\n\0', 'latin1');

/** The text that a log signs. */
export function checkpointText({ origin, size, root }: TreeHead): string {
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`;
}

/** Takes a checkpoint apart. Throws AUDIT_NOTE_MALFORMED; no signature is checked. */
export function parseCheckpoint(text: string): Checkpoint {
  const note = parseNote(text);
  return { ...parseHead(note.text), note };
}

function parseHead(text: string): TreeHead {
  const [origin = '', sizeText = '', rootText = '', ...rest] = text.split('\n');
  const size = /^(?:0|[1-9]\d{0,15})$/.test(sizeText) ? Number(sizeText) : Number.NaN;
  const root = decodeBase64(rootText);
  const isWhole = rest.at(-1) === '' && rest.slice(0, -1).every((line) => line !== '');
  if (origin === '' || !Number.isSafeInteger(size) || root?.length !== HASH_BYTES || !isWhole) {
    throw new CodedError(AUDIT_ERRORS.AUDIT_NOTE_MALFORMED, 'a checkpoint is an origin, a size and a root');
  }
  return { origin, size, root };
}

/** What a cosignature of that kind signs: text for Ed25519, a `cosigned_message` for ML-DSA-44. */
export function cosignedMessage(
  key: Pick<VerifierKey, 'name' | 'type'>,
  head: TreeHead,
  text: string,
  timeSeconds: number,
): Buffer {
  if (key.type === SignatureType.cosignatureEd25519) {
    return Buffer.from(`cosignature/v1\ntime ${timeSeconds}\n${text}`, 'utf8');
  }
  const name = Buffer.from(key.name, 'utf8');
  const origin = Buffer.from(head.origin, 'utf8');
  const start = Buffer.alloc(TIME_BYTES);
  return Buffer.concat([
    LABEL,
    Buffer.from([name.length]),
    name,
    bigEndian(timeSeconds),
    Buffer.from([origin.length]),
    origin,
    start,
    bigEndian(head.size),
    head.root,
  ]);
}

/** A `timestamped_signature`. */
export function timestamped(timeSeconds: number, signature: Uint8Array): Buffer {
  return Buffer.concat([bigEndian(timeSeconds), signature]);
}

/**
 * The signatures by `keys` that a checkpoint carries. Throws AUDIT_SIGNATURE_INVALID where one of these keys has a line
 * that does not verify: then the whole checkpoint is worth nothing.
 */
export function heldSignatures(checkpoint: Checkpoint, keys: readonly VerifierKey[]): HeldSignature[] {
  const held: HeldSignature[] = [];
  for (const key of keys) {
    const signature = signatureBy(checkpoint.note.signatures, key);
    if (signature === undefined) continue;
    const timeSeconds = timeOf(key, signature);
    if (!holds(checkpoint, key, signature, timeSeconds)) {
      throw new CodedError(AUDIT_ERRORS.AUDIT_SIGNATURE_INVALID, `${key.name} (${idText(key)})`);
    }
    held.push({ key, timeSeconds });
  }
  return held;
}

function timeOf(key: VerifierKey, signature: NoteSignature): number | undefined {
  if (key.type === SignatureType.ed25519 || key.type === SignatureType.other) return undefined;
  if (signature.bytes.length < TIME_BYTES) return undefined;
  return Number(Buffer.from(signature.bytes).readBigUInt64BE(0));
}

function holds(
  checkpoint: Checkpoint,
  key: VerifierKey,
  signature: NoteSignature,
  timeSeconds: number | undefined,
): boolean {
  if (key.type === SignatureType.ed25519 || key.type === SignatureType.other) {
    return verifyBytes(key, Buffer.from(checkpoint.note.text, 'utf8'), signature.bytes);
  }
  if (timeSeconds === undefined) return false;
  const message = cosignedMessage(key, checkpoint, checkpoint.note.text, timeSeconds);
  return verifyBytes(key, message, signature.bytes.subarray(TIME_BYTES));
}

/** A key's id as people see it. */
export function idText(key: Pick<VerifierKey, 'keyId'>): string {
  return key.keyId.toString(16).padStart(8, '0');
}

function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(TIME_BYTES);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
