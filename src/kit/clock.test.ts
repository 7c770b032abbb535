import { describe, expect, it } from 'vitest';
import { createManualClock, createSystemClock } from './clock.ts';

/** A machine whose wall clock shows whole milliseconds and whose monotonic clock moves a little with each reading. */
function machine(wallStartMillis: number, stepMillis: number) {
  const state = { elapsed: 0, wallStep: 0 };
  return {
    state,
    monotonicMillis: () => 1000 + (state.elapsed += stepMillis),
    wallMillis: () => Math.floor(wallStartMillis + state.elapsed) + state.wallStep,
  };
}

describe('the system clock', () => {
  it('anchors to the edge of a millisecond, closer than the wall clock shows', () => {
    const sources = machine(1_700_000_000_000.4, 0.002);
    const clock = createSystemClock(sources);
    const trueMicros = (1_700_000_000_000.4 + sources.state.elapsed) * 1000;
    expect(Math.abs(clock.nowMicros() - trueMicros)).toBeLessThan(10);
  });

  it('gives integers that never decrease', () => {
    const clock = createSystemClock(machine(1_700_000_000_000, 0.0003));
    let last = 0;
    for (let reading = 0; reading < 10_000; reading++) {
      const now = clock.nowMicros();
      expect(Number.isSafeInteger(now)).toBe(true);
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
  });

  it('does not follow a step of the wall clock, but tells it', () => {
    const sources = machine(1_700_000_000_000, 0.001);
    const clock = createSystemClock(sources);
    const before = clock.nowMicros();
    sources.state.wallStep = -5000;
    expect(clock.nowMicros() - before).toBeLessThan(100);
    expect(clock.nowMicros()).toBeGreaterThan(before);
    expect(clock.wallDriftMicros()).toBeGreaterThan(-5_002_000);
    expect(clock.wallDriftMicros()).toBeLessThan(-4_998_000);
  });

  it('starts even when the wall clock stands still', () => {
    const clock = createSystemClock({ ...machine(0, 0.01), wallMillis: () => 42 });
    expect(clock.nowMicros()).toBeLessThan(43_000);
  });

  it('reads the real machine within a few milliseconds of its wall clock', () => {
    expect(Math.abs(createSystemClock().wallDriftMicros())).toBeLessThan(20_000);
  });

  it('stamps durations in nanoseconds', () => {
    const clock = createSystemClock(machine(0, 0.25));
    const first = clock.monotonicNanos();
    expect(clock.monotonicNanos() - first).toBe(250_000);
  });
});

describe('the manual clock', () => {
  it('stands still until it is advanced', () => {
    const clock = createManualClock(1_000_000);
    expect(clock.nowMicros()).toBe(1_000_000);
    clock.advance(250);
    expect(clock.nowMicros()).toBe(1_000_250);
    expect(clock.monotonicNanos()).toBe(250_000);
  });

  it('refuses to run back or to hold a fraction', () => {
    const clock = createManualClock(0);
    expect(() => clock.advance(-1)).toThrow('clock.advance');
    expect(() => clock.advance(0.5)).toThrow('clock.advance');
    expect(() => createManualClock(0.5)).toThrow('clock.start');
  });
});
