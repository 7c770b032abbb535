/**
 * What the gateway reads from the engine between two commands: whose an account or an order is, and the state of
 * orders as the protocol tells it. Changes nothing.
 */
import { Account, ACCOUNT_SHIFT } from '#trading/accounts.ts';
import { Code } from '#trading/codes.ts';
import { DAY_SHIFT, DayOrder } from '#trading/day-orders.ts';
import { EXECUTION_WORDS, EventKind, Execution, OrderStatus } from '#trading/events.ts';
import { ORDER_SHIFT, Order, Place } from '#trading/order-store.ts';
import { restingStatus } from '#trading/output.ts';
import type { Engine } from '#trading/engine.ts';
import { invariant } from '#kit/invariant.ts';
import type { State } from '#trading/state.ts';
import { ORDER_STATUS_EXEC_TYPE } from '#wire/order-entry/messages.ts';
import type { NodeReads } from './requests.ts';

const HEAD = EventKind.execution | (EXECUTION_WORDS << 16);

export class EngineReads implements NodeReads {
  private readonly engine: Engine;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  private get state(): State {
    const { view } = this.engine;
    invariant(view !== undefined, 'engine-reads.no-genesis');
    return view;
  }

  get sessionCapacity(): number {
    return this.state.sessionOrders.length;
  }

  participantOf(account: number): number {
    const { accounts } = this.state;
    return accounts.exists(account) ? accounts.money[(account << ACCOUNT_SHIFT) + Account.participant] : -1;
  }

  liveOrdersOf(session: number): number {
    const { sessionOrders } = this.state;
    return session < sessionOrders.length ? sessionOrders[session] : 0;
  }

  orderStatus(
    account: number,
    slot: number,
    generation: number,
    clOrdIdLow: number,
    clOrdIdHigh: number,
    into: Int32Array,
  ): void {
    const { orders, dayOrders } = this.state;
    if (generation !== 0) {
      const mine = orders.isLive(slot, generation) && this.word(slot, Order.account) === account;
      if (mine) this.liveOrder(slot, into);
      else this.unknown(account, clOrdIdLow, clOrdIdHigh, into);
      return;
    }
    const record = dayOrders.find(account, clOrdIdLow, clOrdIdHigh);
    if (record < 0) {
      this.unknown(account, clOrdIdLow, clOrdIdHigh, into);
      return;
    }
    const at = record << DAY_SHIFT;
    const liveSlot = dayOrders.words[at + DayOrder.slot];
    if (liveSlot >= 0) {
      this.liveOrder(liveSlot, into);
      return;
    }
    this.head(account, clOrdIdLow, clOrdIdHigh, into);
    into[Execution.cumQuantity] = dayOrders.words[at + DayOrder.cum];
    into[Execution.priceTicks] = dayOrders.words[at + DayOrder.priceTicks];
    into[Execution.status] = dayOrders.words[at + DayOrder.status];
  }

  get slotsEnd(): number {
    return this.state.orders.highWater;
  }

  nextLiveOrder(account: number, instrument: number, fromSlot: number, endSlot: number): number {
    for (let slot = fromSlot; slot < endSlot; slot++) {
      if (this.word(slot, Order.place) === Place.free || this.word(slot, Order.account) !== account) continue;
      if (instrument === -1 || this.word(slot, Order.instrument) === instrument) return slot;
    }
    return -1;
  }

  liveOrder(slot: number, into: Int32Array): void {
    this.head(
      this.word(slot, Order.account),
      this.word(slot, Order.clOrdIdLow),
      this.word(slot, Order.clOrdIdHigh),
      into,
    );
    const place = this.word(slot, Order.place);
    into[Execution.session] = this.word(slot, Order.session);
    into[Execution.instrument] = this.word(slot, Order.instrument);
    into[Execution.orderSlot] = slot;
    into[Execution.orderGeneration] = this.word(slot, Order.generation);
    into[Execution.terms] = this.word(slot, Order.terms);
    into[Execution.priceTicks] = this.word(slot, Order.priceTicks);
    into[Execution.leavesQuantity] = this.word(slot, Order.leaves);
    into[Execution.cumQuantity] = this.word(slot, Order.cum);
    const waits = place === Place.stops || place === Place.held;
    into[Execution.status] = restingStatus(this.state.orders.words, slot, waits);
  }

  private word(slot: number, field: number): number {
    return this.state.orders.words[(slot << ORDER_SHIFT) + field];
  }

  private head(account: number, clOrdIdLow: number, clOrdIdHigh: number, into: Int32Array): void {
    into.fill(0);
    into[Execution.kindAndLength] = HEAD;
    into[Execution.execType] = ORDER_STATUS_EXEC_TYPE;
    into[Execution.account] = account;
    into[Execution.clOrdIdLow] = clOrdIdLow;
    into[Execution.clOrdIdHigh] = clOrdIdHigh;
  }

  private unknown(account: number, clOrdIdLow: number, clOrdIdHigh: number, into: Int32Array): void {
    this.head(account, clOrdIdLow, clOrdIdHigh, into);
    into[Execution.reason] = Code.unknownOrder;
    into[Execution.status] = OrderStatus.rejected;
  }
}
