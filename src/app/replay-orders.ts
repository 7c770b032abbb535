/**
 * A recorded flow as the orders of a live session: encodes each command, follows what became of it from the reports, and
 * brings orders that traded differently back to the recording, as drive mode does. Never decides when anything is sent.
 */
import type { OrderEntryClient } from '#edge/client.ts';
import { Code, describeCode } from '#trading/codes.ts';
import * as commands from '#trading/commands.ts';
import { AmendOrder, CancelOrder, CommandKind, NewOrder, writeHeader } from '#trading/commands.ts';
import { EventKind, ExecType, Execution, OrderStatus, Refused } from '#trading/events.ts';
import { OrderType, SelfTrade, TermFlag, TimeInForce, packTerms } from '#trading/terms.ts';
import type { Side } from '#trading/terms.ts';
import { PRICE_NONE } from '#wire/market-data/record.ts';
import { isFinal } from '#wire/order-entry/client-session.ts';
import { EVENT_AT } from '#wire/order-entry/messages.ts';
import type { SeededInstrument } from './replay/engine-setup.ts';
import { STATES_OF_PHASE, payingTicks } from './replay/engine-venue.ts';
import type { FlowCommand, FlowStep, Settlement } from './replay/flow-rows.ts';
import type { OrderKey } from './replay/order-key.ts';

/** Commands that wait for their answers; above it nothing is sent. */
const IN_FLIGHT_MAX = 1024;
const COMMAND_WORDS = 32;
const DONE_STATUSES = new Set<number>([
  OrderStatus.filled,
  OrderStatus.canceled,
  OrderStatus.expired,
  OrderStatus.rejected,
]);

interface LiveOrder {
  readonly key: OrderKey;
  readonly clOrdId: number;
  readonly instrument: number;
  readonly side: number;
  readonly isIceberg: boolean;
  cum: number;
  leaves: number;
  /** The last message after which something may have happened to it. */
  touched: number;
  isDone: boolean;
}

/** What the recording says after a step, to be compared once the step is answered. */
interface DueSettlement {
  readonly sequence: number;
  readonly instrument: number;
  readonly settlements: readonly Settlement[];
}

export interface ReplayOrdersOptions {
  /** Index of the account that everything is entered for. */
  readonly account: number;
  /** High word of every ClOrdID: differs from run to run. */
  readonly run: number;
  /** By the recording's instrument number; `index` is the running engine's. */
  readonly instruments: ReadonlyMap<number, SeededInstrument>;
}

export class ReplayOrders {
  /** Commands sent. */
  sent = 0;
  /** How many the engine refused, by the name of the reason. */
  readonly refusals = new Map<string, number>();
  /** Orders that were brought back to the recording. */
  corrections = 0;
  private readonly options: ReplayOrdersOptions;
  private readonly client: Pick<OrderEntryClient, 'submit' | 'session'>;
  private readonly words = new Int32Array(COMMAND_WORDS);
  /** By the recording's instrument and order, and by ClOrdID. */
  private readonly byKey = new Map<string, LiveOrder>();
  private readonly byId = new Map<number, LiveOrder>();
  private readonly due: DueSettlement[] = [];
  /** Orders that ended; kept until no settlement from before their end is left. */
  private readonly ended: LiveOrder[] = [];
  /** State changes are tried in turn; one that the present state does not allow is no refusal of the flow. */
  private readonly attempts = new Set<number>();
  private lastId = 0;
  private lastSequence = 0;
  private doneThrough = 0;
  private waiter: { sequence: number; resolve: () => void } | undefined;

  /** The client's reports must be handed to `onReport` and `onReject`. */
  constructor(client: Pick<OrderEntryClient, 'submit' | 'session'>, options: ReplayOrdersOptions) {
    this.client = client;
    this.options = options;
    this.lastSequence = client.session.sent.next - 1;
    this.doneThrough = this.lastSequence;
  }

  /** Orders entered so far. */
  get entered(): number {
    return this.lastId;
  }

  /** Sends a step's commands, waiting for answers where one depends on them. */
  async advance(step: FlowStep): Promise<void> {
    await this.settleDue();
    for (const command of step.commands) await this.apply(step.instrument, command);
    for (const { order } of step.fills) {
      const live = this.find(step.instrument, order);
      if (live !== undefined) live.touched = this.lastSequence;
    }
    if (step.settlements.length > 0) {
      this.due.push({ sequence: this.lastSequence, instrument: step.instrument, settlements: step.settlements });
    }
  }

  /** Waits until everything is answered and settled. */
  async finish(): Promise<void> {
    while (this.due.length > 0 || this.doneThrough < this.lastSequence) {
      await this.done(this.lastSequence);
      await this.settleDue();
    }
  }

  onReport(flags: number, view: DataView, at: number): void {
    const word = (index: number): number => view.getInt32(at + EVENT_AT + index * 4, true);
    const kind = word(0) & 0xff;
    if (kind === EventKind.execution) this.noteExecution(word);
    else if (kind === EventKind.refused && !this.attempts.has(word(Refused.clientSequence))) {
      this.refuse(describeCode(word(Refused.reason)).name);
    }
    // The answer to a command may be several reports; with the last one all earlier commands are done, too.
    if (isFinal(flags)) this.noteDone();
  }

  onReject(code: number): void {
    this.refuse(`session code ${code}`);
    this.noteDone();
  }

  private async apply(instrument: number, command: FlowCommand): Promise<void> {
    await this.done(this.lastSequence - IN_FLIGHT_MAX);
    const seeded = this.options.instruments.get(instrument);
    if (seeded === undefined) return;
    switch (command.kind) {
      case 'enter':
      case 'restore':
        this.enter(instrument, seeded, command);
        return;
      case 'cancel':
        this.cancel(instrument, seeded, command.order);
        return;
      case 'amend': {
        const live = this.find(instrument, command.order);
        // The new quantity counts what is executed: everything that may have traded must be known.
        if (live !== undefined) await this.done(live.touched);
        this.amend(instrument, seeded, command);
        return;
      }
      case 'clear':
        this.clear(seeded.index);
        return;
      case 'phase':
        await this.done(this.lastSequence);
        this.attempts.clear();
        for (const state of STATES_OF_PHASE[command.phase]) this.changeState(seeded.index, state);
    }
  }

  private enter(
    instrument: number,
    { index, grid }: SeededInstrument,
    command: Extract<FlowCommand, { kind: 'enter' | 'restore' }>,
  ): void {
    const { words, options } = this;
    const isRestored = command.kind === 'restore';
    const isMarket = command.price === PRICE_NONE;
    const shown = isRestored ? 0 : Math.min(command.displayed, command.quantity);
    const isIceberg = shown > 0 && shown < command.quantity;
    this.begin(CommandKind.newOrder, isIceberg ? commands.NEW_ORDER_EXTRAS_WORDS : commands.NEW_ORDER_WORDS);
    const immediate = !isRestored && command.immediate;
    const timeInForce = isMarket ? TimeInForce.day : immediate ? TimeInForce.ioc : TimeInForce.gtc;
    const flags = (isIceberg ? TermFlag.extras : 0) | (isRestored ? TermFlag.postOnly : 0);
    const type = isMarket ? OrderType.market : OrderType.limit;
    const clOrdId = ++this.lastId;
    words[NewOrder.account] = options.account;
    words[NewOrder.instrument] = index;
    words[NewOrder.clOrdIdLow] = clOrdId;
    words[NewOrder.clOrdIdHigh] = options.run;
    words[NewOrder.terms] = packTerms(command.side as Side, type, timeInForce, SelfTrade.none, flags);
    words[NewOrder.quantity] = command.quantity;
    words[NewOrder.priceTicks] = isMarket ? 0 : payingTicks(grid, command.side, command.price);
    if (isIceberg) words[NewOrder.displayQuantity] = shown;
    const { side, order: key, quantity } = command;
    const touched = this.send();
    const live = { key, clOrdId, instrument, side, isIceberg, cum: 0, leaves: quantity, touched, isDone: false };
    this.byKey.set(keyText(instrument, key), live);
    this.byId.set(clOrdId, live);
  }

  private cancel(instrument: number, { index }: SeededInstrument, order: OrderKey): void {
    const live = this.find(instrument, order);
    if (live === undefined) return this.refuse(describeCode(Code.unknownOrder).name);
    const { words, options } = this;
    this.begin(CommandKind.cancelOrder, commands.CANCEL_ORDER_WORDS);
    words[CancelOrder.account] = options.account;
    words[CancelOrder.instrument] = index;
    words[CancelOrder.clOrdIdLow] = live.clOrdId;
    words[CancelOrder.clOrdIdHigh] = options.run;
    live.touched = this.send();
  }

  private amend(
    instrument: number,
    { index, grid }: SeededInstrument,
    { order, price, open }: Extract<FlowCommand, { kind: 'amend' }>,
  ): void {
    const live = this.find(instrument, order);
    if (live === undefined) return this.refuse(describeCode(Code.unknownOrder).name);
    const { words, options } = this;
    this.begin(CommandKind.amendOrder, commands.AMEND_ORDER_WORDS);
    words[AmendOrder.account] = options.account;
    words[AmendOrder.instrument] = index;
    words[AmendOrder.clOrdIdLow] = live.clOrdId;
    words[AmendOrder.clOrdIdHigh] = options.run;
    // What an iceberg keeps hidden is not in the recording: it is raised to what it must have held, never lowered.
    words[AmendOrder.quantity] = live.isIceberg && open <= live.leaves ? 0 : live.cum + open;
    words[AmendOrder.priceTicks] = payingTicks(grid, live.side, price);
    live.touched = this.send();
  }

  private clear(index: number): void {
    const { words } = this;
    this.begin(CommandKind.massCancel, commands.MASS_CANCEL_WORDS);
    words.fill(-1, commands.MassCancel.session, commands.MassCancel.side + 1);
    words[commands.MassCancel.account] = this.options.account;
    words[commands.MassCancel.instrument] = index;
    words[commands.MassCancel.reason] = Code.canceledByMassCancel;
    this.send();
  }

  private changeState(index: number, state: number): void {
    this.begin(CommandKind.marketState, commands.MARKET_STATE_WORDS);
    this.words[commands.MarketStateCommand.instrument] = index;
    this.words[commands.MarketStateCommand.state] = state;
    this.attempts.add(this.send());
  }

  private begin(kind: CommandKind, lengthWords: number): void {
    this.words.fill(0);
    writeHeader(this.words, 0, kind, lengthWords, 0, 0);
  }

  private send(): number {
    const sequence = this.client.submit(this.words, 0);
    if (sequence === 0) throw new Error('the session holds fewer messages than may be in flight');
    this.lastSequence = sequence;
    this.sent++;
    return sequence;
  }

  /** Compares answered steps with what the recording shows; an iceberg only in being there or not. */
  private async settleDue(): Promise<void> {
    for (let first = this.due[0]; first !== undefined && first.sequence <= this.doneThrough; first = this.due[0]) {
      this.due.shift();
      for (const settlement of first.settlements) await this.settle(first, settlement);
    }
    const oldest = this.due[0]?.sequence ?? Number.POSITIVE_INFINITY;
    for (let order = this.ended[0]; order !== undefined && order.touched < oldest; order = this.ended[0]) {
      this.ended.shift();
      const text = keyText(order.instrument, order.key);
      if (this.byKey.get(text) === order) this.byKey.delete(text);
    }
  }

  private async settle({ sequence, instrument }: DueSettlement, settlement: Settlement): Promise<void> {
    const { order, side, price, displayed } = settlement;
    const known = this.byKey.get(keyText(instrument, order));
    // What was sent about it since then is settled in its own turn.
    if (known !== undefined && known.touched > sequence) return;
    const live = this.find(instrument, order);
    if (live === undefined) {
      if (displayed === 0) return;
      await this.apply(instrument, { kind: 'restore', order, side, price, quantity: displayed });
    } else if (displayed === 0) {
      await this.apply(instrument, { kind: 'cancel', order });
    } else if (!live.isIceberg && live.leaves !== displayed) {
      await this.apply(instrument, { kind: 'amend', order, price, open: displayed });
    } else {
      return;
    }
    this.corrections++;
  }

  private noteExecution(word: (index: number) => number): void {
    const execType = word(Execution.execType);
    const isRefusal = execType === ExecType.rejected || execType === ExecType.requestRejected;
    if (isRefusal) this.refuse(describeCode(word(Execution.reason)).name);
    const live = this.byId.get(word(Execution.clOrdIdLow));
    if (live === undefined || word(Execution.clOrdIdHigh) !== this.options.run) return;
    if (execType === ExecType.requestRejected) return;
    live.cum = word(Execution.cumQuantity);
    live.leaves = word(Execution.leavesQuantity);
    if (execType !== ExecType.rejected && !DONE_STATUSES.has(word(Execution.status) & 0xff)) return;
    this.byId.delete(live.clOrdId);
    live.isDone = true;
    this.ended.push(live);
  }

  private refuse(reason: string): void {
    this.refusals.set(reason, (this.refusals.get(reason) ?? 0) + 1);
  }

  private find(instrument: number, order: OrderKey): LiveOrder | undefined {
    const known = this.byKey.get(keyText(instrument, order));
    return known?.isDone === true ? undefined : known;
  }

  private noteDone(): void {
    this.doneThrough = this.client.session.sent.oldest - 1;
    const { waiter } = this;
    if (waiter === undefined || this.doneThrough < waiter.sequence) return;
    this.waiter = undefined;
    waiter.resolve();
  }

  /** Resolves when everything up to the message is answered to its end. */
  private async done(sequence: number): Promise<void> {
    if (this.doneThrough >= sequence) return;
    await new Promise<void>((resolve) => {
      this.waiter = { sequence, resolve };
    });
  }
}

function keyText(instrument: number, order: OrderKey): string {
  return `${instrument}/${order}`;
}
