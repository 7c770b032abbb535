/**
 * The federation in the platform of one machine: reads the topology, enrols this platform and its nodes as members of the
 * home cluster, observes the nodes, and gives the API its picture. Votes count here on one machine alone, and say so.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { DETECTOR_DEFAULTS } from '#federation/detection/detector.ts';
import { DetectionService } from '#federation/detection/service.ts';
import { federationMetrics } from '#federation/metrics.ts';
import { FederationPicture } from '#federation/picture.ts';
import { HEARTBEAT_INTERVAL_MICROS, type Heartbeat } from '#federation/registry/heartbeat.ts';
import { makeMemberKey, readMemberKey } from '#federation/registry/member-key.ts';
import { Members } from '#federation/registry/members.ts';
import { Publisher } from '#federation/registry/publisher.ts';
import { publicKeyOf, type RosterEntry } from '#federation/registry/signed.ts';
import { openStoreRegistry } from '#federation/registry/store-registry.ts';
import { regionOf, sitesOf, type Topology } from '#federation/topology/model.ts';
import type { Clock } from '#kit/clock.ts';
import type { MemberNews } from '#kit/ports/takeover.ts';
import type { Store } from '#store/open.ts';
import type { Registry } from '#telemetry/registry.ts';
import { configError } from '../config-file.ts';
import { VERSION } from '../version.ts';
import { measureFederation } from './federation-gauges.ts';
import { readTopology, readTopologyFile, topologyPath, type TopologyFinding } from './topology-file.ts';

export interface FederationParts {
  readonly loaded: LoadedTopology;
  readonly keysFolder: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly metrics: Registry;
  /** Names of the nodes of this machine, as news of them call them. */
  readonly nodes: readonly string[];
  /** Live orders and sessions that a node is made for. */
  readonly capacity: Heartbeat['capacity'];
  readonly logger: Pick<Logger, 'warn' | 'info'>;
}

export interface Federation {
  readonly picture: FederationPicture;
  /** A node of this machine said what it is. */
  hear(news: MemberNews): void;
  stop(): Promise<void>;
}

/** News older than this are no news: the node's heartbeat is left out. */
const NEWS_MICROS_MAX = 2_000_000;
const MICROS_PER_MS = 1000;
const GAUGES_MS = 1000;
const PLATFORM = 'local-platform';

/** A topology whose form is right, and what is wrong with it otherwise. */
export interface LoadedTopology {
  readonly topology: Topology;
  readonly findings: readonly TopologyFinding[];
  /** The findings, a line each. */
  readonly warnings: readonly string[];
}

/** Throws APP_CONFIG_INVALID where the form is wrong, TOPOLOGY_UNREADABLE; rules that it breaks are warnings. */
export function loadTopology(configFolder: string): LoadedTopology {
  const file = topologyPath(configFolder);
  const { topology, findings } = readTopologyFile(file);
  const warnings = findings.map((finding) => findingText(file, finding));
  if (topology === undefined) throw configError(warnings);
  return { topology, findings, warnings };
}

export async function startFederation(parts: FederationParts): Promise<Federation> {
  const { store, clock, logger, nodes } = parts;
  const { topology, findings } = parts.loaded;
  const keys = new Map([PLATFORM, ...nodes.map(memberOf)].map((name) => [name, ownKey(parts.keysFolder, name)]));
  const roster = rosterOf(topology, keys);
  const registry = openStoreRegistry(store, { onFault: (fault) => logger.warn({ err: fault }, 'registry') });
  const voice = (kind: 'heartbeat' | 'vote', member: string): Publisher => {
    const privateKey = keys.get(member) ?? ownKey(parts.keysFolder, member);
    return new Publisher({ registry, kind, member, privateKey, roster, clock });
  };
  const members = new Members(registry, clock, () => roster);
  await members.start();
  const news = new Map<string, MemberNews>();
  const detection = new DetectionService({
    registry,
    publisher: voice('vote', PLATFORM),
    observer: topology.home,
    roster: () => roster,
    policy: { ...DETECTOR_DEFAULTS, ...localQuorum(topology) },
    clock,
    targets: () => [...news.values()].map((node) => ({ name: memberOf(node.member), ...endpointOf(node.address) })),
    onFault: (fault) => logger.warn({ err: fault }, 'a vote could not be published'),
    onChange: ({ target, suspected, tally }) => logger.warn({ target, suspected, why: tally.reason }, 'suspicion'),
  });
  await detection.start();
  const picture = new FederationPicture({
    topology,
    findings,
    check: (text) => readTopology(text).findings,
    members,
    detection,
    home: topology.home,
    mode: 'embedded',
    clock,
  });
  const heart = new LocalHeart(parts, topology, news, voice);
  heart.start();
  const gauges = measureFederation(picture, parts.metrics.metrics(federationMetrics));
  const timer = setInterval(() => gauges(), GAUGES_MS);
  timer.unref();
  return {
    picture,
    hear: (said) => void news.set(said.member, said),
    async stop() {
      clearInterval(timer);
      await heart.stop();
      await detection.stop();
      await members.stop();
      await registry.close();
    },
  };
}

/** Beats for this platform and for each of its nodes that was just heard. */
class LocalHeart {
  private readonly parts: FederationParts;
  private readonly topology: Topology;
  private readonly news: ReadonlyMap<string, MemberNews>;
  private readonly voices: ReadonlyMap<string, Publisher>;
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<void> = Promise.resolve();

  constructor(
    parts: FederationParts,
    topology: Topology,
    news: ReadonlyMap<string, MemberNews>,
    voice: (kind: 'heartbeat', member: string) => Publisher,
  ) {
    this.parts = parts;
    this.topology = topology;
    this.news = news;
    const names = [PLATFORM, ...parts.nodes.map(memberOf)];
    this.voices = new Map(names.map((name) => [name, voice('heartbeat', name)]));
  }

  start(): void {
    const beat = (): void => {
      this.beating = this.beat();
    };
    beat();
    this.timer = setInterval(beat, HEARTBEAT_INTERVAL_MICROS / MICROS_PER_MS);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.beating;
  }

  private async beat(): Promise<void> {
    const { clock, logger, capacity } = this.parts;
    const cluster = this.topology.home;
    const now = clock.nowMicros();
    const bodies: [string, Heartbeat][] = [
      [PLATFORM, { ...EMPTY, cluster, version: VERSION, capabilities: ['platform', 'observer'] }],
    ];
    for (const node of this.news.values()) {
      if (now - node.heardMicros > NEWS_MICROS_MAX) continue;
      bodies.push([memberOf(node.member), nodeHeartbeat(node, cluster, homeShard(this.topology), capacity)]);
    }
    for (const [member, body] of bodies) {
      try {
        const said = await this.voices.get(member)?.publish(body);
        if (said?.ok === false) logger.warn({ ...said.error }, 'a heartbeat was refused');
      } catch (error) {
        logger.warn({ err: error }, 'a heartbeat could not be published');
      }
    }
  }
}

const EMPTY = { capacity: { liveOrders: 0, sessions: 0 }, address: null, positions: [] };

function nodeHeartbeat(
  node: MemberNews,
  cluster: string,
  shard: string | undefined,
  capacity: Heartbeat['capacity'],
): Heartbeat {
  const leads = node.role === 'leader' || node.role === 'refusing';
  const place = { role: leads ? ('leader' as const) : ('standby' as const), epoch: node.epoch };
  return {
    cluster,
    version: node.version === '' ? VERSION : node.version,
    capabilities: [leads ? 'trading' : 'standby'],
    capacity,
    address: node.address,
    positions: shard === undefined ? [] : [{ shard, ...place, sequence: node.lastSequence }],
  };
}

/** The shard that the home cluster leads: the platform's own, on a machine alone. */
function homeShard({ home, shards }: Topology): string | undefined {
  return shards.find(({ primary }) => primary === home)?.name;
}

/** On one machine there is one observer, in one region: it decides alone, because nobody else could. */
function localQuorum(topology: Topology) {
  const seats = sitesOf(topology)
    .filter(({ name }) => name === topology.home)
    .map((site) => ({ observer: site.name, provider: site.provider, region: regionOf(site) }));
  return { seats, regionsMin: 1, providersMin: 1 };
}

function rosterOf(topology: Topology, own: ReadonlyMap<string, KeyObject>): ReadonlyMap<string, RosterEntry> {
  const listed = topology.members.flatMap(({ name, cluster, publicKey }): [string, RosterEntry][] => {
    const key = publicKeyOf(publicKey);
    return key === undefined ? [] : [[name, { cluster, publicKey: key }]];
  });
  const local = [...own].map(([name, privateKey]): [string, RosterEntry] => [
    name,
    { cluster: topology.home, publicKey: createPublicKey(privateKey) },
  ]);
  return new Map([...listed, ...local]);
}

function ownKey(folder: string, member: string): KeyObject {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `member-${member}.pem`);
  return existsSync(file) ? readMemberKey(file) : makeMemberKey(file);
}

function memberOf(node: string): string {
  return `local-node-${node}`;
}

function endpointOf(address: string): { host: string; port: number } {
  const at = address.lastIndexOf(':');
  return { host: address.slice(0, at), port: Number(address.slice(at + 1)) };
}

function findingText(file: string, { line, place, message }: TopologyFinding): string {
  return `${file}:${line}: ${place === '' ? '' : `${place}: `}${message}`;
}
