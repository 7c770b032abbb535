/** Shapes of traffic steering: targets with their conditions, routes, decisions with their reasons. Only data shapes. */
import { z } from 'zod';
import { timeMicrosSchema } from './common.ts';

const stateSchema = z.enum(['healthy', 'degraded', 'unhealthy', 'unknown']);
const strategySchema = z.enum(['latency', 'geographic', 'health', 'weighted', 'least-connections']);

const candidateSchema = z.object({
  target: z.string(),
  stage: z.string(),
  state: stateSchema,
  stateSource: z.string(),
  load: z.number().nullable().describe('Sessions over capacity'),
  distanceKm: z.number().nullable(),
  roundTripMicros: z.number().nullable(),
  roundTripSource: z.enum(['measured', 'estimated', 'not known']),
  ceilingMicros: z.number(),
  allowed: z.boolean(),
  chosen: z.boolean(),
  because: z.string(),
});

const answerShape = {
  client: z.string(),
  network: z.string().describe('What the answer depends on: the client’s /24 or /56'),
  country: z.string().nullable(),
  region: z.string().nullable(),
  route: z.string(),
  strategy: strategySchema,
  stage: z.string(),
  round: z.string(),
  givenUp: z.string().nullable().describe('Which rule was given up to answer at all'),
  decidedBy: z.string(),
  target: z.string().nullable(),
  ipv4: z.array(z.string()),
  ipv6: z.array(z.string()),
  ttlSeconds: z.int().min(1).max(60),
  ttlBecause: z.string(),
};
export const steeringDecisionSchema = z.object(answerShape);
export const steeringExplanationSchema = z.object({ ...answerShape, candidates: z.array(candidateSchema) });
export type SteeringExplanation = z.output<typeof steeringExplanationSchema>;

const steeringTargetSchema = z.object({
  id: z.string(),
  provider: z.string(),
  region: z.string(),
  latitude: z.number(),
  longitude: z.number(),
  ipv4: z.array(z.string()),
  ipv6: z.array(z.string()),
  weight: z.int(),
  capacitySessions: z.int(),
  state: stateSchema,
  stateSource: z.string(),
  sessions: z.int().nullable(),
  drained: z.boolean(),
});
export const steeringTargetListSchema = z.object({ targets: z.array(steeringTargetSchema) });
export type SteeringTargetList = z.output<typeof steeringTargetListSchema>;

export const steeringPolicyListSchema = z.object({
  ttlSeconds: z.int(),
  spillAt: z.number(),
  stickySeconds: z.number(),
  routes: z.array(
    z.object({
      name: z.string(),
      clients: z.string(),
      ceilingMs: z.number(),
      strategy: strategySchema,
      stages: z.array(
        z.object({
          label: z.string(),
          strategy: strategySchema,
          ceilingMs: z.number(),
          targets: z.array(z.string()),
        }),
      ),
    }),
  ),
});

export const steeringStatusSchema = z.object({
  zone: z.string(),
  steered: z.array(z.string()),
  listen: z.array(z.string()),
  ports: z.array(z.int()),
  problem: z.string().nullable(),
  locationRanges: z.int(),
  locationBuiltMicros: timeMicrosSchema,
  answers: z.record(z.string(), z.int()),
});
export type SteeringStatus = z.output<typeof steeringStatusSchema>;

export const conditionReportSchema = z.strictObject({
  state: stateSchema.exclude(['unknown']),
  sessions: z.int().min(0).max(100_000_000).optional(),
});

export const conditionReceiptSchema = z.object({ target: z.string(), state: stateSchema });

export const drainReceiptSchema = z.object({ target: z.string(), drained: z.boolean(), auditId: z.string() });

export const dnsEndpointSchema = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()) }),
  spec: z.object({
    endpoints: z.array(
      z.object({
        dnsName: z.string(),
        recordType: z.string(),
        recordTTL: z.int(),
        targets: z.array(z.string()),
        setIdentifier: z.string().optional(),
        labels: z.record(z.string(), z.string()),
        providerSpecific: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
      }),
    ),
  }),
});
