/**
 * A session directory in a JSON file, for a node without a database (benchmarks, a single desk). Read again when the
 * file changes. Holds public keys only.
 */
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { CodedError } from '#kit/errors.ts';
import { AckLevel } from '#kit/ports/journal.ts';
import { SESSION_ID_MAX } from '#kit/ports/sessions.ts';
import type { SessionDirectory, SessionRecord } from '#kit/ports/sessions.ts';
import { EDGE_ERRORS } from './errors.ts';

const PUBLIC_KEY_BYTES = 32;

const entry = z.strictObject({
  session: z.number().int().min(1).max(SESSION_ID_MAX),
  participant: z.number().int().min(-1),
  accounts: z.union([z.literal('all'), z.array(z.number().int().nonnegative())]),
  role: z.enum(['trader', 'administrator']).default('trader'),
  /** Raw Ed25519 public key, base64url. */
  publicKey: z.string(),
  ackLevel: z.enum(['journaled', 'durable']).default('journaled'),
  cancelOnDisconnect: z.boolean().default(false),
  graceMs: z.number().int().nonnegative().default(0),
  ordersPerSecond: z.number().int().nonnegative().default(0),
  enabled: z.boolean().default(true),
});

/** Opens the file. Throws EDGE_CONFIGURATION_BAD, or EDGE_KEY_UNUSABLE for a key of the wrong length. */
export function sessionFile(file: string): SessionDirectory {
  let readAt = -1;
  let records: ReadonlyMap<number, SessionRecord> = new Map();
  const refresh = (): ReadonlyMap<number, SessionRecord> => {
    const { mtimeMs } = statSync(file);
    if (mtimeMs !== readAt) {
      records = readSessionFile(file);
      readAt = mtimeMs;
    }
    return records;
  };
  refresh();
  return {
    find: async (session) => refresh().get(session),
    list: async () => [...refresh().values()].toSorted((a, b) => a.session - b.session),
  };
}

function readSessionFile(file: string): Map<number, SessionRecord> {
  const parsed = z.array(entry).safeParse(readJson(file));
  if (!parsed.success) {
    const mistakes = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new CodedError(EDGE_ERRORS.EDGE_CONFIGURATION_BAD, `${file}: ${mistakes.join('; ')}`);
  }
  const records = new Map<number, SessionRecord>();
  for (const { ackLevel, publicKey, ...rest } of parsed.data) {
    const key = Buffer.from(publicKey, 'base64url');
    if (key.length !== PUBLIC_KEY_BYTES) {
      const finding = `session ${rest.session} has a public key of ${key.length} bytes, not ${PUBLIC_KEY_BYTES}`;
      throw new CodedError(EDGE_ERRORS.EDGE_KEY_UNUSABLE, `${file}: ${finding}`);
    }
    records.set(rest.session, { ...rest, publicKey: key, ackLevel: AckLevel[ackLevel] });
  }
  return records;
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new CodedError(EDGE_ERRORS.EDGE_CONFIGURATION_BAD, `${file}: ${cause}`, { cause: error });
  }
}
