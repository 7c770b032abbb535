/**
 * What a client signs to log in: the node's whole challenge and its own whole login, so that neither the version range
 * nor the session can be changed on the way, and a signature is worth nothing for any other purpose or connection.
 */
import { CHALLENGE_BYTES, LOGIN_BYTES, Login } from './messages.ts';
import { FRAME_HEADER_BYTES } from './frame.ts';

const PURPOSE = new TextEncoder().encode('nautilus order-entry login\0');
const CHALLENGE_BODY_BYTES = CHALLENGE_BYTES - FRAME_HEADER_BYTES;
const LOGIN_BODY_BYTES = Login.signature - FRAME_HEADER_BYTES;

/**
 * The bytes that are signed with Ed25519: the purpose, the challenge's body, the login's body up to the signature.
 * Both arguments are whole frames.
 */
export function loginMessage(challenge: Uint8Array, login: Uint8Array): Uint8Array {
  const message = new Uint8Array(PURPOSE.length + CHALLENGE_BODY_BYTES + LOGIN_BODY_BYTES);
  message.set(PURPOSE, 0);
  message.set(challenge.subarray(FRAME_HEADER_BYTES, CHALLENGE_BYTES), PURPOSE.length);
  message.set(login.subarray(FRAME_HEADER_BYTES, Login.signature), PURPOSE.length + CHALLENGE_BODY_BYTES);
  return message;
}

/** The signature a login carries. */
export function signatureOf(login: Uint8Array): Uint8Array {
  return login.subarray(Login.signature, LOGIN_BYTES);
}
