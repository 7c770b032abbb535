/**
 * Follows a shard's stream into the member's mirror, message by message in the stream's order.
 * Knows nothing of leadership: what it has seen is what every member sees.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { DeliverPolicy, jetstream } from '@nats-io/jetstream';
import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import { CodedError } from '#kit/errors.ts';
import { invariant } from '#kit/invariant.ts';
import { JOURNAL_ERRORS, describeCause } from '../errors.ts';
import { viewRecord } from './entries.ts';
import { STREAM_ERRORS } from './errors.ts';
import type { StreamLink } from './link.ts';
import type { Mirror } from './mirror.ts';
import { StreamOrder, SubjectKind } from './order.ts';
import type { OrderProblem, OrderState } from './order.ts';

/** How many messages are asked of the servers ahead of need; by bytes, servers refuse those that fit no remainder. */
const FETCH_MESSAGES = 256;
const FETCH_EXPIRES_MS = 5000;
const RESTART_MS = 100;
const STANDSTILL_MS = 1500;
const WAITERS_MAX = 64;

interface Waiter {
  streamSequence: number;
  resolve: () => void;
  reject: (error: Error) => void;
}

export class Follower {
  private readonly link: StreamLink;
  private readonly mirror: Mirror;
  private readonly order: StreamOrder;
  private readonly onFault: (fault: Error) => void;
  private readonly waiters: Waiter[] = [];
  private messages: ConsumerMessages | undefined;
  private isFollowing = false;
  /** Counts starts and stops: what an earlier run still delivers is not taken. */
  private run = 0;
  private watch: NodeJS.Timeout | undefined;
  private seenAtLastLook = 0;
  private fault: Error | undefined;
  /** Messages that changed nothing: late entries of old leaders, forged openings, damaged bytes. */
  dropped = 0;

  constructor(link: StreamLink, mirror: Mirror, onFault: (fault: Error) => void) {
    const { shard, members, log } = link.options;
    this.link = link;
    this.mirror = mirror;
    this.onFault = onFault;
    this.order = new StreamOrder(
      shard,
      members,
      {
        onRecord: (words, at) => this.store(words, at),
        onOpening: ({ epoch, member }) => log(`epoch ${epoch} of ${shard} is opened by ${member}`),
        onDropped: (streamSequence, why) => {
          this.dropped++;
          log(`message ${streamSequence} of ${shard} changes nothing: ${why}`);
        },
      },
      structuredClone(mirror.start),
    );
    mirror.follow(this.order.state);
  }

  get state(): OrderState {
    return this.order.state;
  }

  /** Follows from the message after the last one seen. */
  start(): void {
    if (this.isFollowing || this.fault !== undefined) return;
    this.isFollowing = true;
    this.run++;
    this.watch = setInterval(() => this.lookForStandstill(), STANDSTILL_MS).unref();
    void this.follow();
  }

  stop(): void {
    this.isFollowing = false;
    this.run++;
    clearInterval(this.watch);
    this.messages?.stop();
    this.messages = undefined;
  }

  /** Takes a message that is known to be in the stream without reading it from there. Only while it does not follow. */
  take(streamSequence: number, payload: Uint8Array): void {
    invariant(!this.isFollowing, 'journal.stream-taken-while-following', streamSequence);
    this.accept(SubjectKind.entry, streamSequence, payload);
  }

  /** Resolves when every message up to `streamSequence` was seen. Rejects when that takes too long or cannot be. */
  async reached(streamSequence: number, timeoutMs: number): Promise<void> {
    if (this.fault !== undefined) throw this.fault;
    if (this.state.streamSequence >= streamSequence) return;
    invariant(this.waiters.length < WAITERS_MAX, 'journal.stream-waiters', this.waiters.length);
    await new Promise<void>((resolve, reject) => {
      const settle = (finish: () => void): void => {
        clearTimeout(timer);
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
        finish();
      };
      const waiter: Waiter = {
        streamSequence,
        resolve: () => settle(resolve),
        reject: (error) => settle(() => reject(error)),
      };
      const timer = setTimeout(() => waiter.reject(this.late(streamSequence)), timeoutMs);
      this.waiters.push(waiter);
    });
  }

  private async follow(): Promise<void> {
    const { connection, options } = this.link;
    const { run } = this;
    while (this.run === run) {
      try {
        const consumer = await jetstream(connection).consumers.get(options.stream, {
          deliver_policy: DeliverPolicy.StartSequence,
          opt_start_seq: this.state.streamSequence + 1,
        });
        if (this.run !== run) return;
        const messages = await consumer.consume({
          max_messages: FETCH_MESSAGES,
          expires: FETCH_EXPIRES_MS,
          callback: (message) => {
            if (this.run === run) this.hear(message);
          },
        });
        this.messages = messages;
        if (this.run !== run) return messages.stop();
        await messages.closed();
      } catch (error) {
        if (connection.isClosed()) return;
        options.log(`the stream of ${options.shard} cannot be followed: ${describeCause(error)}`);
      }
      await pause(RESTART_MS);
    }
  }

  /** Somebody waits and nothing comes: the consumer may have gone with the server that had it. A new one is made. */
  private lookForStandstill(): void {
    const { streamSequence } = this.state;
    if (this.waiters.length > 0 && streamSequence === this.seenAtLastLook) this.messages?.stop();
    this.seenAtLastLook = streamSequence;
  }

  private hear(message: JsMsg): void {
    // A consumer that begins anew may repeat what was seen.
    if (message.seq <= this.state.streamSequence) return;
    const kind = kindOf(message.subject);
    if (kind !== undefined) this.accept(kind, message.seq, message.data);
  }

  private accept(kind: SubjectKind, streamSequence: number, payload: Uint8Array): void {
    if (this.fault !== undefined) return;
    try {
      const problem = this.order.take(kind, streamSequence, payload);
      if (problem !== undefined) throw this.asError(problem, streamSequence);
    } catch (error) {
      return this.fail(error instanceof Error ? error : new Error(String(error)));
    }
    for (const waiter of this.waiters.filter((one) => one.streamSequence <= streamSequence)) waiter.resolve();
  }

  private store(words: Int32Array, at: number): void {
    const fault = this.mirror.add(words, viewRecord(words, at));
    if (fault !== undefined) throw new CodedError(JOURNAL_ERRORS.JOURNAL_WRITE_FAILED, fault.message);
  }

  private fail(error: Error): void {
    this.fault = error;
    this.stop();
    for (const waiter of this.waiters.slice()) waiter.reject(error);
    this.onFault(error);
  }

  private asError({ kind, finding }: OrderProblem, streamSequence: number): CodedError {
    const place = `message ${streamSequence} of ${this.link.options.stream}: ${finding}`;
    if (kind === 'foreign') return new CodedError(STREAM_ERRORS.JOURNAL_STREAM_FOREIGN, place);
    return new CodedError(
      kind === 'gone' ? JOURNAL_ERRORS.JOURNAL_SEQUENCE_GONE : JOURNAL_ERRORS.JOURNAL_CORRUPT,
      place,
    );
  }

  private late(streamSequence: number): CodedError {
    const detail = `${this.link.options.stream} up to message ${streamSequence}; at ${this.state.streamSequence}`;
    return new CodedError(STREAM_ERRORS.JOURNAL_STREAM_UNREACHABLE, detail);
  }
}

function kindOf(subject: string): SubjectKind | undefined {
  const last = subject.slice(subject.lastIndexOf('.') + 1);
  return Object.values(SubjectKind).find((kind) => kind === last);
}
