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
    const execType = words[at + Execution.execType];
    const known = this.orders.find(slot, generation);
    switch (execType) {
      case ExecType.new:
      case ExecType.triggered:
        if (known === NONE) this.enter(words, at, command);
        return;
      case ExecType.replaced:
      case ExecType.restated:
        if (known !== NONE) this.amend(words, at, known);
        return;
      case ExecType.trade: {
        const row = known === NONE ? this.enter(words, at, command) : known;
        if (row !== NONE) this.setLeaves(row, words[at + Execution.leavesQuantity]);
        return;
      }
      case ExecType.canceled:
      case ExecType.expired:
        if (known !== NONE) this.end(known, endingOf(execType, words[at + Execution.reason]));
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

  /** Begins to remember an order; NONE where there is no room for it. */
  private enter(words: Int32Array, at: number, command: CommandWords): number {
    const { orders, pairs } = this;
    const row = orders.take(words[at + Execution.orderSlot], words[at + Execution.orderGeneration]);
    if (row === NONE) return NONE;
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
    orders.actor[row] = actor;
    orders.pair[row] = pair;
    orders.account[row] = account;
    orders.participant[row] = participant;
    orders.instrument[row] = instrument;
    orders.side[row] = side;
    orders.flags[row] =
      (client === 0 ? 0 : OrderFlag.client) |
      (tif === TimeInForce.ioc || tif === TimeInForce.fok || isMarket ? OrderFlag.immediate : 0) |
      ((terms & TermFlag.quote) === 0 ? 0 : OrderFlag.quote) |
      (meets ? OrderFlag.marketable : 0);
    orders.price[row] = price;
    orders.quantity[row] = leaves;
    orders.leaves[row] = leaves;
    orders.filled[row] = 0;
    orders.filledValue[row] = 0;
    orders.entered[row] = this.nowMicros;
    orders.away[row] = own === 0 || price === 0 ? 0 : side === 0 ? own - price : price - own;
    orders.arrivalOpposite[row] = opposite;
    orders.arrivalMiddle[row] = watch.book.middle;
    const list = pair * 2 + side;
    const head = pairs.head[list];
    orders.previous[row] = NONE;
    orders.next[row] = head;
    if (head !== NONE) orders.previous[head] = row;
    pairs.head[list] = row;
    pairs.liveQuantity[list] += leaves;
    pairs.dayMessages[pair]++;
    watch.noteOrder(leaves);
    watch.noteMessage(this.nowMicros);
    this.listener.onOrder(row);
    return row;
  }

  private amend(words: Int32Array, at: number, row: number): void {
    const { orders, pairs } = this;
    const before = orders.price[row];
    const price = words[at + Execution.priceTicks];
    this.setLeaves(row, words[at + Execution.leavesQuantity]);
    orders.price[row] = price;
    orders.flags[row] |= OrderFlag.amended;
    pairs.dayMessages[orders.pair[row]] += 2;
    this.watch(orders.instrument[row]).noteMessage(this.nowMicros);
    this.listener.onAmend(row, before);
  }

  private setLeaves(row: number, leaves: number): void {
    const { orders } = this;
    this.pairs.liveQuantity[orders.pair[row] * 2 + orders.side[row]] += leaves - orders.leaves[row];
    orders.leaves[row] = leaves;
  }

  private end(row: number, ending: Ending): void {
    const { orders, pairs } = this;
    if (ending === Ending.byOwner) {
      pairs.dayMessages[orders.pair[row]]++;
      this.watch(orders.instrument[row]).noteMessage(this.nowMicros);
    }
    this.listener.onEnd(row, ending);
    const list = orders.pair[row] * 2 + orders.side[row];
    const next = orders.next[row];
    const previous = orders.previous[row];
    if (next !== NONE) orders.previous[next] = previous;
    if (previous !== NONE) orders.next[previous] = next;
    else pairs.head[list] = next;
    pairs.liveQuantity[list] = pairs.head[list] === NONE ? 0 : pairs.liveQuantity[list] - orders.leaves[row];
    orders.end(row);
  }

  private onTrade(words: Int32Array, at: number): void {
    const { orders, pairs } = this;
    const instrument = words[at + Trade.instrument];
    const ticks = words[at + Trade.priceTicks];
    const lots = words[at + Trade.quantity];
    const maker = orders.find(words[at + Trade.makerSlot], words[at + Trade.makerGeneration]);
    const taker = orders.find(words[at + Trade.takerSlot], words[at + Trade.takerGeneration]);
    const side = words[at + Trade.aggressorSide];
    const watch = this.watch(instrument);
    if (maker === NONE || taker === NONE) {
      watch.noteTrade(this.nowMicros, ticks, lots, side, NONE, NONE, NONE, NONE);
      return;
    }
    for (const row of [maker, taker]) {
      const pair = orders.pair[row];
      orders.filled[row] += lots;
      orders.filledValue[row] += lots * ticks;
      pairs.net[pair] += orders.side[row] === 0 ? lots : -lots;
      pairs.dayTrades[pair]++;
    }
    watch.noteTrade(this.nowMicros, ticks, lots, side, orders.actor[taker], orders.actor[maker], taker, maker);
    const tradeId = words[at + Trade.tradeIdHigh] * 4294967296 + (words[at + Trade.tradeIdLow] >>> 0);
    this.listener.onTrade(maker, taker, ticks, lots, side, tradeId);
    if (orders.leaves[maker] === 0) this.end(maker, Ending.filled);
    if (orders.leaves[taker] === 0 && orders.live[taker] === 1) this.end(taker, Ending.filled);
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
