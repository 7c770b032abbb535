/**
 * The platform's own order-entry sessions: a key pair each in the data folder, the public half in the directory. Private
 * keys are readable by their owner only and leave this process never.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '#kit/errors.ts';
import { AckLevel } from '#kit/ports/journal.ts';
import type { Store } from '#store/open.ts';
import { ensureSession } from '#store/sessions.ts';
import type { NewSession } from '#store/sessions.ts';
import { APP_ERRORS } from './errors.ts';

/** A registered session and the key that opens it. */
export interface OwnSession {
  readonly session: number;
  readonly privateKey: KeyObject;
}

const OWN = { ackLevel: AckLevel.journaled, graceMs: 2000, ordersPerSecond: 0, createdBy: 'platform' } as const;

/** The administrator's session of the platform process. */
export async function platformSession(store: Store, keysFolder: string): Promise<OwnSession> {
  return own(store, keysFolder, 'platform', {
    participant: -1,
    accounts: 'all',
    role: 'administrator',
    cancelOnDisconnect: false,
  });
}

/** The session that a recording is entered through: its orders go when it goes, and it changes its markets' states. */
export async function recordingSession(store: Store, keysFolder: string): Promise<OwnSession> {
  return own(store, keysFolder, 'recording', {
    participant: -1,
    accounts: 'all',
    role: 'administrator',
    cancelOnDisconnect: true,
  });
}

/** A session of the simulation, whose orders go when it goes. */
export async function simulatedSession(
  store: Store,
  keysFolder: string,
  name: string,
  participant: number,
  accounts: readonly number[],
): Promise<OwnSession> {
  return own(store, keysFolder, name, { participant, accounts, role: 'trader', cancelOnDisconnect: true });
}

type Terms = Pick<NewSession, 'participant' | 'accounts' | 'role' | 'cancelOnDisconnect'>;

async function own(store: Store, keysFolder: string, name: string, terms: Terms): Promise<OwnSession> {
  const privateKey = keyOf(keysFolder, name);
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  if (x === undefined) throw new CodedError(APP_ERRORS.APP_KEY_UNUSABLE, name);
  const publicKey = new Uint8Array(Buffer.from(x, 'base64url'));
  const { session } = await ensureSession(store, { ...OWN, ...terms, name, publicKey });
  return { session, privateKey };
}

function keyOf(folder: string, name: string): KeyObject {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.pem`);
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync('ed25519');
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    return privateKey;
  }
  try {
    return createPrivateKey(readFileSync(file));
  } catch (error) {
    throw new CodedError(APP_ERRORS.APP_KEY_UNUSABLE, file, { cause: error });
  }
}
