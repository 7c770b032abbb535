/**
 * Everything the engine knows, in one object that the functions of this folder work on. It holds no behaviour of its
 * own beyond the notes that one command makes while it is carried out.
 */
import { Accounts } from './accounts.ts';
import type { Capacity } from './capacity.ts';
import { DayOrders } from './day-orders.ts';
import type { EventSink } from './events.ts';
import { INSTRUMENT_SHIFT, Instrument, Instruments } from './instruments.ts';
import { Ladders } from './ladders.ts';
import { ORDER_SHIFT, OrderStore } from './order-store.ts';
import type { Order } from './order-store.ts';
import { Output } from './output.ts';
import { PairTable } from './pair-table.ts';
import { RecentOrders } from './recent-orders.ts';
import type { Sectioned, SectionVisitor } from './sections.ts';
import { Timers } from './timers.ts';
import { TradeLog } from './trade-log.ts';

/** Offsets in `numbers`, the scalars that outlive a command. */
export const Scalar = { time: 0, lastTradeId: 1, semantics: 2, tradingDay: 3, commands: 4 } as const;

export const DUE_BRACKET_WORDS = 10;
/** Slots a live bracket entry keeps for its exits. */
export const BRACKET_EXITS = 2;

export class State implements Sectioned {
  readonly capacity: Capacity;
  readonly orders: OrderStore;
  readonly ladders: Ladders;
  readonly instruments: Instruments;
  readonly accounts: Accounts;
  readonly dayOrders: DayOrders;
  readonly recentOrders: RecentOrders;
  readonly trades: TradeLog;
  readonly timers: Timers;
  /** Account and link id → slot of one of the two linked orders. */
  readonly links: PairTable;
  /** Live orders per session. */
  readonly sessionOrders: Int32Array;
  readonly numbers = new Float64Array(8);
  readonly output: Output;

  /** Time of the present command. */
  now = 0;
  nextTimer = Infinity;
  /** Instruments the present command touched. */
  readonly touched: Int32Array;
  touchedCount = 0;
  /** Accounts whose protection tripped in the present command. */
  readonly tripped: Int32Array;
  trippedCount = 0;
  /** Brackets whose exits are due within the present command; each of them was a live order. */
  readonly dueBrackets: Int32Array;
  dueBracketCount = 0;
  /** While orders end by kill switch, delisting or corporate action no exits become due. */
  suppressBrackets = false;
  /** The level that changed last and is not yet told. */
  dirtyLadder = -1;
  dirtyTicks = 0;

  constructor(capacity: Capacity, sink: EventSink) {
    this.capacity = capacity;
    this.orders = new OrderStore(capacity.orders);
    this.ladders = new Ladders(capacity.instruments, capacity.priceLeaves, this.orders);
    this.instruments = new Instruments(capacity.instruments, capacity.tickTables, this.orders);
    this.accounts = new Accounts(capacity.accounts, capacity.positions, capacity.participants);
    this.dayOrders = new DayOrders(capacity.dayOrders);
    this.recentOrders = new RecentOrders(capacity.recentOrders);
    this.trades = new TradeLog(capacity.trades);
    this.timers = new Timers(capacity.orders + capacity.instruments);
    this.links = new PairTable('links', capacity.orders);
    this.sessionOrders = new Int32Array(capacity.sessions);
    this.dueBrackets = new Int32Array(capacity.orders * DUE_BRACKET_WORDS);
    this.touched = new Int32Array(capacity.instruments);
    this.tripped = new Int32Array(capacity.accounts);
    this.output = new Output(sink);
  }

  /** Notes that an instrument may need looking after at the end of the command. */
  touch(instrument: number): void {
    const at = instrument << INSTRUMENT_SHIFT;
    const words = this.instruments.words;
    if (words[at + Instrument.touched] === 1) return;
    words[at + Instrument.touched] = 1;
    this.touched[this.touchedCount++] = instrument;
  }

  /** Notes that a displayed level changed; tells of the one before. */
  levelChanged(ladder: number, ticks: number): void {
    if (this.dirtyTicks === ticks && this.dirtyLadder === ladder) return;
    this.tellLevel();
    this.dirtyLadder = ladder;
    this.dirtyTicks = ticks;
  }

  tellLevel(): void {
    if (this.dirtyTicks === 0) return;
    const ladder = this.dirtyLadder;
    const ticks = this.dirtyTicks;
    this.dirtyTicks = 0;
    const level = this.ladders.find(ladder, ticks);
    const quantity = level < 0 ? 0 : this.ladders.quantities[level];
    this.output.level(ladder >> 2, ladder & 1, ticks, quantity, level < 0 ? 0 : this.ladders.count(level));
    this.instruments.words[((ladder >> 2) << INSTRUMENT_SHIFT) + Instrument.indicativeStale] = 1;
  }

  /** Word of a live order. */
  order(slot: number, field: (typeof Order)[keyof typeof Order]): number {
    return this.orders.words[(slot << ORDER_SHIFT) + field];
  }

  sections(visit: SectionVisitor): void {
    visit('numbers', this.numbers, this.numbers.length);
    this.orders.sections(visit);
    this.ladders.sections(visit);
    this.instruments.sections(visit);
    this.accounts.sections(visit);
    this.dayOrders.sections(visit);
    this.recentOrders.sections(visit);
    this.trades.sections(visit);
    this.timers.sections(visit);
    this.links.sections(visit);
    visit('sessions.orders', this.sessionOrders, this.sessionOrders.length);
  }
}
