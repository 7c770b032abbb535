/**
 * A trader who uses everything else the market offers, so that a visitor finds each kind of order alive: stops, pegs,
 * minimum quantities, fill-or-kill, linked orders and brackets. Few of each, and each taken back after a while.
 */
import { Execution, ExecType, OrderStatus } from '#trading/events.ts';
import { OrderType, Side, TermFlag, TimeInForce } from '#trading/terms.ts';
import type { OrderRequest } from './order-desk.ts';
import { OrderPool } from './order-pool.ts';
import type { DeskAccount } from './ports.ts';
import { opposite, powerLaw, signOf } from './traded-instrument.ts';
import type { TradedInstrument } from './traded-instrument.ts';
import { SECOND_MICROS, later } from './trader.ts';
import type { Trader, TraderSetup } from './trader.ts';

const LOOK_SECONDS = 4;
const ORDERS_MAX = 16;
const EXITS_MAX = 32;
const PATIENCE_MICROS = 75 * SECOND_MICROS;
/** Distance of stops and exits from the market in steps: at least this, with a tail. */
const STOP_STEPS = 5;
const STOP_STEPS_MAX = 60;

/** An exit of a bracket, known by its OrderID. */
interface BracketExit {
  readonly slot: number;
  readonly generation: number;
  readonly bornMicros: number;
}

export class SpecialOrders implements Trader {
  dueMicros: number;
  private readonly setup: TraderSetup;
  private readonly owner: DeskAccount;
  private readonly traded: TradedInstrument;
  private readonly pool = new OrderPool();
  private readonly exits: BracketExit[] = [];
  private lastActMicros: number;

  constructor(setup: TraderSetup, owner: DeskAccount, traded: TradedInstrument) {
    this.setup = setup;
    this.owner = owner;
    this.traded = traded;
    this.lastActMicros = setup.startMicros;
    this.dueMicros = later(setup.startMicros, LOOK_SECONDS, setup.rng);
    setup.desk.onUnnamedExecution(owner.account, (words, at) => this.noteExit(words, at));
  }

  act(nowMicros: number): void {
    const { setup, traded } = this;
    this.dueMicros = later(nowMicros, LOOK_SECONDS / setup.pace, setup.rng);
    this.lastActMicros = nowMicros;
    this.takeBack(nowMicros);
    if (!traded.isContinuous || this.pool.size >= ORDERS_MAX) return;
    const side = setup.rng.float() < 0.5 ? Side.buy : Side.sell;
    for (const request of this.requests(side)) setup.desk.place(this.owner, this.pool, request, nowMicros);
  }

  private takeBack(nowMicros: number): void {
    const { desk } = this.setup;
    for (const order of this.pool.list()) {
      if (nowMicros - order.bornMicros > PATIENCE_MICROS) desk.cancel(order);
    }
    while (this.exits.length > 0 && nowMicros - this.exits[0].bornMicros > PATIENCE_MICROS) {
      const exit = this.exits.shift();
      if (exit !== undefined) desk.cancelById(this.owner, this.traded.instrument, exit.slot, exit.generation);
    }
  }

  private noteExit(words: Int32Array, at: number): void {
    if (words[at + Execution.instrument] !== this.traded.instrument) return;
    if ((words[at + Execution.terms] & TermFlag.bracketExit) === 0) return;
    const slot = words[at + Execution.orderSlot];
    const generation = words[at + Execution.orderGeneration];
    if (words[at + Execution.execType] === ExecType.new && this.exits.length < EXITS_MAX) {
      this.exits.push({ slot, generation, bornMicros: this.lastActMicros });
      return;
    }
    const status = words[at + Execution.status] & 0xff;
    if (status === OrderStatus.new || status === OrderStatus.partiallyFilled || status === OrderStatus.pendingNew)
      return;
    const known = this.exits.findIndex((exit) => exit.slot === slot && exit.generation === generation);
    if (known !== -1) this.exits.splice(known, 1);
  }

  /** One or two orders of a kind drawn at random. */
  private requests(side: Side): OrderRequest[] {
    const { traded } = this;
    const { rng } = this.setup;
    const { steps, instrument } = traded;
    const towards = signOf(side);
    const near = traded.touchTicks(side);
    const far = traded.touchTicks(opposite(side));
    const distance = Math.min(STOP_STEPS_MAX, Math.floor(STOP_STEPS * powerLaw(rng, 2)));
    const base = {
      instrument,
      side,
      timeInForce: TimeInForce.day,
      quantity: traded.lots(1 + rng.float()),
      priceTicks: 0,
    };
    const limit = { ...base, type: OrderType.limit };
    switch (rng.int(8)) {
      case 0:
        return [{ ...base, type: OrderType.stop, stopTicks: steps.move(far, towards * distance) }];
      case 1: {
        const stopTicks = steps.move(far, towards * distance);
        return [{ ...base, type: OrderType.stopLimit, stopTicks, priceTicks: steps.move(stopTicks, towards * 3) }];
      }
      case 2:
        return [{ ...base, type: OrderType.pegPrimary, pegOffsetTicks: rng.int(2) * traded.stepTicks }];
      case 3:
        return [{ ...base, type: OrderType.pegMid, pegOffsetTicks: 0 }];
      case 4:
        return [{ ...limit, timeInForce: TimeInForce.fok, priceTicks: far }];
      case 5: {
        const quantity = traded.lots(4);
        return [{ ...limit, timeInForce: TimeInForce.ioc, quantity, minimumQuantity: traded.lots(2), priceTicks: far }];
      }
      case 6: {
        const linkId = this.setup.desk.nextLinkId();
        const sell = {
          ...limit,
          side: Side.sell,
          linkId,
          priceTicks: steps.move(traded.touchTicks(Side.sell), distance),
        };
        return [
          { ...limit, side: Side.buy, linkId, priceTicks: steps.move(traded.touchTicks(Side.buy), -distance) },
          sell,
        ];
      }
      default:
        return [
          {
            ...limit,
            priceTicks: near,
            takeProfitTicks: steps.move(near, towards * distance),
            stopLossTicks: steps.move(near, -towards * distance),
          },
        ];
    }
  }
}
