/**
 * The edge node's metrics: sessions, orders, the journal as the sequencer meets it, and the latency of its answers.
 * Counted on the order path by single additions; gauges are set about once a second.
 */
import { CommandKind } from '#trading/commands.ts';
import { ExecType } from '#trading/events.ts';
import { defineMetrics } from '#telemetry/catalogue.ts';
import type { BoundMetrics } from '#telemetry/registry.ts';

export const COMMAND_NAMES = Object.keys(CommandKind) as (keyof typeof CommandKind)[];
export const EXECUTION_NAMES = Object.keys(ExecType) as (keyof typeof ExecType)[];

/** Recorded nanoseconds from 1 µs to 17 s. */
const LATENCY_RANGE = { scale: 1e-9, lowest: 1024, highest: 2 ** 34 } as const;

export const edgeMetrics = defineMetrics('edge', 'Edge node', {
  connections: {
    type: 'gauge',
    name: 'nautilus_edge_connections',
    help: 'Open order-entry connections, logged in or not.',
    unit: 'count',
    dashboardRow: 'Sessions',
  },
  sessions: {
    type: 'gauge',
    name: 'nautilus_edge_sessions_live',
    help: 'Order-entry sessions that are logged in.',
    unit: 'count',
    dashboardRow: 'Sessions',
  },
  logins: {
    type: 'counter',
    name: 'nautilus_edge_logins_total',
    help: 'Logins that were accepted.',
    unit: 'count',
    dashboardRow: 'Sessions',
  },
  loginsRefused: {
    type: 'counter',
    name: 'nautilus_edge_logins_refused_total',
    help: 'Logins that were refused: unknown session, wrong key, disabled, or an unreadable directory.',
    unit: 'count',
    dashboardRow: 'Sessions',
    alerts: [
      {
        name: 'NautilusLoginsRefused',
        expr: 'increase(nautilus_edge_logins_refused_total[5m]) > 20',
        for: '1m',
        severity: 'ticket',
        summary: 'More than twenty order-entry logins were refused in five minutes',
        runbook: 'Look for one address or one session in the log: an expired key, or somebody guessing.',
        fires: {
          series: { 'nautilus_edge_logins_refused_total{process="node"}': '0+10x20' },
          atMinute: 10,
          labels: { process: 'node' },
        },
        quiet: { series: { 'nautilus_edge_logins_refused_total{process="node"}': '0+1x20' }, atMinute: 10 },
      },
    ],
  },
  logouts: {
    type: 'counter',
    name: 'nautilus_edge_logouts_total',
    help: 'Connections that the node ended with a coded goodbye.',
    unit: 'count',
  },
  slowConsumers: {
    type: 'counter',
    name: 'nautilus_edge_slow_consumers_total',
    help: 'Connections ended because the client did not read.',
    unit: 'count',
    dashboardRow: 'Sessions',
  },
  rejects: {
    type: 'counter',
    name: 'nautilus_edge_rejects_total',
    help: 'Messages refused before the engine saw them: throttle, entitlement, form, journal.',
    unit: 'count',
    dashboardRow: 'Orders',
  },
  commands: {
    type: 'counter',
    name: 'nautilus_edge_commands_total',
    help: 'Commands carried out since the start of the process, by kind.',
    unit: 'count',
    labels: { kind: COMMAND_NAMES },
    dashboardRow: 'Orders',
  },
  executions: {
    type: 'counter',
    name: 'nautilus_edge_executions_total',
    help: 'Execution reports made since the start of the process, by type.',
    unit: 'count',
    labels: { type: EXECUTION_NAMES },
    dashboardRow: 'Orders',
  },
  reportLatency: {
    type: 'histogram',
    name: 'nautilus_edge_report_latency_seconds',
    help: "From the socket's read of a command to the hand-over of each report about it, at the receiver's ack level.",
    unit: 'seconds',
    ...LATENCY_RANGE,
    dashboardRow: 'Latency',
  },
  appendLatency: {
    type: 'histogram',
    name: 'nautilus_edge_append_latency_seconds',
    help: 'Time of one append to the journal, as the sequencer waits for it.',
    unit: 'seconds',
    ...LATENCY_RANGE,
    dashboardRow: 'Latency',
  },
  batchCommands: {
    type: 'histogram',
    name: 'nautilus_edge_batch_commands',
    help: 'Commands appended to the journal in one write.',
    unit: 'count',
    scale: 1,
    lowest: 1,
    highest: 2 ** 16,
    dashboardRow: 'Orders',
  },
  lastSequence: {
    type: 'gauge',
    name: 'nautilus_edge_journal_sequence',
    help: 'Sequence of the last command in the journal.',
    unit: 'count',
    dashboardRow: 'Journal',
  },
  durableSequence: {
    type: 'gauge',
    name: 'nautilus_edge_durable_sequence',
    help: 'Sequence up to which the journal is durable.',
    unit: 'count',
    dashboardRow: 'Journal',
  },
  stalled: {
    type: 'gauge',
    name: 'nautilus_edge_journal_refusing',
    help: '1 while the journal cannot be written and every order is refused, else 0.',
    unit: 'count',
    dashboardRow: 'Journal',
    alerts: [
      {
        name: 'NautilusJournalRefusing',
        expr: 'nautilus_edge_journal_refusing > 0',
        for: '0s',
        severity: 'page',
        summary: 'The journal cannot be written: the node refuses every order',
        runbook: 'Free space on the disk of the data folder or repair it. Trading resumes by itself.',
        fires: {
          series: { 'nautilus_edge_journal_refusing{process="node"}': '0 1x10' },
          atMinute: 5,
          labels: { process: 'node' },
        },
        quiet: { series: { 'nautilus_edge_journal_refusing{process="node"}': '0x10' }, atMinute: 5 },
      },
    ],
  },
  outboxBytes: {
    type: 'gauge',
    name: 'nautilus_edge_outbox_bytes',
    help: 'Bytes of reports kept for sending again.',
    unit: 'bytes',
  },
  epoch: {
    type: 'gauge',
    name: 'nautilus_edge_epoch',
    help: 'Epoch under which the node leads its journal.',
    unit: 'count',
  },
});

export type BoundEdgeMetrics = BoundMetrics<(typeof edgeMetrics)['specs']>;
