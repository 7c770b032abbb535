import { mkdtempSync, rmSync, writeFileSync, readFileSync, appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { LRUCache } from 'lru-cache';
import { Rng } from '#kit/rng.ts';
import { Cache } from './cache.ts';
import type { CacheSource, Versioned } from './cache.ts';
import { LocalStore } from './local-store.ts';
import { checkPolicy, policyMatrix } from './policy.ts';
import type { CachePolicy } from './policy.ts';
import { WriteQueue } from './write-queue.ts';
import type { QueuedWrite } from './write-queue.ts';

const POLICY: CachePolicy = {
  name: 'test',
  data: 'reference',
  strategy: 'read-through',
  consistency: 'eventual',
  reason: 'a test',
  itemsMax: 100,
};

class Source implements CacheSource<string> {
  readonly values = new Map<string, Versioned<string>>();
  reads = 0;
  through = 0;
  isDown = false;
  gate: Promise<void> = Promise.resolve();

  async read(key: string): Promise<Versioned<string>> {
    this.reads += 1;
    const found = this.values.get(key) ?? { value: undefined, version: 0 };
    await this.gate;
    if (this.isDown) throw new Error('down');
    return { ...found, through: this.through };
  }

  async versionOf(key: string): Promise<number> {
    return this.values.get(key)?.version ?? 0;
  }

  async write(key: string, value: string | undefined): Promise<number> {
    if (this.isDown) throw new Error('down');
    this.through += 1;
    this.values.set(key, { value, version: this.through, through: this.through });
    return this.through;
  }
}

function open(more: Partial<CachePolicy> = {}) {
  const source = new Source();
  const clock = { nowMs: 0 };
  const cache = new Cache<string>(
    { ...POLICY, ...more },
    { source, nowMs: () => clock.nowMs, bytesOf: (text) => text.length },
    'us',
  );
  return { source, clock, cache };
}

describe('the first level', () => {
  it('never holds more items or bytes than it may, whatever is put', () => {
    const rng = new Rng(7);
    const store = new LocalStore<number>({ itemsMax: 50, bytesMax: 1000 });
    for (let at = 0; at < 20_000; at++) {
      const key = `k${rng.int(300)}`;
      if (rng.int(3) === 0) store.delete(key);
      else if (rng.int(2) === 0) store.set(key, at, Infinity, rng.int(60));
      else store.get(key, 0);
      const { items, bytes } = store.totals;
      expect(items).toBeLessThanOrEqual(50);
      expect(bytes).toBeLessThanOrEqual(1000);
      expect(bytes).toBeGreaterThanOrEqual(0);
    }
  });

  it('gives what was put last, or nothing, for every key', () => {
    const rng = new Rng(8);
    const store = new LocalStore<number>({ itemsMax: 40 });
    const truth = new Map<string, number>();
    for (let at = 0; at < 20_000; at++) {
      const key = `k${rng.int(120)}`;
      const found = store.get(key, 0);
      if (found !== undefined) expect(found).toBe(truth.get(key));
      truth.set(key, at);
      store.set(key, at);
    }
    expect(store.totals.evictions).toBeGreaterThan(1000);
  });

  it('ends entries when their time is over', () => {
    const store = new LocalStore<string>({ itemsMax: 4 });
    store.set('a', 'one', 100);
    expect(store.get('a', 99)).toBe('one');
    expect(store.get('a', 100)).toBeUndefined();
    expect(store.totals).toMatchObject({ items: 0, expirations: 1 });
  });

  it('finds out that a trace is about popularity, and beats least-recently-used there', () => {
    const rng = new Rng(9);
    const store = new LocalStore<true>({ itemsMax: 1000 });
    const peer = new LRUCache<string, true>({ max: 1000 });
    let ours = 0;
    let theirs = 0;
    for (let at = 0; at < 200_000; at++) {
      const key = `k${Math.floor(20_000 ** rng.float())}`;
      const noise = rng.int(3) === 0 ? `once-${at}` : key;
      if (store.get(noise, 0) === undefined) store.set(noise, true);
      else ours += 1;
      if (peer.get(noise) === undefined) peer.set(noise, true);
      else theirs += 1;
    }
    expect(ours).toBeGreaterThan(theirs * 1.02);
  });

  it('is exactly least-recently-used where recency is what counts', () => {
    const store = new LocalStore<true>({ itemsMax: 100 });
    const peer = new LRUCache<string, true>({ max: 100 });
    const rng = new Rng(10);
    for (let at = 0; at < 50_000; at++) {
      const key = `k${Math.floor(at / 3) - rng.int(90)}`;
      const ours = store.get(key, 0) !== undefined;
      expect(ours).toBe(peer.get(key) !== undefined);
      if (!ours) store.set(key, true);
      if (!ours) peer.set(key, true);
    }
  });
});

describe('a policy', () => {
  it('is refused where strategy and level exclude each other, with the reason', () => {
    expect(() => checkPolicy({ ...POLICY, strategy: 'write-behind', consistency: 'strong' })).toThrow(
      /others could not read/,
    );
    expect(() => checkPolicy({ ...POLICY, consistency: 'weak' })).toThrow(/need an end/);
    expect(() => checkPolicy({ ...POLICY, consistency: 'bounded-staleness' })).toThrow(/greatest staleness/);
    const matrix = policyMatrix();
    expect(matrix).toHaveLength(30);
    expect(matrix.filter(({ impossible }) => impossible !== null)).toHaveLength(7);
  });

  it('keeps data out of regions where it may not lie', () => {
    const source = new Source();
    const parts = { source, nowMs: () => 0 };
    expect(() => new Cache<string>({ ...POLICY, regions: ['eu'] }, parts, 'us')).toThrow(/may be kept in eu/);
  });
});

describe('a cache', () => {
  it('asks the source once for many who ask at the same time', async () => {
    const { cache, source } = open();
    await source.write('a', 'one');
    const answers = await Promise.all(Array.from({ length: 500 }, async () => cache.get('a')));
    expect(new Set(answers)).toEqual(new Set(['one']));
    expect(source.reads).toBe(1);
  });

  it('reads again what was invalidated while it was on its way', async () => {
    const { cache, source } = open();
    await source.write('a', 'old');
    let release = (): void => undefined;
    source.gate = new Promise((resolve) => (release = resolve));
    const answer = cache.get('a');
    await Promise.resolve();
    cache.invalidate('a', await source.write('a', 'new'));
    release();
    expect(await answer).toBe('new');
    expect(await cache.get('a')).toBe('new');
  });

  it('remembers for a while that there is nothing', async () => {
    const { cache, source, clock } = open({ negativeTtlMs: 50 });
    for (let at = 0; at < 5; at++) expect(await cache.get('none')).toBeUndefined();
    expect(source.reads).toBe(1);
    clock.nowMs = 51;
    await cache.get('none');
    expect(source.reads).toBe(2);
  });

  it('answers within its bound while the source is down, and says so after it', async () => {
    const { cache, source, clock } = open({ consistency: 'bounded-staleness', stalenessMsMax: 100 });
    await source.write('a', 'one');
    await cache.get('a');
    source.isDown = true;
    clock.nowMs = 100;
    expect(await cache.get('a')).toBe('one');
    clock.nowMs = 101;
    await expect(cache.get('a')).rejects.toMatchObject({ code: 'CACHE_SOURCE_DOWN' });
  });

  it('reads wanted entries anew before they end, and leaves the others', async () => {
    const { cache, source, clock } = open({ strategy: 'refresh-ahead', ttlMs: 100 });
    await source.write('hot', 'one');
    await source.write('cold', 'one');
    for (let at = 0; at < 4; at++) await cache.get('hot');
    await cache.get('cold');
    clock.nowMs = 80;
    await cache.get('hot');
    await cache.get('cold');
    await new Promise((resolve) => setImmediate(resolve));
    expect(source.reads).toBe(3);
    expect(cache.totals.refreshes).toBe(1);
  });

  it('hands its hot keys to a successor, which then need not ask for them', async () => {
    const { cache, source } = open();
    for (let at = 0; at < 30; at++) await source.write(`k${at}`, 'v');
    for (let at = 0; at < 30; at++) for (let times = 0; times <= (at < 5 ? 8 : 0); times++) await cache.get(`k${at}`);
    const successor = new Cache<string>(POLICY, { source, nowMs: () => 0 }, 'us');
    expect(await successor.warm(cache.hottest(5))).toBe(5);
    const before = source.reads;
    for (let at = 0; at < 5; at++) await successor.get(`k${at}`);
    expect(source.reads).toBe(before);
  });
});

describe('a write queue', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  function file(): string {
    const folder = mkdtempSync(path.join(tmpdir(), 'nautilus-queue-'));
    folders.push(folder);
    return path.join(folder, 'queue');
  }

  async function settled(queue: WriteQueue<unknown>): Promise<void> {
    while (queue.length > 0) await new Promise((resolve) => setImmediate(resolve));
  }

  it('delivers in order of each key through failures, and sets aside what never succeeds', async () => {
    const delivered: QueuedWrite[] = [];
    const failed = new Set<number>();
    const queue = new WriteQueue<number>({
      file: file(),
      pause: async () => undefined,
      attemptsMax: 3,
      deliver: async (write) => {
        if (write.key === 'bad') throw new Error('never');
        if (!failed.has(write.id)) {
          failed.add(write.id);
          throw new Error('once');
        }
        delivered.push(write);
      },
    });
    await Promise.all(Array.from({ length: 40 }, async (_, at) => queue.add(`k${at % 4}`, at)));
    await queue.add('bad', 1);
    await settled(queue);
    for (const key of ['k0', 'k1', 'k2', 'k3']) {
      const values = delivered.filter((write) => write.key === key).map(({ value }) => Number(value));
      expect(values).toEqual(values.toSorted((a, b) => a - b));
      expect(values).toHaveLength(10);
    }
    expect(queue.poisoned).toMatchObject([{ write: { key: 'bad' }, why: 'never' }]);
    queue.stop();
  });

  it('refuses a write when it is full, and loses none that it took', async () => {
    const queueFile = file();
    const never = async (): Promise<void> => new Promise(() => undefined);
    const queue = new WriteQueue<number>({ file: queueFile, pause: never, deliver: never, entriesMax: 3 });
    for (let at = 0; at < 3; at++) await queue.add(`k${at}`, at);
    await expect(queue.add('k3', 3)).rejects.toMatchObject({ code: 'CACHE_QUEUE_FULL' });
    queue.stop();
    const delivered: unknown[] = [];
    const deliver = async ({ value }: QueuedWrite): Promise<void> => void delivered.push(value);
    const again = new WriteQueue<number>({ file: queueFile, pause: never, deliver });
    await settled(again);
    expect(new Set(delivered)).toEqual(new Set([0, 1, 2]));
    again.stop();
  });

  it('leaves out a torn last line, and refuses damage before it', async () => {
    const queueFile = file();
    const never = async (): Promise<void> => new Promise(() => undefined);
    const queue = new WriteQueue<number>({ file: queueFile, pause: never, deliver: never });
    await queue.add('a', 1);
    await queue.add('b', 2);
    queue.stop();
    appendFileSync(queueFile, '0123abcd {"kind":"wri');
    const again = new WriteQueue<number>({ file: queueFile, pause: never, deliver: never });
    expect(again.length).toBe(2);
    again.stop();
    const text = readFileSync(queueFile, 'utf8');
    writeFileSync(queueFile, text.replace('"a"', '"z"'));
    expect(() => new WriteQueue<number>({ file: queueFile, pause: never, deliver: never })).toThrow(/line 1/);
  });
});
