/**
 * Sends a leader's entries to the stream, many under way at once, each on the condition that it becomes the very message
 * it was made for. An entry is offered at one place in the stream and never at another: somebody else's entry there ends
 * the leadership; an append without an answer is looked for at its place, and offered there again when nothing is.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Msg, Subscription } from '@nats-io/transport-node';
import { invariant } from '#kit/invariant.ts';
import type { JournalFault } from '#kit/ports/journal.ts';
import { describeCause } from '../errors.ts';
import { joinRecords } from './entries.ts';
import { STREAM_ERRORS, faultOf, fenced } from './errors.ts';
import { Expect, expecting, privateInbox, readAck } from './link.ts';
import type { StreamLink } from './link.ts';

/** Largest payload; a server takes 1 MiB with headers unless it is told otherwise. */
const MESSAGE_BYTES_MAX = (1 << 20) - 4096;
/** A record as long as the sequencer's longest fits, whatever else travels with it. */
export const RECORD_BYTES_MAX = MESSAGE_BYTES_MAX;
const LOOK_MS = 100;
const RETRY_MS = 200;
/** An outage of some hours; then the member gives the shard up. */
const ROUNDS_MAX = 50_000;
/** How often an entry may be refused at its place while nothing is found there: an old stream leader answers late. */
const REFUSED_UNFOUND_MAX = 50;

interface Message {
  streamSequence: number;
  payload: Uint8Array;
  sentMillis: number;
  state: 'sent' | 'stored' | 'refused' | 'doubtful';
  /** 1 for the first time it was sent. */
  attempt: number;
}

export interface PublisherListener {
  /** A message is in the stream, and everything before it; in the stream's order. */
  onStored(streamSequence: number, payload: Uint8Array): void;
  /** All that was stored of late has been told. */
  onSettled(): void;
  /** The servers do not take entries for the moment, or the leadership is over. */
  onFault(fault: JournalFault): void;
}

export class Publisher {
  /** Set while entries are not taken; for ever once `fenced`. */
  fault: JournalFault | undefined;
  /** How often appends had to be looked for. */
  doubts = 0;

  private readonly link: StreamLink;
  private readonly listener: PublisherListener;
  private readonly inbox: string;
  private readonly subscription: Subscription;
  private readonly timer: NodeJS.Timeout;
  private readonly inFlight: Message[] = [];
  private readonly backlog: Int32Array[] = [];
  private backlogBytes = 0;
  private inFlightBytes = 0;
  private nextStreamSequence: number;
  private isResolving = false;
  private isBehind = false;
  private isStopped = false;
  private drained: (() => void) | undefined;

  /** @param lastStreamSequence the present end of the stream, which belongs to this leader's epoch */
  constructor(link: StreamLink, lastStreamSequence: number, listener: PublisherListener) {
    this.link = link;
    this.listener = listener;
    this.nextStreamSequence = lastStreamSequence + 1;
    this.inbox = privateInbox(link.options);
    this.subscription = link.connection.subscribe(`${this.inbox}.*.*`, {
      callback: (error, message) => {
        if (error === null) this.hear(message);
      },
    });
    this.timer = setInterval(() => this.look(), LOOK_MS);
    void this.watchConnection();
  }

  /** Bytes appended and not yet in the stream. */
  get pendingBytes(): number {
    return this.backlogBytes + this.inFlightBytes;
  }

  /** Why nothing can be taken now. */
  refusal(): JournalFault | undefined {
    if (this.fault !== undefined) return this.fault;
    const { backlogBytesMax } = this.link.options;
    // Below half of it again before the next is taken, or it would be told at every turn.
    if (this.pendingBytes >= (this.isBehind ? backlogBytesMax / 2 : backlogBytesMax)) {
      this.isBehind = true;
      return faultOf('storage', STREAM_ERRORS.JOURNAL_STREAM_BEHIND, `${this.pendingBytes} bytes wait`);
    }
    this.isBehind = false;
    return undefined;
  }

  offer(record: Int32Array): void {
    this.backlog.push(record);
    this.backlogBytes += record.byteLength;
    this.pump();
  }

  /** Resolves when everything offered is in the stream, or the time is over, or the leadership is. */
  async drain(timeoutMs: number): Promise<void> {
    if (this.pendingBytes === 0 || this.isStopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.drained = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  stop(): void {
    this.isStopped = true;
    clearInterval(this.timer);
    this.subscription.unsubscribe();
    this.drained?.();
  }

  /** Ends the leadership: somebody else's epoch is in the stream. */
  fence(why: string): void {
    this.end(fenced(`${why} in ${this.link.options.stream}`));
  }

  private pump(): void {
    if (this.isResolving || this.isStopped) return;
    const { messagesInFlightMax } = this.link.options;
    while (this.inFlight.length < messagesInFlightMax && this.backlog.length > 0) {
      let bytes = 0;
      let count = 0;
      for (; count < this.backlog.length; count++) {
        const { byteLength } = this.backlog[count];
        if (count > 0 && bytes + byteLength > MESSAGE_BYTES_MAX) break;
        bytes += byteLength;
      }
      const payload = joinRecords(this.backlog.splice(0, count));
      this.backlogBytes -= bytes;
      this.inFlightBytes += bytes;
      const streamSequence = this.nextStreamSequence++;
      const message: Message = { streamSequence, payload, sentMillis: 0, state: 'sent', attempt: 0 };
      this.inFlight.push(message);
      this.send(message);
    }
  }

  private send(message: Message): void {
    const { streamSequence, payload } = message;
    message.attempt++;
    message.state = 'sent';
    message.sentMillis = performance.now();
    const { connection, options } = this.link;
    try {
      connection.publish(options.subjects.entry, payload, {
        headers: expecting(Expect.streamEnd, streamSequence - 1),
        reply: `${this.inbox}.${streamSequence}.${message.attempt}`,
      });
    } catch {
      // The connection is closing: nobody will answer.
      message.state = 'doubtful';
    }
  }

  private hear(answer: Msg): void {
    const [sequence, attempt] = answer.subject
      .slice(this.inbox.length + 1)
      .split('.')
      .map(Number);
    const [head] = this.inFlight;
    if (head === undefined || this.isStopped) return;
    const message = this.inFlight[sequence - head.streamSequence];
    if (message === undefined || message.state === 'stored') return;
    const published = readAck(answer.data);
    if (published.kind === 'stored') {
      if (published.streamSequence !== sequence) {
        return this.fence(`message ${sequence} was stored at ${published.streamSequence}`);
      }
      message.state = 'stored';
    } else if (message.attempt === attempt) {
      message.state = published.kind === 'mismatch' ? 'refused' : 'doubtful';
    }
    this.settle();
  }

  /** Takes what is stored off the front, and looks at what is in its way. */
  private settle(): void {
    let hasStored = false;
    while (this.inFlight[0]?.state === 'stored') {
      const [message] = this.inFlight.splice(0, 1);
      this.inFlightBytes -= message.payload.byteLength;
      this.listener.onStored(message.streamSequence, message.payload);
      hasStored = true;
    }
    if (hasStored) this.listener.onSettled();
    if (this.pendingBytes === 0) this.drained?.();
    const [head] = this.inFlight;
    if (this.isStopped || this.isResolving) return;
    if (head?.state === 'refused') return this.fence(`message ${head.streamSequence} is somebody else's`);
    if (head?.state === 'doubtful') void this.resolve('an append was not answered');
    else this.pump();
  }

  private look(): void {
    const [head] = this.inFlight;
    if (head === undefined || this.isResolving) return;
    const isLate = head.state === 'sent' && performance.now() - head.sentMillis > this.link.options.ackTimeoutMs;
    if (isLate) head.state = 'doubtful';
    if (head.state !== 'sent') this.settle();
  }

  private async watchConnection(): Promise<void> {
    for await (const status of this.link.connection.status()) {
      if (this.isStopped) return;
      if (status.type === 'disconnect') void this.resolve('the connection was lost');
    }
  }

  /**
   * Finds out what became of everything under way, and offers again at its own place what is not there. Until that is
   * known nothing new is taken.
   */
  private async resolve(why: string): Promise<void> {
    if (this.isResolving || this.isStopped) return;
    this.isResolving = true;
    this.doubts++;
    this.report(faultOf('storage', STREAM_ERRORS.JOURNAL_STREAM_UNREACHABLE, why));
    let unfound = 0;
    for (let round = 0; !this.isStopped; round++) {
      if (round === ROUNDS_MAX) return this.end(faultOf('fenced', STREAM_ERRORS.JOURNAL_STREAM_UNREACHABLE, why));
      const outcome = await this.resolveOnce();
      if (outcome === 'settled') break;
      unfound = outcome === 'refused-unfound' ? unfound + 1 : 0;
      if (unfound === REFUSED_UNFOUND_MAX) {
        const place = `message ${this.inFlight[0]?.streamSequence}`;
        return this.end(faultOf('fenced', STREAM_ERRORS.JOURNAL_STREAM_SHORT, place));
      }
      await pause(RETRY_MS);
    }
    this.isResolving = false;
    if (this.isStopped) return;
    this.fault = undefined;
    this.listener.onSettled();
    this.pump();
  }

  private async resolveOnce(): Promise<'settled' | 'again' | 'refused-unfound'> {
    const wasRefused = this.inFlight[0]?.state === 'refused';
    const found = await this.readBack();
    if (found === undefined || this.isStopped) return 'again';
    for (const message of this.inFlight.slice()) {
      const there = found.get(message.streamSequence);
      if (there === undefined) break;
      if (Buffer.compare(there, message.payload) !== 0) {
        this.fence(`message ${message.streamSequence} is somebody else's`);
        return 'again';
      }
      message.state = 'stored';
    }
    this.settle();
    if (this.inFlight.length === 0) return 'settled';
    for (const message of this.inFlight) if (message.state !== 'stored') this.send(message);
    await this.answered();
    this.settle();
    if (this.inFlight.length === 0) return 'settled';
    return wasRefused && this.inFlight[0].state === 'refused' ? 'refused-unfound' : 'again';
  }

  /** What the stream has at the places of everything under way; undefined when nobody can say. */
  private async readBack(): Promise<Map<number, Uint8Array> | undefined> {
    const found = new Map<number, Uint8Array>();
    try {
      // An empty list asks all the same whether somebody leads the stream.
      if (this.inFlight.length === 0) await this.link.facts();
      const messages = await Promise.all(this.inFlight.map((one) => this.link.messageAt(one.streamSequence)));
      for (const message of messages) if (message !== undefined) found.set(message.streamSequence, message.payload);
      return found;
    } catch (error) {
      this.report(faultOf('storage', STREAM_ERRORS.JOURNAL_STREAM_UNREACHABLE, describeCause(error)));
      return undefined;
    }
  }

  /** Resolves when everything sent was answered, or is late. */
  private async answered(): Promise<void> {
    const deadline = performance.now() + this.link.options.ackTimeoutMs;
    while (!this.isStopped && performance.now() < deadline && this.inFlight.some(({ state }) => state === 'sent')) {
      await pause(1);
    }
  }

  private report(fault: JournalFault): void {
    const isNew = this.fault === undefined;
    if (this.fault?.kind === 'fenced') return;
    this.fault = fault;
    if (isNew) this.listener.onFault(fault);
  }

  private end(fault: JournalFault): void {
    if (this.fault?.kind === 'fenced') return;
    invariant(fault.kind === 'fenced', 'journal.stream-end', fault.code);
    this.fault = fault;
    this.stop();
    this.listener.onFault(fault);
  }
}
