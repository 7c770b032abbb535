/** Sites, node classes, self-tests, placement, caches, performance. Only data shapes. */
import { z } from 'zod';
import { timeMicrosSchema } from './common.ts';

const micros = z.number().nullable().describe('Microseconds; null while nothing was measured');
const idParam = z.string().min(1).max(60);
export const idParamsSchema = z.strictObject({ id: idParam });
export const nameParamsSchema = z.strictObject({ name: idParam });
export const cacheEntryParamsSchema = z.strictObject({ name: idParam, key: z.string().min(1).max(200) });

export const siteListSchema = z.object({
  currency: z.string(),
  routeFactor: z.number(),
  sites: z.array(
    z
      .object({
        id: z.string(),
        name: z.string(),
        kind: z.enum(['venue', 'cloud']),
        provider: z.string(),
        region: z.string(),
        latitude: z.number(),
        longitude: z.number(),
        country: z.string(),
        jurisdiction: z.string(),
        market: z.string().nullable(),
        nodeClasses: z.array(z.string()),
        siteCost: z.number(),
        nodeCost: z.number(),
        nodesMax: z.int(),
        nodeOrdersPerSecond: z.int(),
        marketOpen: z.array(z.number()).nullable().describe('Share of each UTC hour its market is open today'),
      })
      .meta({ id: 'EdgeSite' }),
  ),
});
export type EdgeSiteList = z.infer<typeof siteListSchema>;

export const siteDetailSchema = z.object({
  site: z.looseObject({ id: z.string(), name: z.string() }),
  neighbours: z.array(
    z.object({ site: z.string(), km: z.number(), leastMicros: z.number(), expectedMicros: z.number() }),
  ),
});

export const nodeClassListSchema = z.object({
  inUse: z.string(),
  nodeClasses: z.array(
    z.looseObject({ name: z.string(), promisedMicros: z.number(), loop: z.string(), ackLevel: z.string().nullable() }),
  ),
});
export const activityListSchema = z.object({
  activities: z.array(
    z.object({
      name: z.string(),
      latencyMicrosMax: z.number(),
      backupLatencyMicrosMax: z.number(),
      latencyWeight: z.number(),
    }),
  ),
});
export const marketListSchema = z.object({
  markets: z.array(z.object({ mic: z.string(), timeZone: z.string(), openShares: z.array(z.number()) })),
});

const checkSchema = z.object({
  check: z.string(),
  state: z.enum(['passed', 'failed', 'unmeasured']),
  measured: z.number().nullable(),
  limit: z.number(),
  unit: z.string(),
  detail: z.string(),
});
export const selfTestSchema = z
  .object({
    id: z.string(),
    timeMicros: timeMicrosSchema,
    reading: z.looseObject({ loopP99Micros: z.number(), fsyncP99Micros: z.number() }),
    verdicts: z.array(z.object({ nodeClass: z.string(), proven: z.boolean(), checks: z.array(checkSchema) })),
    best: z.string().nullable().describe('Most demanding class that every check proves; null where none is'),
  })
  .meta({ id: 'EdgeSelfTest' });
export const selfTestListSchema = z.object({ selfTests: z.array(selfTestSchema) });
export type EdgeSelfTest = z.infer<typeof selfTestSchema>;

const demandSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{1,39}$/),
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  activity: z.enum(['high-frequency', 'market-making', 'arbitrage', 'algorithmic', 'execution', 'discretionary']),
  market: z.string().max(4),
  ordersPerSecond: z.number().positive(),
  volumeMillions: z.number().nonnegative(),
  jurisdictions: z.array(z.string()).min(1).max(20).optional(),
});
export const demandListSchema = z.object({ demand: z.array(demandSchema) });

export const startPlacementSchema = z
  .strictObject({
    strategy: z
      .enum(['latency', 'cost', 'balanced', 'trading-volume', 'geographic-spread', 'market-hours'])
      .default('latency'),
    budget: z.number().positive().optional().describe('Money a month'),
    nodesMax: z.int().min(1).max(10_000).optional(),
    sitesMax: z.int().min(1).max(200).optional(),
    spreadKm: z.number().min(0).max(20_000).optional().describe('For geographic-spread'),
    redundancy: z.boolean().default(true).describe('Survive the loss of any one provider'),
    latencyShare: z.number().min(0).max(1).default(0.5).describe('For balanced'),
    gap: z.number().min(0).max(0.2).default(0),
    timeMs: z.int().min(100).max(120_000).default(20_000),
    alternatives: z.int().min(0).max(5).default(3),
    paretoPoints: z.int().min(0).max(20).default(8),
    explainSites: z.boolean().default(true),
    demand: z.array(demandSchema).min(1).max(500).optional().describe('In place of that of the sites file'),
    measured: z
      .array(z.strictObject({ demand: z.string(), site: z.string(), micros: z.number().positive() }))
      .max(5000)
      .default([]),
  })
  .meta({ id: 'StartPlacement', example: { strategy: 'latency', budget: 250_000 } });

const solutionSchema = z
  .object({
    sites: z.array(
      z.object({
        site: z.string(),
        nodes: z.int(),
        ordersPerSecond: z.number(),
        use: z.number(),
        costPerMonth: z.number(),
      }),
    ),
    assignments: z.array(z.object({ demand: z.string(), site: z.string(), share: z.number(), micros: z.number() })),
    costPerMonth: z.number(),
    latencyMicros: z.number().describe('Weighted mean, one way'),
    objective: z.number(),
  })
  .meta({ id: 'PlacementSolution' });
const paretoSchema = z.array(
  z.object({
    budget: z.number(),
    costPerMonth: z.number(),
    latencyMicros: z.number(),
    sites: z.array(z.string()),
    costPerMicroSaved: z.number().nullable(),
  }),
);
const reasonsSchema = z.array(
  z.object({ site: z.string(), used: z.boolean(), objectiveChange: z.number().nullable(), reason: z.string() }),
);
const outcomeSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('placed'),
    report: z.object({
      strategy: z.string(),
      solution: solutionSchema,
      proof: z.object({ bound: z.number(), gap: z.number(), solveMs: z.number(), rounds: z.int() }),
      greedy: solutionSchema.nullable(),
      greedyExcessPercent: z.number().nullable(),
      binding: z.array(z.object({ constraint: z.string(), used: z.number(), limit: z.number(), detail: z.string() })),
      reasons: reasonsSchema,
      alternatives: z.array(solutionSchema),
      pareto: paretoSchema,
    }),
  }),
  z.object({
    kind: z.literal('impossible'),
    impossible: z.object({
      why: z.string(),
      remedies: z.array(z.string()),
      leastBudget: z.number().nullable(),
    }),
  }),
  z.object({ kind: z.literal('unknown'), detail: z.string() }),
]);
export const placementRunSchema = z
  .object({
    id: z.string(),
    state: z.enum(['running', 'ended', 'failed']),
    startedMicros: timeMicrosSchema,
    endedMicros: timeMicrosSchema.nullable(),
    strategy: z.string(),
    limits: z.looseObject({ budget: z.number().optional() }),
    redundancy: z.boolean(),
    outcome: outcomeSchema.nullable(),
    failure: z.object({ code: z.string(), detail: z.string().nullable() }).nullable(),
  })
  .meta({ id: 'PlacementRun' });
export type PlacementRun = z.infer<typeof placementRunSchema>;
export const placementRunListSchema = z.object({ runs: z.array(placementRunSchema) });
export const alternativesSchema = z.object({ alternatives: z.array(solutionSchema) });
export const paretoFrontSchema = z.object({ pareto: paretoSchema });
export const siteReasonsSchema = z.object({ reasons: reasonsSchema });

export const cacheSchema = z
  .object({
    name: z.string(),
    data: z.string(),
    strategy: z.string(),
    consistency: z.string(),
    reason: z.string(),
    source: z.string(),
    itemsMax: z.int(),
    ttlMs: z.number().nullable(),
    stalenessMsMax: z.number().nullable(),
    totals: z.object({
      hits: z.number(),
      misses: z.number(),
      evictions: z.number(),
      expirations: z.number(),
      items: z.number(),
      bytes: z.number().nullable().describe('Null where entries are not measured'),
      sourceReads: z.number(),
      sourceFailures: z.number(),
      sharedReads: z.number(),
      staleRefused: z.number(),
      refreshes: z.number(),
      invalidations: z.number(),
    }),
  })
  .meta({ id: 'EdgeCache' });
export const cacheListSchema = z.object({ caches: z.array(cacheSchema) });
export type EdgeCacheList = z.infer<typeof cacheListSchema>;
export const cachePolicyMatrixSchema = z.object({
  pairs: z.array(z.object({ strategy: z.string(), consistency: z.string(), impossible: z.string().nullable() })),
});
export type CachePolicyMatrix = z.infer<typeof cachePolicyMatrixSchema>;
export const hotKeysSchema = z.object({ keys: z.array(z.string()).describe('Most wanted first') });
export const clearedSchema = z.object({ cleared: z.string() });

const latencySchema = z.object({
  count: z.number(),
  p50Micros: micros,
  p90Micros: micros,
  p99Micros: micros,
  p999Micros: micros,
});
const hopSchema = latencySchema.extend({ shareOfTime: z.number().nullable() });
const LATENCY_EXAMPLE = { count: 120_000, p50Micros: 12.4, p90Micros: 18.1, p99Micros: 44.2, p999Micros: 210.5 };
const PERFORMANCE_EXAMPLE = {
  sinceMicros: 1_795_000_000_000_000,
  seconds: 600,
  orders: 120_000,
  ordersPerSecond: 200,
  peakOrdersPerSecond: 950,
  rejectedShare: 0.002,
  whole: LATENCY_EXAMPLE,
  hops: {
    queueing: { ...LATENCY_EXAMPLE, shareOfTime: 0.12 },
    match: { ...LATENCY_EXAMPLE, shareOfTime: 0.08 },
    journal: { ...LATENCY_EXAMPLE, shareOfTime: 0.61 },
    delivery: { ...LATENCY_EXAMPLE, shareOfTime: 0.19 },
  },
  bottleneck: 'journal',
  attainment: 0.9997,
} as const;
const figuresSchema = z
  .object({
    sinceMicros: timeMicrosSchema,
    seconds: z.number(),
    orders: z.number(),
    ordersPerSecond: z.number(),
    peakOrdersPerSecond: z.number(),
    rejectedShare: z.number(),
    whole: latencySchema,
    hops: z.object({ queueing: hopSchema, match: hopSchema, journal: hopSchema, delivery: hopSchema }),
    bottleneck: z.enum(['queueing', 'match', 'journal', 'delivery']).nullable(),
    attainment: z.number().nullable(),
  })
  .meta({ id: 'PerformanceFigures', example: PERFORMANCE_EXAMPLE });
const recommendationSchema = z
  .object({
    id: z.string(),
    kind: z.enum(['latency', 'throughput', 'resource', 'network', 'strategy']),
    title: z.string(),
    because: z.string(),
    expectedEffect: z.string(),
    risk: z.string(),
    rollBack: z.string(),
  })
  .meta({
    id: 'PerformanceRecommendation',
    example: {
      id: 'journal-latency',
      kind: 'latency',
      title: 'Put the journal on a disk of its own',
      because: 'journal takes 61 % of the time of an order',
      expectedEffect: 'p50 of an order falls by up to 9 µs',
      risk: 'the node is restarted once',
      rollBack: 'start the node on the old folder',
    },
  });
export const hopListSchema = z.object({ figures: figuresSchema, note: z.string() });
export const recommendationListSchema = z.object({ recommendations: z.array(recommendationSchema) });
export const baselineSchema = z
  .object({ name: z.string(), build: z.string(), takenMicros: timeMicrosSchema, figures: figuresSchema })
  .meta({
    id: 'PerformanceBaseline',
    example: {
      name: 'before-new-disk',
      build: '0.1.0',
      takenMicros: 1_795_000_600_000_000,
      figures: PERFORMANCE_EXAMPLE,
    },
  });
export const baselineListSchema = z.object({ baselines: z.array(baselineSchema) });
export const keepBaselineSchema = z
  .strictObject({ name: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,59}$/) })
  .meta({ id: 'KeepBaseline', example: { name: 'before-new-disk' } });
export const comparisonSchema = z.object({
  baseline: baselineSchema,
  build: z.string(),
  figures: z.array(
    z.object({
      figure: z.string(),
      before: z.number().nullable(),
      now: z.number().nullable(),
      changePercent: z.number().nullable(),
      verdict: z.enum(['better', 'same', 'worse', 'unknown']),
    }),
  ),
});

const shareSchema = z.object({ orders: z.number(), rejected: z.number(), trades: z.number() });
/** What regional performance says beyond latency, where the platform has an edge network. */
export const regionalDetailSchema = z.object({
  site: z.string(),
  nodeClass: z.string(),
  promisedMicros: z.number(),
  headroom: z.number().describe('Share of the planned rate that the busiest second left free'),
  figures: figuresSchema,
  instruments: z.array(shareSchema.extend({ symbol: z.string() })).describe('Busiest first, at most 50'),
  gateways: z.array(shareSchema.extend({ session: z.int() })).describe('Busiest first, at most 50'),
  recommendations: z.array(recommendationSchema),
});
