/**
 * A member's connection to the servers of one shard: conditional publishing, reading single messages back, facts about
 * the stream. Says how each call ended; decides nothing.
 */
import { connect } from '@nats-io/transport-node';
import type { ConnectionOptions, Msg, MsgHdrs, NatsConnection } from '@nats-io/transport-node';
import { AuthorizationError, headers, nkeyAuthenticator, nuid } from '@nats-io/nats-core';
import { CodedError } from '#kit/errors.ts';
import { describeCause } from '../errors.ts';
import { STREAM_ERRORS } from './errors.ts';
import type { CompiledOptions, Credentials, StreamTls } from './options.ts';

/** How a conditional publish ended. `unknown`: it may or may not be stored, now or later. */
export type Published =
  | { kind: 'stored'; streamSequence: number }
  | { kind: 'mismatch' }
  | { kind: 'unknown'; why: string };

export interface StoredMessage {
  streamSequence: number;
  subject: string;
  payload: Uint8Array;
}

export interface StreamFacts {
  created: string;
  firstSequence: number;
  lastSequence: number;
  replicas: number;
  /** Name of the server that leads the stream; empty during an election. */
  leader: string;
  /** Names of the other servers that hold it. */
  followers: string[];
  isFileStorage: boolean;
}

/** Condition that a message is the next of its whole stream, or of its subject. */
export const Expect = {
  streamEnd: 'Nats-Expected-Last-Sequence',
  subjectEnd: 'Nats-Expected-Last-Subject-Sequence',
} as const;

const WRONG_LAST_SEQUENCE = 10_071;
const MESSAGE_NOT_FOUND = 10_037;
const STREAM_NOT_FOUND = 10_059;
const REQUEST_TIMEOUT_MS = 2000;
const CONNECT_TIMEOUT_MS = 5000;
/** A server that does not answer two of these is given up for another. */
const PING_INTERVAL_MS = 2000;
const PING_OUT_MAX = 2;
const RECONNECT_WAIT_MS = 100;
/** Calls without an answer, one after the other, after which another server is tried. */
const UNANSWERED_MAX = 3;
const CHANGE_MS_MIN = 3000;

interface ApiError {
  code: number;
  err_code?: number;
  description?: string;
}

/** An answer of the servers that is an error of theirs. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly errorCode: number;

  constructor({ code, err_code: errorCode = 0, description = '' }: ApiError) {
    super(`${description} (${code}/${errorCode})`);
    this.errorCode = errorCode;
  }

  get isStreamMissing(): boolean {
    return this.errorCode === STREAM_NOT_FOUND;
  }
}

export class StreamLink {
  readonly connection: NatsConnection;
  readonly options: CompiledOptions;
  private unansweredInARow = 0;
  private changedMillis = 0;

  private constructor(connection: NatsConnection, options: CompiledOptions) {
    this.connection = connection;
    this.options = options;
  }

  /** Connects. Rejects with JOURNAL_STREAM_REFUSED or JOURNAL_STREAM_UNREACHABLE. */
  static async open(options: CompiledOptions): Promise<StreamLink> {
    return new StreamLink(await connectTo(options, options.credentials), options);
  }

  /** Publishes on condition, and waits for the answer. */
  async publish(kind: 'genesis' | 'epoch' | 'entry', payload: Uint8Array, expected: MsgHdrs): Promise<Published> {
    try {
      const answer = await this.connection.request(this.options.subjects[kind], payload, {
        headers: expected,
        timeout: REQUEST_TIMEOUT_MS,
      });
      return readAck(answer.data);
    } catch (error) {
      return { kind: 'unknown', why: describeCause(error) };
    }
  }

  /** The message at a stream sequence as the stream's leader has it; undefined when it has none there. Rejects when nobody answers. */
  async messageAt(streamSequence: number): Promise<StoredMessage | undefined> {
    return this.message({ seq: streamSequence });
  }

  /** The last message of a subject. */
  async lastOf(kind: 'genesis' | 'epoch' | 'entry'): Promise<StoredMessage | undefined> {
    return this.message({ last_by_subj: this.options.subjects[kind] });
  }

  /** The first entry at or after a stream sequence. */
  async nextEntryFrom(streamSequence: number): Promise<StoredMessage | undefined> {
    return this.message({ seq: streamSequence, next_by_subj: this.options.subjects.entry });
  }

  async facts(): Promise<StreamFacts> {
    const info = (await this.request(`STREAM.INFO.${this.options.stream}`)) as {
      created: string;
      config: { num_replicas: number; storage: string };
      state: { first_seq: number; last_seq: number };
      cluster?: { leader?: string; replicas?: { name: string }[] };
    };
    return {
      created: info.created,
      firstSequence: info.state.first_seq,
      lastSequence: info.state.last_seq,
      replicas: info.config.num_replicas,
      leader: info.cluster?.leader ?? '',
      followers: (info.cluster?.replicas ?? []).map(({ name }) => name),
      isFileStorage: info.config.storage === 'file',
    };
  }

  /** Whether a stream of this name exists. */
  async hasStream(name: string): Promise<boolean> {
    try {
      await this.request(`STREAM.INFO.${name}`);
      return true;
    } catch (error) {
      if (error instanceof ApiFailure && error.isStreamMissing) return false;
      throw error;
    }
  }

  /** Calls JetStream's API. Rejects with ApiFailure, or with the client's error when nobody answers. */
  async request(subject: string, body?: object): Promise<object> {
    const payload = body === undefined ? '' : JSON.stringify(body);
    let answer: Msg;
    try {
      answer = await this.connection.request(`$JS.API.${subject}`, payload, { timeout: REQUEST_TIMEOUT_MS });
      this.unansweredInARow = 0;
    } catch (error) {
      this.changeServer();
      throw error;
    }
    const value = answer.json<object & { error?: ApiError }>();
    if (value.error !== undefined) throw new ApiFailure(value.error);
    return value;
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  /** A server that is cut off from the others still answers pings: nobody answers through it, and another one may do. */
  private changeServer(): void {
    const isTooSoon = performance.now() - this.changedMillis < CHANGE_MS_MIN;
    if (++this.unansweredInARow < UNANSWERED_MAX || isTooSoon || this.connection.isClosed()) return;
    this.unansweredInARow = 0;
    this.changedMillis = performance.now();
    this.options.log(`nobody answers through ${this.connection.getServer()}: another server is tried`);
    this.connection.reconnect().catch(() => {
      // It is reconnecting already.
    });
  }

  private async message(query: object): Promise<StoredMessage | undefined> {
    try {
      const { message } = (await this.request(`STREAM.MSG.GET.${this.options.stream}`, query)) as {
        message: { subject: string; seq: number; data?: string };
      };
      const payload = new Uint8Array(Buffer.from(message.data ?? '', 'base64'));
      return { streamSequence: message.seq, subject: message.subject, payload };
    } catch (error) {
      if (error instanceof ApiFailure && error.errorCode === MESSAGE_NOT_FOUND) return undefined;
      throw error;
    }
  }
}

/** Reads the answer to a publish. */
export function readAck(data: Uint8Array): Published {
  if (data.length === 0) return { kind: 'unknown', why: 'no server leads the stream' };
  const answer = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.length).toString()) as {
    seq?: number;
    error?: ApiError;
  };
  if (answer.error?.err_code === WRONG_LAST_SEQUENCE) return { kind: 'mismatch' };
  if (answer.error !== undefined) return { kind: 'unknown', why: new ApiFailure(answer.error).message };
  return { kind: 'stored', streamSequence: answer.seq ?? 0 };
}

export function expecting(condition: (typeof Expect)[keyof typeof Expect], sequence: number): MsgHdrs {
  const expected = headers();
  expected.set(condition, String(sequence));
  return expected;
}

/** Connects with the given credentials. Rejects with JOURNAL_STREAM_REFUSED or JOURNAL_STREAM_UNREACHABLE. */
export async function connectTo(options: CompiledOptions, credentials: Credentials): Promise<NatsConnection> {
  try {
    return await connect(connectionOptions(options, credentials));
  } catch (error) {
    const isRefused = error instanceof AuthorizationError || /authorization/i.test(describeCause(error));
    const kind = isRefused ? STREAM_ERRORS.JOURNAL_STREAM_REFUSED : STREAM_ERRORS.JOURNAL_STREAM_UNREACHABLE;
    throw new CodedError(kind, `${options.servers.join(', ')}: ${describeCause(error)}`, { cause: error });
  }
}

function connectionOptions(options: CompiledOptions, credentials: Credentials): ConnectionOptions {
  const { tls } = options;
  return {
    servers: [...options.servers],
    name: `${options.shard}/${options.member}`,
    inboxPrefix: `_INBOX.${options.member}`,
    noRandomize: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    timeout: CONNECT_TIMEOUT_MS,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: PING_OUT_MAX,
    ignoreAuthErrorAbort: true,
    ...authentication(credentials),
    ...(tls === undefined ? {} : { tls: { ca: tls.authority, ...memberCertificate(tls) } }),
  };
}

function memberCertificate({ certificate, key }: StreamTls): { cert?: string; key?: string } {
  return certificate === undefined || key === undefined ? {} : { cert: certificate, key };
}

function authentication(credentials: Credentials): ConnectionOptions {
  if (credentials === 'none') return {};
  if ('nkeySeed' in credentials) {
    return { authenticator: nkeyAuthenticator(new TextEncoder().encode(credentials.nkeySeed)) };
  }
  return { user: credentials.user, pass: credentials.password };
}

/** A subject nobody else listens to. */
export function privateInbox(options: CompiledOptions): string {
  return `_INBOX.${options.member}.${nuid.next()}`;
}
