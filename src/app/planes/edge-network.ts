/**
 * The edge network of this platform: config/sites.yaml, placement runs, self-tests, caches, and the performance of this site,
 * which follows the journal. Without the file there is none.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Cache } from '#edge/cache/cache.ts';
import type { CacheSource } from '#edge/cache/cache.ts';
import type { Baseline } from '#edge/performance/baselines.ts';
import { RegionalPerformance } from '#edge/performance/regional.ts';
import type { PlacementRequest } from '#edge/placement/request.ts';
import { PlacementRuns } from '#edge/placement/runs.ts';
import { edgeNetworkMetrics } from '#edge/sites/metrics.ts';
import { SelfTests } from '#edge/sites/self-tests.ts';
import type { EdgeNetwork } from '#edge/sites/service.ts';
import { siteMistakes, sitesFileSchema } from '#edge/sites/site.ts';
import type { SitesFile } from '#edge/sites/site.ts';
import type { Replica } from '#edge/replica.ts';
import type { Clock } from '#kit/clock.ts';
import type { IdSource } from '#kit/ids.ts';
import type { Store } from '#store/open.ts';
import { readSetting, writeSetting } from '#store/settings.ts';
import type { Registry } from '#telemetry/registry.ts';
import { configError, readConfig } from '../config-file.ts';

const SITES_FILE = 'sites.yaml';
const BASELINES_SETTING = 'edge.baselines';
const BASELINES_MAX = 20;
const MEASURE_MS = 10_000;
const REMEMBERED_MS = 24 * 3600 * 1000;
const STALENESS_MS = 1000;

export interface EdgeNetworkParts {
  readonly configFolder: string;
  readonly dataFolder: string;
  readonly nodeClass: 'standard' | 'ultra';
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly store: Store;
  readonly registry: Registry;
  readonly replica: Replica;
}

export interface RunningEdgeNetwork {
  readonly network: EdgeNetwork;
  /** The journal has been read to its end: what comes now happens now. */
  goLive(): void;
  stop(): Promise<void>;
}

/** Reads and checks a sites file. Throws APP_CONFIG_INVALID with one line for each mistake. */
export function loadSites(configFolder: string): SitesFile {
  const name = path.join(configFolder, SITES_FILE);
  const read = readConfig(readFileSync(name, 'utf8'), name, sitesFileSchema);
  if (!read.ok) throw configError(read.error);
  const { value: checked } = read;
  const mistakes = siteMistakes(checked.value);
  if (mistakes.length > 0)
    throw configError(mistakes.map(({ path: place, message }) => checked.mistake(place, message)));
  return checked.value;
}

/** Opens it; undefined where the configuration has no sites. Throws APP_CONFIG_INVALID. */
export function openEdgeNetwork(parts: EdgeNetworkParts): RunningEdgeNetwork | undefined {
  const { configFolder, dataFolder, clock, ids, store, registry, replica } = parts;
  if (!existsSync(path.join(configFolder, SITES_FILE))) return undefined;
  const file = loadSites(configFolder);
  const className = parts.nodeClass === 'ultra' ? 'ultra-edge' : 'standard';
  const nodeClass = file.nodeClasses.find(({ name }) => name === className) ?? file.nodeClasses[0];
  const metrics = registry.metrics(edgeNetworkMetrics);
  const runs = new PlacementRuns({
    clock,
    ids,
    listener: {
      ended: ({ outcome }) => metrics.placementRuns.labels({ outcome: outcome?.kind ?? 'failed' }).increment(),
    },
  });
  const performance = new RegionalPerformance(nodeClass.promisedMicros, clock.nowMicros());
  const unlisten = replica.listen(performance);
  const nowMs = (): number => clock.monotonicNanos() / 1e6;
  const results = resultCache(nowMs);
  const baselines = baselineCache(store, nowMs);
  const caches = [
    { cache: results as Cache<unknown>, source: 'the placement runs of this process' },
    { cache: baselines as Cache<unknown>, source: 'the table settings of the store' },
  ];
  metrics.sites.set(file.sites.length);
  const measure = (): void => {
    for (const { cache } of caches) {
      const labels = { cache: cache.policy.name as 'placement-results' | 'performance-baselines' };
      const { hits, misses, sourceFailures } = cache.totals;
      metrics.cacheHitRatio.labels(labels).set(hits + misses === 0 ? 0 : hits / (hits + misses));
      metrics.cacheSourceFailures.labels(labels).set(sourceFailures);
    }
    metrics.attainment.set(performance.figures(clock.nowMicros()).attainment ?? 1);
  };
  measure();
  const timer = setInterval(measure, MEASURE_MS);
  const network: EdgeNetwork = {
    file,
    runs,
    selfTests: new SelfTests({ clock, ids, classes: file.nodeClasses, folder: dataFolder }),
    caches,
    performance,
    nodeClass,
    baselines: {
      list: async () => (await baselines.get(BASELINES_SETTING)) ?? [],
      keep: async (baseline) => {
        const others = ((await baselines.get(BASELINES_SETTING)) ?? []).filter(({ name }) => name !== baseline.name);
        await baselines.set(BASELINES_SETTING, [baseline, ...others].slice(0, BASELINES_MAX));
      },
    },
    answered: async (request) => results.get(questionOf(request)),
    remember: async (request, run) => results.set(questionOf(request), run),
  };
  return {
    network,
    goLive: () => performance.goLive(clock.nowMicros()),
    async stop() {
      clearInterval(timer);
      unlisten();
      await runs.stop();
    },
  };
}

function questionOf(request: PlacementRequest): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('hex');
}

/** Question → run that answered it. */
function resultCache(nowMs: () => number): Cache<string> {
  return new Cache<string>(
    {
      name: 'placement-results',
      data: 'analytics',
      strategy: 'cache-aside',
      consistency: 'weak',
      reason:
        'An answer depends on its question alone and takes seconds to compute; it cannot become wrong, only forgotten.',
      itemsMax: 50,
      ttlMs: REMEMBERED_MS,
    },
    { source: noSource, nowMs },
    'local',
  );
}

const noSource: CacheSource<string> = {
  read: async () => ({ value: undefined, version: 0, through: 0 }),
  versionOf: async () => 0,
  write: async () => 0,
};

function baselineCache(store: Store, nowMs: () => number): Cache<readonly Baseline[]> {
  let version = 0;
  const source: CacheSource<readonly Baseline[]> = {
    read: async (key) => {
      const through = version;
      return { value: (await readSetting(store, key)) as readonly Baseline[] | undefined, version: through, through };
    },
    versionOf: async () => version,
    write: async (key, value) => {
      await writeSetting(store, key, value ?? [], 'platform');
      version += 1;
      return version;
    },
  };
  return new Cache<readonly Baseline[]>(
    {
      name: 'performance-baselines',
      data: 'analytics',
      strategy: 'write-through',
      consistency: 'bounded-staleness',
      reason:
        'Pages compare with them at every refresh; another process on the same database may keep one, and a second is soon enough to see it.',
      itemsMax: 4,
      stalenessMsMax: STALENESS_MS,
      negativeTtlMs: STALENESS_MS,
    },
    { source, nowMs },
    'local',
  );
}
