/** Running calibration: it finds the wanted coverage, and does not wind up where outcomes come a day late. */
import { describe, expect, it } from 'vitest';
import { Rng } from '#kit/rng.ts';
import { coverageOf } from './accuracy.ts';
import { calibrate, chooseCalibration, type CalibrationWindow } from './conformal.ts';

const SHARE = 0.9;
const DAY = 288;

/** Loads of ratio exp(noise + shift) to a quantile of 100. */
function makeWindow(bins: number, seed: number, shiftAt: (bin: number) => number): CalibrationWindow {
  const rng = new Rng(seed);
  const actual = Float64Array.from({ length: bins }, (_none, bin) => 100 * Math.exp(rng.normal(shiftAt(bin), 0.3)));
  return { actual, quantile: new Float64Array(bins).fill(100), floors: new Float64Array(bins).fill(1) };
}

/** The plain online step, which ignores that outcomes are late. */
function naiveOnline(window: CalibrationWindow, step: number, delayBins: number): Float64Array {
  let offset = 0;
  const issued = new Float64Array(window.actual.length);
  for (let row = 0; row < issued.length; row++) {
    const known = row - delayBins;
    if (known >= 0) offset += step * (Number(window.actual[known] > issued[known]) - (1 - SHARE));
    issued[row] = window.quantile[row] * Math.exp(offset);
  }
  return issued;
}

describe('the running calibration', () => {
  it('reaches the wanted coverage from a quantile that is far too low', () => {
    const window = makeWindow(DAY * 10, 1, () => 0.2);
    const issued = calibrate(window, { start: 0, gain: 0.4 }, SHARE, 3);
    expect(coverageOf(window.actual, window.quantile)).toBeLessThan(0.4);
    expect(coverageOf(window.actual.subarray(DAY), issued.subarray(DAY))).toBeCloseTo(SHARE, 1);
  });

  it('does not wind up at 24 hours as the plain online step does', () => {
    const jump = makeWindow(DAY * 8, 2, (bin) => (bin > DAY && bin < DAY * 2 ? 1.5 : -0.4));
    const plain = naiveOnline(jump, 0.05, DAY);
    const bounded = calibrate(jump, { start: 0, gain: 0.4 }, SHARE, DAY);
    expect(Math.max(...plain)).toBeGreaterThan(100_000);
    expect(Math.max(...bounded)).toBeLessThan(100 * Math.E + 1);
  });

  it('never leaves its reach, whatever happens', () => {
    const endless = makeWindow(DAY * 60, 3, () => 20);
    const issued = calibrate(endless, { start: 0, gain: 0.8 }, SHARE, 3);
    expect(Math.max(...issued)).toBeLessThanOrEqual(101 * Math.E);
  });

  it('is chosen by what it would have done on earlier windows', () => {
    const windows = [4, 5, 6].map((seed) => makeWindow(DAY * 3, seed, () => 0.3));
    const chosen = chooseCalibration(windows, SHARE, 12);
    expect(chosen.start).toBeGreaterThan(0.5);
    expect(chosen.gain).toBeGreaterThan(0);
    expect(chooseCalibration(windows.slice(0, 1), SHARE, 12).gain).toBe(0.2);
  });
});
