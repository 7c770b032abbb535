/**
 * A tree built anew from leaf hashes, all levels in memory: what stored tiles are compared with. Takes a third of a gigabyte
 * for ten million leaves; keeps nothing but hashes.
 */
import { HASH_BYTES, hashAt, rootOf } from './merkle.ts';
import { TILE_BYTES, TILE_WIDTH } from './tiles.ts';
import type { TileSource } from './tiles.ts';

export class RebuiltTree implements TileSource {
  private readonly levels: Buffer[][] = [[]];
  private size = 0;

  addHash(hash: Uint8Array): void {
    this.put(0, this.size, hash);
    this.size++;
    for (let level = 0, count = this.size; count % TILE_WIDTH === 0; level++) {
      count /= TILE_WIDTH;
      this.put(level + 1, count - 1, rootOf(Buffer.from(this.levels[level][count - 1]), TILE_WIDTH));
    }
  }

  /** Puts another hash in place of a leaf's; levels above follow. */
  replace(index: number, hash: Uint8Array): void {
    this.put(0, index, hash);
    let place = Math.floor(index / TILE_WIDTH);
    for (let level = 0; (place + 1) * TILE_WIDTH ** (level + 1) <= this.size; level++) {
      this.put(level + 1, place, rootOf(Buffer.from(this.levels[level][place]), TILE_WIDTH));
      place = Math.floor(place / TILE_WIDTH);
    }
  }

  leaf(index: number): Uint8Array {
    return hashAt(this.levels[0][Math.floor(index / TILE_WIDTH)], index % TILE_WIDTH);
  }

  hashes(level: number, index: number, width: number): Buffer {
    return this.levels[level][index].subarray(0, width * HASH_BYTES);
  }

  private put(level: number, index: number, hash: Uint8Array): void {
    this.levels[level] ??= [];
    const tiles = this.levels[level];
    const tile = Math.floor(index / TILE_WIDTH);
    tiles[tile] ??= Buffer.alloc(TILE_BYTES);
    tiles[tile].set(hash, (index % TILE_WIDTH) * HASH_BYTES);
  }
}
