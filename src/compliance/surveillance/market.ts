/**
 * The market as it is at each event: orders, books, actors and what is usual, kept from the engine's commands and events.
 * Detectors hear what happened with all of it at hand; they change nothing here.
 */
import { AccountCommand, CommandKind, InstrumentCommand, NewOrder } from '#trading/commands.ts';
import { EventKind, ExecType, Execution, Level, MarketStateEvent, Trade } from '#trading/events.ts';
import { Code } from '#trading/codes.ts';
import { OrderType, TimeInForce, sideOf, timeInForceOf, typeOf, TermFlag } from '#trading/terms.ts';
import { Actors } from './actors.ts';
import { Ending, type MarketEvents } from './market-events.ts';
import { InstrumentWatch } from './instrument-watch.ts';
import { OrderFlag, OrderTable } from './order-table.ts';
import { Pairs } from './pairs.ts';

const SECOND_MICROS = 1_000_000;
const INSTRUMENTS_MAX = 1 << 12;
const NONE = -1;
/** Where the words of a command lie. */
export interface CommandWords {
  readonly words: Int32Array;
  readonly at: number;
  readonly timeMicros: number;
}

export class Market {
  readonly orders = new OrderTable();
  readonly actors = new Actors();
  readonly pairs = new Pairs();
  nowMicros = 0;
  events = 0;
  private readonly watches: InstrumentWatch[] = [];
  private readonly participants = new Map<number, number>();
  private readonly listener: MarketEvents;
  private second = 0;

  constructor(listener: MarketEvents) {
    this.listener = listener;
  }

  /** Says which firm an account belongs to: what commands before the first one heard have set up. */
  setParticipant(account: number, participant: number): void {
    this.participants.set(account, participant);
  }

  get instrumentCount(): number {
    return this.watches.length;
  }

  watch(instrument: number): InstrumentWatch {
    const known = this.watches[instrument];
    if (known !== undefined) return known;
    while (this.watches.length <= Math.min(instrument, INSTRUMENTS_MAX)) this.watches.push(new InstrumentWatch());
    return this.watches[Math.min(instrument, INSTRUMENTS_MAX)];
  }

  /** Takes a command after its events: what reference data and time it brings. */
  onCommand({ words, at, timeMicros }: CommandWords): void {
    this.advance(timeMicros);
    const kind = words[at] & 0xff;
    if (kind === CommandKind.account)
      this.setParticipant(words[at + AccountCommand.account], words[at + AccountCommand.participant]);
    else if (kind === CommandKind.instrument) {
      this.watch(words[at + InstrumentCommand.instrument]).moneyPerTick = words[at + InstrumentCommand.moneyPerTick];
    }
  }

  /** Takes events of the words [0, end) of one command. */
  onEvents(words: Int32Array, end: number, command: CommandWords): void {
    this.advance(command.timeMicros);
    for (let at = 0; at < end; at += words[at] >>> 16) {
      this.events++;
      switch (words[at] & 0xff) {
        case EventKind.execution:
          this.onExecution(words, at, command);
          break;
        case EventKind.trade:
          if (words[at + Trade.correction] === 0) this.onTrade(words, at);
          break;
        case EventKind.level:
          this.watch(words[at + Level.instrument]).book.set(
            words[at + Level.side],
            words[at + Level.priceTicks],
            words[at + Level.quantity],
          );
          break;
        case EventKind.marketState:
          this.onState(
            words[at + MarketStateEvent.instrument],
            words[at + MarketStateEvent.state],
            words[at + MarketStateEvent.previous],
          );
          break;
        default:
      }
    }
  }

  private advance(nowMicros: number): void {
    if (nowMicros <= this.nowMicros) return;
    this.nowMicros = nowMicros;
    const second = Math.floor(nowMicros / SECOND_MICROS);
    if (second <= this.second) return;
    this.second = second;
    for (const watch of this.watches) watch.endSecond(second);
    this.listener.onSecond(second);
  }

  private onExecution(words: Int32Array, at: number, command: CommandWords): void {
    const slot = words[at + Execution.orderSlot];
    const generation = words[at + Execution.orderGeneration];
    if (generation === 0) {
      this.onRefused(words, at, command);
      return;
    }
    const { orders } = this;
    if (!orders.reach(slot)) return;
    const execType = words[at + Execution.execType];
    const isKnown = orders.generation[slot] === generation && orders.live[slot] === 1;
    switch (execType) {
      case ExecType.new:
      case ExecType.triggered:
        if (!isKnown) this.enter(words, at, slot, command);
        return;
      case ExecType.replaced:
      case ExecType.restated:
        if (isKnown) this.amend(words, at, slot);
        return;
      case ExecType.trade:
        if (!isKnown) this.enter(words, at, slot, command);
        this.setLeaves(slot, words[at + Execution.leavesQuantity]);
        return;
      case ExecType.canceled:
      case ExecType.expired:
        if (isKnown) this.end(slot, endingOf(execType, words[at + Execution.reason]));
        return;
      default:
    }
  }

  private onRefused(words: Int32Array, at: number, command: CommandWords): void {
    if (words[at + Execution.execType] !== ExecType.rejected) return;
    const account = words[at + Execution.account];
    const actor = this.actors.indexOf(clientOf(words, at, command), this.participants.get(account) ?? account);
    this.listener.onRefusal(actor, words[at + Execution.instrument], words[at + Execution.reason]);
  }

  private enter(words: Int32Array, at: number, slot: number, command: CommandWords): void {
    const { orders, pairs } = this;
    const account = words[at + Execution.account];
    const instrument = words[at + Execution.instrument];
    const terms = words[at + Execution.terms];
    const side = sideOf(terms);
    const participant = this.participants.get(account) ?? account;
    const client = clientOf(words, at, command);
    const actor = this.actors.indexOf(client, participant);
    const pair = pairs.indexOf(actor, instrument);
    const watch = this.watch(instrument);
    const price = words[at + Execution.priceTicks];
    const executed = words[at + Execution.lastQuantity];
    const leaves = words[at + Execution.leavesQuantity] + executed;
    const opposite = watch.book.best(side ^ 1);
    const own = watch.book.best(side);
    const isMarket = typeOf(terms) === OrderType.market;
    const meets = isMarket || (opposite !== 0 && price !== 0 && (side === 0 ? price >= opposite : price <= opposite));
    const tif = timeInForceOf(terms);
    orders.generation[slot] = words[at + Execution.orderGeneration];
    orders.actor[slot] = actor;
    orders.pair[slot] = pair;
    orders.account[slot] = account;
    orders.participant[slot] = participant;
    orders.instrument[slot] = instrument;
    orders.side[slot] = side;
    orders.flags[slot] =
      (client === 0 ? 0 : OrderFlag.client) |
      (tif === TimeInForce.ioc || tif === TimeInForce.fok || isMarket ? OrderFlag.immediate : 0) |
      ((terms & TermFlag.quote) === 0 ? 0 : OrderFlag.quote) |
      (meets ? OrderFlag.marketable : 0);
    orders.live[slot] = 1;
    orders.price[slot] = price;
    orders.quantity[slot] = leaves;
    orders.leaves[slot] = leaves;
    orders.filled[slot] = 0;
    orders.filledValue[slot] = 0;
    orders.entered[slot] = this.nowMicros;
    orders.away[slot] = own === 0 || price === 0 ? 0 : side === 0 ? own - price : price - own;
    orders.arrivalOpposite[slot] = opposite;
    orders.arrivalMiddle[slot] = watch.book.middle;
    const list = pair * 2 + side;
    const head = pairs.head[list];
    orders.previous[slot] = NONE;
    orders.next[slot] = head;
    if (head !== NONE) orders.previous[head] = slot;
    pairs.head[list] = slot;
    pairs.liveQuantity[list] += leaves;
    pairs.dayMessages[pair]++;
    watch.noteOrder(leaves);
    watch.noteMessage(this.nowMicros);
    this.listener.onOrder(slot);
  }

  private amend(words: Int32Array, at: number, slot: number): void {
    const { orders, pairs } = this;
    const before = orders.price[slot];
    const price = words[at + Execution.priceTicks];
    this.setLeaves(slot, words[at + Execution.leavesQuantity]);
    orders.price[slot] = price;
    orders.flags[slot] |= OrderFlag.amended;
    pairs.dayMessages[orders.pair[slot]] += 2;
    this.watch(orders.instrument[slot]).noteMessage(this.nowMicros);
    this.listener.onAmend(slot, before);
  }

  private setLeaves(slot: number, leaves: number): void {
    const { orders } = this;
    this.pairs.liveQuantity[orders.pair[slot] * 2 + orders.side[slot]] += leaves - orders.leaves[slot];
    orders.leaves[slot] = leaves;
  }

  private end(slot: number, ending: Ending): void {
    const { orders, pairs } = this;
    if (ending === Ending.byOwner) {
      pairs.dayMessages[orders.pair[slot]]++;
      this.watch(orders.instrument[slot]).noteMessage(this.nowMicros);
    }
    this.listener.onEnd(slot, ending);
    const list = orders.pair[slot] * 2 + orders.side[slot];
    const next = orders.next[slot];
    const previous = orders.previous[slot];
    if (next !== NONE) orders.previous[next] = previous;
    if (previous !== NONE) orders.next[previous] = next;
    else pairs.head[list] = next;
    pairs.liveQuantity[list] = pairs.head[list] === NONE ? 0 : pairs.liveQuantity[list] - orders.leaves[slot];
    orders.live[slot] = 0;
  }

  private onTrade(words: Int32Array, at: number): void {
    const { orders, pairs } = this;
    const instrument = words[at + Trade.instrument];
    const ticks = words[at + Trade.priceTicks];
    const lots = words[at + Trade.quantity];
    const maker = words[at + Trade.makerSlot];
    const taker = words[at + Trade.takerSlot];
    const side = words[at + Trade.aggressorSide];
    const watch = this.watch(instrument);
    const knowsBoth =
      this.knows(maker, words[at + Trade.makerGeneration]) && this.knows(taker, words[at + Trade.takerGeneration]);
    if (!knowsBoth) {
      watch.noteTrade(this.nowMicros, ticks, lots, side, NONE, NONE, NONE, NONE);
      return;
    }
    for (const slot of [maker, taker]) {
      const pair = orders.pair[slot];
      orders.filled[slot] += lots;
      orders.filledValue[slot] += lots * ticks;
      pairs.net[pair] += orders.side[slot] === 0 ? lots : -lots;
      pairs.dayTrades[pair]++;
    }
    watch.noteTrade(this.nowMicros, ticks, lots, side, orders.actor[taker], orders.actor[maker], taker, maker);
    const tradeId = words[at + Trade.tradeIdHigh] * 4294967296 + (words[at + Trade.tradeIdLow] >>> 0);
    this.listener.onTrade(maker, taker, ticks, lots, side, tradeId);
    if (orders.leaves[maker] === 0) this.end(maker, Ending.filled);
    if (orders.leaves[taker] === 0 && orders.live[taker] === 1) this.end(taker, Ending.filled);
  }

  private knows(slot: number, generation: number): boolean {
    return (
      slot >= 0 &&
      slot < this.orders.generation.length &&
      this.orders.generation[slot] === generation &&
      this.orders.live[slot] === 1
    );
  }

  private onState(instrument: number, state: number, previous: number): void {
    const watch = this.watch(instrument);
    const sinceMicros = watch.stateSinceMicros;
    watch.state = state;
    watch.stateSinceMicros = this.nowMicros;
    this.listener.onState(instrument, state, previous, sinceMicros);
  }
}

/** The client's short code, where the event is about the order that the command enters. */
function clientOf(words: Int32Array, at: number, command: CommandWords): number {
  const asked = command.words;
  const from = command.at;
  const isOwn =
    (asked[from] & 0xff) === CommandKind.newOrder &&
    asked[from + NewOrder.account] === words[at + Execution.account] &&
    asked[from + NewOrder.clOrdIdLow] === words[at + Execution.clOrdIdLow];
  return isOwn ? asked[from + NewOrder.clientCode] : 0;
}

function endingOf(execType: number, reason: number): Ending {
  const byOwner =
    execType === ExecType.canceled &&
    (reason === Code.canceledByUser || reason === Code.canceledByMassCancel || reason === Code.quoteReplaced);
  return byOwner ? Ending.byOwner : Ending.byMarket;
}
