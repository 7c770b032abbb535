/**
 * The right to append under one epoch of a shard's stream. Each append goes into the member's own segment at once, which
 * gives the levels of this machine, and into the stream, which gives the replicated ones and decides who leads.
 */
import { invariant } from '#kit/invariant.ts';
import { AckLevel } from '#kit/ports/journal.ts';
import type { BatchStamps, JournalFault, Leadership } from '#kit/ports/journal.ts';
import type { FileLeadership } from '../leadership.ts';
import { RECORD_OVERHEAD_BYTES, RecordKind } from '../format.ts';
import type { RecordStamp } from '../format.ts';
import { layRecord } from './entries.ts';
import type { Follower } from './follower.ts';
import type { StreamLink } from './link.ts';
import { Publisher, RECORD_BYTES_MAX } from './publisher.ts';

const APPEND_WORDS_MAX = (RECORD_BYTES_MAX - RECORD_OVERHEAD_BYTES) / 4;
/** How long a leadership that ends in good order waits for the stream. */
const DRAIN_MS_MAX = 10_000;

export interface LeadershipParts {
  link: StreamLink;
  follower: Follower;
  /** The member's own segments of this epoch. */
  own: FileLeadership;
  epoch: number;
  /** The end of the stream, which belongs to this epoch. */
  lastStreamSequence: number;
  /** The highest level the servers' settings can keep. */
  highestLevel: AckLevel;
  /** Called once when it is over, for whatever reason. */
  onOver(): void;
}

export class StreamLeadership implements Leadership {
  readonly epoch: number;
  nextSequence: number;

  private readonly parts: LeadershipParts;
  private readonly publisher: Publisher;
  private readonly stamp: RecordStamp;
  private replicatedSequence: number;
  private toldSequence: number;
  private isOver = false;
  private heard: (level: AckLevel, sequence: number) => void = () => {};
  private faulted: (fault: JournalFault) => void = () => {};

  constructor(parts: LeadershipParts) {
    const { link, follower, own, epoch } = parts;
    this.parts = parts;
    this.epoch = epoch;
    this.nextSequence = follower.state.nextSequence;
    this.replicatedSequence = this.nextSequence - 1;
    this.toldSequence = this.replicatedSequence;
    this.stamp = {
      kind: RecordKind.commands,
      epoch,
      firstSequence: 0,
      count: 0,
      timeMicros: 0,
      durableSequence: 0,
      previousChecksum: follower.state.checksum ?? 0,
    };
    own.onReached((level, sequence) => this.heard(level, sequence));
    own.onFault((fault) => this.faulted(fault));
    this.publisher = new Publisher(link, parts.lastStreamSequence, {
      onStored: (streamSequence, payload) => this.settle(streamSequence, payload),
      onSettled: () => this.tell(),
      onFault: (fault) => this.onPublisherFault(fault),
    });
  }

  append(
    expectedSequence: number,
    words: Int32Array,
    start: number,
    end: number,
    count: number,
    timeMicros: number,
    previous: BatchStamps,
  ): JournalFault | undefined {
    invariant(expectedSequence === this.nextSequence, 'journal.expected-sequence', expectedSequence);
    invariant(end - start <= APPEND_WORDS_MAX, 'journal.append-size', end - start);
    const refusal = this.publisher.refusal();
    if (refusal !== undefined) return refusal;
    invariant(!this.isOver, 'journal.append-after-close');
    const fault = this.parts.own.append(expectedSequence, words, start, end, count, timeMicros, previous);
    if (fault !== undefined) return fault;
    const { stamp } = this;
    stamp.firstSequence = expectedSequence;
    stamp.count = count;
    stamp.timeMicros = timeMicros;
    stamp.durableSequence = this.replicatedSequence;
    this.nextSequence += count;
    this.publisher.offer(layRecord(words, start, end, stamp, previous));
    return undefined;
  }

  reached(level: AckLevel): number {
    if (level <= AckLevel.durable) return this.parts.own.reached(level);
    return level <= this.parts.highestLevel ? this.replicatedSequence : 0;
  }

  requestDurable(): void {
    this.parts.own.requestDurable();
  }

  onReached(listener: (level: AckLevel, sequence: number) => void): void {
    this.heard = listener;
  }

  onFault(listener: (fault: JournalFault) => void): void {
    this.faulted = listener;
    // It may have been lost before anybody listened.
    if (this.publisher.fault !== undefined) listener(this.publisher.fault);
  }

  /** Gives the leadership up because this member cannot keep its copy of the stream. */
  abandon(error: Error): void {
    this.publisher.fence(error.message);
  }

  /** Sequence of the last command in the stream. */
  get replicated(): number {
    return this.replicatedSequence;
  }

  /** Figures for metrics and people. */
  status(): { pendingBytes: number; doubts: number; isFenced: boolean } {
    const { pendingBytes, doubts, fault } = this.publisher;
    return { pendingBytes, doubts, isFenced: fault?.kind === 'fenced' };
  }

  async close(): Promise<void> {
    if (this.isOver) return;
    await this.publisher.drain(DRAIN_MS_MAX);
    this.over();
    await this.parts.own.close();
  }

  private settle(streamSequence: number, payload: Uint8Array): void {
    const { follower } = this.parts;
    follower.take(streamSequence, payload);
    this.replicatedSequence = follower.state.nextSequence - 1;
  }

  private tell(): void {
    const { replicatedSequence } = this;
    if (replicatedSequence === this.toldSequence) return;
    this.toldSequence = replicatedSequence;
    const { highestLevel } = this.parts;
    if (highestLevel >= AckLevel.replicated) this.heard(AckLevel.replicated, replicatedSequence);
    if (highestLevel >= AckLevel.replicatedDurable) this.heard(AckLevel.replicatedDurable, replicatedSequence);
  }

  private onPublisherFault(fault: JournalFault): void {
    if (fault.kind === 'fenced') this.over();
    this.faulted(fault);
  }

  private over(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.publisher.stop();
    this.parts.onOver();
  }
}
