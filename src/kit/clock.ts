/**
 * Where time enters the platform: integer microseconds of UTC from a monotonic clock, and nanosecond stamps.
 * Never runs back, and never follows a step of the wall clock: how far the two differ can be read instead.
 */
import { invariant } from './invariant.ts';

export interface Clock {
  /** Microseconds since the epoch, an integer that never decreases. */
  nowMicros(): number;
  /** Nanoseconds since an arbitrary moment, for durations only. */
  monotonicNanos(): number;
}

/** A clock whose two sources are the machine's. */
export interface SystemClock extends Clock {
  /** Wall clock minus this clock, in microseconds; the wall clock's own resolution is a millisecond. */
  wallDriftMicros(): number;
}

/** What a system clock reads; replaced in tests. */
export interface TimeSources {
  readonly monotonicMillis: () => number;
  readonly wallMillis: () => number;
}

const MACHINE_TIME: TimeSources = {
  monotonicMillis: () => performance.now(),
  wallMillis: () => Date.now(),
};

/** How long anchoring may watch for the wall clock's next millisecond. */
const ANCHOR_WATCH_MS_MAX = 5;

/**
 * Creates a clock anchored to UTC at the moment of the call, to a few microseconds:
 * it watches the wall clock until the millisecond changes (at most 5 ms).
 */
export function createSystemClock(sources: TimeSources = MACHINE_TIME): SystemClock {
  const { monotonicMillis, wallMillis } = sources;
  const anchorMillis = anchorToWall(sources);
  const nowMicros = (): number => Math.floor((anchorMillis + monotonicMillis()) * 1000);
  return {
    nowMicros,
    monotonicNanos: () => Math.round(monotonicMillis() * 1e6),
    wallDriftMicros: () => wallMillis() * 1000 - nowMicros(),
  };
}

/** Finds what to add to the monotonic clock to get UTC, in milliseconds. */
function anchorToWall({ monotonicMillis, wallMillis }: TimeSources): number {
  const started = monotonicMillis();
  const startedWall = wallMillis();
  for (;;) {
    const wall = wallMillis();
    const monotonic = monotonicMillis();
    if (wall !== startedWall || monotonic - started >= ANCHOR_WATCH_MS_MAX) return wall - monotonic;
  }
}

/** A clock that a test or a simulation moves by hand. */
export interface ManualClock extends Clock {
  /** Moves time on by `micros` (an integer of zero or more). */
  advance(micros: number): void;
}

/** Creates a clock that stands at `startMicros` until it is advanced. */
export function createManualClock(startMicros: number): ManualClock {
  invariant(Number.isSafeInteger(startMicros), 'clock.start', startMicros);
  let current = startMicros;
  return {
    nowMicros: () => current,
    monotonicNanos: () => (current - startMicros) * 1000,
    advance(micros) {
      invariant(Number.isSafeInteger(micros) && micros >= 0, 'clock.advance', micros);
      current += micros;
    },
  };
}
