/** The federation as its user meets it: the real program, its clusters, members, observers and what they suspect. */
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sealEntry } from '#federation/registry/signed.ts';
import { readMemberKey } from '#federation/registry/member-key.ts';
import { startTestPlatform, type TestPlatform } from '../platform.ts';
import { logIn, until, type Answer, type PlatformUser } from '../platform-user.ts';

const HOME = 'nautilus-primary-us-east';
const NODE = 'local-node-a';
const MINUTE_MICROS = 60_000_000;

let platform: TestPlatform;
let owner: PlatformUser;

beforeAll(async () => {
  platform = await startTestPlatform({ paused: true });
  owner = await logIn(platform);
});
afterAll(async () => {
  await platform?.stop();
});

async function get(route: string): Promise<Answer['body']> {
  const answer = await owner.ask('GET', `/federation${route}`);
  expect({ route, status: answer.status }).toEqual({ route, status: 200 });
  return answer.body;
}

describe('the federation of a platform on one machine', () => {
  it('shows ten clusters, of which it knows its own alone', async () => {
    await until('the home cluster is healthy', async () => {
      const { clusters } = await get('/clusters');
      const home = clusters.find(({ name }: { name: string }) => name === HOME);
      return home.state === 'healthy' && home.nodes.present === 2 ? home : undefined;
    });
    const { clusters, witnesses, mode } = await get('/clusters');
    expect(mode).toBe('embedded');
    expect(clusters).toHaveLength(10);
    expect(witnesses).toHaveLength(3);
    for (const cluster of clusters) {
      const isHome = cluster.name === HOME;
      expect(cluster).toMatchObject({ home: isHome, state: isHome ? 'healthy' : 'unknown', suspected: [] });
    }
    const detail = await get(`/clusters/${HOME}`);
    expect(detail.whenLost).toMatchObject([
      { shard: 'us', fate: { outcome: 'takeover', leader: 'nautilus-dr-us-west' } },
    ]);
    const state = await get(`/clusters/${HOME}/state`);
    expect(state.members).toContainEqual({ member: NODE, state: 'healthy', suspected: false });
  });

  it('shows its members, their heartbeats and positions', async () => {
    const { members } = await get('/members');
    expect(members.map(({ member }: { member: string }) => member)).toEqual([
      'local-node-a',
      'local-node-b',
      'local-platform',
    ]);
    const node = await get(`/members/${NODE}`);
    expect(node).toMatchObject({ presence: 'present', heartbeat: { capabilities: ['trading'] } });
    expect(node.heartbeat.positions[0]).toMatchObject({ shard: 'us', role: 'leader' });
    expect(node.heartbeat.positions[0].sequence).toBeGreaterThan(0);
    const history = await until('two heartbeats', async () => {
      const { heartbeats } = await get(`/members/${NODE}/heartbeats`);
      return heartbeats.length >= 2 ? heartbeats : undefined;
    });
    expect(history[0].number).toBe(history[1].number + 1);
    const { shards } = await get('/shards');
    expect(shards.map(({ shard }: { shard: string }) => shard)).toEqual(['us', 'eu', 'asia']);
    const us = await get('/shards/us');
    const roles = us.members.map(({ role }: { role: string }) => role).toSorted();
    expect(roles).toEqual(['leader', 'standby']);
    expect(us.survival.every(({ survives }: { survives: boolean }) => survives)).toBe(true);
  });

  it('shows who observes, how each link is, and that nobody is suspected', async () => {
    const { observers, quorum } = await get('/observers');
    expect(observers).toMatchObject([{ observer: HOME, heard: true, fresh: true }]);
    expect(quorum).toEqual({ weightNeeded: 0.5, regionsMin: 1, providersMin: 1 });
    const { links } = await get('/links');
    const link = links.find(({ target }: { target: string }) => target === NODE);
    expect(link).toMatchObject({ observer: HOME, verdict: 'up', state: 'healthy', flapping: false });
    expect(Math.abs(link.clockOffsetMicros)).toBeLessThan(1_000_000);
    const { suspicions } = await get('/suspicions');
    expect(suspicions.map(({ suspected }: { suspected: boolean }) => suspected)).toEqual([false, false]);
    expect((await get(`/suspicions/${NODE}`)).trusting).toEqual([HOME]);
    expect((await get(`/observers/${HOME}`)).links.length).toBe(2);
  });

  it('shows the topology, its check and its plan, and checks another document', async () => {
    expect((await get('/topology')).topology.home).toBe(HOME);
    expect(await get('/topology/check')).toEqual({ sound: true, findings: [] });
    const plan = await get('/topology/plan');
    expect(plan.shards).toHaveLength(3);
    expect(plan.events.filter(({ scope }: { scope: string }) => scope === 'provider')).toHaveLength(3);
    const file = path.resolve(import.meta.dirname, '../../config/topology.yaml');
    const text = readFileSync(file, 'utf8').replace('addressRange: 10.25.0.0/16', 'addressRange: 10.16.7.0/24');
    const checked = await owner.ask('POST', '/federation/topology/check', { text });
    expect(checked.body).toMatchObject({
      sound: false,
      findings: [{ code: 'TOPOLOGY_ADDRESS_OVERLAP', place: 'clusters[9].addressRange', title: expect.any(String) }],
    });
    const none = await owner.ask('POST', '/federation/topology/check', { text: 'home: [' });
    expect(none.body.findings).toMatchObject([{ code: 'TOPOLOGY_SHAPE', line: 1 }]);
  });

  it('believes a heartbeat for its signature alone, and refuses a clock that is a minute wrong', async () => {
    const key = readMemberKey(path.join(platform.dataFolder, 'keys', 'member-local-node-a.pem'));
    const node = await get(`/members/${NODE}`);
    const { cluster } = node;
    const { number: _number, incarnationMicros, sentMicros, storedMicros: _stored, ...said } = node.heartbeat;
    const body = { cluster, ...said };
    const envelope = (signer: typeof key, micros: number): unknown =>
      JSON.parse(
        sealEntry('heartbeat', NODE, { incarnationMicros, number: 1_000_000, sentMicros: micros, body }, signer),
      );
    const stranger = generateKeyPairSync('ed25519').privateKey;
    const forged = await owner.ask('POST', '/federation/heartbeats', envelope(stranger, sentMicros));
    expect(forged).toMatchObject({ status: 403, body: { error: { code: 'FEDERATION_SIGNATURE_WRONG' } } });
    const skewed = await owner.ask('POST', '/federation/heartbeats', envelope(key, sentMicros + MINUTE_MICROS * 2));
    expect(skewed).toMatchObject({ status: 409, body: { error: { code: 'FEDERATION_CLOCK_SKEW' } } });
    expect(skewed.body.error.detail.why).toMatch(/its clock is \d+\.\d s ahead/);
    expect(await get('/refusals')).toEqual({ refusals: [] });
  });

  it('answers for what does not exist with a code', async () => {
    for (const route of [
      '/clusters/x',
      '/clusters/x/state',
      '/shards/x',
      '/members/x',
      '/suspicions/x',
      '/observers/x',
    ]) {
      const answer = await owner.ask('GET', `/federation${route}`);
      expect({ route, status: answer.status, code: answer.body.error.code }).toEqual({
        route,
        status: 404,
        code: 'API_NOT_FOUND',
      });
    }
  });

  it('has metrics of it', async () => {
    const { secret } = (await owner.ask('POST', '/tokens', { name: 'metrics' })).body;
    const response = await fetch(`${platform.url}/metrics`, { headers: { authorization: `Bearer ${secret}` } });
    const text = await response.text();
    expect(text).toMatch(/nautilus_federation_targets\{process="platform"\} 2/);
    expect(text).toMatch(/nautilus_federation_topology_violations\{process="platform"\} 0/);
  });
});
