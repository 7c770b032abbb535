/**
 * One cache of a node: its own entries, the region's behind them, the source of record behind those, by a policy of strategy
 * and consistency. Many askers of one key cause one read; what was invalidated while it was being read is read again. It
 * answers stale only as far as its level permits, and refuses where nothing fresh enough can be had.
 */
import { CodedError } from '#kit/errors.ts';
import { CACHE_ERRORS } from './errors.ts';
import { LocalStore } from './local-store.ts';
import type { LocalStoreTotals } from './local-store.ts';
import { checkPolicy } from './policy.ts';
import type { CachePolicy } from './policy.ts';

/** A value as the source of record gave it. */
export interface Versioned<Value> {
  /** Undefined where the key has no value. */
  readonly value: Value | undefined;
  /** Number of the write that made it; 0 for a key that was never written. */
  readonly version: number;
  /** Number of the last write of any key that this answer knows of. */
  readonly through: number;
}

export interface CacheSource<Value> {
  read(key: string): Promise<Versioned<Value>>;
  /** Version of the value that a read would give now. */
  versionOf(key: string): Promise<number>;
  /** Undefined removes. Gives the version of the write. */
  write(key: string, value: Value | undefined): Promise<number>;
}

/** The region's level. It may lose entries at any time, and must not hand out a version that was dropped. */
export interface CacheRegion<Value> {
  readonly name: string;
  get(key: string): Promise<Versioned<Value> | undefined>;
  put(key: string, entry: Versioned<Value>): Promise<void>;
  drop(key: string, version: number): Promise<void>;
}

/** Takes acknowledged writes and brings them to the source later, in order of each key. */
export interface CacheWriteQueue<Value> {
  /** Resolves once the write cannot be lost. Rejects with CACHE_QUEUE_FULL. */
  add(key: string, value: Value | undefined): Promise<void>;
  /** A write that has not reached the source yet. */
  pending(key: string): { readonly value: Value | undefined } | undefined;
}

/** What a client of level session carries with it, from node to node: nothing older than this is shown to it. */
export interface CacheSession {
  through: number;
}

export interface CacheParts<Value> {
  readonly source: CacheSource<Value>;
  readonly region?: CacheRegion<Value>;
  readonly queue?: CacheWriteQueue<Value>;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  readonly bytesOf?: (value: Value) => number;
}

interface Entry<Value> extends Versioned<Value> {
  /** When the question was asked whose answer this is. */
  readonly askedMs: number;
  readonly hits: { count: number };
}

export interface CacheTotals extends Omit<LocalStoreTotals, 'bytes'> {
  /** Null where the cache has no measure of its entries. */
  readonly bytes: number | null;
  readonly sourceReads: number;
  readonly sourceFailures: number;
  readonly sharedReads: number;
  readonly staleRefused: number;
  readonly refreshes: number;
  readonly invalidations: number;
}

/** Of a read or write under way: versions below were announced to be old meanwhile. */
interface Watch {
  staleBelow: number;
}

/** Refresh-ahead reads anew when this share of an entry's time is over and it was asked for since. */
const REFRESH_SHARE = 0.75;
const REFRESH_HITS_MIN = 2;
/** Reads of one key that are repeated because it was invalidated meanwhile. */
const REREADS_MAX = 5;
/** Reads of different keys at one moment; further ones are refused as if the source were down. */
const READS_MAX = 10_000;

export class Cache<Value> {
  readonly policy: CachePolicy;
  private readonly parts: CacheParts<Value>;
  private readonly entries: LocalStore<Entry<Value>>;
  private readonly reading = new Map<string, Promise<Entry<Value>>>();
  private readonly watches = new Map<string, Set<Watch>>();
  private readonly counts = {
    sourceReads: 0,
    sourceFailures: 0,
    sharedReads: 0,
    staleRefused: 0,
    refreshes: 0,
    invalidations: 0,
  };

  /** Throws CACHE_POLICY_IMPOSSIBLE, and CACHE_RESIDENCY where the data may not be kept in the region. */
  constructor(policy: CachePolicy, parts: CacheParts<Value>, region: string) {
    checkPolicy(policy);
    const { itemsMax, bytesMax, regions } = policy;
    if (regions !== undefined && !regions.includes(region)) {
      throw new CodedError(
        CACHE_ERRORS.CACHE_RESIDENCY,
        `${policy.name} may be kept in ${regions.join(', ')}, not in ${region}`,
      );
    }
    if (policy.strategy === 'write-behind' && parts.queue === undefined) {
      throw new CodedError(CACHE_ERRORS.CACHE_POLICY_IMPOSSIBLE, `${policy.name}: write-behind needs a durable queue`);
    }
    if (bytesMax !== undefined && parts.bytesOf === undefined) {
      const why = `${policy.name}: a bound in bytes needs a measure of them`;
      throw new CodedError(CACHE_ERRORS.CACHE_POLICY_IMPOSSIBLE, why);
    }
    this.policy = policy;
    this.parts = parts;
    this.entries = new LocalStore({ itemsMax, ...(bytesMax === undefined ? {} : { bytesMax }) });
  }

  /** The value, or undefined where there is none (cache-aside: none here). Throws CACHE_SOURCE_DOWN. */
  async get(key: string, session?: CacheSession): Promise<Value | undefined> {
    const queued = this.parts.queue?.pending(key);
    if (queued !== undefined) return queued.value;
    const nowMs = this.parts.nowMs();
    const entry = this.entries.get(key, nowMs);
    if (this.policy.strategy === 'cache-aside') return entry?.value;
    if (entry !== undefined && (await this.isFresh(key, entry, nowMs, session))) {
      entry.hits.count += 1;
      this.refreshAhead(key, entry, nowMs);
      return this.shown(entry, session);
    }
    return this.shown(await this.readShared(key, session), session);
  }

  /** Writes (undefined removes) as the strategy says. Throws CACHE_QUEUE_FULL, CACHE_SOURCE_DOWN. */
  async set(key: string, value: Value | undefined, session?: CacheSession): Promise<void> {
    const { source, queue, nowMs } = this.parts;
    const { strategy } = this.policy;
    if (strategy === 'cache-aside') {
      if (value === undefined) this.entries.delete(key);
      else this.keep(key, { value, version: 0, through: 0, askedMs: nowMs(), hits: { count: 0 } });
      return;
    }
    if (strategy === 'write-behind' && queue !== undefined) {
      this.entries.delete(key);
      await queue.add(key, value);
      return;
    }
    await this.watched(key, async (watch) => {
      const askedMs = nowMs();
      const version = await this.fromSource(async () => source.write(key, value));
      this.invalidate(key, version);
      await this.parts.region?.drop(key, version);
      if (session !== undefined) session.through = Math.max(session.through, version);
      if (strategy !== 'write-through' || version < watch.staleBelow) return;
      this.keep(key, { value, version, through: version, askedMs, hits: { count: 0 } });
    });
  }

  /** Takes note that the source has `version` of a key: from the journal's fan-out, in any order, any number of times. */
  invalidate(key: string, version: number): void {
    if (this.policy.consistency === 'weak' || this.policy.strategy === 'cache-aside') return;
    this.counts.invalidations += 1;
    const entry = this.entries.peek(key, this.parts.nowMs());
    if (entry !== undefined && entry.version < version) this.entries.delete(key);
    for (const watch of this.watches.get(key) ?? []) watch.staleBelow = Math.max(watch.staleBelow, version);
  }

  /** Forgets one key, or everything. */
  clear(key?: string): void {
    if (key === undefined) this.entries.clear();
    else this.entries.delete(key);
  }

  /** What a successor should know first. */
  hottest(count: number): string[] {
    return this.entries.hottest(count);
  }

  /** Reads keys that were hot elsewhere; those that fail are left for later. Gives how many are here now. */
  async warm(keys: readonly string[]): Promise<number> {
    const read = await Promise.allSettled(keys.slice(0, this.policy.itemsMax).map(async (key) => this.readShared(key)));
    return read.filter(({ status }) => status === 'fulfilled').length;
  }

  get totals(): CacheTotals {
    const { totals } = this.entries;
    return { ...totals, ...this.counts, bytes: this.parts.bytesOf === undefined ? null : totals.bytes };
  }

  private shown(entry: Entry<Value>, session: CacheSession | undefined): Value | undefined {
    if (session !== undefined) session.through = Math.max(session.through, entry.through);
    return entry.value;
  }

  private async isFresh(key: string, entry: Entry<Value>, nowMs: number, session?: CacheSession): Promise<boolean> {
    switch (this.policy.consistency) {
      case 'strong':
        return (await this.fromSource(async () => this.parts.source.versionOf(key))) === entry.version;
      case 'bounded-staleness':
        return nowMs - entry.askedMs <= (this.policy.stalenessMsMax ?? 0);
      case 'session':
        return session === undefined || entry.through >= session.through;
      case 'eventual':
      case 'weak':
        return true;
    }
  }

  private refreshAhead(key: string, entry: Entry<Value>, nowMs: number): void {
    const { strategy, ttlMs } = this.policy;
    if (strategy !== 'refresh-ahead' || ttlMs === undefined || entry.hits.count < REFRESH_HITS_MIN) return;
    if (nowMs - entry.askedMs < ttlMs * REFRESH_SHARE || this.reading.has(key)) return;
    this.counts.refreshes += 1;
    // Where it fails, the entry lives on to its end, and whoever asks then learns of it.
    this.readShared(key).catch(() => undefined);
  }

  /** One read for all who ask at the same time, unless their level or session needs one that begins now. */
  private async readShared(key: string, session?: CacheSession): Promise<Entry<Value>> {
    const running = this.reading.get(key);
    // A read that began before this question may have missed a write that ended before it.
    if (running !== undefined && this.policy.consistency !== 'strong') {
      this.counts.sharedReads += 1;
      const entry = await running;
      if (session === undefined || entry.through >= session.through) return entry;
    }
    if (this.reading.size >= READS_MAX)
      throw new CodedError(CACHE_ERRORS.CACHE_SOURCE_DOWN, 'too many reads are waiting');
    const started = this.watched(key, async (watch) => this.read(key, watch, session));
    this.reading.set(key, started);
    try {
      return await started;
    } finally {
      if (this.reading.get(key) === started) this.reading.delete(key);
    }
  }

  private async read(key: string, watch: Watch, session?: CacheSession): Promise<Entry<Value>> {
    for (let attempt = 0; attempt < REREADS_MAX; attempt++) {
      const askedMs = this.parts.nowMs();
      const found =
        (await this.fromRegion(key, watch, session)) ??
        (await this.fromSource(async () => this.parts.source.read(key)));
      if (found.version < watch.staleBelow || found.through < (session?.through ?? 0)) continue;
      const entry = { ...found, askedMs, hits: { count: 0 } };
      this.keep(key, entry);
      return entry;
    }
    this.counts.staleRefused += 1;
    throw new CodedError(CACHE_ERRORS.CACHE_SOURCE_DOWN, `${this.policy.name}: only versions older than needed`);
  }

  private async watched<Answer>(key: string, work: (watch: Watch) => Promise<Answer>): Promise<Answer> {
    const watch = { staleBelow: 0 };
    const watches = this.watches.get(key) ?? new Set();
    this.watches.set(key, watches.add(watch));
    try {
      return await work(watch);
    } finally {
      watches.delete(watch);
      if (watches.size === 0) this.watches.delete(key);
    }
  }

  private async fromRegion(key: string, watch: Watch, session?: CacheSession): Promise<Versioned<Value> | undefined> {
    const { consistency } = this.policy;
    // The region cannot say how old its answers are.
    if (this.parts.region === undefined || consistency === 'strong' || consistency === 'bounded-staleness')
      return undefined;
    const found = await this.parts.region.get(key).catch(() => undefined);
    return found !== undefined && found.through >= (session?.through ?? 0) && found.version >= watch.staleBelow
      ? found
      : undefined;
  }

  private async fromSource<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    this.counts.sourceReads += 1;
    try {
      return await ask();
    } catch (error) {
      this.counts.sourceFailures += 1;
      const why = error instanceof Error ? error.message : String(error);
      throw new CodedError(CACHE_ERRORS.CACHE_SOURCE_DOWN, `${this.policy.name}: ${why}`, { cause: error });
    }
  }

  private keep(key: string, entry: Entry<Value>): void {
    const { ttlMs = Infinity, negativeTtlMs = 0 } = this.policy;
    const present = this.entries.peek(key, this.parts.nowMs());
    if (present !== undefined && present.version > entry.version) return;
    const livesMs = entry.value === undefined ? Math.min(negativeTtlMs, ttlMs) : ttlMs;
    if (livesMs <= 0) return;
    const bytes = entry.value === undefined ? 0 : (this.parts.bytesOf?.(entry.value) ?? 0);
    this.entries.set(key, entry, entry.askedMs + livesMs, bytes);
    if (entry.value !== undefined) this.parts.region?.put(key, entry).catch(() => undefined);
  }
}
