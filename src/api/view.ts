/**
 * What the platform process knows of trading: the replica's engine and the projections built from its events, kept in
 * step. It listens to the replica; handlers read. It writes nothing anywhere.
 */
import type { ReplicaCommand, ReplicaListener } from '#edge/replica.ts';
import type { Batch } from '#kit/ports/journal.ts';
import { CommandKind, HEADER_WORDS } from '#trading/commands.ts';
import { EventKind, eventKind, eventLength, MarketStateEvent } from '#trading/events.ts';
import type { Engine } from '#trading/engine.ts';
import { Scalar, type State } from '#trading/state.ts';
import { liveOrdersOf } from './engine-reads.ts';
import { API_ERRORS, ApiFailure } from './errors.ts';
import { Batches } from './projections/batches.ts';
import { Candles } from './projections/candles.ts';
import { Executions } from './projections/executions.ts';
import type { Projection } from './projections/feed.ts';
import { OrderHistory } from './projections/order-history.ts';
import { Stats } from './projections/stats.ts';
import { Tape } from './projections/tape.ts';

/** What the view needs of a replica. */
export interface ReplicaPort {
  readonly engine: Pick<Engine, 'view' | 'stateHash'>;
  /** Last command carried out. */
  readonly sequence: number;
  readonly lagMicros: number;
  /** Resolves true once the command is carried out, false after `timeoutMs`. */
  reached(sequence: number, timeoutMs: number): Promise<boolean>;
  listen(listener: ReplicaListener): () => void;
}

export class TradingView implements ReplicaListener {
  readonly tape = new Tape();
  readonly candles = new Candles();
  readonly executions = new Executions();
  readonly orders = new OrderHistory();
  readonly stats = new Stats();
  readonly batches = new Batches();
  readonly replica: ReplicaPort;
  private readonly projections: readonly Projection[];
  private readonly since = new Map<number, number>();
  private readonly touched = new Map<number, number>();
  private touches = 0;
  private commandSequence = 0;
  private eventIndex = 0;

  /** Begins where the replica stands (its snapshot is restored, `start` was not called) and listens from then on. */
  constructor(replica: ReplicaPort, nowMicros: number) {
    this.replica = replica;
    this.projections = [this.tape, this.candles, this.executions, this.orders, this.stats, this.batches];
    const state = replica.engine.view;
    if (state !== undefined) for (const order of liveOrdersOf(state)) this.orders.seed(order);
    this.stats.restart(nowMicros);
    replica.listen(this);
  }

  /** The engine's state; undefined before its genesis. */
  get state(): State | undefined {
    return this.replica.engine.view;
  }

  /** The engine's state; refuses with API_NOT_READY before its genesis. */
  get ready(): State {
    const state = this.replica.engine.view;
    if (state === undefined) throw new ApiFailure(API_ERRORS.API_NOT_READY);
    return state;
  }

  /** Last command in the picture. */
  get sequence(): number {
    return this.replica.sequence;
  }

  /** Its time, microseconds since the epoch. */
  get timeMicros(): number {
    return this.replica.engine.view?.numbers[Scalar.time] ?? 0;
  }

  onEvents(words: Int32Array, end: number, command: Readonly<ReplicaCommand>): void {
    this.begin(command);
    for (let at = 0; at < end; at += eventLength(words, at)) {
      for (const projection of this.projections) projection.onEvent?.(command, words, at, this.eventIndex);
      this.note(command, words, at);
      this.eventIndex += 1;
    }
  }

  onCommand(command: Readonly<ReplicaCommand>): void {
    this.begin(command);
    if (command.kind === CommandKind.instrument) this.touch(command.words[command.at + HEADER_WORDS]);
  }

  onBatch(batch: Batch): void {
    for (const projection of this.projections) projection.onBatch?.(batch);
  }

  /** When an instrument's market state began, as far as it was seen. */
  stateSince(instrument: number): number | null {
    return this.since.get(instrument) ?? null;
  }

  /** A number that rises whenever the instrument's book, market state or last trade changed. */
  changesOf(instrument: number): number {
    return this.touched.get(instrument) ?? 0;
  }

  /** A number that rises whenever any instrument changed. */
  get changes(): number {
    return this.touches;
  }

  /** Tells projections of a command once, before its events. */
  private begin(command: Readonly<ReplicaCommand>): void {
    if (command.sequence === this.commandSequence) return;
    this.commandSequence = command.sequence;
    this.eventIndex = 0;
    for (const projection of this.projections) projection.onCommand?.(command);
  }

  private note(command: Readonly<ReplicaCommand>, words: Int32Array, at: number): void {
    const kind = eventKind(words, at);
    if (kind === EventKind.level || kind === EventKind.trade || kind === EventKind.indicative) {
      this.touch(words[at + 1]);
    } else if (kind === EventKind.marketState) {
      const instrument = words[at + MarketStateEvent.instrument];
      this.touch(instrument);
      this.since.set(instrument, command.timeMicros);
    }
  }

  private touch(instrument: number): void {
    this.touches += 1;
    this.touched.set(instrument, this.touches);
  }
}
