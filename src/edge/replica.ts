/**
 * Follows a journal that another process writes, with an engine of its own, and hands every command and its events to
 * listeners: queries, projections, audit, surveillance. Lags behind the node by what it measures, and never slows it.
 */
import { invariant } from '#kit/invariant.ts';
import type { Clock } from '#kit/clock.ts';
import type { Batch, Journal } from '#kit/ports/journal.ts';
import { Header, commandLength, readWide } from '#trading/commands.ts';
import { Engine } from '#trading/engine.ts';
import { engineSection } from './snapshot.ts';

/** The command being carried out; one object, changed for each command. */
export interface ReplicaCommand {
  sequence: number;
  epoch: number;
  timeMicros: number;
  kind: number;
  /** Session that asked, 0 for the platform. */
  session: number;
  clientSequence: number;
  /** The command's words, from `at` on; valid during the call. */
  words: Int32Array;
  at: number;
}

export interface ReplicaListener {
  /** Events of the command in words [0, end), valid during the call. Long answers come in several calls. */
  onEvents?(words: Int32Array, end: number, command: Readonly<ReplicaCommand>): void;
  /** The command is carried out. */
  onCommand?(command: Readonly<ReplicaCommand>): void;
  /** A batch is carried out; its `previous` stamps belong to the batch before. */
  onBatch?(batch: Batch): void;
}

export interface ReplicaOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  /** Hears when the journal cannot be followed any further. The replica has stopped then. */
  readonly onFault: (fault: Error) => void;
  /** Begin with the newest snapshot instead of the first command. @default true */
  readonly useSnapshot?: boolean;
}

export class Replica {
  /** The replica's engine, for queries between two batches. Never apply anything to it. */
  readonly engine: Engine;
  /** Where it began: 0 at the first command, else the snapshot's sequence. */
  readonly startSequence: number;
  private readonly journal: Journal;
  private readonly clock: Clock;
  private readonly onFault: (fault: Error) => void;
  private readonly listeners = new Set<ReplicaListener>();
  private readonly command: ReplicaCommand;
  private nextSequence: number;
  private batchMicros = 0;
  private lagOfLastBatchMicros = 0;
  private following: { stop(): void } | undefined;
  private waiters: { sequence: number; resolve: () => void }[] = [];

  private constructor(options: ReplicaOptions, snapshot: { sequence: number; bytes: Uint8Array } | undefined) {
    this.journal = options.journal;
    this.clock = options.clock;
    this.onFault = options.onFault;
    this.engine =
      snapshot === undefined ? new Engine(this.onEvents) : Engine.restore(engineSection(snapshot.bytes), this.onEvents);
    this.startSequence = snapshot?.sequence ?? 0;
    this.nextSequence = this.startSequence + 1;
    this.command = {
      sequence: 0,
      epoch: 0,
      timeMicros: 0,
      kind: 0,
      session: 0,
      clientSequence: 0,
      words: new Int32Array(0),
      at: 0,
    };
  }

  /** Restores the newest snapshot. Add listeners, then call `start`. Rejects with the journal's coded error. */
  static async open(options: ReplicaOptions): Promise<Replica> {
    const snapshot = options.useSnapshot === false ? undefined : await options.journal.latestSnapshot();
    return new Replica(options, snapshot);
  }

  /** Adds a listener, called in order of addition. Returns what removes it. */
  listen(listener: ReplicaListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Carries out what is in the journal already, then follows it. Throws when it is damaged. */
  start(): void {
    invariant(this.following === undefined, 'replica.started-twice');
    this.journal.read(this.nextSequence, (batch) => this.carryOut(batch));
    this.following = this.journal.tail(this.nextSequence, (batch) => this.carryOut(batch), this.onFault);
  }

  stop(): void {
    this.following?.stop();
    this.following = undefined;
  }

  /** Sequence of the last command carried out. */
  get sequence(): number {
    return this.nextSequence - 1;
  }
  /** When the last batch was sequenced, microseconds since the epoch; 0 before the first. */
  get lastBatchMicros(): number {
    return this.batchMicros;
  }
  /** From the sequencing of the last batch to its end here, microseconds. */
  get lagMicros(): number {
    return this.lagOfLastBatchMicros;
  }

  /** Resolves once the command at `sequence` is carried out; false when that takes longer than `timeoutMs`. */
  async reached(sequence: number, timeoutMs: number): Promise<boolean> {
    if (this.sequence >= sequence) return true;
    return new Promise((resolve) => {
      const waiter = {
        sequence,
        resolve: () => {
          clearTimeout(timer);
          resolve(true);
        },
      };
      const timer = setTimeout(() => {
        this.waiters = this.waiters.filter((other) => other !== waiter);
        resolve(false);
      }, timeoutMs);
      this.waiters.push(waiter);
    });
  }

  private carryOut(batch: Batch): void {
    const { command, engine } = this;
    let sequence = batch.firstSequence;
    for (let at = batch.start; at < batch.end; at += commandLength(batch.words, at), sequence++) {
      if (sequence !== this.nextSequence) continue;
      command.sequence = sequence;
      command.epoch = batch.epoch;
      command.timeMicros = readWide(batch.words, at + Header.timeLow);
      command.kind = batch.words[at] & 0xff;
      command.session = batch.words[at + Header.session];
      command.clientSequence = batch.words[at + Header.clientSequence];
      command.words = batch.words;
      command.at = at;
      engine.apply(batch.words, at);
      this.nextSequence++;
      for (const listener of this.listeners) listener.onCommand?.(command);
    }
    this.batchMicros = batch.timeMicros;
    this.lagOfLastBatchMicros = Math.max(0, this.clock.nowMicros() - batch.timeMicros);
    for (const listener of this.listeners) listener.onBatch?.(batch);
    this.wake();
  }

  private wake(): void {
    if (this.waiters.length === 0) return;
    const due = this.waiters.filter((waiter) => waiter.sequence <= this.sequence);
    this.waiters = this.waiters.filter((waiter) => waiter.sequence > this.sequence);
    for (const waiter of due) waiter.resolve();
  }

  private readonly onEvents = (words: Int32Array, end: number): void => {
    for (const listener of this.listeners) listener.onEvents?.(words, end, this.command);
  };
}
