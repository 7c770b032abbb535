import { describe, expect, it } from 'vitest';
import { createManualClock } from '#kit/clock.ts';
import { Rng } from '#kit/rng.ts';
import { DEFAULT_CAPACITY, writeGenesis } from '#trading/capacity.ts';
import { CommandKind, GENESIS_WORDS, commandKind, writeWide, Header } from '#trading/commands.ts';
import { Engine } from '#trading/engine.ts';
import { EventKind, Execution, ExecType } from '#trading/events.ts';
import { WarmUpFlow } from './warm-up-flow.ts';
import { warmUp } from './warm-up.ts';

const COMMANDS = 60_000;
/** What no session sends, or a warm-up has no use for. */
const LEFT_OUT = new Set<number>([
  CommandKind.genesis,
  CommandKind.clock,
  CommandKind.semantics,
  CommandKind.restriction,
  CommandKind.locate,
  CommandKind.tickTable,
  CommandKind.corporateAction,
  CommandKind.tradeCorrect,
]);

describe('the warm-up', () => {
  it('runs through every kind of command and of execution, and through trades', () => {
    const words = new Int32Array(1024);
    const kinds = new Set<number>();
    const types = new Map<number, number>();
    let trades = 0;
    const engine = new Engine((events, end) => {
      for (let at = 0; at < end; at += events[at] >>> 16) {
        if ((events[at] & 0xff) === EventKind.trade) trades++;
        if ((events[at] & 0xff) !== EventKind.execution) continue;
        const type = events[at + Execution.execType];
        types.set(type, (types.get(type) ?? 0) + 1);
      }
    });
    const genesis = new Int32Array(GENESIS_WORDS);
    writeGenesis(genesis, 0, { ...DEFAULT_CAPACITY, orders: 4096, dayOrders: COMMANDS }, 1e15);
    engine.apply(genesis, 0);
    const flow = new WarmUpFlow(new Rng(20_251), words);
    for (let command = 0; command < COMMANDS; command++) {
      const nowMicros = 1e15 + command * 20;
      flow.next(nowMicros);
      writeWide(words, Header.timeLow, nowMicros);
      kinds.add(commandKind(words, 0));
      engine.apply(words, 0);
    }
    const wanted = Object.values(CommandKind).filter((kind) => !LEFT_OUT.has(kind));
    expect([...kinds].toSorted((a, b) => a - b)).toEqual(wanted.toSorted((a, b) => a - b));
    const common = [
      ExecType.new,
      ExecType.canceled,
      ExecType.replaced,
      ExecType.rejected,
      ExecType.expired,
      ExecType.trade,
    ];
    for (const type of [...common, ExecType.triggered, ExecType.restated, ExecType.requestRejected]) {
      expect([type, (types.get(type) ?? 0) > 10]).toEqual([type, true]);
    }
    expect(trades).toBeGreaterThan(1000);
  });

  it('leaves nothing behind', () => {
    expect(() => warmUp(createManualClock(1_700_000_000_000_000))).not.toThrow();
  });
});
