/**
 * Before the door opens: runs a scratch node (door, sequencer, engine, outbox, delivery) through its branches, with
 * large values too, so that the first real orders meet compiled code. Everything it makes is thrown away; V8 keeps what
 * it learned, since that belongs to the functions and not to the objects. Only the memory of the engine's state goes to
 * the real engine: its arrays are part of the compiled code.
 */
import type { Clock } from '#kit/clock.ts';
import type { Leadership } from '#kit/ports/journal.ts';
import { Rng } from '#kit/rng.ts';
import { DEFAULT_CAPACITY, writeGenesis } from '#trading/capacity.ts';
import type { Capacity } from '#trading/capacity.ts';
import { CommandKind, HEADER_WORDS, commandKind, commandLength } from '#trading/commands.ts';
import { Engine } from '#trading/engine.ts';
import { FRAME_HEADER_BYTES, writeFrameHeader } from '#wire/order-entry/frame.ts';
import { CommandDoor } from './command-door.ts';
import type { Entitlement } from './command-door.ts';
import { Delivery } from './delivery.ts';
import type { Outlet } from './delivery.ts';
import { Outbox } from './outbox.ts';
import { Sequencer } from './sequencer.ts';
import { Throttle } from './throttle.ts';
import { WarmUpFlow } from './warm-up-flow.ts';

const COMMANDS = 60_000;
const TURN_COMMANDS = 3;
const SESSION = 1;
const SEED = 20_251;
const BUFFER_WORDS = 1024;
/** Begins near the highest sequence numbers, so that none is met for the first time in service. */
const FIRST_SEQUENCE = 0x7fff_0000;

const nowhere: Outlet = { writable: true, write: () => undefined };

function scratchLeadership(): Leadership {
  let nextSequence = 1;
  return {
    epoch: 1,
    get nextSequence() {
      return nextSequence;
    },
    append(_expected, _words, _start, _end, count) {
      nextSequence += count;
      return undefined;
    },
    reached: () => nextSequence - 1,
    requestDurable: () => undefined,
    onReached: () => undefined,
    onFault: () => undefined,
    close: async () => undefined,
  };
}

/** Takes a fraction of a second. @param capacity of the node's engine, as in its options */
export function warmUp(clock: Clock, capacity: Partial<Capacity> = {}): void {
  const outbox = new Outbox({ ringBytes: 1 << 20, framesMax: 1 << 13 });
  const sequencer = new Sequencer(outbox, clock, {
    onAppended: () => undefined,
    onStalled: () => undefined,
    onResumed: () => undefined,
  });
  const engine = new Engine(sequencer.onEvents);
  const leadership = scratchLeadership();
  sequencer.useEngine(engine, 0);
  sequencer.lead(leadership);
  const delivery = new Delivery(outbox, leadership, clock, () => undefined);
  delivery.attach(SESSION, nowhere, 1, 0);
  writeGenesis(sequencer.words, sequencer.reserve(0), { ...DEFAULT_CAPACITY, ...capacity }, 0);
  sequencer.submitNow();
  sequencer.append();
  run(new CommandDoor(sequencer), sequencer, delivery, clock);
  engine.release();
}

function run(door: CommandDoor, sequencer: Sequencer, delivery: Delivery, clock: Clock): void {
  const administrator: Entitlement = {
    session: SESSION,
    administrator: true,
    throttle: new Throttle(1_000_000, 0),
    mayUse: () => true,
  };
  const trader: Entitlement = { ...administrator, administrator: false };
  const words = new Int32Array(BUFFER_WORDS);
  const frame = new DataView(new ArrayBuffer(FRAME_HEADER_BYTES + BUFFER_WORDS * 4));
  const flow = new WarmUpFlow(new Rng(SEED), words);
  for (let command = 0; command < COMMANDS; command++) {
    flow.next(clock.nowMicros());
    const kind = commandKind(words, 0);
    const lengthWords = commandLength(words, 0);
    const byteLength = FRAME_HEADER_BYTES + (lengthWords - HEADER_WORDS) * 4;
    const sequence = FIRST_SEQUENCE + command;
    writeFrameHeader(frame, 0, byteLength, kind, 0, sequence);
    for (let word = HEADER_WORDS; word < lengthWords; word++) {
      frame.setInt32(FRAME_HEADER_BYTES + (word - HEADER_WORDS) * 4, words[word], true);
    }
    const from = kind <= CommandKind.massQuote ? trader : administrator;
    door.enter(from, kind, sequence, frame, 0, byteLength, clock.monotonicNanos());
    if (command % TURN_COMMANDS !== 0) continue;
    sequencer.append();
    delivery.flush();
  }
}
