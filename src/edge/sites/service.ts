/** What the edge network offers to the API: only the parts and how to ask for a placement. Connected by the composition. */
import type { Cache } from '#edge/cache/cache.ts';
import type { Baseline } from '#edge/performance/baselines.ts';
import type { RegionalPerformance } from '#edge/performance/regional.ts';
import type { PlacementRequest } from '#edge/placement/request.ts';
import type { PlacementRuns } from '#edge/placement/runs.ts';
import { openShares } from './market-hours.ts';
import type { SelfTests } from './self-tests.ts';
import type { Demand, NodeClass, SitesFile } from './site.ts';

/** A cache with where its data comes from, for people. */
export interface NamedCache {
  readonly cache: Cache<unknown>;
  readonly source: string;
}

export interface EdgeNetwork {
  readonly file: SitesFile;
  readonly selfTests: SelfTests;
  readonly runs: PlacementRuns;
  readonly caches: readonly NamedCache[];
  readonly performance: RegionalPerformance;
  /** The class that the node of this site was started as. */
  readonly nodeClass: NodeClass;
  readonly baselines: {
    list(): Promise<readonly Baseline[]>;
    /** Replaces one of the same name. */
    keep(baseline: Baseline): Promise<void>;
  };
  /** The run that answered the same question before, while it is remembered. */
  answered(request: PlacementRequest): Promise<string | undefined>;
  remember(request: PlacementRequest, run: string): Promise<void>;
}

/** Sites, demand, activities and hours of the file as a placement takes them. @param demand in place of the file's */
export function requestOf(
  file: SitesFile,
  wanted: Pick<PlacementRequest, 'strategy' | 'limits' | 'redundancy' | 'latencyShare' | 'measured'>,
  nowMicros: number,
  demand: readonly Demand[] = file.demand,
): PlacementRequest {
  const activities = new Map(file.activities.map((activity) => [activity.name, activity]));
  const hours = new Map(file.markets.map((market) => [market.mic, openShares(market, nowMicros)]));
  return {
    ...wanted,
    routeFactor: file.routeFactor,
    sites: file.sites,
    demands: demand.flatMap((each) => {
      const activity = activities.get(each.activity);
      return activity === undefined
        ? []
        : [
            {
              id: each.id,
              latitude: each.latitude,
              longitude: each.longitude,
              ordersPerSecond: each.ordersPerSecond,
              volumeMillions: each.volumeMillions,
              latencyMicrosMax: activity.latencyMicrosMax,
              backupLatencyMicrosMax: activity.backupLatencyMicrosMax,
              latencyWeight: activity.latencyWeight,
              jurisdictions: each.jurisdictions,
              hours: hours.get(each.market) ?? [],
            },
          ];
    }),
  };
}
