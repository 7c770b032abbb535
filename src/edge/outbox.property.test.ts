import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventKind, Execution } from '#trading/events.ts';
import { FrameFlag, FrameHeader, FrameType } from '#wire/order-entry/frame.ts';
import { EVENT_AT } from '#wire/order-entry/messages.ts';
import { createManualClock } from '#kit/clock.ts';
import { Delivery } from './delivery.ts';
import type { Outlet } from './delivery.ts';
import { Outbox } from './outbox.ts';
import { SnapshotBuilder, restoreSessions } from './snapshot.ts';

const SESSIONS = 5;
const EVENT_WORDS = [6, 12, 20, 26];

/** An event whose first body word is a mark that tells it from all others. */
function event(words: number, mark: number): Int32Array {
  const event_ = new Int32Array(words);
  event_[0] = EventKind.execution | (words << 16);
  event_[Execution.execType] = mark;
  return event_;
}

/** A connection that takes so many bytes at a time, and reads frames from what it took. */
class Reader implements Outlet {
  writable = true;
  readonly frames: { sequence: number; mark: number; flags: number }[] = [];
  credit = Number.POSITIVE_INFINITY;

  write(bytes: Uint8Array, start: number, end: number): void {
    if (!this.writable) throw new Error('written to while blocked');
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    for (let at = start; at < end; at += view.getUint16(at, true)) {
      this.frames.push({
        sequence: view.getUint32(at + FrameHeader.sequence, true),
        mark: view.getInt32(at + EVENT_AT + Execution.execType * 4, true),
        flags: view.getUint8(at + FrameHeader.flags),
      });
    }
    this.credit -= end - start;
    if (this.credit <= 0) this.writable = false;
  }
}

type Step =
  | { do: 'report'; session: number; words: number }
  | { do: 'append' }
  | { do: 'flush' }
  | { do: 'connect'; session: number }
  | { do: 'lose'; session: number }
  | { do: 'block'; session: number }
  | { do: 'drain'; session: number };

const session = fc.integer({ min: 1, max: SESSIONS });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ do: fc.constant('report' as const), session, words: fc.constantFrom(...EVENT_WORDS) }),
  },
  { weight: 4, arbitrary: fc.constant({ do: 'append' as const }) },
  { weight: 4, arbitrary: fc.constant({ do: 'flush' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('connect' as const), session }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const), session }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('block' as const), session }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('drain' as const), session }) },
);

describe('outbox and delivery', () => {
  it('give every session its reports once per connection, in order, never before they are in the journal', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const outbox = new Outbox({ ringBytes: 1 << 20, framesMax: 1 << 10 });
        let reached = 0;
        let made = 0;
        const delivery = new Delivery(outbox, { reached: () => reached }, createManualClock(0), () => undefined);
        const sent: number[][] = Array.from({ length: SESSIONS + 1 }, () => []);
        const journalSequenceOf = new Map<number, number>();
        const readers: (Reader | undefined)[] = [];
        const seen = new Uint32Array(SESSIONS + 1);
        const check = (id: number): void => {
          const reader = readers[id];
          for (const frame of reader?.frames ?? []) {
            expect(frame.sequence).toBe(seen[id] + 1);
            expect(frame.mark).toBe(sent[id][frame.sequence - 1]);
            expect(journalSequenceOf.get(frame.mark)).toBeLessThanOrEqual(reached);
            seen[id] = frame.sequence;
          }
          if (reader !== undefined) reader.frames.length = 0;
        };
        for (const action of steps) {
          if (action.do === 'report') {
            made++;
            sent[action.session].push(made);
            journalSequenceOf.set(made, made);
            const type = FrameType.executionReport;
            outbox.addReport(action.session, type, event(action.words, made), 0, action.words, made, 0, 0, 0, 1);
          } else if (action.do === 'append') {
            reached = made;
            delivery.wakeWaiting();
          } else if (action.do === 'flush') delivery.flush();
          else if (action.do === 'connect' && readers[action.session] === undefined) {
            readers[action.session] = new Reader();
            const first = delivery.attach(action.session, readers[action.session] as Reader, 1, seen[action.session]);
            expect(first).toBe(seen[action.session] + 1);
          } else if (action.do === 'lose' && readers[action.session] !== undefined) {
            check(action.session);
            readers[action.session] = undefined;
            delivery.detach(action.session);
          } else if (action.do === 'block') {
            const reader = readers[action.session];
            if (reader !== undefined) reader.credit = 200;
          } else if (action.do === 'drain') {
            const reader = readers[action.session];
            if (reader !== undefined) {
              Object.assign(reader, { credit: Number.POSITIVE_INFINITY, writable: true });
              outbox.markReady(action.session);
            }
          }
          for (let id = 1; id <= SESSIONS; id++) check(id);
        }
        reached = made;
        delivery.wakeWaiting();
        for (let id = 1; id <= SESSIONS; id++) {
          const reader = readers[id] ?? new Reader();
          if (readers[id] === undefined) delivery.attach(id, reader, 1, seen[id]);
          Object.assign(reader, { credit: Number.POSITIVE_INFINITY, writable: true });
          readers[id] = reader;
          outbox.markReady(id);
        }
        delivery.flush();
        for (let id = 1; id <= SESSIONS; id++) {
          check(id);
          expect(seen[id]).toBe(sent[id].length);
        }
        expect(outbox.overrun).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('keep the newest frames that fit, however they wrap, and bring them over a snapshot', () => {
    const reports = fc.array(fc.tuple(session, fc.constantFrom(...EVENT_WORDS)), { minLength: 1, maxLength: 3000 });
    fc.assert(
      fc.property(reports, (list) => {
        const outbox = new Outbox({ ringBytes: 1 << 16, framesMax: 1 << 9 });
        const inbound = new Uint32Array(65_536);
        for (const [index, [id, words]] of list.entries()) {
          inbound[id] = index + 1;
          outbox.addReport(id, FrameType.executionReport, event(words, index), 0, words, index + 1, 0, 0, 0, 0);
        }
        expect(outbox.usedBytes()).toBeLessThanOrEqual(1 << 16);
        const engine = new Uint8Array([1, 2, 3, 4]);
        const builder = new SnapshotBuilder(engine, outbox, inbound);
        while (!builder.step());
        const restored = new Outbox({ ringBytes: 1 << 16, framesMax: 1 << 9 });
        const restoredInbound = new Uint32Array(65_536);
        restoreSessions(builder.bytes, restored, restoredInbound);
        expect(restoredInbound).toEqual(inbound);
        for (let id = 1; id <= SESSIONS; id++) {
          expect(restored.lastSequenceOf(id)).toBe(outbox.lastSequenceOf(id));
          expect(replay(restored, id)).toEqual(replay(outbox, id));
        }
      }),
      { numRuns: 60 },
    );
  });
});

/** What a session that has seen nothing is sent. */
function replay(outbox: Outbox, id: number): { sequence: number; mark: number }[] {
  const reader = new Reader();
  const delivery = new Delivery(
    outbox,
    { reached: () => Number.MAX_SAFE_INTEGER },
    createManualClock(0),
    () => undefined,
  );
  const first = delivery.attach(id, reader, 1, 0);
  delivery.flush();
  delivery.detach(id);
  const frames = reader.frames;
  if (frames.length > 0) expect(frames[0].sequence).toBe(first);
  expect(frames.every((frame) => (frame.flags & FrameFlag.replayed) !== 0)).toBe(true);
  expect(frames.map((frame) => frame.sequence)).toEqual(frames.map((_, index) => first + index));
  expect(first + frames.length - 1).toBe(outbox.lastSequenceOf(id));
  return frames.map(({ sequence, mark }) => ({ sequence, mark }));
}
