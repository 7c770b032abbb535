/**
 * A market maker's own idea of a fair price and of how wide to quote: it follows the hidden value with a delay and a
 * little error, quotes wider when things move, and leans against its inventory.
 */
import type { Rng } from '#kit/rng.ts';
import { Side } from '#trading/terms.ts';
import type { TradedInstrument } from './traded-instrument.ts';

/** Share of the distance to the value that is made good at each look. */
const FOLLOW_SHARE = 0.8;
/** Standard deviation of the error, in steps, and how much of it stays until the next look. */
const ERROR_STEPS = 0.1;
const ERROR_MEMORY = 0.9;
/** Inventory, in typical orders, at which the maker leans as much as it is willing to. */
const INVENTORY_ORDERS = 300;
const LEAN_MAX = 1.2;
/** Prices stay while the fair one is within this many steps of their middle: rounding must not make them flicker. */
const STAY_STEPS = 0.8;
const SPREAD_STEPS_MAX = 25;
/** How often the width of the quote is thought over, in microseconds. */
const WIDTH_MICROS = 2_000_000;

/** Where a maker wants its best prices. */
export interface Touch {
  readonly bidTicks: number;
  readonly askTicks: number;
}

export class FairValue {
  private readonly rng: Rng;
  private readonly traded: TradedInstrument;
  private readonly account: number;
  private estimateTicks: number;
  private errorSteps = 0;
  private widthSteps = 1;
  private widthUntilMicros = 0;
  private touch: Touch = { bidTicks: 0, askTicks: 0 };

  constructor(rng: Rng, traded: TradedInstrument, account: number) {
    this.rng = rng;
    this.traded = traded;
    this.account = account;
    this.estimateTicks = traded.fundamental.ticks;
  }

  /** Inventory as a share of what the maker is comfortable with, between -1.2 and 1.2; positive is long. */
  get lean(): number {
    const comfortable = this.traded.traits.typicalQuantity * INVENTORY_ORDERS;
    return Math.max(-LEAN_MAX, Math.min(LEAN_MAX, this.traded.position(this.account) / comfortable));
  }

  /** Looks at the market and says where to quote. @param caution multiplies the width */
  look(nowMicros: number, caution: number): Touch {
    const { rng, traded } = this;
    const { steps, fundamental } = traded;
    this.estimateTicks += (fundamental.ticks - this.estimateTicks) * FOLLOW_SHARE;
    this.errorSteps = this.errorSteps * ERROR_MEMORY + rng.normal(0, ERROR_STEPS * Math.sqrt(1 - ERROR_MEMORY ** 2));
    if (nowMicros >= this.widthUntilMicros) {
      this.widthUntilMicros = nowMicros + WIDTH_MICROS;
      const wanted = traded.traits.spreadSteps * Math.max(0.8, fundamental.excitement ** 0.7);
      this.widthSteps = Math.max(1, Math.floor(wanted + rng.float()));
    }
    const width = Math.min(SPREAD_STEPS_MAX, Math.round(this.widthSteps * caution));
    const step = steps.stepAt(this.estimateTicks);
    const centre = this.estimateTicks + (this.errorSteps - this.lean * (0.3 * width + 0.2)) * step;
    const { bidTicks: bidBefore, askTicks: askBefore } = this.touch;
    const isNear = Math.abs(centre - (bidBefore + askBefore) / 2) < STAY_STEPS * step;
    if (isNear && askBefore - bidBefore === width * step) return this.touch;
    const bidTicks = steps.nearest(centre - (width / 2) * step);
    this.touch = { bidTicks, askTicks: steps.move(bidTicks, width) };
    return this.touch;
  }

  /** Lots to show on a side: `multiple` typical orders, fewer on the side that would add to the inventory. */
  lots(side: Side, multiple: number): number {
    const adds = side === Side.buy ? this.lean : -this.lean;
    return this.traded.lots(multiple * Math.max(0.25, 1 - Math.max(0, adds) * 0.5));
  }
}
