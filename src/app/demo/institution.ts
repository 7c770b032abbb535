/**
 * An institution that now and then has a large order in one instrument and works it over minutes: evenly over time, as a
 * share of the volume, or as an iceberg. Its slices all go one way, which is why the sides of trades follow one another
 * for so long (Lillo, Mike and Farmer, 2005).
 */
import type { Rng } from '#kit/rng.ts';
import { OrderType, Side, TimeInForce } from '#trading/terms.ts';
import { OrderPool } from './order-pool.ts';
import type { OpenOrder } from './order-pool.ts';
import type { DeskAccount } from './ports.ts';
import { opposite, powerLaw, signOf } from './traded-instrument.ts';
import type { TradedInstrument } from './traded-instrument.ts';
import { SECOND_MICROS, later } from './trader.ts';
import type { Trader, TraderSetup } from './trader.ts';

const IDLE_SECONDS = 150;
const SLICE_SECONDS = 2.5;
const WORK_SECONDS_MIN = 40;
const WORK_SECONDS_MEAN = 200;
/** A parent order in typical orders: the least of a power law with exponent TAIL, and the most. */
const PARENT_ORDERS = 25;
const PARENT_TAIL = 1.5;
const PARENT_ORDERS_MAX = 250;
/** Of the market's volume. */
const PARTICIPATION = 0.12;
const ICEBERG_PARTS = 6;
/** An iceberg follows the market when it is further than this from the best price, in steps. */
const ICEBERG_SLACK_STEPS = 3;
/** Share of timed slices that take the price there is; the rest wait at the best price until the next slice. */
const IMPATIENT_SHARE = 0.4;
/** Chance that a parent order is on the side of the one before: funds rebalance over days. */
const SAME_SIDE_SHARE = 0.6;

type Algorithm = 'timed' | 'volume' | 'iceberg';
const ALGORITHMS: readonly Algorithm[] = ['timed', 'volume', 'iceberg'];

interface Parent {
  readonly algorithm: Algorithm;
  readonly side: Side;
  readonly endMicros: number;
  readonly startPosition: number;
  readonly startVolume: number;
  readonly quantity: number;
}

export class Institution implements Trader {
  dueMicros: number;
  private readonly setup: TraderSetup;
  private readonly owner: DeskAccount;
  private readonly traded: TradedInstrument;
  private readonly pool = new OrderPool();
  private parent: Parent | undefined;
  private iceberg: OpenOrder | undefined;
  private lastSide: Side = Side.buy;

  constructor(setup: TraderSetup, owner: DeskAccount, traded: TradedInstrument) {
    this.setup = setup;
    this.owner = owner;
    this.traded = traded;
    this.dueMicros = later(setup.startMicros, IDLE_SECONDS / 3, setup.rng);
  }

  act(nowMicros: number): void {
    const { setup, traded } = this;
    this.parent ??= this.begin(setup.rng, nowMicros);
    const { parent } = this;
    const done = (traded.position(this.owner.account) - parent.startPosition) * signOf(parent.side);
    const left = parent.quantity - done;
    if (left <= 0 || nowMicros >= parent.endMicros) {
      this.end(nowMicros);
      return;
    }
    this.dueMicros = later(nowMicros, SLICE_SECONDS / setup.pace, setup.rng);
    if (!traded.isContinuous) return;
    if (parent.algorithm === 'timed') this.sliceByTime(parent, left, nowMicros);
    else if (parent.algorithm === 'volume') this.sliceByVolume(parent, done, left, nowMicros);
    else this.workIceberg(parent, left, nowMicros);
  }

  private begin(rng: Rng, nowMicros: number): Parent {
    const side = rng.float() < SAME_SIDE_SHARE ? this.lastSide : opposite(this.lastSide);
    this.lastSide = side;
    const orders = Math.min(PARENT_ORDERS_MAX, PARENT_ORDERS * powerLaw(rng, PARENT_TAIL));
    const workSeconds = WORK_SECONDS_MIN + rng.exponential(WORK_SECONDS_MEAN);
    return {
      algorithm: ALGORITHMS[rng.int(ALGORITHMS.length)],
      side,
      endMicros: nowMicros + Math.round(workSeconds * SECOND_MICROS),
      startPosition: this.traded.position(this.owner.account),
      startVolume: this.traded.tradedQuantity,
      quantity: Math.round(orders * this.traded.traits.typicalQuantity),
    };
  }

  private end(nowMicros: number): void {
    const { setup } = this;
    for (const order of this.pool.list()) setup.desk.cancel(order);
    this.parent = undefined;
    this.iceberg = undefined;
    this.dueMicros = later(nowMicros, IDLE_SECONDS / setup.pace, setup.rng);
  }

  private sliceByTime(parent: Parent, left: number, nowMicros: number): void {
    const { setup, traded } = this;
    for (const order of this.pool.list()) setup.desk.cancel(order);
    const slicesLeft = Math.max(1, (parent.endMicros - nowMicros) / (SLICE_SECONDS * SECOND_MICROS));
    const quantity = traded.lots(Math.max(0.3, left / slicesLeft / traded.traits.typicalQuantity));
    if (setup.rng.float() < IMPATIENT_SHARE) this.take(parent.side, quantity, nowMicros);
    else this.wait(parent.side, quantity, nowMicros);
  }

  private sliceByVolume(parent: Parent, done: number, left: number, nowMicros: number): void {
    const { traded } = this;
    const due = (traded.tradedQuantity - parent.startVolume) * PARTICIPATION - done;
    if (due < traded.traits.typicalQuantity / 2) return;
    this.take(parent.side, traded.lots(Math.min(due, left) / traded.traits.typicalQuantity), nowMicros);
  }

  private workIceberg(parent: Parent, left: number, nowMicros: number): void {
    const { setup, traded } = this;
    const bestTicks = traded.touchTicks(parent.side);
    if (this.iceberg !== undefined && this.iceberg.leaves > 0) {
      const offSteps = Math.abs(bestTicks - this.iceberg.priceTicks) / traded.stepTicks;
      if (offSteps > ICEBERG_SLACK_STEPS) setup.desk.amendPrice(this.iceberg, bestTicks);
      return;
    }
    const quantity = traded.lots(left / traded.traits.typicalQuantity);
    const displayQuantity = Math.min(quantity, traded.lots(quantity / ICEBERG_PARTS / traded.traits.typicalQuantity));
    const { instrument } = traded;
    this.iceberg = setup.desk.place(
      this.owner,
      this.pool,
      {
        instrument,
        side: parent.side,
        type: OrderType.limit,
        timeInForce: TimeInForce.day,
        quantity,
        priceTicks: bestTicks,
        displayQuantity,
      },
      nowMicros,
    );
  }

  private take(side: Side, quantity: number, nowMicros: number): void {
    this.enter(side, TimeInForce.ioc, this.traded.touchTicks(opposite(side)), quantity, nowMicros);
  }

  private wait(side: Side, quantity: number, nowMicros: number): void {
    this.enter(side, TimeInForce.day, this.traded.touchTicks(side), quantity, nowMicros);
  }

  private enter(side: Side, timeInForce: TimeInForce, priceTicks: number, quantity: number, nowMicros: number): void {
    const { instrument } = this.traded;
    this.setup.desk.place(
      this.owner,
      this.pool,
      { instrument, side, type: OrderType.limit, timeInForce, quantity, priceTicks },
      nowMicros,
    );
  }
}
