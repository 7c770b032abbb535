/** Metrics of sites, placement, caches and performance, set about every ten seconds. */
import { defineMetrics } from '#telemetry/catalogue.ts';

export const edgeNetworkMetrics = defineMetrics('edge-network', 'Edge network', {
  sites: {
    type: 'gauge',
    name: 'nautilus_edge_sites',
    help: 'Sites that config/sites.yaml lists.',
    unit: 'count',
  },
  placementRuns: {
    type: 'counter',
    name: 'nautilus_placement_runs_total',
    help: 'Placements computed, by how they ended.',
    unit: 'count',
    labels: { outcome: ['placed', 'impossible', 'unknown', 'failed'] },
    alerts: [
      {
        name: 'NautilusPlacementFailing',
        expr: 'increase(nautilus_placement_runs_total{outcome="failed"}[1h]) > 2',
        for: '0s',
        severity: 'ticket',
        summary: 'Placements ended without an answer several times within an hour',
        runbook:
          'GET /api/v1/edge/placement/runs shows the code and the words of each; ask with more time or a wider gap.',
        fires: {
          series: { 'nautilus_placement_runs_total{outcome="failed",process="platform"}': '0+1x60' },
          atMinute: 30,
          labels: { outcome: 'failed', process: 'platform' },
        },
        quiet: {
          series: { 'nautilus_placement_runs_total{outcome="failed",process="platform"}': '0x60' },
          atMinute: 30,
        },
      },
    ],
  },
  cacheHitRatio: {
    type: 'gauge',
    name: 'nautilus_cache_hit_ratio',
    help: 'Share of reads that the first level answered, since the start of the process.',
    unit: 'ratio',
    labels: { cache: ['placement-results', 'performance-baselines'] },
  },
  cacheSourceFailures: {
    type: 'gauge',
    name: 'nautilus_cache_source_failures',
    help: 'Questions that a source of record did not answer, since the start of the process.',
    unit: 'count',
    labels: { cache: ['placement-results', 'performance-baselines'] },
    alerts: [
      {
        name: 'NautilusCacheSourceDown',
        expr: 'delta(nautilus_cache_source_failures[5m]) > 3',
        for: '0s',
        severity: 'ticket',
        summary: 'A cache has asked its source of record in vain several times within five minutes',
        runbook:
          'See which cache at GET /api/v1/edge/caches; its source is named there. What is fresh enough is still served.',
        fires: {
          series: { 'nautilus_cache_source_failures{cache="performance-baselines",process="platform"}': '0+2x30' },
          atMinute: 20,
          labels: { cache: 'performance-baselines', process: 'platform' },
        },
        quiet: {
          series: { 'nautilus_cache_source_failures{cache="performance-baselines",process="platform"}': '0x30' },
          atMinute: 20,
        },
      },
    ],
  },
  attainment: {
    type: 'gauge',
    name: 'nautilus_edge_promise_kept_ratio',
    help: 'Share of batches answered within what the class of the node promises; 1 while nothing was measured.',
    unit: 'ratio',
    alerts: [
      {
        name: 'NautilusPromiseNotKept',
        expr: 'nautilus_edge_promise_kept_ratio < 0.95',
        for: '10m',
        severity: 'ticket',
        summary: 'The node answers later than its class promises, more often than one time in twenty',
        runbook: 'GET /api/v1/edge/performance/regional names the hop that takes the time, and what to do about it.',
        fires: {
          series: { 'nautilus_edge_promise_kept_ratio{process="platform"}': '0.8x30' },
          atMinute: 20,
          labels: { process: 'platform' },
        },
        quiet: { series: { 'nautilus_edge_promise_kept_ratio{process="platform"}': '0.999x30' }, atMinute: 20 },
      },
    ],
  },
});
