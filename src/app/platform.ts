/**
 * The platform process: starts the node, follows its journal with a replica, serves API and console, and runs the demo
 * market or a recording. The one place that knows all parts; it holds no rule of any of them.
 */
import { randomFillSync } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import type { Logger } from 'pino';
import { buildApi } from '#api/app.ts';
import { apiMetrics } from '#api/metrics.ts';
import { NodeLink } from '#api/node-link.ts';
import { DEFAULT_LIMITS } from '#api/ports.ts';
import { TradingView } from '#api/view.ts';
import { auditMetrics } from '#compliance/audit/metrics.ts';
import { surveillanceMetrics } from '#compliance/surveillance/metrics.ts';
import { edgeNetworkMetrics } from '#edge/sites/metrics.ts';
import { edgeMetrics } from '#edge/metrics.ts';
import { describePortHolder, findPortHolder } from '#edge/port-holder.ts';
import { Replica } from '#edge/replica.ts';
import { federationMetrics } from '#federation/metrics.ts';
import { takeoverMetrics } from '#federation/takeover/metrics.ts';
import type { TakeoverService } from '#federation/takeover/service.ts';
import { openFileJournal } from '#journal/file-journal.ts';
import type { FederationPicture } from '#federation/picture.ts';
import type { TargetReport } from '#federation/steering/conditions.ts';
import { steeringMetrics } from '#federation/steering/metrics.ts';
import { createSystemClock } from '#kit/clock.ts';
import { CodedError } from '#kit/errors.ts';
import { createIdSource } from '#kit/ids.ts';
import { openStore } from '#store/open.ts';
import type { Store } from '#store/open.ts';
import { createLoginLink, createUser, findUserByName } from '#store/people.ts';
import { forecastMetrics } from '#optimizer/forecast/metrics.ts';
import { processMetrics, startProcessMetrics } from '#telemetry/process.ts';
import { createRegistry } from '#telemetry/registry.ts';
import { APP_ERRORS } from './errors.ts';
import { openFlow } from './flow.ts';
import type { Flow } from './flow-parts.ts';
import { PlatformNodePort } from './node-port.ts';
import type { PlatformOptions } from './options.ts';
import { holidayWarnings, loadReferenceData } from './reference-data.ts';
import { openSteering } from './planes/steering.ts';
import { claimFolder, noteAddresses, releaseFolder } from './running.ts';
import { loadTopology, startFederation } from './planes/federation.ts';
import type { Federation } from './planes/federation.ts';
import { openEdgeNetwork } from './planes/edge-network.ts';
import { openTakeover } from './planes/takeover.ts';
import { DEMO_CAPACITY } from './seed.ts';
import { FIRST, SECOND, ShardNodes } from './shard-nodes.ts';
import { startOptimizer } from './planes/optimizer.ts';
import { startAudit } from './planes/audit.ts';
import { openReports } from './planes/reports.ts';
import { startSurveillance } from './planes/surveillance.ts';
import { platformSession } from './session-keys.ts';
import { VERSION } from './version.ts';

/** The person the first login link is for. */
const FIRST_USER = { name: 'owner', role: 'admin', accounts: 'all' } as const;
const CONSOLE_FOLDER = fileURLToPath(new URL('../../console/dist', import.meta.url));

export interface Platform {
  readonly url: string;
  /** Logs its opener in, once. */
  readonly loginLink: string;
  readonly orderEntryAddress: string;
  /** What runs in the market, for people. */
  readonly flow: string;
  /** What its owner should see to, a line each. */
  readonly warnings: readonly string[];
  stop(): Promise<void>;
}

/** Starts everything; rejects with a coded error, with what was started stopped again. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const started: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of started.splice(0).toReversed()) await end();
  };
  try {
    return await start(options, started, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  options: PlatformOptions,
  started: (() => Promise<void> | void)[],
  stop: () => Promise<void>,
): Promise<Platform> {
  const { dataFolder } = options;
  ensureWritable(dataFolder);
  refuseBusyPort(options.port);
  const clock = createSystemClock();
  const startedMicros = clock.nowMicros();
  claimFolder(dataFolder, startedMicros);
  started.push(() => releaseFolder(dataFolder));
  const ids = createIdSource(clock, fillRandom);
  // Opened here: a logger that opens its file later cannot be ended before, as a start that fails early would.
  const logger = pino(pino.destination({ dest: openSync(join(dataFolder, 'platform.log'), 'a'), sync: false }));
  const reference = loadReferenceData(options.configFolder, clock.nowMicros());
  const topology = loadTopology(options.configFolder);
  const databaseFile = join(dataFolder, 'nautilus.db');
  const store = await openStore({ kind: 'sqlite', file: databaseFile }, { clock, ids, fillRandom });
  started.push(async () => store.close());
  const keysFolder = join(dataFolder, 'keys');
  const admin = await platformSession(store, keysFolder);

  const port: { current: PlatformNodePort | undefined } = { current: undefined };
  const shard: {
    leader: string;
    takeover: TakeoverService | undefined;
    federation: Federation | undefined;
  } = { leader: FIRST, takeover: undefined, federation: undefined };
  const nodes = new ShardNodes({
    dataFolder,
    databaseFile,
    nodeClass: options.nodeClass,
    capacity: DEMO_CAPACITY,
    clock,
    onNews: (news) => {
      shard.takeover?.hear(news);
      shard.federation?.hear(news);
    },
    onEnded: (member, detail, restartMs) => {
      logger.error({ member, detail, restartMs }, 'node ended');
      if (member === shard.leader) port.current?.noteEnded(detail, restartMs !== undefined);
    },
    log: (line) => {
      logger.info({ node: line });
      // That it is open is part of what the start prints in the end.
      if (port.current === undefined && !line.includes(' node: open on ')) process.stderr.write(`${line}\n`);
    },
  });
  started.push(async () => nodes.stop(shard.leader));
  const ready = await nodes.startLeader();

  const registry = createRegistry([
    apiMetrics,
    takeoverMetrics,
    federationMetrics,
    auditMetrics,
    steeringMetrics,
    surveillanceMetrics,
    edgeNetworkMetrics,
    forecastMetrics,
    processMetrics,
  ]);
  const sampler = startProcessMetrics(registry);
  started.push(() => sampler.stop());
  const nodeRegistry = createRegistry([edgeMetrics, processMetrics]);
  const link = new NodeLink(
    { endpoints: nodes.endpoints, session: admin.session, privateKey: admin.privateKey, clock, skipReplay: true },
    { nodeRegistry, answerTimeoutMs: DEFAULT_LIMITS.answerTimeoutMs },
  );
  started.push(async () => link.close());
  await link.connect();

  const journalFolder = join(dataFolder, 'journal');
  const journal = await openFileJournal({ folder: journalFolder, clock, backgroundSyncMs: 0 });
  started.push(async () => journal.close());
  const replica = await Replica.open({
    journal,
    clock,
    onFault: (fault) => logger.fatal({ err: fault }, 'the journal cannot be followed any further'),
  });
  const view = new TradingView(replica, clock.nowMicros());
  const surveillance = await startSurveillance({ clock, ids, store, journal, replica, registry, reference, logger });
  started.push(async () => surveillance.stop());
  const edgeNetwork = openEdgeNetwork({ ...options, clock, ids, store, registry, replica });
  if (edgeNetwork !== undefined) started.push(async () => edgeNetwork.stop());
  replica.start();
  edgeNetwork?.goLive();
  started.push(() => replica.stop());

  const nodePort = new PlatformNodePort({
    link,
    process: { pid: () => nodes.pidOf(shard.leader) },
    journal,
    journalFolder,
  });
  port.current = nodePort;
  nodePort.noteReady(`${ready.host}:${ready.port}`);
  nodePort.start();
  started.push(() => nodePort.stop());

  const takeover = openTakeover({
    nodes,
    clock,
    ids,
    store,
    registry,
    onSteer: (leader, address) => {
      shard.leader = leader;
      nodePort.noteReady(address);
    },
    log: (line) => logger.info({ shard: line }),
  });
  shard.takeover = takeover;
  started.push(async () => takeover.stop());

  const federation = await startFederation({
    loaded: topology,
    keysFolder,
    store,
    clock,
    metrics: registry,
    nodes: [FIRST, SECOND],
    capacity: { liveOrders: DEMO_CAPACITY.orders, sessions: DEMO_CAPACITY.sessions },
    logger,
  });
  shard.federation = federation;
  started.push(async () => federation.stop());

  const audit = await startAudit({ dataFolder, keysFolder, clock, store, journal, replica, registry, logger });
  started.push(async () => audit.stop());
  const optimizer = await startOptimizer({ store, replica, registry, logger });
  started.push(async () => optimizer.stop());

  const reports = openReports({ options, store, clock, ids, journal, replica, reference });

  const flow: Flow = await openFlow({
    options,
    clock,
    store,
    keysFolder,
    reference,
    replica,
    link,
    endpoints: nodes.endpoints,
    logger,
  });
  started.push(async () => flow.stop());

  const steering = await openSteering({
    configFolder: options.configFolder,
    clock,
    store,
    registry,
    observed: (cluster) => observedCondition(federation.picture, cluster),
  });
  if (steering !== undefined) started.push(async () => steering.stop());

  let url = '';
  const api = await buildApi({
    version: VERSION,
    clock,
    ids,
    fillRandom,
    store,
    view,
    writes: link,
    node: nodePort,
    replay: flow.control,
    steering: steering?.steering,
    network: steering?.network,
    takeover,
    edgeNetwork: edgeNetwork?.network,
    audit: audit.service,
    forecasts: optimizer.forecasts,
    surveillance: surveillance.service,
    reports,
    federation: federation.picture,
    apiMetrics: registry.metrics(apiMetrics),
    metrics: [
      { process: 'platform', registry },
      { process: 'node', registry: nodeRegistry },
    ],
    publicUrl: () => url,
    consoleFolder: existsSync(CONSOLE_FOLDER) ? CONSOLE_FOLDER : undefined,
    logger,
  });
  started.push(async () => api.close());
  await listen(api, options);
  url = `http://localhost:${portOf(api)}`;
  flow.start();
  takeover.start();
  startStandby(nodes, logger);
  const orderEntryAddress = `${ready.host}:${ready.port}`;
  const loginLink = `${url}/login#${await loginSecret(store)}`;
  noteAddresses(dataFolder, { url, orderEntryAddress, startedMicros });
  return {
    url,
    loginLink,
    orderEntryAddress,
    flow: flow.label,
    warnings: [...holidayWarnings(reference, clock.nowMicros()), ...topology.warnings],
    stop,
  };
}

/** In the background: the platform serves without it, and its readiness says that it is missing. */
function startStandby(nodes: ShardNodes, logger: Logger): void {
  nodes.startStandby().catch((error: unknown) => logger.error({ err: error }, 'no standby'));
}

/** What steering is told of a cluster that observers watch; clients' sessions are not counted yet. */
function observedCondition(picture: FederationPicture, name: string): TargetReport | undefined {
  const cluster = picture.cluster(name);
  if (cluster === undefined || cluster.state === 'unknown') return undefined;
  const { state, nodesPresent } = cluster;
  return { state, sessions: undefined, source: `observers see it ${state}, ${nodesPresent} nodes present` };
}

function fillRandom(bytes: Uint8Array): void {
  randomFillSync(bytes);
}

function ensureWritable(folder: string): void {
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new CodedError(APP_ERRORS.APP_DATA_UNWRITABLE, `${folder}: ${cause}`, { cause: error });
  }
}

/** Step by step: where a file system says that a folder's own parent is missing, Node's recursive way never ends. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
}

/** A busy port is worth knowing before anything is started. */
function refuseBusyPort(port: number): void {
  const holder = port === 0 ? undefined : findPortHolder(port);
  if (holder !== undefined) throw new CodedError(APP_ERRORS.APP_PORT_IN_USE, describePortHolder(port));
}

async function listen(api: FastifyInstance, { host, port }: PlatformOptions): Promise<void> {
  try {
    await api.listen({ host, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new CodedError(APP_ERRORS.APP_PORT_IN_USE, describePortHolder(port), { cause: error });
  }
}

function portOf(api: FastifyInstance): number {
  const address = api.server.address();
  return address === null || typeof address === 'string' ? 0 : address.port;
}

async function loginSecret(store: Store): Promise<string> {
  await createUser(store, FIRST_USER);
  const user = await findUserByName(store, FIRST_USER.name);
  if (user === undefined) throw new CodedError(APP_ERRORS.APP_DATA_UNWRITABLE, 'the first user cannot be made');
  return createLoginLink(store, user.userId);
}
