/** Operating over HTTP: status, journal, snapshots, sessions, metrics, readiness, the document, and a node that is gone. */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectStatus, openTradingDay, startTestApi, trading, type TestApi, type TestUser } from './api-harness.ts';

let api: TestApi;
let admin: TestUser;

beforeAll(async () => {
  api = await startTestApi();
  admin = await api.user('ada', 'admin');
  await openTradingDay(api, admin, admin);
});
afterAll(async () => api.stop());

describe('the platform', () => {
  it('says how it is', async () => {
    const { body } = await admin.get(trading('/status'));
    expect(body).toMatchObject({ name: 'nautilus', simulated: true, moneyExponent: -4, instruments: 1, accounts: 2 });
    expect(body.node).toMatchObject({ state: 'ready' });
    expect(body.journalSequence).toBeGreaterThan(5);
    expect((await admin.get('/health')).body).toEqual({ status: 'ok', version: '0.0.0-test' });
    expect((await admin.get('/ready')).body).toMatchObject({ ready: true });
  });

  it('shows its journal, and the same state hash as the node', async () => {
    const { body } = await admin.get(trading('/journal?hash=true'));
    expect(body).toMatchObject({ epoch: 1, firstSequence: 1, tornBytes: 0, fault: null });
    expect(body.replicaSequence).toBeLessThanOrEqual(body.lastSequence);
    expect(body.bytes).toBeGreaterThan(0);
    await api.view.replica.reached(api.test.node.lastSequence(), 2000);
    const { body: now } = await admin.get(trading('/journal?hash=true'));
    expect(now.stateHash).toBe(api.test.node.engine.stateHash());
  });

  it('takes a snapshot when it is asked to', async () => {
    const taken = await admin.post(trading('/snapshots'));
    expectStatus(taken, 201);
    const { body } = await admin.get(trading('/snapshots'));
    expect(body.snapshots[0]).toEqual(taken.body);
    expect(taken.body.bytes).toBeGreaterThan(0);
  });

  it('measures latencies that the regional view and the histograms agree on', async () => {
    const body = { account: 0, symbol: 'NAUT', side: 'buy', quantity: 1, price: '50.00' };
    for (let index = 0; index < 20; index++) await admin.post(trading('/orders'), { ...body, price: '90.00' });
    await expect
      .poll(async () => (await admin.get('/api/v1/edge/performance/regional')).body.regions[0].orders, {
        timeout: 5000,
      })
      .toBeGreaterThan(20);
    const { body: regional } = await admin.get('/api/v1/edge/performance/regional');
    const [local] = regional.regions;
    expect(local).toMatchObject({ region: 'local', local: true, measured: true });
    expect(local.p50Micros).toBeGreaterThan(0);
    expect(local.p50Micros).toBeLessThanOrEqual(local.p99Micros);
    const { body: latency } = await admin.get(trading('/latency'));
    const name = 'nautilus_edge_report_latency_seconds';
    const histogram = latency.histograms.find((row: { name: string; process: string }) => row.name === name);
    expect(histogram).toMatchObject({ process: 'node', unit: 'seconds' });
    const counted = histogram.buckets.reduce((sum: number, bucket: { count: number }) => sum + bucket.count, 0);
    expect(counted).toBe(histogram.count);
  });

  it('counts seconds for the sparklines', async () => {
    await expect
      .poll(async () => (await admin.get(trading('/stats?seconds=5'))).body.samples.length, { timeout: 5000 })
      .toBeGreaterThan(1);
    const { body } = await admin.get(trading('/stats'));
    const sample = body.samples.at(-1);
    expect(sample.journalSequence).toBeGreaterThan(0);
    expect(sample.commandsPerSecond).toBeGreaterThanOrEqual(0);
  });

  it('exposes the metrics of both processes to the loopback', async () => {
    const response = await fetch(`${api.url}/metrics`);
    expect(response.headers.get('content-type')).toContain('version=0.0.4');
    const text = await response.text();
    expect(text).toMatch(/nautilus_api_requests_total\{status="2xx",process="platform"\} [1-9]/);
    expect(text).toMatch(/nautilus_edge_sessions_live\{process="node"\} 1/);
    expect(text).toMatch(/nautilus_process_resident_memory_bytes\{process="node"\} [1-9]/);
  });

  it('answers for planes that are not there without inventing anything', async () => {
    const reports = await admin.get('/api/v1/compliance/reports/generate');
    expect(reports.body).toMatchObject({ status: 'not available', reports: [] });
    expect(reports.headers['cache-control']).toBe('no-store');
    const predictions = await admin.get('/api/v1/ml/predictions/current');
    expect(predictions.body).toMatchObject({ status: 'not available', predictions: [] });
  });

  it('controls the running market', async () => {
    expect((await admin.post(trading('/replay/pause'))).body.state).toBe('paused');
    expect((await admin.put(trading('/replay/speed'), { speed: 4 })).body).toMatchObject({ speed: 4, state: 'paused' });
    expect((await admin.post(trading('/replay/resume'))).body.state).toBe('running');
    expect((await admin.put(trading('/replay/speed'), { speed: 0 })).status).toBe(400);
  });

  it('lists every code once, with the number on the wire', async () => {
    const { body } = await admin.get('/api/v1/codes');
    const codes = body.codes.map((row: { code: string }) => row.code);
    expect(new Set(codes).size).toBe(codes.length);
    expect(body.codes).toContainEqual(
      expect.objectContaining({ code: 'ENGINE_MAX_ORDER_VALUE', engineCode: 51, httpStatus: 422 }),
    );
  });

  it('keeps the name that it is given', async () => {
    expect((await admin.get('/api/v1/site')).body).toEqual({ name: 'local', region: 'local' });
    await admin.put('/api/v1/site', { name: 'rack 7', region: 'eu-west-1' });
    expect((await admin.get(trading('/status'))).body.site).toBe('rack 7');
    expect((await admin.get('/api/v1/edge/performance/regional')).body.regions[0].region).toBe('eu-west-1');
  });
});

describe('order-entry sessions', () => {
  it('are registered with a key that is made, or with one that is brought', async () => {
    const made = await admin.post(trading('/sessions'), { name: 'algo-1', participant: 1, accounts: [0] });
    expectStatus(made, 201);
    expect(made.body.privateKey).toContain('BEGIN PRIVATE KEY');
    expect(made.body.session).toMatchObject({ sessionId: 1, name: 'algo-1', ackLevel: 'journaled', connected: false });

    const jwk = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
    const publicKey = Buffer.from(jwk.x ?? '', 'base64url').toString('base64');
    const brought = await admin.post(trading('/sessions'), {
      name: 'algo-2',
      participant: 1,
      accounts: 'all',
      publicKey,
    });
    expect(brought.body).toMatchObject({ privateKey: null, session: { publicKey } });
    const taken = await admin.post(trading('/sessions'), { name: 'algo-2', participant: 1, accounts: 'all' });
    expect(taken.status).toBe(409);
    const { body } = await admin.get(trading('/sessions'));
    expect(body.sessions.map((session: { name: string }) => session.name)).toEqual(['algo-1', 'algo-2']);
    expect(JSON.stringify(body)).not.toContain('PRIVATE');
  });

  it('are revoked for good', async () => {
    const revoked = await admin.delete(trading('/sessions/1'));
    expect(revoked.body.revokedMicros).not.toBeNull();
    expect((await admin.get(trading('/sessions/1'))).body.revokedMicros).toBe(revoked.body.revokedMicros);
    expect((await admin.delete(trading('/sessions/77'))).status).toBe(404);
  });

  it('with an administrator’s rights are made by administrators only', async () => {
    const operator = await api.user('otto', 'operator');
    const refused = await operator.post(trading('/sessions'), {
      name: 'root',
      participant: 1,
      accounts: 'all',
      role: 'administrator',
    });
    expect(refused.body.error.code).toBe('API_FORBIDDEN');
  });
});

describe('the reference page', () => {
  it('has a page of its own that loads nothing from elsewhere', async () => {
    const page = await fetch(`${api.url}/reference/`);
    const html = await page.text();
    expect(page.status).toBe(200);
    expect(html).not.toMatch(/(?:src|href)="https?:/);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("connect-src 'self'");
    expect(policy).toMatch(/script-src 'self' 'sha256-/);
    const script = await fetch(`${api.url}/reference/js/scalar.js`);
    expect(script.status).toBe(200);
  });
});

describe('without its node', () => {
  it('the API says so, sends nothing, and trades again when the node is back', async () => {
    await api.test.node.stop();
    await expect.poll(() => api.link.connected, { timeout: 5000 }).toBe(false);
    const body = { account: 0, symbol: 'NAUT', side: 'buy', quantity: 1, price: '91.00' };
    const refused = await admin.post(trading('/orders'), body);
    expect(refused.status).toBe(503);
    expect(refused.body.error.code).toBe('API_NODE_UNAVAILABLE');
    expect((await admin.get('/ready')).status).toBe(503);
    expect((await admin.get(trading('/books/NAUT/l1'))).status).toBe(200);
    expect((await admin.get(trading('/journal'))).body.durableSequence).toBeNull();

    await api.test.start();
    await expect.poll(() => api.link.connected, { timeout: 5000 }).toBe(true);
    expectStatus(await admin.post(trading('/orders'), body), 201);
    expect((await admin.get('/ready')).body.ready).toBe(true);
    expect((await admin.get(trading('/journal'))).body.epoch).toBe(2);
  });
});
