/**
 * The one place where commands get their order and their time: stamps each, lets the engine carry it out, lays what it
 * says into the outbox, and appends everything of one turn of the loop to the journal in one write.
 * Nothing is released before the append; when the journal refuses, what was matched stays unseen and nothing is taken.
 */
import type { Clock } from '#kit/clock.ts';
import { invariant } from '#kit/invariant.ts';
import type { Batch, BatchStamps, JournalFault, Leadership } from '#kit/ports/journal.ts';
import { Header, commandLength } from '#trading/commands.ts';
import type { Engine } from '#trading/engine.ts';
import { Accepted, EventKind, Execution, ExecType, ProtectionEvent, Refused } from '#trading/events.ts';
import { ORDER_SHIFT, Order } from '#trading/order-store.ts';
import { FrameType } from '#wire/order-entry/frame.ts';
import type { Outbox } from './outbox.ts';

/** Words of commands collected before they are appended even within a turn: 512 KiB, less than a journal takes at once. */
const BATCH_WORDS_MAX = 1 << 17;
/** Longest command; journals never hold a longer one. */
const COMMAND_WORDS_MAX = 520;
const SESSIONS = 65_536;
/** How long to wait before a refused append is tried again. */
const RETRY_NANOS = 50e6;
const DELAY_NANOS_MAX = 0x7fff_ffff;

/** What the sequencer tells its owner about; counted, never on which it waits. */
export interface SequencerObserver {
  onAppended(count: number, words: number, appendNanos: number, batchMicros: number): void;
  onStalled(fault: JournalFault): void;
  onResumed(): void;
}

export class Sequencer {
  /** Commands of the present batch; a new one is written at `reserve()`. */
  readonly words = new Int32Array(BATCH_WORDS_MAX + COMMAND_WORDS_MAX);
  /** By session: the last client sequence that became a command. */
  readonly inbound = new Uint32Array(SESSIONS);
  private readonly outbox: Outbox;
  private readonly clock: Clock;
  private readonly observer: SequencerObserver;
  private engine: Engine | undefined;
  private leadership: Leadership | undefined;
  private end = 0;
  private count = 0;
  /** Sequence the next command gets. */
  private nextSequence = 1;
  private stalledBy: JournalFault | undefined;
  private retryAtNanos = 0;
  /** One command was let through to see whether the journal takes it again. */
  private probing = false;
  /** Add to monotonic nanoseconds ÷ 1000 to get microseconds since the epoch. */
  private readonly anchorMicros: number;
  private lastMicros = 0;
  private batchStampNanos = 0;
  private batchMicros = 0;
  /** Commands by kind and executions by type carried out since the start, for the metrics. */
  readonly commandCounts = new Float64Array(64);
  readonly executionCounts = new Float64Array(64);
  private readonly previous: BatchStamps = { matchedNanos: 0, writtenNanos: 0, ackedNanos: 0 };
  /** About the command being carried out. */
  private session = 0;
  private clientSequence = 0;
  private stampNanos = 0;
  private commandAt = 0;
  private commandWords: Int32Array = this.words;
  private answerFrame = 0;

  constructor(outbox: Outbox, clock: Clock, observer: SequencerObserver) {
    this.outbox = outbox;
    this.clock = clock;
    this.observer = observer;
    this.anchorMicros = clock.nowMicros() - clock.monotonicNanos() / 1000;
  }

  /** Gives it the engine, whose sink must be `onEvents`, and the last sequence that engine has seen. */
  useEngine(engine: Engine, lastSequence: number): void {
    this.engine = engine;
    this.nextSequence = lastSequence + 1;
    this.lastMicros = engine.lastTimeMicros;
  }

  /** Gives it the right to append; from then on commands are taken. */
  lead(leadership: Leadership): void {
    invariant(leadership.nextSequence === this.nextSequence, 'sequencer.sequence', leadership.nextSequence);
    this.leadership = leadership;
  }

  /** Undefined while commands are taken; otherwise why the journal refuses. */
  get fault(): JournalFault | undefined {
    return this.stalledBy;
  }
  /** Sequence of the last command carried out. */
  get lastSequence(): number {
    return this.nextSequence - 1;
  }
  /** Commands carried out and not yet appended. */
  get unappended(): number {
    return this.count;
  }
  /** Time of the last command, microseconds since the epoch. */
  get lastTimeMicros(): number {
    return this.lastMicros;
  }

  /** Carries out the commands of a journalled batch again, from the sequence after `lastSequence` on. */
  replay(batch: Batch): void {
    let sequence = batch.firstSequence;
    let at = batch.start;
    while (at < batch.end) {
      const length = commandLength(batch.words, at);
      if (sequence === this.nextSequence) {
        this.stampNanos = 0;
        this.carryOut(batch.words, at);
        this.nextSequence++;
      }
      at += length;
      sequence++;
    }
  }

  /**
   * Where the next command of `lengthWords` words goes in `words`: the caller writes its kind, session, client sequence
   * and body there, then calls `submit`. Returns -1 while the journal refuses.
   */
  reserve(lengthWords: number): number {
    if (this.stalledBy !== undefined) return -1;
    if (this.end + lengthWords > BATCH_WORDS_MAX && !this.append()) return -1;
    return this.end;
  }

  /** Stamps and carries out the command at `reserve()`. `readNanos`: when its bytes were read, monotonic. */
  submit(readNanos: number): void {
    const words = this.words;
    const at = this.end;
    const nowNanos = this.clock.monotonicNanos();
    const clockMicros = Math.floor(this.anchorMicros + nowNanos / 1000);
    const micros = clockMicros > this.lastMicros ? clockMicros : this.lastMicros;
    this.lastMicros = micros;
    const delayNanos = nowNanos - readNanos;
    words[at + Header.timeLow] = micros | 0;
    words[at + Header.timeHigh] = (micros / 4_294_967_296) | 0;
    words[at + Header.receiveDelayNanos] = delayNanos < DELAY_NANOS_MAX ? delayNanos : DELAY_NANOS_MAX;
    if (this.count === 0) {
      this.batchStampNanos = nowNanos;
      this.batchMicros = micros;
    }
    this.stampNanos = nowNanos;
    this.carryOut(words, at);
    this.end = at + commandLength(words, at);
    this.count++;
    this.nextSequence++;
  }

  /** As `submit`, for a command that was never read from a socket. */
  submitNow(): void {
    this.submit(this.clock.monotonicNanos());
  }

  private carryOut(words: Int32Array, at: number): void {
    const engine = this.engine;
    invariant(engine !== undefined, 'sequencer.no-engine');
    const session = words[at + Header.session];
    const clientSequence = words[at + Header.clientSequence];
    this.session = session;
    this.clientSequence = clientSequence;
    this.commandWords = words;
    this.commandAt = at;
    this.answerFrame = 0;
    this.commandCounts[words[at] & 63]++;
    if (clientSequence !== 0) this.inbound[session] = clientSequence;
    engine.apply(words, at);
    if (this.answerFrame !== 0) this.outbox.markFinal(this.answerFrame);
  }

  /** The engine's sink: routes what concerns sessions to their outboxes. */
  readonly onEvents = (words: Int32Array, end: number): void => {
    for (let at = 0; at < end;) {
      const head = words[at];
      const length = head >>> 16;
      switch (head & 0xff) {
        case EventKind.execution:
          this.onExecution(words, at, length);
          break;
        case EventKind.accepted:
          this.report(words[at + Accepted.session], FrameType.accepted, words, at, length);
          break;
        case EventKind.refused:
          this.report(words[at + Refused.session], FrameType.refused, words, at, length);
          break;
        case EventKind.protection:
          this.report(words[at + ProtectionEvent.session], FrameType.protection, words, at, length);
          break;
        default:
      }
      at += length;
    }
  };

  /**
   * An execution goes to the session it names: the asker's where it answers a command, else the order's. When somebody
   * else's command (an amend or cancel for the same account) changed the order, its own session is told as well.
   */
  private onExecution(words: Int32Array, at: number, length: number): void {
    const named = words[at + Execution.session];
    this.executionCounts[words[at + Execution.execType] & 63]++;
    this.report(named, FrameType.executionReport, words, at, length);
    const generation = words[at + Execution.orderGeneration];
    if (words[at + Execution.clientSequence] === 0 || generation === 0) return;
    const orders = this.engine?.view?.orders;
    if (orders === undefined) return;
    const orderAt = words[at + Execution.orderSlot] << ORDER_SHIFT;
    const owner = orders.words[orderAt + Order.session];
    if (owner === named || orders.words[orderAt + Order.generation] !== generation) return;
    const execType = words[at + Execution.execType];
    if (execType === ExecType.requestRejected || execType === ExecType.rejected) return;
    words[at + Execution.clientSequence] = 0;
    words[at + Execution.session] = owner;
    this.report(owner, FrameType.executionReport, words, at, length);
  }

  private report(session: number, type: number, words: Int32Array, at: number, length: number): void {
    if (session <= 0 || session >= SESSIONS) return;
    const command = this.commandWords;
    const commandAt = this.commandAt;
    const frame = this.outbox.addReport(
      session,
      type,
      words,
      at,
      length,
      this.nextSequence,
      command[commandAt + Header.timeLow],
      command[commandAt + Header.timeHigh],
      command[commandAt + Header.receiveDelayNanos],
      this.stampNanos,
    );
    if (session === this.session && this.clientSequence !== 0) this.answerFrame = frame;
  }

  /**
   * Appends what was collected; the end of a turn. Returns false while the journal refuses: then nothing of it may be
   * released, and the same batch is tried again later. `fenced` is told to the observer and never tried again.
   */
  append(): boolean {
    const leadership = this.leadership;
    if (this.count === 0 || leadership === undefined) return this.stalledBy === undefined;
    const startNanos = this.clock.monotonicNanos();
    if (this.stalledBy !== undefined && (this.stalledBy.kind === 'fenced' || startNanos < this.retryAtNanos))
      return false;
    const previous = this.previous;
    const expected = this.nextSequence - this.count;
    const fault = leadership.append(expected, this.words, 0, this.end, this.count, this.batchMicros, previous);
    const writtenNanos = this.clock.monotonicNanos();
    if (fault !== undefined) {
      this.retryAtNanos = writtenNanos + RETRY_NANOS;
      this.stall(fault);
      return false;
    }
    previous.matchedNanos = startNanos - this.batchStampNanos;
    previous.writtenNanos = writtenNanos - this.batchStampNanos;
    previous.ackedNanos = 0;
    this.observer.onAppended(this.count, this.end, writtenNanos - startNanos, this.batchMicros);
    this.end = 0;
    this.count = 0;
    if (this.stalledBy !== undefined || this.probing) {
      this.stalledBy = undefined;
      this.probing = false;
      this.observer.onResumed();
    }
    return true;
  }

  /** The first report of the batch just appended was handed over; goes into the next batch's header. */
  noteAcked(ackedNanos: number): void {
    if (this.previous.ackedNanos === 0) this.previous.ackedNanos = Math.max(0, ackedNanos - this.batchStampNanos);
  }

  /** The journal's fault listener: it may fail outside of an append too. */
  readonly onFault = (fault: JournalFault): void => this.stall(fault);

  /** Lets the next command through although the journal refused outside of an append: its append is the test. */
  probe(): void {
    if (this.count === 0 && this.stalledBy?.kind === 'storage') {
      this.stalledBy = undefined;
      this.probing = true;
    }
  }

  private stall(fault: JournalFault): void {
    const known = this.probing || this.stalledBy?.kind === fault.kind;
    this.probing = false;
    this.stalledBy = fault;
    if (!known) this.observer.onStalled(fault);
  }
}
