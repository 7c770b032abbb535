/** Observers as processes of their own: three at three sites watch a real node that is stopped in its tracks. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createPublicKey, randomFillSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { Detector, DETECTOR_DEFAULTS } from '#federation/detection/detector.ts';
import { readVote } from '#federation/detection/vote-entry.ts';
import type { Vote } from '#federation/detection/vote.ts';
import { makeMemberKey, readMemberKey } from '#federation/registry/member-key.ts';
import { Publisher } from '#federation/registry/publisher.ts';
import { SignedReader } from '#federation/registry/reader.ts';
import { publicKeyText, type RosterEntry } from '#federation/registry/signed.ts';
import { openStoreRegistry } from '#federation/registry/store-registry.ts';
import { createSystemClock } from '#kit/clock.ts';
import { createIdSource } from '#kit/ids.ts';
import { openStore, type Store } from '#store/open.ts';
import { runProgram, startTestPlatform, type TestPlatform } from '../platform.ts';
import { logIn, until } from '../platform-user.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SITES = [
  { name: 'nautilus-primary-us-east', provider: 'aws', region: 'aws/us-east-1' },
  { name: 'nautilus-dr-us-west', provider: 'gcp', region: 'gcp/us-west1' },
  { name: 'nautilus-witness-us', provider: 'azure', region: 'azure/centralus' },
];
const NODE = 'us-node';

const folder = mkdtempSync(path.join(tmpdir(), 'nautilus-observers-'));
const clock = createSystemClock();
const fillRandom = (bytes: Uint8Array): void => void randomFillSync(bytes);
const database = { kind: 'sqlite', file: path.join(folder, 'registry.db') } as const;
const roster = new Map<string, RosterEntry>();
const observers: ChildProcess[] = [];
let platform: TestPlatform;
let store: Store;

function enrol(member: string, cluster: string): string {
  const keyFile = path.join(folder, `${member}.pem`);
  roster.set(member, { cluster, publicKey: createPublicKey(makeMemberKey(keyFile)) });
  return keyFile;
}

function startObserver(member: string, keyFile: string, topologyFile: string): void {
  const options = path.join(folder, `${member}.json`);
  writeFileSync(options, JSON.stringify({ member, keyFile, topologyFile, registry: database }));
  const child = spawn(process.execPath, [path.join(ROOT, 'src/federation/observer.ts'), options], { stdio: 'ignore' });
  observers.push(child);
}

async function ended(child: ChildProcess): Promise<number | null> {
  return child.exitCode ?? new Promise((resolve) => child.once('exit', resolve));
}

beforeAll(async () => {
  store = await openStore(database, { clock, ids: createIdSource(clock, fillRandom), fillRandom });
  platform = await startTestPlatform({ paused: true });
});
afterAll(async () => {
  for (const child of observers) child.kill('SIGKILL');
  await platform?.kill();
  await store?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('three observers', () => {
  it('agree within seconds that a node which stands still is gone, and that it is back', async () => {
    const nodeKey = enrol(NODE, SITES[0]?.name ?? '');
    const keys = SITES.map(({ name }) => ({ name, keyFile: enrol(`observer-${name}`, name) }));
    const topology = parse(readFileSync(path.join(ROOT, 'config/topology.yaml'), 'utf8')) as { members: unknown[] };
    topology.members = [...roster].map(([name, { cluster, publicKey }]) => ({
      name,
      cluster,
      publicKey: publicKeyText(publicKey),
    }));
    const topologyFile = path.join(folder, 'topology.yaml');
    writeFileSync(topologyFile, stringify(topology));

    const registry = openStoreRegistry(store, { lookMs: 50 });
    const voice = new Publisher({
      registry,
      kind: 'heartbeat',
      member: NODE,
      privateKey: readMemberKey(nodeKey),
      roster,
      clock,
    });
    const body = {
      cluster: SITES[0]?.name,
      version: '0.1.0',
      capabilities: ['trading'],
      capacity: { liveOrders: 1000, sessions: 10 },
      address: platform.orderEntryAddress,
      positions: [],
    };
    expect((await voice.publish(body)).ok).toBe(true);
    for (const { name, keyFile } of keys) startObserver(`observer-${name}`, keyFile, topologyFile);

    const seats = SITES.map(({ name, ...site }) => ({ observer: name, ...site }));
    const detector = new Detector({ ...DETECTOR_DEFAULTS, seats, regionsMin: 3, providersMin: 2 });
    const reader = new SignedReader<Vote>(
      'vote',
      () => roster,
      (entry) => readVote(entry, roster),
    );
    await reader.follow(
      registry,
      () => clock.nowMicros(),
      (entry) => detector.hear(entry.body, clock.nowMicros()),
    );
    const verdicts = (): readonly string[] => detector.suspicion(NODE, clock.nowMicros()).tally.trusting;
    await until('all three reach the node', async () => (verdicts().length === 3 ? true : undefined), 60_000);

    const owner = await logIn(platform);
    const { pid } = (await owner.ask('GET', '/trading/status')).body.node;
    process.kill(pid, 'SIGSTOP');
    try {
      const stopped = clock.nowMicros();
      const suspicion = await until('a quorum', async () => {
        const now = detector.suspicion(NODE, clock.nowMicros());
        return now.suspected ? now : undefined;
      });
      const tookMs = Math.round(((suspicion.sinceMicros ?? 0) - stopped) / 1000);
      process.stdout.write(`three observer processes: quorum ${tookMs} ms after SIGSTOP\n`);
      expect(suspicion.tally).toMatchObject({ regions: 3, providers: 3 });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await until('they reach it again', async () => (verdicts().length === 3 ? true : undefined), 60_000);
    await reader.stop();
    await registry.close();
    for (const child of observers) child.kill('SIGTERM');
    expect(await Promise.all(observers.map(ended))).toEqual([0, 0, 0]);
  });

  it('are refused with a code where their options or their name are wrong', async () => {
    const none = await runProgram('src/federation/observer.ts', []);
    expect(none).toMatchObject({ code: 64, err: expect.stringContaining('options') });
    const options = path.join(folder, 'stranger.json');
    const topologyFile = path.join(ROOT, 'config/topology.yaml');
    writeFileSync(options, JSON.stringify({ member: 'stranger', keyFile: 'x.pem', topologyFile, registry: database }));
    const stranger = await runProgram('src/federation/observer.ts', [options]);
    expect(stranger).toMatchObject({ code: 64, err: expect.stringContaining('not in the topology') });
  });
});
