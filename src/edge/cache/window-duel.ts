/**
 * Chooses a cache's window by trying both on a sample of its keys: a small cache that is plain LRU beside one that asks for
 * popularity. The better of the two gives the window (miniature simulation, Waldspurger, Saemundsson, Ahmad and Park, 2017).
 * Begins with LRU, so that the cache is never worse than LRU before it has a reason.
 */
import { Eviction } from './eviction.ts';

const POPULARITY_WINDOW_SHARE = 0.2;
/** Entries of each sampled cache, about. */
const SAMPLE_ITEMS = 512;
const SAMPLE_SHIFT_MAX = 8;
/** Sampled accesses between two decisions, for each sampled entry. */
const ROUND_FACTOR = 4;
const ROUND_ACCESSES_MIN = 512;
/** Share of the accesses by which the other one must be better. */
const LEAD_MIN = 0.005;

/** A cache of keys without values, for counting hits. */
class Shadow {
  readonly eviction: Eviction;
  private readonly itemsMax: number;
  private readonly slots = new Map<string, number>();
  private readonly keys: (string | undefined)[] = [];
  private readonly free: number[] = [];
  hits = 0;

  constructor(itemsMax: number, windowShare: number) {
    this.itemsMax = itemsMax;
    this.eviction = new Eviction(itemsMax, Math.max(1, Math.round(itemsMax * windowShare)));
  }

  access(key: string, hash: number): void {
    const known = this.slots.get(key);
    if (known !== undefined) {
      this.hits += 1;
      this.eviction.touched(known);
      return;
    }
    const slot = this.free.pop() ?? this.keys.length;
    this.slots.set(key, slot);
    this.keys[slot] = key;
    this.eviction.inserted(slot, hash);
    if (this.slots.size <= this.itemsMax) return;
    const victim = this.eviction.victim();
    this.eviction.removed(victim);
    this.slots.delete(this.keys[victim] ?? '');
    this.keys[victim] = undefined;
    this.free.push(victim);
  }
}

export class WindowDuel {
  private readonly itemsMax: number;
  private readonly mask: number;
  private readonly round: number;
  private readonly recency: Shadow;
  private readonly popularity: Shadow;
  private accesses = 0;
  /** Entries the window of the real cache should hold. */
  window: number;

  constructor(itemsMax: number) {
    const shift = Math.min(SAMPLE_SHIFT_MAX, Math.max(0, Math.floor(Math.log2(itemsMax / SAMPLE_ITEMS))));
    const sampled = Math.max(1, itemsMax >> shift);
    this.itemsMax = itemsMax;
    this.mask = ((1 << shift) - 1) << (32 - shift - 1);
    this.round = Math.max(ROUND_ACCESSES_MIN, sampled * ROUND_FACTOR);
    this.recency = new Shadow(sampled, 1);
    this.popularity = new Shadow(sampled, POPULARITY_WINDOW_SHARE);
    this.window = itemsMax;
  }

  /** Counts one access of the real cache. Gives true where the window has changed. */
  count(key: string, hash: number): boolean {
    if ((hash & this.mask) !== 0) return false;
    this.recency.access(key, hash);
    this.popularity.access(key, hash);
    return ++this.accesses >= this.round && this.decide();
  }

  private decide(): boolean {
    const lead = (this.popularity.hits - this.recency.hits) / this.accesses;
    const before = this.window;
    if (lead > LEAD_MIN) this.window = Math.max(1, Math.round(this.itemsMax * POPULARITY_WINDOW_SHARE));
    else if (lead < -LEAD_MIN) this.window = this.itemsMax;
    // What was long ago counts half.
    this.accesses >>= 1;
    this.recency.hits >>= 1;
    this.popularity.hits >>= 1;
    return this.window !== before;
  }
}
