/**
 * Entries that members sign with Ed25519: what kind of entry, who, which run of the process, which number, when, and the
 * body, as exactly the text that was signed. Opening one checks all of it; nothing of an entry that fails is believed.
 */
import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { err, ok, type Result } from '#kit/result.ts';
import type { RegistryCode } from './errors.ts';
import { REGISTRY_VALUE_MAX, type RegistryEntry } from './port.ts';

/** What a member may say; each kind is signed for itself, so that none can be passed off as another. */
export type EntryKind = 'heartbeat' | 'vote';

/** A member of the federation as the topology knows it. */
export interface RosterEntry {
  readonly cluster: string;
  readonly publicKey: KeyObject;
}
export type Roster = ReadonlyMap<string, RosterEntry>;

export interface SignedEntry {
  readonly member: string;
  /** When the member's process started: a later run outranks an earlier one. */
  readonly incarnationMicros: number;
  /** From 1, one more with each entry of a kind. */
  readonly number: number;
  readonly sentMicros: number;
  readonly storedMicros: number;
  /** As the member sent it; its form is for the kind's own schema. */
  readonly body: unknown;
}

/** Why an entry is not believed. */
export interface Refusal {
  readonly code: RegistryCode;
  /** Empty where even that cannot be read. */
  readonly member: string;
  readonly message: string;
}

/** The clocks of member and storage may differ by this much. */
const CLOCK_SKEW_MICROS_MAX = 10_000_000;
const MICROS_PER_SECOND = 1_000_000;
const RAW_KEY_BYTES = 32;
const SIGNATURE_CHARS = 88;

const envelopeSchema = z.strictObject({
  member: z.string().min(1).max(64),
  payload: z.string().max(REGISTRY_VALUE_MAX),
  signature: z.string().length(SIGNATURE_CHARS),
});
const time = z.int().nonnegative();
const payloadSchema = z.strictObject({
  incarnationMicros: time,
  number: z.int().positive(),
  sentMicros: time,
  body: z.unknown(),
});

/** The text of a signed entry. */
export function sealEntry(
  kind: EntryKind,
  member: string,
  payload: Omit<SignedEntry, 'member' | 'storedMicros'>,
  privateKey: KeyObject,
): string {
  const { incarnationMicros, number, sentMicros, body } = payload;
  const text = JSON.stringify({ incarnationMicros, number, sentMicros, body });
  const signature = sign(null, signedBytes(kind, member, text), privateKey).toString('base64');
  return JSON.stringify({ member, payload: text, signature });
}

/** Opens an entry of a member on the roster whose signature and time are right. */
export function openEntry(
  kind: EntryKind,
  { value, storedMicros }: Pick<RegistryEntry, 'value' | 'storedMicros'>,
  roster: Roster,
): Result<SignedEntry, Refusal> {
  const envelope = envelopeSchema.safeParse(parseJson(value));
  if (!envelope.success) return err(refusal('FEDERATION_ENTRY_MALFORMED', '', 'no signed entry'));
  const { member, payload, signature } = envelope.data;
  const known = roster.get(member);
  if (known === undefined) return err(refusal('FEDERATION_MEMBER_UNKNOWN', member, 'it has no key here'));
  const bytes = signedBytes(kind, member, payload);
  if (!verify(null, bytes, known.publicKey, Buffer.from(signature, 'base64'))) {
    return err(refusal('FEDERATION_SIGNATURE_WRONG', member, `a ${kind} that its key did not sign`));
  }
  const read = payloadSchema.safeParse(parseJson(payload));
  if (!read.success) return err(refusal('FEDERATION_ENTRY_MALFORMED', member, 'no payload of this version'));
  const entry = { member, storedMicros, ...read.data };
  const skew = clockSkew(entry, storedMicros);
  return skew === undefined ? ok(entry) : err(skew);
}

/** A refusal where an entry was sent at another time than it was stored or heard, by the clocks of both sides. */
export function clockSkew(
  { member, sentMicros }: Pick<SignedEntry, 'member' | 'sentMicros'>,
  hereMicros: number,
): Refusal | undefined {
  const skewMicros = sentMicros - hereMicros;
  if (Math.abs(skewMicros) <= CLOCK_SKEW_MICROS_MAX) return undefined;
  const seconds = (Math.abs(skewMicros) / MICROS_PER_SECOND).toFixed(1);
  const message = `its clock is ${seconds} s ${skewMicros > 0 ? 'ahead' : 'behind'}, or the entry is a copy`;
  return refusal('FEDERATION_CLOCK_SKEW', member, message);
}

/** Whether an entry is newer than the last one that was believed. */
export function isNewer(
  entry: Pick<SignedEntry, 'incarnationMicros' | 'number'>,
  last: Pick<SignedEntry, 'incarnationMicros' | 'number'> | undefined,
): boolean {
  if (last === undefined || entry.incarnationMicros > last.incarnationMicros) return true;
  return entry.incarnationMicros === last.incarnationMicros && entry.number > last.number;
}

/** The public key of the base64 of its raw 32 bytes; undefined where it is none. */
export function publicKeyOf(base64: string): KeyObject | undefined {
  const raw = Buffer.from(base64, 'base64');
  if (raw.length !== RAW_KEY_BYTES) return undefined;
  try {
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' });
  } catch {
    return undefined;
  }
}

/** The base64 of a public key's raw 32 bytes. */
export function publicKeyText(key: KeyObject): string {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64');
}

export function refusal(code: RegistryCode, member: string, message: string): Refusal {
  return { code, member, message: member === '' ? message : `${member}: ${message}` };
}

function signedBytes(kind: EntryKind, member: string, payload: string): Buffer {
  return Buffer.from(`nautilus registry ${kind} 1\n${member}\n${payload}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
