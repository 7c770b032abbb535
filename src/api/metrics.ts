/** The API's own metrics: requests by outcome, their latency, and the followers of the stream. */
import type { FastifyInstance } from 'fastify';
import { defineMetrics } from '#telemetry/catalogue.ts';
import type { BoundMetrics } from '#telemetry/registry.ts';

export const apiMetrics = defineMetrics('api', 'HTTP API', {
  requests: {
    type: 'counter',
    name: 'nautilus_api_requests_total',
    help: 'Requests answered, by class of status.',
    unit: 'count',
    labels: { status: ['1xx', '2xx', '3xx', '4xx', '5xx'] },
    dashboardRow: 'API',
    alerts: [
      {
        name: 'NautilusApiFailing',
        expr: 'sum(rate(nautilus_api_requests_total{status="5xx"}[5m])) > 0.05 * sum(rate(nautilus_api_requests_total[5m]))',
        for: '5m',
        severity: 'ticket',
        summary: 'More than one in twenty API requests has failed for five minutes',
        runbook: 'Look for level error in the log: each failed request is there under its request id.',
        fires: {
          series: {
            'nautilus_api_requests_total{status="2xx"}': '0+60x30',
            'nautilus_api_requests_total{status="5xx"}': '0+30x30',
          },
          atMinute: 20,
          labels: {},
        },
        quiet: {
          series: {
            'nautilus_api_requests_total{status="2xx"}': '0+600x30',
            'nautilus_api_requests_total{status="5xx"}': '0+1x30',
          },
          atMinute: 20,
        },
      },
    ],
  },
  latency: {
    type: 'histogram',
    name: 'nautilus_api_request_latency_seconds',
    help: 'From the request’s arrival to the end of its answer.',
    unit: 'seconds',
    scale: 1e-6,
    lowest: 2 ** 4,
    highest: 2 ** 24,
    dashboardRow: 'API',
  },
  replicaLag: {
    type: 'gauge',
    name: 'nautilus_api_replica_lag_seconds',
    help: 'From the sequencing of the newest batch to the end of its work in the replica that the API reads.',
    unit: 'seconds',
    dashboardRow: 'API',
    alerts: [
      {
        name: 'NautilusReplicaBehind',
        expr: 'nautilus_api_replica_lag_seconds > 2',
        for: '2m',
        severity: 'ticket',
        summary: 'The API has shown the market more than two seconds late for two minutes',
        runbook:
          'The platform process is overloaded or its disk is slow: compare its processor time and event-loop delay.',
        fires: {
          series: { 'nautilus_api_replica_lag_seconds{process="platform"}': '3x10' },
          atMinute: 5,
          labels: { process: 'platform' },
        },
        quiet: { series: { 'nautilus_api_replica_lag_seconds{process="platform"}': '0.004x10' }, atMinute: 5 },
      },
    ],
  },
  durableLag: {
    type: 'gauge',
    name: 'nautilus_api_durable_lag_seconds',
    help: 'Age of the oldest journalled command that is not on the disk yet, when the node last spoke.',
    unit: 'seconds',
    dashboardRow: 'Journal',
    alerts: [
      {
        name: 'NautilusJournalNotDurable',
        expr: 'nautilus_api_durable_lag_seconds > 10',
        for: '1m',
        severity: 'page',
        summary: 'Commands have waited for the disk for more than ten seconds',
        runbook:
          'A loss of power now would lose them. Look at the disk of the data folder: latency, errors, free space.',
        fires: {
          series: { 'nautilus_api_durable_lag_seconds{process="platform"}': '30x10' },
          atMinute: 5,
          labels: { process: 'platform' },
        },
        quiet: { series: { 'nautilus_api_durable_lag_seconds{process="platform"}': '0.6x10' }, atMinute: 5 },
      },
    ],
  },
  nodeReady: {
    type: 'gauge',
    name: 'nautilus_api_node_ready',
    help: '1 while the trading node takes commands from this process, else 0.',
    unit: 'count',
    dashboardRow: 'API',
    alerts: [
      {
        name: 'NautilusNodeDown',
        expr: 'nautilus_api_node_ready == 0',
        for: '1m',
        severity: 'page',
        summary: 'The trading node has taken no commands for a minute',
        runbook:
          'GET /api/v1/trading/status says what is known; then the log of the node. Its journal is safe: a restart recovers it.',
        fires: {
          series: { 'nautilus_api_node_ready{process="platform"}': '0x10' },
          atMinute: 5,
          labels: { process: 'platform' },
        },
        quiet: { series: { 'nautilus_api_node_ready{process="platform"}': '1x10' }, atMinute: 5 },
      },
    ],
  },
  followers: {
    type: 'gauge',
    name: 'nautilus_api_stream_followers',
    help: 'Open connections of the WebSocket stream.',
    unit: 'count',
    dashboardRow: 'API',
  },
});
export type BoundApiMetrics = BoundMetrics<typeof apiMetrics.specs>;

const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** Counts and logs every answer: who, what, how long; never what was asked for, nor with which secret. */
export function countRequests(app: FastifyInstance, metrics: BoundApiMetrics): void {
  const byClass = STATUS_CLASSES.map((status) => metrics.requests.labels({ status }));
  app.addHook('onResponse', async (request, reply) => {
    const micros = Math.round(reply.elapsedTime * 1000);
    metrics.latency.observe(micros);
    byClass[Math.floor(reply.statusCode / 100) - 1]?.increment();
    const line = {
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
      micros,
      user: request.principal?.userId,
      address: request.ip,
    };
    request.log.info(line, 'answered');
  });
}
