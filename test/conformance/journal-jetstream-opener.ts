/**
 * Opens JetStream journals for the contract's tests and their child processes. A place is a JSON text: servers, shard,
 * and a folder in which every opening gets a member's folder of its own.
 */
import { createPrivateKey, createPublicKey, randomBytes, randomFillSync } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { createSystemClock } from '#kit/clock.ts';
import { AckLevel } from '#kit/ports/journal.ts';
import { JetStreamJournal } from '#journal/jetstream/jetstream-journal.ts';
import type { JetStreamOptions } from '#journal/jetstream/options.ts';
import type { JournalOpener } from './journal-driver.ts';

export interface StreamPlace {
  servers: string[];
  domains: Record<string, string>;
  shard: string;
  folder: string;
  /** Private key that all members of the test share, PEM. */
  key: string;
}

/** Options for one more member's process at a place. */
export function memberOptions(place: StreamPlace): JetStreamOptions {
  const signingKey = createPrivateKey(place.key);
  return {
    shard: place.shard,
    member: 'member',
    signingKey,
    members: new Map([['member', createPublicKey(signingKey)]]),
    servers: place.servers,
    domains: place.domains,
    homeDomain: 'elsewhere',
    folder: mkdtempSync(join(place.folder, 'member-')),
    clock: createSystemClock(),
    fillRandom: (bytes) => randomFillSync(bytes),
    log: () => {},
    credentials: 'none',
    profile: 'development',
    backlogBytesMax: 4 << 20,
    ackTimeoutMs: 1000,
  };
}

/** A shard's name that was not there before. */
export function newShard(): string {
  return `shard-${randomBytes(6).toString('hex')}`;
}

export const opener: JournalOpener = {
  decidedAt: AckLevel.replicated,
  levels: [AckLevel.journaled, AckLevel.durable, AckLevel.replicated],
  open: (place) => JetStreamJournal.open(memberOptions(JSON.parse(place) as StreamPlace)),
};
