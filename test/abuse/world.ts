/**
 * The simulated market that surveillance is tried on: a real engine, virtual time, agents as generators that say how long
 * they wait, and labels of what was abuse. It knows nothing of how abuse is found.
 */
import { DEFAULT_CAPACITY, writeGenesis } from '#trading/capacity.ts';
import * as commands from '#trading/commands.ts';
import { CommandKind, Header, MassCancel, NewOrder, writeHeader, writeWide } from '#trading/commands.ts';
import { Engine } from '#trading/engine.ts';
import { EventKind, ExecType, Execution, Trade, eventKind, eventLength } from '#trading/events.ts';
import { ORDER_SHIFT, Order } from '#trading/order-store.ts';
import type { State } from '#trading/state.ts';
import {
  Capacity,
  MarketState,
  OrderType,
  SelfTrade,
  ShortMark,
  TimeInForce,
  packMarks,
  packTerms,
} from '#trading/terms.ts';
import type { Side } from '#trading/terms.ts';
import { Rng } from '#kit/rng.ts';
import { TaskQueue } from './task-queue.ts';

/** An agent: yields how many microseconds it waits before it goes on. */
export type Agent = Generator<number, void>;

/** Who trades: the account its orders go over and, for client orders, the client's short code. */
export interface Trader {
  readonly account: number;
  readonly participant: number;
  readonly client: number;
}

/** A living or ended order, by its OrderID. */
export interface Placed {
  readonly slot: number;
  readonly generation: number;
  readonly trader: Trader;
  readonly instrument: number;
  readonly side: Side;
  readonly priceTicks: number;
  readonly quantity: number;
}

/** One instance of abuse, from its first to its last act. */
export interface Label {
  readonly scenario: string;
  readonly traders: readonly Trader[];
  readonly instrument: number;
  /** The other instrument it is played in. */
  readonly linked?: number;
  readonly startMicros: number;
  endMicros: number;
  orders: number;
  readonly evasion: string;
  /** It did not come about: others were in the way, or the price did not move. No instance; alerts on it count neither way. */
  failed?: boolean;
}

/** What the market knows beside its orders: fed to surveillance as a venue's reference data is. */
export type SideFact =
  | { readonly kind: 'announcement'; readonly instrument: number; readonly timeMicros: number }
  | { readonly kind: 'report'; readonly tradeId: number; readonly timeMicros: number };

export interface MarketListener {
  onEvents(words: Int32Array, end: number, command: { words: Int32Array; at: number; timeMicros: number }): void;
  onCommand(command: { words: Int32Array; at: number; timeMicros: number }): void;
  onFact(fact: SideFact): void;
}

export interface OrderTerms {
  readonly type?: OrderType;
  readonly tif?: TimeInForce;
  readonly displayQuantity?: number;
}

export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;
const REFERENCE_TICKS = 10_000;
const DAY = 86_400 * SECOND;
const FIRST_DAY = Date.UTC(2026, 0, 5) * 1000;
const OPEN_OF_DAY = 9 * 3_600 * SECOND;
/** What one executed lot moves the value by. */
const IMPACT_TICKS_PER_LOT = 0.0012;
const LARGE_TRADER_CENTS = 2_000_000_000;
const CALL_MICROS = 20 * SECOND;

export class World {
  readonly rng: Rng;
  readonly labels: Label[] = [];
  readonly instruments: number;
  readonly sessionMicros: number;
  nowMicros = FIRST_DAY;
  openMicros = FIRST_DAY;
  closeMicros = FIRST_DAY;
  day = 0;
  orders = 0;
  messages = 0;
  /** Last trade price and traded lots of each instrument since its session began. */
  readonly lastTicks: Int32Array;
  readonly volume: Float64Array;
  readonly lastAggressor: Int32Array;
  /** What each instrument is worth to those who know. */
  readonly value: Float64Array;
  readonly tradeListeners: ((tradeId: number) => void)[] = [];
  private readonly engine: Engine;
  private readonly listener: MarketListener;
  private readonly words = new Int32Array(64);
  private readonly command = { words: this.words, at: 0, timeMicros: 0 };
  private readonly tasks = new TaskQueue<Agent>();
  private readonly traderOf: (Trader | undefined)[] = [];
  /** What each trader executed today: value, and whether it was noted as a large trader. */
  private readonly dayValue = new Map<number, number>();
  private lastClOrdId = 0;
  private answer = { slot: -1, generation: 0 };
  private placing: Trader | undefined;
  private label: Label | undefined;
  private answered = false;

  constructor(seed: number, instruments: number, sessionMicros: number, listener: MarketListener) {
    this.rng = new Rng(seed);
    this.instruments = instruments;
    this.sessionMicros = sessionMicros;
    this.listener = listener;
    this.lastTicks = new Int32Array(instruments).fill(REFERENCE_TICKS);
    this.volume = new Float64Array(instruments);
    this.lastAggressor = new Int32Array(instruments);
    this.value = new Float64Array(instruments).fill(REFERENCE_TICKS);
    this.engine = new Engine(this.onEvents);
    writeGenesis(
      this.words,
      0,
      { ...DEFAULT_CAPACITY, dayOrders: 1 << 21, instruments: 64, positions: 1 << 17 },
      this.nowMicros,
    );
    this.engine.apply(this.words, 0);
    for (let instrument = 0; instrument < instruments; instrument++) this.addInstrument(instrument);
  }

  get state(): State {
    return this.engine.view as State;
  }

  /** Lets an agent begin after `delayMicros`. */
  spawn(agent: Agent, delayMicros = 0): void {
    this.tasks.add(this.nowMicros + delayMicros, agent);
  }

  /** Begins a trading day: opening auction, then continuous trading; agents act from then on. */
  openDay(): void {
    this.day++;
    this.openMicros = FIRST_DAY + this.day * DAY + OPEN_OF_DAY;
    this.closeMicros = this.openMicros + this.sessionMicros;
    this.nowMicros = this.openMicros - CALL_MICROS;
    this.volume.fill(0);
    this.dayValue.clear();
    this.tasks.clear();
    this.send(
      CommandKind.dayRoll,
      commands.DAY_ROLL_WORDS,
      (w) => (w[commands.DayRoll.tradingDay] = 20_260_100 + this.day),
    );
    this.marketState(MarketState.preOpen);
    this.marketState(MarketState.openingAuction);
  }

  /** Runs all agents until `endMicros`, and the clock once a second. */
  run(endMicros: number): void {
    let clock = this.nowMicros + SECOND;
    for (;;) {
      const due = this.tasks.nextDue;
      if (Math.min(due, clock) > endMicros) break;
      if (clock <= due) {
        this.nowMicros = clock;
        this.send(CommandKind.clock, commands.HEADER_WORDS, () => 0);
        clock += SECOND;
        continue;
      }
      this.nowMicros = Math.max(this.nowMicros, due);
      const agent = this.tasks.take();
      const next = agent.next();
      if (next.done !== true) this.tasks.add(this.nowMicros + Math.max(1, Math.round(next.value)), agent);
    }
    this.nowMicros = Math.max(this.nowMicros, endMicros);
  }

  marketState(state: MarketState): void {
    this.send(CommandKind.marketState, commands.MARKET_STATE_WORDS, (w) => {
      w[commands.MarketStateCommand.instrument] = -1;
      w[commands.MarketStateCommand.state] = state;
    });
  }

  addAccount(account: number, participant: number): void {
    this.send(CommandKind.account, commands.ACCOUNT_WORDS, (w) => {
      w.fill(0, commands.HEADER_WORDS, commands.ACCOUNT_WORDS);
      w[commands.AccountCommand.account] = account;
      w[commands.AccountCommand.participant] = participant;
      w[commands.AccountCommand.flags] = 1;
    });
  }

  /** Enters an order; undefined where the engine refused it. It may be filled already. */
  place(
    trader: Trader,
    instrument: number,
    side: Side,
    quantity: number,
    priceTicks: number,
    terms: OrderTerms = {},
  ): Placed | undefined {
    const lots = Math.max(1, Math.round(quantity));
    const price = Math.round(priceTicks);
    const type = terms.type ?? OrderType.limit;
    const extras = terms.displayQuantity !== undefined && terms.displayQuantity < lots;
    this.orders++;
    if (this.label !== undefined) this.label.orders++;
    this.answer.slot = -1;
    this.answered = false;
    this.placing = trader;
    const length = extras ? commands.NEW_ORDER_EXTRAS_WORDS : commands.NEW_ORDER_WORDS;
    this.send(CommandKind.newOrder, length, (w) => {
      if (extras) w.fill(0, commands.NEW_ORDER_WORDS, length);
      w[NewOrder.account] = trader.account;
      w[NewOrder.instrument] = instrument;
      w[NewOrder.clOrdIdLow] = ++this.lastClOrdId;
      w[NewOrder.clOrdIdHigh] = 0;
      w[NewOrder.terms] = packTerms(side, type, terms.tif ?? TimeInForce.day, SelfTrade.none, extras ? 1 << 12 : 0);
      w[NewOrder.marks] = packMarks(trader.client === 0 ? Capacity.deal : Capacity.aotc, ShortMark.none);
      w[NewOrder.quantity] = lots;
      w[NewOrder.priceTicks] = type === OrderType.limit ? price : 0;
      w[NewOrder.clientCode] = trader.client;
      w[NewOrder.investmentCode] = trader.client === 0 ? trader.account : 0;
      w[NewOrder.executionCode] = trader.account;
      w[NewOrder.locateId] = 0;
      if (extras) w[NewOrder.displayQuantity] = terms.displayQuantity ?? 0;
    });
    this.placing = undefined;
    const { slot, generation } = this.answer;
    return slot < 0 ? undefined : { slot, generation, trader, instrument, side, priceTicks: price, quantity: lots };
  }

  cancel(order: Placed | undefined): boolean {
    if (order === undefined || !this.isLive(order)) return false;
    this.send(CommandKind.cancelOrder, commands.CANCEL_ORDER_WORDS, (w) => this.name(w, order));
    return true;
  }

  /** Moves an order to another price; its later state is that of the same OrderID. */
  amend(order: Placed | undefined, priceTicks: number): boolean {
    if (order === undefined || !this.isLive(order)) return false;
    this.send(CommandKind.amendOrder, commands.AMEND_ORDER_WORDS, (w) => {
      this.name(w, order);
      w[commands.AmendOrder.quantity] = 0;
      w[commands.AmendOrder.priceTicks] = Math.round(priceTicks);
      w[commands.AmendOrder.stopTicks] = 0;
      w[commands.AmendOrder.displayQuantity] = 0;
    });
    return true;
  }

  /** Cancels everything of an account. */
  cancelAll(account: number): void {
    this.send(CommandKind.massCancel, commands.MASS_CANCEL_WORDS, (w) => {
      w.fill(-1, MassCancel.session, MassCancel.side + 1);
      w[MassCancel.account] = account;
      w[MassCancel.reason] = 111;
    });
  }

  tell(fact: SideFact): void {
    this.listener.onFact(fact);
  }

  isLive(order: Placed): boolean {
    return this.state.orders.isLive(order.slot, order.generation);
  }

  /** Lots not executed yet; 0 once the order is done. */
  leaves(order: Placed | undefined): number {
    if (order === undefined || !this.isLive(order)) return 0;
    return this.state.orders.words[(order.slot << ORDER_SHIFT) + Order.leaves];
  }

  best(instrument: number, side: Side): number {
    return this.state.ladders.best((instrument << 2) | side);
  }

  /** Best price of a side, or near the value where nobody quotes. */
  touch(instrument: number, side: Side): number {
    const best = this.best(instrument, side);
    return best !== 0 ? best : Math.round(this.value[instrument]) + (side === 0 ? -2 : 2);
  }

  bestQuantity(instrument: number, side: Side): number {
    const level = this.state.ladders.bestLevel((instrument << 2) | side);
    return level < 0 ? 0 : this.state.ladders.quantities[level];
  }

  middle(instrument: number): number {
    return (this.touch(instrument, 0) + this.touch(instrument, 1)) / 2;
  }

  /** Runs one instance of abuse as a part of `agent`, and labels what it does. */
  *labelled(
    scenario: string,
    traders: readonly Trader[],
    instrument: number,
    evasion: string,
    body: Agent,
    linked?: number,
  ): Agent {
    const label: Label = {
      scenario,
      traders,
      instrument,
      ...(linked === undefined ? {} : { linked }),
      startMicros: this.nowMicros,
      endMicros: this.nowMicros,
      orders: 0,
      evasion,
    };
    for (;;) {
      this.label = label;
      const step = body.next();
      this.label = undefined;
      label.endMicros = this.nowMicros;
      if (step.done === true) break;
      yield step.value;
    }
    this.labels.push(label);
  }

  /** Said by an agent whose abuse did not come about. */
  abandon(): void {
    if (this.label !== undefined) this.label.failed = true;
  }

  private name(w: Int32Array, order: Placed): void {
    w[commands.CancelOrder.account] = order.trader.account;
    w[commands.CancelOrder.instrument] = order.instrument;
    w[commands.CancelOrder.orderSlot] = order.slot;
    w[commands.CancelOrder.orderGeneration] = order.generation;
    w[commands.CancelOrder.clOrdIdLow] = 0;
    w[commands.CancelOrder.clOrdIdHigh] = 0;
  }

  private addInstrument(instrument: number): void {
    const field = commands.InstrumentCommand;
    this.send(CommandKind.instrument, commands.INSTRUMENT_WORDS, (w) => {
      w.fill(0, commands.HEADER_WORDS, commands.INSTRUMENT_WORDS);
      w[field.instrument] = instrument;
      w[field.symbol] = 0x30_30_53_41 + ((instrument % 10) << 24) + (Math.floor(instrument / 10) << 16);
      w[field.flags] = 1;
      w[field.moneyPerTick] = 1;
      w[field.referenceTicks] = REFERENCE_TICKS;
      w[field.lotSize] = 1;
      w[field.maxOrderQuantity] = 10_000_000;
      w[field.minTicks] = 1;
      w[field.maxTicks] = 1_000_000;
      w[field.tickMantissa] = 1;
      w[field.tickExponent] = -2;
    });
  }

  private send(kind: CommandKind, length: number, fill: (words: Int32Array) => unknown): void {
    const { words, command } = this;
    writeHeader(words, 0, kind, length, 1, 0);
    writeWide(words, Header.timeLow, this.nowMicros);
    fill(words);
    command.timeMicros = this.nowMicros;
    this.messages++;
    this.engine.apply(words, 0);
    this.listener.onCommand(command);
  }

  private readonly onEvents = (words: Int32Array, end: number): void => {
    for (let at = 0; at < end; at += eventLength(words, at)) {
      const kind = eventKind(words, at);
      if (
        kind === EventKind.execution &&
        !this.answered &&
        this.placing !== undefined &&
        words[at + Execution.execType] === ExecType.new
      ) {
        this.answered = true;
        this.answer.slot = words[at + Execution.orderSlot];
        this.answer.generation = words[at + Execution.orderGeneration];
        this.traderOf[this.answer.slot] = this.placing;
      } else if (kind === EventKind.trade) this.onTrade(words, at);
    }
    this.listener.onEvents(words, end, this.command);
  };

  private onTrade(words: Int32Array, at: number): void {
    const instrument = words[at + Trade.instrument];
    this.lastTicks[instrument] = words[at + Trade.priceTicks];
    this.volume[instrument] += words[at + Trade.quantity];
    this.lastAggressor[instrument] = words[at + Trade.aggressorSide];
    this.learn(instrument, words[at + Trade.aggressorSide], words[at + Trade.quantity]);
    const value = words[at + Trade.priceTicks] * words[at + Trade.quantity];
    this.noteValue(this.traderOf[words[at + Trade.makerSlot]], value);
    this.noteValue(this.traderOf[words[at + Trade.takerSlot]], value);
    const tradeId = commands.readWide(words, at + Trade.tradeIdLow);
    for (const listener of this.tradeListeners) listener(tradeId);
  }

  /** 13h-1: from 20 million dollars a day. */
  private noteValue(trader: Trader | undefined, value: number): void {
    if (trader === undefined) return;
    const key = trader.client === 0 ? -trader.participant : trader.client;
    const before = this.dayValue.get(key) ?? 0;
    this.dayValue.set(key, before + value);
    if (before >= LARGE_TRADER_CENTS || before + value < LARGE_TRADER_CENTS) return;
    const times = { startMicros: this.nowMicros, endMicros: this.nowMicros };
    this.labels.push({
      scenario: 'large-trader',
      traders: [trader],
      instrument: -1,
      ...times,
      orders: 0,
      evasion: 'none',
    });
  }

  /** The market takes every trade for a hint of what the instrument is worth: trading moves prices, and they stay moved. */
  private learn(instrument: number, takerSide: number, quantity: number): void {
    if (takerSide > 1) return;
    this.value[instrument] += (takerSide === 0 ? IMPACT_TICKS_PER_LOT : -IMPACT_TICKS_PER_LOT) * quantity;
  }

  /** Lots displayed on a side within `ticks` of its best price. */
  depth(instrument: number, side: Side, ticks: number): number {
    const { ladders } = this.state;
    const best = this.best(instrument, side);
    let sum = 0;
    for (let level = ladders.bestLevel((instrument << 2) | side); level >= 0; level = ladders.nextLevel(level)) {
      if (Math.abs(ladders.priceOf(level) - best) > ticks) break;
      sum += ladders.quantities[level];
    }
    return sum;
  }
}
