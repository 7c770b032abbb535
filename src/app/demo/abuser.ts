/**
 * A simulated abuser, so that a visitor sees surveillance at work: now and then it spoofs, layers or trades with itself, in
 * small size and by the book. Its firm's name says what it is. It must never act often: the rest of the market is honest.
 */
import { OrderType, Side, TimeInForce } from '#trading/terms.ts';
import { OrderPool, type OpenOrder } from './order-pool.ts';
import type { DeskAccount } from './ports.ts';
import { opposite, signOf } from './traded-instrument.ts';
import type { TradedInstrument } from './traded-instrument.ts';
import { SECOND_MICROS, later } from './trader.ts';
import type { Trader, TraderSetup } from './trader.ts';

/** Mean pause between two abuses, of all its instruments together. */
const PAUSE_SECONDS = 25;
const FIRST_SECONDS = 8;
const SHOWN_ORDERS = 14;
const LAYERS = 5;
const LAYER_ORDERS = 4;
const WASH_TRADES = 3;
/** Patience for a passive execution before it takes what is there. */
const PATIENCE_MICROS = 2 * SECOND_MICROS;

/** Something to do, and how long to wait after it. */
type Step = (nowMicros: number) => number;

export class Abuser implements Trader {
  dueMicros: number;
  private readonly setup: TraderSetup;
  private readonly owner: DeskAccount;
  private readonly instruments: readonly TradedInstrument[];
  private readonly pool = new OrderPool();
  private steps: Step[] = [];

  constructor(setup: TraderSetup, owner: DeskAccount, instruments: readonly TradedInstrument[]) {
    this.setup = setup;
    this.owner = owner;
    this.instruments = instruments;
    this.dueMicros = later(setup.startMicros, FIRST_SECONDS, setup.rng);
  }

  act(nowMicros: number): void {
    const step = this.steps.shift() ?? this.begin();
    const waitMicros = step?.(nowMicros) ?? 0;
    if (waitMicros > 0) this.dueMicros = nowMicros + waitMicros;
    else {
      for (const order of this.pool.list()) this.setup.desk.cancel(order);
      this.steps = [];
      this.dueMicros = later(nowMicros, PAUSE_SECONDS / this.setup.pace, this.setup.rng);
    }
  }

  private begin(): Step | undefined {
    const { rng } = this.setup;
    const open = this.instruments.filter((traded) => traded.isContinuous);
    if (open.length === 0) return undefined;
    const traded = open[rng.int(open.length)];
    const kind = rng.int(3);
    this.steps = kind === 2 ? this.washTrades(traded) : this.deception(traded, kind === 0 ? 1 : LAYERS);
    return this.steps.shift();
  }

  /** Shows much on one side, trades little on the other, and takes back what it showed. */
  private deception(traded: TradedInstrument, layers: number): Step[] {
    const { rng, desk } = this.setup;
    const fake = rng.int(2) as Side;
    const genuine = opposite(fake);
    const shown: (OpenOrder | undefined)[] = [];
    const show = (layer: number): Step => {
      return (nowMicros) => {
        const away = (3 + layer) * traded.stepTicks * signOf(fake);
        const size = traded.lots(layers === 1 ? SHOWN_ORDERS : LAYER_ORDERS);
        shown.push(this.place(traded, fake, traded.touchTicks(fake) - away, size, TimeInForce.day, nowMicros));
        return 150_000;
      };
    };
    return [
      ...Array.from({ length: layers }, (_, layer) => show(layer)),
      (nowMicros) => {
        this.place(traded, genuine, traded.touchTicks(genuine), traded.lots(1), TimeInForce.day, nowMicros);
        return PATIENCE_MICROS;
      },
      (nowMicros) => {
        this.place(traded, genuine, traded.touchTicks(fake), traded.lots(1), TimeInForce.ioc, nowMicros);
        return 300_000;
      },
      () => {
        for (const order of shown) if (order !== undefined && order.leaves > 0) desk.cancel(order);
        return 0;
      },
    ];
  }

  /** Sells to itself between bid and ask, where there is room. */
  private washTrades(traded: TradedInstrument): Step[] {
    const size = traded.lots(2);
    const steps: Step[] = [];
    for (let trade = 0; trade < WASH_TRADES; trade++) {
      let priceTicks = 0;
      steps.push(
        (nowMicros) => {
          priceTicks = traded.steps.nearest(traded.middleTicks);
          this.place(traded, Side.sell, priceTicks, size, TimeInForce.day, nowMicros);
          return 120_000;
        },
        (nowMicros) => {
          this.place(traded, Side.buy, priceTicks, size, TimeInForce.ioc, nowMicros);
          return trade === WASH_TRADES - 1 ? 0 : 1_500_000;
        },
      );
    }
    return steps;
  }

  private place(
    traded: TradedInstrument,
    side: Side,
    priceTicks: number,
    quantity: number,
    timeInForce: TimeInForce,
    nowMicros: number,
  ): OpenOrder | undefined {
    const { instrument } = traded;
    const request = { instrument, side, type: OrderType.limit, timeInForce, quantity, priceTicks };
    return this.setup.desk.place(this.owner, this.pool, request, nowMicros);
  }
}
