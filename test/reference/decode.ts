/**
 * The real engine's event words as the plain objects of the reference, and the displayed book that level events give.
 * Never judges: it only reads.
 */
import {
  Accepted,
  EventKind,
  Execution,
  Indicative,
  Level,
  MarketStateEvent,
  ProtectionEvent,
  Refused,
  Statement,
  Trade,
  eventKind,
  eventLength,
  EXECUTION_REFUSED_WORDS,
} from '#trading/events.ts';
import { readWide } from '#trading/commands.ts';
import { Side } from '#trading/terms.ts';
import type { DisplayedLevel, PlainEvent } from './events.ts';

/** The displayed books of all instruments as a receiver of level events knows them. */
export class ReceivedBook {
  private readonly levels = new Map<string, Map<number, DisplayedLevel>>();

  set(instrument: number, side: number, level: DisplayedLevel): void {
    const key = `${instrument}/${side}`;
    const known = this.levels.get(key) ?? new Map<number, DisplayedLevel>();
    this.levels.set(key, known);
    if (level.quantity === 0) known.delete(level.price);
    else known.set(level.price, level);
  }

  /** Best price first. */
  side(instrument: number, side: Side): DisplayedLevel[] {
    const known = this.levels.get(`${instrument}/${side}`);
    if (known === undefined) return [];
    const better = side === Side.buy ? -1 : 1;
    return [...known.values()].toSorted((left, right) => better * (left.price - right.price));
  }
}

/** Reads the events of words [0, end): level events go into the book, all others are added to `events`. */
export function decodeEvents(words: Int32Array, end: number, events: PlainEvent[], book: ReceivedBook): void {
  for (let at = 0; at < end; at += eventLength(words, at)) {
    if (eventLength(words, at) === 0) throw new Error(`an event at word ${at} has no length`);
    if (eventKind(words, at) === EventKind.level) readLevel(words, at, book);
    else events.push(readEvent(words, at));
  }
}

function readLevel(words: Int32Array, at: number, book: ReceivedBook): void {
  book.set(words[at + Level.instrument], words[at + Level.side], {
    price: words[at + Level.priceTicks],
    quantity: words[at + Level.quantity],
    orders: words[at + Level.orders],
  });
}

function readEvent(words: Int32Array, at: number): PlainEvent {
  const word = (offset: number): number => words[at + offset];
  switch (eventKind(words, at)) {
    case EventKind.execution:
      return readExecution(words, at);
    case EventKind.trade:
      return readTrade(words, at);
    case EventKind.marketState:
      return {
        kind: 'marketState',
        instrument: word(MarketStateEvent.instrument),
        state: word(MarketStateEvent.state),
        previous: word(MarketStateEvent.previous),
        reason: word(MarketStateEvent.reason),
      };
    case EventKind.indicative:
      return {
        kind: 'indicative',
        instrument: word(Indicative.instrument),
        price: word(Indicative.priceTicks),
        volume: word(Indicative.volume),
        imbalance: word(Indicative.imbalance),
      };
    case EventKind.accepted:
    case EventKind.refused:
      return readAnswer(words, at);
    case EventKind.protection:
      return {
        kind: 'protection',
        account: word(ProtectionEvent.account),
        session: word(ProtectionEvent.session),
        canceled: word(ProtectionEvent.canceled),
        quantity: word(ProtectionEvent.quantity),
        executions: word(ProtectionEvent.executions),
      };
    case EventKind.statement:
      return readStatement(words, at);
    default:
      throw new Error(`unknown event kind ${eventKind(words, at)}`);
  }
}

function readExecution(words: Int32Array, at: number): PlainEvent {
  const word = (offset: number): number => words[at + offset];
  const withNumbers = eventLength(words, at) >= EXECUTION_REFUSED_WORDS;
  return {
    kind: 'execution',
    execType: word(Execution.execType),
    reason: word(Execution.reason),
    session: word(Execution.session),
    account: word(Execution.account),
    instrument: word(Execution.instrument),
    slot: word(Execution.orderSlot),
    generation: word(Execution.orderGeneration),
    clOrdIdLow: word(Execution.clOrdIdLow),
    clOrdIdHigh: word(Execution.clOrdIdHigh),
    terms: word(Execution.terms),
    price: word(Execution.priceTicks),
    leaves: word(Execution.leavesQuantity),
    cum: word(Execution.cumQuantity),
    lastQuantity: word(Execution.lastQuantity),
    lastPrice: word(Execution.lastTicks),
    tradeId: readWide(words, at + Execution.tradeIdLow),
    clientSequence: word(Execution.clientSequence),
    status: word(Execution.status) & 0xff,
    liquidity: word(Execution.status) >>> 8,
    limit: withNumbers ? readWide(words, at + Execution.limitLow) : 0,
    value: withNumbers ? readWide(words, at + Execution.valueLow) : 0,
    used: withNumbers ? readWide(words, at + Execution.usedLow) : 0,
  };
}

function readTrade(words: Int32Array, at: number): PlainEvent {
  const word = (offset: number): number => words[at + offset];
  return {
    kind: 'trade',
    instrument: word(Trade.instrument),
    price: word(Trade.priceTicks),
    quantity: word(Trade.quantity),
    tradeId: readWide(words, at + Trade.tradeIdLow),
    aggressorSide: word(Trade.aggressorSide),
    makerSlot: word(Trade.makerSlot),
    makerGeneration: word(Trade.makerGeneration),
    takerSlot: word(Trade.takerSlot),
    takerGeneration: word(Trade.takerGeneration),
    correction: word(Trade.correction),
  };
}

function readAnswer(words: Int32Array, at: number): PlainEvent {
  const word = (offset: number): number => words[at + offset];
  const common = {
    commandKind: word(Accepted.commandKind),
    session: word(Accepted.session),
    clientSequence: word(Accepted.clientSequence),
    subject: word(Accepted.subject),
  };
  if (eventKind(words, at) === EventKind.accepted) return { kind: 'accepted', ...common, count: word(Accepted.count) };
  return {
    kind: 'refused',
    ...common,
    reason: word(Refused.reason),
    limit: readWide(words, at + Refused.limitLow),
    value: readWide(words, at + Refused.valueLow),
    used: readWide(words, at + Refused.usedLow),
  };
}

function readStatement(words: Int32Array, at: number): PlainEvent {
  const word = (offset: number): number => words[at + offset];
  return {
    kind: 'statement',
    account: word(Statement.account),
    instrument: word(Statement.instrument),
    net: word(Statement.netQuantity),
    cost: readWide(words, at + Statement.costLow),
    realised: readWide(words, at + Statement.realisedLow),
    fees: readWide(words, at + Statement.feesLow),
    closePrice: word(Statement.closeTicks),
    tradingDay: word(Statement.tradingDay),
  };
}
