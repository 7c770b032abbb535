/** Sites, node classes and self-tests over HTTP. */
import { expectedMicros } from '#edge/sites/geography.ts';
import { greatCircleKm, leastMicros } from '#kit/geography.ts';
import { openShares } from '#edge/sites/market-hours.ts';
import type { SelfTest } from '#edge/sites/self-test.ts';
import type { EdgeNetwork } from '#edge/sites/service.ts';
import type { ApiContext, ApiServer } from '../../context.ts';
import { notFound } from '../../errors.ts';
import * as shapes from '../../schemas/edge-network.ts';
import { PROBLEMS } from '../problems.ts';

const TAGS = ['edge'];
const READ = { permission: 'operations.read' } as const;

export function siteRoutes(app: ApiServer, context: ApiContext, network: EdgeNetwork): void {
  const { file } = network;
  const { clock } = context.deps;
  selfTestRoutes(app, context, network);

  app.get(
    '/sites',
    {
      config: READ,
      schema: { tags: TAGS, summary: 'Where nodes can stand', response: { 200: shapes.siteListSchema, ...PROBLEMS } },
    },
    async () => ({
      currency: file.currency,
      routeFactor: file.routeFactor,
      sites: file.sites.map((site) => {
        const market = file.markets.find(({ mic }) => mic === site.market);
        return { ...site, marketOpen: market === undefined ? null : openShares(market, clock.nowMicros()) };
      }),
    }),
  );

  app.get(
    '/sites/:id',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'One site, and how far the others are',
        params: shapes.idParamsSchema,
        response: { 200: shapes.siteDetailSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const site = file.sites.find(({ id }) => id === request.params.id);
      if (site === undefined) throw notFound(`site ${request.params.id}`);
      const neighbours = file.sites
        .filter((other) => other !== site)
        .map((other) => ({
          site: other.id,
          km: greatCircleKm(site, other),
          leastMicros: leastMicros(site, other),
          expectedMicros: expectedMicros(site, other, file.routeFactor),
        }))
        .toSorted((a, b) => a.km - b.km);
      return { site, neighbours };
    },
  );

  app.get(
    '/node-classes',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'What each class of node promises',
        response: { 200: shapes.nodeClassListSchema, ...PROBLEMS },
      },
    },
    async () => ({ inUse: network.nodeClass.name, nodeClasses: file.nodeClasses }),
  );
  app.get(
    '/activities',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Kinds of clients, and how far they may be from a node',
        response: { 200: shapes.activityListSchema, ...PROBLEMS },
      },
    },
    async () => ({ activities: file.activities }),
  );
  app.get(
    '/markets',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Opening hours by UTC hour of today',
        response: { 200: shapes.marketListSchema, ...PROBLEMS },
      },
    },
    async () => ({
      markets: file.markets.map((market) => ({
        mic: market.mic,
        timeZone: market.timeZone,
        openShares: openShares(market, clock.nowMicros()),
      })),
    }),
  );
}

function selfTestRoutes(app: ApiServer, context: ApiContext, { selfTests }: EdgeNetwork): void {
  app.get(
    '/self-tests',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Self-tests of this machine, newest first',
        response: { 200: shapes.selfTestListSchema, ...PROBLEMS },
      },
    },
    async () => ({ selfTests: selfTests.list().map(shown) }),
  );
  app.post(
    '/self-tests',
    {
      config: { permission: 'operations.write' },
      schema: {
        tags: TAGS,
        summary: 'Measure this machine now; takes some seconds',
        response: { 201: shapes.selfTestSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const test = await selfTests.run();
      await context.record(request, {
        act: 'edge.self-test',
        target: test.id,
        outcome: 'done',
        detail: { best: test.best },
      });
      return reply.code(201).send(shown(test));
    },
  );
  app.get(
    '/self-tests/:id',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'One self-test',
        params: shapes.idParamsSchema,
        response: { 200: shapes.selfTestSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const test = selfTests.list().find(({ id }) => id === request.params.id);
      if (test === undefined) throw notFound(`self-test ${request.params.id}`);
      return shown(test);
    },
  );
}

function shown({ id, timeMicros, reading, verdicts, best }: SelfTest) {
  return {
    id,
    timeMicros,
    reading: { ...reading },
    verdicts: verdicts.map(({ nodeClass, proven, checks }) => ({
      nodeClass,
      proven,
      checks: checks.map((one) => ({ ...one })),
    })),
    best,
  };
}
