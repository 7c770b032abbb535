/**
 * The many small traders of one instrument, as one flow: orders and cancels that come in bursts, sizes and distances with
 * heavy tails (Bouchaud, Mézard and Potters, 2002), sides that follow one another, a few who know what it is worth.
 */
import type { Rng } from '#kit/rng.ts';
import { MarketState, OrderType, Side, TimeInForce } from '#trading/terms.ts';
import type { Arrivals } from './arrivals.ts';
import { INTRADAY_ACTIVITY_MAX } from './intraday.ts';
import { OrderPool } from './order-pool.ts';
import type { OpenOrder } from './order-pool.ts';
import type { DeskAccount } from './ports.ts';
import { opposite, powerLaw, signOf } from './traded-instrument.ts';
import type { TradedInstrument } from './traded-instrument.ts';
import type { Trader, TraderSetup } from './trader.ts';

/** Shares of what arrives. The rest are limit orders. */
const AGGRESSIVE_SHARE = 0.07;
const CANCEL_SHARE = 0.45;
/** Live orders at which as many are cancelled as entered. */
const LIVE_ORDERS_USUAL = 100;
const LIVE_ORDERS_MAX = 600;
/** Of aggressive orders: the informed ones, and those that follow the last one's side. */
const INFORMED_SHARE = 0.3;
const HERD_SHARE = 0.35;
/** Steps between value and middle from which the informed see a chance. */
const INFORMED_STEPS = 0.6;
/** Of limit orders: those entered inside the spread, where there is room. */
const IMPROVING_SHARE = 0.12;
/** Distance from the best price: SCALE × (X - 1) steps with P(X > x) = x^-TAIL, up to a share of the price. */
const DISTANCE_SCALE = 2;
const DISTANCE_TAIL = 1.3;
const DISTANCE_STEPS_MAX = 120;
const DISTANCE_SHARE_MAX = 0.02;
/** How far through its value an order may be priced, in steps. */
const MISPRICING_STEPS_MAX = 0.5;
/** Orders looked at before one is cancelled. */
const CANCEL_DRAWS = 8;
const SIZE_TAIL = 1.6;
/** Where auction orders are entered: standard deviation around the value, in steps. */
const AUCTION_STEPS = 5;
const AUCTION_MARKET_SHARE = 0.08;
const CLIENTS = 800;

export class NoiseCrowd implements Trader {
  dueMicros: number;
  private readonly setup: TraderSetup;
  private readonly owner: DeskAccount;
  private readonly traded: TradedInstrument;
  private readonly arrivals: Arrivals;
  private readonly ratePerSecond: (atMicros: number) => number;
  private readonly ratePerSecondMax: number;
  private readonly pool = new OrderPool();

  /**
   * @param meanPerSecond messages a second, averaged over the day
   * @param activityAt the day's curve at a moment, at most INTRADAY_ACTIVITY_MAX
   */
  constructor(
    setup: TraderSetup,
    owner: DeskAccount,
    traded: TradedInstrument,
    arrivals: Arrivals,
    meanPerSecond: number,
    activityAt: (atMicros: number) => number,
  ) {
    this.setup = setup;
    this.owner = owner;
    this.traded = traded;
    this.arrivals = arrivals;
    this.ratePerSecond = (atMicros) => meanPerSecond * activityAt(atMicros);
    this.ratePerSecondMax = meanPerSecond * INTRADAY_ACTIVITY_MAX;
    this.dueMicros = arrivals.next(this.ratePerSecond, this.ratePerSecondMax);
  }

  /** News: everyone wants to do something at once. */
  excite(arrivals: number): void {
    this.arrivals.excite(arrivals);
  }

  act(nowMicros: number): void {
    this.dueMicros = this.arrivals.next(this.ratePerSecond, this.ratePerSecondMax);
    const { traded } = this;
    if (!traded.isOpen) return;
    const { rng } = this.setup;
    const draw = rng.float();
    const cancelShare = (CANCEL_SHARE * this.pool.size) / LIVE_ORDERS_USUAL;
    if (draw < cancelShare || this.pool.size >= LIVE_ORDERS_MAX) this.cancelOne(rng);
    else if (!traded.isContinuous) this.enterForAuction(rng, nowMicros);
    else if (rng.float() < AGGRESSIVE_SHARE / (1 - CANCEL_SHARE)) this.take(rng, nowMicros);
    else this.rest(rng, nowMicros);
  }

  /** Of a few orders drawn at random, takes back the one that is most likely to be picked off. */
  private cancelOne(rng: Rng): void {
    const fairTicks = this.traded.fundamental.ticks;
    let worst = this.pool.pick(rng);
    for (let draw = 1; draw < CANCEL_DRAWS && worst !== undefined; draw++) {
      const other = this.pool.pick(rng);
      if (other !== undefined && edgeTicks(other, fairTicks) < Math.min(0, edgeTicks(worst, fairTicks))) worst = other;
    }
    if (worst !== undefined) this.setup.desk.cancel(worst);
  }

  /** Trades at once, at a price a few steps through the best one, or at any price. */
  private take(rng: Rng, nowMicros: number): void {
    const side = this.aggressorSide(rng);
    const reachSteps = Math.floor(powerLaw(rng, 2)) - 1;
    const isMarket = rng.float() < 0.25;
    this.enter(side, isMarket ? OrderType.market : OrderType.limit, TimeInForce.ioc, rng, nowMicros, {
      priceTicks: isMarket
        ? 0
        : this.traded.steps.move(this.traded.touchTicks(opposite(side)), signOf(side) * reachSteps),
    });
  }

  private aggressorSide(rng: Rng): Side {
    const { traded } = this;
    const chanceSteps = (traded.fundamental.ticks - traded.middleTicks) / traded.stepTicks;
    const draw = rng.float();
    if (draw < INFORMED_SHARE && Math.abs(chanceSteps) > INFORMED_STEPS) return chanceSteps > 0 ? Side.buy : Side.sell;
    if (draw < INFORMED_SHARE + HERD_SHARE) return traded.lastAggressor;
    return rng.float() < 0.5 ? Side.buy : Side.sell;
  }

  /** Enters an order that waits: inside the spread, at the best price, or some way behind it. */
  private rest(rng: Rng, nowMicros: number): void {
    const { traded } = this;
    const side = rng.float() < 0.5 ? Side.buy : Side.sell;
    const towards = signOf(side);
    const other = traded.touchTicks(opposite(side));
    // Nobody offers far below, or bids far above, what it is worth.
    const limit = traded.steps.nearest(traded.fundamental.ticks + towards * MISPRICING_STEPS_MAX * traded.stepTicks);
    const touch = traded.touchTicks(side);
    const best = (touch - limit) * towards > 0 ? limit : touch;
    const improved = traded.steps.move(best, towards);
    if (rng.float() < IMPROVING_SHARE / traded.traits.spreadSteps ** 2 && (other - improved) * towards > 0) {
      this.enter(side, OrderType.limit, TimeInForce.day, rng, nowMicros, { priceTicks: improved });
      return;
    }
    const most = Math.min(DISTANCE_STEPS_MAX, (best * DISTANCE_SHARE_MAX) / traded.stepTicks);
    const distance = Math.min(most, Math.floor(DISTANCE_SCALE * (powerLaw(rng, DISTANCE_TAIL) - 1)));
    this.enter(side, OrderType.limit, TimeInForce.day, rng, nowMicros, {
      priceTicks: traded.steps.move(best, -towards * distance),
    });
  }

  private enterForAuction(rng: Rng, nowMicros: number): void {
    const { traded } = this;
    const { state } = traded;
    const side = rng.float() < 0.5 ? Side.buy : Side.sell;
    if (rng.float() < AUCTION_MARKET_SHARE && state !== MarketState.volatilityAuction) {
      const timeInForce = state === MarketState.closingAuction ? TimeInForce.atClose : TimeInForce.atOpen;
      this.enter(side, OrderType.market, timeInForce, rng, nowMicros, { priceTicks: 0 });
      return;
    }
    const priceTicks = traded.steps.nearest(traded.fundamental.ticks + rng.normal(0, AUCTION_STEPS) * traded.stepTicks);
    this.enter(side, OrderType.limit, TimeInForce.day, rng, nowMicros, { priceTicks });
  }

  private enter(
    side: Side,
    type: OrderType,
    timeInForce: TimeInForce,
    rng: Rng,
    nowMicros: number,
    { priceTicks }: { priceTicks: number },
  ): void {
    this.setup.desk.place(
      this.owner,
      this.pool,
      {
        instrument: this.traded.instrument,
        side,
        type,
        timeInForce,
        quantity: this.traded.drawLots(rng, SIZE_TAIL),
        priceTicks,
        clientCode: 1 + rng.int(CLIENTS),
      },
      nowMicros,
    );
  }
}

/** What an order would gain if it traded now: negative once the value has moved through its price. */
function edgeTicks(order: OpenOrder, fairTicks: number): number {
  return (fairTicks - order.priceTicks) * signOf(order.side);
}
