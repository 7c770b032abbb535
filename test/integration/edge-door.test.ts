import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createManualClock } from '#kit/clock.ts';
import type { Leadership } from '#kit/ports/journal.ts';
import { DEFAULT_CAPACITY, writeGenesis } from '#trading/capacity.ts';
import { CommandKind, HEADER_WORDS, MassCancel, NewOrder } from '#trading/commands.ts';
import { Engine } from '#trading/engine.ts';
import { MarkFlag } from '#trading/terms.ts';
import { ExtensionTag } from '#wire/order-entry/extension.ts';
import { SessionCode } from '#wire/order-entry/codes.ts';
import { FRAME_HEADER_BYTES, writeFrameHeader } from '#wire/order-entry/frame.ts';
import { MESSAGE_LAYOUTS } from '#wire/order-entry/reference.ts';
import { CommandDoor, isWellFormed } from '#edge/command-door.ts';
import type { Entitlement } from '#edge/command-door.ts';
import { Outbox } from '#edge/outbox.ts';
import { Sequencer } from '#edge/sequencer.ts';
import { Throttle } from '#edge/throttle.ts';
import { setupCommands } from './edge-harness.ts';

const SESSION = 7;
const clock = createManualClock(1_700_000_000_000_000);

function build(): {
  door: CommandDoor;
  sequencer: Sequencer;
  engine: Engine;
  from: Entitlement;
  administrator: Entitlement;
} {
  const outbox = new Outbox({ ringBytes: 1 << 20, framesMax: 1 << 12 });
  const ignore = (): void => undefined;
  const sequencer = new Sequencer(outbox, clock, { onAppended: ignore, onStalled: ignore, onResumed: ignore });
  const engine = new Engine(sequencer.onEvents);
  let nextSequence = 1;
  const leadership: Leadership = {
    epoch: 1,
    get nextSequence() {
      return nextSequence;
    },
    append(_expected, _words, _start, _end, count) {
      nextSequence += count;
      return undefined;
    },
    reached: () => nextSequence - 1,
    requestDurable: ignore,
    onReached: ignore,
    onFault: ignore,
    close: async () => undefined,
  };
  sequencer.useEngine(engine, 0);
  sequencer.lead(leadership);
  const capacity = { ...DEFAULT_CAPACITY, orders: 256, dayOrders: 4096, accounts: 16, instruments: 8, trades: 256 };
  writeGenesis(
    sequencer.words,
    sequencer.reserve(0),
    { ...capacity, priceLeaves: 256, recentOrders: 1024, sessions: 64 },
    0,
  );
  sequencer.submitNow();
  for (const words of setupCommands()) {
    sequencer.words.set(words, sequencer.reserve(words.length));
    sequencer.submitNow();
  }
  sequencer.append();
  const from: Entitlement = {
    session: SESSION,
    administrator: false,
    throttle: new Throttle(0, 0),
    mayUse: (account) => account === 0 || account === 1,
  };
  return { door: new CommandDoor(sequencer), sequencer, engine, from, administrator: { ...from, administrator: true } };
}

function frame(kind: number, body: readonly number[]): DataView {
  const view = new DataView(new ArrayBuffer(FRAME_HEADER_BYTES + body.length * 4));
  writeFrameHeader(view, 0, view.byteLength, kind, 0, 1);
  for (const [index, word] of body.entries()) view.setInt32(FRAME_HEADER_BYTES + index * 4, word, true);
  return view;
}

/** Numbers as hostile as they are likely: small, extreme, anything. */
const word = fc.oneof(
  fc.integer({ min: -2, max: 12 }),
  fc.constantFrom(0x7fff_ffff, -0x8000_0000, 0x4000_0000, -1, 1000, 65_535, 65_536),
  fc.integer(),
);
const commands = MESSAGE_LAYOUTS.filter((layout) => layout.type < 64);

describe('the door of the sequencer', () => {
  it('lets any body of the right length through to the engine without harm, from traders and administrators', () => {
    const { door, sequencer, engine, from, administrator } = build();
    const any = fc
      .constantFrom(...commands)
      .chain((layout) =>
        fc.tuple(
          fc.constant(layout.type),
          fc.array(word, { minLength: (layout.byteLength - 8) / 4, maxLength: (layout.byteLength - 8) / 4 }),
          fc.boolean(),
        ),
      );
    let taken = 0;
    fc.assert(
      fc.property(any, ([kind, body, asAdministrator]) => {
        // Counts and versions that lie about the rest are refused by the door, so a part of them is made to fit.
        const view = frame(
          kind,
          kind === CommandKind.massQuote || kind === CommandKind.tickTable ? [body[0], body[1], 0, 0] : body,
        );
        if (kind === CommandKind.tickTable) view.setInt32(FRAME_HEADER_BYTES + 4, 0, true);
        const entitlement = asAdministrator ? administrator : from;
        const length = kind === CommandKind.tickTable ? FRAME_HEADER_BYTES + 8 : view.byteLength;
        clock.advance(1 + (body[0] & 1023));
        const code = door.enter(entitlement, kind, 1, view, 0, length, clock.monotonicNanos());
        if (code === 0) taken++;
        sequencer.append();
      }),
      { numRuns: 20_000, seed: 11 },
    );
    expect(taken).toBeGreaterThan(8000);
    expect(engine.lastTimeMicros).toBeGreaterThan(0);
  });

  it('takes a body of any other length for none of the kinds', () => {
    for (const { type, byteLength } of commands) {
      for (const length of [8, 16, byteLength - 8, byteLength + 8, 2040]) {
        const view = frame(
          type,
          Array.from({ length: (length - 8) / 4 }, () => 0x7fff_0000),
        );
        if (length < 8 || length === byteLength) continue;
        expect([type, length, isWellFormed(type, view, 0, length)]).toEqual([type, length, false]);
      }
    }
  });

  it('asks an order that was entered by hand for both of its times', () => {
    const time = (tag: number, length = 8): number[] => [tag | (length << 16), ...Array<number>(length / 4).fill(5)];
    const receipt = time(ExtensionTag.manualReceiptMicros);
    const capture = time(ExtensionTag.electronicCaptureMicros);
    const cases: [number, number[], number][] = [
      [0, [], 0],
      [MarkFlag.manual, [], SessionCode.manualTimesMissing],
      [MarkFlag.manual, receipt, SessionCode.manualTimesMissing],
      [MarkFlag.manual, capture, SessionCode.manualTimesMissing],
      [
        MarkFlag.manual,
        [...receipt, ...time(ExtensionTag.electronicCaptureMicros, 4), 0],
        SessionCode.manualTimesMissing,
      ],
      [MarkFlag.manual, [...receipt, 0, 0], SessionCode.manualTimesMissing],
      [MarkFlag.manual, [...receipt, ...capture], 0],
      [MarkFlag.manual, [...time(ExtensionTag.clientText, 12), ...capture, ...receipt, 0], 0],
    ];
    const { door, from } = build();
    for (const [marks, extension, code] of cases) {
      const fixed = Array.from({ length: 12 }, () => 0);
      fixed[NewOrder.marks - HEADER_WORDS] = marks;
      const view = frame(CommandKind.newOrder, [...fixed, ...extension]);
      const answer = door.enter(from, CommandKind.newOrder, 1, view, 0, view.byteLength, 0);
      expect([marks, extension, answer]).toEqual([marks, extension, code]);
    }
  });

  it('takes an extension block that is whole, and none that is not', () => {
    const fixed = Array.from({ length: 12 }, () => 0);
    const entry = (tag: number, length: number, words: number): number[] => [
      tag | (length << 16),
      ...Array<number>(words).fill(5),
    ];
    const cases: [number[], boolean][] = [
      [[], true],
      [[...entry(ExtensionTag.manualReceiptMicros, 8, 2), 0], true],
      [entry(ExtensionTag.clientText, 10, 3), true],
      [[...entry(ExtensionTag.manualReceiptMicros, 8, 2), ...entry(ExtensionTag.electronicCaptureMicros, 8, 2)], true],
      [[0, 0], true],
      [[0, 1], false],
      [entry(ExtensionTag.clientText, 200, 3), false],
      [entry(ExtensionTag.clientText, 13, 3), false],
      [Array<number>(118).fill(0), false],
    ];
    for (const [extension, good] of cases) {
      const view = frame(CommandKind.newOrder, [...fixed, ...extension]);
      expect([extension.length, isWellFormed(CommandKind.newOrder, view, 0, view.byteLength)]).toEqual([
        extension.length,
        good,
      ]);
    }
  });

  it('writes the session, the sequence and the words of the frame, and nothing of what a client says of itself', () => {
    const { door, sequencer, from } = build();
    const body = [0, 0, 42, 0, 0, 0, 10, 1000, 1, 2, 3, 0];
    const at = sequencer.reserve(0);
    expect(
      door.enter(from, CommandKind.newOrder, 33, frame(CommandKind.newOrder, body), 0, 56, clock.monotonicNanos()),
    ).toBe(0);
    expect([...sequencer.words.subarray(at, at + 2)]).toEqual([CommandKind.newOrder | (18 << 16), SESSION]);
    expect(sequencer.words[at + 4]).toBe(33);
    expect([...sequencer.words.subarray(at + NewOrder.account, at + 18)]).toEqual(body);
  });

  it("confines a trader's mass cancel to its session, or to the account it names", () => {
    const { door, sequencer, from } = build();
    const enter = (session: number, account: number, participant: number): [number, number, number] => {
      const at = sequencer.reserve(0);
      const view = frame(CommandKind.massCancel, [session, account, participant, -1, -1, 113]);
      const code = door.enter(from, CommandKind.massCancel, 1, view, 0, 32, clock.monotonicNanos());
      return [code, sequencer.words[at + MassCancel.session], sequencer.words[at + MassCancel.account]];
    };
    expect(enter(-1, -1, -1)).toEqual([0, SESSION, -1]);
    expect(enter(3, -1, -1)).toEqual([0, SESSION, -1]);
    expect(enter(3, 1, -1)).toEqual([0, SESSION, 1]);
    expect(enter(-1, 1, -1)).toEqual([0, -1, 1]);
    expect(enter(-1, 5, -1)[0]).toBe(SessionCode.accountNotAllowed);
    expect(enter(-1, -2, -1)[0]).toBe(SessionCode.accountNotAllowed);
    expect(enter(-1, -1, 0)[0]).toBe(SessionCode.participantNotAllowed);
  });
});
