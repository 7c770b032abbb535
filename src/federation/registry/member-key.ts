/** The private key of a member in a file of its user alone: read, or made where there is none. Never printed. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { CodedError } from '#kit/errors.ts';
import { REGISTRY_ERRORS } from './errors.ts';

/** Reads a key. Throws FEDERATION_KEY_UNUSABLE. */
export function readMemberKey(file: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(readFileSync(file));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CodedError(REGISTRY_ERRORS.FEDERATION_KEY_UNUSABLE, `${file}: ${why}`, { cause: error });
  }
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw new CodedError(REGISTRY_ERRORS.FEDERATION_KEY_UNUSABLE, `${file} is not an Ed25519 key`);
}

/** Makes a key in a file that must not exist yet. Throws FEDERATION_KEY_UNUSABLE. */
export function makeMemberKey(file: string): KeyObject {
  const { privateKey } = generateKeyPairSync('ed25519');
  try {
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CodedError(REGISTRY_ERRORS.FEDERATION_KEY_UNUSABLE, why, { cause: error });
  }
  return privateKey;
}
