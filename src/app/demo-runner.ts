/**
 * Runs the demo in real time: lets the simulated traders and the market driver act when they are due, until it is
 * stopped. While paused the traders sleep and cost nothing; the markets still follow their calendars.
 */
import type { Clock } from '#kit/clock.ts';
import type { DemoMarket, DemoStatus } from './demo/demo-market.ts';
import type { MarketDriver } from './markets.ts';

/** How often traders act, in milliseconds; what is due in between acts at the next one, in order. */
const TRADER_STEP_MS = 10;
const DRIVER_STEP_MS = 200;

/** Calls `run` every `milliseconds` until the returned function is called. */
export type Repeater = (run: () => void, milliseconds: number) => () => void;

const repeatOnMachine: Repeater = (run, milliseconds) => {
  const timer = setInterval(run, milliseconds);
  return () => clearInterval(timer);
};

export class DemoRunner {
  private readonly market: DemoMarket;
  private readonly driver: MarketDriver;
  private readonly clock: Clock;
  private readonly repeat: Repeater;
  private stopTraders: (() => void) | undefined;
  private stopDriver: (() => void) | undefined;

  constructor(market: DemoMarket, driver: MarketDriver, clock: Clock, repeat: Repeater = repeatOnMachine) {
    this.market = market;
    this.driver = driver;
    this.clock = clock;
    this.repeat = repeat;
  }

  /** Begins to run markets and, unless paused, traders. */
  start(): void {
    this.stopDriver ??= this.repeat(() => this.driver.step(this.clock.nowMicros()), DRIVER_STEP_MS);
    if (this.market.status().state === 'running') this.startTraders();
  }

  /** Ends all activity; what rests in the books is left to cancel-on-disconnect. */
  stop(): void {
    this.stopTraders?.();
    this.stopDriver?.();
    this.stopTraders = undefined;
    this.stopDriver = undefined;
  }

  pause(): void {
    this.market.pause();
    this.stopTraders?.();
    this.stopTraders = undefined;
  }

  resume(): void {
    this.market.resume(this.clock.nowMicros());
    if (this.stopDriver !== undefined) this.startTraders();
  }

  /** Sets how fast the traders' time runs; 1 is real time. Returns the speed it took, which is within bounds. */
  setSpeed(wanted: number): number {
    return this.market.setSpeed(wanted);
  }

  status(): DemoStatus {
    return this.market.status();
  }

  private startTraders(): void {
    this.stopTraders ??= this.repeat(() => this.market.step(this.clock.nowMicros()), TRADER_STEP_MS);
  }
}
