/**
 * State as named runs of numbers: what snapshot, restore and the state hash see of every store. A store lists its
 * arrays with how much of each is in use; whatever it leaves out must follow from what it lists.
 */
export type SectionArray = Int32Array | Float64Array;
export type SectionVisitor = (name: string, array: SectionArray, used: number) => void;

export interface Sectioned {
  sections(visit: SectionVisitor): void;
}

/** Smallest power of two that is at least `value`. */
export function powerOfTwo(value: number): number {
  let size = 1;
  while (size < value) size *= 2;
  return size;
}

const BLOCK = 1024;

/** Makes an array empty, without touching the pages that are: a large one that was hardly used stays cheap. */
export function empty(array: SectionArray): void {
  for (let from = 0; from < array.length; from += BLOCK) {
    const block = array.subarray(from, from + BLOCK);
    if (block.some((value) => value !== 0)) block.fill(0);
  }
}
