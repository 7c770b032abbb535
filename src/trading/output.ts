/**
 * The engine's output: events written one behind the other into one buffer, handed to the sink after each command
 * and whenever the buffer is nearly full. The words are only valid during that call.
 */
import { writeWide } from './commands.ts';
import {
  ACCEPTED_WORDS,
  EXECUTION_REFUSED_WORDS,
  EXECUTION_WORDS,
  EventKind,
  Execution,
  ExecType,
  INDICATIVE_WORDS,
  LEVEL_WORDS,
  Level,
  MARKET_STATE_EVENT_WORDS,
  OrderStatus,
  PROTECTION_EVENT_WORDS,
  REFUSED_WORDS,
  Refused,
  STATEMENT_WORDS,
  Statement,
  TRADE_WORDS,
  Trade,
} from './events.ts';
import type { EventSink } from './events.ts';
import { ORDER_SHIFT, Order } from './order-store.ts';
import { typeOf, OrderType } from './terms.ts';

const BUFFER_WORDS = 1 << 16;
const LARGEST_EVENT_WORDS = EXECUTION_REFUSED_WORDS;
const TWO_32 = 4294967296;

const EXECUTION_HEAD = EventKind.execution | (EXECUTION_WORDS << 16);
const EXECUTION_REFUSED_HEAD = EventKind.execution | (EXECUTION_REFUSED_WORDS << 16);
const TRADE_HEAD = EventKind.trade | (TRADE_WORDS << 16);
const LEVEL_HEAD = EventKind.level | (LEVEL_WORDS << 16);

export class Output {
  readonly words = new Int32Array(BUFFER_WORDS);
  end = 0;
  /** Session and client sequence of the present command, carried by its answers. */
  session = 0;
  clientSequence = 0;
  /** Slot whose next event answers the present command, or -1. */
  answerSlot = -1;
  /** Limit, value and used amount of the refusal being made. */
  limit = 0;
  value = 0;
  used = 0;
  /** Takes the events; changes with the engine only. */
  sink: EventSink;

  constructor(sink: EventSink) {
    this.sink = sink;
  }

  flush(): void {
    if (this.end === 0) return;
    const end = this.end;
    this.end = 0;
    this.sink(this.words, end);
  }

  /** Room for one more event: where to write it. */
  private reserve(length: number): number {
    if (this.end + LARGEST_EVENT_WORDS > BUFFER_WORDS) this.flush();
    const at = this.end;
    this.end = at + length;
    return at;
  }

  /** An event of a living order; `orders` is the store's array. */
  execution(orders: Int32Array, slot: number, execType: ExecType, reason: number, status: number): void {
    const at = this.reserve(EXECUTION_WORDS);
    this.fillExecution(at, orders, slot, execType, reason, status);
    const words = this.words;
    words[at + Execution.lastQuantity] = 0;
    words[at + Execution.lastTicks] = 0;
    words[at + Execution.tradeIdLow] = 0;
    words[at + Execution.tradeIdHigh] = 0;
  }

  /** One side of a trade. */
  fill(orders: Int32Array, slot: number, quantity: number, ticks: number, tradeId: number, liquidity: number): void {
    const at = this.reserve(EXECUTION_WORDS);
    const leaves = orders[(slot << ORDER_SHIFT) + Order.leaves];
    const status = (leaves === 0 ? OrderStatus.filled : OrderStatus.partiallyFilled) | (liquidity << 8);
    this.fillExecution(at, orders, slot, ExecType.trade, 0, status);
    const words = this.words;
    words[at + Execution.lastQuantity] = quantity;
    words[at + Execution.lastTicks] = ticks;
    words[at + Execution.tradeIdLow] = tradeId | 0;
    words[at + Execution.tradeIdHigh] = (tradeId / TWO_32) | 0;
  }

  private fillExecution(
    at: number,
    orders: Int32Array,
    slot: number,
    execType: number,
    reason: number,
    status: number,
  ): void {
    const words = this.words;
    const orderAt = slot << ORDER_SHIFT;
    words[at] = EXECUTION_HEAD;
    words[at + Execution.execType] = execType;
    words[at + Execution.reason] = reason;
    words[at + Execution.session] = orders[orderAt + Order.session];
    words[at + Execution.account] = orders[orderAt + Order.account];
    words[at + Execution.instrument] = orders[orderAt + Order.instrument];
    words[at + Execution.orderSlot] = slot;
    words[at + Execution.orderGeneration] = orders[orderAt + Order.generation];
    words[at + Execution.clOrdIdLow] = orders[orderAt + Order.clOrdIdLow];
    words[at + Execution.clOrdIdHigh] = orders[orderAt + Order.clOrdIdHigh];
    words[at + Execution.terms] = orders[orderAt + Order.terms];
    words[at + Execution.priceTicks] = orders[orderAt + Order.priceTicks];
    words[at + Execution.leavesQuantity] = orders[orderAt + Order.leaves];
    words[at + Execution.cumQuantity] = orders[orderAt + Order.cum];
    words[at + Execution.clientSequence] = 0;
    if (slot === this.answerSlot) {
      words[at + Execution.session] = this.session;
      words[at + Execution.clientSequence] = this.clientSequence;
      this.answerSlot = -1;
    }
    words[at + Execution.status] = status;
  }

  /**
   * A refused order or request. `identity` gives the words from session to cumQuantity (11 of them), as far as they
   * are known; limit, value and used are taken from the fields.
   */
  refusedExecution(execType: ExecType, reason: number, identity: Int32Array, status: number): void {
    const at = this.reserve(EXECUTION_REFUSED_WORDS);
    const words = this.words;
    words[at] = EXECUTION_REFUSED_HEAD;
    words[at + Execution.execType] = execType;
    words[at + Execution.reason] = reason;
    for (let word = 0; word < identity.length; word++) words[at + Execution.session + word] = identity[word];
    words[at + Execution.lastQuantity] = 0;
    words[at + Execution.lastTicks] = 0;
    words[at + Execution.tradeIdLow] = 0;
    words[at + Execution.tradeIdHigh] = 0;
    words[at + Execution.clientSequence] = this.clientSequence;
    words[at + Execution.status] = status;
    writeWide(words, at + Execution.limitLow, this.limit);
    writeWide(words, at + Execution.valueLow, this.value);
    writeWide(words, at + Execution.usedLow, this.used);
  }

  trade(
    orders: Int32Array,
    instrument: number,
    ticks: number,
    quantity: number,
    tradeId: number,
    aggressorSide: number,
    maker: number,
    taker: number,
  ): void {
    const at = this.reserve(TRADE_WORDS);
    const words = this.words;
    words[at] = TRADE_HEAD;
    words[at + Trade.instrument] = instrument;
    words[at + Trade.priceTicks] = ticks;
    words[at + Trade.quantity] = quantity;
    words[at + Trade.tradeIdLow] = tradeId | 0;
    words[at + Trade.tradeIdHigh] = (tradeId / TWO_32) | 0;
    words[at + Trade.aggressorSide] = aggressorSide;
    words[at + Trade.makerSlot] = maker;
    words[at + Trade.makerGeneration] = orders[(maker << ORDER_SHIFT) + Order.generation];
    words[at + Trade.takerSlot] = taker;
    words[at + Trade.takerGeneration] = orders[(taker << ORDER_SHIFT) + Order.generation];
    words[at + Trade.correction] = 0;
  }

  /** A cancelled (1) or corrected (2) trade, for the tape. */
  tradeChange(instrument: number, ticks: number, quantity: number, tradeId: number, correction: number): void {
    const at = this.reserve(TRADE_WORDS);
    const words = this.words;
    words.fill(0, at, at + TRADE_WORDS);
    words[at] = TRADE_HEAD;
    words[at + Trade.instrument] = instrument;
    words[at + Trade.priceTicks] = ticks;
    words[at + Trade.quantity] = quantity;
    words[at + Trade.tradeIdLow] = tradeId | 0;
    words[at + Trade.tradeIdHigh] = (tradeId / TWO_32) | 0;
    words[at + Trade.aggressorSide] = 2;
    words[at + Trade.correction] = correction;
  }

  /** One side of a cancelled or corrected trade; `record` is the trade's and `side` 0 the maker's half of it. */
  tradeChangeExecution(
    execType: ExecType,
    identity: Int32Array,
    quantity: number,
    ticks: number,
    tradeId: number,
  ): void {
    const at = this.reserve(EXECUTION_WORDS);
    const words = this.words;
    words.fill(0, at, at + EXECUTION_WORDS);
    words[at] = EXECUTION_HEAD;
    words[at + Execution.execType] = execType;
    for (let word = 0; word < identity.length; word++) words[at + Execution.session + word] = identity[word];
    words[at + Execution.lastQuantity] = quantity;
    words[at + Execution.lastTicks] = ticks;
    words[at + Execution.tradeIdLow] = tradeId | 0;
    words[at + Execution.tradeIdHigh] = (tradeId / TWO_32) | 0;
  }

  level(instrument: number, side: number, ticks: number, quantity: number, orders: number): void {
    const at = this.reserve(LEVEL_WORDS);
    const words = this.words;
    words[at] = LEVEL_HEAD;
    words[at + Level.instrument] = instrument;
    words[at + Level.side] = side;
    words[at + Level.priceTicks] = ticks;
    words[at + Level.quantity] = quantity > 0x7fffffff ? 0x7fffffff : quantity;
    words[at + Level.orders] = orders;
  }

  marketState(instrument: number, state: number, previous: number, reason: number): void {
    this.small(EventKind.marketState, MARKET_STATE_EVENT_WORDS, instrument, state, previous, reason, 0);
  }

  indicative(instrument: number, ticks: number, volume: number, imbalance: number): void {
    this.small(EventKind.indicative, INDICATIVE_WORDS, instrument, ticks, volume, imbalance, 0);
  }

  accepted(commandKind: number, subject: number, count: number): void {
    this.small(EventKind.accepted, ACCEPTED_WORDS, commandKind, this.session, this.clientSequence, subject, count);
  }

  protection(account: number, session: number, canceled: number, quantity: number, executions: number): void {
    this.small(EventKind.protection, PROTECTION_EVENT_WORDS, account, session, canceled, quantity, executions);
  }

  refused(commandKind: number, subject: number, reason: number): void {
    const at = this.reserve(REFUSED_WORDS);
    const words = this.words;
    words[at] = EventKind.refused | (REFUSED_WORDS << 16);
    words[at + Refused.commandKind] = commandKind;
    words[at + Refused.session] = this.session;
    words[at + Refused.clientSequence] = this.clientSequence;
    words[at + Refused.subject] = subject;
    words[at + Refused.reason] = reason;
    writeWide(words, at + Refused.limitLow, this.limit);
    writeWide(words, at + Refused.valueLow, this.value);
    writeWide(words, at + Refused.usedLow, this.used);
  }

  statement(
    account: number,
    instrument: number,
    net: number,
    cost: number,
    realised: number,
    fees: number,
    closeTicks: number,
    tradingDay: number,
  ): void {
    const at = this.reserve(STATEMENT_WORDS);
    const words = this.words;
    words[at] = EventKind.statement | (STATEMENT_WORDS << 16);
    words[at + Statement.account] = account;
    words[at + Statement.instrument] = instrument;
    words[at + Statement.netQuantity] = net;
    writeWide(words, at + Statement.costLow, cost);
    writeWide(words, at + Statement.realisedLow, realised);
    writeWide(words, at + Statement.feesLow, fees);
    words[at + Statement.closeTicks] = closeTicks;
    words[at + Statement.tradingDay] = tradingDay;
  }

  private small(kind: number, length: number, a: number, b: number, c: number, d: number, e: number): void {
    const at = this.reserve(length);
    const words = this.words;
    words[at] = kind | (length << 16);
    words[at + 1] = a;
    words[at + 2] = b;
    words[at + 3] = c;
    words[at + 4] = d;
    words[at + 5] = e;
  }
}

/** OrdStatus of a living order that is not being filled. */
export function restingStatus(orders: Int32Array, slot: number, waiting: boolean): number {
  if (orders[(slot << ORDER_SHIFT) + Order.cum] > 0) return OrderStatus.partiallyFilled;
  return waiting ? OrderStatus.pendingNew : OrderStatus.new;
}

export function isStopType(terms: number): boolean {
  const type = typeOf(terms);
  return type === OrderType.stop || type === OrderType.stopLimit;
}
