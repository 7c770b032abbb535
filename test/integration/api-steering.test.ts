/** Steering, network and hosts over HTTP: the shipped policy, reports that change the answer, acts that are recorded. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSteering, type RunningSteering } from '#app/planes/steering.ts';
import { steeringMetrics } from '#federation/steering/metrics.ts';
import { createIdSource } from '#kit/ids.ts';
import { openStore, type Store } from '#store/open.ts';
import { createRegistry } from '#telemetry/registry.ts';
import { expectStatus, startTestApi, type TestApi, type TestUser } from './api-harness.ts';
import { clock } from './edge-harness.ts';

const CONFIG = fileURLToPath(new URL('../../config', import.meta.url));
const TOKYO = 'nautilus-primary-asia-northeast';
const registry = createRegistry([steeringMetrics]);
let store: Store;
let running: RunningSteering;
let api: TestApi;
let operator: TestUser;

function federation(route: string): string {
  return `/api/v1/federation${route}`;
}

beforeAll(async () => {
  const fillRandom = (bytes: Uint8Array): void => void crypto.getRandomValues(bytes);
  store = await openStore(
    { kind: 'sqlite', file: ':memory:' },
    { clock, ids: createIdSource(clock, fillRandom), fillRandom },
  );
  const observed = (cluster: string) =>
    cluster === 'nautilus-primary-us-east'
      ? ({ state: 'healthy', sessions: 3, source: 'this test' } as const)
      : undefined;
  const opened = await openSteering({ configFolder: CONFIG, clock, store, registry, observed });
  running = opened ?? expect.fail('steering is not configured');
  api = await startTestApi({}, { steering: running.steering, network: running.network });
  operator = await api.user('ops', 'operator');
});
afterAll(async () => {
  await api.stop();
  await running.stop();
  await store.close();
});

describe('steering', () => {
  it('sends a client of Japan home until its own primary is reported well, and explains each', async () => {
    const before = await operator.get(federation('/steering/explain?client=133.11.0.9'));
    expectStatus(before, 200);
    expect(before.body).toMatchObject({ country: 'JP', target: 'nautilus-primary-us-east', stage: 'fallback' });
    expect(before.body.candidates).toHaveLength(9);
    expectStatus(
      await operator.put(federation(`/steering/targets/${TOKYO}/condition`), { state: 'healthy', sessions: 10 }),
      200,
    );
    const after = await operator.get(federation('/steering/decision?client=133.11.0.9'));
    expect(after.body).toMatchObject({ target: TOKYO, ipv4: ['192.0.2.30'], ttlSeconds: 60 });
    expect(after.headers['cache-control']).toBe('no-store');
    const stays = await operator.get(
      federation('/steering/decision?client=8.8.8.8&at=nautilus-primary-asia-northeast'),
    );
    expect(stays.body).toMatchObject({ target: 'nautilus-primary-us-east', decidedBy: 'latency' });
    const kept = await operator.get(federation('/steering/decision?client=196.25.1.1&at=nautilus-primary-us-east'));
    expect(kept.body).toMatchObject({ target: 'nautilus-primary-us-east', decidedBy: 'session' });
  });

  it('sends nobody to a drained target, records who did it, and keeps it over a restart', async () => {
    const drained = await operator.post(federation(`/steering/targets/${TOKYO}/drain`));
    expectStatus(drained, 200);
    expect(drained.body).toMatchObject({ target: TOKYO, drained: true });
    const explained = await operator.get(federation('/steering/explain?client=133.11.0.9'));
    expect(explained.body.target).not.toBe(TOKYO);
    const parts = {
      configFolder: CONFIG,
      clock,
      store: api.store,
      registry,
      observed: () => undefined,
    };
    const again = await openSteering(parts);
    expect(again?.steering.conditions.conditionOf(TOKYO).drained).toBe(true);
    await again?.stop();
    expectStatus(await operator.post(federation(`/steering/targets/${TOKYO}/restore`)), 200);
  });

  it('lists routes with the ceilings of the default topology, targets and the name server', async () => {
    const { body } = await operator.get(federation('/steering/policies'));
    expect(body.routes.map((route: { name: string; ceilingMs: number }) => [route.name, route.ceilingMs])).toEqual([
      ['americas', 50],
      ['europe', 40],
      ['asia', 60],
      ['global', 200],
    ]);
    expectStatus(await operator.get(federation('/steering/targets')), 200);
    expectStatus(await operator.get(federation('/steering/status')), 200);
    expectStatus(await operator.get(federation('/steering/export?provider=aws')), 200);
  });

  it('refuses what is no address, an unknown target, and who may not', async () => {
    const bad = await operator.get(federation('/steering/explain?client=nowhere'));
    expect({ status: bad.status, code: bad.body.error.code }).toEqual({ status: 400, code: 'STEERING_ADDRESS_BAD' });
    expectStatus(await operator.post(federation('/steering/targets/nowhere/drain')), 404);
    const auditor = await api.user('aud', 'auditor');
    expectStatus(await auditor.get(federation('/steering/targets')), 200);
    expectStatus(await auditor.post(federation(`/steering/targets/${TOKYO}/drain`)), 403);
  });
});

describe('the network', () => {
  const figures = { p99Micros: null, jitterMicros: 10, lossShare: 0, samples: 50, measuredMicros: 1 };

  it('is what its sites report, and a figure faster than light is flagged', async () => {
    const links = [
      { to: TOKYO, p50Micros: 150_000, ...figures },
      { to: 'nautilus-hub-us-west', p50Micros: 1000, ...figures },
    ];
    expectStatus(await operator.put(federation('/network/sites/nautilus-primary-us-east/links'), { links }), 200);
    const { body } = await operator.get(federation('/network/matrix'));
    const measured = body.links.filter((link: { figures: unknown }) => link.figures !== null);
    expect(measured.map((link: { to: string; quality: string }) => [link.to, link.quality]).toSorted()).toEqual([
      ['nautilus-hub-us-west', 'wrong'],
      [TOKYO, 'good'],
    ]);
    expectStatus(await operator.get(federation('/network/paths?basis=floor')), 200);
  });

  it('advises three providers for a primary', async () => {
    const answer = await operator.get(federation('/network/placement?primary=nautilus-primary-us-east&basis=floor'));
    expectStatus(answer, 200);
    const providers = new Map(running.network.sites.map(({ name, provider }) => [name, provider]));
    const [best] = answer.body.choices;
    expect(new Set(['aws', providers.get(best.standby), providers.get(best.witness)]).size).toBe(3);
    expectStatus(await operator.get(federation('/network/placement?primary=nowhere')), 404);
  });
});

describe('hosts', () => {
  it('are described by tier, and this one is looked at', async () => {
    const profiles = await operator.get(federation('/hosts/profiles'));
    expect(profiles.body.profiles).toHaveLength(4);
    const checked = await operator.get(federation('/hosts/check?tier=regional-hub'));
    expectStatus(checked, 200);
    expect(checked.body.findings).toHaveLength(6);
  });
});

describe('a configuration folder', () => {
  it('without steering starts none', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'nautilus-no-steering-'));
    const parts = {
      configFolder: folder,
      clock,
      store,
      registry,
      observed: () => undefined,
    };
    expect(await openSteering(parts)).toBeUndefined();
    rmSync(folder, { recursive: true });
  });

  it('places its targets where the topology has its clusters', () => {
    for (const { id, provider, region, latitude, longitude } of running.steering.policy.targets) {
      const site = running.network.sites.find(({ name }) => name === id);
      expect(site).toMatchObject({ provider, region });
      expect(Math.hypot((site?.latitude ?? 0) - latitude, (site?.longitude ?? 0) - longitude)).toBeLessThan(1);
    }
  });
});
