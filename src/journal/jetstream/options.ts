/**
 * What a member must know to use a shard's replicated journal, with its limits and their relations. Checked once.
 */
import type { KeyObject } from 'node:crypto';
import type { Clock } from '#kit/clock.ts';
import { CodedError } from '#kit/errors.ts';
import { STREAM_ERRORS } from './errors.ts';
import type { MemberKeys } from './openings.ts';

export const LeaderPlacement = { away: 'away', near: 'near' } as const;
export type LeaderPlacement = (typeof LeaderPlacement)[keyof typeof LeaderPlacement];

export const StreamProfile = { production: 'production', development: 'development' } as const;
export type StreamProfile = (typeof StreamProfile)[keyof typeof StreamProfile];

/** How a connection proves who it is. */
export type Credentials = { user: string; password: string } | { nkeySeed: string } | 'none';

export interface StreamTls {
  /** PEM texts. The certificate and key are the member's own, where servers ask for one. */
  authority: string;
  certificate?: string;
  key?: string;
}

export interface JetStreamOptions {
  /** Name of the shard: lower-case letters, digits and hyphens. */
  shard: string;
  /** Name of this member in the topology. */
  member: string;
  /** The member's private Ed25519 key, with which it signs the epochs it opens. */
  signingKey: KeyObject;
  /** Who may lead the shard. */
  members: MemberKeys;
  /** Addresses of the servers, the nearest first. */
  servers: readonly string[];
  /** Failure domain (provider) of each server, by server name. */
  domains: Readonly<Record<string, string>>;
  /** Failure domain of this member. */
  homeDomain: string;
  /** Folder of the local mirror and of the member's own segments; of one process at a time. */
  folder: string;
  clock: Clock;
  fillRandom: (bytes: Uint8Array) => void;
  /** Takes one line for people. */
  log: (line: string) => void;
  credentials: Credentials;
  /** Reads the servers' settings, in their system account; without it they cannot be verified. */
  systemCredentials?: Credentials;
  tls?: StreamTls;
  /** @default production */
  profile?: StreamProfile;
  /** Keep the stream's leader out of this member's failure domain, or in it. @default away */
  leaderPlacement?: LeaderPlacement;
  /** @default 3 */
  replicas?: number;
  /** Bytes appended and not yet replicated, at which appends are refused. @default 64 MiB */
  backlogBytesMax?: number;
  /** Messages sent and not yet acknowledged; entries that come meanwhile travel together. @default 32 */
  messagesInFlightMax?: number;
  /** After which an append without answer is looked for in the stream, in milliseconds. @default 2000 */
  ackTimeoutMs?: number;
}

/**
 * Most messages any leader may have in flight, and how many entries a new epoch lays before it begins: whatever an old
 * leader still has under way expects an end of the stream that lies behind. Part of the format; may never be lowered.
 */
export const IN_FLIGHT_MAX = 64;
export const REPLICATED_COPIES_MIN = 3;

export type CompiledOptions = Required<Omit<JetStreamOptions, 'tls' | 'systemCredentials'>> &
  Pick<JetStreamOptions, 'tls' | 'systemCredentials'> & {
    readonly stream: string;
    readonly subjects: Readonly<Record<'genesis' | 'epoch' | 'entry', string>>;
    readonly bucket: string;
  };

const SHARD = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** Checks the options and fills in what was left out. Throws JOURNAL_STREAM_OPTIONS. */
export function compileOptions(options: JetStreamOptions): CompiledOptions {
  const { shard, messagesInFlightMax = 32, replicas = REPLICATED_COPIES_MIN } = options;
  if (!SHARD.test(shard)) refuse(`shard ${shard} is not lower-case letters, digits and hyphens`);
  if (options.servers.length === 0) refuse('servers is empty');
  if (!options.members.has(options.member)) refuse(`members has no key of ${options.member}`);
  if (options.signingKey.asymmetricKeyType !== 'ed25519') refuse('signingKey is not an Ed25519 key');
  if (!(messagesInFlightMax >= 1 && messagesInFlightMax <= IN_FLIGHT_MAX)) {
    refuse(`messagesInFlightMax is not between 1 and ${IN_FLIGHT_MAX}`);
  }
  return {
    ...options,
    profile: options.profile ?? StreamProfile.production,
    leaderPlacement: options.leaderPlacement ?? LeaderPlacement.away,
    replicas,
    backlogBytesMax: options.backlogBytesMax ?? 64 << 20,
    messagesInFlightMax,
    ackTimeoutMs: options.ackTimeoutMs ?? 2000,
    ...streamNames(shard),
  };
}

function refuse(what: string): never {
  throw new CodedError(STREAM_ERRORS.JOURNAL_STREAM_OPTIONS, what);
}

/** What a shard's things are called on the servers. */
export function streamNames(shard: string): Pick<CompiledOptions, 'stream' | 'subjects' | 'bucket'> {
  const subject = `journal.${shard}`;
  return {
    stream: `journal-${shard}`,
    subjects: { genesis: `${subject}.genesis`, epoch: `${subject}.epoch`, entry: `${subject}.entry` },
    bucket: `snapshots-${shard}`,
  };
}
