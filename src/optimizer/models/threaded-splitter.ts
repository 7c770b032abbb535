/**
 * Histograms and splits on two threads: each has half of the features, and both see the same rows and gradients in shared
 * memory. A division of a node is a message of a few numbers; the answers are compared as on one thread, so that the
 * trees are the same. Threads wait awake for a moment, since a division takes microseconds.
 */
import { Worker } from 'node:worker_threads';
import { invariant } from '#kit/invariant.ts';
import type { BinnedMatrix } from './binning.ts';
import {
  ANSWER_AT,
  AskKind,
  Control,
  CONTROL_WORDS,
  LOOKS_AWAKE_MAX,
  NUMBERS,
  type FitMessage,
} from './splitter-messages.ts';
import { SPLIT_FIELDS, SplitField, type HistogramShard } from './histogram-shard.ts';
import { divideShard, keepBetter, shardsOf } from './local-splitter.ts';
import type { ChildrenRequest, SplitEngine, Splitter } from './tree-grower.ts';

const ANSWER_TIMEOUT_MS = 30_000;

export class ThreadedSplitter {
  private readonly worker: Worker;
  private fit: HelperFit | undefined;

  private constructor(worker: Worker) {
    this.worker = worker;
  }

  /** Starts the helper thread. */
  static async open(): Promise<ThreadedSplitter> {
    const worker = new Worker(new URL('./splitter-thread.ts', import.meta.url));
    await new Promise<void>((resolve, reject) => {
      worker.once('online', resolve);
      worker.once('error', reject);
    });
    return new ThreadedSplitter(worker);
  }

  /** An engine for a matrix that was binned into two blocks. One fit at a time. */
  prepare(binned: BinnedMatrix): SplitEngine {
    invariant(binned.blocks.length === 2, 'threads.blocks', binned.blocks.length);
    return {
      buffer: (bytes) => new SharedArrayBuffer(bytes),
      start: (rules, order, packed) => {
        this.fit?.stop();
        const message: FitMessage = {
          binned,
          rules,
          order,
          packed,
          control: new Int32Array(new SharedArrayBuffer(CONTROL_WORDS * 4)),
          numbers: new Float64Array(new SharedArrayBuffer(NUMBERS * 8)),
          allowed: new Uint8Array(new SharedArrayBuffer(binned.width)),
        };
        // oxlint-disable-next-line unicorn/require-post-message-target-origin
        this.worker.postMessage(message);
        this.fit = new HelperFit(message);
        return new SharedHistograms(this.fit, shardsOf(binned, rules)[0], message);
      },
    };
  }

  async close(): Promise<void> {
    this.fit?.stop();
    await this.worker.terminate();
  }
}

/** Asks the helper thread, and waits for its answer. */
class HelperFit {
  private readonly message: FitMessage;
  private asked = 0;

  constructor(message: FitMessage) {
    this.message = message;
  }

  ask(kind: number): void {
    const { control } = this.message;
    control[Control.kind] = kind;
    this.asked++;
    Atomics.store(control, Control.asked, this.asked);
    Atomics.notify(control, Control.asked);
  }

  await(): void {
    const { control } = this.message;
    for (let look = 0; look < LOOKS_AWAKE_MAX; look++) {
      if (Atomics.load(control, Control.answered) === this.asked) return;
    }
    while (Atomics.load(control, Control.answered) !== this.asked) {
      const outcome = Atomics.wait(control, Control.answered, this.asked - 1, ANSWER_TIMEOUT_MS);
      invariant(outcome !== 'timed-out', 'threads.no-answer');
    }
  }

  stop(): void {
    this.ask(AskKind.stop);
  }
}

class SharedHistograms implements Splitter {
  private readonly helper: HelperFit;
  private readonly shard: HistogramShard;
  private readonly message: FitMessage;
  private readonly own = new Float64Array(2 * SPLIT_FIELDS);

  constructor(helper: HelperFit, shard: HistogramShard, message: FitMessage) {
    this.helper = helper;
    this.shard = shard;
    this.message = message;
  }

  root(slot: number, from: number, to: number, sum: number, out: Float64Array, allowed?: Uint8Array): void {
    const { control, numbers, order, packed } = this.message;
    control[Control.parentSlot] = slot;
    control[Control.from] = from;
    control[Control.to] = to;
    numbers[0] = sum;
    this.allow(allowed);
    this.helper.ask(AskKind.root);
    this.shard.count(slot, order, from, to, packed);
    this.shard.best(slot, to - from, sum, this.own, 0, allowed);
    this.helper.await();
    out[SplitField.gain] = 0;
    keepBetter(this.own, out, 0);
    keepBetter(numbers.subarray(ANSWER_AT), out, 0);
  }

  children(request: ChildrenRequest, out: Float64Array, allowed?: Uint8Array): void {
    const { control, numbers, order, packed } = this.message;
    control[Control.smallSlot] = request.smallSlot;
    control[Control.parentSlot] = request.parentSlot;
    control[Control.from] = request.smallFrom;
    control[Control.to] = request.smallTo;
    control[Control.count] = request.otherCount;
    numbers[0] = request.smallSum;
    numbers[1] = request.otherSum;
    this.allow(allowed);
    this.helper.ask(AskKind.children);
    divideShard(this.shard, request, order, packed, this.own, allowed);
    this.helper.await();
    out[SplitField.gain] = 0;
    out[SPLIT_FIELDS + SplitField.gain] = 0;
    const theirs = numbers.subarray(ANSWER_AT);
    for (const at of [0, SPLIT_FIELDS]) {
      keepBetter(this.own, out, at);
      keepBetter(theirs, out, at);
    }
  }

  private allow(allowed?: Uint8Array): void {
    if (allowed === undefined) this.message.allowed.fill(1);
    else this.message.allowed.set(allowed);
  }
}
