/**
 * The platform's own engine as drive mode's venue: flow commands become engine commands, executions become fills.
 * Gives every order a ClOrdID of its own and finds it again by slot and generation. Never writes to the engine's state.
 */
import { invariant } from '#kit/invariant.ts';
import { Code, describeCode } from '#trading/codes.ts';
import {
  AMEND_ORDER_WORDS,
  AmendOrder,
  CANCEL_ORDER_WORDS,
  CancelOrder,
  CommandKind,
  Header,
  MARKET_STATE_WORDS,
  MarketStateCommand,
  MASS_CANCEL_WORDS,
  MassCancel,
  NEW_ORDER_EXTRAS_WORDS,
  NEW_ORDER_WORDS,
  NewOrder,
  writeHeader,
  writeWide,
} from '#trading/commands.ts';
import { Engine } from '#trading/engine.ts';
import {
  eventKind,
  EventKind,
  eventLength,
  Execution,
  ExecType,
  Liquidity,
  OrderStatus,
  Refused,
} from '#trading/events.ts';
import { Order, ORDER_SHIFT } from '#trading/order-store.ts';
import { MarketState, OrderType, packTerms, SelfTrade, Side, sideOf, TermFlag, TimeInForce } from '#trading/terms.ts';
import { PRICE_NONE } from '#wire/market-data/record.ts';
import type { PriceGrid } from './price-grid.ts';
import { REPLAY_ACCOUNT, type EngineSetup, type SeededInstrument } from './engine-setup.ts';
import type { FlowCommand, FlowPhase } from './flow-rows.ts';
import type { OrderKey } from './order-key.ts';
import type { Venue, VenueFill } from './venue.ts';

const COMMAND_WORDS = 32;
const EVERY = -1;
const DONE_STATUSES = new Set<number>([OrderStatus.filled, OrderStatus.canceled, OrderStatus.expired]);

/** Market states to go through, from any state, for a phase of the flow; those that cannot be entered are refused. */
export const STATES_OF_PHASE: Readonly<Record<FlowPhase, readonly number[]>> = {
  collect: [MarketState.preOpen, MarketState.volatilityAuction],
  uncross: [MarketState.continuous],
  continue: [MarketState.preOpen, MarketState.continuous],
  halt: [MarketState.halt],
};

/** An order while it lives in the engine. */
interface LiveOrder {
  readonly key: OrderKey;
  readonly instrument: number;
  readonly generation: number;
}

type Place = Extract<FlowCommand, { kind: 'enter' | 'restore' }>;

export class EngineVenue implements Venue {
  readonly refusals = new Map<string, number>();
  readonly engine: Engine;
  private readonly setup: EngineSetup;
  private readonly words = new Int32Array(COMMAND_WORDS);
  private readonly live = new Map<number, LiveOrder>();
  private readonly slots = new Map<number, Map<OrderKey, number>>();
  private fills: VenueFill[] = [];
  private timeMicros = 0;
  private clOrdId = 0;
  /** The order being entered: the `new` execution that answers it names its slot. */
  private entering: { key: OrderKey; instrument: number } | undefined;
  /** State changes are tried in turn; a step that the present state does not allow is no refusal of the flow. */
  private changingState = false;

  constructor(setup: EngineSetup) {
    this.setup = setup;
    this.engine = new Engine((words, end) => this.readEvents(words, end));
    for (const command of setup.commands) this.engine.apply(command, 0);
  }

  apply(instrument: number, timeMicros: number, command: FlowCommand): void {
    const seeded = this.seeded(instrument);
    this.timeMicros = Math.max(this.timeMicros, timeMicros);
    switch (command.kind) {
      case 'enter':
      case 'restore':
        this.enter(instrument, seeded, command);
        return;
      case 'cancel':
        this.cancel(instrument, seeded, command.order);
        return;
      case 'amend':
        this.amend(instrument, seeded, command);
        return;
      case 'clear':
        this.clear(seeded.index);
        return;
      case 'phase':
        this.changingState = true;
        for (const state of STATES_OF_PHASE[command.phase]) this.changeState(seeded.index, state);
        this.changingState = false;
    }
  }

  displayed(instrument: number, order: OrderKey): number {
    const slot = this.slots.get(instrument)?.get(order);
    return slot === undefined ? 0 : this.orderWord(slot, Order.displayed);
  }

  takeFills(): readonly VenueFill[] {
    const { fills } = this;
    if (fills.length > 0) this.fills = [];
    return fills;
  }

  private enter(instrument: number, { index, grid }: SeededInstrument, command: Place): void {
    const { words } = this;
    const restored = command.kind === 'restore';
    const market = command.price === PRICE_NONE;
    const shown = restored ? 0 : Math.min(command.displayed, command.quantity);
    const extras = shown > 0 && shown < command.quantity;
    const length = extras ? NEW_ORDER_EXTRAS_WORDS : NEW_ORDER_WORDS;
    this.begin(CommandKind.newOrder, length);
    const tif = market ? TimeInForce.day : !restored && command.immediate ? TimeInForce.ioc : TimeInForce.gtc;
    const flags = (extras ? TermFlag.extras : 0) | (restored ? TermFlag.postOnly : 0);
    const type = market ? OrderType.market : OrderType.limit;
    words[NewOrder.account] = REPLAY_ACCOUNT;
    words[NewOrder.instrument] = index;
    writeWide(words, NewOrder.clOrdIdLow, ++this.clOrdId);
    words[NewOrder.terms] = packTerms(command.side as Side, type, tif, SelfTrade.none, flags);
    words[NewOrder.quantity] = command.quantity;
    words[NewOrder.priceTicks] = market ? 0 : payingTicks(grid, command.side, command.price);
    if (extras) words[NewOrder.displayQuantity] = shown;
    this.entering = { key: command.order, instrument };
    this.send();
    this.entering = undefined;
  }

  private cancel(instrument: number, { index }: SeededInstrument, order: OrderKey): void {
    const slot = this.slots.get(instrument)?.get(order);
    if (slot === undefined) {
      this.refuse(Code.unknownOrder);
      return;
    }
    const { words } = this;
    this.begin(CommandKind.cancelOrder, CANCEL_ORDER_WORDS);
    words[CancelOrder.account] = REPLAY_ACCOUNT;
    words[CancelOrder.instrument] = index;
    words[CancelOrder.orderSlot] = slot;
    words[CancelOrder.orderGeneration] = this.orderWord(slot, Order.generation);
    this.send();
  }

  private amend(
    instrument: number,
    { index, grid }: SeededInstrument,
    { order, price, open }: Extract<FlowCommand, { kind: 'amend' }>,
  ): void {
    const slot = this.slots.get(instrument)?.get(order);
    if (slot === undefined) {
      this.refuse(Code.unknownOrder);
      return;
    }
    const { words } = this;
    this.begin(CommandKind.amendOrder, AMEND_ORDER_WORDS);
    words[AmendOrder.account] = REPLAY_ACCOUNT;
    words[AmendOrder.instrument] = index;
    words[AmendOrder.orderSlot] = slot;
    words[AmendOrder.orderGeneration] = this.orderWord(slot, Order.generation);
    // What an iceberg keeps hidden is not in the recording: it is raised to what it must have held, never lowered.
    const keeps = this.orderWord(slot, Order.displayQuantity) !== 0 && open <= this.orderWord(slot, Order.leaves);
    words[AmendOrder.quantity] = keeps ? 0 : this.orderWord(slot, Order.cum) + open;
    words[AmendOrder.priceTicks] = payingTicks(grid, sideOf(this.orderWord(slot, Order.terms)), price);
    this.send();
  }

  private clear(index: number): void {
    const { words } = this;
    this.begin(CommandKind.massCancel, MASS_CANCEL_WORDS);
    words[MassCancel.session] = EVERY;
    words[MassCancel.account] = EVERY;
    words[MassCancel.participant] = EVERY;
    words[MassCancel.instrument] = index;
    words[MassCancel.side] = EVERY;
    words[MassCancel.reason] = Code.canceledByMassCancel;
    this.send();
  }

  private changeState(index: number, state: number): void {
    this.begin(CommandKind.marketState, MARKET_STATE_WORDS);
    this.words[MarketStateCommand.instrument] = index;
    this.words[MarketStateCommand.state] = state;
    this.send();
  }

  private begin(kind: CommandKind, lengthWords: number): void {
    this.words.fill(0);
    writeHeader(this.words, 0, kind, lengthWords, 0, 0);
    writeWide(this.words, Header.timeLow, this.timeMicros);
  }

  private send(): void {
    this.engine.apply(this.words, 0);
  }

  private readEvents(words: Int32Array, end: number): void {
    for (let at = 0; at < end; at += eventLength(words, at)) {
      const kind = eventKind(words, at);
      if (kind === EventKind.execution) this.readExecution(words, at);
      else if (kind === EventKind.refused && !this.changingState) this.refuse(words[at + Refused.reason]);
    }
  }

  private readExecution(words: Int32Array, at: number): void {
    const execType = words[at + Execution.execType];
    if (execType === ExecType.rejected || execType === ExecType.requestRejected) {
      this.refuse(words[at + Execution.reason]);
      return;
    }
    const slot = words[at + Execution.orderSlot];
    if (execType === ExecType.new) this.admit(slot, words[at + Execution.orderGeneration]);
    const order = this.live.get(slot);
    invariant(order !== undefined && order.generation === words[at + Execution.orderGeneration], 'replay.order-lost');
    const status = words[at + Execution.status];
    if (execType === ExecType.trade && status >>> 8 !== Liquidity.removed) {
      this.fills.push({
        order: order.key,
        price: this.seeded(order.instrument).grid.toPrice(words[at + Execution.lastTicks]),
        quantity: words[at + Execution.lastQuantity],
      });
    }
    if (DONE_STATUSES.has(status & 0xff)) {
      this.live.delete(slot);
      this.slots.get(order.instrument)?.delete(order.key);
    }
  }

  private admit(slot: number, generation: number): void {
    const { entering } = this;
    invariant(entering !== undefined, 'replay.unasked-order', slot);
    const { key, instrument } = entering;
    this.live.set(slot, { key, instrument, generation });
    let slots = this.slots.get(instrument);
    if (slots === undefined) {
      slots = new Map();
      this.slots.set(instrument, slots);
    }
    slots.set(key, slot);
  }

  private refuse(reason: number): void {
    const { name } = describeCode(reason);
    this.refusals.set(name, (this.refusals.get(name) ?? 0) + 1);
  }

  private orderWord(slot: number, field: number): number {
    const state = this.engine.view;
    invariant(state !== undefined, 'replay.no-engine');
    return state.orders.words[(slot << ORDER_SHIFT) + field];
  }

  private seeded(instrument: number): SeededInstrument {
    const seeded = this.setup.instruments.get(instrument);
    invariant(seeded !== undefined, 'replay.instrument-not-seeded', instrument);
    return seeded;
  }
}

/** The price in ticks; a print between two ticks (a midpoint trade) becomes the tick that still pays it. */
export function payingTicks(grid: PriceGrid, side: number, price: number): number {
  const ticks = grid.toTicks(price);
  return side === Side.buy ? Math.ceil(ticks) : Math.floor(ticks);
}
