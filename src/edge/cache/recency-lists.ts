/** Doubly linked lists of slots in typed arrays, newest first: what eviction moves about. Allocates nothing after its start. */

export const NO_SLOT = -1;

export class RecencyLists {
  private readonly previous: Int32Array;
  private readonly next: Int32Array;
  private readonly list: Uint8Array;
  private readonly heads: Int32Array;
  private readonly tails: Int32Array;
  private readonly sizes: Int32Array;

  constructor(slots: number, lists: number) {
    this.previous = new Int32Array(slots).fill(NO_SLOT);
    this.next = new Int32Array(slots).fill(NO_SLOT);
    this.list = new Uint8Array(slots);
    this.heads = new Int32Array(lists).fill(NO_SLOT);
    this.tails = new Int32Array(lists).fill(NO_SLOT);
    this.sizes = new Int32Array(lists);
  }

  sizeOf(list: number): number {
    return this.sizes[list];
  }

  listOf(slot: number): number {
    return this.list[slot];
  }

  oldest(list: number): number {
    return this.tails[list];
  }

  push(list: number, slot: number): void {
    const head = this.heads[list];
    this.list[slot] = list;
    this.previous[slot] = NO_SLOT;
    this.next[slot] = head;
    if (head === NO_SLOT) this.tails[list] = slot;
    else this.previous[head] = slot;
    this.heads[list] = slot;
    this.sizes[list] += 1;
  }

  remove(slot: number): void {
    const list = this.list[slot];
    const before = this.previous[slot];
    const after = this.next[slot];
    if (before === NO_SLOT) this.heads[list] = after;
    else this.next[before] = after;
    if (after === NO_SLOT) this.tails[list] = before;
    else this.previous[after] = before;
    this.sizes[list] -= 1;
  }

  touch(slot: number): void {
    if (this.heads[this.list[slot]] === slot) return;
    const list = this.list[slot];
    this.remove(slot);
    this.push(list, slot);
  }

  move(slot: number, list: number): void {
    this.remove(slot);
    this.push(list, slot);
  }
}
