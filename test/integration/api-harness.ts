/**
 * The API on real parts: a real node with its journal in a temporary folder, a replica, a store in memory, and the HTTP
 * server on a free port. Every answer is checked against its schema.
 */
import { randomFillSync } from 'node:crypto';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { expect } from 'vitest';
import { buildApi } from '#api/app.ts';
import * as commands from '#api/command-words.ts';
import { apiMetrics } from '#api/metrics.ts';
import { NodeLink } from '#api/node-link.ts';
import type { ApiDependencies, ApiLimits, ReplayReport } from '#api/ports.ts';
import { limitWords } from '#api/present-accounts.ts';
import { TradingView } from '#api/view.ts';
import { PlatformNodePort } from '#app/node-port.ts';
import { edgeMetrics } from '#edge/metrics.ts';
import { Replica } from '#edge/replica.ts';
import { openFileJournal } from '#journal/file-journal.ts';
import { createIdSource } from '#kit/ids.ts';
import { openStore, type Store } from '#store/open.ts';
import { createUser, type AccountScope, type User } from '#store/people.ts';
import { createToken } from '#store/tokens.ts';
import { processMetrics } from '#telemetry/process.ts';
import { createRegistry } from '#telemetry/registry.ts';
import { ADMINISTRATOR, clock, startTestNode, type TestNode } from './edge-harness.ts';
import { startTestFederation } from './federation-harness.ts';
import path from 'node:path';

export interface TestApi {
  readonly app: FastifyInstance;
  readonly store: Store;
  readonly view: TradingView;
  readonly test: TestNode;
  readonly link: NodeLink;
  readonly url: string;
  readonly replay: { -readonly [Key in keyof ReplayReport]: ReplayReport[Key] };
  /** A user with an API token. */
  user(name: string, role: string, accounts?: AccountScope): Promise<TestUser>;
  stop(): Promise<void>;
}

export interface TestUser {
  readonly user: User;
  readonly secret: string;
  get(url: string): Promise<Answer>;
  post(url: string, body?: unknown): Promise<Answer>;
  put(url: string, body: unknown): Promise<Answer>;
  patch(url: string, body: unknown): Promise<Answer>;
  delete(url: string): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  // Answers are JSON of many shapes; tests say what they expect of each.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
  readonly headers: LightMyRequestResponse['headers'];
}

/** Fails with the whole answer where the status is another one. */
export function expectStatus(answer: Answer, status: number): void {
  expect({ status: answer.status, body: answer.body }).toEqual({ status, body: answer.body });
}

/** The path of a trading route. */
export function trading(route: string): string {
  return `/api/v1/trading${route}`;
}

export async function startTestApi(
  limits: Partial<ApiLimits> = {},
  extra: Partial<ApiDependencies> = {},
): Promise<TestApi> {
  const test = await startTestNode({ 2: {} }, { snapshotEveryCommands: 0 });
  const journalFolder = path.join(test.folder, 'journal');
  const journal = await openFileJournal({ folder: journalFolder, clock });
  const replica = await Replica.open({ journal, clock, onFault: (fault) => expect.fail(String(fault)) });
  const fillRandom = (bytes: Uint8Array): void => void randomFillSync(bytes);
  const ids = createIdSource(clock, fillRandom);
  const store = await openStore({ kind: 'sqlite', file: ':memory:' }, { clock, ids, fillRandom });
  const nodeRegistry = createRegistry([edgeMetrics, processMetrics]);
  const registry = createRegistry([processMetrics, apiMetrics]);
  const link = await connect(test, nodeRegistry);
  const view = new TradingView(replica, clock.nowMicros());
  replica.start();
  const node = new PlatformNodePort({ link, process: { pid: () => process.pid }, journal, journalFolder });
  node.noteReady(`127.0.0.1:${test.node.port}`);
  node.start();
  const federation = await startTestFederation(test.folder, store, clock, `127.0.0.1:${test.node.port}`);
  const replay = idleReplay();
  const app = await buildApi({
    version: '0.0.0-test',
    clock,
    ids,
    fillRandom,
    store,
    view,
    writes: link,
    node,
    replay: {
      status: () => replay,
      pause: () => void (replay.state = 'paused'),
      resume: () => void (replay.state = 'running'),
      setSpeed: (speed) => void (replay.speed = speed),
    },
    federation: federation.picture,
    metrics: [
      { process: 'platform', registry },
      { process: 'node', registry: nodeRegistry },
    ],
    apiMetrics: registry.metrics(apiMetrics),
    publicUrl: () => 'http://localhost:8000',
    checkAnswers: true,
    limits: { requestsPerSecond: 100_000, loginsPerMinute: 10_000, streamIntervalMs: 10, ...limits },
    ...extra,
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    app,
    store,
    view,
    test,
    link,
    url,
    replay,
    user: async (name, role, accounts = 'all') => makeUser(app, store, name, role, accounts),
    async stop() {
      await app.close();
      await federation.stop();
      node.stop();
      await link.close();
      replica.stop();
      await journal.close();
      await test.stop();
      await store.close();
    },
  };
}

async function connect(test: TestNode, nodeRegistry: ReturnType<typeof createRegistry>): Promise<NodeLink> {
  const privateKey = test.keys.get(ADMINISTRATOR);
  if (privateKey === undefined) return expect.fail('no administrator key');
  const link = new NodeLink(
    { endpoints: [{ host: '127.0.0.1', port: test.node.port }], session: ADMINISTRATOR, privateKey, clock },
    { nodeRegistry, answerTimeoutMs: 2000 },
  );
  await link.connect();
  return link;
}

function idleReplay(): TestApi['replay'] {
  return {
    kind: 'demo',
    state: 'running',
    label: 'test',
    simulated: true,
    speed: 1,
    sent: 0,
    total: null,
    progress: null,
  };
}

async function makeUser(
  app: FastifyInstance,
  store: Store,
  name: string,
  role: string,
  accounts: AccountScope,
): Promise<TestUser> {
  const created = await createUser(store, { name, role, accounts });
  const user = created.ok ? created.value : expect.fail(`user ${name} was not created`);
  const { secret } = await createToken(store, { userId: user.userId, kind: 'api', name, role, lifetimeMicros: null });
  const send = async (
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    body?: unknown,
  ): Promise<Answer> => {
    const response = await app.inject({
      method,
      url,
      headers: { authorization: `Bearer ${secret}`, host: 'localhost:8000' },
      ...(body === undefined ? {} : { payload: body as object }),
    });
    const isJson = String(response.headers['content-type']).includes('json');
    return {
      status: response.statusCode,
      body: isJson ? response.json() : response.body,
      headers: response.headers,
    };
  };
  return {
    user,
    secret,
    get: async (url) => send('GET', url),
    post: async (url, body = {}) => send('POST', url, body),
    put: async (url, body) => send('PUT', url, body),
    patch: async (url, body) => send('PATCH', url, body),
    delete: async (url) => send('DELETE', url),
  };
}

/**
 * An instrument in continuous trading and two accounts with money, all made through the API; only their limits of orders
 * and messages a second are lifted behind its back, so that no test depends on how fast it runs.
 */
export async function openTradingDay(api: TestApi, admin: TestUser, risk: TestUser): Promise<void> {
  const made = await admin.post(trading('/instruments'), {
    symbol: 'NAUT',
    currency: 'USD',
    moneyPerTick: 100,
    tickMantissa: 1,
    tickExponent: -2,
    referenceTicks: 10_000,
    maxOrderQuantity: 100_000,
    collarBasisPoints: 2000,
    staticBandBasisPoints: null,
    dynamicBandBasisPoints: null,
  });
  expectStatus(made, 201);
  for (const [name, participant] of [
    ['DESK-A', 1],
    ['DESK-B', 2],
  ] as const) {
    const account = await admin.post(trading('/accounts'), { name, participant, makerRate: -20, takerRate: 100 });
    expectStatus(account, 201);
    const funds = await admin.post(trading(`/accounts/${account.body.account}/funds`), { amountUnits: 10_000_000_000 });
    expectStatus(funds, 200);
    const { limits } = (await admin.get(trading(`/risk/limits/${account.body.account}`))).body;
    const unhurried = { ...limits, ordersPerSecond: null, messagesPerSecond: null };
    await api.link.submit(commands.riskLimits(account.body.account, limitWords(unhurried)));
  }
  for (const state of ['pre-open', 'continuous']) {
    const market = await risk.put(trading('/markets/NAUT'), { state });
    expectStatus(market, 200);
  }
}
