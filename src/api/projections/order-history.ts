/**
 * Orders of the journal as their executions left them: every live order, and the last that ended. The engine is the truth
 * about live orders; this adds what it forgets (when they were entered, what became of those that are done).
 */
import {
  CommandKind,
  commandKind,
  Header,
  NewOrder,
  NEW_ORDER_EXTRAS_WORDS,
  commandLength,
} from '#trading/commands.ts';
import { EventKind, eventKind, ExecType, Execution, OrderStatus } from '#trading/events.ts';
import type { AppliedCommand, Projection } from './feed.ts';
import { Ring } from './ring.ts';

/** Orders kept, live ones included. */
export const ORDERS_MAX = 1 << 17;
/** Live orders that are carried over when the ring comes round; beyond that even live ones fall off this list. */
const CARRIED_MAX = ORDERS_MAX / 2;
/** Changes kept for those who follow along. */
export const ORDER_CHANGES_MAX = 1 << 14;

const Field = {
  slot: 0,
  generation: 1,
  account: 2,
  instrument: 3,
  session: 4,
  terms: 5,
  clOrdIdLow: 6,
  clOrdIdHigh: 7,
  leaves: 8,
  cum: 9,
  priceTicks: 10,
  stopTicks: 11,
  displayQuantity: 12,
  status: 13,
  reason: 14,
  created: 15,
  updated: 16,
  sequence: 17,
  receiveDelay: 18,
  /** Sum of price in ticks × quantity of its executions. */
  tickVolume: 19,
  /** Executed before this process followed: its average price is not known then. */
  seededCum: 20,
  quantity: 21,
} as const;
const FIELDS = 22;

/** An order as it was kept; numbers are the engine's. 0 stands for what is not known. */
export interface OrderRow {
  readonly entry: number;
  readonly slot: number;
  readonly generation: number;
  readonly account: number;
  readonly instrument: number;
  readonly session: number;
  readonly terms: number;
  readonly clOrdIdLow: number;
  readonly clOrdIdHigh: number;
  /** As entered or amended: executed plus open, while it was open. */
  readonly quantity: number;
  readonly leaves: number;
  readonly cum: number;
  readonly priceTicks: number;
  readonly stopTicks: number;
  readonly displayQuantity: number;
  readonly status: number;
  readonly reason: number;
  readonly createdMicros: number;
  readonly updatedMicros: number;
  readonly sequence: number;
  readonly receiveDelayNanos: number;
  /** Average price of what was executed, in ticks; 0 while nothing was, or where it is not known. */
  readonly averageTicks: number;
}

/** A live order that was there before this process followed the journal. */
export type SeededOrder = Omit<
  OrderRow,
  | 'entry'
  | 'quantity'
  | 'createdMicros'
  | 'updatedMicros'
  | 'sequence'
  | 'receiveDelayNanos'
  | 'averageTicks'
  | 'reason'
>;

export interface OrderFilter {
  readonly account?: number | undefined;
  readonly accounts?: ReadonlySet<number> | undefined;
  readonly instrument?: number | undefined;
  readonly status: 'live' | 'done' | 'all';
  readonly before?: number | undefined;
}

export class OrderHistory implements Projection {
  private readonly ring = new Ring(ORDERS_MAX, FIELDS);
  private readonly changes = new Ring(ORDER_CHANGES_MAX, 1);
  private readonly entries = new Map<number, number>();
  private live = 0;

  /** Number that the next change gets. */
  get nextChange(): number {
    return this.changes.next;
  }

  get oldestChange(): number {
    return this.changes.oldest;
  }

  get liveCount(): number {
    return this.live;
  }

  /** Adds an order that lived before this process began to follow. */
  seed(order: SeededOrder): void {
    const entry = this.add(order.slot, order.generation);
    this.ring.set(entry, Field.account, order.account);
    this.ring.set(entry, Field.instrument, order.instrument);
    this.ring.set(entry, Field.session, order.session);
    this.ring.set(entry, Field.terms, order.terms);
    this.ring.set(entry, Field.clOrdIdLow, order.clOrdIdLow);
    this.ring.set(entry, Field.clOrdIdHigh, order.clOrdIdHigh);
    this.ring.set(entry, Field.leaves, order.leaves);
    this.ring.set(entry, Field.cum, order.cum);
    this.ring.set(entry, Field.seededCum, order.cum);
    this.ring.set(entry, Field.quantity, order.leaves + order.cum);
    this.ring.set(entry, Field.priceTicks, order.priceTicks);
    this.ring.set(entry, Field.stopTicks, order.stopTicks);
    this.ring.set(entry, Field.displayQuantity, order.displayQuantity);
    this.ring.set(entry, Field.status, order.status);
  }

  onEvent(command: AppliedCommand, words: Int32Array, at: number): void {
    if (eventKind(words, at) !== EventKind.execution) return;
    const execType = words[at + Execution.execType];
    const generation = words[at + Execution.orderGeneration];
    const concernsNoOrder = execType === ExecType.rejected || execType === ExecType.requestRejected || generation === 0;
    if (concernsNoOrder || execType === ExecType.tradeCancel || execType === ExecType.tradeCorrect) return;
    const slot = words[at + Execution.orderSlot];
    const known = this.entries.get(keyOf(slot, generation));
    const entry = known ?? this.enter(command, words, at, slot, generation);
    this.update(command, words, at, entry);
    const change = this.changes.append();
    this.changes.set(change, 0, entry);
  }

  row(entry: number): OrderRow | undefined {
    return this.ring.has(entry) ? read(this.ring, entry) : undefined;
  }

  /** The order of that id, while it is kept. */
  find(slot: number, generation: number): OrderRow | undefined {
    const entry = this.entries.get(keyOf(slot, generation));
    return entry === undefined ? undefined : this.row(entry);
  }

  /** The newest order with that ClOrdID; looks through everything that is kept. */
  findByClientId(account: number, low: number, high: number): OrderRow | undefined {
    for (let entry = this.ring.next - 1; entry >= this.ring.oldest; entry--) {
      if (this.ring.get(entry, Field.clOrdIdLow) !== low || this.ring.get(entry, Field.clOrdIdHigh) !== high) continue;
      if (this.ring.get(entry, Field.account) === account && this.isCurrent(entry)) return read(this.ring, entry);
    }
    return undefined;
  }

  /** Newest first; also says where the next page begins, undefined at the end. */
  list(filter: OrderFilter, limit: number): { rows: OrderRow[]; next: number | undefined } {
    const rows: OrderRow[] = [];
    const newest = Math.min(filter.before ?? Number.POSITIVE_INFINITY, this.ring.next) - 1;
    for (let entry = newest; entry >= this.ring.oldest; entry--) {
      if (!this.matches(entry, filter)) continue;
      if (rows.length === limit) return { rows, next: rows.at(-1)?.entry ?? 0 };
      rows.push(read(this.ring, entry));
    }
    return { rows, next: undefined };
  }

  /** Entries that changed from change number `from` on, each once; undefined when some of them are forgotten. */
  changedSince(from: number): Set<number> | undefined {
    if (from < this.changes.oldest) return undefined;
    const entries = new Set<number>();
    for (let change = from; change < this.changes.next; change++) entries.add(this.changes.get(change, 0));
    return entries;
  }

  private enter(command: AppliedCommand, words: Int32Array, at: number, slot: number, generation: number): number {
    const entry = this.add(slot, generation);
    this.ring.set(entry, Field.account, words[at + Execution.account]);
    this.ring.set(entry, Field.instrument, words[at + Execution.instrument]);
    this.ring.set(entry, Field.session, words[at + Execution.session]);
    this.ring.set(entry, Field.clOrdIdLow, words[at + Execution.clOrdIdLow]);
    this.ring.set(entry, Field.clOrdIdHigh, words[at + Execution.clOrdIdHigh]);
    if (words[at + Execution.execType] !== ExecType.new) return entry;
    this.ring.set(entry, Field.created, command.timeMicros);
    this.ring.set(entry, Field.sequence, command.sequence);
    this.ring.set(entry, Field.receiveDelay, command.words[command.at + Header.receiveDelayNanos]);
    this.enterTerms(command, words, at, entry);
    return entry;
  }

  /** What only the command says; exits of a bracket come of the command of another order. */
  private enterTerms(command: AppliedCommand, words: Int32Array, at: number, entry: number): void {
    const { words: order, at: from } = command;
    const isItsCommand =
      commandKind(order, from) === CommandKind.newOrder &&
      order[from + NewOrder.clOrdIdLow] === words[at + Execution.clOrdIdLow] &&
      order[from + NewOrder.clOrdIdHigh] === words[at + Execution.clOrdIdHigh];
    if (!isItsCommand || commandLength(order, from) < NEW_ORDER_EXTRAS_WORDS) return;
    this.ring.set(entry, Field.stopTicks, order[from + NewOrder.stopTicks]);
    this.ring.set(entry, Field.displayQuantity, order[from + NewOrder.displayQuantity]);
  }

  private update(command: AppliedCommand, words: Int32Array, at: number, entry: number): void {
    const wasLive = isLive(this.ring.get(entry, Field.status));
    const status = words[at + Execution.status] & 0xff;
    // An order that ended keeps the quantity it had while it was open.
    if (isLive(status) || status === OrderStatus.filled) {
      this.ring.set(entry, Field.quantity, words[at + Execution.leavesQuantity] + words[at + Execution.cumQuantity]);
    }
    const traded = words[at + Execution.execType] === ExecType.trade;
    this.ring.set(entry, Field.terms, words[at + Execution.terms]);
    this.ring.set(entry, Field.leaves, words[at + Execution.leavesQuantity]);
    this.ring.set(entry, Field.cum, words[at + Execution.cumQuantity]);
    this.ring.set(entry, Field.priceTicks, words[at + Execution.priceTicks]);
    this.ring.set(entry, Field.status, status);
    this.ring.set(entry, Field.reason, words[at + Execution.reason]);
    this.ring.set(entry, Field.updated, command.timeMicros);
    if (traded) {
      const volume = words[at + Execution.lastTicks] * words[at + Execution.lastQuantity];
      this.ring.set(entry, Field.tickVolume, this.ring.get(entry, Field.tickVolume) + volume);
    }
    this.live += Number(isLive(status)) - Number(wasLive);
  }

  /** Takes an entry for a live order; what falls off the end is carried over while it lives. */
  private add(slot: number, generation: number): number {
    for (;;) {
      if (this.ring.next - this.ring.oldest < ORDERS_MAX) break;
      const oldest = this.ring.oldest;
      const row = read(this.ring, oldest);
      const current = this.isCurrent(oldest);
      if (current) this.entries.delete(keyOf(row.slot, row.generation));
      const carry = current && isLive(row.status) && this.live < CARRIED_MAX;
      if (!carry) {
        if (current && isLive(row.status)) this.live -= 1;
        break;
      }
      this.carry(oldest, row);
    }
    const entry = this.ring.append();
    this.ring.set(entry, Field.slot, slot);
    this.ring.set(entry, Field.generation, generation >>> 0);
    this.ring.set(entry, Field.status, OrderStatus.new);
    this.entries.set(keyOf(slot, generation), entry);
    this.live += 1;
    return entry;
  }

  /** Appends a copy of the oldest entry, which its place then takes. */
  private carry(oldest: number, row: OrderRow): void {
    const values = Array.from({ length: FIELDS }, (_, field) => this.ring.get(oldest, field));
    const entry = this.ring.append();
    values.forEach((value, field) => this.ring.set(entry, field, value));
    this.entries.set(keyOf(row.slot, row.generation), entry);
  }

  private isCurrent(entry: number): boolean {
    const key = keyOf(this.ring.get(entry, Field.slot), this.ring.get(entry, Field.generation));
    return this.entries.get(key) === entry;
  }

  private matches(entry: number, filter: OrderFilter): boolean {
    const account = this.ring.get(entry, Field.account);
    if (filter.account !== undefined && account !== filter.account) return false;
    if (filter.accounts !== undefined && !filter.accounts.has(account)) return false;
    if (filter.instrument !== undefined && this.ring.get(entry, Field.instrument) !== filter.instrument) return false;
    const live = isLive(this.ring.get(entry, Field.status));
    if (filter.status !== 'all' && live !== (filter.status === 'live')) return false;
    return this.isCurrent(entry);
  }
}

/** Whether an order of that status can still trade. */
export function isLive(status: number): boolean {
  return status === OrderStatus.new || status === OrderStatus.partiallyFilled || status === OrderStatus.pendingNew;
}

/** Slot and generation as one number below 2^53: slots are below 2^21. */
function keyOf(slot: number, generation: number): number {
  return slot * 4_294_967_296 + (generation >>> 0);
}

function read(ring: Ring, entry: number): OrderRow {
  const get = (field: number): number => ring.get(entry, field);
  const cum = get(Field.cum);
  const tickVolume = get(Field.tickVolume);
  return {
    entry,
    slot: get(Field.slot),
    generation: get(Field.generation),
    account: get(Field.account),
    instrument: get(Field.instrument),
    session: get(Field.session),
    terms: get(Field.terms),
    clOrdIdLow: get(Field.clOrdIdLow),
    clOrdIdHigh: get(Field.clOrdIdHigh),
    quantity: get(Field.quantity),
    leaves: get(Field.leaves),
    cum,
    priceTicks: get(Field.priceTicks),
    stopTicks: get(Field.stopTicks),
    displayQuantity: get(Field.displayQuantity),
    status: get(Field.status),
    reason: get(Field.reason),
    createdMicros: get(Field.created),
    updatedMicros: get(Field.updated),
    sequence: get(Field.sequence),
    receiveDelayNanos: get(Field.receiveDelay),
    averageTicks: cum > 0 && get(Field.seededCum) === 0 ? tickVolume / cum : 0,
  };
}
