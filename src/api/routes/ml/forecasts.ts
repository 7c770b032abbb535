/** Forecasts of the platform's own load: present ones, their curve, what they are made of, and what was measured. */
import { z } from 'zod';
import { CodedError } from '#kit/errors.ts';
import { LOAD_UNITS } from '#optimizer/data/load-meter.ts';
import type { ForecastService } from '#optimizer/forecast/forecast-service.ts';
import { LIVE_HORIZONS, LIVE_SEASON_MINUTES, minutesNeeded } from '#optimizer/forecast/live-spec.ts';
import type { ServiceForecast } from '#optimizer/forecast/service-forecast.ts';
import type { ApiContext, ApiServer } from '../../context.ts';
import { ApiFailure } from '../../errors.ts';
import * as shapes from '../../schemas/forecasts.ts';
import { PROBLEMS } from '../problems.ts';

const TAGS = ['optimizer'];
const CONTRIBUTIONS_MAX = 12;
const DAY_MINUTES = 1440;
const MICROS_PER_SECOND = 1e6;
const serviceParams = z.object({ service: z.string() });
const horizonParams = z.object({ service: z.string(), horizon: z.string() });

export function forecastRoutes(app: ApiServer, context: ApiContext, forecasts: ForecastService): void {
  const permission = 'predictions.read' as const;

  app.get(
    '/predictions/current',
    {
      config: { permission },
      schema: {
        tags: TAGS,
        summary: 'Present forecasts of every service',
        response: { 200: shapes.predictionsSchema, ...PROBLEMS },
      },
    },
    async () => presentForecasts(context, forecasts),
  );

  app.get(
    '/predictions/:service/curve',
    {
      config: { permission },
      schema: {
        tags: TAGS,
        summary: 'Forecast of one service for each of the next minutes',
        params: serviceParams,
        querystring: z.strictObject({
          minutes: z.coerce.number().int().min(1).max(DAY_MINUTES).default(LIVE_SEASON_MINUTES),
          step: z.coerce.number().int().min(1).max(60).default(1),
        }),
        response: { 200: shapes.forecastCurveSchema, ...PROBLEMS },
      },
    },
    async ({ params, query }) => {
      const service = serviceOf(forecasts, params.service);
      const points = service.curve(query.minutes, query.step);
      return { service: service.name, unit: LOAD_UNITS[service.name], points };
    },
  );

  app.get(
    '/load/:service',
    {
      config: { permission },
      schema: {
        tags: TAGS,
        summary: 'Measured load of one service, minute by minute',
        params: serviceParams,
        querystring: z.strictObject({ minutes: z.coerce.number().int().min(1).max(DAY_MINUTES).default(120) }),
        response: { 200: shapes.loadHistorySchema, ...PROBLEMS },
      },
    },
    async ({ params, query }) => {
      const { name, history } = serviceOf(forecasts, params.service);
      const from = Math.max(0, history.length - query.minutes);
      const minutes = Array.from({ length: history.length - from }, (_none, on) => ({
        timeMicros: history.timesMicros[from + on],
        value: history.values[from + on],
        filled: history.filled[from + on] === 1,
      }));
      return { service: name, unit: LOAD_UNITS[name], minutes };
    },
  );

  app.get(
    '/features/:service/:horizon',
    {
      config: { permission },
      schema: {
        tags: TAGS,
        summary: 'The present features of one forecast',
        params: horizonParams,
        response: { 200: shapes.featureRowSchema, ...PROBLEMS },
      },
    },
    async ({ params }) => {
      const service = serviceOf(forecasts, params.service);
      const row = horizonOf(service, params.horizon).present();
      const features = (row?.names ?? []).map((name, on) => ({ name, value: row?.values[on] ?? null }));
      const timeMicros = row === undefined ? null : service.history.timesMicros[service.history.length - 1];
      return { service: service.name, horizon: params.horizon, timeMicros, features };
    },
  );

  app.get(
    '/explanations/:service/:horizon',
    {
      config: { permission },
      schema: {
        tags: TAGS,
        summary: 'What moved a forecast most',
        params: horizonParams,
        response: { 200: shapes.explanationSchema, ...PROBLEMS },
      },
    },
    async ({ params }) => {
      const service = serviceOf(forecasts, params.service);
      const horizon = horizonOf(service, params.horizon);
      const contributions = horizon.explain(CONTRIBUTIONS_MAX);
      const model = horizon.forecast?.modelId ?? null;
      const reason =
        model === null
          ? 'No model is in use here: the forecast is a naive one, of the same minutes before.'
          : 'Contributions of the largest features to the logarithm of the blended forecast.';
      return { service: service.name, horizon: params.horizon, model, reason, contributions };
    },
  );
}

function presentForecasts(context: ApiContext, forecasts: ForecastService): shapes.Predictions {
  const nowMicros = context.deps.clock.nowMicros();
  const predictions = forecasts.all().flatMap((service) =>
    LIVE_HORIZONS.map(({ name, ahead }) => {
      const forecast = service.horizon(name).forecast;
      const [p50 = 0, p90 = 0, p95 = 0, p99 = 0] = forecast?.quantiles ?? [];
      return {
        service: service.name,
        horizon: name,
        horizonMinutes: ahead,
        unit: LOAD_UNITS[service.name],
        basis: forecast?.basis ?? null,
        issuedMicros: forecast?.issuedMicros ?? null,
        targetMicros: forecast?.targetMicros ?? null,
        ageSeconds: forecast === undefined ? null : Math.max(0, nowMicros - forecast.issuedMicros) / MICROS_PER_SECOND,
        value: forecast?.value ?? null,
        quantiles: forecast === undefined ? null : { p50, p90, p95, p99 },
        model: forecast?.modelId ?? null,
        naiveWeight: forecast?.naiveWeight ?? null,
        minutesKnown: forecasts.minutes,
        minutesNeeded: minutesNeeded(ahead),
        regime: null,
        pattern: null,
      };
    }),
  );
  return { ...stateOf(forecasts), simulated: context.simulated, timeMicros: nowMicros, predictions };
}

function stateOf(forecasts: ForecastService): { status: 'forecasting' | 'training' | 'cold start'; reason: string } {
  const { minutes, training } = forecasts;
  const needed = minutesNeeded(LIVE_HORIZONS[0].ahead);
  if (training.running) {
    return { status: 'training', reason: `Models are being trained: ${Math.round(training.progress * 100)}% done.` };
  }
  if (minutes < needed) {
    const reason = `${minutes} minutes of load are known; the first model needs ${needed}. Until then a forecast is naive, or absent where too little is known.`;
    return { status: 'cold start', reason };
  }
  return { status: 'forecasting', reason: `Forecasts are made every minute from ${minutes} minutes of load.` };
}

/** The service, or its coded error as an answer. */
function serviceOf(forecasts: ForecastService, name: string): ServiceForecast {
  return answering(() => forecasts.get(name));
}

function horizonOf(service: ServiceForecast, name: string): ReturnType<ServiceForecast['horizon']> {
  return answering(() => service.horizon(name));
}

/** Runs what may refuse by a coded error, and answers with it. */
export function answering<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof CodedError ? new ApiFailure(error.kind, { detail: error.detail ?? null }) : error;
  }
}
