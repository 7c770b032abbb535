/**
 * The private keys of a signer or a witness, in a folder of their own that only its owner may read. Keys never leave the
 * process that opened them; what others need is their public half. A replaced key goes on for a while, then is destroyed.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '#kit/errors.ts';
import { idText } from './checkpoint.ts';
import { AUDIT_ERRORS } from './errors.ts';
import { SignatureType, parseVkey, verifierKey, vkeyText } from './note.ts';
import type { VerifierKey } from './note.ts';

/** What is known of a key in public, also after it is gone. */
export interface KeyRecord {
  readonly vkey: string;
  readonly createdSeconds: number;
  /** From then on it signs nothing, and its private half is destroyed; null while it has no successor. */
  readonly retiresSeconds: number | null;
}

/** A key that can sign now. */
export interface SigningKey {
  readonly key: VerifierKey;
  sign(message: Uint8Array): Promise<Buffer>;
}

const PUBLIC_FILE = 'public.json';
const TYPE_NAMES: Readonly<Record<SignatureType, string>> = {
  1: 'ed25519',
  4: 'ed25519-cosignature',
  6: 'ml-dsa-44',
  255: 'slh-dsa-sha2-128s',
};

/** The public list in a folder of keys; empty where there is none. Throws AUDIT_KEY_UNUSABLE. */
export function readKeyRecords(folder: string): KeyRecord[] {
  const path = join(folder, PUBLIC_FILE);
  if (!existsSync(path)) return [];
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as KeyRecord[];
  } catch (error) {
    throw new CodedError(AUDIT_ERRORS.AUDIT_KEY_UNUSABLE, path, { cause: error });
  }
}

export class KeyFolder {
  private readonly folder: string;
  private readonly name: string;
  private readonly types: readonly SignatureType[];
  private readonly privateKeys = new Map<string, KeyObject>();
  private known: KeyRecord[];

  /** Opens the keys of `name`, and makes those of `types` that are missing. Throws AUDIT_KEY_UNUSABLE. */
  constructor(folder: string, name: string, types: readonly SignatureType[], nowSeconds: number) {
    this.folder = folder;
    this.name = name;
    this.types = types;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    this.known = readKeyRecords(folder);
    for (const type of types) {
      const has = this.known.some(
        ({ vkey, retiresSeconds }) => parseVkey(vkey).type === type && retiresSeconds === null,
      );
      if (!has) this.make(type, nowSeconds);
    }
    this.store();
    for (const record of this.known) this.open(record, nowSeconds);
  }

  get records(): readonly KeyRecord[] {
    return this.known;
  }

  /** Keys of a type that sign now; the newest last. Destroys those whose time is over. */
  signing(type: SignatureType, nowSeconds: number): SigningKey[] {
    const keys: SigningKey[] = [];
    for (const { vkey, retiresSeconds } of this.known) {
      const key = parseVkey(vkey);
      const privateKey = this.privateKeys.get(vkey);
      if (key.type !== type || privateKey === undefined) continue;
      if (retiresSeconds !== null && retiresSeconds <= nowSeconds) this.destroy(vkey);
      else keys.push({ key, sign: async (message) => signWith(privateKey, message) });
    }
    return keys;
  }

  /** Makes a successor of every key; the present ones sign beside them for `overlapSeconds`. */
  rotate(nowSeconds: number, overlapSeconds: number): void {
    this.known = this.known.map((record) =>
      record.retiresSeconds === null ? { ...record, retiresSeconds: nowSeconds + overlapSeconds } : record,
    );
    for (const type of this.types) this.make(type, nowSeconds);
    this.store();
    for (const record of this.known) this.open(record, nowSeconds);
  }

  private make(type: SignatureType, nowSeconds: number): void {
    const { publicKey, privateKey } = generate(type);
    const jwk = publicKey.export({ format: 'jwk' }) as { x?: string; pub?: string };
    const key = verifierKey(this.name, type, Buffer.from(jwk.x ?? jwk.pub ?? '', 'base64url'));
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(this.fileOf(key), pem, { mode: 0o600, flush: true });
    this.known = [...this.known, { vkey: vkeyText(key), createdSeconds: nowSeconds, retiresSeconds: null }];
  }

  private open({ vkey, retiresSeconds }: KeyRecord, nowSeconds: number): void {
    if (this.privateKeys.has(vkey)) return;
    if (retiresSeconds !== null && retiresSeconds <= nowSeconds) {
      this.destroy(vkey);
      return;
    }
    const file = this.fileOf(parseVkey(vkey));
    try {
      const privateKey = createPrivateKey(readFileSync(file));
      const jwk = createPublicKey(privateKey).export({ format: 'jwk' }) as { x?: string; pub?: string };
      const own = Buffer.from(jwk.x ?? jwk.pub ?? '', 'base64url');
      if (!own.equals(parseVkey(vkey).publicKey)) throw new Error('it is not the private half of its public key');
      this.privateKeys.set(vkey, privateKey);
    } catch (error) {
      throw new CodedError(AUDIT_ERRORS.AUDIT_KEY_UNUSABLE, file, { cause: error });
    }
  }

  private destroy(vkey: string): void {
    this.privateKeys.delete(vkey);
    rmSync(this.fileOf(parseVkey(vkey)), { force: true });
  }

  private fileOf(key: VerifierKey): string {
    return join(this.folder, `${TYPE_NAMES[key.type]}-${idText(key)}.pem`);
  }

  private store(): void {
    writeFileSync(join(this.folder, PUBLIC_FILE), `${JSON.stringify(this.known, null, 2)}\n`, { flush: true });
  }
}

function generate(type: SignatureType): { publicKey: KeyObject; privateKey: KeyObject } {
  try {
    if (type === SignatureType.cosignatureMlDsa44) return generateKeyPairSync('ml-dsa-44');
    if (type === SignatureType.other) return generateKeyPairSync('slh-dsa-sha2-128s');
    return generateKeyPairSync('ed25519');
  } catch (error) {
    // ML-DSA and SLH-DSA came with OpenSSL 3.5, which Node 24 brings; a Node built on an older one cannot sign the log.
    const detail = `OpenSSL ${process.versions.openssl} does not have ${TYPE_NAMES[type]}, 3.5 is needed`;
    throw new CodedError(AUDIT_ERRORS.AUDIT_KEY_UNUSABLE, detail, { cause: error });
  }
}

/** On a thread of the pool: SLH-DSA takes a quarter of a second. */
async function signWith(privateKey: KeyObject, message: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign(null, message, privateKey, (error, signature) => (error === null ? resolve(signature) : reject(error)));
  });
}
