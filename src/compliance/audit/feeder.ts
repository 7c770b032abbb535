/**
 * Brings everything into the log: commands of the journal as ranges, acts of the store as single entries, each exactly once
 * also across crashes. Goes at its own pace; where it cannot keep up it reads the journal again later, and never slows it.
 */
import type { Clock } from '#kit/clock.ts';
import { CodedError } from '#kit/errors.ts';
import { InvariantViolation } from '#kit/invariant.ts';
import type { Batch, Journal } from '#kit/ports/journal.ts';
import { indexEntries, indexedEntries, lastIndexedSequence, listUnloggedActs } from '#store/audit-log.ts';
import type { AuditEntryRow } from '#store/audit-log.ts';
import type { RecordedAct } from '#store/acts.ts';
import type { Store } from '#store/open.ts';
import { CommandKind, commandKind, commandLength } from '#trading/commands.ts';
import { entryOfAct, recordOfAct, subjectOfAct } from './acts.ts';
import { decodeEntry, encodeEntry } from './entry.ts';
import type { AuditEntry } from './entry.ts';
import { AUDIT_ERRORS } from './errors.ts';
import { RangeBuilder } from './journal-range.ts';
import type { AuditLog } from './log.ts';
import type { Vault } from './vault.ts';

export interface FeederOptions {
  readonly log: AuditLog;
  readonly store: Store;
  readonly vault: Vault;
  readonly journal: Pick<Journal, 'read' | 'report'>;
  readonly clock: Clock;
  /** Name of the journal's shard in entries. */
  readonly shard: string;
  /** Time between two looks, which is how long a range gathers commands. @default 250 */
  readonly intervalMs?: number;
  /** How long commands of the platform's clock alone wait for company; 0: no longer than others. @default 10_000_000 */
  readonly clockRangeMicros?: number;
  readonly onFault?: (fault: CodedError) => void;
}

const INTERVAL_MS = 250;
const CLOCK_RANGE_MICROS = 10_000_000;
/** Commands that are read again from the journal in one go, before others have their turn. */
const CATCH_UP_COMMANDS = 200_000;
/** Entries that wait for the disk; beyond, commands are left to be read again. */
const PENDING_MAX = 1024;
const INDEX_ROWS = 5000;
/** Acts of one moment may become visible in any order; it looks again that far back. */
const LOOK_BACK_MICROS = 600_000_000;

/** Stops reading the journal in the middle. */
class Enough extends Error {}

export class Feeder {
  private readonly options: FeederOptions;
  private readonly range = new RangeBuilder();
  private pending: AuditEntry[] = [];
  /** Entries that are in the log and not in the index yet. */
  private unindexed: AuditEntryRow[] = [];
  private nextSequence = 1;
  private behind = true;
  private actsSince = '';
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  /** When the oldest command was recorded that is in the open range, and the oldest that waits for the log. */
  private rangeMicros = Infinity;
  private pendingMicros = Infinity;
  /** For each round whose entries no checkpoint covers yet: the log's size after it, and when its oldest was recorded. */
  private uncovered: { readonly size: number; readonly micros: number }[] = [];
  fault: CodedError | undefined;
  /** When the oldest command of the open range was sequenced, whatever it is. */
  private clockMicros = Infinity;
  private isStopping = false;

  private readonly clockRangeMicros: number;

  constructor(options: FeederOptions) {
    this.options = options;
    this.clockRangeMicros = options.clockRangeMicros ?? CLOCK_RANGE_MICROS;
  }

  /** Completes the index from the log, and finds where to go on. Rejects with what the store or the log throw. */
  async open(): Promise<void> {
    const { log, store } = this.options;
    for (let from = await indexedEntries(store); from < log.size; from += INDEX_ROWS) {
      const rows: AuditEntryRow[] = [];
      for (let index = from; index < Math.min(log.size, from + INDEX_ROWS); index++) {
        rows.push(rowOf(index, decodeEntry(log.entry(index))));
      }
      await indexEntries(store, rows);
    }
    this.nextSequence = (await lastIndexedSequence(store)) + 1;
  }

  start(): void {
    this.timer = setInterval(() => void this.tick(), this.options.intervalMs ?? INTERVAL_MS);
  }

  /** Brings in what there is, and stops. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
    this.isStopping = true;
    await this.tick();
  }

  /** The last command that is in the log or on its way. */
  get sequence(): number {
    return this.nextSequence - 1;
  }

  /** A batch of the journal, live; batches that were read before are passed over. */
  readonly onBatch = (batch: Batch): void => {
    if (this.behind || batch.firstSequence + batch.count <= this.nextSequence) return;
    if (batch.firstSequence > this.nextSequence || this.pending.length >= PENDING_MAX) this.behind = true;
    else this.take(batch);
  };

  /** A checkpoint of that size is there. Returns when the oldest of what it covers anew was recorded. */
  takeCovered(size: number): number | undefined {
    const covered = this.uncovered.filter((round) => round.size <= size);
    this.uncovered = this.uncovered.slice(covered.length);
    return covered[0]?.micros;
  }

  /** When the oldest command or act that no checkpoint covers was recorded; undefined when all are covered. */
  get oldestMicros(): number | undefined {
    const oldest = Math.min(this.uncovered[0]?.micros ?? Infinity, this.pendingMicros, this.rangeMicros);
    return Number.isFinite(oldest) ? oldest : undefined;
  }

  /** Adds an entry of the log's own history. */
  add(entry: AuditEntry): void {
    this.pending.push(entry);
  }

  /** One round. Never rejects: `fault` says what was wrong, and the next round tries again. */
  async tick(): Promise<void> {
    if (this.running !== undefined) return this.running;
    this.running = this.round();
    await this.running;
    this.running = undefined;
  }

  private async round(): Promise<void> {
    try {
      await this.index();
      if (this.behind && this.pending.length < PENDING_MAX) this.catchUp();
      await this.bringActs();
      if (this.rangeIsDue()) this.closeRange();
      await this.write();
      this.fault = undefined;
    } catch (error) {
      if (error instanceof InvariantViolation) throw error;
      this.fault =
        error instanceof CodedError
          ? error
          : new CodedError(AUDIT_ERRORS.AUDIT_WRITE_FAILED, String(error), { cause: error });
      this.options.onFault?.(this.fault);
    }
  }

  private take(batch: Batch): void {
    if (this.range.isFullFor(batch)) this.closeRange();
    if (this.clockRangeMicros === 0 || isMoreThanClock(batch))
      this.rangeMicros = Math.min(this.rangeMicros, batch.timeMicros);
    this.clockMicros = Math.min(this.clockMicros, batch.timeMicros);
    this.range.take(batch, this.nextSequence);
    this.nextSequence = batch.firstSequence + batch.count;
  }

  private closeRange(): void {
    const { shard, clock } = this.options;
    if (this.range.count === 0) return;
    this.pending.push(this.range.close(shard, clock.nowMicros()));
    this.pendingMicros = Math.min(this.pendingMicros, this.rangeMicros);
    this.rangeMicros = Infinity;
    this.clockMicros = Infinity;
  }

  /** At once when somebody acted; time alone, which a still market journals too, may wait. */
  private rangeIsDue(): boolean {
    if (Number.isFinite(this.rangeMicros) || this.isStopping) return true;
    return this.options.clock.nowMicros() - this.clockMicros >= this.clockRangeMicros;
  }

  /** Reads commands again from the journal; one piece at a time. */
  private catchUp(): void {
    const start = this.nextSequence;
    try {
      this.options.journal.read(start, (batch) => {
        if (this.nextSequence - start >= CATCH_UP_COMMANDS || this.pending.length >= PENDING_MAX) throw new Enough();
        this.take(batch);
      });
      this.behind = false;
    } catch (error) {
      if (error instanceof Enough) return;
      if (!(error instanceof CodedError) || error.code !== 'JOURNAL_SEQUENCE_GONE') throw error;
      this.noteGap(start, error);
    }
  }

  /** Commands that the journal let go of before they came into the log: said in the log, never passed over. */
  private noteGap(from: number, gone: CodedError): void {
    const { journal, clock } = this.options;
    const first = journal.report.firstSequence;
    if (first <= from) throw gone;
    const timeMicros = clock.nowMicros();
    const detail = { from, to: first - 1 };
    this.pending.push({ type: 'log', kind: 'system-error', timeMicros, event: 'journal-gap', detail });
    this.nextSequence = first;
  }

  private async bringActs(): Promise<void> {
    const { store, vault } = this.options;
    const acts = await listUnloggedActs(store, this.actsSince);
    if (acts.length === 0) return;
    const entries: AuditEntry[] = [];
    for (const act of acts) entries.push(await this.entryOf(act, vault));
    await this.enter(entries, acts[0].timeMicros);
    const old = acts.findLast(({ timeMicros }) => timeMicros < store.clock.nowMicros() - LOOK_BACK_MICROS);
    this.actsSince = old?.auditId ?? this.actsSince;
  }

  private async entryOf(act: RecordedAct, vault: Vault): Promise<AuditEntry> {
    try {
      const commitment = await vault.put(act.auditId, subjectOfAct(act), recordOfAct(act));
      return entryOfAct(act, vault.region, commitment);
    } catch (error) {
      // Somebody who was erased acted once more: that it happened is recorded, and nothing about whom.
      if (error instanceof CodedError && error.kind === AUDIT_ERRORS.AUDIT_ERASED)
        return entryOfAct(act, vault.region, '');
      throw error;
    }
  }

  private async write(): Promise<void> {
    const entries = this.pending;
    if (entries.length === 0) return;
    const micros = this.pendingMicros;
    await this.enter(entries, micros, () => {
      this.pending = this.pending.slice(entries.length);
      if (this.pending.length === 0) this.pendingMicros = Infinity;
    });
  }

  /** Into the log, then into the index: what is in the log never comes again, even where the index refuses. */
  private async enter(entries: readonly AuditEntry[], oldestMicros: number, onEntered?: () => void): Promise<void> {
    const { log } = this.options;
    const first = await log.append(entries.map(encodeEntry));
    onEntered?.();
    if (Number.isFinite(oldestMicros)) this.uncovered.push({ size: first + entries.length, micros: oldestMicros });
    for (const [at, entry] of entries.entries()) this.unindexed.push(rowOf(first + at, entry));
    await this.index();
  }

  private async index(): Promise<void> {
    if (this.unindexed.length === 0) return;
    await indexEntries(this.options.store, this.unindexed);
    this.unindexed = [];
  }
}

/** Whether a batch holds a command that somebody sent, and not the platform's clock alone. */
function isMoreThanClock({ words, start, end }: Batch): boolean {
  for (let at = start; at < end; at += commandLength(words, at)) {
    if (commandKind(words, at) !== CommandKind.clock) return true;
  }
  return false;
}

/** An entry as the index has it. */
function rowOf(index: number, entry: AuditEntry): AuditEntryRow {
  const isJournal = entry.type === 'journal';
  return {
    leaf_index: index,
    type: entry.type,
    kind: entry.kind,
    time_micros: entry.timeMicros,
    title: titleOf(entry),
    record_id: entry.type === 'act' ? entry.id : null,
    first_sequence: isJournal ? entry.firstSequence : null,
    last_sequence: isJournal ? entry.firstSequence + entry.count - 1 : null,
  };
}

function titleOf(entry: AuditEntry): string {
  switch (entry.type) {
    case 'journal':
      return `commands ${entry.firstSequence} to ${entry.firstSequence + entry.count - 1}`;
    case 'act':
      return `${entry.act} (${entry.outcome})`;
    case 'log':
      return entry.event === 'keys' ? 'keys of the log' : 'commands missing from the journal';
  }
}
