/** Random bytes for the store's tests, the same in every run. Never for secrets. */
import { Rng } from '#kit/rng.ts';

/** A source of bytes that differs by seed. */
export function seededRng(seed: number): (bytes: Uint8Array) => void {
  const rng = new Rng(seed);
  return (bytes) => {
    for (let index = 0; index < bytes.length; index++) bytes[index] = rng.next32() & 0xff;
  };
}
