/**
 * A market maker that keeps a ladder of limit orders on both sides of one instrument and moves them with amends.
 * Its deeper rungs are the larger ones, which gives the book its belly a few steps away from the best price.
 */
import { OrderType, Side, TimeInForce } from '#trading/terms.ts';
import { FairValue } from './fair-value.ts';
import { OrderPool } from './order-pool.ts';
import type { OpenOrder } from './order-pool.ts';
import type { DeskAccount } from './ports.ts';
import { signOf } from './traded-instrument.ts';
import type { TradedInstrument } from './traded-instrument.ts';
import { later } from './trader.ts';
import type { Trader, TraderSetup } from './trader.ts';

/** How often it looks, in seconds. */
const LOOK_SECONDS = 0.2;
/** Orders entered or moved at one look. */
const MOVES_MAX = 4;
const AUCTION_CAUTION = 4;

/** Distance from its best price in steps, size in typical orders, and how far off it may be before it is moved. */
const RUNGS = [
  { steps: 0, size: 1.5, slack: 0 },
  { steps: 1, size: 2.5, slack: 1 },
  { steps: 2, size: 4, slack: 1 },
  { steps: 4, size: 5, slack: 2 },
  { steps: 7, size: 4, slack: 3 },
  { steps: 12, size: 3, slack: 5 },
] as const;

export class LadderMaker implements Trader {
  dueMicros: number;
  private readonly setup: TraderSetup;
  private readonly owner: DeskAccount;
  private readonly traded: TradedInstrument;
  private readonly fair: FairValue;
  private readonly pool = new OrderPool();
  private readonly rungs: Record<Side, (OpenOrder | undefined)[]> = { [Side.buy]: [], [Side.sell]: [] };

  constructor(setup: TraderSetup, owner: DeskAccount, traded: TradedInstrument) {
    this.setup = setup;
    this.owner = owner;
    this.traded = traded;
    this.fair = new FairValue(setup.rng.fork(), traded, owner.account);
    this.dueMicros = later(setup.startMicros, LOOK_SECONDS, setup.rng);
  }

  act(nowMicros: number): void {
    const { setup, traded } = this;
    this.dueMicros = later(nowMicros, LOOK_SECONDS / setup.pace, setup.rng);
    if (!traded.isOpen) return;
    const touch = this.fair.look(nowMicros, traded.isContinuous ? 1 : AUCTION_CAUTION);
    const first = setup.rng.float() < 0.5 ? Side.buy : Side.sell;
    let moves = 0;
    // The side that comes first alternates at random, so that neither is always the late one.
    for (const side of [first, (first ^ 1) as Side]) {
      const bestTicks = side === Side.buy ? touch.bidTicks : touch.askTicks;
      for (let rung = 0; rung < RUNGS.length && moves < MOVES_MAX; rung++) {
        if (this.tend(side, rung, bestTicks, nowMicros)) moves++;
      }
    }
  }

  /** Enters or moves one order where that is needed. */
  private tend(side: Side, rung: number, bestTicks: number, nowMicros: number): boolean {
    const { setup, traded, owner } = this;
    const { steps, size, slack } = RUNGS[rung];
    const wantedTicks = traded.steps.move(bestTicks, -signOf(side) * steps);
    const order = this.rungs[side][rung];
    if (order === undefined || order.leaves === 0) {
      this.rungs[side][rung] = setup.desk.place(
        owner,
        this.pool,
        {
          instrument: traded.instrument,
          side,
          type: OrderType.limit,
          timeInForce: TimeInForce.day,
          quantity: this.fair.lots(side, size * (0.7 + 0.6 * setup.rng.float())),
          priceTicks: wantedTicks,
        },
        nowMicros,
      );
      return true;
    }
    const offSteps = Math.abs(order.priceTicks - wantedTicks) / traded.steps.stepAt(wantedTicks);
    if (!order.answered || offSteps <= slack) return false;
    setup.desk.amendPrice(order, wantedTicks);
    return true;
  }
}
