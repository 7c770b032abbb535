/**
 * What traffic steering needs to know of the clusters: which there are, how they are, how far they are from clients. Whoever
 * watches clusters (topology, detection, probes) offers it; steering asks, and never decides by itself that one is well.
 */

/** How a cluster is, as its observers see it. `unknown`: nobody has said, or what was said is too old. */
export type TargetState = 'healthy' | 'degraded' | 'unhealthy' | 'unknown';

/** A place that clients can be sent to. */
export interface SteeringTarget {
  /** Name of the cluster, unique. */
  readonly id: string;
  readonly provider: string;
  /** The provider's own name of the region. */
  readonly region: string;
  /** Degrees. */
  readonly latitude: number;
  readonly longitude: number;
  /** Addresses to answer with, in order; a family may be empty. */
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
  /** Share of turns under weighted round-robin, a whole number of 1 or more. */
  readonly weight: number;
  /** Client sessions it is built for. */
  readonly capacitySessions: number;
}

/** How a target is now. */
export interface TargetCondition {
  readonly state: TargetState;
  /** Client sessions open now; undefined where nobody counts. */
  readonly sessions: number | undefined;
  /** Taken out by a person: no client is sent there, whatever its state. */
  readonly drained: boolean;
  /** Where the state comes from, in a few words, for explanations. */
  readonly source: string;
}

/** The clusters as they are now. Both calls are cheap: they are made for every question. */
export interface SteeringConditions {
  /** A target nobody knows anything about is `unknown`. */
  conditionOf(target: string): TargetCondition;
  /** Round trip between clients of a country and a target, measured, in microseconds; undefined where nobody has. */
  roundTripMicros(country: string, target: string): number | undefined;
}
