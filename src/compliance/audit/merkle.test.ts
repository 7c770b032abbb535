/** Trees against the published vectors of RFC 6962's tests, and proofs against roots computed by the definition. */
import { describe, expect, it } from 'vitest';
import { EMPTY_ROOT, HASH_BYTES, isConsistent, leafHash, nodeHash, pathOf, rootFromPath, rootOf } from './merkle.ts';
import { consistencyProof, inclusionProof, treeRoot } from './proofs.ts';
import { TILE_WIDTH, hashesAtLevel } from './tiles.ts';
import type { TileSource } from './tiles.ts';

/** The eight leaves of the Certificate Transparency project's tests. */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(
  (hex) => Buffer.from(hex, 'hex'),
);

const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

/** The root by RFC 6962's own words. */
function byDefinition(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return EMPTY_ROOT;
  if (leaves.length === 1) return leafHash(leaves[0]);
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(byDefinition(leaves.slice(0, split)), byDefinition(leaves.slice(split)));
}

/** Tiles in memory, made by definition. */
function tilesOf(leaves: readonly Uint8Array[]): TileSource {
  return {
    hashes(level, index, width) {
      expect(index * TILE_WIDTH + width).toBeLessThanOrEqual(hashesAtLevel(leaves.length, level));
      const span = TILE_WIDTH ** level;
      const parts: Uint8Array[] = [];
      for (let at = index * TILE_WIDTH; at < index * TILE_WIDTH + width; at++) {
        parts.push(byDefinition(leaves.slice(at * span, (at + 1) * span)));
      }
      return Buffer.concat(parts);
    },
  };
}

const some = (count: number): Buffer[] => Array.from({ length: count }, (_, index) => Buffer.from(`leaf ${index}`));

describe('a tree', () => {
  it('has the published roots at sizes 0 to 8', () => {
    expect(Buffer.from(EMPTY_ROOT).toString('hex')).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    for (const [at, root] of ROOTS.entries()) {
      const hashes = Buffer.concat(LEAVES.slice(0, at + 1).map((leaf) => leafHash(leaf)));
      expect(rootOf(hashes, at + 1).toString('hex')).toBe(root);
    }
  });

  it('gives the published inclusion and consistency proofs', () => {
    const tiles = tilesOf(LEAVES);
    expect(inclusionProof(tiles, 5, 8).map((one) => one.toString('hex'))).toEqual([
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
    expect(consistencyProof(tiles, 6, 8).map((one) => one.toString('hex'))).toEqual([
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
  });

  it('proves every leaf of every size up to 40, and takes none of these proofs for another place or size', () => {
    const leaves = some(40);
    for (let size = 1; size <= leaves.length; size++) {
      const tiles = tilesOf(leaves.slice(0, size));
      const root = byDefinition(leaves.slice(0, size));
      expect(treeRoot(tiles, size)).toEqual(root);
      const hashes = Buffer.concat(leaves.slice(0, size).map((leaf) => leafHash(leaf)));
      for (let index = 0; index < size; index++) {
        const path = inclusionProof(tiles, index, size);
        expect(pathOf(Buffer.from(hashes), size, index)).toEqual(path);
        expect(rootFromPath(leafHash(leaves[index]), index, size, path)).toEqual(root);
        const elsewhere = rootFromPath(leafHash(leaves[index]), (index + 1) % size, size, path);
        if (size > 1) expect(elsewhere === undefined || Buffer.compare(elsewhere, root) !== 0).toBe(true);
        const longer = rootFromPath(leafHash(leaves[index]), index, size, [...path, Buffer.alloc(HASH_BYTES)]);
        expect(longer).toBeUndefined();
      }
    }
  });

  it('proves that it grew, from every size to every size up to 24, and refuses other roots', () => {
    const leaves = some(24);
    const roots = Array.from({ length: 25 }, (_, size) => byDefinition(leaves.slice(0, size)));
    const other = Buffer.alloc(HASH_BYTES, 7);
    for (let size = 0; size <= 24; size++) {
      const tiles = tilesOf(leaves.slice(0, size));
      for (let old = 0; old <= size; old++) {
        const proof = consistencyProof(tiles, old, size);
        expect(isConsistent(old, roots[old], size, roots[size], proof)).toBe(true);
        expect(isConsistent(old, other, size, roots[size], proof)).toBe(false);
        if (old > 0) expect(isConsistent(old, roots[old], size, other, proof)).toBe(false);
        expect(isConsistent(old, roots[old], size, roots[size], [...proof, other])).toBe(false);
        if (proof.length > 0) expect(isConsistent(old, roots[old], size, roots[size], proof.slice(1))).toBe(false);
      }
    }
  });
});
