/** Heartbeats are believed when they are signed, timely and new; everything else is refused, and says why. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock } from '#kit/clock.ts';
import { err, ok } from '#kit/result.ts';
import type { Heartbeat } from './heartbeat.ts';
import { Members } from './members.ts';
import type { RegistryEntry, RegistryStore } from './port.ts';
import { Publisher } from './publisher.ts';
import { sealEntry } from './signed.ts';

const START = 1_795_363_200_000_000;
const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;

const keys = new Map<string, KeyObject>();
const roster = new Map<string, { cluster: string; publicKey: KeyObject }>();
for (const [member, cluster] of [
  ['ny-1', 'new-york'],
  ['ldn-1', 'london'],
] as const) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  keys.set(member, privateKey);
  roster.set(member, { cluster, publicKey });
}
const keyOf = (member: string): KeyObject => keys.get(member) ?? expect.fail(member);

const BODY: Heartbeat = {
  cluster: 'new-york',
  version: '0.1.0',
  capabilities: ['trading'],
  capacity: { liveOrders: 100_000, sessions: 1000 },
  address: '10.16.0.5:9000',
  positions: [{ shard: 'us', role: 'leader', epoch: 3, sequence: 1200 }],
};

/** A registry in memory whose clock stamps; deaf to nobody. */
class MemoryRegistry implements RegistryStore {
  readonly entries = new Map<string, RegistryEntry>();
  private readonly watchers: { prefix: string; onEntry: (entry: RegistryEntry) => void }[] = [];
  private readonly clock: ManualClock;

  constructor(clock: ManualClock) {
    this.clock = clock;
  }

  async read(key: string) {
    return this.entries.get(key);
  }
  async list(prefix: string) {
    return [...this.entries.values()].filter(({ key }) => key.startsWith(prefix));
  }
  async write(key: string, value: string, expectedRevision: number) {
    if ((this.entries.get(key)?.revision ?? 0) !== expectedRevision) return err('conflict' as const);
    const entry = { key, value, revision: expectedRevision + 1, storedMicros: this.clock.nowMicros() };
    this.entries.set(key, entry);
    for (const { prefix, onEntry } of this.watchers) if (key.startsWith(prefix)) onEntry(entry);
    return ok(entry.revision);
  }
  async watch(prefix: string, onEntry: (entry: RegistryEntry) => void) {
    for (const entry of await this.list(prefix)) onEntry(entry);
    this.watchers.push({ prefix, onEntry });
    return { stop: async () => undefined };
  }
  async close() {
    this.watchers.length = 0;
  }
}

let clock: ManualClock;
let registry: MemoryRegistry;
let members: Members;
beforeEach(async () => {
  clock = createManualClock(START);
  registry = new MemoryRegistry(clock);
  members = new Members(registry, clock, () => roster);
  await members.start();
});

function publisher(member = 'ny-1', own = clock, privateKey = keyOf(member)): Publisher {
  return new Publisher({ registry, kind: 'heartbeat', member, privateKey, roster, clock: own });
}

function sealed(over: {
  number?: number;
  sentMicros?: number;
  body?: unknown;
  member?: string;
  key?: KeyObject;
}): string {
  const { member = 'ny-1', number = 1, sentMicros = clock.nowMicros(), body = BODY, key = keyOf(member) } = over;
  return sealEntry('heartbeat', member, { incarnationMicros: START, number, sentMicros, body }, key);
}

describe('a member that publishes', () => {
  it('is present, then late, then silent, and has a history', async () => {
    expect(members.find('ny-1')).toMatchObject({ presence: 'never', last: undefined });
    const voice = publisher();
    for (let beat = 0; beat < 3; beat++) {
      expect(await voice.publish({ ...BODY, positions: [] })).toEqual({ ok: true, value: undefined });
      clock.advance(2 * SECOND);
    }
    expect(members.find('ny-1')).toMatchObject({ presence: 'present', cluster: 'new-york', last: { number: 3 } });
    expect(members.history('ny-1').map(({ number }) => number)).toEqual([3, 2, 1]);
    clock.advance(4 * SECOND);
    expect(members.find('ny-1')?.presence).toBe('late');
    clock.advance(6 * SECOND);
    expect(members.find('ny-1')?.presence).toBe('silent');
    expect(members.list().map(({ member }) => member)).toEqual(['ldn-1', 'ny-1']);
  });

  it('goes on in a new process, and silences the one before it', async () => {
    const before = publisher();
    await before.publish(BODY);
    clock.advance(SECOND);
    const after = publisher();
    expect((await after.publish(BODY)).ok).toBe(true);
    expect(await before.publish(BODY)).toMatchObject({ ok: false, error: { code: 'FEDERATION_MEMBER_TAKEN' } });
    clock.advance(SECOND);
    expect((await after.publish(BODY)).ok).toBe(true);
    expect(members.find('ny-1')?.last?.number).toBe(2);
  });

  it('is not silenced by what somebody else wrote under its key', async () => {
    const voice = publisher();
    await voice.publish(BODY);
    await registry.write('members.ny-1', 'rubbish', 1);
    expect((await voice.publish(BODY)).ok).toBe(true);
    expect(members.find('ny-1')?.last?.number).toBe(3);
    expect(members.refusalCount('FEDERATION_ENTRY_MALFORMED')).toBe(1);
  });
});

describe('a heartbeat that is not to be believed', () => {
  it.each([
    ['a minute ahead', MINUTE, /clock is 60\.0 s ahead/],
    ['a minute behind', -MINUTE, /clock is 60\.0 s behind/],
  ])('is refused when its clock is %s, and says so', async (_what, skew, message) => {
    const skewed = createManualClock(START + skew);
    await publisher('ny-1', skewed).publish(BODY);
    expect(members.find('ny-1')?.presence).toBe('never');
    expect(members.refusals).toMatchObject([{ code: 'FEDERATION_CLOCK_SKEW', member: 'ny-1' }]);
    expect(members.refusals[0]?.message).toMatch(message);
    expect(await members.submit(sealed({ sentMicros: START + skew }))).toMatchObject({
      ok: false,
      error: { code: 'FEDERATION_CLOCK_SKEW', message: expect.stringMatching(message) },
    });
  });

  it('is refused when it lay in the registry with a time of storage that fits, but comes alive much later', async () => {
    const value = sealed({});
    clock.advance(MINUTE);
    // A storage whose clock is as wrong as the member's.
    const wrong = new MemoryRegistry(createManualClock(START));
    const late = new Members(wrong, clock, () => roster);
    await late.start();
    await wrong.write('members.ny-1', value, 0);
    expect(late.refusals).toMatchObject([{ code: 'FEDERATION_CLOCK_SKEW' }]);
  });

  it('is refused when it was heard before, also from a writer who knows the revision', async () => {
    const voice = publisher();
    await voice.publish(BODY);
    const old = registry.entries.get('members.ny-1');
    clock.advance(SECOND);
    await voice.publish(BODY);
    await registry.write('members.ny-1', old?.value ?? '', 2);
    expect(members.refusals).toMatchObject([{ code: 'FEDERATION_REPLAYED', message: 'ny-1: number 1 after 2' }]);
    expect(members.find('ny-1')?.last?.number).toBe(2);
  });

  it('is refused under the key of another member', async () => {
    await registry.write('members.ldn-1', sealed({}), 0);
    expect(members.refusals).toMatchObject([{ code: 'FEDERATION_REPLAYED', member: 'ny-1' }]);
    expect(members.find('ldn-1')?.presence).toBe('never');
  });

  it('is refused when another key signed it, when a character changed, and from strangers', async () => {
    const forged = sealed({ key: keyOf('ldn-1') });
    const changed = sealed({}).replace('0.1.0', '0.1.1');
    const stranger = sealEntry(
      'heartbeat',
      'nobody',
      { incarnationMicros: START, number: 1, sentMicros: START, body: BODY },
      keyOf('ny-1'),
    );
    const vote = sealEntry(
      'vote',
      'ny-1',
      { incarnationMicros: START, number: 1, sentMicros: START, body: BODY },
      keyOf('ny-1'),
    );
    for (const [value, code] of [
      [forged, 'FEDERATION_SIGNATURE_WRONG'],
      [changed, 'FEDERATION_SIGNATURE_WRONG'],
      [stranger, 'FEDERATION_MEMBER_UNKNOWN'],
      [vote, 'FEDERATION_SIGNATURE_WRONG'],
      ['{}', 'FEDERATION_ENTRY_MALFORMED'],
      ['', 'FEDERATION_ENTRY_MALFORMED'],
      [sealed({ body: { ...BODY, cluster: 'london' } }), 'FEDERATION_CLUSTER_WRONG'],
      [sealed({ body: { ...BODY, capacity: 'lots' } }), 'FEDERATION_ENTRY_MALFORMED'],
    ] as const) {
      expect(await members.submit(value)).toMatchObject({ ok: false, error: { code } });
    }
    expect(registry.entries.size).toBe(0);
  });
});

describe('a heartbeat that comes over HTTP', () => {
  it('is stored and believed once, in order', async () => {
    const second = sealed({ number: 2 });
    expect(await members.submit(second)).toEqual({ ok: true, value: { member: 'ny-1' } });
    expect(members.find('ny-1')?.presence).toBe('present');
    expect(await members.submit(second)).toMatchObject({ ok: false, error: { code: 'FEDERATION_REPLAYED' } });
    expect(await members.submit(sealed({ number: 1 }))).toMatchObject({ error: { code: 'FEDERATION_REPLAYED' } });
    expect((await members.submit(sealed({ number: 3 }))).ok).toBe(true);
  });
});
