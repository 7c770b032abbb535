/**
 * One instrument as the simulated traders see it: its prices and steps, what it is worth to them, how much traded.
 * Holds no orders and sends none.
 */
import type { Rng } from '#kit/rng.ts';
import { MarketState, Side } from '#trading/terms.ts';
import type { DemoTraits, ReferenceInstrument } from '../reference-instruments.ts';
import type { Fundamental } from './fundamental.ts';
import type { MarketView } from './ports.ts';
import type { PriceSteps } from './price-steps.ts';

/** Largest order as a multiple of the typical one. */
const SIZE_MULTIPLE_MAX = 20;

export class TradedInstrument {
  readonly instrument: number;
  readonly currency: string;
  readonly traits: DemoTraits;
  readonly steps: PriceSteps;
  readonly fundamental: Fundamental;
  /** Lots traded since the simulation began. */
  tradedQuantity = 0;
  /** Side of the last order that removed liquidity. */
  lastAggressor: Side = Side.buy;
  private readonly view: MarketView;
  private readonly lotSize: number;

  constructor(
    reference: ReferenceInstrument,
    traits: DemoTraits,
    steps: PriceSteps,
    fundamental: Fundamental,
    view: MarketView,
  ) {
    this.instrument = reference.instrument;
    this.currency = reference.currency;
    this.lotSize = reference.lotSize;
    this.traits = traits;
    this.steps = steps;
    this.fundamental = fundamental;
    this.view = view;
  }

  get state(): MarketState {
    return this.view.state(this.instrument);
  }

  /** Orders may be entered, to trade now or at the end of an auction. */
  get isOpen(): boolean {
    const { state } = this;
    return state !== MarketState.closed && state !== MarketState.halt;
  }

  get isContinuous(): boolean {
    return this.state === MarketState.continuous;
  }

  /** Best price of a side in ticks, 0 for none. */
  bestTicks(side: Side): number {
    return side === Side.buy ? this.view.bestBidTicks(this.instrument) : this.view.bestAskTicks(this.instrument);
  }

  /** Best price of a side, or where it would be if somebody quoted around the value. */
  touchTicks(side: Side): number {
    const best = this.bestTicks(side);
    if (best !== 0) return best;
    const fair = this.steps.nearest(this.fundamental.ticks);
    return this.steps.move(fair, side === Side.buy ? -1 : 1);
  }

  /** Middle of best bid and ask in ticks, a fraction; the value where a side is missing. */
  get middleTicks(): number {
    const bid = this.bestTicks(Side.buy);
    const ask = this.bestTicks(Side.sell);
    return bid === 0 || ask === 0 ? this.fundamental.ticks : (bid + ask) / 2;
  }

  /** The step of prices around here, in ticks. */
  get stepTicks(): number {
    return this.steps.stepAt(this.fundamental.ticks);
  }

  position(account: number): number {
    return this.view.netPosition(account, this.instrument);
  }

  /** A tradable number of lots near `multiple` typical orders; never 0. */
  lots(multiple: number): number {
    const wanted = this.traits.typicalQuantity * Math.min(multiple, SIZE_MULTIPLE_MAX);
    return Math.max(1, Math.round(wanted / this.lotSize)) * this.lotSize;
  }

  /** An order size with a heavy tail: sizes follow a power law with exponent `tail` above half the typical one. */
  drawLots(rng: Rng, tail: number): number {
    return this.lots(0.5 * powerLaw(rng, tail));
  }
}

/** A number of 1 or more with P(X > x) = x^-tail. */
export function powerLaw(rng: Rng, tail: number): number {
  return (1 - rng.float()) ** (-1 / tail);
}

/** The multiple `sign` of a side: 1 for buys, -1 for sells. */
export function signOf(side: Side): number {
  return side === Side.buy ? 1 : -1;
}

export function opposite(side: Side): Side {
  return side === Side.buy ? Side.sell : Side.buy;
}
