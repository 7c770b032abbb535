/**
 * Inclusion and consistency proofs (RFC 6962) made from tiles. Only complete subtrees come from tiles; what is at the right
 * edge is joined from them. Makes proofs, and never checks one: merkle.ts does.
 */
import { invariant } from '#kit/invariant.ts';
import { EMPTY_ROOT, HASH_BYTES, nodeHash, rootOf } from './merkle.ts';
import { TILE_HEIGHT, TILE_WIDTH } from './tiles.ts';
import type { TileSource } from './tiles.ts';

/** The root of the tree's first `size` leaves. */
export function treeRoot(tiles: TileSource, size: number): Buffer {
  return size === 0 ? Buffer.from(EMPTY_ROOT) : rangeHash(tiles, 0, size);
}

/** The path from leaf `index` to the root of the first `size` leaves, the leaf's sibling first. */
export function inclusionProof(tiles: TileSource, index: number, size: number): Buffer[] {
  invariant(index >= 0 && index < size, 'audit.inclusion-place', index);
  const path: Buffer[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      path.push(rangeHash(tiles, middle, end));
      end = middle;
    } else {
      path.push(rangeHash(tiles, start, middle));
      start = middle;
    }
  }
  return path.toReversed();
}

/** That the tree of `newSize` begins with the tree of `oldSize`; empty where there is nothing to show. */
export function consistencyProof(tiles: TileSource, oldSize: number, newSize: number): Buffer[] {
  invariant(oldSize >= 0 && oldSize <= newSize, 'audit.consistency-sizes', oldSize);
  if (oldSize === 0 || oldSize === newSize) return [];
  const proof: Buffer[] = [];
  let start = 0;
  let end = newSize;
  /** Whether the old tree is [start, oldSize) as a whole subtree that the checker knows already. */
  let known = true;
  while (oldSize !== end) {
    const middle = start + splitOf(end - start);
    if (oldSize <= middle) {
      proof.push(rangeHash(tiles, middle, end));
      end = middle;
    } else {
      proof.push(rangeHash(tiles, start, middle));
      start = middle;
      known = false;
    }
  }
  if (!known) proof.push(rangeHash(tiles, start, end));
  return proof.toReversed();
}

/** The largest power of two below `count`. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

/** The hash over leaves [start, end), where start is where a subtree of that tree begins. */
function rangeHash(tiles: TileSource, start: number, end: number): Buffer {
  const count = end - start;
  const split = splitOf(count);
  if (count === 1 || split * 2 === count) return subtreeHash(tiles, start, count);
  const middle = start + split;
  return nodeHash(rangeHash(tiles, start, middle), rangeHash(tiles, middle, end));
}

/** The hash over a complete subtree of `count` leaves, a power of two. */
function subtreeHash(tiles: TileSource, start: number, count: number): Buffer {
  const height = Math.round(Math.log2(count));
  const level = Math.floor(height / TILE_HEIGHT);
  const width = 2 ** (height % TILE_HEIGHT);
  const first = start / TILE_WIDTH ** level;
  const offset = first % TILE_WIDTH;
  const hashes = tiles.hashes(level, Math.floor(first / TILE_WIDTH), offset + width);
  return rootOf(Buffer.from(hashes.subarray(offset * HASH_BYTES, (offset + width) * HASH_BYTES)), width);
}
