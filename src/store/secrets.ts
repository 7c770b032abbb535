/**
 * Secrets that people and programs show to be let in: made from 256 random bits, kept only as SHA-256.
 * With that much randomness a plain hash is enough; a slow one protects only what can be guessed.
 */
import { createHash } from 'node:crypto';

const SECRET_BYTES = 32;

/** Kinds of secrets by their prefix, so that one found in a file can be told and searched for. */
export const SecretPrefix = { token: 'nat_', browser: 'nbs_', link: 'nlk_', invitation: 'niv_' } as const;
export type SecretPrefix = (typeof SecretPrefix)[keyof typeof SecretPrefix];

/** Makes a new secret; the caller shows it once and stores its hash. */
export function createSecret(prefix: SecretPrefix, fillRandom: (bytes: Uint8Array) => void): string {
  const bytes = Buffer.alloc(SECRET_BYTES);
  fillRandom(bytes);
  return prefix + bytes.toString('base64url');
}

/** What the store keeps of a secret. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}
