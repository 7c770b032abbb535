/**
 * One client of the stream: what it follows, and what waits for it. A client that does not read gets a fresh picture later
 * instead of everything it missed; one that still does not read is let go with a reason. Memory per client is bounded.
 */
import type { WebSocket } from 'ws';
import type { Principal } from '../authentication.ts';
import { StreamClose, type ServerMessage } from '../schemas/stream.ts';
import type { Topic } from './topics.ts';

/** Topics one client may follow. */
export const SUBSCRIPTIONS_MAX = 64;
/** Unsent bytes from which deltas are left out. */
export const BUFFER_SOFT_BYTES = 256 << 10;
/** Unsent bytes at which the client is let go. */
const BUFFER_HARD_BYTES = 8 << 20;
/** How long a client may stay behind. */
const BEHIND_MS_MAX = 15_000;

/** A topic with its followers. */
export interface SharedTopic {
  readonly key: string;
  readonly topic: Topic;
  readonly followers: Set<Follower>;
}

export class Follower {
  readonly principal: Principal;
  private readonly socket: WebSocket;
  /** Followed topics; true for those that need a fresh picture. */
  private readonly topics = new Map<SharedTopic, boolean>();
  private behindSinceMs: number | undefined;

  constructor(socket: WebSocket, principal: Principal) {
    this.socket = socket;
    this.principal = principal;
  }

  get isFull(): boolean {
    return this.topics.size >= SUBSCRIPTIONS_MAX;
  }

  follows(shared: SharedTopic): boolean {
    return this.topics.has(shared);
  }

  /** Begins to follow: the whole picture now, changes later. */
  follow(shared: SharedTopic): void {
    this.topics.set(shared, false);
    shared.followers.add(this);
    this.send(shared.topic.snapshot());
  }

  unfollow(shared: SharedTopic): void {
    this.topics.delete(shared);
    shared.followers.delete(this);
  }

  /** Gives up everything it follows; returns the topics. */
  leave(): SharedTopic[] {
    const left = [...this.topics.keys()];
    for (const shared of left) shared.followers.delete(this);
    this.topics.clear();
    return left;
  }

  send(message: ServerMessage): void {
    this.socket.send(JSON.stringify(message));
  }

  /** Passes on a change, or notes that this client missed it. */
  pass(shared: SharedTopic, text: string): void {
    if (this.topics.get(shared) === true) return;
    if (this.socket.bufferedAmount > BUFFER_SOFT_BYTES) this.topics.set(shared, true);
    else this.socket.send(text);
  }

  /** Sends fresh pictures once the client has caught up; lets it go when it does not. */
  catchUp(nowMs: number): void {
    const behind = [...this.topics].filter(([, stale]) => stale).map(([shared]) => shared);
    if (behind.length === 0) {
      this.behindSinceMs = undefined;
      return;
    }
    this.behindSinceMs ??= nowMs;
    const { bufferedAmount } = this.socket;
    if (bufferedAmount > BUFFER_HARD_BYTES || nowMs - this.behindSinceMs > BEHIND_MS_MAX) {
      this.close(StreamClose.slowConsumer, 'reads too slowly');
      return;
    }
    if (bufferedAmount > BUFFER_SOFT_BYTES / 2) return;
    for (const shared of behind) {
      this.topics.set(shared, false);
      this.send(shared.topic.snapshot());
    }
  }

  close(code: number, reason: string): void {
    this.socket.close(code, reason);
    // A client that does not read does not answer the closing either.
    if (code === StreamClose.slowConsumer) this.socket.terminate();
  }
}
