/**
 * The last executions of the journal (FIX ExecutionReports), as words, with the command they came of. A ring: the oldest
 * are forgotten when it is full, and a query looks at no more than what it holds.
 */
import {
  EventKind,
  EXECUTION_REFUSED_WORDS,
  EXECUTION_WORDS,
  eventKind,
  eventLength,
  Execution,
} from '#trading/events.ts';
import { readWide } from '#trading/commands.ts';
import type { AppliedCommand, Projection } from './feed.ts';
import { Ring } from './ring.ts';

/** Executions kept. */
export const EXECUTIONS_MAX = 1 << 17;
const WORDS = 32;

const Field = { sequence: 0, time: 1, index: 2 } as const;
const FIELDS = 3;

/** An execution as it was kept; numbers are the engine's. */
export interface ExecutionRow {
  readonly entry: number;
  readonly sequence: number;
  readonly index: number;
  readonly timeMicros: number;
  readonly execType: number;
  readonly reason: number;
  readonly session: number;
  readonly account: number;
  readonly instrument: number;
  readonly orderSlot: number;
  readonly orderGeneration: number;
  readonly clOrdIdLow: number;
  readonly clOrdIdHigh: number;
  readonly terms: number;
  readonly priceTicks: number;
  readonly leavesQuantity: number;
  readonly cumQuantity: number;
  readonly lastQuantity: number;
  readonly lastTicks: number;
  readonly tradeId: number;
  readonly status: number;
  readonly liquidity: number;
  /** Present when a limit refused it. */
  readonly limits: { readonly limit: number; readonly value: number; readonly used: number } | undefined;
}

/** Which executions are wanted; what is undefined is left open. */
export interface ExecutionFilter {
  readonly account?: number | undefined;
  /** Accounts one may see. */
  readonly accounts?: ReadonlySet<number> | undefined;
  readonly instrument?: number | undefined;
  readonly tradesOnly?: boolean;
  readonly before?: number | undefined;
}

export class Executions implements Projection {
  private readonly ring = new Ring(EXECUTIONS_MAX, FIELDS);
  private readonly words = new Int32Array(EXECUTIONS_MAX * WORDS);

  get next(): number {
    return this.ring.next;
  }

  get oldest(): number {
    return this.ring.oldest;
  }

  onEvent(command: AppliedCommand, words: Int32Array, at: number, index: number): void {
    if (eventKind(words, at) !== EventKind.execution) return;
    const entry = this.ring.append();
    this.ring.set(entry, Field.sequence, command.sequence);
    this.ring.set(entry, Field.time, command.timeMicros);
    this.ring.set(entry, Field.index, index);
    const to = (entry & (EXECUTIONS_MAX - 1)) * WORDS;
    this.words.fill(0, to + EXECUTION_WORDS, to + WORDS);
    this.words.set(words.subarray(at, at + eventLength(words, at)), to);
  }

  row(entry: number): ExecutionRow | undefined {
    if (!this.ring.has(entry)) return undefined;
    const { words } = this;
    const at = (entry & (EXECUTIONS_MAX - 1)) * WORDS;
    const limited = eventLength(words, at) >= EXECUTION_REFUSED_WORDS;
    return {
      entry,
      sequence: this.ring.get(entry, Field.sequence),
      index: this.ring.get(entry, Field.index),
      timeMicros: this.ring.get(entry, Field.time),
      execType: words[at + Execution.execType],
      reason: words[at + Execution.reason],
      session: words[at + Execution.session],
      account: words[at + Execution.account],
      instrument: words[at + Execution.instrument],
      orderSlot: words[at + Execution.orderSlot],
      orderGeneration: words[at + Execution.orderGeneration],
      clOrdIdLow: words[at + Execution.clOrdIdLow],
      clOrdIdHigh: words[at + Execution.clOrdIdHigh],
      terms: words[at + Execution.terms],
      priceTicks: words[at + Execution.priceTicks],
      leavesQuantity: words[at + Execution.leavesQuantity],
      cumQuantity: words[at + Execution.cumQuantity],
      lastQuantity: words[at + Execution.lastQuantity],
      lastTicks: words[at + Execution.lastTicks],
      tradeId: readWide(words, at + Execution.tradeIdLow),
      status: words[at + Execution.status] & 0xff,
      liquidity: (words[at + Execution.status] >>> 8) & 3,
      limits: limited
        ? {
            limit: readWide(words, at + Execution.limitLow),
            value: readWide(words, at + Execution.valueLow),
            used: readWide(words, at + Execution.usedLow),
          }
        : undefined,
    };
  }

  /** Newest first; also says where the next page begins, undefined at the end. */
  find(filter: ExecutionFilter, limit: number): { rows: ExecutionRow[]; next: number | undefined } {
    const rows: ExecutionRow[] = [];
    const newest = Math.min(filter.before ?? Number.POSITIVE_INFINITY, this.ring.next) - 1;
    for (let entry = newest; entry >= this.ring.oldest; entry--) {
      if (!this.matches(entry, filter)) continue;
      if (rows.length === limit) return { rows, next: rows.at(-1)?.entry ?? 0 };
      const row = this.row(entry);
      if (row !== undefined) rows.push(row);
    }
    return { rows, next: undefined };
  }

  /** Executions of one command, oldest first. */
  ofCommand(sequence: number): ExecutionRow[] {
    let low = this.ring.oldest;
    let high = this.ring.next;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.ring.get(middle, Field.sequence) < sequence) low = middle + 1;
      else high = middle;
    }
    const rows: ExecutionRow[] = [];
    for (let entry = low; entry < this.ring.next && this.ring.get(entry, Field.sequence) === sequence; entry++) {
      const row = this.row(entry);
      if (row !== undefined) rows.push(row);
    }
    return rows;
  }

  private matches(entry: number, filter: ExecutionFilter): boolean {
    const { words } = this;
    const at = (entry & (EXECUTIONS_MAX - 1)) * WORDS;
    const account = words[at + Execution.account];
    if (filter.account !== undefined && account !== filter.account) return false;
    if (filter.accounts !== undefined && !filter.accounts.has(account)) return false;
    if (filter.instrument !== undefined && words[at + Execution.instrument] !== filter.instrument) return false;
    return filter.tradesOnly !== true || words[at + Execution.lastQuantity] > 0;
  }
}
