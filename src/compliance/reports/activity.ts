/**
 * What happened in a period, as reports need it: every event of an order and every fill, with the marks and short codes of
 * the order it belongs to. Filled while the journal is played again; bounded, and says when the bound was met.
 */
import { CommandKind, MassQuote, NewOrder, commandKind } from '#trading/commands.ts';
import { EventKind, ExecType, Execution, eventKind, eventLength } from '#trading/events.ts';
import { TermFlag, sideOf } from '#trading/terms.ts';
import type { PastCommand } from '../history.ts';

/** Records of one report: about a gigabyte. */
const RECORDS_MAX = 4_000_000;
const TWO_32 = 4_294_967_296;

/** What an order said of itself when it came. */
interface OrderFacts {
  readonly marks: number;
  readonly investmentCode: number;
  readonly executionCode: number;
  readonly clientCode: number;
}
const NO_FACTS: OrderFacts = { marks: 0, investmentCode: 0, executionCode: 0, clientCode: 0 };

/** One execution report of the engine, FIX 35=8. */
export interface OrderEvent extends OrderFacts {
  readonly sequence: number;
  readonly timeMicros: number;
  readonly execType: ExecType;
  readonly reason: number;
  readonly account: number;
  readonly instrument: number;
  /** OrderID: slot and generation. */
  readonly order: string;
  /** ClOrdID, 64 bits. */
  readonly clOrdId: string;
  readonly terms: number;
  readonly priceTicks: number;
  readonly leaves: number;
  readonly cum: number;
  /** Of this event's trade; 0 where it is none. */
  readonly lastQuantity: number;
  readonly lastTicks: number;
  readonly tradeId: number;
}

export class Activity {
  readonly events: OrderEvent[] = [];
  /** More happened than is kept. */
  isTruncated = false;
  /** Journal positions of the first and last command in the period; 0 where there was none. */
  firstSequence = 0;
  lastSequence = 0;
  private readonly facts = new Map<string, OrderFacts>();
  /** Facts of entries that ended in the present command, for the exits of their brackets. */
  private readonly entries = new Map<string, OrderFacts>();
  private entriesSequence = 0;
  private readonly fromMicros: number;
  private readonly toMicros: number;

  /** Keeps what was sequenced in [fromMicros, toMicros). */
  constructor(fromMicros: number, toMicros: number) {
    this.fromMicros = fromMicros;
    this.toMicros = toMicros;
  }

  /** Events of a command, words [0, end). */
  take(words: Int32Array, end: number, command: PastCommand): void {
    for (let at = 0; at < end; at += eventLength(words, at)) {
      if (eventKind(words, at) === EventKind.execution) this.takeExecution(words, at, command);
    }
  }

  private takeExecution(words: Int32Array, at: number, command: PastCommand): void {
    const order = `${words[at + Execution.orderSlot]}-${words[at + Execution.orderGeneration]}`;
    const execType = words[at + Execution.execType] as ExecType;
    const facts = execType === ExecType.new ? this.note(order, words, at, command) : this.facts.get(order);
    if (isOver(words, at, execType)) this.forget(order, facts, words, at, command);
    const { sequence, timeMicros } = command;
    if (timeMicros < this.fromMicros || timeMicros >= this.toMicros) return;
    if (this.events.length >= RECORDS_MAX) {
      this.isTruncated = true;
      return;
    }
    this.firstSequence ||= sequence;
    this.lastSequence = sequence;
    this.events.push({
      ...(facts ?? NO_FACTS),
      sequence,
      timeMicros,
      execType,
      order,
      reason: words[at + Execution.reason],
      account: words[at + Execution.account],
      instrument: words[at + Execution.instrument],
      clOrdId: clOrdIdOf(words, at),
      terms: words[at + Execution.terms],
      priceTicks: words[at + Execution.priceTicks],
      leaves: words[at + Execution.leavesQuantity],
      cum: words[at + Execution.cumQuantity],
      lastQuantity: words[at + Execution.lastQuantity],
      lastTicks: words[at + Execution.lastTicks],
      tradeId: words[at + Execution.tradeIdHigh] * TWO_32 + (words[at + Execution.tradeIdLow] >>> 0),
    });
  }

  private note(order: string, words: Int32Array, at: number, { words: asked, at: from }: PastCommand): OrderFacts {
    const isExit = (words[at + Execution.terms] & TermFlag.bracketExit) !== 0;
    const facts = isExit
      ? (this.entries.get(placeOf(words, at, sideOf(words[at + Execution.terms]))) ?? NO_FACTS)
      : factsOf(asked, from, words, at);
    if (facts !== NO_FACTS) this.facts.set(order, facts);
    return facts;
  }

  /** What has traded may yet be cancelled or corrected; exits follow within the command that ends their entry. */
  private forget(
    order: string,
    facts: OrderFacts | undefined,
    words: Int32Array,
    at: number,
    { sequence }: PastCommand,
  ): void {
    if (words[at + Execution.cumQuantity] === 0) {
      this.facts.delete(order);
      return;
    }
    if (sequence !== this.entriesSequence) this.entries.clear();
    this.entriesSequence = sequence;
    const exitSide = sideOf(words[at + Execution.terms]) ^ 1;
    if (facts !== undefined) this.entries.set(placeOf(words, at, exitSide), facts);
  }
}

/** Where an order stands: its account and instrument, and a side. */
function placeOf(words: Int32Array, at: number, side: number): string {
  return `${words[at + Execution.account]},${words[at + Execution.instrument]},${side}`;
}

/** A quote has marks and no short codes. */
function factsOf(asked: Int32Array, from: number, words: Int32Array, at: number): OrderFacts {
  if (asked[from + NewOrder.account] !== words[at + Execution.account]) return NO_FACTS;
  if (commandKind(asked, from) === CommandKind.massQuote) return { ...NO_FACTS, marks: asked[from + MassQuote.marks] };
  const isItself =
    commandKind(asked, from) === CommandKind.newOrder &&
    asked[from + NewOrder.clOrdIdLow] === words[at + Execution.clOrdIdLow] &&
    asked[from + NewOrder.clOrdIdHigh] === words[at + Execution.clOrdIdHigh];
  if (!isItself) return NO_FACTS;
  return {
    marks: asked[from + NewOrder.marks],
    investmentCode: asked[from + NewOrder.investmentCode],
    executionCode: asked[from + NewOrder.executionCode],
    clientCode: asked[from + NewOrder.clientCode],
  };
}

function isOver(words: Int32Array, at: number, execType: ExecType): boolean {
  const isEnd = execType === ExecType.canceled || execType === ExecType.expired || execType === ExecType.trade;
  return isEnd && words[at + Execution.leavesQuantity] === 0;
}

function clOrdIdOf(words: Int32Array, at: number): string {
  const high = BigInt(words[at + Execution.clOrdIdHigh] >>> 0);
  return String((high << 32n) | BigInt(words[at + Execution.clOrdIdLow] >>> 0));
}
