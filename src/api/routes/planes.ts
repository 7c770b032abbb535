/**
 * One route of each plane that always answers. Planes that are not installed say so: nothing is invented in their place.
 */
import type { ApiContext, ApiServer } from '../context.ts';
import { quantiles, reportLatency } from '../latency.ts';
import * as shapes from '../schemas/operations.ts';
import { siteOf } from '../site.ts';
import { regionalDetail } from './edge/performance.ts';
import { PROBLEMS } from './problems.ts';

export function planeRoutes(app: ApiServer, context: ApiContext): void {
  const { clock, metrics } = context.deps;

  app.get(
    '/edge/performance/regional',
    {
      config: { permission: 'operations.read' },
      schema: {
        tags: ['edge'],
        summary: 'Latency of each region, as its nodes measured it',
        response: { 200: shapes.regionalPerformanceSchema, ...PROBLEMS },
      },
    },
    async () => {
      const { region, name } = await siteOf(context);
      const handle = reportLatency(metrics);
      const none = { p50Micros: null, p90Micros: null, p99Micros: null, p999Micros: null };
      const count = handle?.count ?? 0;
      const figures = handle === undefined ? none : quantiles(handle);
      const local = { region, local: true, nodes: 1, measured: count > 0, orders: count, ...figures };
      const { edgeNetwork } = context.deps;
      const detail = edgeNetwork === undefined ? {} : { detail: regionalDetail(context, edgeNetwork, name) };
      return { regions: [{ ...local, ...detail }], timeMicros: clock.nowMicros() };
    },
  );

  if (context.deps.reports === undefined) reportsElsewhere(app);

  if (context.deps.forecasts !== undefined) return;
  app.get(
    '/ml/predictions/current',
    {
      config: { permission: 'predictions.read' },
      schema: {
        tags: ['optimizer'],
        summary: 'Present forecasts',
        response: { 200: shapes.notAvailablePredictionsSchema, ...PROBLEMS },
      },
    },
    async () => {
      const reason = 'This process makes no forecasts: no model is trained, and none is guessed.';
      return { status: 'not available' as const, reason, predictions: [] };
    },
  );
}

/** A process that makes no reports says so. */
function reportsElsewhere(app: ApiServer): void {
  app.get(
    '/compliance/reports/generate',
    {
      config: { permission: 'reports.read' },
      schema: {
        tags: ['compliance'],
        summary: 'What reports can be generated',
        response: { 200: shapes.notAvailableReportsSchema, ...PROBLEMS },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      const reason = 'This process makes no reports: there is nothing to generate one from.';
      return { status: 'not available' as const, reason, reports: [] };
    },
  );
}
