/** Shapes of what the forecasting routes answer. Loads are plain numbers: they are estimates, not money. */
import { z } from 'zod';
import { timeMicrosSchema } from './common.ts';

const basisSchema = z
  .enum(['model', 'naive', 'coldStart'])
  .describe('model: learnt; naive: the best simple forecast of late; coldStart: less than one season is known');

const predictionSchema = z
  .object({
    service: z.string(),
    horizon: z.string(),
    horizonMinutes: z.int(),
    unit: z.string().describe('What one unit of the load is'),
    basis: basisSchema.nullable(),
    issuedMicros: timeMicrosSchema.nullable(),
    targetMicros: timeMicrosSchema.nullable(),
    ageSeconds: z.number().nullable().describe('Since it was issued'),
    value: z.number().nullable(),
    quantiles: z
      .object({ p50: z.number(), p90: z.number(), p95: z.number(), p99: z.number() })
      .nullable()
      .describe('Load that will not be passed with that probability, calibrated by outcomes'),
    model: z.string().nullable(),
    naiveWeight: z.number().nullable().describe('Trust that the naive forecast has at present, 0 to 1'),
    minutesKnown: z.int(),
    minutesNeeded: z.int().describe('Of history, before a model can be trained'),
    regime: z.string().nullable(),
    pattern: z.string().nullable(),
  })
  .meta({ id: 'Prediction' });

export const predictionsSchema = z
  .object({
    status: z.enum(['forecasting', 'training', 'cold start']),
    reason: z.string().describe('The state in one sentence'),
    simulated: z.boolean(),
    timeMicros: timeMicrosSchema,
    predictions: z.array(predictionSchema),
  })
  .meta({ id: 'Predictions' });

export const forecastCurveSchema = z.object({
  service: z.string(),
  unit: z.string(),
  points: z.array(z.object({ timeMicros: timeMicrosSchema, value: z.number(), upper: z.number() })),
});

export const loadHistorySchema = z.object({
  service: z.string(),
  unit: z.string(),
  minutes: z.array(z.object({ timeMicros: timeMicrosSchema, value: z.number(), filled: z.boolean() })),
});

export const featureRowSchema = z.object({
  service: z.string(),
  horizon: z.string(),
  timeMicros: timeMicrosSchema.nullable(),
  features: z.array(z.object({ name: z.string(), value: z.number().nullable().describe('Null where missing') })),
});

export const explanationSchema = z.object({
  service: z.string(),
  horizon: z.string(),
  model: z.string().nullable(),
  reason: z.string(),
  contributions: z.array(
    z.object({
      feature: z.string(),
      value: z.number().nullable(),
      effect: z.number().describe('Added to the logarithm of the forecast'),
    }),
  ),
});

const cardSchema = z.object({
  dataHash: z.string(),
  minutes: z.int(),
  features: z.int(),
  members: z.array(z.object({ name: z.string(), weight: z.number() })),
  naive: z.string(),
  codeVersion: z.string(),
  validation: z.object({ model: z.number(), naive: z.number(), ratio: z.number() }),
  limits: z.string(),
});

export const forecastModelSchema = z
  .object({
    modelId: z.string(),
    service: z.string(),
    horizon: z.string(),
    state: z.enum(['champion', 'challenger', 'refused', 'retired']),
    createdMicros: timeMicrosSchema,
    card: cardSchema,
  })
  .meta({ id: 'ForecastModel' });
export const forecastModelListSchema = z.object({ models: z.array(forecastModelSchema) });

export const trainingSchema = z.object({
  running: z.boolean(),
  progress: z.number().describe('0 to 1'),
  jobs: z.array(
    z.object({
      jobId: z.string(),
      reason: z.string(),
      state: z.enum(['running', 'done', 'failed']),
      startedMicros: timeMicrosSchema,
      endedMicros: timeMicrosSchema.nullable(),
      outcome: z.record(z.string(), z.unknown()),
    }),
  ),
});

export const driftSchema = z.object({
  services: z.array(
    z.object({
      service: z.string(),
      action: z.enum(['none', 'recalibrate', 'retrain', 'fallBack']),
      reason: z.string(),
      errorRatio: z.number().nullable().describe('Of late, of the 15-minute forecast to the naive one'),
      signals: z.array(
        z.object({
          signal: z.enum(['level', 'residual', 'coverage']),
          score: z.number(),
          threshold: z.number(),
          alarm: z.boolean(),
          alarms: z.int(),
          sinceMicros: timeMicrosSchema.nullable(),
        }),
      ),
    }),
  ),
});

export type Predictions = z.infer<typeof predictionsSchema>;
export type Explanation = z.infer<typeof explanationSchema>;
export type Training = z.infer<typeof trainingSchema>;
