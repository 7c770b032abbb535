/** Drift is found soon when it is there and seldom when it is not, and never causes a storm of trainings. */
import { describe, expect, it } from 'vitest';
import { Rng } from '#kit/rng.ts';
import { DriftMonitor, DriftWatch } from './drift-monitor.ts';

const BIN_MICROS = 5 * 60_000_000;
const HOUR_MICROS = 3_600_000_000;
const BINS_PER_WEEK = 7 * 288;

/** Log ratios of load to its season: noise with a memory of about an hour. */
function* ratios(seed: number): Generator<number> {
  const rng = new Rng(seed);
  for (let slow = 0; ;) {
    slow = 0.92 * slow + rng.normal(0, 0.05);
    yield slow + rng.normal(0, 0.15);
  }
}

describe('a drift watch', () => {
  it('raises at most half an alarm a week on stable load', () => {
    const weeks = 40;
    let alarms = 0;
    for (let seed = 1; seed <= weeks / 4; seed++) {
      const watch = new DriftWatch('level', 0.05);
      const source = ratios(seed);
      for (let bin = 0; bin < BINS_PER_WEEK * 4; bin++) {
        if (!watch.observe(source.next().value as number, bin * BIN_MICROS)) continue;
        alarms++;
        watch.reset();
      }
    }
    expect(alarms / weeks).toBeLessThanOrEqual(0.5);
  });

  it.each([Math.log(1.5), -Math.log(1.5)])('finds a level shift of %f within six hours', (shift) => {
    for (let seed = 1; seed <= 20; seed++) {
      const watch = new DriftWatch('level', 0.05);
      const source = ratios(seed + 100);
      const from = BINS_PER_WEEK;
      let found: number | undefined;
      for (let bin = 0; bin < from + 288 && found === undefined; bin++) {
        const raised = watch.observe((source.next().value as number) + (bin >= from ? shift : 0), bin * BIN_MICROS);
        if (raised && bin >= from) found = bin;
        else if (raised) watch.reset();
      }
      expect(((found ?? Number.POSITIVE_INFINITY) - from) * BIN_MICROS).toBeLessThanOrEqual(6 * HOUR_MICROS);
    }
  });

  it('passes over what is not a number', () => {
    const watch = new DriftWatch('residual', 0.05);
    expect(watch.observe(Number.NaN, 0)).toBe(false);
    expect(watch.observe(Number.POSITIVE_INFINITY, HOUR_MICROS)).toBe(false);
    expect(watch.report()).toMatchObject({ alarm: false, alarms: 0 });
  });
});

describe('the drift monitor', () => {
  it('asks for a retraining when the level drifts, and not again at once', () => {
    const monitor = new DriftMonitor();
    const source = ratios(7);
    let trainings = 0;
    for (let bin = 0; bin < BINS_PER_WEEK * 2; bin++) {
      // From the second week on the level doubles every day: it always drifts.
      const shift = Math.max(0, bin - BINS_PER_WEEK) / 288;
      monitor.observe('level', (source.next().value as number) + shift, bin * BIN_MICROS);
      if (monitor.decide(bin * BIN_MICROS, 1).action !== 'retrain') continue;
      trainings++;
      monitor.noteRetrained(bin * BIN_MICROS);
    }
    expect(trainings).toBeGreaterThanOrEqual(1);
    expect(trainings).toBeLessThanOrEqual(7 * 4);
  });

  it('falls back where the naive forecast has been better, and rests where nothing is known', () => {
    const monitor = new DriftMonitor();
    expect(monitor.decide(0, Number.NaN).action).toBe('none');
    expect(monitor.decide(0, 1.3).action).toBe('fallBack');
  });
});
