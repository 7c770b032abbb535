import { describe, expect, it } from 'vitest';
import { ATTEMPTS_MAX, patient, PAUSE_MS } from './patient.ts';

function failing(times: number) {
  let calls = 0;
  return {
    load: async () => {
      calls += 1;
      if (calls <= times) throw new Error(`attempt ${calls}`);
      return 'piece';
    },
    calls: () => calls,
  };
}

describe('a piece of the page that does not come', () => {
  it('is asked for again until it comes', async () => {
    const pauses: number[] = [];
    const source = failing(3);
    const piece = await patient(source.load, async (millis) => {
      pauses.push(millis);
    });
    expect(piece).toBe('piece');
    expect(pauses).toEqual([PAUSE_MS, PAUSE_MS, PAUSE_MS]);
  });

  it('is given up after the last attempt, with its own problem', async () => {
    const source = failing(Infinity);
    await expect(patient(source.load, async () => undefined)).rejects.toThrow(`attempt ${ATTEMPTS_MAX}`);
    expect(source.calls()).toBe(ATTEMPTS_MAX);
  });
});
