/** The takeover controller's metrics: whether a takeover would work now, and what those that happened cost. */
import { defineMetrics } from '#telemetry/catalogue.ts';

export const takeoverMetrics = defineMetrics('takeover', 'Failover', {
  ready: {
    type: 'gauge',
    name: 'nautilus_failover_ready',
    help: '1 while every safety rule would let the standby take over now.',
    unit: 'count',
    alerts: [
      {
        name: 'NautilusFailoverNotReady',
        expr: 'nautilus_failover_ready == 0',
        for: '5m',
        severity: 'page',
        summary: 'No standby could take over: the next fault of the leader stops trading',
        runbook: 'Run nautilus failover readiness: it names the rule that does not hold, and what was seen.',
        fires: {
          series: { 'nautilus_failover_ready{process="platform"}': '0x10' },
          atMinute: 7,
          labels: { process: 'platform' },
        },
        quiet: { series: { 'nautilus_failover_ready{process="platform"}': '1x10' }, atMinute: 7 },
      },
    ],
  },
  epoch: {
    type: 'gauge',
    name: 'nautilus_failover_epoch',
    help: 'Leadership under which the shard runs.',
    unit: 'count',
  },
  lagCommands: {
    type: 'gauge',
    name: 'nautilus_failover_standby_lag_commands',
    help: 'Commands that the furthest standby is behind the leader, by what both said last.',
    unit: 'count',
  },
  completed: {
    type: 'counter',
    name: 'nautilus_failover_completed_total',
    help: 'Changes of the leader that were carried out.',
    unit: 'count',
  },
  failed: {
    type: 'counter',
    name: 'nautilus_failover_failed_total',
    help: 'Changes of the leader that failed half way.',
    unit: 'count',
    alerts: [
      {
        name: 'NautilusFailoverFailed',
        expr: 'increase(nautilus_failover_failed_total[10m]) > 0',
        for: '0s',
        severity: 'page',
        summary: 'A change of the leader failed',
        runbook: 'Run nautilus failover list: the failed change names the step and what the member answered.',
        fires: {
          series: { 'nautilus_failover_failed_total{process="platform"}': '0 0 1x10' },
          atMinute: 5,
          labels: { process: 'platform' },
        },
        quiet: { series: { 'nautilus_failover_failed_total{process="platform"}': '0x10' }, atMinute: 5 },
      },
    ],
  },
  outage: {
    type: 'histogram',
    name: 'nautilus_failover_outage_seconds',
    help: 'From the last sign of the old leader to the open door of the new one.',
    unit: 'seconds',
    scale: 1e-6,
    lowest: 1024,
    highest: 2 ** 30,
  },
});
