/** One link: suspicion rises with silence, as fast as the link's own past says. */
import { describe, expect, it } from 'vitest';
import { Rng } from '#kit/rng.ts';
import { PHI_DEFAULTS, PhiLink } from './phi.ts';

const INTERVAL = 250_000;

function settled(jitterMicros: number): { link: PhiLink; now: number } {
  const link = new PhiLink(PHI_DEFAULTS);
  const random = new Rng(7);
  let now = 1_000_000;
  for (let beat = 0; beat < 400; beat++) {
    now += INTERVAL;
    link.arrive(now + Math.round(random.normal(0, jitterMicros)));
  }
  return { link, now };
}

describe('a link', () => {
  it('suspects nothing before the first answer', () => {
    const link = new PhiLink(PHI_DEFAULTS);
    expect(link.phi(10 ** 12)).toBe(0);
    expect(link.isSuspected(10 ** 12)).toBe(false);
    expect(link.suspicionDueMicros).toBeUndefined();
  });

  it('suspects more and more while nothing comes, and at the threshold exactly when it is due', () => {
    const { link, now } = settled(5000);
    let before = -1;
    for (let silence = 0; silence < 2_000_000; silence += 20_000) {
      const phi = link.phi(now + silence);
      expect(phi).toBeGreaterThanOrEqual(before);
      before = phi;
    }
    const due = link.suspicionDueMicros ?? 0;
    expect(link.phi(due)).toBeCloseTo(PHI_DEFAULTS.threshold, 6);
    expect(link.isSuspected(due - 1)).toBe(false);
    expect(link.isSuspected(due)).toBe(true);
    expect(due - (link.lastArrivalMicros ?? 0)).toBeCloseTo(INTERVAL + 5.612 * PHI_DEFAULTS.deviationMicrosMin, -4);
  });

  it('waits longer for a link whose answers come less evenly', () => {
    const even = settled(1000);
    const uneven = settled(150_000);
    const tolerance = ({ link }: typeof even): number => (link.suspicionDueMicros ?? 0) - (link.lastArrivalMicros ?? 0);
    expect(tolerance(uneven)).toBeGreaterThan(tolerance(even) + 200_000);
  });

  it('is not taught patience by one outage, but learns a link that has become slow', () => {
    const { link, now } = settled(5000);
    const before = link.meanMicros;
    link.arrive(now + 3_600_000_000);
    expect(link.meanMicros).toBeLessThan(before + 10_000);
    let at = now + 3_600_000_000;
    for (let beat = 0; beat < 200; beat++) link.arrive((at += 1_200_000));
    expect(link.isSuspected(at + 1_200_000)).toBe(false);
  });

  it('keeps exact sums however long it runs', () => {
    const { link } = settled(0);
    let now = 10 ** 9;
    link.arrive(now);
    for (let beat = 0; beat < 100_000; beat++) link.arrive((now += INTERVAL));
    expect(link.meanMicros).toBe(INTERVAL);
    expect(link.deviationMicros).toBe(PHI_DEFAULTS.deviationMicrosMin);
  });

  it('does not hold the observer’s own absence against the target', () => {
    const { link, now } = settled(5000);
    expect(link.isSuspected(now + 3_000_000)).toBe(true);
    link.excuse(2_900_000, now + 3_000_000);
    expect(link.isSuspected(now + 3_000_000)).toBe(false);
    link.excuse(10 ** 9, now + 3_000_000);
    expect(link.lastArrivalMicros).toBe(now + 3_000_000);
  });
});
