/**
 * Generated placement requests for tests and the benchmark: the same seed gives the same request on every machine.
 * Sites gather around financial centres, demands around the same centres by their weight. Never used by the platform.
 */
import { Rng } from '#kit/rng.ts';
import { HOURS_A_DAY } from '#edge/sites/market-hours.ts';
import type { PlacementDemand, PlacementRequest, PlacementSite } from './request.ts';

/** Latitude, longitude, relative weight, jurisdiction. */
const CENTRES: readonly (readonly [number, number, number, string])[] = [
  [40.7, -74.0, 10, 'US'],
  [41.9, -87.6, 6, 'US'],
  [37.4, -122.0, 2, 'US'],
  [39.0, -77.5, 3, 'US'],
  [43.7, -79.4, 2, 'CA'],
  [51.5, -0.1, 9, 'UK'],
  [50.1, 8.7, 5, 'EU'],
  [48.9, 2.4, 3, 'EU'],
  [53.3, -6.3, 1, 'EU'],
  [35.7, 139.8, 6, 'JP'],
  [22.3, 114.2, 5, 'HK'],
  [1.3, 103.8, 4, 'SG'],
  [-33.8, 151.2, 2, 'AU'],
];
const PROVIDERS = ['AWS', 'GCP', 'Azure', 'Equinix', 'ICE'];
/** Latency ceiling, ceiling after a loss, weight, typical load: wide enough that every centre has a site in reach. */
const KINDS: readonly (readonly [number, number, number, number])[] = [
  [24_000, 140_000, 100, 4000],
  [36_000, 180_000, 40, 3000],
  [60_000, 240_000, 60, 1500],
  [140_000, 480_000, 10, 1200],
  [480_000, 1_000_000, 3, 300],
  [1_000_000, 1_000_000, 1, 60],
];
const SCATTER_DEGREES = 1.2;

/** A request of `sites` × `demands` with a budget that makes it hard: neither everything nor only the cheapest fits. */
export function generateRequest(seed: number, sites: number, demands: number): PlacementRequest {
  const rng = new Rng(seed);
  const places = Array.from({ length: sites }, (_, at) => generateSite(rng, at));
  const wanted = Array.from({ length: demands }, (_, at) => generateDemand(rng, at, sites));
  const load = wanted.reduce((sum, { ordersPerSecond }) => sum + ordersPerSecond, 0);
  const carried = places.map((site) => ({
    ...site,
    nodesMax: 2 + rng.int(4),
    nodeOrdersPerSecond: Math.ceil(load / sites),
  }));
  const costs = carried.map(({ siteCost, nodeCost }) => siteCost + nodeCost);
  const total = costs.reduce((sum, cost) => sum + cost, 0);
  return {
    sites: carried,
    demands: wanted,
    strategy: 'latency',
    limits: { budget: Math.round(total * 0.9) },
    redundancy: true,
    latencyShare: 0.5,
    routeFactor: 1.4,
    measured: [],
  };
}

function generateSite(rng: Rng, at: number): PlacementSite {
  const [latitude, longitude, , jurisdiction] = CENTRES[at % CENTRES.length];
  return {
    id: `site-${at}`,
    // Neighbours in the list of centres never share a provider, nor do two sites at one centre.
    provider: PROVIDERS[(at + Math.floor(at / CENTRES.length)) % PROVIDERS.length],
    jurisdiction,
    latitude: latitude + rng.normal(0, SCATTER_DEGREES / 2),
    longitude: longitude + rng.normal(0, SCATTER_DEGREES / 2),
    siteCost: 2000 + rng.int(16_000),
    nodeCost: 2000 + rng.int(5000),
    nodesMax: 8,
    nodeOrdersPerSecond: 1,
  };
}

function generateDemand(rng: Rng, at: number, sites: number): PlacementDemand {
  // Only where sites are: a handful of them stand at the first centres alone.
  const weights = CENTRES.slice(0, sites).map(([, , weight]) => weight);
  const [latitude, longitude] = CENTRES[pick(rng, weights)];
  const [latencyMicrosMax, backupLatencyMicrosMax, latencyWeight, typical] = KINDS[rng.int(KINDS.length)];
  const opens = rng.int(HOURS_A_DAY);
  const isWide = latencyMicrosMax > 60_000;
  const scatter = isWide ? SCATTER_DEGREES * 2 : SCATTER_DEGREES / 4;
  return {
    id: `demand-${at}`,
    latitude: latitude + rng.normal(0, scatter),
    longitude: longitude + rng.normal(0, scatter),
    ordersPerSecond: Math.ceil(rng.exponential(typical)) + 1,
    volumeMillions: rng.exponential(100),
    latencyMicrosMax,
    backupLatencyMicrosMax,
    latencyWeight,
    hours: Array.from({ length: HOURS_A_DAY }, (_, hour) => ((hour - opens + 24) % 24 < 8 ? 1 : 0.2)),
  };
}

function pick(rng: Rng, weights: readonly number[]): number {
  let left = rng.float() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [at, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return at;
  }
  return weights.length - 1;
}
