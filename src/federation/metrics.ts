/** The federation's metrics: how timely the detection is, who is silent, whose clock is wrong, what the topology breaks. */
import { defineMetrics } from '#telemetry/catalogue.ts';
import { REFUSAL_CODES } from './registry/reader.ts';

const PROCESS = { process: 'platform' } as const;

export const federationMetrics = defineMetrics('federation', 'Federation', {
  voteAge: {
    type: 'gauge',
    name: 'nautilus_federation_vote_age_seconds',
    help: 'Age of the oldest of the latest votes of all observers that count; how far the detection may lag behind.',
    unit: 'seconds',
    dashboardRow: 'Federation',
    alerts: [
      {
        name: 'NautilusDetectionLagging',
        expr: 'nautilus_federation_vote_age_seconds > 5',
        for: '1m',
        severity: 'ticket',
        summary:
          'An observer has not been heard for more than five seconds: a failure may be found late, or not at all',
        runbook:
          'GET /api/v1/federation/observers names the silent one. Start it again, or repair its way to the registry.',
        fires: {
          series: { 'nautilus_federation_vote_age_seconds{process="platform"}': '9x10' },
          atMinute: 5,
          labels: PROCESS,
        },
        quiet: { series: { 'nautilus_federation_vote_age_seconds{process="platform"}': '1.2x10' }, atMinute: 5 },
      },
    ],
  },
  observerScore: {
    type: 'gauge',
    name: 'nautilus_federation_observer_score',
    help: 'How unwell this observer finds itself: 0 is well, 8 the worst; its word counts for 1/(1 + score).',
    unit: 'count',
    dashboardRow: 'Federation',
  },
  roundTrip: {
    type: 'gauge',
    name: 'nautilus_federation_probe_round_trip_seconds',
    help: 'Longest round trip of the last good probes of this observer.',
    unit: 'seconds',
    dashboardRow: 'Federation',
  },
  phi: {
    type: 'gauge',
    name: 'nautilus_federation_phi_highest',
    help: 'Highest suspicion of this observer against any of its targets; 8 and more is a vote against it.',
    unit: 'count',
    dashboardRow: 'Federation',
  },
  targets: {
    type: 'gauge',
    name: 'nautilus_federation_targets',
    help: 'Members that observers watch.',
    unit: 'count',
  },
  suspected: {
    type: 'gauge',
    name: 'nautilus_federation_members_suspected',
    help: 'Members that a quorum of observers suspects.',
    unit: 'count',
    dashboardRow: 'Federation',
    alerts: [
      {
        name: 'NautilusMemberSuspected',
        expr: 'nautilus_federation_members_suspected > 0',
        for: '30s',
        severity: 'page',
        summary: 'A quorum of observers has found a member dead for half a minute',
        runbook:
          'GET /api/v1/federation/suspicions names it and who suspects it. If it led a shard, look at the takeover.',
        fires: {
          series: { 'nautilus_federation_members_suspected{process="platform"}': '0 1x10' },
          atMinute: 5,
          labels: PROCESS,
        },
        quiet: { series: { 'nautilus_federation_members_suspected{process="platform"}': '0x10' }, atMinute: 5 },
      },
    ],
  },
  silent: {
    type: 'gauge',
    name: 'nautilus_federation_members_silent',
    help: 'Members that were heard once and have sent no heartbeat for ten seconds.',
    unit: 'count',
    dashboardRow: 'Federation',
    alerts: [
      {
        name: 'NautilusMemberSilent',
        expr: 'nautilus_federation_members_silent > 0',
        for: '2m',
        severity: 'ticket',
        summary: 'A member has sent no heartbeat for minutes',
        runbook:
          'GET /api/v1/federation/members names it. It may run and trade all the same: probes say so, not heartbeats.',
        fires: {
          series: { 'nautilus_federation_members_silent{process="platform"}': '1x10' },
          atMinute: 5,
          labels: PROCESS,
        },
        quiet: { series: { 'nautilus_federation_members_silent{process="platform"}': '0x10' }, atMinute: 5 },
      },
    ],
  },
  clockOffset: {
    type: 'gauge',
    name: 'nautilus_federation_clock_offset_seconds',
    help: 'Largest difference between the clock of a probed member and that of this observer, exact to half a round trip.',
    unit: 'seconds',
    dashboardRow: 'Federation',
    alerts: [
      {
        name: 'NautilusClockSkew',
        expr: 'nautilus_federation_clock_offset_seconds > 1 or increase(nautilus_federation_entries_refused_total{code="FEDERATION_CLOCK_SKEW"}[5m]) > 0',
        for: '0s',
        severity: 'ticket',
        summary: 'The clocks of two members differ by more than a second, or one was refused for it',
        runbook:
          'GET /api/v1/federation/members and /links show whose. Repair its time daemon; ten seconds off, it is no longer heard.',
        fires: {
          series: { 'nautilus_federation_clock_offset_seconds{process="platform"}': '60x10' },
          atMinute: 5,
          labels: PROCESS,
        },
        quiet: { series: { 'nautilus_federation_clock_offset_seconds{process="platform"}': '0.004x10' }, atMinute: 5 },
      },
    ],
  },
  refused: {
    type: 'counter',
    name: 'nautilus_federation_entries_refused_total',
    help: 'Heartbeats and votes that were not believed, by reason.',
    unit: 'count',
    labels: { code: REFUSAL_CODES },
    dashboardRow: 'Federation',
  },
  violations: {
    type: 'gauge',
    name: 'nautilus_federation_topology_violations',
    help: 'Rules that the topology breaks.',
    unit: 'count',
    dashboardRow: 'Federation',
    alerts: [
      {
        name: 'NautilusTopologyViolations',
        expr: 'nautilus_federation_topology_violations > 0',
        for: '0s',
        severity: 'ticket',
        summary: 'The topology breaks its own rules: some loss may not be survived',
        runbook: '`nautilus topology check` explains each one; correct config/topology.yaml and start again.',
        fires: {
          series: { 'nautilus_federation_topology_violations{process="platform"}': '2x10' },
          atMinute: 1,
          labels: PROCESS,
        },
        quiet: { series: { 'nautilus_federation_topology_violations{process="platform"}': '0x10' }, atMinute: 1 },
      },
    ],
  },
});
