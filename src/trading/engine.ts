/**
 * The trading engine: a pure function from a journal of commands to a state and its events. No clock, no I/O, no
 * allocation in steady state; the same commands give the same events and the same state hash on every machine.
 */
import { amendOrder, cancelOrder } from './amend.ts';
import { settle } from './aftermath.ts';
import { SEMANTICS_VERSION, invalidCapacity, readGenesis } from './capacity.ts';
import { Code } from './codes.ts';
import { CommandKind, Header, KillSwitch, MassCancel, Semantics, commandKind, readWide } from './commands.ts';
import { cancelTrade, corporateAction, correctTrade, moveFunds, rollDay } from './corrections.ts';
import type { EventSink } from './events.ts';
import { ExecType } from './events.ts';
import { CodedError } from '#kit/errors.ts';
import { invariant } from '#kit/invariant.ts';
import { TradingErrors } from './errors.ts';
import { isTimerAlive } from './interruption.ts';
import { finish } from './lifecycle.ts';
import { change, publishIndicatives, setMarketState } from './market.ts';
import { killSwitch, massCancel } from './mass-cancel.ts';
import { newOrder } from './new-order.ts';
import { massQuote } from './quotes.ts';
import {
  addLocate,
  setAccount,
  setInstrument,
  setProtection,
  setRestriction,
  setRiskLimits,
  setTickTable,
} from './reference-data.ts';
import { hashState, readSnapshot, writeSnapshot } from './snapshot.ts';
import { Scalar, giveBack, notes, s, takeState, tellLevel, work } from './state.ts';
import type { State } from './state.ts';
import { MarketState } from './terms.ts';
import { TimerKind } from './timers.ts';

export class Engine {
  private state: State | undefined;
  private readonly sink: EventSink;

  /** `sink` takes the events of each command, before `apply` returns. */
  constructor(sink: EventSink) {
    this.sink = sink;
  }

  /** An engine as it was when the snapshot was written. A snapshot of a newer version, or a damaged one, is refused. */
  static restore(bytes: Uint8Array, sink: EventSink): Engine {
    const engine = new Engine(sink);
    engine.state = readSnapshot(bytes, sink);
    return engine;
  }

  /** What the engine knows; for queries, never to be written. Undefined before genesis. */
  get view(): State | undefined {
    return this.state;
  }

  /** Time of the last command, microseconds since the epoch; 0 before the first. */
  get lastTimeMicros(): number {
    return this.state === undefined ? 0 : this.state.numbers[Scalar.time];
  }

  /** Carries out the command at `at`; its events go to the sink. The first command must be genesis. */
  apply(words: Int32Array, at: number): void {
    if (this.state === undefined) {
      this.begin(words, at);
      return;
    }
    work(this.state);
    const now = readWide(words, at + Header.timeLow);
    invariant(now >= s.numbers[Scalar.time], 'trading.time-ran-back', now);
    const output = s.output;
    notes.now = now;
    s.numbers[Scalar.time] = now;
    s.numbers[Scalar.commands]++;
    output.session = words[at + Header.session];
    output.clientSequence = words[at + Header.clientSequence];
    output.answerSlot = -1;
    output.limit = output.value = output.used = 0;
    if (now >= notes.nextTimer) runTimers(now);
    dispatch(words, at);
    notes.suppressBrackets = false;
    settle();
    tellLevel();
    output.flush();
  }

  /** Forgets everything. The memory goes to the next engine of the same capacity, with what was compiled for it. */
  release(): void {
    if (this.state !== undefined) giveBack(this.state);
    this.state = undefined;
  }

  /** Bytes from which `restore` makes this engine again. */
  snapshot(): Uint8Array {
    invariant(this.state !== undefined, 'trading.no-genesis');
    return writeSnapshot(this.state);
  }

  /** A digest of the whole state, equal for equal histories. */
  stateHash(): string {
    return this.state === undefined ? 'empty' : hashState(this.state);
  }

  private begin(words: Int32Array, at: number): void {
    invariant(commandKind(words, at) === CommandKind.genesis, 'trading.no-genesis');
    const { semantics, capacity } = readGenesis(words, at);
    if (semantics > SEMANTICS_VERSION) throw tooNew(semantics);
    const wrong = invalidCapacity(capacity);
    if (wrong !== undefined) throw new CodedError(TradingErrors.TRADING_BAD_CAPACITY, wrong);
    const state = takeState(capacity, this.sink);
    state.numbers[Scalar.semantics] = semantics;
    state.numbers[Scalar.time] = readWide(words, at + Header.timeLow);
    this.state = state;
  }
}

function dispatch(words: Int32Array, at: number): void {
  switch (words[at] & 0xff) {
    case CommandKind.newOrder:
      newOrder(words, at);
      return;
    case CommandKind.cancelOrder:
      cancelOrder(words, at);
      return;
    case CommandKind.amendOrder:
      amendOrder(words, at);
      return;
    case CommandKind.clock:
      publishIndicatives();
      return;
    default:
      answer(words, at);
  }
}

/** Commands that are not about one order: carried out, or refused with a code. */
function answer(words: Int32Array, at: number): void {
  const code = administer(words, at);
  if (code === Code.ok) return;
  const kind = commandKind(words, at);
  s.output.refused(kind, words[at + (SUBJECT_WORDS[kind] ?? FIRST_BODY_WORD)], code);
}
const FIRST_BODY_WORD = 6;
/** Which word names what a command is about, where it is not the first. */
const SUBJECT_WORDS: Readonly<Record<number, number>> = {
  [CommandKind.killSwitch]: KillSwitch.id,
  [CommandKind.massCancel]: MassCancel.account,
};

function administer(words: Int32Array, at: number): Code {
  switch (commandKind(words, at)) {
    case CommandKind.massQuote:
      return massQuote(words, at);
    case CommandKind.massCancel:
      return massCancel(words, at);
    case CommandKind.marketState:
      return setMarketState(words, at);
    case CommandKind.killSwitch:
      return killSwitch(words, at);
    case CommandKind.instrument:
      return setInstrument(words, at);
    case CommandKind.account:
      return setAccount(words, at);
    case CommandKind.riskLimits:
      return setRiskLimits(words, at);
    case CommandKind.restriction:
      return setRestriction(words, at);
    case CommandKind.funds:
      return moveFunds(words, at);
    case CommandKind.locate:
      return addLocate(words, at);
    case CommandKind.tradeCancel:
      return cancelTrade(words, at);
    case CommandKind.tradeCorrect:
      return correctTrade(words, at);
    case CommandKind.dayRoll:
      return rollDay(words, at);
    case CommandKind.tickTable:
      return setTickTable(words, at);
    case CommandKind.marketMakerProtection:
      return setProtection(words, at);
    case CommandKind.corporateAction:
      return corporateAction(words, at);
    case CommandKind.semantics:
      return switchSemantics(words[at + Semantics.version]);
    case CommandKind.genesis:
      return Code.alreadyExists;
    default:
      return Code.unknownCommand;
  }
}

function tooNew(version: number): CodedError {
  return new CodedError(
    TradingErrors.TRADING_SEMANTICS_TOO_NEW,
    `version ${version}, this program knows ${SEMANTICS_VERSION}`,
  );
}

/** From here on the journal means what version `version` says; never back, never beyond what this program knows. */
function switchSemantics(version: number): Code {
  if (version > SEMANTICS_VERSION) throw tooNew(version);
  if (version < s.numbers[Scalar.semantics]) return Code.badParameter;
  s.numbers[Scalar.semantics] = version;
  s.output.accepted(CommandKind.semantics, version, 1);
  return Code.ok;
}

function runTimers(now: number): void {
  while (s.timers.next <= now) {
    const kind = s.timers.nextKind;
    const subject = s.timers.nextSubject;
    const generation = s.timers.nextGeneration;
    s.timers.removeNext();
    if (!isTimerAlive(kind, subject, generation)) continue;
    if (kind === TimerKind.orderExpiry) finish(subject, ExecType.expired, Code.goodTillDatePassed);
    else change(subject, MarketState.continuous);
    settle();
  }
  notes.nextTimer = s.timers.next;
}
