/** States of members and clusters: two good probes up, three bad ones down, and no flapping. */
import { describe, expect, it } from 'vitest';
import { HEALTH_DEFAULTS, HealthMachine, combinedState } from './health-state.ts';

const STEP = 250_000;
const FAST = 20_000;

class Probed {
  readonly machine = new HealthMachine(HEALTH_DEFAULTS, 0);
  now = 0;

  /** + good, - bad, ~ slow */
  play(probes: string): string {
    for (const probe of probes) {
      this.now += STEP;
      if (probe === '-') this.machine.bad(this.now);
      else this.machine.good(this.now, probe === '~' ? HEALTH_DEFAULTS.slowMicros + 1 : FAST);
    }
    return this.machine.state(this.now);
  }
}

describe('the state of a member', () => {
  it('is unknown until two good or three bad probes, and again after a silence', () => {
    const probed = new Probed();
    expect(probed.play('')).toBe('unknown');
    expect(probed.play('+')).toBe('unknown');
    expect(probed.play('+')).toBe('healthy');
    expect(probed.machine.state(probed.now + HEALTH_DEFAULTS.staleMicros + 1)).toBe('unknown');
    probed.now += 60_000_000;
    expect(probed.play('+')).toBe('unknown');
    expect(probed.play('+')).toBe('healthy');
    expect(new Probed().play('--')).toBe('unknown');
    expect(new Probed().play('---')).toBe('unhealthy');
  });

  it('goes down after three bad probes in a row, not after two', () => {
    const probed = new Probed();
    expect(probed.play('++--+--+')).toBe('healthy');
    expect(probed.play('--')).toBe('healthy');
    expect(probed.play('-')).toBe('unhealthy');
    expect(probed.play('+')).toBe('unhealthy');
    expect(probed.play('+')).toBe('healthy');
  });

  it('is degraded when answers are slow three times in a row, or one in five is lost', () => {
    const probed = new Probed();
    expect(probed.play('++~~')).toBe('healthy');
    expect(probed.play('~')).toBe('degraded');
    expect(probed.play('+')).toBe('healthy');
    expect(new Probed().play('+++-+++-+++-+++-+++-')).toBe('degraded');
    expect(new Probed().play('++++-+++++-+++++-+++')).toBe('healthy');
  });

  it('must be good for longer each time it went down, and says that it flaps', () => {
    const probed = new Probed();
    probed.play('++');
    const neededGood: number[] = [];
    for (let fall = 0; fall < 7; fall++) {
      probed.play('---');
      let good = 0;
      while (probed.play('+') === 'unhealthy') good++;
      neededGood.push(good + 1);
    }
    expect(neededGood).toEqual([2, 4, 8, 16, 32, 64, 64]);
    expect(probed.machine.isFlapping(probed.now)).toBe(true);
    expect(probed.machine.isFlapping(probed.now + HEALTH_DEFAULTS.flapWindowMicros + 1)).toBe(false);
  });

  it('of several parts is as the best, less one step where not all are alike', () => {
    expect(combinedState([])).toBe('unknown');
    expect(combinedState(['unknown', 'unknown'])).toBe('unknown');
    expect(combinedState(['healthy', 'unknown'])).toBe('healthy');
    expect(combinedState(['healthy', 'unhealthy'])).toBe('degraded');
    expect(combinedState(['degraded', 'degraded'])).toBe('degraded');
    expect(combinedState(['unhealthy', 'unhealthy'])).toBe('unhealthy');
  });
});
