/** A session's order rate as a bucket of tokens that refills evenly and holds one second's worth. Never sleeps. */
import { invariant } from '#kit/invariant.ts';

export class Throttle {
  /** Orders a second; 0 for no limit. */
  readonly perSecond: number;
  private tokens: number;
  private filledAtNanos: number;

  constructor(perSecond: number, nowNanos: number) {
    invariant(Number.isInteger(perSecond) && perSecond >= 0, 'throttle.rate', perSecond);
    this.perSecond = perSecond;
    this.tokens = perSecond;
    this.filledAtNanos = nowNanos;
  }

  /** Takes one token. Returns false when there is none. */
  take(nowNanos: number): boolean {
    if (this.perSecond === 0) return true;
    const elapsedNanos = nowNanos - this.filledAtNanos;
    if (elapsedNanos > 0) {
      this.tokens = Math.min(this.perSecond, this.tokens + (elapsedNanos * this.perSecond) / 1e9);
      this.filledAtNanos = nowNanos;
    }
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }

  /** Microseconds until the next token, as of the last `take`. */
  waitMicros(): number {
    return this.perSecond === 0 || this.tokens >= 1 ? 0 : Math.ceil(((1 - this.tokens) * 1e6) / this.perSecond);
  }
}
