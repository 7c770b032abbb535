/**
 * Who leaves a full cache: W-TinyLFU over slots. Newcomers pass a window in order of recency; at its end they must have been
 * wanted more often than whoever they would push out of the main part. With a window as large as the cache it is plain LRU.
 * Knows slots and hashes, not keys and values.
 */
import { FrequencySketch } from './frequency-sketch.ts';
import { NO_SLOT, RecencyLists } from './recency-lists.ts';

const WINDOW = 0;
const PROBATION = 1;
const PROTECTED = 2;
const LISTS = 3;
/** Share of the main part that hits protect. */
const PROTECTED_SHARE = 0.8;
/** After the window shrank, as many entries at most leave it in one go. */
const MOVES_MAX = 64;

export class Eviction {
  private readonly itemsMax: number;
  private readonly hashes: Int32Array;
  private readonly lists: RecencyLists;
  private readonly sketch: FrequencySketch;
  private items = 0;
  /** Entries the window may hold; may be changed at any time. */
  window: number;

  /** There is one slot more than items: a newcomer is inside before somebody is pushed out. */
  constructor(itemsMax: number, window: number) {
    this.itemsMax = itemsMax;
    this.hashes = new Int32Array(itemsMax + 1);
    this.lists = new RecencyLists(itemsMax + 1, LISTS);
    this.sketch = new FrequencySketch(itemsMax);
    this.window = window;
  }

  inserted(slot: number, hash: number): void {
    this.hashes[slot] = hash;
    this.items += 1;
    this.sketch.record(hash);
    this.lists.push(WINDOW, slot);
    // In a full cache the one at the end of the window has to compete; what a shrunken window leaves over does not.
    this.spill(this.items <= this.itemsMax ? this.window : this.window + 1);
  }

  touched(slot: number): void {
    this.sketch.record(this.hashes[slot]);
    if (this.lists.listOf(slot) !== PROBATION) {
      this.lists.touch(slot);
      return;
    }
    this.lists.move(slot, PROTECTED);
    const most = Math.floor((this.itemsMax - this.window) * PROTECTED_SHARE);
    if (this.lists.sizeOf(PROTECTED) > most) this.lists.move(this.lists.oldest(PROTECTED), PROBATION);
  }

  removed(slot: number): void {
    this.lists.remove(slot);
    this.items -= 1;
  }

  /** The slot to give up now; the caller must remove it. There must be an entry. */
  victim(): number {
    const main = this.mainVictim();
    const isWindowFull = this.lists.sizeOf(WINDOW) > this.window;
    const candidate = isWindowFull || main === NO_SLOT ? this.lists.oldest(WINDOW) : NO_SLOT;
    if (main === NO_SLOT || candidate === NO_SLOT) return main === NO_SLOT ? candidate : main;
    if (this.wanted(candidate) <= this.wanted(main)) return candidate;
    this.lists.move(candidate, PROBATION);
    return main;
  }

  /** How often the entry was asked for lately, 0 to 15. */
  wanted(slot: number): number {
    return this.sketch.estimate(this.hashes[slot]);
  }

  private mainVictim(): number {
    const probation = this.lists.oldest(PROBATION);
    return probation === NO_SLOT ? this.lists.oldest(PROTECTED) : probation;
  }

  private spill(most: number): void {
    for (let moves = 0; moves < MOVES_MAX && this.lists.sizeOf(WINDOW) > most; moves++) {
      this.lists.move(this.lists.oldest(WINDOW), PROBATION);
    }
  }
}
