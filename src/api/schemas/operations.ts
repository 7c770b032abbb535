/** Order-entry sessions, journal, snapshots, latency, replay, health. Only data shapes. */
import { z } from 'zod';
import { decimalSchema, timeMicrosSchema } from './common.ts';
import { regionalDetailSchema } from './edge-network.ts';

export const orderEntrySessionSchema = z
  .object({
    sessionId: z.int(),
    name: z.string(),
    participant: z.int(),
    accounts: z.union([z.literal('all'), z.array(z.int())]),
    role: z.enum(['trader', 'administrator']),
    publicKey: z.string().describe('Ed25519, raw 32 bytes in base64'),
    ackLevel: z.enum(['journaled', 'durable']),
    cancelOnDisconnect: z.boolean(),
    graceMs: z.int(),
    ordersPerSecondMax: z.int(),
    createdMicros: timeMicrosSchema,
    createdBy: z.string(),
    revokedMicros: timeMicrosSchema.nullable(),
    connected: z.boolean().nullable().describe('Null while the node does not say'),
    openOrders: z.int(),
  })
  .meta({ id: 'OrderEntrySession' });
export type OrderEntrySession = z.infer<typeof orderEntrySessionSchema>;
export const orderEntrySessionListSchema = z.object({ sessions: z.array(orderEntrySessionSchema) });
export type OrderEntrySessionList = z.infer<typeof orderEntrySessionListSchema>;

export const createSessionSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(64),
    participant: z.int().min(0).max(65_535),
    accounts: z.union([z.literal('all'), z.array(z.int().min(0).max(1_048_575)).min(1).max(1024)]),
    role: z.enum(['trader', 'administrator']).default('trader'),
    publicKey: z
      .string()
      .regex(/^[A-Za-z0-9+/]{43}=$/, 'an Ed25519 public key: 32 bytes in base64')
      .optional()
      .describe('Where absent the server makes a key pair and shows the private key once'),
    ackLevel: z.enum(['journaled', 'durable']).default('journaled'),
    cancelOnDisconnect: z.boolean().default(true),
    graceMs: z.int().min(0).max(600_000).default(5000),
    ordersPerSecondMax: z.int().min(1).max(1_000_000).default(1000),
  })
  .meta({ id: 'CreateSession', example: { name: 'algo-7', participant: 1, accounts: [1, 2] } });
export type CreateSession = z.infer<typeof createSessionSchema>;
export const createdSessionSchema = z.object({
  session: orderEntrySessionSchema,
  privateKey: z.string().nullable().describe('PKCS #8 PEM, shown this once; null where you brought your own key'),
});
export type CreatedSession = z.infer<typeof createdSessionSchema>;

export const journalStatusSchema = z
  .object({
    epoch: z.int(),
    firstSequence: z.int(),
    lastSequence: z.int(),
    durableSequence: z.int().nullable().describe('Null while the node does not say'),
    replicaSequence: z.int().describe('Last command this API has carried out'),
    replicaLagMicros: z.number().nullable(),
    segments: z.int(),
    bytes: z.int().nullable(),
    tornBytes: z.int().describe('Cut from a torn tail at the last start'),
    snapshotSequence: z.int(),
    fault: z.object({ code: z.string(), message: z.string() }).nullable(),
    stateHash: z.string().nullable().describe('Hash of the replica’s engine; only when asked for with ?hash=true'),
  })
  .meta({ id: 'JournalStatus' });
export type JournalStatus = z.infer<typeof journalStatusSchema>;

export const snapshotSchema = z
  .object({ sequence: z.int(), bytes: z.int(), createdMicros: timeMicrosSchema })
  .meta({ id: 'Snapshot' });
export const snapshotListSchema = z.object({ snapshots: z.array(snapshotSchema).describe('Newest first') });

export const latencyHistogramSchema = z
  .object({
    name: z.string(),
    help: z.string(),
    process: z.string(),
    unit: z.literal('seconds'),
    count: z.number(),
    sumSeconds: z.number(),
    p50Micros: z.number().nullable(),
    p90Micros: z.number().nullable(),
    p99Micros: z.number().nullable(),
    p999Micros: z.number().nullable(),
    buckets: z.array(z.object({ upToMicros: z.number(), count: z.number().describe('In this bucket alone') })),
  })
  .meta({ id: 'LatencyHistogram' });
export type LatencyHistogram = z.infer<typeof latencyHistogramSchema>;
export const latencyListSchema = z.object({
  histograms: z.array(latencyHistogramSchema),
  source: z.string().describe('Where they were measured'),
});
export type LatencyList = z.infer<typeof latencyListSchema>;

export const replayStatusSchema = z
  .object({
    kind: z.enum(['none', 'demo', 'replay']),
    state: z.enum(['idle', 'running', 'paused', 'finished']),
    label: z.string().nullable(),
    simulated: z.boolean(),
    speed: z.number().describe('1 is real time'),
    sent: z.int().describe('Commands sent so far'),
    total: z.int().nullable(),
    progress: z.number().nullable().describe('0 to 1'),
  })
  .meta({ id: 'ReplayStatus' });
export type ReplayStatus = z.infer<typeof replayStatusSchema>;
export const setReplaySpeedSchema = z
  .strictObject({ speed: z.number().min(0.1).max(1000) })
  .meta({ id: 'SetReplaySpeed', example: { speed: 2 } });

/** Something that waits for a person. */
export const attentionSchema = z
  .object({
    id: z.string(),
    severity: z.enum(['critical', 'warning', 'info']),
    title: z.string(),
    detail: z.string(),
    kind: z.enum(['approval', 'kill-switch', 'market', 'journal', 'node', 'limit']),
    target: z.string().nullable().describe('Approval id, symbol, or account; what the console links to'),
    sinceMicros: timeMicrosSchema.nullable(),
  })
  .meta({ id: 'Attention' });
export type Attention = z.infer<typeof attentionSchema>;
export const attentionListSchema = z.object({ items: z.array(attentionSchema).describe('Most urgent first') });

export const statusSchema = z
  .object({
    name: z.literal('nautilus'),
    version: z.string(),
    site: z.string(),
    startedMicros: timeMicrosSchema,
    timeMicros: timeMicrosSchema,
    simulated: z.boolean(),
    moneyExponent: z.int().describe('An amount of money units is units × 10^moneyExponent'),
    node: z.object({
      state: z.enum(['ready', 'starting', 'stopped', 'fault']),
      pid: z.int().nullable(),
      orderEntryAddress: z.string().nullable(),
      detail: z.string().nullable(),
    }),
    journalSequence: z.int(),
    replicaLagMicros: z.number().nullable(),
    instruments: z.int(),
    accounts: z.int(),
    liveOrders: z.int(),
    tradingDay: z.string().nullable().describe('yyyy-mm-dd'),
  })
  .meta({ id: 'Status' });
export type PlatformStatus = z.infer<typeof statusSchema>;

export const healthSchema = z.object({ status: z.enum(['ok', 'degraded']), version: z.string() });
export const readinessSchema = z.object({
  ready: z.boolean(),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean() })),
});

export const regionalPerformanceSchema = z
  .object({
    regions: z.array(
      z.object({
        region: z.string(),
        local: z.boolean(),
        nodes: z.int(),
        measured: z.boolean().describe('False while nothing was measured: every figure is null then'),
        detail: regionalDetailSchema.optional().describe('Where the platform knows its sites'),
        orders: z.number(),
        p50Micros: z.number().nullable(),
        p90Micros: z.number().nullable(),
        p99Micros: z.number().nullable(),
        p999Micros: z.number().nullable(),
      }),
    ),
    timeMicros: timeMicrosSchema,
  })
  .meta({ id: 'RegionalPerformance' });

/** What a plane that is not installed answers: nothing is made up. */
export const notAvailableReportsSchema = z.object({
  status: z.literal('not available'),
  reason: z.string(),
  reports: z.array(z.object({ name: z.string() })),
});
export const notAvailablePredictionsSchema = z.object({
  status: z.literal('not available'),
  reason: z.string(),
  predictions: z.array(z.object({ service: z.string(), value: decimalSchema })),
});

const codeSchema = z
  .object({
    code: z.string(),
    title: z.string(),
    help: z.string(),
    httpStatus: z.int(),
    engineCode: z.int().nullable().describe('Number on the wire, for the engine’s codes'),
  })
  .meta({ id: 'Code' });
export const codeListSchema = z.object({ codes: z.array(codeSchema) });
