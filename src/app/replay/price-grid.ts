/** Maps the prices of one recorded instrument to the engine's ticks and back, exactly. */
import { CodedError } from '#kit/errors.ts';
import { replayErrors } from './errors.ts';
import type { InstrumentPlan } from './plan.ts';

const TICKS_MAX = 2 ** 31 - 1;

export class PriceGrid {
  /** A tick in display units is tickMantissa × 10^tickExponent. */
  readonly tickMantissa: number;
  readonly tickExponent: number;
  /** Added to a price in whole ticks: 0, unless the instrument traded at zero or below. */
  readonly shiftTicks: number;
  private readonly tickUnits: number;

  /** `priceExponent` is the recording's. Throws REPLAY_PRICE_GRID when its prices do not fit 32-bit ticks. */
  constructor(plan: InstrumentPlan, priceExponent: number) {
    this.tickUnits = plan.tickUnits;
    this.shiftTicks = plan.ticksShift;
    let mantissa = plan.tickUnits;
    let exponent = priceExponent;
    for (; mantissa % 10 === 0; mantissa /= 10) exponent++;
    this.tickMantissa = mantissa;
    this.tickExponent = exponent;
    const highest = plan.priceMax === Number.NEGATIVE_INFINITY ? 1 : this.toTicks(plan.priceMax);
    if (highest > TICKS_MAX || mantissa > TICKS_MAX) {
      throw new CodedError(replayErrors.REPLAY_PRICE_GRID, `instrument ${plan.instrument}`);
    }
  }

  /** A recorded price in ticks, 1 or more; a price off the grid, which no order can have, gives a fraction. */
  toTicks(price: number): number {
    return price / this.tickUnits + this.shiftTicks;
  }

  toPrice(ticks: number): number {
    return (ticks - this.shiftTicks) * this.tickUnits;
  }
}
