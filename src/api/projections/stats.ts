/**
 * What happened in each second, for tiles and sparklines: counts from the journal, closed once a second by a timer that is
 * not its own. Keeps an hour.
 */
import { CommandKind, commandKind } from '#trading/commands.ts';
import { EventKind, eventKind, ExecType, Execution } from '#trading/events.ts';
import type { AppliedCommand, Projection } from './feed.ts';
import { Ring } from './ring.ts';

/** Seconds kept; the power of two above an hour. */
export const STATS_SECONDS_MAX = 4096;

/** What only others know at the end of a second; null is unknown. */
export interface Measured {
  readonly wireToAckP50Micros: number | null;
  readonly wireToAckP99Micros: number | null;
  readonly durableLagMicros: number | null;
  readonly replicaLagMicros: number | null;
  readonly connectedSessions: number | null;
}

export interface StatsRow extends Measured {
  readonly entry: number;
  readonly timeMicros: number;
  readonly commandsPerSecond: number;
  readonly ordersPerSecond: number;
  readonly tradesPerSecond: number;
  /** 0 to 1. */
  readonly rejectShare: number;
  readonly journalSequence: number;
}

const Field = {
  time: 0,
  commands: 1,
  orders: 2,
  trades: 3,
  rejectShare: 4,
  sequence: 5,
  p50: 6,
  p99: 7,
  durableLag: 8,
  replicaLag: 9,
  sessions: 10,
} as const;
const FIELDS = 11;

export class Stats implements Projection {
  private readonly ring = new Ring(STATS_SECONDS_MAX, FIELDS);
  private commands = 0;
  private orders = 0;
  private trades = 0;
  private rejects = 0;
  private sequence = 0;
  private closedMicros = 0;

  get next(): number {
    return this.ring.next;
  }

  onCommand(command: AppliedCommand): void {
    this.sequence = command.sequence;
    this.commands += 1;
    if (commandKind(command.words, command.at) === CommandKind.newOrder) this.orders += 1;
  }

  onEvent(_command: AppliedCommand, words: Int32Array, at: number): void {
    const kind = eventKind(words, at);
    if (kind === EventKind.trade) this.trades += 1;
    else if (kind === EventKind.execution && words[at + Execution.execType] === ExecType.rejected) this.rejects += 1;
  }

  /** Forgets what was counted, without a row: for the time of catching up, which is no second of anything. */
  restart(nowMicros: number): void {
    this.commands = this.orders = this.trades = this.rejects = 0;
    this.closedMicros = nowMicros;
  }

  /** Ends the second that is being counted; rates are per second of the time that really went by. */
  close(nowMicros: number, measured: Measured): void {
    const seconds = (nowMicros - this.closedMicros) / 1e6;
    if (seconds <= 0) return;
    const entry = this.ring.append();
    this.ring.set(entry, Field.time, nowMicros);
    this.ring.set(entry, Field.commands, this.commands / seconds);
    this.ring.set(entry, Field.orders, this.orders / seconds);
    this.ring.set(entry, Field.trades, this.trades / seconds);
    this.ring.set(entry, Field.rejectShare, this.orders === 0 ? 0 : Math.min(1, this.rejects / this.orders));
    this.ring.set(entry, Field.sequence, this.sequence);
    this.ring.set(entry, Field.p50, measured.wireToAckP50Micros ?? Number.NaN);
    this.ring.set(entry, Field.p99, measured.wireToAckP99Micros ?? Number.NaN);
    this.ring.set(entry, Field.durableLag, measured.durableLagMicros ?? Number.NaN);
    this.ring.set(entry, Field.replicaLag, measured.replicaLagMicros ?? Number.NaN);
    this.ring.set(entry, Field.sessions, measured.connectedSessions ?? Number.NaN);
    this.restart(nowMicros);
  }

  /** The newest seconds, oldest first. */
  samples(seconds: number): StatsRow[] {
    return this.samplesFrom(this.ring.next - seconds);
  }

  /** Seconds from an entry on, oldest first. */
  samplesFrom(from: number): StatsRow[] {
    const rows: StatsRow[] = [];
    for (let entry = Math.max(this.ring.oldest, from); entry < this.ring.next; entry++) rows.push(this.row(entry));
    return rows;
  }

  private row(entry: number): StatsRow {
    const known = (field: number): number | null => {
      const value = this.ring.get(entry, field);
      return Number.isNaN(value) ? null : value;
    };
    return {
      entry,
      timeMicros: this.ring.get(entry, Field.time),
      commandsPerSecond: this.ring.get(entry, Field.commands),
      ordersPerSecond: this.ring.get(entry, Field.orders),
      tradesPerSecond: this.ring.get(entry, Field.trades),
      rejectShare: this.ring.get(entry, Field.rejectShare),
      journalSequence: this.ring.get(entry, Field.sequence),
      wireToAckP50Micros: known(Field.p50),
      wireToAckP99Micros: known(Field.p99),
      durableLagMicros: known(Field.durableLag),
      replicaLagMicros: known(Field.replicaLag),
      connectedSessions: known(Field.sessions),
    };
  }
}
