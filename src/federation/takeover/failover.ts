/** One change of a shard's leader from its request to its end, as it is recorded. Only data. */

export const FailoverKind = {
  /** The leader is suspected, or nobody leads. */
  takeover: 'takeover',
  /** A healthy leader gives its place to another. */
  switchover: 'switchover',
  /** A switchover back to the preferred member. */
  failback: 'failback',
} as const;
export type FailoverKind = (typeof FailoverKind)[keyof typeof FailoverKind];

export const FailoverState = {
  /** Announced: begins when the notice is over, and can be aborted until then. */
  announced: 'announced',
  /** The old leader answers what it took and ends its leadership. */
  draining: 'draining',
  /** The new leader takes the epoch, verifies the tail and opens its door. */
  promoting: 'promoting',
  done: 'done',
  failed: 'failed',
  aborted: 'aborted',
} as const;
export type FailoverState = (typeof FailoverState)[keyof typeof FailoverState];

/** The steps in the order in which they happen; those that a kind does not have are left out. */
export const STEP_NAMES = ['suspect', 'drain', 'append-epoch', 'verify-tail', 'accept-clients', 'steer'] as const;
export type StepName = (typeof STEP_NAMES)[number];

export interface FailoverStep {
  readonly name: StepName;
  readonly tookMicros: number;
  readonly detail: string;
}

export interface Failover {
  readonly failoverId: string;
  readonly shard: string;
  readonly kind: FailoverKind;
  readonly state: FailoverState;
  /** Who wanted it: names of people, or `automatic`. */
  readonly by: readonly string[];
  readonly reason: string;
  /** Past a safety rule, by two people. */
  readonly isForced: boolean;
  readonly from: string | null;
  readonly to: string;
  /** When the old leader was last heard, or the change was asked for. */
  readonly beganMicros: number;
  readonly requestedMicros: number;
  readonly endedMicros: number | null;
  readonly epochBefore: number;
  readonly epochAfter: number | null;
  /** Where the old epoch ended; null until that is known. */
  readonly sequence: number | null;
  /** Commands between what the old leader last said it had and where its epoch ended: positive is lost. */
  readonly commandsLost: number | null;
  readonly steps: readonly FailoverStep[];
  /** Why it failed or was aborted. */
  readonly failure: string | null;
}

/** From the beginning of the outage to open doors, microseconds; null while it goes on or where it failed. */
export function outageMicros(failover: Failover): number | null {
  if (failover.state !== FailoverState.done || failover.endedMicros === null) return null;
  const drained = failover.steps.find(({ name }) => name === 'drain');
  if (drained === undefined) return failover.endedMicros - failover.beganMicros;
  return failover.steps.reduce((sum, { tookMicros }) => sum + tookMicros, 0);
}
