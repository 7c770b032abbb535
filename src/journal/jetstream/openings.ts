/**
 * The entries that open an epoch, signed by the member that leads it, and the genesis entry of a stream. Pure.
 * Nothing else makes an epoch: an opening whose signature, shard or number is wrong changes nothing for any reader.
 */
import { sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** Of entries in the stream. A reader refuses a stream with a higher one. */
const STREAM_VERSION = 1;

const SIGNATURE_BYTES = 64;
/** Signatures of openings can never be taken for signatures of anything else that the key signs. */
const PURPOSE = new TextEncoder().encode('nautilus journal opening 1\0');
const TEXT_BYTES_MAX = 2048;

export interface Opening {
  shard: string;
  epoch: number;
  /** Name of the member in the topology. */
  member: string;
  /** Tells this opening from another try of the same member. */
  nonce: string;
  timeMicros: number;
}

/** Public keys of those who may lead the shard, by member. */
export type MemberKeys = ReadonlyMap<string, KeyObject>;

export function encodeOpening(opening: Opening, key: KeyObject): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(opening));
  return Buffer.concat([sign(null, Buffer.concat([PURPOSE, text]), key), text]);
}

/** The opening in a payload when a member of this shard signed it, or what is wrong with it. */
export function decodeOpening(payload: Uint8Array, shard: string, members: MemberKeys): Opening | string {
  const text = payload.subarray(SIGNATURE_BYTES);
  if (payload.length <= SIGNATURE_BYTES || text.length > TEXT_BYTES_MAX) return 'it has a wrong length';
  const opening = parseOpening(text);
  if (opening === undefined) return 'it is not an opening';
  const key = members.get(opening.member);
  if (key === undefined) return `${opening.member} may not lead this shard`;
  const isSigned = verify(null, Buffer.concat([PURPOSE, text]), key, payload.subarray(0, SIGNATURE_BYTES));
  if (!isSigned) return `its signature is not that of ${opening.member}`;
  return opening.shard === shard ? opening : `it is of shard ${opening.shard}`;
}

function parseOpening(text: Uint8Array): Opening | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(text));
    if (typeof value !== 'object' || value === null) return undefined;
    const { shard, epoch, member, nonce, timeMicros } = value as Partial<Record<keyof Opening, unknown>>;
    const isRight = typeof shard === 'string' && typeof member === 'string' && typeof nonce === 'string';
    if (!isRight || !Number.isSafeInteger(epoch) || !Number.isSafeInteger(timeMicros)) return undefined;
    return { shard, epoch: epoch as number, member, nonce, timeMicros: timeMicros as number };
  } catch {
    return undefined;
  }
}

export function encodeGenesis(shard: string): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ nautilus: 'journal', version: STREAM_VERSION, shard }));
}

/** Undefined when the stream is this shard's and of a known version; otherwise what is wrong with it. */
export function foreignGenesis(payload: Uint8Array, shard: string): string | undefined {
  try {
    const value = JSON.parse(new TextDecoder().decode(payload)) as { version?: unknown; shard?: unknown };
    if (typeof value.version !== 'number' || value.version > STREAM_VERSION) return `version ${String(value.version)}`;
    return value.shard === shard ? undefined : `shard ${String(value.shard)}`;
  } catch {
    return 'its first entry is not a genesis entry';
  }
}
