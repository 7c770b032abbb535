/**
 * `nautilus session`: the order-entry sessions of a platform. A private key is written into a file of its user alone and
 * never printed; the platform keeps the public half.
 */
import { generateKeyPairSync } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CodedError } from '#kit/errors.ts';
import { AckLevel } from '#kit/ports/journal.ts';
import {
  createSession,
  listSessions,
  revokeSession,
  type NewSession,
  type RegisteredSession,
} from '#store/sessions.ts';
import { CLI_ERRORS } from './errors.ts';
import { operatorName, record, withStore } from './local-store.ts';
import { accountsText, momentText, table, type Result } from './output.ts';

export type SessionTerms = Omit<NewSession, 'publicKey' | 'createdBy'> & {
  /** Where the private key goes; a file that does not exist yet. */
  readonly keyFile: string;
};

/** Registers a session under a new key. Throws CLI_KEY_FILE, CLI_NAME_TAKEN. */
export async function makeSession(dataFolder: string, { keyFile, ...terms }: SessionTerms): Promise<Result> {
  return withStore(dataFolder, async (store) => {
    const publicKey = writeKey(keyFile);
    const made = await createSession(store, { ...terms, publicKey, createdBy: operatorName() });
    if (made === undefined) {
      rmSync(keyFile);
      throw new CodedError(CLI_ERRORS.CLI_NAME_TAKEN, terms.name);
    }
    const { name, participant, role } = made;
    await record(store, {
      act: 'session.create',
      target: `session ${made.session}`,
      detail: { name, participant, role },
    });
    return {
      json: { session: present(made), keyFile: resolve(keyFile) },
      lines: [
        `Session ${made.session} "${name}" is registered.`,
        `Its private key is in ${keyFile}; there is no other copy.`,
        'Log in as docs/protocols/binary.md describes.',
      ],
    };
  });
}

export async function sessionList(dataFolder: string): Promise<Result> {
  return withStore(dataFolder, async (store) => {
    const sessions = await listSessions(store);
    const rows = sessions.map((session) => [
      session.session,
      session.name,
      session.role,
      session.participant,
      accountsText(session.accounts),
      ackName(session.ackLevel),
      session.revokedMicros === null ? 'active' : `revoked ${momentText(session.revokedMicros)}`,
    ]);
    return {
      json: { sessions: sessions.map(present) },
      lines: table(['ID', 'NAME', 'ROLE', 'PARTICIPANT', 'ACCOUNTS', 'ACK LEVEL', 'STATE'], rows),
    };
  });
}

/** Refuses the session at its next login. Throws CLI_NOT_FOUND. */
export async function endSession(dataFolder: string, session: number): Promise<Result> {
  return withStore(dataFolder, async (store) => {
    const before = (await listSessions(store)).find((known) => known.session === session);
    if (before === undefined || before.revokedMicros !== null) {
      throw new CodedError(CLI_ERRORS.CLI_NOT_FOUND, `session ${session} that is not revoked`);
    }
    await revokeSession(store, session);
    await record(store, { act: 'session.revoke', target: `session ${session}`, detail: { name: before.name } });
    return {
      json: { revoked: session },
      lines: [
        `Session ${session} "${before.name}" is refused from its next login on.`,
        'A connection it has now is ended by revoking it in the console or through the API.',
      ],
    };
  });
}

/** Writes a new private key where no file is, readable by its owner; gives the raw public key. */
function writeKey(file: string): Uint8Array {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  try {
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw new CodedError(CLI_ERRORS.CLI_KEY_FILE, error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
  return new Uint8Array(Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'));
}

function present({ publicKey, ackLevel, ...session }: RegisteredSession): object {
  return { ...session, publicKey: Buffer.from(publicKey).toString('base64'), ackLevel: ackName(ackLevel) };
}

function ackName(level: AckLevel): string {
  return Object.entries(AckLevel).find(([, value]) => value === level)?.[0] ?? String(level);
}
