/**
 * Price ladders: for every instrument the bids, asks, waiting buy stops and waiting sell stops, each a set of price
 * levels with a queue of orders. Levels lie in leaves of 32 neighbouring prices; leaves of one ladder form a list in
 * price order, and a tree of bitmaps (hashed nodes, 32-ary) finds the place of a new leaf in a few steps however far
 * away it lies. Memory follows the levels in use, never the range of prices.
 */
import { Order, ORDER_SHIFT } from './order-store.ts';
import type { OrderStore } from './order-store.ts';
import { PairTable } from './pair-table.ts';
import type { Sectioned, SectionVisitor } from './sections.ts';

export const LADDERS_EACH = 4;
/** Ladder of an instrument: `instrument × 4` plus the side, plus 2 for stops. */
export const STOP_LADDERS = 2;

const LEVEL_SHIFT = 2;
const COUNT = 0;
const HEAD = 1;
const TAIL = 2;

const LEAF_SHIFT = 3;
const LEAF_LADDER = 0;
const LEAF_PREFIX = 1;
const LEAF_BITS = 2;
const LEAF_LOWER = 3;
const LEAF_HIGHER = 4;
const LEAF_NEXT_FREE = 5;

const LADDER_SHIFT = 1;
const LADDER_BEST = 0;
const LADDER_BEST_LEVEL = 1;

/** Depth of the root: 5 bits of a price in the leaf, then 5 a step; 26 bits of prefix need six. */
const ROOT_DEPTH = 6;

export class Ladders implements Sectioned {
  /** Displayed quantity per level; a double, since many orders of 2^31−1 lots may meet at one price. */
  declare readonly quantities: Float64Array;
  declare private readonly levels: Int32Array;
  declare private readonly leaves: Int32Array;
  declare private readonly ladders: Int32Array;
  declare private readonly nodes: PairTable;
  declare private readonly leafCapacity: number;
  /** Free leaf plus one, leaves ever used, leaves in use. */
  private readonly counters = new Int32Array(3);
  declare private readonly orders: OrderStore;

  constructor(instruments: number, leafCapacity: number, orders: OrderStore) {
    this.orders = orders;
    this.leafCapacity = leafCapacity;
    this.levels = new Int32Array((leafCapacity * 32) << LEVEL_SHIFT);
    this.quantities = new Float64Array(leafCapacity * 32);
    this.leaves = new Int32Array(leafCapacity << LEAF_SHIFT);
    this.ladders = new Int32Array((instruments * LADDERS_EACH) << LADDER_SHIFT);
    this.nodes = new PairTable('ladders.nodes', leafCapacity * (ROOT_DEPTH + 1));
  }

  /** Best price of a ladder (highest of bids and sell stops, lowest of asks and buy stops), or 0. */
  best(ladder: number): number {
    return this.ladders[(ladder << LADDER_SHIFT) + LADDER_BEST];
  }

  /** Level of the best price; only meaningful while `best` is not 0. */
  bestLevel(ladder: number): number {
    return this.ladders[(ladder << LADDER_SHIFT) + LADDER_BEST_LEVEL];
  }

  /** First order of a level. */
  head(level: number): number {
    return this.levels[(level << LEVEL_SHIFT) + HEAD];
  }

  count(level: number): number {
    return this.levels[(level << LEVEL_SHIFT) + COUNT];
  }

  priceOf(level: number): number {
    return this.leaves[((level >> 5) << LEAF_SHIFT) + LEAF_PREFIX] * 32 + (level & 31);
  }

  ladderOf(level: number): number {
    return this.leaves[((level >> 5) << LEAF_SHIFT) + LEAF_LADDER];
  }

  /** The level at a price, or -1. */
  find(ladder: number, ticks: number): number {
    const leaf = this.nodes.get(ladder << 3, ticks >>> 5, -1);
    if (leaf < 0) return -1;
    const bits = this.leaves[(leaf << LEAF_SHIFT) + LEAF_BITS];
    return (bits >>> (ticks & 31)) & 1 ? (leaf << 5) | (ticks & 31) : -1;
  }

  /** Whether an order at this price would find room. */
  hasRoom(ladder: number, ticks: number): boolean {
    return this.counters[2] < this.leafCapacity || this.nodes.get(ladder << 3, ticks >>> 5, -1) >= 0;
  }

  /** Whether a price lies in a leaf that is there already. */
  hasLeaf(ladder: number, ticks: number): boolean {
    return this.nodes.get(ladder << 3, ticks >>> 5, -1) >= 0;
  }

  /** How many more leaves fit. */
  get room(): number {
    return this.leafCapacity - this.counters[2];
  }

  /** The next level behind `level` as seen from the best price, or -1. */
  nextLevel(level: number): number {
    const leaf = level >> 5;
    const at = leaf << LEAF_SHIFT;
    const bits = this.leaves[at + LEAF_BITS];
    const bit = level & 31;
    if (risesFromBest(this.leaves[at + LEAF_LADDER])) {
      const above = bit === 31 ? 0 : bits & (-1 << (bit + 1));
      if (above !== 0) return (leaf << 5) | lowestBit(above);
      const other = this.leaves[at + LEAF_HIGHER] - 1;
      return other < 0 ? -1 : (other << 5) | lowestBit(this.leaves[(other << LEAF_SHIFT) + LEAF_BITS]);
    }
    const below = bits & ((1 << bit) - 1);
    if (below !== 0) return (leaf << 5) | highestBit(below);
    const other = this.leaves[at + LEAF_LOWER] - 1;
    return other < 0 ? -1 : (other << 5) | highestBit(this.leaves[(other << LEAF_SHIFT) + LEAF_BITS]);
  }

  /** Puts an order at the end of the queue at `ticks`, showing `displayed`. The caller has seen that there is room. */
  append(ladder: number, ticks: number, slot: number, displayed: number): number {
    let leaf = this.nodes.get(ladder << 3, ticks >>> 5, -1);
    if (leaf < 0) leaf = this.createLeaf(ladder, ticks >>> 5);
    const level = (leaf << 5) | (ticks & 31);
    const at = level << LEVEL_SHIFT;
    const bitsAt = (leaf << LEAF_SHIFT) + LEAF_BITS;
    const bit = 1 << (ticks & 31);
    const words = this.orders.words;
    const orderAt = slot << ORDER_SHIFT;
    if ((this.leaves[bitsAt] & bit) === 0) {
      this.leaves[bitsAt] |= bit;
      this.levels[at + COUNT] = 0;
      this.levels[at + HEAD] = slot;
      words[orderAt + Order.previous] = -1;
      this.quantities[level] = 0;
      this.improveBest(ladder, ticks, level);
    } else {
      const tail = this.levels[at + TAIL];
      words[(tail << ORDER_SHIFT) + Order.next] = slot;
      words[orderAt + Order.previous] = tail;
    }
    words[orderAt + Order.next] = -1;
    words[orderAt + Order.level] = level;
    this.levels[at + TAIL] = slot;
    this.levels[at + COUNT]++;
    this.quantities[level] += displayed;
    return level;
  }

  /** Takes an order out of its queue; what it displayed is in its record. */
  remove(slot: number): void {
    const words = this.orders.words;
    const orderAt = slot << ORDER_SHIFT;
    const level = words[orderAt + Order.level];
    const at = level << LEVEL_SHIFT;
    const next = words[orderAt + Order.next];
    const previous = words[orderAt + Order.previous];
    if (previous < 0) this.levels[at + HEAD] = next;
    else words[(previous << ORDER_SHIFT) + Order.next] = next;
    if (next < 0) this.levels[at + TAIL] = previous;
    else words[(next << ORDER_SHIFT) + Order.previous] = previous;
    this.quantities[level] -= words[orderAt + Order.displayed];
    if (--this.levels[at + COUNT] === 0) this.removeLevel(level);
  }

  /** Moves an order to the end of its own queue. */
  moveToTail(slot: number): void {
    const words = this.orders.words;
    const orderAt = slot << ORDER_SHIFT;
    const next = words[orderAt + Order.next];
    if (next < 0) return;
    const at = words[orderAt + Order.level] << LEVEL_SHIFT;
    const previous = words[orderAt + Order.previous];
    if (previous < 0) this.levels[at + HEAD] = next;
    else words[(previous << ORDER_SHIFT) + Order.next] = next;
    words[(next << ORDER_SHIFT) + Order.previous] = previous;
    const tail = this.levels[at + TAIL];
    words[(tail << ORDER_SHIFT) + Order.next] = slot;
    words[orderAt + Order.previous] = tail;
    words[orderAt + Order.next] = -1;
    this.levels[at + TAIL] = slot;
  }

  sections(visit: SectionVisitor): void {
    const used = this.counters[1];
    visit('ladders.counters', this.counters, 3);
    visit('ladders.ladders', this.ladders, this.ladders.length);
    visit('ladders.leaves', this.leaves, used << LEAF_SHIFT);
    visit('ladders.levels', this.levels, (used * 32) << LEVEL_SHIFT);
    visit('ladders.quantities', this.quantities, used * 32);
    this.nodes.sections(visit);
  }

  private improveBest(ladder: number, ticks: number, level: number): void {
    const at = ladder << LADDER_SHIFT;
    const best = this.ladders[at + LADDER_BEST];
    if (best === 0 || (risesFromBest(ladder) ? ticks < best : ticks > best)) {
      this.ladders[at + LADDER_BEST] = ticks;
      this.ladders[at + LADDER_BEST_LEVEL] = level;
    }
  }

  private removeLevel(level: number): void {
    const leafAt = (level >> 5) << LEAF_SHIFT;
    const ladder = this.leaves[leafAt + LEAF_LADDER];
    const ladderAt = ladder << LADDER_SHIFT;
    if (this.ladders[ladderAt + LADDER_BEST_LEVEL] === level && this.ladders[ladderAt + LADDER_BEST] !== 0) {
      const next = this.nextLevel(level);
      this.ladders[ladderAt + LADDER_BEST] = next < 0 ? 0 : this.priceOf(next);
      this.ladders[ladderAt + LADDER_BEST_LEVEL] = next < 0 ? 0 : next;
    }
    this.leaves[leafAt + LEAF_BITS] &= ~(1 << (level & 31));
    if (this.leaves[leafAt + LEAF_BITS] === 0) this.dropLeaf(level >> 5);
  }

  private createLeaf(ladder: number, prefix: number): number {
    let leaf = this.counters[0] - 1;
    if (leaf >= 0) this.counters[0] = this.leaves[(leaf << LEAF_SHIFT) + LEAF_NEXT_FREE];
    else leaf = this.counters[1]++;
    this.counters[2]++;
    const lower = this.leafBelow(ladder, prefix);
    const at = leaf << LEAF_SHIFT;
    const higher = lower < 0 ? this.lowestLeaf(ladder) : this.leaves[(lower << LEAF_SHIFT) + LEAF_HIGHER] - 1;
    this.leaves[at + LEAF_LADDER] = ladder;
    this.leaves[at + LEAF_PREFIX] = prefix;
    this.leaves[at + LEAF_BITS] = 0;
    this.leaves[at + LEAF_LOWER] = lower + 1;
    this.leaves[at + LEAF_HIGHER] = higher + 1;
    if (lower >= 0) this.leaves[(lower << LEAF_SHIFT) + LEAF_HIGHER] = leaf + 1;
    if (higher >= 0) this.leaves[(higher << LEAF_SHIFT) + LEAF_LOWER] = leaf + 1;
    this.nodes.set(ladder << 3, prefix, leaf);
    let child = prefix;
    for (let depth = 1; depth <= ROOT_DEPTH; depth++) {
      const parent = child >>> 5;
      const bits = this.nodes.get((ladder << 3) | depth, parent, 0);
      this.nodes.set((ladder << 3) | depth, parent, bits | (1 << (child & 31)));
      if (bits !== 0) break;
      child = parent;
    }
    return leaf;
  }

  private dropLeaf(leaf: number): void {
    const at = leaf << LEAF_SHIFT;
    const ladder = this.leaves[at + LEAF_LADDER];
    const prefix = this.leaves[at + LEAF_PREFIX];
    const lower = this.leaves[at + LEAF_LOWER] - 1;
    const higher = this.leaves[at + LEAF_HIGHER] - 1;
    if (lower >= 0) this.leaves[(lower << LEAF_SHIFT) + LEAF_HIGHER] = higher + 1;
    if (higher >= 0) this.leaves[(higher << LEAF_SHIFT) + LEAF_LOWER] = lower + 1;
    this.nodes.remove(ladder << 3, prefix);
    let child = prefix;
    for (let depth = 1; depth <= ROOT_DEPTH; depth++) {
      const parent = child >>> 5;
      const bits = this.nodes.get((ladder << 3) | depth, parent, 0) & ~(1 << (child & 31));
      if (bits !== 0) {
        this.nodes.set((ladder << 3) | depth, parent, bits);
        break;
      }
      this.nodes.remove((ladder << 3) | depth, parent);
      child = parent;
    }
    this.leaves[at + LEAF_NEXT_FREE] = this.counters[0];
    this.counters[0] = leaf + 1;
    this.counters[2]--;
  }

  /** The leaf with the greatest prefix below `prefix`, or -1. */
  private leafBelow(ladder: number, prefix: number): number {
    let child = prefix;
    for (let depth = 1; depth <= ROOT_DEPTH; depth++) {
      const parent = child >>> 5;
      const bits = this.nodes.get((ladder << 3) | depth, parent, 0) & ((1 << (child & 31)) - 1);
      if (bits !== 0) return this.descend(ladder, depth, (parent << 5) | highestBit(bits), true);
      child = parent;
    }
    return -1;
  }

  private lowestLeaf(ladder: number): number {
    const bits = this.nodes.get((ladder << 3) | ROOT_DEPTH, 0, 0);
    return bits === 0 ? -1 : this.descend(ladder, ROOT_DEPTH, lowestBit(bits), false);
  }

  /** From a node's child down to its highest or lowest leaf. */
  private descend(ladder: number, fromDepth: number, child: number, highest: boolean): number {
    let prefix = child;
    for (let depth = fromDepth - 1; depth >= 1; depth--) {
      const bits = this.nodes.get((ladder << 3) | depth, prefix, 0);
      prefix = (prefix << 5) | (highest ? highestBit(bits) : lowestBit(bits));
    }
    return this.nodes.get(ladder << 3, prefix, -1);
  }
}

/** Asks (1) and buy stops (2) have their lowest price as the best; bids (0) and sell stops (3) their highest. */
function risesFromBest(ladder: number): boolean {
  const kind = ladder & 3;
  return kind === 1 || kind === 2;
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

function highestBit(bits: number): number {
  return 31 - Math.clz32(bits);
}
