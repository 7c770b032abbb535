/**
 * What the parts of the gateway ask of each other, so that none of them needs to know the whole: a link's owner, and
 * the link that asks for something. Types only.
 */
import type { Clock } from '#kit/clock.ts';
import type { SessionRecord } from '#kit/ports/sessions.ts';
import type { CommandDoor, Entitlement } from './command-door.ts';
import type { Connection } from './connection.ts';
import type { LoginRequest } from './login.ts';
import type { BoundEdgeMetrics } from './metrics.ts';
import type { Throttle } from './throttle.ts';

/** `greeting`: challenged, `verifying`: its login is being checked, `ended`: the goodbye is said. */
export type LinkState = 'greeting' | 'verifying' | 'live' | 'ended';

/** A connection that asks for something. */
export interface Asker extends Entitlement {
  readonly state: LinkState;
  readonly outlet: Connection | undefined;
  readonly record: SessionRecord | undefined;
  /** When the session became live, microseconds since the epoch. */
  readonly connectedMicros: number;
  /** Subscription to metrics: every so often, 0 for none, and when next. */
  metricsIntervalMs: number;
  metricsDueNanos: number;
  /** Ends the connection with a coded goodbye; always false. */
  end(code: number): boolean;
}

/** What requests need of the gateway. */
export interface RequestHost {
  readonly connectionCount: number;
  readonly liveCount: number;
  readonly isStopping: boolean;
  /** By session: the sequence number its next message must have. */
  readonly expected: Uint32Array;
  liveLinks(): readonly Asker[];
  reject(link: Asker, code: number, type: number, sequence: number): void;
  drop(session: number, code: number): boolean;
}

/** What a link needs of the gateway. */
export interface LinkHost {
  readonly clock: Clock;
  readonly epoch: number;
  readonly metrics: BoundEdgeMetrics;
  readonly door: CommandDoor;
  readonly requests: { enter(link: Asker, type: number, view: DataView, at: number, byteLength: number): number };
  readonly fillRandom: (bytes: Uint8Array) => void;
  readonly loginTimeoutNanos: number;
  /** The throttle of those who are not logged in. */
  readonly unthrottled: Throttle;
  readonly expected: Uint32Array;
  participantOf(account: number): number;
  /** Bytes were read just now. Returns when, monotonic nanoseconds. */
  noteRead(): number;
  /** The bytes are worked off. */
  noteWorked(): void;
  reject(link: Asker, code: number, type: number, sequence: number): void;
  /** Answers what this node is to its shard. */
  tellMember(link: Asker, requestId: number): void;
  sayGoodbye(link: Asker, code: number, wasLive: boolean): void;
  heartbeatIfDue(link: Asker, heartbeatNanos: number, nowNanos: number): void;
  login(link: Asker, request: LoginRequest): void;
  resumeDelivery(session: number): void;
  forget(link: Asker): void;
}
