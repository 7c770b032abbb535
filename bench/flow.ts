/**
 * The seeded flow of the core and recovery benchmarks: commands over a few instruments around a steady number of
 * resting orders, as words. Cancels and amends name living orders, which a scratch engine tells while the flow is made.
 */
import { LOCATE_ID } from './flow-setup.ts';
import type { FlowSetup } from './flow-setup.ts';
import {
  AMEND_ORDER_WORDS,
  AmendOrder,
  CANCEL_ORDER_WORDS,
  CancelOrder,
  CommandKind,
  Header,
  NEW_ORDER_WORDS,
  NewOrder,
  writeHeader,
} from '#trading/commands.ts';
import { Engine } from '#trading/engine.ts';
import { EventKind, ExecType, Execution, OrderStatus, eventKind, eventLength } from '#trading/events.ts';
import { Rng } from '#kit/rng.ts';
import { Capacity, OrderType, SelfTrade, ShortMark, TimeInForce, packMarks, packTerms } from '#trading/terms.ts';

/** Shares of the mix, in percent: limit, cancel, amend, immediate-or-cancel, market. */
export const MIX = { limit: 47, cancel: 33, amend: 14, ioc: 4, market: 2 } as const;
const RESTING_TARGET = 13_000;
const MID_TICKS = 10_000;
const SPREAD_TICKS = 60;

export interface Flow {
  words: Int32Array;
  /** Where each command begins, and after the last one where the words end. */
  offsets: Int32Array;
  /** How many of the commands, at the beginning, only fill the books. */
  warm: number;
  /** The OrderID each new order got, `slot.generation`; empty for other commands. */
  names: string[];
}

/** What the generator knows of a living order. */
interface Living {
  slot: number;
  generation: number;
  account: number;
  instrument: number;
  price: number;
  quantity: number;
}

class LivingOrders {
  readonly list: Living[] = [];
  private readonly index = new Map<number, number>();

  add(order: Living): void {
    this.index.set(order.slot, this.list.length);
    this.list.push(order);
  }

  remove(slot: number): void {
    const at = this.index.get(slot);
    const last = this.list.pop();
    if (at === undefined || last === undefined) return;
    this.index.delete(slot);
    if (last.slot === slot) return;
    this.list[at] = last;
    this.index.set(last.slot, at);
  }
}

/** Makes `count` commands after as many as fill the books; `setup` is applied to the scratch engine first. */
export function makeFlow(setup: FlowSetup, count: number, seed: number): Flow {
  const maker = new FlowMaker(setup, seed);
  const most = count + RESTING_TARGET * 2;
  const words = new Int32Array(most * NEW_ORDER_WORDS);
  const offsets = new Int32Array(most + 1);
  let at = 0;
  let made = 0;
  const names: string[] = [];
  while (maker.resting < RESTING_TARGET) {
    offsets[made++] = at;
    at += maker.makeLimit(words, at, 0);
    names.push(maker.lastName);
  }
  const warm = made;
  for (let entry = 0; entry < count; entry++) {
    offsets[made++] = at;
    at += maker.make(words, at);
    names.push(maker.lastName);
  }
  offsets[made] = at;
  return { words: words.slice(0, at), offsets: offsets.slice(0, made + 1), warm, names };
}

class FlowMaker {
  private readonly rng: Rng;
  private readonly engine: Engine;
  private readonly living = new LivingOrders();
  private readonly setup: FlowSetup;
  private readonly drift: number[];
  /** OrderID of the last command's order, if it was a new one and accepted. */
  lastName = '';
  private time: number;
  /** Each account counts its own ClOrdIDs up, as clients do. */
  private readonly clOrdIds: number[];
  private present: Living = { slot: 0, generation: 0, account: 0, instrument: 0, price: 0, quantity: 0 };

  constructor(setup: FlowSetup, seed: number) {
    this.setup = setup;
    this.rng = new Rng(seed);
    this.clOrdIds = Array.from({ length: setup.accounts }, () => 0);
    this.drift = Array.from({ length: setup.instruments }, () => MID_TICKS);
    this.engine = new Engine((words, end) => this.read(words, end));
    for (const at of setup.offsets) this.engine.apply(setup.words, at);
    this.time = setup.endMicros;
  }

  get resting(): number {
    return this.living.list.length;
  }

  make(words: Int32Array, at: number): number {
    const draw = this.rng.int(100);
    if (draw < MIX.limit) return this.makeLimit(words, at, this.marketableShare());
    if (draw < MIX.limit + MIX.cancel) return this.makeCancel(words, at);
    if (draw < MIX.limit + MIX.cancel + MIX.amend) return this.makeAmend(words, at);
    if (draw < 100 - MIX.market) return this.makeAggressor(words, at, OrderType.limit);
    return this.makeAggressor(words, at, OrderType.market);
  }

  /** Share of limit orders that cross: more when more than enough rest, so that their number stays where it should. */
  private marketableShare(): number {
    return this.resting > RESTING_TARGET ? 0.3 : 0.02;
  }

  makeLimit(words: Int32Array, at: number, marketableShare: number): number {
    const side = this.rng.int(2) as 0 | 1;
    const instrument = this.rng.int(this.setup.instruments);
    if (this.rng.int(64) === 0) this.drift[instrument] += this.rng.int(3) - 1;
    const crosses = this.rng.float() < marketableShare;
    const distance = crosses ? -this.rng.int(4) - 1 : 1 + Math.floor(this.rng.exponential(1) * SPREAD_TICKS);
    const price = this.drift[instrument] + (side === 0 ? -distance : distance);
    const terms = packTerms(side, OrderType.limit, TimeInForce.gtc, SelfTrade.cancelOldest);
    return this.order(words, at, instrument, terms, Math.max(1, price), 1 + this.rng.int(100));
  }

  private makeAggressor(words: Int32Array, at: number, type: OrderType): number {
    const side = this.rng.int(2) as 0 | 1;
    const instrument = this.rng.int(this.setup.instruments);
    const price = type === OrderType.market ? 0 : this.drift[instrument] + (side === 0 ? 20 : -20);
    const terms = packTerms(side, type, TimeInForce.ioc, SelfTrade.cancelOldest);
    return this.order(words, at, instrument, terms, price, 1 + this.rng.int(150));
  }

  private order(
    words: Int32Array,
    at: number,
    instrument: number,
    terms: number,
    price: number,
    quantity: number,
  ): number {
    const account = this.rng.int(this.setup.accounts);
    this.begin(words, at, CommandKind.newOrder, NEW_ORDER_WORDS);
    words[at + NewOrder.account] = account;
    words[at + NewOrder.instrument] = instrument;
    words[at + NewOrder.clOrdIdLow] = ++this.clOrdIds[account];
    words[at + NewOrder.clOrdIdHigh] = 0;
    words[at + NewOrder.terms] = terms;
    words[at + NewOrder.marks] = packMarks(Capacity.deal, (terms & 1) === 1 ? ShortMark.short : ShortMark.none);
    words[at + NewOrder.quantity] = quantity;
    words[at + NewOrder.priceTicks] = price;
    words.fill(LOCATE_ID, at + NewOrder.clientCode, at + NEW_ORDER_WORDS);
    this.present = { slot: 0, generation: 0, account, instrument, price, quantity };
    this.engine.apply(words, at);
    return NEW_ORDER_WORDS;
  }

  private makeCancel(words: Int32Array, at: number): number {
    const order = this.pick();
    this.begin(words, at, CommandKind.cancelOrder, CANCEL_ORDER_WORDS);
    this.name(words, at, order);
    this.engine.apply(words, at);
    return CANCEL_ORDER_WORDS;
  }

  /** Half of them take quantity away, which keeps the place; the other half move the price a little. */
  private makeAmend(words: Int32Array, at: number): number {
    const order = this.pick();
    const shrinks = this.rng.int(2) === 0;
    this.begin(words, at, CommandKind.amendOrder, AMEND_ORDER_WORDS);
    this.name(words, at, order);
    words[at + AmendOrder.quantity] = shrinks ? Math.max(1, order.quantity - 1) : 0;
    words[at + AmendOrder.priceTicks] = shrinks ? 0 : Math.max(1, order.price + this.rng.int(5) - 2);
    words[at + AmendOrder.stopTicks] = 0;
    words[at + AmendOrder.displayQuantity] = 0;
    this.engine.apply(words, at);
    return AMEND_ORDER_WORDS;
  }

  private pick(): Living {
    return this.living.list[this.rng.int(this.living.list.length)];
  }

  private name(words: Int32Array, at: number, order: Living): void {
    words[at + CancelOrder.account] = order.account;
    words[at + CancelOrder.instrument] = order.instrument;
    words[at + CancelOrder.orderSlot] = order.slot;
    words[at + CancelOrder.orderGeneration] = order.generation;
    words[at + CancelOrder.clOrdIdLow] = 0;
    words[at + CancelOrder.clOrdIdHigh] = 0;
  }

  private begin(words: Int32Array, at: number, kind: CommandKind, length: number): void {
    this.time += 1;
    this.lastName = '';
    writeHeader(words, at, kind, length, 1, 0);
    words[at + Header.timeLow] = this.time | 0;
    words[at + Header.timeHigh] = Math.floor(this.time / 4294967296);
  }

  /** Keeps the list of living orders by what the scratch engine says. */
  private read(words: Int32Array, end: number): void {
    for (let at = 0; at < end; at += eventLength(words, at)) {
      if (eventKind(words, at) !== EventKind.execution) continue;
      const slot = words[at + Execution.orderSlot];
      const type = words[at + Execution.execType];
      if (type === ExecType.new) {
        this.lastName = `${slot}.${words[at + Execution.orderGeneration]}`;
        this.living.add({ ...this.present, slot, generation: words[at + Execution.orderGeneration] });
      } else if (type === ExecType.canceled || (words[at + Execution.status] & 0xff) === OrderStatus.filled) {
        this.living.remove(slot);
      }
    }
  }
}
