/** The audit log's own metrics: how far it is behind, what it holds, and whether signer and witnesses do their part. */
import { defineMetrics } from '#telemetry/catalogue.ts';

export const auditMetrics = defineMetrics('audit', 'Audit log', {
  entries: {
    type: 'gauge',
    name: 'nautilus_audit_entries',
    help: 'Entries of the audit log that are durable.',
    unit: 'count',
  },
  provable: {
    type: 'gauge',
    name: 'nautilus_audit_provable_entries',
    help: 'Entries that the newest signed checkpoint covers.',
    unit: 'count',
  },
  lag: {
    type: 'gauge',
    name: 'nautilus_audit_lag_seconds',
    help: 'Age of the oldest command or act that no signed checkpoint covers yet; 0 when all are provable.',
    unit: 'seconds',
    alerts: [
      {
        name: 'NautilusAuditBehind',
        expr: 'nautilus_audit_lag_seconds > 10',
        for: '2m',
        severity: 'page',
        summary: 'What happened has not been provable for more than ten seconds',
        runbook:
          'GET /api/v1/compliance/audit/status says what the log, its signer and its witnesses last reported. Nothing is lost: it goes on from where it was.',
        fires: {
          series: { 'nautilus_audit_lag_seconds{process="platform"}': '30x10' },
          atMinute: 5,
          labels: { process: 'platform' },
        },
        quiet: { series: { 'nautilus_audit_lag_seconds{process="platform"}': '0.5x10' }, atMinute: 5 },
      },
    ],
  },
  checkpointLatency: {
    type: 'histogram',
    name: 'nautilus_audit_provable_latency_seconds',
    help: 'From the recording of a command or act to the signed checkpoint that covers it.',
    unit: 'seconds',
    scale: 1e-6,
    lowest: 2 ** 10,
    highest: 2 ** 26,
  },
  faults: {
    type: 'counter',
    name: 'nautilus_audit_faults_total',
    help: 'Rounds in which the log, its signer or its disk refused; each is tried again.',
    unit: 'count',
    alerts: [
      {
        name: 'NautilusAuditFailing',
        expr: 'increase(nautilus_audit_faults_total[5m]) > 5',
        for: '1m',
        severity: 'page',
        summary: 'The audit log keeps being refused by its disk or its signer',
        runbook:
          'The log of the platform names the code. AUDIT_SIGNER_REFUSED means that the audit folder was rolled back or changed: keep it as evidence.',
        fires: {
          series: { 'nautilus_audit_faults_total{process="platform"}': '0+4x20' },
          atMinute: 10,
          labels: { process: 'platform' },
        },
        quiet: { series: { 'nautilus_audit_faults_total{process="platform"}': '1x20' }, atMinute: 10 },
      },
    ],
  },
  cosigned: {
    type: 'gauge',
    name: 'nautilus_audit_witnesses_cosigned',
    help: 'Witnesses that cosigned the newest checkpoint.',
    unit: 'count',
  },
  refusing: {
    type: 'gauge',
    name: 'nautilus_audit_witnesses_missing',
    help: 'Configured witnesses that did not cosign the newest checkpoint.',
    unit: 'count',
    alerts: [
      {
        name: 'NautilusAuditWitnessMissing',
        expr: 'nautilus_audit_witnesses_missing > 0',
        for: '5m',
        severity: 'ticket',
        summary: 'A witness of the audit log has not cosigned for five minutes',
        runbook:
          'GET /api/v1/compliance/audit/witnesses says why. A witness that says the log is inconsistent has seen another history: find out which one is true.',
        fires: {
          series: { 'nautilus_audit_witnesses_missing{process="platform"}': '1x10' },
          atMinute: 8,
          labels: { process: 'platform' },
        },
        quiet: { series: { 'nautilus_audit_witnesses_missing{process="platform"}': '0x10' }, atMinute: 8 },
      },
    ],
  },
});
