/**
 * A placement request as arrays: latencies that respect physics, who may be served where, demands that cannot be told
 * apart merged into one group, and the weights of the strategy. Nothing is decided here.
 */
import { expectedMicros } from '#edge/sites/geography.ts';
import { leastMicros } from '#kit/geography.ts';
import { CodedError } from '#kit/errors.ts';
import { PLACEMENT_ERRORS } from './errors.ts';
import type { PlacementDemand, PlacementRequest, PlacementSite } from './request.ts';

const SITES_MAX = 200;
const DEMANDS_MAX = 5000;

/** Demands from one place that may use the same sites and weigh the same: one fraction per site serves all of them. */
export interface Group {
  readonly members: readonly number[];
  /** Orders a second at the busiest moment. */
  readonly load: number;
  /** Orders a second in each UTC hour. */
  readonly hourly: readonly number[];
  /** Weight of one microsecond for the whole group, all groups together 1. */
  readonly weight: number;
  /** Sites that may serve it, nearest first. */
  readonly sites: readonly number[];
  /** Latency to each of `sites`, microseconds. */
  readonly micros: readonly number[];
  /** Sites that may take over after the loss of a provider. */
  readonly backups: readonly number[];
}

export interface Problem {
  readonly request: PlacementRequest;
  readonly sites: readonly PlacementSite[];
  readonly groups: readonly Group[];
  readonly providers: readonly string[];
  /** Index of each site's provider. */
  readonly providerOf: readonly number[];
  readonly totalLoad: number;
}

/**
 * Compiles a request. Throws PLACEMENT_LATENCY_IMPOSSIBLE for a measurement faster than light in fibre, and
 * PLACEMENT_REQUEST_BAD for unknown names or nothing to place.
 */
export function compile(request: PlacementRequest): Problem {
  const { sites, demands } = request;
  if (sites.length === 0 || demands.length === 0 || sites.length > SITES_MAX || demands.length > DEMANDS_MAX) {
    throw new CodedError(
      PLACEMENT_ERRORS.PLACEMENT_REQUEST_BAD,
      `1 to ${SITES_MAX} sites and 1 to ${DEMANDS_MAX} demands, not ${sites.length} and ${demands.length}`,
    );
  }
  const measured = measuredLatencies(request);
  const providers = [...new Set(sites.map(({ provider }) => provider))];
  const weights = weightsOf(request);
  const groups = new Map<string, Group>();
  for (const [index, demand] of demands.entries()) {
    const group = groupOf(request, demand, index, weights[index], measured);
    const key = keyOf(demand, group, weights[index]);
    const same = groups.get(key);
    groups.set(key, same === undefined ? group : merged(same, group));
  }
  return {
    request,
    sites,
    groups: [...groups.values()],
    providers,
    providerOf: sites.map(({ provider }) => providers.indexOf(provider)),
    totalLoad: demands.reduce((sum, { ordersPerSecond }) => sum + ordersPerSecond, 0),
  };
}

/** Share of each demand in the mean latency. */
function weightsOf({ strategy, demands }: PlacementRequest): number[] {
  const raw = demands.map(({ volumeMillions, latencyWeight, ordersPerSecond }) =>
    strategy === 'trading-volume' ? volumeMillions : latencyWeight * ordersPerSecond,
  );
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  return raw.map((weight) => (total === 0 ? 1 / demands.length : weight / total));
}

function measuredLatencies({ measured, sites, demands }: PlacementRequest): ReadonlyMap<string, number> {
  const siteById = new Map(sites.map((site) => [site.id, site]));
  const demandById = new Map(demands.map((demand) => [demand.id, demand]));
  const latencies = new Map<string, number>();
  for (const { demand, site, micros } of measured) {
    const from = demandById.get(demand);
    const to = siteById.get(site);
    if (from === undefined || to === undefined) {
      throw new CodedError(PLACEMENT_ERRORS.PLACEMENT_REQUEST_BAD, `measured from ${demand} to ${site}: unknown`);
    }
    const least = leastMicros(from, to);
    if (!(micros >= least)) {
      throw new CodedError(
        PLACEMENT_ERRORS.PLACEMENT_LATENCY_IMPOSSIBLE,
        `${demand} to ${site}: ${micros} µs, light in fibre needs ${Math.ceil(least)} µs`,
      );
    }
    latencies.set(`${demand} ${site}`, micros);
  }
  return latencies;
}

function groupOf(
  { sites, routeFactor }: PlacementRequest,
  demand: PlacementDemand,
  index: number,
  weight: number,
  measured: ReadonlyMap<string, number>,
): Group {
  const micros = sites.map(
    (site) => measured.get(`${demand.id} ${site.id}`) ?? expectedMicros(demand, site, routeFactor),
  );
  const within = (limit: number): number[] =>
    [...sites.keys()].filter((at) => micros[at] <= limit && isAllowed(demand, sites[at]));
  const near = within(demand.latencyMicrosMax).toSorted((a, b) => micros[a] - micros[b]);
  return {
    members: [index],
    load: demand.ordersPerSecond,
    hourly: demand.hours.map((share) => share * demand.ordersPerSecond),
    weight,
    sites: near,
    micros: near.map((at) => micros[at]),
    backups: within(demand.backupLatencyMicrosMax),
  };
}

function isAllowed({ jurisdictions }: PlacementDemand, { jurisdiction }: PlacementSite): boolean {
  return jurisdictions === undefined || jurisdictions.includes(jurisdiction);
}

function keyOf(demand: PlacementDemand, group: Group, weight: number): string {
  // Merging is exact only where an order's microsecond weighs the same: then only the sum of loads per site counts.
  const perOrder = (weight / demand.ordersPerSecond).toPrecision(12);
  const latencies = group.micros.map((micros) => micros.toPrecision(12));
  return [group.sites, latencies, group.backups, perOrder, demand.hours].map((part) => String(part)).join(';');
}

function merged(a: Group, b: Group): Group {
  return {
    ...a,
    members: [...a.members, ...b.members],
    load: a.load + b.load,
    hourly: a.hourly.map((load, hour) => load + b.hourly[hour]),
    weight: a.weight + b.weight,
  };
}
