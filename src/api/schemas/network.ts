/** Shapes of the network between sites and of host profiles. Only data shapes; times in microseconds. */
import { z } from 'zod';
import { timeMicrosSchema } from './common.ts';

const micros = z.number().nonnegative();

const linkFiguresSchema = z.object({
  to: z.string().min(1).max(63),
  p50Micros: micros.nullable(),
  p99Micros: micros.nullable(),
  jitterMicros: micros.nullable(),
  lossShare: z.number().min(0).max(1),
  samples: z.int().nonnegative(),
  measuredMicros: timeMicrosSchema,
});

export const linkReportSchema = z.strictObject({ links: z.array(linkFiguresSchema).max(100) });

export const linkReceiptSchema = z.object({ site: z.string(), links: z.int() });

const networkSiteSchema = z.object({
  name: z.string(),
  provider: z.string(),
  region: z.string(),
  latitude: z.number(),
  longitude: z.number(),
  trades: z.boolean(),
});

const matrixLinkSchema = z.object({
  from: z.string(),
  to: z.string(),
  distanceKm: z.number(),
  floorMicros: micros.describe('What light in fibre needs for the way there and back'),
  figures: linkFiguresSchema.nullable(),
  quality: z.enum(['good', 'fair', 'poor', 'lost', 'wrong', 'not measured']),
  because: z.string(),
});
export const networkMatrixSchema = z.object({ sites: z.array(networkSiteSchema), links: z.array(matrixLinkSchema) });
export type NetworkMatrix = z.output<typeof networkMatrixSchema>;

const basisSchema = z.enum(['measured', 'floor']);
export const basisQuerySchema = basisSchema
  .default('measured')
  .describe('`floor` uses what light needs where nobody has measured');

export const networkPathListSchema = z.object({
  basis: basisSchema,
  paths: z.array(
    z.object({
      from: z.string(),
      to: z.string(),
      directMicros: micros.nullable(),
      best: z.object({ sites: z.array(z.string()), roundTripMicros: micros }).nullable(),
      savesMicros: z.number(),
      basis: basisSchema,
    }),
  ),
});

export const placementAdviceSchema = z.object({
  primary: z.string(),
  basis: basisSchema,
  choices: z.array(
    z.object({
      standby: z.string(),
      witness: z.string(),
      streamLeader: z.string(),
      nearestFollower: z.string(),
      ackMicros: micros.describe('Round trip to the stream’s leader plus its round trip to the nearest follower'),
    }),
  ),
});

export const hostTierSchema = z.enum(['primary-trading', 'regional-hub', 'disaster-recovery', 'analytics']);

export const hostProfileListSchema = z.object({
  profiles: z.array(
    z.object({
      tier: hostTierSchema,
      techniques: z.array(z.object({ name: z.string(), text: z.string() })),
      isolatedProcessors: z.string(),
      hugePages: z.int(),
      settings: z.record(z.string(), z.string()),
    }),
  ),
});

export const hostReportSchema = z.object({
  tier: hostTierSchema,
  findings: z.array(
    z.object({
      technique: z.string(),
      verdict: z.enum(['in force', 'not in force', 'cannot be known here']),
      evidence: z.array(z.string()),
    }),
  ),
});
