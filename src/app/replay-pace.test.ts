/** The pace of a recording, on a clock that the test moves. */
import { describe, expect, it } from 'vitest';
import { createManualClock } from '#kit/clock.ts';
import { ReplayPace } from './replay-pace.ts';

const SECOND = 1_000_000;

/** A pace whose waiting moves the clock, and tells how long it waited. */
function paced(speed: number, paused = false) {
  const clock = createManualClock(50 * SECOND);
  const waits: number[] = [];
  const during: (() => void)[] = [];
  const pace = new ReplayPace(clock, speed, paused, async (milliseconds) => {
    waits.push(milliseconds);
    clock.advance(milliseconds * 1000);
    during.shift()?.();
  });
  const waitedMs = (): number => waits.splice(0).reduce((sum, wait) => sum + wait, 0);
  return { pace, waitedMs, during };
}

describe('the pace of a recording', () => {
  it('begins at once and then keeps the recorded distances', async () => {
    const { pace, waitedMs } = paced(1);
    expect(await pace.reached(1000 * SECOND)).toBe(true);
    expect(waitedMs()).toBe(0);
    await pace.reached(1002 * SECOND);
    expect(waitedMs()).toBe(2000);
    await pace.reached(1002 * SECOND + 500);
    expect(waitedMs()).toBeLessThanOrEqual(1);
  });

  it('divides the distances by the speed, and has none at speed 0', async () => {
    const fast = paced(4);
    await fast.pace.reached(0);
    await fast.pace.reached(2 * SECOND);
    expect(fast.waitedMs()).toBe(500);
    const free = paced(0);
    await free.pace.reached(0);
    await free.pace.reached(1e6 * SECOND);
    expect(free.waitedMs()).toBe(0);
  });

  it('takes a new speed while it waits, from that moment on', async () => {
    const { pace, waitedMs, during } = paced(1);
    await pace.reached(0);
    during.push(() => pace.setSpeed(10));
    await pace.reached(10 * SECOND);
    // 50 ms at speed 1 leave 9.95 s, which take 995 ms.
    expect(waitedMs()).toBeGreaterThanOrEqual(50 + 990);
  });

  it('stands still while paused and goes on from there', async () => {
    const { pace, waitedMs, during } = paced(1);
    await pace.reached(0);
    during.push(
      () => pace.pause(),
      ...Array.from({ length: 9 }, () => () => undefined),
      () => pace.resume(),
    );
    await pace.reached(SECOND);
    expect(waitedMs()).toBe(1000 + 500);
  });

  it('says that it was stopped, paused or not', async () => {
    const { pace, during } = paced(1, true);
    during.push(() => pace.stop());
    expect(await pace.reached(0)).toBe(false);
    expect(await pace.reached(0)).toBe(false);
  });
});
