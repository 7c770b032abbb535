/** Steering's and the network's metrics: what was decided and why, what the name server answered, how the links between sites are. */
import { defineMetrics } from '#telemetry/catalogue.ts';
import type { BoundMetrics } from '#telemetry/registry.ts';

/** Label values of the rounds of the decision, in its order. */
export const ROUND_LABELS = [
  'as_ruled',
  'unknown_allowed',
  'full_allowed',
  'ceiling_given_up',
  'health_given_up',
] as const;
export const OUTCOMES = [
  'steered',
  'recorded',
  'noSuchName',
  'noData',
  'refused',
  'malformed',
  'notImplemented',
  'failed',
  'ignored',
] as const;
export const TARGET_STATES = ['healthy', 'degraded', 'unhealthy', 'unknown'] as const;
export const LINK_QUALITIES = ['good', 'fair', 'poor', 'lost', 'wrong', 'not measured'] as const;

export const steeringMetrics = defineMetrics('steering', 'Traffic steering', {
  decisions: {
    type: 'counter',
    name: 'nautilus_steering_decisions_total',
    help: 'Clients sent to a cluster, by the rules that were kept or given up for it.',
    unit: 'count',
    labels: { round: ROUND_LABELS },
    dashboardRow: 'Steering',
    alerts: [
      {
        name: 'NautilusSteeringHealthGivenUp',
        expr: 'increase(nautilus_steering_decisions_total{round="health_given_up"}[5m]) > 0',
        for: '1m',
        severity: 'page',
        summary: 'Every cluster is reported unhealthy: clients are sent to them all the same',
        runbook:
          'Either everything is down, or what reports health is. `nautilus steer explain` shows the source of each state.',
        fires: {
          series: { 'nautilus_steering_decisions_total{process="platform",round="health_given_up"}': '0+1x20' },
          atMinute: 10,
          labels: { process: 'platform', round: 'health_given_up' },
        },
        quiet: {
          series: { 'nautilus_steering_decisions_total{process="platform",round="as_ruled"}': '0+9x20' },
          atMinute: 10,
        },
      },
    ],
  },
  unlocated: {
    type: 'counter',
    name: 'nautilus_steering_unlocated_total',
    help: 'Decisions for clients whose country the table does not know.',
    unit: 'count',
    dashboardRow: 'Steering',
  },
  answers: {
    type: 'counter',
    name: 'nautilus_steering_answers_total',
    help: 'Messages the name server dealt with, by what became of them.',
    unit: 'count',
    labels: { outcome: OUTCOMES },
    dashboardRow: 'Steering',
  },
  queries: {
    type: 'counter',
    name: 'nautilus_steering_queries_total',
    help: 'Messages that reached the name server.',
    unit: 'count',
    labels: { transport: ['udp', 'tcp'] },
    dashboardRow: 'Steering',
  },
  limited: {
    type: 'counter',
    name: 'nautilus_steering_limited_total',
    help: 'Answers over UDP that the rate limit cut to a flag, or that were dropped.',
    unit: 'count',
    labels: { how: ['cut', 'dropped'] },
    dashboardRow: 'Steering',
  },
  listening: {
    type: 'gauge',
    name: 'nautilus_steering_addresses_missing',
    help: 'Configured addresses the name server does not listen on.',
    unit: 'count',
    alerts: [
      {
        name: 'NautilusNameServerNotListening',
        expr: 'nautilus_steering_addresses_missing > 0',
        for: '1m',
        severity: 'page',
        summary: 'The name server does not listen where it should',
        runbook: 'GET /api/v1/federation/steering/status says why; another process may hold the port.',
        fires: {
          series: { 'nautilus_steering_addresses_missing{process="platform"}': '1x10' },
          atMinute: 5,
          labels: { process: 'platform' },
        },
        quiet: { series: { 'nautilus_steering_addresses_missing{process="platform"}': '0x10' }, atMinute: 5 },
      },
    ],
  },
  targets: {
    type: 'gauge',
    name: 'nautilus_steering_targets',
    help: 'Clusters that clients can be sent to, by state.',
    unit: 'count',
    labels: { state: TARGET_STATES },
    dashboardRow: 'Steering',
  },
  drained: {
    type: 'gauge',
    name: 'nautilus_steering_targets_drained',
    help: 'Clusters that a person has taken out.',
    unit: 'count',
    dashboardRow: 'Steering',
  },
  locationBuilt: {
    type: 'gauge',
    name: 'nautilus_steering_location_built_timestamp_seconds',
    help: 'When the table of address locations was built.',
    unit: 'timestamp_seconds',
    alerts: [
      {
        name: 'NautilusLocationTableOld',
        expr: 'time() - nautilus_steering_location_built_timestamp_seconds > 31536000',
        for: '1m',
        severity: 'ticket',
        summary: 'The table of address locations is older than a year',
        runbook: 'Take a newer MaxMind DB file by country and name it as locationFile in config/steering.yaml.',
        fires: {
          series: { 'nautilus_steering_location_built_timestamp_seconds{process="platform"}': '-40000000x10' },
          atMinute: 5,
          labels: { process: 'platform' },
        },
        quiet: {
          series: { 'nautilus_steering_location_built_timestamp_seconds{process="platform"}': '0x10' },
          atMinute: 5,
        },
      },
    ],
  },
  links: {
    type: 'gauge',
    name: 'nautilus_network_links',
    help: 'Directed links between sites, by quality as measured in the last minute.',
    unit: 'count',
    labels: { quality: LINK_QUALITIES.map((quality) => quality.replace(' ', '_')) },
    dashboardRow: 'Network',
    alerts: [
      {
        name: 'NautilusNetworkLinkLost',
        expr: 'nautilus_network_links{quality="lost"} > 0',
        for: '1m',
        severity: 'page',
        summary: 'A link between two sites loses half of its probes or more',
        runbook: '`nautilus network matrix` names it; `nautilus network paths` says whether a relay helps.',
        fires: {
          series: { 'nautilus_network_links{process="platform",quality="lost"}': '1x10' },
          atMinute: 5,
          labels: { process: 'platform', quality: 'lost' },
        },
        quiet: { series: { 'nautilus_network_links{process="platform",quality="lost"}': '0x10' }, atMinute: 5 },
      },
      {
        name: 'NautilusNetworkFigureWrong',
        expr: 'nautilus_network_links{quality="wrong"} > 0',
        for: '5m',
        severity: 'ticket',
        summary: 'A measured latency is below what light needs',
        runbook: 'The coordinates of a site are wrong in config/topology.yaml, or its prober runs elsewhere.',
        fires: {
          series: { 'nautilus_network_links{process="platform",quality="wrong"}': '2x20' },
          atMinute: 10,
          labels: { process: 'platform', quality: 'wrong' },
        },
        quiet: { series: { 'nautilus_network_links{process="platform",quality="wrong"}': '0x20' }, atMinute: 10 },
      },
    ],
  },
});

export type BoundSteeringMetrics = BoundMetrics<(typeof steeringMetrics)['specs']>;
