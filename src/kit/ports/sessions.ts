/**
 * The port through which an edge node learns who may open an order-entry session.
 * Read at each login and never on the order path. Holds public keys only: a private key never passes through here.
 */
import type { AckLevel } from './journal.ts';

export type SessionRole = 'trader' | 'administrator';

/** Session ids are 1 to this; 0 is the platform itself. */
export const SESSION_ID_MAX = 65_535;

/** One order-entry session as it was registered. */
export interface SessionRecord {
  /** 1 to SESSION_ID_MAX, never given to anyone else later. */
  readonly session: number;
  /** Index of the participant (firm) it belongs to; -1 for a session of the platform itself. */
  readonly participant: number;
  /** Account indexes it may trade for; `all` is every account of its participant (participant -1: every account). */
  readonly accounts: 'all' | readonly number[];
  /** Only an administrator may send commands other than orders, quotes and their cancels. */
  readonly role: SessionRole;
  /** Raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** What an answer to this session promises. */
  readonly ackLevel: AckLevel;
  /** Cancels the session's live orders when its connection is lost for longer than `graceMs`. */
  readonly cancelOnDisconnect: boolean;
  /** Milliseconds, 0 or more. */
  readonly graceMs: number;
  /** New orders, amends and quotes a second; 0 for no limit. Cancels are never held back. */
  readonly ordersPerSecond: number;
  /** A disabled session is refused at login. */
  readonly enabled: boolean;
}

export interface SessionDirectory {
  /** The session of that id, or undefined where there is none. */
  find(session: number): Promise<SessionRecord | undefined>;
  /** Every session, in order of id. Read once when a node starts. */
  list(): Promise<readonly SessionRecord[]>;
}
