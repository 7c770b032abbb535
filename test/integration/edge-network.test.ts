import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../platform.ts';
import { logIn, until, type PlatformUser } from '../platform-user.ts';

let platform: TestPlatform;
let user: PlatformUser;

beforeAll(async () => {
  platform = await startTestPlatform();
  user = await logIn(platform);
});
afterAll(async () => {
  await platform.stop();
});

async function ended(id: string) {
  return until('the run has ended', async () => {
    const { body } = await user.ask('GET', `/edge/placement/runs/${id}`);
    return body.state === 'running' ? undefined : body;
  });
}

describe('the edge network over HTTP', () => {
  it('lists sites with hours, classes and neighbours no nearer than light allows', async () => {
    const { body } = await user.ask('GET', '/edge/sites');
    expect(body.sites).toHaveLength(15);
    const { body: detail } = await user.ask('GET', '/edge/sites/nyse-mahwah');
    expect(detail.neighbours[0].site).toBe('nasdaq-carteret');
    for (const { km, leastMicros, expectedMicros } of detail.neighbours) {
      expect(leastMicros).toBeCloseTo(km * 4.9, 6);
      expect(expectedMicros).toBeGreaterThanOrEqual(leastMicros);
    }
    expect((await user.ask('GET', '/edge/sites/atlantis')).status).toBe(404);
  });

  it('computes a placement, answers the same question from memory, and shows the cache that did', async () => {
    const question = { strategy: 'latency', budget: 260_000, alternatives: 1, paretoPoints: 3, explainSites: false };
    const started = await user.ask('POST', '/edge/placement/runs', question);
    expect(started.status).toBe(202);
    const run = await ended(started.body.id);
    expect(run.outcome).toMatchObject({ kind: 'placed', report: { proof: { gap: 0 } } });
    const again = await user.ask('POST', '/edge/placement/runs', question);
    expect([again.status, again.body.id]).toEqual([200, run.id]);
    const { body } = await user.ask('GET', '/edge/caches/placement-results');
    expect(body).toMatchObject({ strategy: 'cache-aside', totals: { hits: 1, items: 1 } });
    const pareto = await user.ask('GET', `/edge/placement/runs/${run.id}/pareto`);
    expect(pareto.body.pareto.length).toBeGreaterThan(0);
  });

  it('says of an impossible budget what would do', async () => {
    const body = { budget: 20_000, alternatives: 0, paretoPoints: 0, explainSites: false };
    const started = await user.ask('POST', '/edge/placement/runs', body);
    const run = await ended(started.body.id);
    expect(run.outcome.kind).toBe('impossible');
    expect(run.outcome.impossible.leastBudget).toBeGreaterThan(20_000);
    const faster = { ...body, measured: [{ demand: 'london-algos', site: 'tse-tokyo', micros: 5 }] };
    const refused = await user.ask('POST', '/edge/placement/runs', faster);
    expect([refused.status, refused.body.error.code]).toEqual([422, 'PLACEMENT_LATENCY_IMPOSSIBLE']);
  });

  it('measures this machine instead of believing it', async () => {
    const { status, body } = await user.ask('POST', '/edge/self-tests');
    expect(status).toBe(201);
    expect(body.reading.loopP99Micros).toBeGreaterThan(0);
    expect(body.verdicts.map(({ nodeClass }: { nodeClass: string }) => nodeClass)).toContain('ultra-edge');
    for (const { proven, checks } of body.verdicts) {
      expect(proven).toBe(checks.every(({ state }: { state: string }) => state === 'passed'));
    }
  });

  it('shows where the time of orders goes, and compares with figures that were kept', async () => {
    const figures = await until('batches were measured', async () => {
      const { body } = await user.ask('GET', '/edge/performance/regional');
      const found = body.regions[0].detail;
      return found.figures.whole.count > 20 ? found : undefined;
    });
    const shares = Object.values(figures.figures.hops as Record<string, { shareOfTime: number }>);
    expect(shares.reduce((sum, { shareOfTime }) => sum + shareOfTime, 0)).toBeCloseTo(1, 6);
    expect(figures.instruments.length).toBeGreaterThan(0);
    expect((await user.ask('POST', '/edge/performance/baselines', { name: 'now' })).status).toBe(201);
    const { body } = await user.ask('GET', '/edge/performance/baselines/now/comparison');
    expect(body.figures.map(({ figure }: { figure: string }) => figure)).toContain('p99Micros');
  });
});
