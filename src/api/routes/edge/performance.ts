/** Performance of this site over HTTP: hops, baselines and what the figures suggest. */
import { compare } from '#edge/performance/baselines.ts';
import type { Baseline } from '#edge/performance/baselines.ts';
import { recommend } from '#edge/performance/recommendations.ts';
import type { PerformanceFigures, Share } from '#edge/performance/regional.ts';
import type { EdgeNetwork } from '#edge/sites/service.ts';
import type { ApiContext, ApiServer } from '../../context.ts';
import { instrumentsOf } from '../../engine-reads.ts';
import { notFound } from '../../errors.ts';
import * as shapes from '../../schemas/edge-network.ts';
import { PROBLEMS } from '../problems.ts';

const TAGS = ['edge'];
const READ = { permission: 'operations.read' } as const;
const LISTED_MAX = 50;

export function performanceRoutes(app: ApiServer, context: ApiContext, network: EdgeNetwork): void {
  const { clock, version } = context.deps;
  const figures = (): PerformanceFigures => network.performance.figures(clock.nowMicros());
  const baseline = async (name: string): Promise<Baseline> => {
    const found = (await network.baselines.list()).find((each) => each.name === name);
    if (found === undefined) throw notFound(`baseline ${name}`);
    return found;
  };

  app.get(
    '/performance/hops',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Where the time of orders goes, from the stamps of the journal',
        response: { 200: shapes.hopListSchema, ...PROBLEMS },
      },
    },
    async () => ({
      figures: structuredClone(figures()),
      note: 'Queueing is the time while other commands of the same batch were carried out; risk is checked within match.',
    }),
  );
  app.get(
    '/performance/recommendations',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'What the figures suggest; empty while too little was measured',
        response: { 200: shapes.recommendationListSchema, ...PROBLEMS },
      },
    },
    async () => ({ recommendations: recommend(figures(), network.nodeClass.ordersPerSecond) }),
  );
  app.get(
    '/performance/baselines',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Figures that were kept',
        response: { 200: shapes.baselineListSchema, ...PROBLEMS },
      },
    },
    async () => ({ baselines: structuredClone(await network.baselines.list()) as Baseline[] }),
  );
  app.post(
    '/performance/baselines',
    {
      config: { permission: 'operations.write' },
      schema: {
        tags: TAGS,
        summary: 'Keep the present figures under a name',
        body: shapes.keepBaselineSchema,
        response: { 201: shapes.baselineSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const kept = { name: request.body.name, build: version, takenMicros: clock.nowMicros(), figures: figures() };
      await network.baselines.keep(kept);
      await context.record(request, { act: 'performance.baseline', target: kept.name, outcome: 'done' });
      return reply.code(201).send(structuredClone(kept));
    },
  );
  app.get(
    '/performance/baselines/:name/comparison',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'The present figures beside those that were kept',
        params: shapes.nameParamsSchema,
        response: { 200: shapes.comparisonSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const kept = await baseline(request.params.name);
      return { baseline: structuredClone(kept), build: version, figures: compare(kept.figures, figures()) };
    },
  );
}

/** All that this site knows of its own performance, for the answer that lists every region. */
export function regionalDetail(context: ApiContext, network: EdgeNetwork, site: string) {
  const figures = network.performance.figures(context.deps.clock.nowMicros());
  const { nodeClass, performance } = network;
  const { state } = context.deps.view;
  const symbols = new Map(
    state === undefined ? [] : instrumentsOf(state).map(({ instrument, symbol }) => [instrument, symbol]),
  );
  const planned = nodeClass.ordersPerSecond;
  return {
    site,
    nodeClass: nodeClass.name,
    promisedMicros: nodeClass.promisedMicros,
    headroom: planned === 0 ? 0 : Math.max(0, 1 - figures.peakOrdersPerSecond / planned),
    figures: structuredClone(figures),
    instruments: busiest(performance.byInstrument()).map(([index, share]) => ({
      symbol: symbols.get(index) ?? String(index),
      ...share,
    })),
    gateways: busiest(performance.bySession()).map(([session, share]) => ({ session, ...share })),
    recommendations: recommend(figures, planned),
  };
}

function busiest(shares: ReadonlyMap<number, Share>): [number, Share][] {
  return [...shares].toSorted(([, a], [, b]) => b.orders - a.orders).slice(0, LISTED_MAX);
}
