/** Placement over HTTP: what is demanded, runs that are computed in a thread, and what each found. */
import type { PlacementRun } from '#edge/placement/runs.ts';
import { requestOf } from '#edge/sites/service.ts';
import type { EdgeNetwork } from '#edge/sites/service.ts';
import { CodedError } from '#kit/errors.ts';
import type { ApiContext, ApiServer } from '../../context.ts';
import { ApiFailure, notFound } from '../../errors.ts';
import * as shapes from '../../schemas/edge-network.ts';
import { PROBLEMS } from '../problems.ts';

const TAGS = ['edge'];

export function placementRoutes(app: ApiServer, context: ApiContext, network: EdgeNetwork): void {
  const { runs, file } = network;
  const found = (id: string): PlacementRun => {
    const run = runs.find(id);
    if (run === undefined) throw notFound(`placement run ${id}`);
    return run;
  };
  reportRoutes(app, found);

  app.get(
    '/demand',
    {
      config: { permission: 'operations.read' },
      schema: {
        tags: TAGS,
        summary: 'Who trades where, how much, and how latency-sensitive',
        response: { 200: shapes.demandListSchema, ...PROBLEMS },
      },
    },
    async () => ({ demand: [...file.demand] }),
  );

  app.get(
    '/placement/runs',
    {
      config: { permission: 'operations.read' },
      schema: {
        tags: TAGS,
        summary: 'Placement runs, newest first',
        response: { 200: shapes.placementRunListSchema, ...PROBLEMS },
      },
    },
    async () => ({ runs: runs.list().map(shown) }),
  );

  app.get(
    '/placement/runs/:id',
    {
      config: { permission: 'operations.read' },
      schema: {
        tags: TAGS,
        summary: 'One placement run with everything it found',
        params: shapes.idParamsSchema,
        response: { 200: shapes.placementRunSchema, ...PROBLEMS },
      },
    },
    async (request) => shown(found(request.params.id)),
  );

  app.post(
    '/placement/runs',
    {
      config: { permission: 'operations.write' },
      schema: {
        tags: TAGS,
        summary: 'Compute a placement; the same question is answered from memory',
        body: shapes.startPlacementSchema,
        response: { 200: shapes.placementRunSchema, 202: shapes.placementRunSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { strategy, redundancy, latencyShare, measured, demand, budget, nodesMax, sitesMax, spreadKm, ...options } =
        request.body;
      const limits = { budget, nodesMax, sitesMax, spreadKm };
      const wanted = { strategy, redundancy, latencyShare, measured, limits };
      const question = requestOf(file, wanted, hourStart(context.deps.clock.nowMicros()), demand);
      const known = runs.find((await network.answered(question)) ?? '');
      if (known?.outcome?.kind === 'placed' && covers(known, options)) return reply.code(200).send(shown(known));
      const { run, ended } = begun(() => runs.start(question, options));
      // Its outcome is part of the run; who asked polls it.
      void ended.then(async () => network.remember(question, run.id));
      await context.record(request, { act: 'placement.start', target: run.id, outcome: 'done', detail: { strategy } });
      return reply.code(202).send(shown(run));
    },
  );
}

function reportRoutes(app: ApiServer, found: (id: string) => PlacementRun): void {
  const reportOf = (id: string) => {
    const { outcome } = found(id);
    if (outcome?.kind !== 'placed') throw notFound(`a report of placement run ${id}`);
    return outcome.report;
  };
  const config = { permission: 'operations.read' } as const;
  app.get(
    '/placement/runs/:id/alternatives',
    {
      config,
      schema: {
        tags: TAGS,
        summary: 'Other good answers of a run',
        params: shapes.idParamsSchema,
        response: { 200: shapes.alternativesSchema, ...PROBLEMS },
      },
    },
    async ({ params }) => ({ alternatives: copied(reportOf(params.id).alternatives) }),
  );
  app.get(
    '/placement/runs/:id/pareto',
    {
      config,
      schema: {
        tags: TAGS,
        summary: 'Latency against cost',
        params: shapes.idParamsSchema,
        response: { 200: shapes.paretoFrontSchema, ...PROBLEMS },
      },
    },
    async ({ params }) => ({ pareto: copied(reportOf(params.id).pareto) }),
  );
  app.get(
    '/placement/runs/:id/reasons',
    {
      config,
      schema: {
        tags: TAGS,
        summary: 'Why each site is in or out',
        params: shapes.idParamsSchema,
        response: { 200: shapes.siteReasonsSchema, ...PROBLEMS },
      },
    },
    async ({ params }) => ({ reasons: copied(reportOf(params.id).reasons) }),
  );
}

/** Whether a run that is known answers all that is asked now. */
function covers({ options: had }: PlacementRun, wanted: PlacementRun['options']): boolean {
  return (
    had.gap <= wanted.gap &&
    had.alternatives >= wanted.alternatives &&
    had.paretoPoints >= wanted.paretoPoints &&
    (had.explainSites || !wanted.explainSites)
  );
}

const HOUR_MICROS = 3_600_000_000;

/** Market hours change with the day, not with the second: questions within the hour are the same. */
function hourStart(nowMicros: number): number {
  return nowMicros - (nowMicros % HOUR_MICROS);
}

function begun<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof CodedError) throw new ApiFailure(error.kind, { detail: error.detail });
    throw error;
  }
}

/** A copy that the answer may own. */
function copied<T>(value: T): Mutable<T> {
  return structuredClone(value) as Mutable<T>;
}

type Mutable<T> = T extends object ? { -readonly [Key in keyof T]: Mutable<T[Key]> } : T;

function shown(run: PlacementRun) {
  const { id, startedMicros, endedMicros, request, outcome, failure } = run;
  const ended = failure === null ? ('ended' as const) : ('failed' as const);
  const state = endedMicros === null ? ('running' as const) : ended;
  return {
    id,
    state,
    startedMicros,
    endedMicros,
    strategy: request.strategy,
    limits: JSON.parse(JSON.stringify(request.limits)) as Record<string, number>,
    redundancy: request.redundancy,
    outcome: copied(outcome),
    failure: failure === null ? null : { code: failure.code, detail: failure.detail ?? null },
  };
}
