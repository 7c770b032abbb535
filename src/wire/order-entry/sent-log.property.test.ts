import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CommandKind, NEW_ORDER_WORDS, NewOrder, writeHeader } from '#trading/commands.ts';
import { FRAME_HEADER_BYTES, FrameHeader, FrameType } from './frame.ts';
import { SentLog } from './sent-log.ts';

function order(words: number, id: number): Int32Array {
  const command = new Int32Array(words);
  writeHeader(command, 0, CommandKind.newOrder, words, 99, 99);
  command[NewOrder.clOrdIdLow] = id;
  return command;
}

describe('what a client keeps of what it sent', () => {
  it('holds every unanswered message whole, under any order of answers and any sizes', () => {
    const steps = fc.array(
      fc.oneof(fc.record({ add: fc.integer({ min: 9, max: 60 }) }), fc.record({ answer: fc.nat(40) })),
      { maxLength: 300 },
    );
    fc.assert(
      fc.property(steps, (list) => {
        const log = new SentLog(32, 4096);
        const open = new Map<number, { words: number; id: number }>();
        let id = 0;
        let refused = 0;
        for (const step of list) {
          if ('add' in step) {
            const words = step.add * 2;
            const sequence = log.add(order(words, ++id), 0);
            if (sequence === 0) refused++;
            else open.set(sequence, { words, id });
          } else {
            const sequence = log.oldest + step.answer;
            log.markAnswered(sequence);
            open.delete(sequence);
          }
          expect(log.waiting).toBeLessThanOrEqual(32);
          for (const [sequence, message] of open) {
            expect(log.isAnswered(sequence)).toBe(false);
            const at = log.startOf(sequence);
            const view = new DataView(log.bytes.buffer, at, log.byteLengthOf(sequence));
            expect(view.byteLength).toBe(FRAME_HEADER_BYTES + (message.words - 6) * 4);
            expect(view.getUint8(FrameHeader.type)).toBe(FrameType.newOrder);
            expect(view.getUint32(FrameHeader.sequence, true)).toBe(sequence);
            expect(view.getInt32(FRAME_HEADER_BYTES + (NewOrder.clOrdIdLow - 6) * 4, true)).toBe(message.id);
          }
        }
        expect(log.next - 1).toBe(id - refused);
      }),
      { numRuns: 100 },
    );
  });

  it('takes no more when it is full, and takes again once the oldest is answered', () => {
    const log = new SentLog(4, 4096);
    for (let sequence = 1; sequence <= 4; sequence++)
      expect(log.add(order(NEW_ORDER_WORDS, sequence), 0)).toBe(sequence);
    expect(log.add(order(NEW_ORDER_WORDS, 5), 0)).toBe(0);
    log.markAnswered(2);
    expect(log.add(order(NEW_ORDER_WORDS, 5), 0)).toBe(0);
    log.markAnswered(1);
    expect(log.waiting).toBe(2);
    expect(log.add(order(NEW_ORDER_WORDS, 5), 0)).toBe(5);
  });
});
