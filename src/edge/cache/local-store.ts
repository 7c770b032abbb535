/**
 * The first level of a cache: entries in this process, bounded by number and bytes, each with a moment at which it ends.
 * Recency or popularity decides who stays, whichever does better on a sample of the keys. Knows nothing of sources, levels
 * or writes.
 */
import { invariant } from '#kit/invariant.ts';
import { Eviction } from './eviction.ts';
import { WindowDuel } from './window-duel.ts';

export interface LocalStoreOptions {
  readonly itemsMax: number;
  /** Bytes as the owner estimates them when it puts. @default no bound but that of items */
  readonly bytesMax?: number;
  /** Told of what was pushed out to make room, not of what was dropped or ended. */
  readonly onEvicted?: (key: string) => void;
}

export interface LocalStoreTotals {
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  readonly expirations: number;
  readonly items: number;
  readonly bytes: number;
}

const ITEMS_MAX_MAX = 1 << 24;

export class LocalStore<Value> {
  private readonly options: LocalStoreOptions;
  private readonly slots = new Map<string, number>();
  private readonly keys: (string | undefined)[];
  private readonly values: (Value | undefined)[];
  private readonly sizes: Float64Array;
  private readonly ends: Float64Array;
  private readonly eviction: Eviction;
  private readonly duel: WindowDuel;
  private readonly free: number[] = [];
  private used = 0;
  private bytes = 0;
  private hits = 0;
  private misses = 0;
  private evictions = 0;
  private expirations = 0;

  constructor(options: LocalStoreOptions) {
    const { itemsMax } = options;
    invariant(Number.isInteger(itemsMax) && itemsMax >= 1 && itemsMax <= ITEMS_MAX_MAX, 'cache.items-max', itemsMax);
    this.options = options;
    // One slot more than entries: a newcomer is inside before somebody is pushed out.
    const slots = itemsMax + 1;
    this.keys = Array.from({ length: slots });
    this.values = Array.from({ length: slots });
    this.sizes = new Float64Array(slots);
    this.ends = new Float64Array(slots);
    this.duel = new WindowDuel(itemsMax);
    this.eviction = new Eviction(itemsMax, this.duel.window);
  }

  /** The value, or undefined where there is none or it has ended. @param nowMs monotonic */
  get(key: string, nowMs: number): Value | undefined {
    if (this.duel.count(key, hashOf(key))) this.eviction.window = this.duel.window;
    const slot = this.slots.get(key);
    if (slot === undefined) {
      this.misses += 1;
      return undefined;
    }
    if (this.ends[slot] <= nowMs) {
      this.release(slot);
      this.expirations += 1;
      this.misses += 1;
      return undefined;
    }
    this.hits += 1;
    this.eviction.touched(slot);
    return this.values[slot];
  }

  /** The value without counting as an access. */
  peek(key: string, nowMs: number): Value | undefined {
    const slot = this.slots.get(key);
    return slot === undefined || this.ends[slot] <= nowMs ? undefined : this.values[slot];
  }

  /** @param endMs monotonic moment at which it ends; Infinity for never @param bytes estimate of its size */
  set(key: string, value: Value, endMs = Infinity, bytes = 0): void {
    const known = this.slots.get(key);
    if (known !== undefined) {
      this.bytes += bytes - this.sizes[known];
      this.values[known] = value;
      this.sizes[known] = bytes;
      this.ends[known] = endMs;
      this.eviction.touched(known);
      this.makeRoom();
      return;
    }
    const slot = this.free.pop() ?? this.used++;
    this.slots.set(key, slot);
    this.keys[slot] = key;
    this.values[slot] = value;
    this.sizes[slot] = bytes;
    this.ends[slot] = endMs;
    this.bytes += bytes;
    this.eviction.inserted(slot, hashOf(key));
    this.makeRoom();
  }

  delete(key: string): boolean {
    const slot = this.slots.get(key);
    if (slot === undefined) return false;
    this.release(slot);
    return true;
  }

  clear(): void {
    for (const key of this.slots.keys()) this.delete(key);
  }

  get totals(): LocalStoreTotals {
    const { hits, misses, evictions, expirations, bytes } = this;
    return { hits, misses, evictions, expirations, items: this.slots.size, bytes };
  }

  /** Keys by how often they were asked for lately, most wanted first. */
  hottest(count: number): string[] {
    const ranked = [...this.slots].map(([key, slot]) => ({ key, wanted: this.eviction.wanted(slot) }));
    return ranked
      .toSorted((a, b) => b.wanted - a.wanted || (a.key < b.key ? -1 : 1))
      .slice(0, count)
      .map(({ key }) => key);
  }

  private makeRoom(): void {
    const { itemsMax, bytesMax = Infinity } = this.options;
    while (this.slots.size > itemsMax || (this.bytes > bytesMax && this.slots.size > 0)) {
      this.pushOut(this.eviction.victim());
    }
  }

  private pushOut(slot: number): void {
    const key = this.keys[slot];
    this.release(slot);
    this.evictions += 1;
    if (key !== undefined) this.options.onEvicted?.(key);
  }

  private release(slot: number): void {
    const key = this.keys[slot];
    if (key !== undefined) this.slots.delete(key);
    this.eviction.removed(slot);
    this.bytes -= this.sizes[slot];
    this.keys[slot] = undefined;
    this.values[slot] = undefined;
    this.free.push(slot);
  }
}

/** FNV-1a over UTF-16 units, mixed once more. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  return hash ^ (hash >>> 15);
}
