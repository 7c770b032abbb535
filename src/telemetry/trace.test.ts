/** The trace of an order adds up from the stamps of its batch. */
import { describe, expect, it } from 'vitest';
import { traceOrder } from './trace.ts';

const stamps = { matchedNanos: 9000, writtenNanos: 15_000, ackedNanos: 18_000 };

describe('the trace of an order', () => {
  it('names what happened between the socket and the acknowledgement', () => {
    const trace = traceOrder({ commandTimeMicros: 50, receiveDelayNanos: 1500, batchTimeMicros: 50, stamps });
    expect(trace.stages.map((stage) => [stage.name, stage.startNanos, stage.durationNanos])).toEqual([
      ['receive', 0, 1500],
      ['match', 1500, 9000],
      ['journal', 10_500, 6000],
      ['acknowledge', 16_500, 3000],
    ]);
    expect(trace.totalNanos).toBe(19_500);
    expect(trace.complete).toBe(true);
  });

  it('counts a command that was stamped later in its batch from its own stamp', () => {
    const trace = traceOrder({ commandTimeMicros: 54, receiveDelayNanos: 0, batchTimeMicros: 50, stamps });
    expect(trace.stages[1].durationNanos).toBe(5000);
  });

  it('leaves out the acknowledgement when none was due', () => {
    const quiet = { ...stamps, ackedNanos: 0 };
    const trace = traceOrder({ commandTimeMicros: 50, receiveDelayNanos: 0, batchTimeMicros: 50, stamps: quiet });
    expect(trace.stages.map((stage) => stage.name)).toEqual(['receive', 'match', 'journal']);
  });

  it('says that it is not complete while the stamps are not written', () => {
    const trace = traceOrder({ commandTimeMicros: 50, receiveDelayNanos: 700, batchTimeMicros: 50, stamps: undefined });
    expect(trace).toMatchObject({ complete: false, totalNanos: 700 });
    expect(trace.stages).toHaveLength(1);
  });
});
