/**
 * Two systematic traders of one instrument: one buys what has risen and sells what has fallen, the other waits at the
 * best price for what has gone too far to come back. Both keep their positions within bounds.
 */
import { OrderType, Side, TimeInForce } from '#trading/terms.ts';
import { OrderPool } from './order-pool.ts';
import type { DeskAccount } from './ports.ts';
import { opposite, signOf } from './traded-instrument.ts';
import type { TradedInstrument } from './traded-instrument.ts';
import { SECOND_MICROS, later } from './trader.ts';
import type { Trader, TraderSetup } from './trader.ts';

export type TrendStyle = 'momentum' | 'reversion';

const LOOK_SECONDS = 2.5;
/** Half-lives are these times ln 2. */
const FAST_SECONDS = 5;
const SLOW_SECONDS = 60;
/** Distance of the two averages, in steps, at which it acts. */
const SIGNAL_STEPS: Record<TrendStyle, number> = { momentum: 2.5, reversion: 3.5 };
/** Position, in typical orders, that it will not pass. */
const POSITION_ORDERS_MAX = 25;
/** A waiting order is taken back after this time. */
const PATIENCE_MICROS = 8 * SECOND_MICROS;

export class TrendTrader implements Trader {
  dueMicros: number;
  private readonly setup: TraderSetup;
  private readonly owner: DeskAccount;
  private readonly traded: TradedInstrument;
  private readonly style: TrendStyle;
  private readonly pool = new OrderPool();
  private fastTicks = 0;
  private slowTicks = 0;
  private lastLookMicros: number;

  constructor(setup: TraderSetup, owner: DeskAccount, traded: TradedInstrument, style: TrendStyle) {
    this.setup = setup;
    this.owner = owner;
    this.traded = traded;
    this.style = style;
    this.lastLookMicros = setup.startMicros;
    this.dueMicros = later(setup.startMicros, LOOK_SECONDS, setup.rng);
  }

  act(nowMicros: number): void {
    const { setup, traded } = this;
    this.dueMicros = later(nowMicros, LOOK_SECONDS / setup.pace, setup.rng);
    for (const order of this.pool.list()) {
      if (nowMicros - order.bornMicros > PATIENCE_MICROS) setup.desk.cancel(order);
    }
    if (!traded.isContinuous) {
      this.slowTicks = 0;
      return;
    }
    this.average(nowMicros);
    const gapSteps = (this.fastTicks - this.slowTicks) / traded.stepTicks;
    if (Math.abs(gapSteps) < SIGNAL_STEPS[this.style]) return;
    const withTrend: Side = gapSteps > 0 ? Side.buy : Side.sell;
    if (this.style === 'momentum') this.chase(withTrend, nowMicros);
    else if (this.pool.size === 0) this.waitAt(opposite(withTrend), nowMicros);
  }

  private average(nowMicros: number): void {
    const { middleTicks } = this.traded;
    const seconds = (nowMicros - this.lastLookMicros) / SECOND_MICROS;
    this.lastLookMicros = nowMicros;
    if (this.slowTicks === 0) {
      this.fastTicks = middleTicks;
      this.slowTicks = middleTicks;
      return;
    }
    this.fastTicks += (middleTicks - this.fastTicks) * (1 - Math.exp(-seconds / FAST_SECONDS));
    this.slowTicks += (middleTicks - this.slowTicks) * (1 - Math.exp(-seconds / SLOW_SECONDS));
  }

  private mayTrade(side: Side): boolean {
    const most = POSITION_ORDERS_MAX * this.traded.traits.typicalQuantity;
    return this.traded.position(this.owner.account) * signOf(side) < most;
  }

  private chase(side: Side, nowMicros: number): void {
    if (!this.mayTrade(side)) return;
    this.enter(side, TimeInForce.ioc, this.traded.touchTicks(opposite(side)), false, nowMicros);
  }

  private waitAt(side: Side, nowMicros: number): void {
    if (!this.mayTrade(side)) return;
    this.enter(side, TimeInForce.day, this.traded.touchTicks(side), true, nowMicros);
  }

  private enter(side: Side, timeInForce: TimeInForce, priceTicks: number, postOnly: boolean, nowMicros: number): void {
    const quantity = this.traded.lots(1 + this.setup.rng.float());
    const { instrument } = this.traded;
    this.setup.desk.place(
      this.owner,
      this.pool,
      { instrument, side, type: OrderType.limit, timeInForce, quantity, priceTicks, postOnly },
      nowMicros,
    );
  }
}
