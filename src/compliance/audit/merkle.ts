/**
 * Merkle trees as RFC 6962 defines them: hashing of leaves and nodes, roots, inclusion and consistency, with SHA-256.
 * Pure, and the only place where tree hashes are made. A proof is checked here against what is given, never believed.
 */
import { hash } from 'node:crypto';
import { invariant } from '#kit/invariant.ts';

export const HASH_BYTES = 32;

const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;
const NODE_BYTES = 1 + 2 * HASH_BYTES;

const nodeInput = Buffer.alloc(NODE_BYTES);
nodeInput[0] = NODE_PREFIX;
let leafInput = Buffer.alloc(4096);

/** The root of a tree without leaves: the hash of nothing. */
export const EMPTY_ROOT: Uint8Array = hash('sha256', new Uint8Array(0), 'buffer');

/** Puts the hash of leaf data `bytes[start, end)` at `out[at]`. */
export function leafHashInto(bytes: Uint8Array, start: number, end: number, out: Buffer, at: number): void {
  const length = end - start;
  if (leafInput.length <= length) leafInput = Buffer.alloc(2 * (length + 1));
  leafInput[0] = LEAF_PREFIX;
  leafInput.set(bytes.subarray(start, end), 1);
  // Digests as Latin-1 text cost a fifth of digests as buffers.
  out.write(hash('sha256', leafInput.subarray(0, length + 1), 'binary'), at, HASH_BYTES, 'latin1');
}

/** The hash of a leaf. */
export function leafHash(data: Uint8Array): Buffer {
  const out = Buffer.alloc(HASH_BYTES);
  leafHashInto(data, 0, data.length, out, 0);
  return out;
}

/** Puts the hash over the two hashes at `left[leftAt]` and `right[rightAt]` at `out[at]`; they may overlap. */
function nodeHashInto(
  left: Uint8Array,
  leftAt: number,
  right: Uint8Array,
  rightAt: number,
  out: Buffer,
  at: number,
): void {
  nodeInput.set(left.subarray(leftAt, leftAt + HASH_BYTES), 1);
  nodeInput.set(right.subarray(rightAt, rightAt + HASH_BYTES), 1 + HASH_BYTES);
  out.write(hash('sha256', nodeInput, 'binary'), at, HASH_BYTES, 'latin1');
}

/** The hash of an inner node. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  const out = Buffer.alloc(HASH_BYTES);
  nodeHashInto(left, 0, right, 0, out, 0);
  return out;
}

/** The hash at `index` of hashes laid back to back. */
export function hashAt(hashes: Uint8Array, index: number): Uint8Array {
  return hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
}

/**
 * The root over the first `count` hashes laid back to back in `scratch`, which is used up. Pairs are joined level by
 * level, an odd one moves up: the same tree as RFC 6962's split at the largest power of two.
 */
export function rootOf(scratch: Buffer, count: number): Buffer {
  if (count === 0) return Buffer.from(EMPTY_ROOT);
  let width = count;
  while (width > 1) {
    const pairs = width >> 1;
    for (let pair = 0; pair < pairs; pair++) {
      const at = pair * 2 * HASH_BYTES;
      // In place: one view of both hashes is what the node is made of.
      nodeInput.set(scratch.subarray(at, at + 2 * HASH_BYTES), 1);
      scratch.write(hash('sha256', nodeInput, 'binary'), pair * HASH_BYTES, HASH_BYTES, 'latin1');
    }
    if (width % 2 === 1) scratch.copyWithin(pairs * HASH_BYTES, (width - 1) * HASH_BYTES, width * HASH_BYTES);
    width = pairs + (width & 1);
  }
  return Buffer.from(scratch.subarray(0, HASH_BYTES));
}

/** The path from leaf `index` to the root over `count` hashes, which are used up; the leaf's sibling first. */
export function pathOf(scratch: Buffer, count: number, index: number): Buffer[] {
  invariant(index >= 0 && index < count, 'audit.path-index', index);
  const path: Buffer[] = [];
  let width = count;
  let position = index;
  while (width > 1) {
    const sibling = position ^ 1;
    if (sibling < width) path.push(Buffer.from(hashAt(scratch, sibling)));
    for (let pair = 0; pair < width >> 1; pair++) {
      nodeHashInto(scratch, pair * 2 * HASH_BYTES, scratch, (pair * 2 + 1) * HASH_BYTES, scratch, pair * HASH_BYTES);
    }
    if (width % 2 === 1) scratch.copyWithin((width >> 1) * HASH_BYTES, (width - 1) * HASH_BYTES, width * HASH_BYTES);
    width = (width + 1) >> 1;
    position >>= 1;
  }
  return path;
}

/**
 * The root that `path` leads to from a leaf, RFC 6962 section 2.1.1; undefined where the path cannot belong to that
 * place of a tree of that size.
 */
export function rootFromPath(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
): Uint8Array | undefined {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return undefined;
  let position = index;
  let last = size - 1;
  let root: Uint8Array = leaf;
  for (const sibling of path) {
    if (last === 0 || sibling.length !== HASH_BYTES) return undefined;
    if (position % 2 === 1 || position === last) {
      root = nodeHash(sibling, root);
      while (position % 2 === 0 && position !== 0) {
        position = Math.floor(position / 2);
        last = Math.floor(last / 2);
      }
    } else {
      root = nodeHash(root, sibling);
    }
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? root : undefined;
}

/** Whether the tree of `newSize` begins with the tree of `oldSize`, by the proof of RFC 6962 section 2.1.2. */
export function isConsistent(
  oldSize: number,
  oldRoot: Uint8Array,
  newSize: number,
  newRoot: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (oldSize > newSize || oldSize < 0 || !Number.isSafeInteger(newSize)) return false;
  if (oldSize === newSize) return proof.length === 0 && sameHash(oldRoot, newRoot);
  if (oldSize === 0) return proof.length === 0 && sameHash(oldRoot, EMPTY_ROOT);
  if (proof.some((one) => one.length !== HASH_BYTES)) return false;
  let position = oldSize - 1;
  let last = newSize - 1;
  while (position % 2 === 1) {
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  const rest = [...proof];
  // Where the old tree is a whole subtree of the new one, its root is where the proof begins.
  const first = position === 0 ? oldRoot : rest.shift();
  if (first === undefined) return false;
  let fromOld: Uint8Array = first;
  let fromNew: Uint8Array = first;
  for (const sibling of rest) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      fromOld = nodeHash(sibling, fromOld);
      fromNew = nodeHash(sibling, fromNew);
      while (position % 2 === 0 && position !== 0) {
        position = Math.floor(position / 2);
        last = Math.floor(last / 2);
      }
    } else {
      fromNew = nodeHash(fromNew, sibling);
    }
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && sameHash(fromOld, oldRoot) && sameHash(fromNew, newRoot);
}

/** Whether two hashes are the same. */
export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === HASH_BYTES && Buffer.compare(a, b) === 0;
}
