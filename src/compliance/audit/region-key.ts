/**
 * A region's key, under which the keys of the people of that region are wrapped: X25519 and ML-KEM-768 together, so that
 * both would have to be broken. Its private half stays in its file and in this process.
 */
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  decapsulate,
  diffieHellman,
  encapsulate,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CodedError } from '#kit/errors.ts';
import { AUDIT_ERRORS } from './errors.ts';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A key wrapped for a region; everything in Base64. */
interface WrappedKey {
  /** The sender's X25519 key of this one wrapping, as SPKI. */
  readonly ephemeral: string;
  /** ML-KEM-768. */
  readonly ciphertext: string;
  readonly sealed: string;
}

export class RegionKey {
  private readonly x25519: KeyObject;
  private readonly mlKem: KeyObject;

  /** Opens a region's key, or makes one where there is none. Throws AUDIT_KEY_UNUSABLE. */
  constructor(file: string) {
    if (!existsSync(file)) makeRegionKey(file);
    try {
      const pems = readFileSync(file, 'utf8').split(/(?<=-----END PRIVATE KEY-----\n)/);
      this.x25519 = createPrivateKey(pems[0]);
      this.mlKem = createPrivateKey(pems[1]);
    } catch (error) {
      throw new CodedError(AUDIT_ERRORS.AUDIT_KEY_UNUSABLE, file, { cause: error });
    }
  }

  /** Wraps a subject's key; `context` is bound to it. */
  wrap(key: Uint8Array, context: string): string {
    const sender = generateKeyPairSync('x25519');
    const agreed = diffieHellman({ privateKey: sender.privateKey, publicKey: createPublicKey(this.x25519) });
    const { sharedKey, ciphertext } = encapsulate(createPublicKey(this.mlKem));
    const ephemeral = sender.publicKey.export({ type: 'spki', format: 'der' });
    const wrapping = derive(agreed, sharedKey, ephemeral, ciphertext, context);
    const wrapped: WrappedKey = {
      ephemeral: ephemeral.toString('base64'),
      ciphertext: Buffer.from(ciphertext).toString('base64'),
      sealed: seal(wrapping, key, context).toString('base64'),
    };
    return JSON.stringify(wrapped);
  }

  /** Throws AUDIT_KEY_UNUSABLE where it was wrapped for another region or something else. */
  unwrap(text: string, context: string): Buffer {
    try {
      const { ephemeral, ciphertext, sealed } = JSON.parse(text) as WrappedKey;
      const sender = Buffer.from(ephemeral, 'base64');
      const kem = Buffer.from(ciphertext, 'base64');
      const publicKey = createPublicKey({ key: sender, type: 'spki', format: 'der' });
      const agreed = diffieHellman({ privateKey: this.x25519, publicKey });
      const wrapping = derive(agreed, decapsulate(this.mlKem, kem), sender, kem, context);
      return unseal(wrapping, Buffer.from(sealed, 'base64'), context);
    } catch (error) {
      throw new CodedError(AUDIT_ERRORS.AUDIT_KEY_UNUSABLE, `a key of ${context}`, { cause: error });
    }
  }
}

/** Encrypts under a key; `context` must be given again to decrypt. Nonce, ciphertext and tag. */
export function seal(key: Uint8Array, plain: Uint8Array, context: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(context, 'utf8'));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Throws where key, context or bytes are not those of `seal`. */
export function unseal(key: Uint8Array, sealed: Buffer, context: string): Buffer {
  const body = sealed.subarray(NONCE_BYTES, -TAG_BYTES);
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES)).setAAD(Buffer.from(context, 'utf8'));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(body), decipher.final()]);
}

/** Both secrets, and everything that was sent, make the wrapping key. */
function derive(
  agreed: Buffer,
  shared: Uint8Array,
  ephemeral: Buffer,
  ciphertext: Uint8Array,
  context: string,
): Buffer {
  const secret = Buffer.concat([shared, agreed]);
  const salt = Buffer.concat([ciphertext, ephemeral]);
  return Buffer.from(hkdfSync('sha256', secret, salt, `nautilus audit subject key v1 ${context}`, KEY_BYTES));
}

function makeRegionKey(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const keys = [generateKeyPairSync('x25519'), generateKeyPairSync('ml-kem-768')];
  const pems = keys.map(({ privateKey }) => privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(file, pems.join(''), { mode: 0o600, flush: true });
}
