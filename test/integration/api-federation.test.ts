/** The federation's routes: every answer has the shape that it promises, and only those who may see it do. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectStatus, startTestApi, type TestApi, type TestUser } from './api-harness.ts';

const HOME = 'nautilus-primary-us-east';
const NODE = 'local-node-a';

let api: TestApi;
let auditor: TestUser;
let trader: TestUser;

const federation = (route: string): string => `/api/v1/federation${route}`;

beforeAll(async () => {
  api = await startTestApi();
  auditor = await api.user('aud', 'auditor');
  trader = await api.user('tom', 'trader', [0]);
});
afterAll(async () => api.stop());

describe('the federation’s routes', () => {
  it('all answer in the shape that they promise', async () => {
    await expect
      .poll(async () => (await auditor.get(federation(`/members/${NODE}`))).body.presence, { timeout: 8000 })
      .toBe('present');
    for (const route of [
      '/clusters',
      `/clusters/${HOME}`,
      `/clusters/${HOME}/state`,
      '/shards',
      '/shards/eu',
      '/topology',
      '/topology/check',
      '/topology/plan',
      '/members',
      `/members/${NODE}`,
      `/members/${NODE}/heartbeats`,
      '/refusals',
      '/observers',
      `/observers/${HOME}`,
      '/links',
      '/suspicions',
      `/suspicions/${NODE}`,
    ]) {
      expectStatus(await auditor.get(federation(route)), 200);
    }
    expectStatus(await auditor.post(federation('/topology/check'), { text: 'home: x' }), 200);
  });

  it('find the node of this test healthy, over real probes', async () => {
    await expect
      .poll(async () => (await auditor.get(federation(`/clusters/${HOME}`))).body.cluster.state, { timeout: 8000 })
      .toBe('healthy');
    const { body } = await auditor.get(federation('/links'));
    expect(body.links).toMatchObject([{ target: NODE, verdict: 'up', flapping: false, fresh: true }]);
    expect(body.links[0].roundTripMicros).toBeGreaterThan(0);
  });

  it('let every role see, and those who operate hand in heartbeats', async () => {
    expectStatus(await trader.get(federation('/clusters')), 200);
    const body = { member: NODE, payload: '{}', signature: `${'A'.repeat(86)}==` };
    const refused = await trader.post(federation('/heartbeats'), body);
    expect(refused.body.error).toMatchObject({ code: 'API_FORBIDDEN' });
    const operator = await api.user('ops', 'operator');
    const wrong = await operator.post(federation('/heartbeats'), body);
    expect(wrong.body.error).toMatchObject({ code: 'FEDERATION_SIGNATURE_WRONG', detail: { why: expect.any(String) } });
  });
});
