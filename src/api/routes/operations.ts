/** How the platform is: status, what needs a decision, journal, snapshots, latencies, the running market. */
import { z } from 'zod';
import { Scalar } from '#trading/state.ts';
import { attentionOf } from '../attention.ts';
import { writeFailure, type ApiContext, type ApiServer } from '../context.ts';
import { MONEY_EXPONENT } from '#kit/decimal.ts';
import { accountsOf, instrumentsOf } from '../engine-reads.ts';
import { latencyHistograms } from '../latency.ts';
import * as shapes from '../schemas/operations.ts';
import type { PlatformStatus } from '../schemas/operations.ts';
import { siteOf } from '../site.ts';
import { PROBLEMS } from './problems.ts';

const TAGS = ['operations'];

export function operationsRoutes(app: ApiServer, context: ApiContext): void {
  journalRoutes(app, context);
  replayRoutes(app, context);
  const { metrics } = context.deps;

  app.get(
    '/status',
    {
      config: { permission: 'authenticated' },
      schema: { tags: TAGS, summary: 'The platform at a glance', response: { 200: shapes.statusSchema, ...PROBLEMS } },
    },
    async () => statusOf(context),
  );

  app.get(
    '/attention',
    {
      config: { permission: 'operations.read' },
      schema: {
        tags: TAGS,
        summary: 'What waits for a person, most urgent first',
        response: { 200: shapes.attentionListSchema, ...PROBLEMS },
      },
    },
    async () => ({ items: await attentionOf(context) }),
  );

  app.get(
    '/latency',
    {
      config: { permission: 'operations.read' },
      schema: {
        tags: TAGS,
        summary: 'Every latency histogram, since the start of the process that measured it',
        response: { 200: shapes.latencyListSchema, ...PROBLEMS },
      },
    },
    async () => ({
      histograms: latencyHistograms(metrics),
      source: 'metrics registries of this site’s processes, a second old at most',
    }),
  );
}

async function statusOf(context: ApiContext): Promise<PlatformStatus> {
  const { view, clock, node, version } = context.deps;
  const { state } = view;
  const { name: site } = await siteOf(context);
  return {
    name: 'nautilus',
    version,
    site,
    startedMicros: context.startedMicros,
    timeMicros: clock.nowMicros(),
    simulated: context.simulated,
    moneyExponent: MONEY_EXPONENT,
    node: { ...node.status() },
    journalSequence: view.sequence,
    replicaLagMicros: view.replica.lagMicros,
    instruments: state === undefined ? 0 : instrumentsOf(state).length,
    accounts: state === undefined ? 0 : accountsOf(state).length,
    liveOrders: state?.orders.live ?? 0,
    tradingDay: tradingDayText(state?.numbers[Scalar.tradingDay] ?? 0),
  };
}

/** yyyymmdd as yyyy-mm-dd; null before the first day roll. */
function tradingDayText(day: number): string | null {
  const text = String(day);
  return day === 0 ? null : `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`;
}

function journalRoutes(app: ApiServer, context: ApiContext): void {
  const { node, view } = context.deps;
  app.get(
    '/journal',
    {
      config: { permission: 'operations.read' },
      schema: {
        tags: TAGS,
        summary: 'The journal, and how far this API follows it',
        querystring: z.strictObject({ hash: z.enum(['true', 'false']).default('false') }),
        response: { 200: shapes.journalStatusSchema, ...PROBLEMS },
      },
    },
    async (request) => ({
      ...(await node.journal()),
      replicaSequence: view.sequence,
      replicaLagMicros: view.replica.lagMicros,
      stateHash: request.query.hash === 'true' ? view.replica.engine.stateHash() : null,
    }),
  );

  app.get(
    '/snapshots',
    {
      config: { permission: 'operations.read' },
      schema: { tags: TAGS, summary: 'Stored snapshots', response: { 200: shapes.snapshotListSchema, ...PROBLEMS } },
    },
    async () => ({ snapshots: [...(await node.snapshots())] }),
  );

  app.post(
    '/snapshots',
    {
      config: { permission: 'operations.write' },
      schema: { tags: TAGS, summary: 'Take a snapshot now', response: { 201: shapes.snapshotSchema, ...PROBLEMS } },
    },
    async (request, reply) => {
      const act = { act: 'snapshot.take', target: 'journal' };
      const { value } = await context.recorded(request, act, async () => {
        const taken = await node.takeSnapshot();
        if (!taken.ok) throw writeFailure(taken.error);
        return taken.value;
      });
      return reply.code(201).send(value);
    },
  );
}

function replayRoutes(app: ApiServer, context: ApiContext): void {
  const { replay } = context.deps;
  const response = { 200: shapes.replayStatusSchema, ...PROBLEMS };
  app.get(
    '/replay',
    {
      config: { permission: 'operations.read' },
      schema: { tags: TAGS, summary: 'The running demo market or replay', response },
    },
    async () => ({ ...replay.status() }),
  );

  for (const act of ['pause', 'resume'] as const) {
    app.post(
      `/replay/${act}`,
      {
        config: { permission: 'operations.write' },
        schema: { tags: TAGS, summary: `${act === 'pause' ? 'Pause' : 'Resume'} the demo market or replay`, response },
      },
      async (request) => {
        replay[act]();
        await context.record(request, { act: `replay.${act}`, target: 'replay', outcome: 'done' });
        return { ...replay.status() };
      },
    );
  }

  app.put(
    '/replay/speed',
    {
      config: { permission: 'operations.write' },
      schema: {
        tags: TAGS,
        summary: 'Change the speed of the demo or replay',
        body: shapes.setReplaySpeedSchema,
        response,
      },
    },
    async (request) => {
      replay.setSpeed(request.body.speed);
      await context.record(request, { act: 'replay.speed', target: 'replay', outcome: 'done', detail: request.body });
      return { ...replay.status() };
    },
  );
}
