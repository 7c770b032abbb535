/**
 * The replicated journal as a node's options name it: checks what the file says, reads the keys, opens the journal.
 * Secrets are named by file, never written into the options.
 */
import { createPrivateKey, createPublicKey, randomFillSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CodedError } from '#kit/errors.ts';
import type { Clock } from '#kit/clock.ts';
import { JetStreamJournal } from '#journal/jetstream/jetstream-journal.ts';
import type { Credentials } from '#journal/jetstream/options.ts';
import { EDGE_ERRORS } from './errors.ts';

const name = z.string().min(1);
/** `nkeySeedFile`: the user's NATS seed; `none` only where servers ask for nothing, as on a laptop. */
const credentials = z.union([z.literal('none'), z.strictObject({ nkeySeedFile: name })]);

export const streamJournalSchema = z.strictObject({
  kind: z.literal('jetstream'),
  shard: name,
  /** This member's name in the topology. */
  member: name,
  /** PEM file of the member's private Ed25519 key. */
  signingKeyFile: name,
  /** PEM file of the public key of each member that may lead the shard, by name. */
  memberKeyFiles: z.record(name, name),
  /** Addresses of the servers, the nearest first. */
  servers: z.array(name).min(1),
  /** Provider of each server, by server name. */
  domains: z.record(name, name),
  homeDomain: name,
  credentials,
  /** Of the system account, to verify the servers' settings; required in production. */
  systemCredentials: credentials.optional(),
  tls: z.strictObject({ authorityFile: name, certificateFile: name.optional(), keyFile: name.optional() }).optional(),
  profile: z.enum(['production', 'development']).default('production'),
  leaderPlacement: z.enum(['away', 'near']).default('away'),
  replicas: z.number().int().min(1).max(5).default(3),
});
export type StreamJournalOptions = z.output<typeof streamJournalSchema>;

/** Opens the journal. Rejects with EDGE_KEY_UNUSABLE for a key that cannot be read, or with the journal's coded error. */
export async function openStreamJournal(
  options: StreamJournalOptions,
  dataFolder: string,
  clock: Clock,
  log: (line: string) => void,
): Promise<JetStreamJournal> {
  const { kind: _kind, signingKeyFile, memberKeyFiles, tls, systemCredentials, ...rest } = options;
  const members = Object.entries(memberKeyFiles).map(([member, file]): [string, KeyObject] => [
    member,
    keyOf(file, createPublicKey),
  ]);
  return JetStreamJournal.open({
    ...rest,
    signingKey: keyOf(signingKeyFile, createPrivateKey),
    members: new Map(members),
    folder: join(dataFolder, 'stream'),
    clock,
    fillRandom: (bytes) => void randomFillSync(bytes),
    log,
    credentials: readCredentials(rest.credentials),
    ...(systemCredentials === undefined ? {} : { systemCredentials: readCredentials(systemCredentials) }),
    ...(tls === undefined ? {} : { tls: readTls(tls) }),
  });
}

function readCredentials(given: z.output<typeof credentials>): Credentials {
  return given === 'none' ? 'none' : { nkeySeed: read(given.nkeySeedFile).trim() };
}

function readTls({ authorityFile, certificateFile, keyFile }: NonNullable<StreamJournalOptions['tls']>): {
  authority: string;
  certificate?: string;
  key?: string;
} {
  const authority = read(authorityFile);
  if (certificateFile === undefined || keyFile === undefined) return { authority };
  return { authority, certificate: read(certificateFile), key: read(keyFile) };
}

function keyOf(file: string, parse: (pem: string) => KeyObject): KeyObject {
  const pem = read(file);
  try {
    return parse(pem);
  } catch (error) {
    throw unusable(file, error);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unusable(file, error);
  }
}

function unusable(file: string, error: unknown): CodedError {
  const why = error instanceof Error ? error.message : String(error);
  return new CodedError(EDGE_ERRORS.EDGE_KEY_UNUSABLE, `${file}: ${why}`, { cause: error });
}
