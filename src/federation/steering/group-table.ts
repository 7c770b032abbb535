/**
 * A place in arrays for each network that asks (/24, /56): a fixed number of places, four to choose from per network, the one not
 * used for longest given up when all four are taken. Never grows, whoever asks.
 */
import { groupHash, type ClientAddress } from './address.ts';

const WAYS = 4;
const FREE = 0;
/** Bit in the second key word that tells a taken place from a free one, and the families apart. */
const FAMILY_WORD = { 4: 1, 6: 2 } as const;

export class GroupTable {
  readonly places: number;
  private readonly first: Uint32Array;
  private readonly second: Uint32Array;
  private readonly usedMicros: Float64Array;
  private readonly setMask: number;

  /** @param places a power of two, 4 or more */
  constructor(places: number) {
    this.places = places;
    this.setMask = places / WAYS - 1;
    this.first = new Uint32Array(places);
    this.second = new Uint32Array(places);
    this.usedMicros = new Float64Array(places);
  }

  /** The place of the address's network, or -1. */
  find(address: ClientAddress): number {
    const start = (groupHash(address) & this.setMask) * WAYS;
    const [first, second] = keyOf(address);
    for (let at = start; at < start + WAYS; at++) {
      if (this.first[at] === first && this.second[at] === second) return at;
    }
    return -1;
  }

  /** The place of the network, made where there is none; `isNew` tells that what lies in it is somebody else's. */
  claim(address: ClientAddress, nowMicros: number): { readonly place: number; readonly isNew: boolean } {
    const found = this.find(address);
    const place = found < 0 ? this.oldest((groupHash(address) & this.setMask) * WAYS) : found;
    if (found < 0) [this.first[place], this.second[place]] = keyOf(address);
    this.usedMicros[place] = nowMicros;
    return { place, isNew: found < 0 };
  }

  private oldest(start: number): number {
    let oldest = start;
    for (let at = start; at < start + WAYS; at++) {
      if (this.second[at] === FREE) return at;
      if (this.usedMicros[at] < this.usedMicros[oldest]) oldest = at;
    }
    return oldest;
  }
}

function keyOf({ family, bytes }: ClientAddress): [number, number] {
  const first = ((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | (family === 6 ? bytes[3] : 0)) >>> 0;
  const rest = family === 6 ? (bytes[4] << 24) | (bytes[5] << 16) | (bytes[6] << 8) : 0;
  return [first, (rest | FAMILY_WORD[family]) >>> 0];
}
