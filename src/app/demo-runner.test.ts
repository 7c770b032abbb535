import { describe, expect, it } from 'vitest';
import { createManualClock } from '#kit/clock.ts';
import { DemoMarket } from './demo/demo-market.ts';
import { DemoRunner } from './demo-runner.ts';
import { MarketDriver } from './markets.ts';

interface Repetition {
  readonly run: () => void;
  readonly milliseconds: number;
}

function newRunner() {
  const clock = createManualClock(1_795_348_800_000_000);
  const live = new Set<Repetition>();
  const view = {
    state: () => 0 as const,
    bestBidTicks: () => 0,
    bestAskTicks: () => 0,
    lastTicks: () => 0,
    netPosition: () => 0,
  };
  const send = (): boolean => true;
  const market = new DemoMarket(
    { tickTables: [], instruments: [], participants: [] },
    { view, orders: { send }, administrator: { send } },
    clock.nowMicros(),
  );
  const driver = new MarketDriver([], { state: () => undefined, tradingDay: () => 0 }, { send });
  const runner = new DemoRunner(market, driver, clock, (run, milliseconds) => {
    const repetition = { run, milliseconds };
    live.add(repetition);
    return () => void live.delete(repetition);
  });
  return {
    runner,
    live,
    clock,
    periods: () => [...live].map(({ milliseconds }) => milliseconds).toSorted((a, b) => a - b),
  };
}

describe('the demo runner', () => {
  it('lets traders and markets act while it runs, and nothing once it is stopped', () => {
    const { runner, live, clock, periods } = newRunner();
    runner.start();
    expect(periods()).toEqual([10, 200]);
    for (const { run } of live) {
      clock.advance(10_000);
      expect(run).not.toThrow();
    }
    runner.stop();
    expect(periods()).toEqual([]);
  });

  it('wakes for the markets alone while the traders are paused', () => {
    const { runner, periods } = newRunner();
    runner.start();
    runner.pause();
    expect(periods()).toEqual([200]);
    expect(runner.status().state).toBe('paused');
    runner.resume();
    expect(periods()).toEqual([10, 200]);
  });

  it('starts paused when it was paused before, and does not start by being resumed', () => {
    const { runner, periods } = newRunner();
    runner.pause();
    runner.start();
    expect(periods()).toEqual([200]);
    runner.stop();
    runner.resume();
    expect(periods()).toEqual([]);
  });

  it('does nothing twice when it is started twice', () => {
    const { runner, periods } = newRunner();
    runner.start();
    runner.start();
    expect(periods()).toEqual([10, 200]);
  });
});
