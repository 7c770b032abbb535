/**
 * Signed notes and their keys as c2sp.org/signed-note defines them: text, a blank line, signature lines. Reads strictly:
 * whatever is not exactly of the form is refused, so that nothing can be changed without being noticed.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { CodedError } from '#kit/errors.ts';
import { AUDIT_ERRORS } from './errors.ts';

/** The byte that says of which kind a signature is. */
export const SignatureType = {
  ed25519: 0x01,
  /** Timestamped Ed25519, c2sp.org/tlog-cosignature. */
  cosignatureEd25519: 0x04,
  /** Timestamped ML-DSA-44, c2sp.org/tlog-cosignature. */
  cosignatureMlDsa44: 0x06,
  /** Followed by SLH_DSA_NAME: no byte is assigned to it. */
  other: 0xff,
} as const;
export type SignatureType = (typeof SignatureType)[keyof typeof SignatureType];

/** What stands after the byte 0xff for the signature of the day's root: SLH-DSA-SHA2-128s (FIPS 205) over the text. */
const SLH_DSA_NAME = 'nautilus/slh-dsa-sha2-128s\n';

const KEY_ID_BYTES = 4;
const NOTE_BYTES_MAX = 1 << 20;
const SIGNATURES_MAX = 100;
const PUBLIC_KEY_BYTES: Readonly<Record<SignatureType, number>> = { 1: 32, 4: 32, 6: 1312, 255: 32 };

/** A public key by the name it signs under. */
export interface VerifierKey {
  readonly name: string;
  readonly type: SignatureType;
  readonly publicKey: Uint8Array;
  /** First four bytes of the hash over name, type and key. */
  readonly keyId: number;
}

export interface NoteSignature {
  readonly name: string;
  readonly keyId: number;
  /** What follows the key id. */
  readonly bytes: Uint8Array;
}

export interface Note {
  /** With its last line end. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** Makes a key known under a name. Throws AUDIT_NOTE_MALFORMED for a name or key that cannot be one. */
export function verifierKey(name: string, type: SignatureType, publicKey: Uint8Array): VerifierKey {
  if (!isName(name)) throw malformed(`"${name}" cannot be a key's name`);
  if (publicKey.length !== PUBLIC_KEY_BYTES[type]) throw malformed(`the key of ${name} has ${publicKey.length} bytes`);
  const kind = Buffer.from([type]);
  const detail = type === SignatureType.other ? Buffer.from(SLH_DSA_NAME) : Buffer.alloc(0);
  const digest = createHash('sha256').update(`${name}\n`).update(kind).update(detail).update(publicKey).digest();
  return { name, type, publicKey, keyId: digest.readUInt32BE(0) };
}

/** The key as one line: name, id and key with `+` between them. */
export function vkeyText(key: VerifierKey): string {
  const detail = key.type === SignatureType.other ? Buffer.from(SLH_DSA_NAME) : Buffer.alloc(0);
  const material = Buffer.concat([Buffer.from([key.type]), detail, key.publicKey]);
  return `${key.name}+${key.keyId.toString(16).padStart(8, '0')}+${material.toString('base64')}`;
}

/** Reads such a line. Throws AUDIT_NOTE_MALFORMED. */
export function parseVkey(text: string): VerifierKey {
  const [, name = '', id = '', encoded = ''] = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/.exec(text) ?? [];
  const material = name === '' ? undefined : decodeBase64(encoded);
  const type = material?.[0];
  if (material === undefined || !isType(type)) throw malformed('a key has the form name+id+key');
  const skipped = 1 + (type === SignatureType.other ? SLH_DSA_NAME.length : 0);
  const key = verifierKey(name, type, material.subarray(skipped));
  if (key.keyId !== Number.parseInt(id, 16)) throw malformed(`the id of the key ${name} is not that of its bytes`);
  return key;
}

/** One signature line with its line end. */
export function signatureLine(key: Pick<VerifierKey, 'name' | 'keyId'>, signature: Uint8Array): string {
  const id = Buffer.alloc(KEY_ID_BYTES);
  id.writeUInt32BE(key.keyId);
  return `— ${key.name} ${Buffer.concat([id, signature]).toString('base64')}\n`;
}

/** Text and signature lines put together. */
export function noteText(text: string, lines: readonly string[]): string {
  return `${text}\n${lines.join('')}`;
}

/** Takes a note apart. Throws AUDIT_NOTE_MALFORMED. */
export function parseNote(note: string): Note {
  if (note.length > NOTE_BYTES_MAX) throw malformed('it is longer than a note may be');
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0009\u000b-\u001f]/.test(note) || !note.isWellFormed()) throw malformed('it holds control characters');
  const split = note.lastIndexOf('\n\n');
  if (split < 0) throw malformed('there is no blank line before signatures');
  const text = note.slice(0, split + 1);
  return { text, signatures: parseSignatureLines(note.slice(split + 2)) };
}

/** Reads signature lines alone. Throws AUDIT_NOTE_MALFORMED. */
function parseSignatureLines(lines: string): NoteSignature[] {
  if (lines === '' || !lines.endsWith('\n')) throw malformed('the last signature line is cut off');
  const all = lines.slice(0, -1).split('\n');
  if (all.length > SIGNATURES_MAX) throw malformed(`it has more than ${SIGNATURES_MAX} signatures`);
  return all.map((line) => {
    const [, name = '', encoded = ''] = /^— (\S+) (\S+)$/.exec(line) ?? [];
    const bytes = isName(name) ? decodeBase64(encoded) : undefined;
    if (bytes === undefined || bytes.length <= KEY_ID_BYTES) throw malformed('a signature line is not one');
    return { name, keyId: bytes.readUInt32BE(0), bytes: bytes.subarray(KEY_ID_BYTES) };
  });
}

/** The note's signature by that key, if it has one. */
export function signatureBy(signatures: readonly NoteSignature[], key: VerifierKey): NoteSignature | undefined {
  return signatures.find((signature) => signature.keyId === key.keyId && signature.name === key.name);
}

/** Whether `signature` is that key's over these bytes. */
export function verifyBytes(key: VerifierKey, message: Uint8Array, signature: Uint8Array): boolean {
  return verify(null, message, publicKeyObject(key), signature);
}

const ALGORITHMS: Readonly<Record<SignatureType, string>> = {
  1: 'Ed25519',
  4: 'Ed25519',
  6: 'ML-DSA-44',
  255: 'SLH-DSA-SHA2-128s',
};

function publicKeyObject(key: VerifierKey): KeyObject {
  const encoded = Buffer.from(key.publicKey).toString('base64url');
  const algorithm = ALGORITHMS[key.type];
  const jwk =
    algorithm === 'Ed25519' ? { kty: 'OKP', crv: 'Ed25519', x: encoded } : { kty: 'AKP', alg: algorithm, pub: encoded };
  return createPublicKey({ key: jwk, format: 'jwk' });
}

/** Standard Base64 in its one spelling; undefined for anything else. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

function isName(name: string): boolean {
  return name !== '' && !/[\s+]/u.test(name);
}

function isType(type: number | undefined): type is SignatureType {
  return type !== undefined && type in PUBLIC_KEY_BYTES;
}

function malformed(detail: string): CodedError {
  return new CodedError(AUDIT_ERRORS.AUDIT_NOTE_MALFORMED, detail);
}
