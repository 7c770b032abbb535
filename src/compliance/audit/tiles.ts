/**
 * The tiles of c2sp.org/tlog-tiles: where each lies, what is in it, and reading them from a folder. Writes nothing, and
 * says nothing about whether what it reads is true: proofs and verification do.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { invariant } from '#kit/invariant.ts';
import { auditCorruption } from './errors.ts';
import { HASH_BYTES } from './merkle.ts';

/** Hashes of a full tile, and entries of a full bundle. */
export const TILE_WIDTH = 256;
export const TILE_BYTES = TILE_WIDTH * HASH_BYTES;
/** Tree levels that one tile spans. */
export const TILE_HEIGHT = 8;
/** Longest entry: its length is 16 bits. */
export const ENTRY_BYTES_MAX = 65_535;
const LENGTH_BYTES = 2;
const TILES_CACHED_MAX = 256;

/** Path of the tile `index` of a level, or of a bundle of entries, within the log's folder. */
export function tilePath(level: number | 'entries', index: number, width = TILE_WIDTH): string {
  invariant(Number.isSafeInteger(index) && index >= 0 && width >= 1 && width <= TILE_WIDTH, 'audit.tile-place', index);
  const parts = [String(index % 1000).padStart(3, '0')];
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    parts.unshift(`x${String(rest % 1000).padStart(3, '0')}`);
  }
  const path = `tile/${level}/${parts.join('/')}`;
  return width === TILE_WIDTH ? path : `${path}.p/${width}`;
}

/** How many hashes a tree of `size` leaves has at a tile level. */
export function hashesAtLevel(size: number, level: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/** Every tile of a tree of `size` leaves that is at its right edge and not full: level, index, width. */
export function partialTiles(size: number): { level: number; index: number; width: number }[] {
  const partial: { level: number; index: number; width: number }[] = [];
  for (let level = 0; hashesAtLevel(size, level) > 0; level++) {
    const hashes = hashesAtLevel(size, level);
    const width = hashes % TILE_WIDTH;
    if (width > 0) partial.push({ level, index: Math.floor(hashes / TILE_WIDTH), width });
  }
  return partial;
}

/** Entries as a bundle: each after its length, 16 bits, high byte first. */
export function encodeBundle(entries: readonly Uint8Array[]): Buffer {
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt16BE(entry.length);
    parts.push(length, entry);
  }
  return Buffer.concat(parts);
}

/** Takes a bundle apart; undefined where it does not end with an entry's end. */
export function decodeBundle(bundle: Buffer): Buffer[] | undefined {
  const entries: Buffer[] = [];
  let at = 0;
  while (at < bundle.length) {
    if (at + LENGTH_BYTES > bundle.length) return undefined;
    const end = at + LENGTH_BYTES + bundle.readUInt16BE(at);
    if (end > bundle.length) return undefined;
    entries.push(bundle.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  return entries;
}

/** Where the hashes of a tree come from: the first `width` hashes of a tile, back to back. */
export interface TileSource {
  hashes(level: number, index: number, width: number): Buffer;
}

/** Reads tiles and bundles of a log's folder, which another process may be writing. Never older than `size`. */
export class TileFolder implements TileSource {
  private readonly folder: string;
  private readonly size: number;
  private readonly cache = new Map<string, Buffer>();
  private lastBundle: { readonly index: number; readonly entries: Buffer[] } | undefined;

  /** @param size of the tree whose partial tiles may be there */
  constructor(folder: string, size: number) {
    this.folder = folder;
    this.size = size;
  }

  hashes(level: number, index: number, width: number): Buffer {
    const bytes = this.tile(level, index);
    if (bytes.length < width * HASH_BYTES) {
      throw auditCorruption(tilePath(level, index), `it holds ${bytes.length} bytes, ${width * HASH_BYTES} are needed`);
    }
    return bytes.subarray(0, width * HASH_BYTES);
  }

  /** The entries of a bundle, all that the tree of `size` has of it. Throws AUDIT_CORRUPT. */
  entries(index: number): Buffer[] {
    if (this.lastBundle?.index === index) return this.lastBundle.entries;
    const [path, bytes] = this.read('entries', index, this.size - index * TILE_WIDTH);
    const entries = decodeBundle(bytes);
    if (entries === undefined) throw auditCorruption(path, 'its lengths do not add up');
    // Neighbours are asked for one after the other; a full bundle never changes.
    if (entries.length === TILE_WIDTH) this.lastBundle = { index, entries };
    return entries;
  }

  private tile(level: number, index: number): Buffer {
    const key = `${level}/${index}`;
    const known = this.cache.get(key);
    if (known !== undefined) return known;
    const [, bytes] = this.read(level, index, hashesAtLevel(this.size, level) - index * TILE_WIDTH);
    if (this.cache.size >= TILES_CACHED_MAX) this.cache.delete(this.cache.keys().next().value ?? '');
    this.cache.set(key, bytes);
    return bytes;
  }

  private read(level: number | 'entries', index: number, wanted: number): [path: string, bytes: Buffer] {
    const full = tilePath(level, index);
    const bytes = readIfThere(join(this.folder, full));
    if (bytes !== undefined) return [full, bytes];
    const partial = tilePath(level, index, Math.max(1, Math.min(TILE_WIDTH, wanted)));
    const part = readIfThere(join(this.folder, partial));
    if (part === undefined) throw auditCorruption(wanted >= TILE_WIDTH ? full : partial, 'it is missing');
    return [partial, part];
  }
}

/** A file's bytes, or undefined where there is none. */
export function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
