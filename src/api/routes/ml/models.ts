/** Models of load forecasts: which there are, promoting and going back, training, and drift. */
import { z } from 'zod';
import { CodedError } from '#kit/errors.ts';
import type { ForecastService } from '#optimizer/forecast/forecast-service.ts';
import type { ApiContext, ApiServer } from '../../context.ts';
import { ApiFailure } from '../../errors.ts';
import * as shapes from '../../schemas/forecasts.ts';
import { PROBLEMS } from '../problems.ts';
import { answering } from './forecasts.ts';

const TAGS = ['optimizer'];
const modelParams = z.object({ model: z.string() });

export function forecastModelRoutes(app: ApiServer, context: ApiContext, forecasts: ForecastService): void {
  const { registry } = forecasts;
  modelReads(app, context, forecasts);

  app.post(
    '/models/:model/promote',
    {
      config: { permission: 'models.write' },
      schema: {
        tags: TAGS,
        summary: 'Use a model from now on; refused for one that did not beat the naive forecast',
        params: modelParams,
        response: { 200: shapes.forecastModelSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { model } = request.params;
      const act = { act: 'forecast-model.promote', target: model };
      await context.recorded(request, act, async () => answered(async () => forecasts.promote(model)));
      return answered(async () => registry.read(model));
    },
  );

  app.post(
    '/models/roll-back',
    {
      config: { permission: 'models.write' },
      schema: {
        tags: TAGS,
        summary: 'Go back to the champion before',
        body: z.strictObject({ service: z.string(), horizon: z.string() }),
        response: { 200: shapes.forecastModelListSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { service, horizon } = request.body;
      const act = { act: 'forecast-model.roll-back', target: `${service} ${horizon}` };
      await context.recorded(request, act, async () => answered(async () => forecasts.rollBack(service, horizon)));
      const models = await registry.champions();
      return { models: models.filter((one) => one.service === service && one.horizon === horizon) };
    },
  );

  app.post(
    '/training',
    {
      config: { permission: 'models.write' },
      schema: {
        tags: TAGS,
        summary: 'Train now, in the background',
        response: { 202: shapes.trainingSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const act = { act: 'forecast-model.train', target: 'all services' };
      await context.recorded(request, act, async () => answering(() => forecasts.train('asked for')));
      return reply.code(202).send(await presentTraining(forecasts));
    },
  );
}

function modelReads(app: ApiServer, context: ApiContext, forecasts: ForecastService): void {
  const permission = 'predictions.read' as const;
  app.get(
    '/models',
    {
      config: { permission },
      schema: {
        tags: TAGS,
        summary: 'Every model with its card, newest first',
        response: { 200: shapes.forecastModelListSchema, ...PROBLEMS },
      },
    },
    async () => ({ models: await forecasts.registry.list() }),
  );

  app.get(
    '/models/:model',
    {
      config: { permission },
      schema: {
        tags: TAGS,
        summary: 'One model’s card',
        params: modelParams,
        response: { 200: shapes.forecastModelSchema, ...PROBLEMS },
      },
    },
    async ({ params }) => answered(async () => forecasts.registry.read(params.model)),
  );

  app.get(
    '/training',
    {
      config: { permission },
      schema: {
        tags: TAGS,
        summary: 'Training that runs, and what came of earlier ones',
        response: { 200: shapes.trainingSchema, ...PROBLEMS },
      },
    },
    async () => presentTraining(forecasts),
  );

  app.get(
    '/drift',
    {
      config: { permission },
      schema: {
        tags: TAGS,
        summary: 'What has drifted, and what that calls for',
        response: { 200: shapes.driftSchema, ...PROBLEMS },
      },
    },
    async () => presentDrift(forecasts, context.deps.clock.nowMicros()),
  );
}

async function presentTraining(forecasts: ForecastService): Promise<shapes.Training> {
  const jobs = await forecasts.jobs();
  return {
    ...forecasts.training,
    jobs: jobs.map((job) => ({
      jobId: job.job_id,
      reason: job.reason,
      state: job.state,
      startedMicros: job.started_micros,
      endedMicros: job.ended_micros,
      outcome: JSON.parse(job.outcome) as Record<string, unknown>,
    })),
  };
}

function presentDrift(forecasts: ForecastService, nowMicros: number): z.infer<typeof shapes.driftSchema> {
  return {
    services: forecasts.all().map((service) => {
      const ratio = service.horizon('15m').errorRatio;
      return {
        service: service.name,
        ...service.decide(nowMicros),
        errorRatio: Number.isFinite(ratio) ? ratio : null,
        signals: service.drift.reports(),
      };
    }),
  };
}

/** Waits for what may be refused by a coded error, and answers with it. */
async function answered<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof CodedError ? new ApiFailure(error.kind, { detail: error.detail ?? null }) : error;
  }
}
