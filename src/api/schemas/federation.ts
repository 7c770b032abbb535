/** Clusters, topology, members, observers and what they see. Only data shapes. */
import { z } from 'zod';
import { timeMicrosSchema } from './common.ts';

const micros = z.int().describe('Microseconds');
const name = z.string().describe('As the topology names it');
const count = z.int().nonnegative();

export const healthStateSchema = z
  .enum(['healthy', 'degraded', 'unhealthy', 'unknown'])
  .meta({ id: 'HealthState', example: 'healthy' });
export type HealthStateName = z.infer<typeof healthStateSchema>;

const siteShape = {
  name,
  provider: z.string(),
  region: z.string(),
  place: z.string(),
  coordinates: z.object({ latitude: z.number(), longitude: z.number() }),
  failureDomain: z.string(),
  addressRange: z.string(),
  jurisdiction: z.string(),
};

const tierSchema = z.enum(['primary-trading', 'regional-hub', 'disaster-recovery', 'analytics']);

export const clusterSchema = z
  .object({
    ...siteShape,
    tier: tierSchema,
    nodes: z.object({ min: count, max: count, present: count.describe('Nodes whose heartbeats are heard') }),
    preemptible: z.boolean(),
    drFor: name.nullable(),
    home: z.boolean().describe('The cluster that this platform belongs to'),
    state: healthStateSchema,
    suspected: z.array(z.string()).describe('Members that a quorum of observers suspects'),
    shards: z.array(z.object({ shard: name, role: z.enum(['primary', 'standby', 'witness']) })),
  })
  .meta({ id: 'Cluster' });
export type Cluster = z.infer<typeof clusterSchema>;

const witnessSchema = z.object({ ...siteShape, shards: z.array(name) });

export const clusterListSchema = z
  .object({
    mode: z
      .enum(['embedded', 'distributed'])
      .describe('embedded: this machine stands for its home cluster, and nothing is known of the others'),
    clusters: z.array(clusterSchema),
    witnesses: z.array(witnessSchema),
    timeMicros: timeMicrosSchema,
  })
  .meta({ id: 'ClusterList' });
export type ClusterList = z.infer<typeof clusterListSchema>;

export const clusterStateSchema = z
  .object({
    cluster: name,
    state: healthStateSchema,
    members: z.array(z.object({ member: z.string(), state: healthStateSchema, suspected: z.boolean() })),
    timeMicros: timeMicrosSchema,
  })
  .meta({ id: 'ClusterState' });

const lossSchema = z.enum(['none', 'lag', 'possible', 'all']);
const fateSchema = z
  .object({
    outcome: z.enum(['unaffected', 'reduced', 'takeover', 'halted']),
    leader: name.nullable().describe('Who leads afterwards; null while halted'),
    copiesLeft: count,
    copies: count,
    lost: z
      .object({ journaled: lossSchema, replicated: lossSchema })
      .describe('Of acknowledged orders, by ack level; lag: what was not replicated yet'),
  })
  .meta({ id: 'Fate' });

const levelSchema = z.enum(['process', 'host', 'failureDomain', 'region', 'provider']);
const shardSurvivalSchema = z.array(
  z.object({
    level: levelSchema,
    survives: z.boolean(),
    worst: z.string().describe('Whose loss is the worst at this level'),
    fate: fateSchema,
  }),
);

export const shardSchema = z
  .object({
    shard: name,
    residency: z.string(),
    primary: name,
    standby: name.nullable(),
    witness: name.nullable(),
    survival: shardSurvivalSchema,
    members: z.array(
      z.object({
        member: z.string(),
        cluster: name,
        role: z.enum(['leader', 'standby']),
        epoch: count,
        sequence: count,
        saidMicros: timeMicrosSchema,
        presence: z.enum(['present', 'late', 'silent', 'never']),
      }),
    ),
  })
  .meta({ id: 'Shard' });
export type ShardPlacement = z.infer<typeof shardSchema>;
export const shardListSchema = z.object({ shards: z.array(shardSchema), timeMicros: timeMicrosSchema });
export type ShardList = z.infer<typeof shardListSchema>;

const lossEventSchema = z.object({
  scope: z.enum(['site', 'failureDomain', 'region', 'provider']),
  name: z.string(),
  sites: z.array(name),
  shards: z.array(z.object({ shard: name, fate: fateSchema })),
});

export const clusterDetailSchema = z
  .object({
    cluster: clusterSchema,
    members: z.array(z.object({ member: z.string(), presence: z.string(), capabilities: z.array(z.string()) })),
    whenLost: z.array(z.object({ shard: name, fate: fateSchema })).describe('Shards that feel it, and how'),
  })
  .meta({ id: 'ClusterDetail' });

export const topologyPlanSchema = z
  .object({
    shards: z.array(z.object({ shard: name, survival: shardSurvivalSchema })),
    events: z.array(lossEventSchema).describe('What goes with each site, place, region and provider'),
  })
  .meta({ id: 'TopologyPlan' });

export type TopologyPlan = z.infer<typeof topologyPlanSchema>;

export const topologyDocumentSchema = z
  .object({ topology: z.looseObject({ home: name }).describe('The document as it was read at the start') })
  .meta({ id: 'TopologyDocument' });

export const topologyCheckSchema = z
  .object({
    sound: z.boolean(),
    findings: z.array(
      z.object({
        code: z.string().describe('Code of the catalogue at GET /api/v1/codes'),
        line: z.int(),
        place: z.string(),
        message: z.string(),
        title: z.string(),
        help: z.string(),
      }),
    ),
  })
  .meta({ id: 'TopologyCheck' });

export const checkTopologySchema = z
  .strictObject({ text: z.string().min(1).max(60_000).describe('A topology document, YAML') })
  .meta({ id: 'CheckTopology', example: { text: 'home: here\nclusters: []\n' } });

const heartbeatShape = {
  number: count,
  incarnationMicros: timeMicrosSchema.describe('When the member’s process started'),
  sentMicros: timeMicrosSchema,
  storedMicros: timeMicrosSchema,
  version: z.string(),
  capabilities: z.array(z.string()),
  capacity: z.object({ liveOrders: count, sessions: count }),
  address: z.string().nullable(),
  positions: z.array(z.object({ shard: name, role: z.enum(['leader', 'standby']), epoch: count, sequence: count })),
};
const heartbeatSchema = z.object(heartbeatShape).meta({ id: 'Heartbeat' });

export const memberSchema = z
  .object({
    member: z.string(),
    cluster: name,
    presence: z.enum(['present', 'late', 'silent', 'never']),
    heartbeat: heartbeatSchema.nullable(),
  })
  .meta({ id: 'Member' });
export const memberListSchema = z.object({ members: z.array(memberSchema), timeMicros: timeMicrosSchema });
export const heartbeatListSchema = z.object({ member: z.string(), heartbeats: z.array(heartbeatSchema) });

export const refusalListSchema = z
  .object({
    refusals: z.array(
      z.object({
        kind: z.enum(['heartbeat', 'vote']),
        code: z.string(),
        member: z.string(),
        message: z.string(),
        atMicros: timeMicrosSchema,
      }),
    ),
  })
  .meta({ id: 'RefusalList' });

export const submitHeartbeatSchema = z
  .strictObject({
    member: z.string().max(64),
    payload: z.string().max(32_768).describe('The signed text'),
    signature: z.string().length(88).describe('Ed25519, base64'),
  })
  .meta({
    id: 'SubmitHeartbeat',
    example: { member: 'us-east-node-1', payload: '{"incarnationMicros":1,…}', signature: `${'A'.repeat(86)}==` },
  });
export const submittedHeartbeatSchema = z.object({ member: z.string() });

const linkSchema = z
  .object({
    observer: name,
    target: z.string(),
    verdict: z.enum(['up', 'suspect', 'unknown']),
    phi: z.number().describe('Suspicion: each step is a factor of ten'),
    state: healthStateSchema,
    flapping: z.boolean(),
    lastGoodMicros: timeMicrosSchema.nullable(),
    roundTripMicros: micros.nullable(),
    epoch: count.nullable(),
    clockOffsetMicros: micros.nullable().describe('The target’s clock minus the observer’s'),
    intervalMicros: micros,
    deviationMicros: micros,
    heardMicros: timeMicrosSchema,
    fresh: z.boolean().describe('Whether it still counts'),
  })
  .meta({ id: 'Link' });
export const linkListSchema = z.object({ links: z.array(linkSchema), timeMicros: timeMicrosSchema });

const observerSchema = z
  .object({
    observer: name,
    provider: z.string(),
    region: z.string(),
    heard: z.boolean(),
    fresh: z.boolean(),
    score: count.nullable().describe('How unwell it finds itself: 0 is well'),
    weight: z.number().nullable().describe('What its word counts for'),
    heardMicros: timeMicrosSchema.nullable(),
  })
  .meta({ id: 'Observer' });
export const observerListSchema = z.object({
  observers: z.array(observerSchema),
  quorum: z.object({ weightNeeded: z.number(), regionsMin: count, providersMin: count }),
  timeMicros: timeMicrosSchema,
});
export const observerDetailSchema = z.object({ observer: observerSchema, links: z.array(linkSchema) });

export const suspicionSchema = z
  .object({
    target: z.string(),
    suspected: z.boolean(),
    sinceMicros: timeMicrosSchema.nullable(),
    changes: count,
    state: healthStateSchema,
    suspecting: z.array(name),
    trusting: z.array(name),
    silent: z.array(name),
    weight: z.number(),
    weightNeeded: z.number().describe('The weight must be above it'),
    regions: count,
    providers: count,
    reason: z.string(),
  })
  .meta({ id: 'Suspicion' });
export const suspicionListSchema = z.object({ suspicions: z.array(suspicionSchema), timeMicros: timeMicrosSchema });
