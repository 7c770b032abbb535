/**
 * Everything an engine knows: `State`, one for each engine. And the engine at work: `s` and `notes`, which the functions of
 * this folder read and write. They hold no behaviour beyond what every one of those functions needs.
 *
 * `s` is a constant that `work` fills, and is not handed on as a parameter, so that V8 compiles the arrays behind it into
 * the code of a process with one engine: a third faster. For that no field of `State` or of a store may be written
 * twice, which a class field without a value would be: hence `declare`. Engines in one process take turns, command by
 * command; they are then as fast as with a parameter.
 */
import { Accounts } from './accounts.ts';
import { CAPACITY_KEYS } from './capacity.ts';
import type { Capacity } from './capacity.ts';
import { DayOrders } from './day-orders.ts';
import type { EventSink } from './events.ts';
import { INSTRUMENT_SHIFT, Instrument, Instruments } from './instruments.ts';
import { Ladders } from './ladders.ts';
import { OrderStore } from './order-store.ts';
import { Output } from './output.ts';
import { PairTable } from './pair-table.ts';
import { RecentOrders } from './recent-orders.ts';
import { empty } from './sections.ts';
import type { Sectioned, SectionVisitor } from './sections.ts';
import { Timers } from './timers.ts';
import { TradeLog } from './trade-log.ts';

/** Offsets in `numbers`, the scalars that outlive a command. */
export const Scalar = { time: 0, lastTradeId: 1, semantics: 2, tradingDay: 3, commands: 4 } as const;

export const DUE_BRACKET_WORDS = 10;
/** Slots a live bracket entry keeps for its exits. */
export const BRACKET_EXITS = 2;

export class State implements Sectioned {
  declare readonly capacity: Capacity;
  declare readonly orders: OrderStore;
  declare readonly ladders: Ladders;
  declare readonly instruments: Instruments;
  declare readonly accounts: Accounts;
  declare readonly dayOrders: DayOrders;
  declare readonly recentOrders: RecentOrders;
  declare readonly trades: TradeLog;
  declare readonly timers: Timers;
  /** Account and link id → slot of one of the two linked orders. */
  declare readonly links: PairTable;
  /** Live orders per session. */
  declare readonly sessionOrders: Int32Array;
  readonly numbers = new Float64Array(8);
  declare readonly output: Output;
  /** Instruments the present command touched. */
  declare readonly touched: Int32Array;
  /** Accounts whose protection tripped in the present command. */
  declare readonly tripped: Int32Array;
  /** Brackets whose exits are due within the present command; each of them was a live order. */
  declare readonly dueBrackets: Int32Array;

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

/** The parts of the engine at work. */
export const s = {} as { -readonly [Part in Exclude<keyof State, 'sections'>]: State[Part] };

/** What one command notes while it is carried out; between two commands nothing of it is kept. */
export const notes = {
  /** Time of the present command. */
  now: 0,
  /** When the next timer of the engine at work is due. */
  nextTimer: Infinity,
  touchedCount: 0,
  trippedCount: 0,
  dueBracketCount: 0,
  /** While orders end by kill switch, delisting or corporate action no exits become due. */
  suppressBrackets: false,
  /** The level that changed last and is not yet told. */
  dirtyLadder: -1,
  dirtyTicks: 0,
};

let atWork: State | undefined;

/** Makes an engine's state the one at work. */
export function work(state: State): void {
  if (atWork === state) return;
  atWork = state;
  s.capacity = state.capacity;
  s.orders = state.orders;
  s.ladders = state.ladders;
  s.instruments = state.instruments;
  s.accounts = state.accounts;
  s.dayOrders = state.dayOrders;
  s.recentOrders = state.recentOrders;
  s.trades = state.trades;
  s.timers = state.timers;
  s.links = state.links;
  s.sessionOrders = state.sessionOrders;
  s.numbers = state.numbers;
  s.output = state.output;
  s.touched = state.touched;
  s.tripped = state.tripped;
  s.dueBrackets = state.dueBrackets;
  notes.nextTimer = state.timers.next;
  notes.touchedCount = notes.trippedCount = notes.dueBracketCount = notes.dirtyTicks = 0;
  notes.suppressBrackets = false;
}

let spare: State | undefined;

/** An empty state: the spare one, if it has that capacity. */
export function takeState(capacity: Capacity, sink: EventSink): State {
  const state = spare;
  if (state === undefined || CAPACITY_KEYS.some((key) => state.capacity[key] !== capacity[key])) {
    return new State(capacity, sink);
  }
  spare = undefined;
  state.output.sink = sink;
  return state;
}

/** Empties a state that no engine uses any more, and keeps it as the spare one. */
export function giveBack(state: State): void {
  state.sections((_name, array) => empty(array));
  state.instruments.begin();
  state.trades.clear(1);
  state.dayOrders.rebuild();
  state.output.end = 0;
  atWork = undefined;
  spare = state;
}

/** Notes that an instrument may need looking after at the end of the command. */
export function touch(instrument: number): void {
  const at = instrument << INSTRUMENT_SHIFT;
  const words = s.instruments.words;
  if (words[at + Instrument.touched] === 1) return;
  words[at + Instrument.touched] = 1;
  s.touched[notes.touchedCount++] = instrument;
}

/** Notes that a displayed level changed; tells of the one before. */
export function levelChanged(ladder: number, ticks: number): void {
  if (notes.dirtyTicks === ticks && notes.dirtyLadder === ladder) return;
  tellLevel();
  notes.dirtyLadder = ladder;
  notes.dirtyTicks = ticks;
}

export function tellLevel(): void {
  if (notes.dirtyTicks === 0) return;
  const ladder = notes.dirtyLadder;
  const ticks = notes.dirtyTicks;
  notes.dirtyTicks = 0;
  const level = s.ladders.find(ladder, ticks);
  const quantity = level < 0 ? 0 : s.ladders.quantities[level];
  s.output.level(ladder >> 2, ladder & 1, ticks, quantity, level < 0 ? 0 : s.ladders.count(level));
  s.instruments.words[((ladder >> 2) << INSTRUMENT_SHIFT) + Instrument.indicativeStale] = 1;
}
