/**
 * Holds things back for a while and hands them on in order of their time: one timer for all of them. Never hands on early; late by
 * what the system's timers are late, about a millisecond. Bounded: what does not fit is dropped, and counted.
 */

/** Things under way at once over all links of a rig. */
const HELD_MAX = 1 << 16;

interface Held {
  readonly dueMs: number;
  readonly order: number;
  readonly run: () => void;
}

export class DelayLine {
  dropped = 0;
  private readonly now: () => number;
  private readonly heap: Held[] = [];
  private timer: NodeJS.Timeout | undefined;
  private order = 0;

  /** @param now milliseconds of a clock that never runs back */
  constructor(now: () => number) {
    this.now = now;
  }

  /** Runs `run` after `delayMs`; things with the same delay keep their order. Gives false where it was dropped. */
  after(delayMs: number, run: () => void): boolean {
    if (this.heap.length >= HELD_MAX) {
      this.dropped++;
      return false;
    }
    this.push({ dueMs: this.now() + delayMs, order: this.order++, run });
    this.arm();
    return true;
  }

  stop(): void {
    clearTimeout(this.timer);
    this.heap.length = 0;
  }

  private arm(): void {
    clearTimeout(this.timer);
    const [first] = this.heap;
    if (first !== undefined)
      this.timer = setTimeout(() => this.release(), Math.max(0, Math.ceil(first.dueMs - this.now())));
  }

  private release(): void {
    while (this.heap.length > 0 && this.heap[0].dueMs <= this.now()) this.pop().run();
    this.arm();
  }

  private push(held: Held): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(held);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(held, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = held;
  }

  private pop(): Held {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop() ?? first;
    if (heap.length > 0) {
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
        if (!isBefore(heap[child], last)) break;
        heap[at] = heap[child];
        at = child;
      }
      heap[at] = last;
    }
    return first;
  }
}

function isBefore(one: Held, other: Held): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order);
}
