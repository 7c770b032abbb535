/**
 * Whether enough observers suspect a target to try a take-over: more than half of all seats by weight, from enough regions
 * and providers. Pure. Only says when to try: who leads is decided by the journal alone.
 */
import type { Seat, Verdict } from './vote.ts';

export interface QuorumPolicy {
  /** Every observer that counts, heard of or not: silence is never agreement. */
  readonly seats: readonly Seat[];
  /** @default 3 */
  readonly regionsMin: number;
  /** @default 2 */
  readonly providersMin: number;
}

/** What an observer's latest vote says of one target. */
export interface Ballot {
  readonly observer: string;
  readonly verdict: Verdict;
  readonly weight: number;
}

export interface Tally {
  readonly suspected: boolean;
  readonly suspecting: readonly string[];
  readonly trusting: readonly string[];
  /** Seats without a fresh vote, or to whom the target was never up. */
  readonly silent: readonly string[];
  /** Of those who suspect; it must be above `weightNeeded`. */
  readonly weight: number;
  readonly weightNeeded: number;
  readonly regions: number;
  readonly providers: number;
  /** Why there is no quorum, or what it stands on; a sentence. */
  readonly reason: string;
}

/** Counts the ballots of seats; those of strangers count for nothing. */
export function tally(ballots: readonly Ballot[], policy: QuorumPolicy): Tally {
  const byObserver = new Map(ballots.map((ballot) => [ballot.observer, ballot]));
  const suspecting: Seat[] = [];
  const trusting: string[] = [];
  const silent: string[] = [];
  let weight = 0;
  for (const seat of policy.seats) {
    const ballot = byObserver.get(seat.observer);
    if (ballot?.verdict === 'suspect') {
      suspecting.push(seat);
      weight += Math.min(1, Math.max(0, ballot.weight));
    } else if (ballot?.verdict === 'up') trusting.push(seat.observer);
    else silent.push(seat.observer);
  }
  const regions = new Set(suspecting.map(({ region }) => region)).size;
  const providers = new Set(suspecting.map(({ provider }) => provider)).size;
  const weightNeeded = policy.seats.length / 2;
  const lacks = [
    ...(weight > weightNeeded ? [] : [`weight ${weight.toFixed(2)} of more than ${weightNeeded}`]),
    ...(regions >= policy.regionsMin ? [] : [`${regions} of ${policy.regionsMin} regions`]),
    ...(providers >= policy.providersMin ? [] : [`${providers} of ${policy.providersMin} providers`]),
  ];
  const suspected = lacks.length === 0;
  return {
    suspected,
    suspecting: suspecting.map(({ observer }) => observer),
    trusting,
    silent,
    weight,
    weightNeeded,
    regions,
    providers,
    reason: suspected
      ? `${suspecting.length} of ${policy.seats.length} observers in ${regions} regions on ${providers} providers suspect it`
      : `no quorum: ${lacks.join(', ')}`,
  };
}
