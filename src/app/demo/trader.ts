/** What the simulation's loop needs to know of a simulated trader, and what every trader is given. Only types. */
import type { Rng } from '#kit/rng.ts';
import type { OrderDesk } from './order-desk.ts';

/** Someone who acts now and then. */
export interface Trader {
  /** When it wants to act next, in microseconds of the simulation's time. */
  dueMicros: number;
  /** Acts, and sets `dueMicros` to a later moment. */
  act(nowMicros: number): void;
}

/** What every simulated trader has. */
export interface TraderSetup {
  readonly rng: Rng;
  readonly desk: OrderDesk;
  readonly startMicros: number;
  /** Multiplies how often it acts; 1 is the usual pace. */
  readonly pace: number;
}

export const SECOND_MICROS = 1_000_000;

/** A moment after `nowMicros`, on average `meanSeconds` later (memoryless). */
export function later(nowMicros: number, meanSeconds: number, rng: Rng): number {
  return nowMicros + 1 + Math.round(rng.exponential(meanSeconds * SECOND_MICROS));
}
