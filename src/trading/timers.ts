/**
 * What must happen at a time: the end of good-till-date orders and of volatility auctions. A binary heap in typed
 * arrays, in order of time and then of creation. Timers are not taken out when their subject goes: they name it with
 * its generation, and a full heap is swept of the dead.
 */
import type { Sectioned, SectionVisitor } from './sections.ts';

export const TimerKind = { orderExpiry: 1, auctionEnd: 2 } as const;

const STRIDE = 5;
const TIME = 0;
const SERIAL = 1;
const KIND = 2;
const SUBJECT = 3;
const GENERATION = 4;

export class Timers implements Sectioned {
  declare private readonly heap: Float64Array;
  declare private readonly capacity: number;
  /** Timers waiting, and timers ever made. */
  private readonly counters = new Float64Array(2);

  constructor(capacity: number) {
    this.capacity = capacity;
    this.heap = new Float64Array((capacity + 1) * STRIDE);
  }

  get count(): number {
    return this.counters[0];
  }

  get full(): boolean {
    return this.counters[0] >= this.capacity;
  }

  /** Time of the next timer, or infinity. */
  get next(): number {
    return this.counters[0] === 0 ? Infinity : this.heap[TIME];
  }

  get nextKind(): number {
    return this.heap[KIND];
  }
  get nextSubject(): number {
    return this.heap[SUBJECT];
  }
  get nextGeneration(): number {
    return this.heap[GENERATION];
  }

  add(time: number, kind: number, subject: number, generation: number): void {
    const at = this.counters[0]++;
    this.put(at, time, this.counters[1]++, kind, subject, generation);
    this.rise(at);
  }

  removeNext(): void {
    const last = --this.counters[0];
    if (last > 0) {
      this.heap.copyWithin(0, last * STRIDE, (last + 1) * STRIDE);
      this.sink(0);
    }
  }

  /** Keeps only the timers that `isAlive` knows. */
  sweep(isAlive: (kind: number, subject: number, generation: number) => boolean): void {
    const heap = this.heap;
    let kept = 0;
    for (let entry = 0; entry < this.counters[0]; entry++) {
      const at = entry * STRIDE;
      if (!isAlive(heap[at + KIND], heap[at + SUBJECT], heap[at + GENERATION])) continue;
      heap.copyWithin(kept * STRIDE, at, at + STRIDE);
      kept++;
    }
    this.counters[0] = kept;
    for (let entry = (kept >> 1) - 1; entry >= 0; entry--) this.sink(entry);
  }

  sections(visit: SectionVisitor): void {
    visit('timers.counters', this.counters, 2);
    visit('timers.heap', this.heap, this.counters[0] * STRIDE);
  }

  private put(entry: number, time: number, serial: number, kind: number, subject: number, generation: number): void {
    const at = entry * STRIDE;
    this.heap[at + TIME] = time;
    this.heap[at + SERIAL] = serial;
    this.heap[at + KIND] = kind;
    this.heap[at + SUBJECT] = subject;
    this.heap[at + GENERATION] = generation;
  }

  private before(left: number, right: number): boolean {
    const heap = this.heap;
    const difference = heap[left * STRIDE + TIME] - heap[right * STRIDE + TIME];
    return difference < 0 || (difference === 0 && heap[left * STRIDE + SERIAL] < heap[right * STRIDE + SERIAL]);
  }

  private swap(left: number, right: number): void {
    for (let word = 0; word < STRIDE; word++) {
      const kept = this.heap[left * STRIDE + word];
      this.heap[left * STRIDE + word] = this.heap[right * STRIDE + word];
      this.heap[right * STRIDE + word] = kept;
    }
  }

  private rise(entry: number): void {
    let child = entry;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.before(child, parent)) return;
      this.swap(child, parent);
      child = parent;
    }
  }

  private sink(entry: number): void {
    const count = this.counters[0];
    let parent = entry;
    for (;;) {
      let child = parent * 2 + 1;
      if (child >= count) return;
      if (child + 1 < count && this.before(child + 1, child)) child++;
      if (!this.before(child, parent)) return;
      this.swap(parent, child);
      parent = child;
    }
  }
}
