/**
 * Sends the simulated traders' orders and keeps track of those that live, from the events that come back.
 * Never decides what to trade. Every order it sends carries the mark of an algorithm.
 */
import {
  AMEND_ORDER_WORDS,
  AmendOrder,
  CANCEL_ORDER_WORDS,
  CancelOrder,
  CommandKind,
  MASS_CANCEL_WORDS,
  MassCancel,
  MassQuote,
  NEW_ORDER_EXTRAS_WORDS,
  NEW_ORDER_WORDS,
  NewOrder,
  QUOTE_ENTRIES_MAX,
  QUOTE_ENTRY_WORDS,
  QuoteEntry,
  writeHeader,
  writeWide,
} from '#trading/commands.ts';
import { Code } from '#trading/codes.ts';
import { EventKind, ExecType, Execution, OrderStatus, Refused, eventKind } from '#trading/events.ts';
import { Capacity, MarkFlag, SelfTrade, ShortMark, TermFlag, packMarks, packTerms } from '#trading/terms.ts';
import type { OrderType, Side, TimeInForce } from '#trading/terms.ts';
import type { OpenOrder, OrderPool } from './order-pool.ts';
import type { DeskAccount, OrderPort } from './ports.ts';

/** What to order; everything left out is not asked for. */
export interface OrderRequest {
  readonly instrument: number;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly quantity: number;
  /** 0 for orders without a limit. */
  readonly priceTicks: number;
  readonly postOnly?: boolean;
  readonly stopTicks?: number;
  readonly displayQuantity?: number;
  readonly minimumQuantity?: number;
  readonly pegOffsetTicks?: number;
  readonly linkId?: number;
  readonly takeProfitTicks?: number;
  readonly stopLossTicks?: number;
  /** RTS 24 short code of the client it is for. */
  readonly clientCode?: number;
}

/** One instrument of a mass quote; a quantity of 0 withdraws that side. */
export interface QuoteRequest {
  readonly instrument: number;
  readonly bidTicks: number;
  readonly bidQuantity: number;
  readonly askTicks: number;
  readonly askQuantity: number;
}

/** Told of every execution event of an account that has no ClOrdID: quotes and bracket exits. */
export type UnnamedExecutionListener = (words: Int32Array, at: number) => void;

/** Counts since the start, for the demo's status. */
export interface DeskCounts {
  sent: number;
  /** The session could not take it. */
  dropped: number;
  /** The engine refused it. */
  refused: number;
  executions: number;
}

/** Live orders of all simulated traders; above it nothing new is sent. */
const OPEN_ORDERS_MAX = 30_000;
/** An order the engine never answered is forgotten after this time: its session was lost with it. */
const UNANSWERED_MICROS_MAX = 30_000_000;
const SWEEP_MICROS = 10_000_000;

export class OrderDesk {
  readonly counts: DeskCounts = { sent: 0, dropped: 0, refused: 0, executions: 0 };
  private readonly port: OrderPort;
  /** High word of every ClOrdID: differs from run to run, so that a restart within the day reuses none. */
  private readonly run: number;
  private readonly words = new Int32Array(MassQuote.entries + QUOTE_ENTRIES_MAX * QUOTE_ENTRY_WORDS);
  private readonly open = new Map<number, OpenOrder>();
  private readonly unnamed = new Map<number, UnnamedExecutionListener[]>();
  private lastId = 0;
  private lastQuoteId = 0;
  private lastLinkId = 0;
  private lastSweepMicros = 0;

  /** @param run a number no other run on the same journal and day has, such as its start in seconds */
  constructor(port: OrderPort, run: number) {
    this.port = port;
    this.run = run | 0;
  }

  get openOrders(): number {
    return this.open.size;
  }

  /** An id for two linked orders, of any account. */
  nextLinkId(): number {
    return ++this.lastLinkId;
  }

  /** Hears of executions on `account` that no ClOrdID names. */
  onUnnamedExecution(account: number, listener: UnnamedExecutionListener): void {
    this.unnamed.set(account, [...(this.unnamed.get(account) ?? []), listener]);
  }

  /** Sends a new order into `pool`; undefined when the session or the desk has no room. */
  place(owner: DeskAccount, pool: OrderPool, request: OrderRequest, nowMicros: number): OpenOrder | undefined {
    if (this.open.size >= OPEN_ORDERS_MAX) {
      this.counts.dropped++;
      return undefined;
    }
    const id = ++this.lastId;
    const length = this.encodeNew(owner, request, id);
    const order: OpenOrder = {
      id,
      owner,
      instrument: request.instrument,
      side: request.side,
      priceTicks: request.priceTicks,
      leaves: request.quantity,
      bornMicros: nowMicros,
      answered: false,
      pool,
      poolIndex: -1,
    };
    // Before it is sent: an engine in the same process answers within the call.
    this.open.set(id, order);
    pool.add(order);
    if (this.send(owner.session, length)) return order;
    this.forget(order);
    return undefined;
  }

  /** Asks for a new price; it counts from now on, unless the engine answers otherwise. */
  amendPrice(order: OpenOrder, priceTicks: number): void {
    const { words } = this;
    this.encodeName(CommandKind.amendOrder, AMEND_ORDER_WORDS, order);
    words[AmendOrder.quantity] = 0;
    words[AmendOrder.priceTicks] = priceTicks;
    words[AmendOrder.stopTicks] = 0;
    words[AmendOrder.displayQuantity] = 0;
    const before = order.priceTicks;
    order.priceTicks = priceTicks;
    if (!this.send(order.owner.session, AMEND_ORDER_WORDS)) order.priceTicks = before;
  }

  cancel(order: OpenOrder): void {
    this.encodeName(CommandKind.cancelOrder, CANCEL_ORDER_WORDS, order);
    this.send(order.owner.session, CANCEL_ORDER_WORDS);
  }

  /** Cancels an order by its OrderID: one that the engine made, without a ClOrdID. */
  cancelById(owner: DeskAccount, instrument: number, slot: number, generation: number): void {
    const { words } = this;
    writeHeader(words, 0, CommandKind.cancelOrder, CANCEL_ORDER_WORDS, owner.session, 0);
    words[CancelOrder.account] = owner.account;
    words[CancelOrder.instrument] = instrument;
    words[CancelOrder.orderSlot] = slot;
    words[CancelOrder.orderGeneration] = generation;
    words[CancelOrder.clOrdIdLow] = 0;
    words[CancelOrder.clOrdIdHigh] = 0;
    this.send(owner.session, CANCEL_ORDER_WORDS);
  }

  /** Cancels everything an account has: what an earlier run may have left. */
  cancelAll(owner: DeskAccount): void {
    const { words } = this;
    writeHeader(words, 0, CommandKind.massCancel, MASS_CANCEL_WORDS, owner.session, 0);
    words[MassCancel.session] = -1;
    words[MassCancel.account] = owner.account;
    words[MassCancel.participant] = -1;
    words[MassCancel.instrument] = -1;
    words[MassCancel.side] = -1;
    words[MassCancel.reason] = Code.canceledByMassCancel;
    this.send(owner.session, MASS_CANCEL_WORDS);
  }

  /** Sends up to QUOTE_ENTRIES_MAX quotes as one message; false when the session could not take it. */
  quote(owner: DeskAccount, quotes: readonly QuoteRequest[]): boolean {
    const { words } = this;
    const count = Math.min(quotes.length, QUOTE_ENTRIES_MAX);
    const length = MassQuote.entries + count * QUOTE_ENTRY_WORDS;
    writeHeader(words, 0, CommandKind.massQuote, length, owner.session, 0);
    words[MassQuote.account] = owner.account;
    words[MassQuote.quoteId] = ++this.lastQuoteId;
    words[MassQuote.count] = count;
    words[MassQuote.marks] = marksOf(owner);
    for (let entry = 0; entry < count; entry++) {
      const at = MassQuote.entries + entry * QUOTE_ENTRY_WORDS;
      const request = quotes[entry];
      words[at + QuoteEntry.instrument] = request.instrument;
      words[at + QuoteEntry.bidTicks] = request.bidTicks;
      words[at + QuoteEntry.bidQuantity] = request.bidQuantity;
      words[at + QuoteEntry.askTicks] = request.askTicks;
      words[at + QuoteEntry.askQuantity] = request.askQuantity;
      words[at + QuoteEntry.reserved] = 0;
    }
    return this.send(owner.session, length);
  }

  /** Takes the engine's event at `at` if it is about an order or a quote. */
  observe(words: Int32Array, at: number): void {
    const kind = eventKind(words, at);
    if (kind === EventKind.execution) this.observeExecution(words, at);
    else if (kind === EventKind.refused && words[at + Refused.commandKind] === CommandKind.massQuote) {
      this.counts.refused++;
    }
  }

  /** Forgets orders that were never answered. Cheap to call often. */
  sweep(nowMicros: number): void {
    if (nowMicros - this.lastSweepMicros < SWEEP_MICROS) return;
    this.lastSweepMicros = nowMicros;
    for (const order of this.open.values()) {
      if (!order.answered && nowMicros - order.bornMicros > UNANSWERED_MICROS_MAX) this.forget(order);
    }
  }

  private observeExecution(words: Int32Array, at: number): void {
    const listeners = this.unnamed.get(words[at + Execution.account]);
    if (words[at + Execution.clOrdIdHigh] !== this.run) {
      if (listeners === undefined || words[at + Execution.clOrdIdLow] !== 0) return;
      for (const listener of listeners) listener(words, at);
      return;
    }
    const order = this.open.get(words[at + Execution.clOrdIdLow] >>> 0);
    if (order === undefined || order.owner.account !== words[at + Execution.account]) return;
    const execType = words[at + Execution.execType];
    order.answered = true;
    this.counts.executions++;
    if (execType === ExecType.rejected || execType === ExecType.requestRejected) this.counts.refused++;
    if (isDone(words[at + Execution.status] & 0xff)) {
      this.forget(order);
      return;
    }
    order.leaves = words[at + Execution.leavesQuantity];
    const priceTicks = words[at + Execution.priceTicks];
    if (priceTicks !== 0) order.priceTicks = priceTicks;
  }

  private forget(order: OpenOrder): void {
    this.open.delete(order.id);
    order.pool.remove(order);
    order.leaves = 0;
  }

  private send(session: number, lengthWords: number): boolean {
    const taken = this.port.send(session, this.words, lengthWords);
    if (taken) this.counts.sent++;
    else this.counts.dropped++;
    return taken;
  }

  private encodeName(kind: CommandKind, lengthWords: number, order: OpenOrder): void {
    const { words } = this;
    writeHeader(words, 0, kind, lengthWords, order.owner.session, 0);
    words[CancelOrder.account] = order.owner.account;
    words[CancelOrder.instrument] = order.instrument;
    words[CancelOrder.orderSlot] = 0;
    words[CancelOrder.orderGeneration] = 0;
    words[CancelOrder.clOrdIdLow] = order.id;
    words[CancelOrder.clOrdIdHigh] = this.run;
  }

  private encodeNew(owner: DeskAccount, request: OrderRequest, id: number): number {
    const { words } = this;
    const hasExtras =
      request.stopTicks !== undefined ||
      request.displayQuantity !== undefined ||
      request.minimumQuantity !== undefined ||
      request.pegOffsetTicks !== undefined ||
      request.linkId !== undefined ||
      request.takeProfitTicks !== undefined;
    const length = hasExtras ? NEW_ORDER_EXTRAS_WORDS : NEW_ORDER_WORDS;
    writeHeader(words, 0, CommandKind.newOrder, length, owner.session, 0);
    words[NewOrder.account] = owner.account;
    words[NewOrder.instrument] = request.instrument;
    words[NewOrder.clOrdIdLow] = id;
    words[NewOrder.clOrdIdHigh] = this.run;
    const flags = (request.postOnly === true ? TermFlag.postOnly : 0) | (hasExtras ? TermFlag.extras : 0);
    const selfTrade = owner.isMarketMaker ? SelfTrade.cancelOldest : SelfTrade.none;
    words[NewOrder.terms] = packTerms(request.side, request.type, request.timeInForce, selfTrade, flags);
    words[NewOrder.marks] = marksOf(owner);
    words[NewOrder.quantity] = request.quantity;
    words[NewOrder.priceTicks] = request.priceTicks;
    words[NewOrder.clientCode] = request.clientCode ?? 0;
    words[NewOrder.investmentCode] = owner.account;
    words[NewOrder.executionCode] = owner.session;
    words[NewOrder.locateId] = 0;
    if (hasExtras) this.encodeExtras(request);
    return length;
  }

  private encodeExtras(request: OrderRequest): void {
    const { words } = this;
    words[NewOrder.stopTicks] = request.stopTicks ?? 0;
    words[NewOrder.displayQuantity] = request.displayQuantity ?? 0;
    words[NewOrder.minimumQuantity] = request.minimumQuantity ?? 0;
    words[NewOrder.pegOffsetTicks] = request.pegOffsetTicks ?? 0;
    writeWide(words, NewOrder.expireLow, 0);
    words[NewOrder.linkId] = request.linkId ?? 0;
    words[NewOrder.takeProfitTicks] = request.takeProfitTicks ?? 0;
    words[NewOrder.stopLossTicks] = request.stopLossTicks ?? 0;
    words[NewOrder.stopLossLimitTicks] = 0;
  }
}

function marksOf(owner: DeskAccount): number {
  const flags = MarkFlag.investmentByAlgorithm | MarkFlag.executionByAlgorithm;
  return owner.isMarketMaker
    ? packMarks(Capacity.deal, ShortMark.none, flags | MarkFlag.liquidityProvision)
    : packMarks(Capacity.aotc, ShortMark.none, flags);
}

function isDone(status: number): boolean {
  return (
    status === OrderStatus.filled ||
    status === OrderStatus.canceled ||
    status === OrderStatus.rejected ||
    status === OrderStatus.expired
  );
}
