/** The helper thread of ThreadedSplitter: serves one fit after the other, its half of the features, until it is ended. */
import { parentPort } from 'node:worker_threads';
import { invariant } from '#kit/invariant.ts';
import { shardsOf, divideShard } from './local-splitter.ts';
import { ANSWER_AT, AskKind, Control, LOOKS_AWAKE_MAX, type FitMessage } from './splitter-messages.ts';

invariant(parentPort !== null, 'threads.no-parent');
parentPort.on('message', serve);

function serve(message: FitMessage): void {
  const { binned, rules, order, packed, control, numbers, allowed } = message;
  const shard = shardsOf(binned, rules)[1];
  const answer = numbers.subarray(ANSWER_AT);
  for (let served = 0; ;) {
    served = awaitQuestion(control, served);
    const kind = control[Control.kind];
    if (kind === AskKind.stop) return;
    const from = control[Control.from];
    const to = control[Control.to];
    const parentSlot = control[Control.parentSlot];
    if (kind === AskKind.root) {
      shard.count(parentSlot, order, from, to, packed);
      shard.best(parentSlot, to - from, numbers[0], answer, 0, allowed);
    } else {
      const request = {
        smallSlot: control[Control.smallSlot],
        parentSlot,
        smallFrom: from,
        smallTo: to,
        smallSum: numbers[0],
        otherCount: control[Control.count],
        otherSum: numbers[1],
      };
      divideShard(shard, request, order, packed, answer, allowed);
    }
    Atomics.store(control, Control.answered, served);
    Atomics.notify(control, Control.answered);
  }
}

/** Waits for the question after number `served`; gives its number. */
function awaitQuestion(control: Int32Array, served: number): number {
  for (let look = 0; look < LOOKS_AWAKE_MAX; look++) {
    const asked = Atomics.load(control, Control.asked);
    if (asked !== served) return asked;
  }
  while (Atomics.load(control, Control.asked) === served) Atomics.wait(control, Control.asked, served);
  return Atomics.load(control, Control.asked);
}
