/**
 * Decides whether a login is good: the session exists, is enabled, and its key signed this connection's challenge.
 * Signatures are checked off the order path, on the thread pool. Holds public keys only.
 */
import { createPublicKey, verify } from 'node:crypto';
import type { SessionDirectory, SessionRecord } from '#kit/ports/sessions.ts';
import { SESSION_ID_MAX } from '#kit/ports/sessions.ts';
import { err, ok } from '#kit/result.ts';
import type { Result } from '#kit/result.ts';
import { SessionCode } from '#wire/order-entry/codes.ts';
import { loginMessage, signatureOf } from '#wire/order-entry/signature.ts';

/** What a client asked for; the frames are copies. */
export interface LoginRequest {
  readonly challenge: Uint8Array;
  readonly frame: Uint8Array;
  readonly version: number;
  readonly heartbeatSeconds: number;
  readonly session: number;
  readonly lastSequenceSeen: number;
  readonly flags: number;
}

const PUBLIC_KEY_BYTES = 32;

/** The session's record when the login is good, or the SessionCode it is refused with. */
export async function checkLogin(
  directory: SessionDirectory,
  request: LoginRequest,
  sessionCapacity: number,
): Promise<Result<SessionRecord, SessionCode>> {
  const { session } = request;
  if (session < 1 || session > SESSION_ID_MAX || session >= sessionCapacity) return err(SessionCode.loginRefused);
  const record = await directory.find(session);
  if (record === undefined) return err(SessionCode.loginRefused);
  if (!(await isSignedBy(record.publicKey, request))) return err(SessionCode.loginRefused);
  // Told only to who holds the key: to a stranger every refusal looks the same.
  if (!record.enabled) return err(SessionCode.sessionDisabled);
  return ok(record);
}

async function isSignedBy(publicKey: Uint8Array, request: LoginRequest): Promise<boolean> {
  if (publicKey.length !== PUBLIC_KEY_BYTES) return false;
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey).toString('base64url') },
    format: 'jwk',
  });
  const message = loginMessage(request.challenge, request.frame);
  const signature = signatureOf(request.frame);
  return new Promise((resolve) => {
    verify(null, message, key, signature, (error, valid) => resolve(error === null && valid));
  });
}
