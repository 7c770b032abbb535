/**
 * The tree's right edge in memory, and the tile files that come of it: a full tile as soon as it is full, partial ones when
 * a checkpoint needs them. What the disk refuses stays here and is tried again; nothing is forgotten before it is written.
 */
import { join } from 'node:path';
import type { Disk } from './disk.ts';
import { HASH_BYTES, leafHashInto, rootOf } from './merkle.ts';
import { TILE_BYTES, TILE_WIDTH, TileFolder, encodeBundle, hashesAtLevel, partialTiles, tilePath } from './tiles.ts';
import type { TileSource } from './tiles.ts';

/** Bytes of tiles that the disk refused and that are kept; more than that, and the log refuses entries. */
export const WAITING_BYTES_MAX = 64 << 20;
const DEPTH_MAX = 7;

export class AuditTree implements TileSource {
  /** Entries in the tree. */
  size: number;
  private readonly folder: string;
  private readonly disk: Disk;
  private readonly stored: TileFolder;
  /** The last tile of each level, its hashes back to back. */
  private readonly edge: Buffer[] = [];
  private bundle: Uint8Array[] = [];
  private readonly waiting = new Map<string, Buffer>();
  private waitingSize = 0;
  private unsettled: string[] = [];
  private partialWidths: number[] = [];
  /** Tiles that have partial files. While opening, any may have: they are of an earlier process. */
  private readonly partials = new Set<string>();
  private isOpening = true;

  /** Takes up the tree of `size` entries, a multiple of a tile's width, whose full tiles are all in the folder. */
  constructor(folder: string, disk: Disk, size: number) {
    this.folder = folder;
    this.disk = disk;
    this.size = size;
    this.stored = new TileFolder(folder, size);
    for (let level = 0; level <= DEPTH_MAX; level++) this.edge.push(Buffer.alloc(TILE_BYTES));
    for (let level = 1; hashesAtLevel(size, level) > 0; level++) this.takeUp(level);
  }

  /** Everything that was recovered is in the tree. */
  opened(): void {
    this.isOpening = false;
    for (const { level, index } of partialTiles(this.size)) this.notePartial(level, index);
  }

  /** Adds an entry. Its bytes are kept until their bundle is written. */
  add(entry: Uint8Array): void {
    const place = this.size % TILE_WIDTH;
    leafHashInto(entry, 0, entry.length, this.edgeOf(0), place * HASH_BYTES);
    this.bundle.push(entry);
    this.size++;
    if (place === TILE_WIDTH - 1) this.finish();
  }

  hashes(level: number, index: number, width: number): Buffer {
    if (index === Math.floor(hashesAtLevel(this.size, level) / TILE_WIDTH)) {
      return this.edgeOf(level).subarray(0, width * HASH_BYTES);
    }
    const kept = this.waiting.get(tilePath(level, index));
    return kept === undefined ? this.stored.hashes(level, index, width) : kept.subarray(0, width * HASH_BYTES);
  }

  /** The entry at `index`; its bytes may be kept. */
  entry(index: number): Uint8Array {
    const bundle = Math.floor(index / TILE_WIDTH);
    if (bundle === Math.floor(this.size / TILE_WIDTH)) return this.bundle[index % TILE_WIDTH];
    const kept = this.waiting.get(tilePath('entries', bundle));
    if (kept === undefined) return this.stored.entries(bundle)[index % TILE_WIDTH];
    let at = 0;
    for (let skipped = 0; skipped < index % TILE_WIDTH; skipped++) at += 2 + kept.readUInt16BE(at);
    return kept.subarray(at + 2, at + 2 + kept.readUInt16BE(at));
  }

  /** Bytes that the disk has refused so far. */
  get waitingBytes(): number {
    return this.waitingSize;
  }

  /** Tries to write what the disk refused before. Throws its error. */
  flush(): void {
    for (const [path, bytes] of this.waiting) {
      this.disk.put(join(this.folder, path), bytes);
      // Who reads at an older size takes the full tile instead.
      if (this.isOpening || this.partials.delete(path)) this.disk.remove(join(this.folder, `${path}.p`));
      this.unsettled.push(path);
      this.waiting.delete(path);
      this.waitingSize -= bytes.length;
    }
  }

  /** Writes the partial tiles that a checkpoint of the present size needs. Throws the disk's error. */
  writePartials(): void {
    this.flush();
    for (const { level, index, width } of partialTiles(this.size)) {
      if (this.partialWidths[level] === width) continue;
      if (level === 0) this.disk.put(join(this.folder, tilePath('entries', index, width)), encodeBundle(this.bundle));
      const hashes = this.edgeOf(level).subarray(0, width * HASH_BYTES);
      this.disk.put(join(this.folder, tilePath(level, index, width)), hashes);
      this.partialWidths[level] = width;
      this.notePartial(level, index);
    }
  }

  /** Makes every full tile durable. Returns up to which entry the tiles hold everything then. */
  async settle(): Promise<number> {
    this.flush();
    const paths = this.unsettled;
    const index = this.size - (this.size % TILE_WIDTH);
    this.unsettled = [];
    try {
      await this.disk.settle(paths.map((path) => join(this.folder, path)));
    } catch (error) {
      this.unsettled.push(...paths);
      throw error;
    }
    return index;
  }

  private notePartial(level: number, index: number): void {
    this.partials.add(tilePath(level, index));
    if (level === 0) this.partials.add(tilePath('entries', index));
  }

  private edgeOf(level: number): Buffer {
    return this.edge[level];
  }

  private takeUp(level: number): void {
    const hashes = hashesAtLevel(this.size, level);
    const first = hashes - (hashes % TILE_WIDTH);
    for (let index = first; index < hashes; index++) {
      const below = Buffer.from(this.stored.hashes(level - 1, index, TILE_WIDTH));
      this.edgeOf(level).set(rootOf(below, TILE_WIDTH), (index - first) * HASH_BYTES);
    }
  }

  /** A bundle and its tile are full, and with them perhaps tiles above. */
  private finish(): void {
    const index = this.size / TILE_WIDTH - 1;
    this.keep(tilePath('entries', index), encodeBundle(this.bundle));
    this.bundle = [];
    for (let level = 0; ; level++) {
      const hashes = hashesAtLevel(this.size, level);
      const tile = Buffer.from(this.edgeOf(level));
      this.keep(tilePath(level, hashes / TILE_WIDTH - 1), tile);
      this.partialWidths[level] = 0;
      const above = hashesAtLevel(this.size, level + 1);
      this.edgeOf(level + 1).set(rootOf(Buffer.from(tile), TILE_WIDTH), ((above - 1) % TILE_WIDTH) * HASH_BYTES);
      if (above % TILE_WIDTH !== 0) break;
    }
    try {
      this.flush();
    } catch {
      // It stays in `waiting`; the next checkpoint or settlement meets the error and says so.
    }
  }

  private keep(path: string, bytes: Buffer): void {
    this.waiting.set(path, bytes);
    this.waitingSize += bytes.length;
  }
}
