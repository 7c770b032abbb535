/**
 * Accounts, their limits and money, and their positions. Money and positions are doubles that only ever hold whole
 * numbers below 2^53: the door refuses whatever could carry them further.
 */
import { PairTable } from './pair-table.ts';
import type { Sectioned, SectionVisitor } from './sections.ts';

export const ACCOUNT_SHIFT = 5;
/** Offsets in an account's record of doubles. */
export const Account = {
  exists: 0,
  participant: 1,
  selfTradeScope: 2,
  makerRate: 3,
  takerRate: 4,
  enabled: 5,
  killed: 6,
  cash: 7,
  /** Value of open buy orders. */
  reserved: 8,
  /** Value of all open orders. */
  openNotional: 9,
  maxOrderQuantity: 10,
  maxOrderValue: 11,
  maxOpenNotional: 12,
  maxLong: 13,
  maxShort: 14,
  ordersPerSecond: 15,
  messagesPerSecond: 16,
  duplicateWindowMicros: 17,
  buyingPowerEnforced: 18,
  /** Begin of the second that is being counted, in microseconds, and what was counted in it. */
  rateSecond: 19,
  ordersThisSecond: 20,
  messagesThisSecond: 21,
  protectionWindowMicros: 22,
  protectionQuantityMax: 23,
  protectionExecutionsMax: 24,
  protectionStart: 25,
  protectionQuantity: 26,
  protectionExecutions: 27,
  /** 1 once tripped in this command, 2 once the quotes are gone. */
  protectionTripped: 28,
  /** First position row plus one; rows of an account are linked. */
  firstRow: 29,
  /** Session of the last mass quote. */
  quoteSession: 30,
} as const;

export const POSITION_SHIFT = 4;
/** Offsets in a position row, doubles. */
export const Position = {
  account: 0,
  instrument: 1,
  net: 2,
  /** Signed sum of the value of what is open. */
  cost: 3,
  realised: 4,
  fees: 5,
  /** Lots of open orders. */
  openBuys: 6,
  openSells: 7,
  located: 8,
  locateUsed: 9,
  restricted: 10,
  /** Slot plus one of the account's quote on each side. */
  quoteBid: 11,
  quoteAsk: 12,
  /** Next row of the account, plus one. */
  nextRow: 13,
  boughtQuantity: 14,
  soldQuantity: 15,
} as const;

export class Accounts implements Sectioned {
  declare readonly money: Float64Array;
  declare readonly names: Int32Array;
  declare readonly rows: Float64Array;
  declare readonly capacity: number;
  declare readonly rowCapacity: number;
  declare readonly participants: number;
  declare readonly participantKilled: Int32Array;
  declare private readonly index: PairTable;
  private readonly counters = new Int32Array(1);

  constructor(capacity: number, rowCapacity: number, participants: number) {
    this.capacity = capacity;
    this.rowCapacity = rowCapacity;
    this.participants = participants;
    this.money = new Float64Array(capacity << ACCOUNT_SHIFT);
    this.names = new Int32Array(capacity * 4);
    this.rows = new Float64Array(rowCapacity << POSITION_SHIFT);
    this.participantKilled = new Int32Array(participants);
    this.index = new PairTable('positions.index', rowCapacity);
  }

  exists(account: number): boolean {
    return account >= 0 && account < this.capacity && this.money[(account << ACCOUNT_SHIFT) + Account.exists] === 1;
  }

  get rowCount(): number {
    return this.counters[0];
  }

  /** The row of an account in an instrument, or -1. */
  findRow(account: number, instrument: number): number {
    return this.index.get(account, instrument, -1);
  }

  /** The row of an account in an instrument, made if there is room; else -1. */
  ensureRow(account: number, instrument: number): number {
    const found = this.index.get(account, instrument, -1);
    if (found >= 0) return found;
    const row = this.counters[0];
    if (row >= this.rowCapacity) return -1;
    this.index.set(account, instrument, row);
    this.counters[0] = row + 1;
    const at = row << POSITION_SHIFT;
    const accountAt = account << ACCOUNT_SHIFT;
    this.rows[at + Position.account] = account;
    this.rows[at + Position.instrument] = instrument;
    this.rows[at + Position.nextRow] = this.money[accountAt + Account.firstRow];
    this.money[accountAt + Account.firstRow] = row + 1;
    return row;
  }

  /** Whether a row is there or would find room. */
  hasRoom(account: number, instrument: number): boolean {
    return this.counters[0] < this.rowCapacity || this.index.get(account, instrument, -1) >= 0;
  }

  sections(visit: SectionVisitor): void {
    visit('accounts.money', this.money, this.money.length);
    visit('accounts.names', this.names, this.names.length);
    visit('accounts.participants', this.participantKilled, this.participantKilled.length);
    visit('positions.counters', this.counters, 1);
    visit('positions.rows', this.rows, this.counters[0] << POSITION_SHIFT);
    this.index.sections(visit);
  }
}
