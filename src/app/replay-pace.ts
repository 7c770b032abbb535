/**
 * When each step of a recording is due: recorded time at a chosen speed, with pauses. Speed 0 makes everything due at
 * once. Waits in short pieces, so that a change takes effect while it waits.
 */
import type { Clock } from '#kit/clock.ts';

const PIECE_MS_MAX = 50;
/** Timers are no finer than this: what is due within it is due now. */
const GRAIN_MICROS = 1000;

export type Pause = (milliseconds: number) => Promise<void>;

export class ReplayPace {
  private readonly clock: Clock;
  private readonly wait: Pause;
  private current: number;
  private isPaused: boolean;
  private isStopped = false;
  /** The moment of the recording that belongs to `anchorMicros` of the clock. */
  private anchorRecordedMicros: number | undefined;
  private anchorMicros = 0;

  /** @param speed how many times faster than recorded; 0 for no waiting */
  constructor(clock: Clock, speed: number, paused: boolean, wait: Pause = waitOnMachine) {
    this.clock = clock;
    this.current = speed;
    this.isPaused = paused;
    this.wait = wait;
  }

  get speed(): number {
    return this.current;
  }

  get paused(): boolean {
    return this.isPaused;
  }

  setSpeed(speed: number): void {
    this.anchorNow();
    this.current = speed;
  }

  pause(): void {
    this.anchorNow();
    this.isPaused = true;
  }

  resume(): void {
    this.anchorMicros = this.clock.nowMicros();
    this.isPaused = false;
  }

  stop(): void {
    this.isStopped = true;
  }

  /** Resolves when the moment of the recording has come: true, or false when it was stopped. */
  async reached(recordedMicros: number): Promise<boolean> {
    if (this.anchorRecordedMicros === undefined) {
      this.anchorRecordedMicros = recordedMicros;
      this.anchorMicros = this.clock.nowMicros();
    }
    for (;;) {
      if (this.isStopped) return false;
      const leftMicros = this.isPaused ? Number.POSITIVE_INFINITY : this.untilMicros(recordedMicros);
      if (leftMicros <= GRAIN_MICROS) return true;
      await this.wait(Math.min(PIECE_MS_MAX, Math.max(1, Math.floor(leftMicros / 1000))));
    }
  }

  private untilMicros(recordedMicros: number): number {
    if (this.current === 0) return 0;
    const recordedLeft = recordedMicros - (this.anchorRecordedMicros ?? recordedMicros);
    return recordedLeft / this.current - (this.clock.nowMicros() - this.anchorMicros);
  }

  /** Makes the present moment the one that a new speed or a pause counts from. */
  private anchorNow(): void {
    const nowMicros = this.clock.nowMicros();
    if (this.anchorRecordedMicros !== undefined && !this.isPaused) {
      this.anchorRecordedMicros += (nowMicros - this.anchorMicros) * this.current;
    }
    this.anchorMicros = nowMicros;
  }
}

async function waitOnMachine(milliseconds: number): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
