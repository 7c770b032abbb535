/** A binary heap of things that are due at some time; equal times keep their order. Never loses or repeats one. */
export class TaskQueue<Task> {
  private readonly heap: { due: number; order: number; task: Task }[] = [];
  private added = 0;

  /** When the next one is due, infinity when there is none. */
  get nextDue(): number {
    return this.heap[0]?.due ?? Number.POSITIVE_INFINITY;
  }

  clear(): void {
    this.heap.length = 0;
  }

  add(due: number, task: Task): void {
    const { heap } = this;
    const entry = { due, order: this.added++, task };
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = entry;
  }

  /** Takes the next one; only where `nextDue` is finite. */
  take(): Task {
    const { heap } = this;
    const [first] = heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first.task;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (!isBefore(heap[child], last)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
    return first.task;
  }
}

function isBefore(a: { due: number; order: number }, b: { due: number; order: number }): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}
