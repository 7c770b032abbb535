/**
 * What a placement is asked for and what it answers: only shapes. Latencies are one way in microseconds, money is a
 * month's in the currency of the sites file, loads are orders a second.
 */
import type { Place } from '#kit/geography.ts';

export const STRATEGIES = [
  'latency',
  'cost',
  'balanced',
  'trading-volume',
  'geographic-spread',
  'market-hours',
] as const;
export type Strategy = (typeof STRATEGIES)[number];

export interface PlacementSite extends Place {
  readonly id: string;
  readonly provider: string;
  readonly jurisdiction: string;
  readonly siteCost: number;
  readonly nodeCost: number;
  readonly nodesMax: number;
  readonly nodeOrdersPerSecond: number;
}

export interface PlacementDemand extends Place {
  readonly id: string;
  readonly ordersPerSecond: number;
  readonly volumeMillions: number;
  readonly latencyMicrosMax: number;
  readonly backupLatencyMicrosMax: number;
  /** What a microsecond of one of its orders is worth beside the others. */
  readonly latencyWeight: number;
  /** Jurisdictions a node for it may stand in; undefined for any. */
  readonly jurisdictions?: readonly string[] | undefined;
  /** Share of its peak in each UTC hour, 24 of them. */
  readonly hours: readonly number[];
}

/** A latency that somebody measured, in place of the expected one. */
export interface MeasuredLatency {
  readonly demand: string;
  readonly site: string;
  readonly micros: number;
}

export interface PlacementLimits {
  /** Money a month for everything. */
  readonly budget?: number | undefined;
  readonly nodesMax?: number | undefined;
  readonly sitesMax?: number | undefined;
  /** Least distance between two sites in use; only the strategy geographic-spread looks at it. */
  readonly spreadKm?: number | undefined;
}

export interface PlacementRequest {
  readonly sites: readonly PlacementSite[];
  readonly demands: readonly PlacementDemand[];
  readonly strategy: Strategy;
  readonly limits: PlacementLimits;
  /** Every demand survives the loss of any one provider, within its backup latency. */
  readonly redundancy: boolean;
  /** Share of latency in the objective of the strategy balanced, 0 to 1; the rest is cost. */
  readonly latencyShare: number;
  readonly routeFactor: number;
  readonly measured: readonly MeasuredLatency[];
}

/** How hard to look, and what to find out beside the answer. */
export interface SearchOptions {
  /** Relative distance to the proven bound at which the search may end; 0 for proven optimal. */
  readonly gap: number;
  readonly timeMs: number;
  readonly alternatives: number;
  readonly paretoPoints: number;
  readonly explainSites: boolean;
}

export interface SiteUse {
  readonly site: string;
  readonly nodes: number;
  readonly ordersPerSecond: number;
  /** Share of its capacity, 0 to 1. */
  readonly use: number;
  readonly costPerMonth: number;
}

export interface Assignment {
  readonly demand: string;
  readonly site: string;
  /** Share of the demand, 0 to 1. */
  readonly share: number;
  readonly micros: number;
}

export interface Solution {
  readonly sites: readonly SiteUse[];
  readonly assignments: readonly Assignment[];
  readonly costPerMonth: number;
  /** Mean one-way latency, weighted as the strategy weights it. */
  readonly latencyMicros: number;
  readonly objective: number;
}

export interface Proof {
  /** No solution is better than this. */
  readonly bound: number;
  /** Relative distance of the objective from the bound; 0 is proven optimal. */
  readonly gap: number;
  readonly solveMs: number;
  /** How often loss of a provider was played through and the model tightened. */
  readonly rounds: number;
}

export interface Binding {
  readonly constraint: string;
  readonly used: number;
  readonly limit: number;
  readonly detail: string;
}

export interface SiteReason {
  readonly site: string;
  readonly used: boolean;
  /** What the objective loses (used) or would lose (unused) by the other choice; null where that is impossible. */
  readonly objectiveChange: number | null;
  readonly reason: string;
}

export interface ParetoPoint {
  readonly budget: number;
  readonly costPerMonth: number;
  readonly latencyMicros: number;
  readonly sites: readonly string[];
  /** Money a month for each microsecond less than the point before; null for the first. */
  readonly costPerMicroSaved: number | null;
}

export interface PlacementReport {
  readonly strategy: Strategy;
  readonly solution: Solution;
  readonly proof: Proof;
  readonly greedy: Solution | null;
  /** How much worse the greedy answer's objective is, in percent; null where it found none. */
  readonly greedyExcessPercent: number | null;
  readonly binding: readonly Binding[];
  readonly reasons: readonly SiteReason[];
  readonly alternatives: readonly Solution[];
  readonly pareto: readonly ParetoPoint[];
}

/** Why nothing can be placed, and what would make it possible. */
export interface Impossible {
  readonly why: string;
  readonly remedies: readonly string[];
  /** Least budget with which everything else fits; null where no budget would do. */
  readonly leastBudget: number | null;
}

export type PlacementOutcome =
  | { readonly kind: 'placed'; readonly report: PlacementReport }
  | { readonly kind: 'impossible'; readonly impossible: Impossible }
  /** Time ran out before any solution or any proof that there is none. */
  | { readonly kind: 'unknown'; readonly detail: string };
