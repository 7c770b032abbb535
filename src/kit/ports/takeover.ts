/**
 * How the takeover controller meets the rest: what it hears of the members of a shard and of suspicions against them,
 * and what it may have done. Types only; `app` connects them. Nothing here is trusted for safety: the journal decides.
 */

export type MemberRoleName = 'standby' | 'leader' | 'refusing' | 'leaving';

/** What a member said about itself, with when it was heard. */
export interface MemberNews {
  readonly member: string;
  readonly role: MemberRoleName;
  readonly epoch: number;
  readonly lastSequence: number;
  /** When the last command it has was sequenced, microseconds since the epoch. */
  readonly lastBatchMicros: number;
  /** Its clock when it answered. */
  readonly clockMicros: number;
  readonly version: string;
  /** Where it takes orders, `host:port`. */
  readonly address: string;
  readonly heardMicros: number;
}

/** What the observers hold against a member. */
export interface Suspicion {
  readonly member: string;
  /** A quorum of observers suspects it. */
  readonly isQuorum: boolean;
  /** Observers that suspect it, and all that were asked. */
  readonly votes: number;
  readonly observers: number;
  /** When the first of them last heard of it: where the outage began as far as anyone knows. */
  readonly lastHeardMicros: number;
}

/** What came of a promotion, with what each step took, microseconds. */
export interface Promoted {
  readonly epoch: number;
  /** Last command of the epochs before. */
  readonly sequence: number;
  /** Commands carried out between the promotion and the door. */
  readonly caughtUp: number;
  readonly leadMicros: number;
  readonly verifyMicros: number;
  readonly openMicros: number;
}

export interface LeadershipEnded {
  readonly epoch: number;
  readonly sequence: number;
  readonly stateHash: string;
  readonly tookMicros: number;
}

/** Acts on members; each rejects with a CodedError where the member refuses, is gone, or does not answer in time. */
export interface MemberActs {
  promote(
    member: string,
    expected: { readonly sequence: number; readonly stateHash: string } | undefined,
  ): Promise<Promoted>;
  handOver(member: string, leaderAddress: string): Promise<LeadershipEnded>;
}
