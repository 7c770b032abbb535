/** What an observer says of the targets it probes, and of itself. Only data, and where observers sit. */
import type { HealthState } from './health-state.ts';

/** `unknown`: nothing was ever heard of the target. */
export type Verdict = 'up' | 'suspect' | 'unknown';

export interface TargetVote {
  readonly target: string;
  readonly verdict: Verdict;
  /** Suspicion when the vote was made. */
  readonly phi: number;
  readonly state: HealthState;
  readonly flapping: boolean;
  readonly lastGoodMicros: number | null;
  /** Of the last good probe. */
  readonly roundTripMicros: number | null;
  /** Epoch that the target said it leads under, with its last answer. */
  readonly epoch: number | null;
  /** The target's clock minus the observer's, exact to half a round trip. */
  readonly clockOffsetMicros: number | null;
  /** Mean and deviation of the intervals between answers. */
  readonly intervalMicros: number;
  readonly deviationMicros: number;
}

export interface Vote {
  readonly observer: string;
  /** Score of its own health, 0 is well, and what its word counts for. */
  readonly score: number;
  readonly weight: number;
  readonly targets: readonly TargetVote[];
}

/** An observer that is counted, whether or not it is heard of. */
export interface Seat {
  readonly observer: string;
  readonly provider: string;
  /** With its provider, so that no two providers share one. */
  readonly region: string;
}
