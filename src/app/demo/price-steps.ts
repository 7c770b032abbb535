/** Moves along the prices an instrument allows: its tick table as arithmetic. Never leaves its price range. */
import { invariant } from '#kit/invariant.ts';

/** First tick of a band and the step of prices from it on, in ticks. */
export type PriceBand = readonly [fromTick: number, stepTicks: number];

export class PriceSteps {
  private readonly bands: readonly PriceBand[];
  private readonly minTicks: number;
  private readonly maxTicks: number;

  /** @param bands begin at 0 and rise; none means that every tick is a price */
  constructor(bands: readonly PriceBand[], minTicks: number, maxTicks: number) {
    this.bands = bands.length === 0 ? [[0, 1]] : bands;
    invariant(this.bands[0][0] === 0, 'price-steps.first-band', this.bands[0][0]);
    this.minTicks = minTicks;
    this.maxTicks = maxTicks;
  }

  /** The step of prices at `ticks`. */
  stepAt(ticks: number): number {
    let band = this.bands.length - 1;
    while (band > 0 && this.bands[band][0] > ticks) band--;
    return this.bands[band][1];
  }

  /** The allowed price at or next below `ticks`, which may be a fraction. */
  down(ticks: number): number {
    const step = this.stepAt(ticks);
    return this.within(Math.floor(ticks / step) * step, step);
  }

  /** The allowed price nearest to `ticks`, which may be a fraction. */
  nearest(ticks: number): number {
    const step = this.stepAt(ticks);
    return this.within(Math.round(ticks / step) * step, step);
  }

  /** The allowed price `steps` steps (negative: down) from the allowed price `ticks`, in the step that holds there. */
  move(ticks: number, steps: number): number {
    const step = this.stepAt(ticks);
    return this.down(ticks + steps * step);
  }

  private within(ticks: number, step: number): number {
    if (ticks < this.minTicks) return Math.ceil(this.minTicks / step) * step;
    return ticks > this.maxTicks ? Math.floor(this.maxTicks / step) * step : ticks;
  }
}
