/**
 * Gathers the observers' votes and says which targets are suspected by a quorum, since when, and how often that changed.
 * A suspicion is lifted only when it has been gone for a while. Time is passed in; whoever acts on it asks the journal.
 */
import { combinedState, type HealthState } from './health-state.ts';
import { tally, type QuorumPolicy, type Tally } from './quorum.ts';
import type { Vote } from './vote.ts';

export interface DetectorPolicy extends QuorumPolicy {
  /** A vote that was heard longer ago than this counts as silence. @default 2_500_000 */
  readonly voteMicrosMax: number;
  /** A suspicion is lifted when there was no quorum for so long. @default 5_000_000 */
  readonly liftMicros: number;
}

export const DETECTOR_DEFAULTS = { voteMicrosMax: 2_500_000, liftMicros: 5_000_000 } as const;

export interface Suspicion {
  readonly target: string;
  readonly suspected: boolean;
  /** When it last changed; null while it never has. */
  readonly sinceMicros: number | null;
  /** How often it changed. */
  readonly changes: number;
  readonly tally: Tally;
}

export interface HeardVote {
  readonly vote: Vote;
  readonly heardMicros: number;
}

interface Tracked {
  suspected: boolean;
  sinceMicros: number | null;
  changes: number;
  /** When there was last a quorum. */
  quorumMicros: number;
}

export class Detector {
  private readonly policy: DetectorPolicy;
  private readonly heard = new Map<string, HeardVote>();
  private readonly tracked = new Map<string, Tracked>();

  constructor(policy: DetectorPolicy) {
    this.policy = policy;
  }

  /** An observer's vote arrived; those of strangers are kept out. */
  hear(vote: Vote, nowMicros: number): void {
    if (!this.policy.seats.some(({ observer }) => observer === vote.observer)) return;
    this.heard.set(vote.observer, { vote, heardMicros: nowMicros });
  }

  /** Where things stand with a target now. Ask at every tick: time alone can lift a suspicion. */
  suspicion(target: string, nowMicros: number): Suspicion {
    const ballots = this.fresh(nowMicros).flatMap(({ vote }) => {
      const verdict = vote.targets.find((candidate) => candidate.target === target)?.verdict;
      return verdict === undefined ? [] : [{ observer: vote.observer, verdict, weight: vote.weight }];
    });
    const counted = tally(ballots, this.policy);
    const tracked = this.track(target);
    if (counted.suspected) {
      tracked.quorumMicros = nowMicros;
      if (!tracked.suspected) change(tracked, true, nowMicros);
    } else if (tracked.suspected && nowMicros - tracked.quorumMicros >= this.policy.liftMicros) {
      change(tracked, false, nowMicros);
    }
    const { suspected, sinceMicros, changes } = tracked;
    return { target, suspected, sinceMicros, changes, tally: counted };
  }

  /** What most of the fresh votes, by weight, say of a target's state; a tie goes to the worse one. */
  state(target: string, nowMicros: number): HealthState {
    const weights = { unhealthy: 0, degraded: 0, healthy: 0 };
    for (const { vote } of this.fresh(nowMicros)) {
      const state = vote.targets.find((candidate) => candidate.target === target)?.state ?? 'unknown';
      if (state !== 'unknown') weights[state] += vote.weight;
    }
    const [worst] = Object.entries(weights).toSorted(([, a], [, b]) => b - a);
    return worst === undefined || worst[1] === 0 ? 'unknown' : (worst[0] as HealthState);
  }

  /** The state of several targets together, e.g. of a cluster's members. */
  jointState(targets: readonly string[], nowMicros: number): HealthState {
    return combinedState(targets.map((target) => this.state(target, nowMicros)));
  }

  /** The latest vote of each seat that was ever heard, fresh or not. */
  votes(): readonly HeardVote[] {
    return [...this.heard.values()];
  }

  get quorum(): DetectorPolicy {
    return this.policy;
  }

  isFresh({ heardMicros }: HeardVote, nowMicros: number): boolean {
    return nowMicros - heardMicros <= this.policy.voteMicrosMax;
  }

  private fresh(nowMicros: number): HeardVote[] {
    return [...this.heard.values()].filter((heard) => this.isFresh(heard, nowMicros));
  }

  private track(target: string): Tracked {
    const known = this.tracked.get(target);
    if (known !== undefined) return known;
    const made: Tracked = { suspected: false, sinceMicros: null, changes: 0, quorumMicros: 0 };
    this.tracked.set(target, made);
    return made;
  }
}

function change(tracked: Tracked, suspected: boolean, nowMicros: number): void {
  tracked.suspected = suspected;
  tracked.sinceMicros = nowMicros;
  tracked.changes++;
}
