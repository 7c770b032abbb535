/**
 * Reads the state of the replica's engine into plain rows for the API: what exists, books, live orders, money, limits.
 * Reads only, and never keeps an array of the engine's. Numbers stay the engine's integers.
 */
import { ACCOUNT_SHIFT, Account, POSITION_SHIFT, Position } from '#trading/accounts.ts';
import { MarketState } from '#trading/terms.ts';
import { INSTRUMENT_SHIFT, Instrument, InstrumentFlag } from '#trading/instruments.ts';
import { LADDERS_EACH } from '#trading/ladders.ts';
import { lotValue } from '#trading/money.ts';
import { ORDER_SHIFT, Order, Place } from '#trading/order-store.ts';
import { Scalar, type State } from '#trading/state.ts';
import type { SeededOrder } from './projections/order-history.ts';
import { OrderStatus } from '#trading/events.ts';

export interface LevelRow {
  readonly priceTicks: number;
  readonly quantity: number;
  readonly orders: number;
}

export interface BookOrderRow {
  readonly slot: number;
  readonly generation: number;
  readonly priceTicks: number;
  readonly quantity: number;
}

export interface InstrumentRow {
  readonly instrument: number;
  readonly symbol: string;
  readonly currency: string;
  readonly listed: boolean;
  readonly needsLocate: boolean;
  readonly proRata: boolean;
  readonly tickTable: number;
  /** First tick of each band and the step that holds in it. */
  readonly tickBands: readonly (readonly [number, number])[];
  readonly moneyPerTick: number;
  readonly referenceTicks: number;
  readonly lotSize: number;
  readonly maxOrderQuantity: number;
  readonly collarBasisPoints: number;
  readonly staticBandBasisPoints: number;
  readonly dynamicBandBasisPoints: number;
  readonly volatilityAuctionMillis: number;
  readonly priceBaseTicks: number;
  readonly minTicks: number;
  readonly maxTicks: number;
  readonly tickMantissa: number;
  readonly tickExponent: number;
  readonly state: MarketState;
  /** 0 before the first trade. */
  readonly lastTicks: number;
  readonly killed: boolean;
  readonly restricted: boolean;
  readonly liveOrders: number;
  readonly bid: LevelRow | undefined;
  readonly ask: LevelRow | undefined;
  /** Only in a call phase; priceTicks 0 when no trade would result. */
  readonly indicative: { readonly priceTicks: number; readonly volume: number; readonly imbalance: number } | undefined;
}

export interface AccountRow {
  readonly account: number;
  readonly name: string;
  readonly participant: number;
  readonly enabled: boolean;
  readonly killed: boolean;
  readonly participantKilled: boolean;
  readonly participantScope: boolean;
  readonly makerRate: number;
  readonly takerRate: number;
  readonly cash: number;
  readonly reserved: number;
  readonly openNotional: number;
  /** 0 switches a limit off. */
  readonly limits: {
    readonly maxOrderQuantity: number;
    readonly maxOrderValue: number;
    readonly maxOpenNotional: number;
    readonly maxLong: number;
    readonly maxShort: number;
    readonly ordersPerSecond: number;
    readonly messagesPerSecond: number;
    readonly duplicateWindowMicros: number;
    readonly buyingPowerEnforced: boolean;
  };
  /** Counted in the whole second that began at `rateSecond`. */
  readonly rateSecond: number;
  readonly ordersThisSecond: number;
  readonly messagesThisSecond: number;
}

export interface PositionRow {
  readonly account: number;
  readonly instrument: number;
  readonly net: number;
  readonly cost: number;
  readonly realised: number;
  readonly unrealised: number;
  readonly fees: number;
  readonly openBuys: number;
  readonly openSells: number;
  readonly restricted: boolean;
}

const CALL_PHASES: ReadonlySet<MarketState> = new Set([
  MarketState.preOpen,
  MarketState.openingAuction,
  MarketState.volatilityAuction,
  MarketState.closingAuction,
]);
/** Highest number of orders one L3 picture holds. */
const BOOK_ORDERS_MAX = 20_000;

/** Four words of zero-padded ASCII as text. */
function asciiOf(words: Int32Array, at: number, wordCount = 4): string {
  let text = '';
  for (let byte = 0; byte < wordCount * 4; byte++) {
    const code = (words[at + (byte >> 2)] >>> ((byte & 3) * 8)) & 0xff;
    if (code === 0) break;
    text += String.fromCodePoint(code);
  }
  return text;
}

/** Index of the instrument with that symbol, or -1. */
export function findSymbol(s: State, symbol: string): number {
  const wanted = [0, 0, 0, 0];
  for (let byte = 0; byte < symbol.length; byte++) wanted[byte >> 2] |= symbol.charCodeAt(byte) << ((byte & 3) * 8);
  const { words, capacity } = s.instruments;
  for (let instrument = 0; instrument < capacity; instrument++) {
    const at = (instrument << INSTRUMENT_SHIFT) + Instrument.symbol;
    const same = wanted.every((word, index) => words[at + index] === word);
    if (same && s.instruments.exists(instrument)) return instrument;
  }
  return -1;
}

/** What is needed to write an instrument's prices: far less than its whole row. */
export interface ScaleRow {
  readonly symbol: string;
  readonly priceBaseTicks: number;
  readonly tickMantissa: number;
  readonly tickExponent: number;
}

export function scaleOf(s: State, instrument: number): ScaleRow {
  const { words } = s.instruments;
  const at = instrument << INSTRUMENT_SHIFT;
  return {
    symbol: symbolOf(s, instrument),
    priceBaseTicks: words[at + Instrument.priceBaseTicks],
    tickMantissa: words[at + Instrument.tickMantissa],
    tickExponent: words[at + Instrument.tickExponent],
  };
}

export function accountNameOf(s: State, account: number): string {
  return asciiOf(s.accounts.names, account * 4);
}

export function symbolOf(s: State, instrument: number): string {
  return asciiOf(s.instruments.words, (instrument << INSTRUMENT_SHIFT) + Instrument.symbol);
}

/** Every instrument that exists, in order of index. */
export function instrumentsOf(s: State): InstrumentRow[] {
  const rows: InstrumentRow[] = [];
  for (let instrument = 0; instrument < s.instruments.capacity; instrument++) {
    if (s.instruments.exists(instrument)) rows.push(instrumentOf(s, instrument));
  }
  return rows;
}

export function instrumentOf(s: State, instrument: number): InstrumentRow {
  const { words } = s.instruments;
  const at = instrument << INSTRUMENT_SHIFT;
  const flags = words[at + Instrument.flags];
  const state = words[at + Instrument.state] as MarketState;
  return {
    instrument,
    symbol: symbolOf(s, instrument),
    currency: asciiOf(words, at + Instrument.currency, 1),
    listed: (flags & InstrumentFlag.listed) !== 0,
    needsLocate: (flags & InstrumentFlag.needsLocate) !== 0,
    proRata: (flags & InstrumentFlag.proRata) !== 0,
    tickTable: words[at + Instrument.tickTable],
    tickBands: s.instruments.tickTable(words[at + Instrument.tickTable]),
    moneyPerTick: words[at + Instrument.moneyPerTick],
    referenceTicks: words[at + Instrument.referenceTicks],
    lotSize: words[at + Instrument.lotSize],
    maxOrderQuantity: words[at + Instrument.maxOrderQuantity],
    collarBasisPoints: words[at + Instrument.collarBasisPoints],
    staticBandBasisPoints: words[at + Instrument.staticBandBasisPoints],
    dynamicBandBasisPoints: words[at + Instrument.dynamicBandBasisPoints],
    volatilityAuctionMillis: words[at + Instrument.volatilityAuctionMillis],
    priceBaseTicks: words[at + Instrument.priceBaseTicks],
    minTicks: words[at + Instrument.minTicks],
    maxTicks: words[at + Instrument.maxTicks],
    tickMantissa: words[at + Instrument.tickMantissa],
    tickExponent: words[at + Instrument.tickExponent],
    state,
    lastTicks: words[at + Instrument.lastTicks],
    killed: words[at + Instrument.killed] === 1,
    restricted: words[at + Instrument.restricted] === 1,
    liveOrders: words[at + Instrument.liveOrders],
    bid: bestLevel(s, instrument, 0),
    ask: bestLevel(s, instrument, 1),
    indicative: CALL_PHASES.has(state)
      ? {
          priceTicks: words[at + Instrument.indicativeTicks],
          volume: words[at + Instrument.indicativeVolume],
          imbalance: words[at + Instrument.indicativeImbalance],
        }
      : undefined,
  };
}

function bestLevel(s: State, instrument: number, side: number): LevelRow | undefined {
  return levelsOf(s, instrument, side, 1)[0];
}

/** Displayed levels of a side (0 bids, 1 asks), best first. */
export function levelsOf(s: State, instrument: number, side: number, depth: number): LevelRow[] {
  const { ladders } = s;
  const ladder = instrument * LADDERS_EACH + side;
  const rows: LevelRow[] = [];
  if (ladders.best(ladder) === 0) return rows;
  for (let level = ladders.bestLevel(ladder); level >= 0 && rows.length < depth; level = ladders.nextLevel(level)) {
    rows.push({
      priceTicks: ladders.priceOf(level),
      quantity: ladders.quantities[level],
      orders: ladders.count(level),
    });
  }
  return rows;
}

/** Displayed orders of a side at its best `depth` levels, best first, in time order at one price. */
export function bookOrdersOf(s: State, instrument: number, side: number, depth: number): BookOrderRow[] {
  const { ladders } = s;
  const ladder = instrument * LADDERS_EACH + side;
  const rows: BookOrderRow[] = [];
  if (ladders.best(ladder) === 0) return rows;
  let level = ladders.bestLevel(ladder);
  for (let count = 0; level >= 0 && count < depth && rows.length < BOOK_ORDERS_MAX; count++) {
    for (let slot = ladders.head(level); slot >= 0; slot = s.orders.word(slot, Order.next)) {
      rows.push({
        slot,
        generation: s.orders.word(slot, Order.generation),
        priceTicks: ladders.priceOf(level),
        quantity: s.orders.word(slot, Order.displayed),
      });
    }
    level = ladders.nextLevel(level);
  }
  return rows;
}

/** Every account that exists, in order of index. */
export function accountsOf(s: State): AccountRow[] {
  const rows: AccountRow[] = [];
  for (let account = 0; account < s.accounts.capacity; account++) {
    if (s.accounts.exists(account)) rows.push(accountOf(s, account));
  }
  return rows;
}

export function accountOf(s: State, account: number): AccountRow {
  const { money } = s.accounts;
  const at = account << ACCOUNT_SHIFT;
  const participant = money[at + Account.participant];
  return {
    account,
    name: accountNameOf(s, account),
    participant,
    enabled: money[at + Account.enabled] === 1,
    killed: money[at + Account.killed] === 1,
    participantKilled: s.accounts.participantKilled[participant] === 1,
    participantScope: money[at + Account.selfTradeScope] === 1,
    makerRate: money[at + Account.makerRate],
    takerRate: money[at + Account.takerRate],
    cash: money[at + Account.cash],
    reserved: money[at + Account.reserved],
    openNotional: money[at + Account.openNotional],
    limits: {
      maxOrderQuantity: money[at + Account.maxOrderQuantity],
      maxOrderValue: money[at + Account.maxOrderValue],
      maxOpenNotional: money[at + Account.maxOpenNotional],
      maxLong: money[at + Account.maxLong],
      maxShort: money[at + Account.maxShort],
      ordersPerSecond: money[at + Account.ordersPerSecond],
      messagesPerSecond: money[at + Account.messagesPerSecond],
      duplicateWindowMicros: money[at + Account.duplicateWindowMicros],
      buyingPowerEnforced: money[at + Account.buyingPowerEnforced] === 1,
    },
    rateSecond: money[at + Account.rateSecond],
    ordersThisSecond: money[at + Account.ordersThisSecond],
    messagesThisSecond: money[at + Account.messagesThisSecond],
  };
}

/** What an account's rates count in the second of the engine's present time. */
export function ratesAt(row: AccountRow, s: State): { orders: number; messages: number } {
  const second = Math.floor(s.numbers[Scalar.time] / 1_000_000);
  if (row.rateSecond !== second) return { orders: 0, messages: 0 };
  return { orders: row.ordersThisSecond, messages: row.messagesThisSecond };
}

/** Every position row, or those of one account, in the order in which they came into being. */
export function positionsOf(s: State, account?: number): PositionRow[] {
  const rows: PositionRow[] = [];
  for (let row = 0; row < s.accounts.rowCount; row++) {
    const at = row << POSITION_SHIFT;
    if (account === undefined || s.accounts.rows[at + Position.account] === account) rows.push(positionOf(s, at));
  }
  return rows;
}

function positionOf(s: State, at: number): PositionRow {
  const { rows } = s.accounts;
  const instrument = rows[at + Position.instrument];
  const net = rows[at + Position.net];
  const cost = rows[at + Position.cost];
  const instrumentAt = instrument << INSTRUMENT_SHIFT;
  const { words } = s.instruments;
  const last = words[instrumentAt + Instrument.lastTicks] || words[instrumentAt + Instrument.referenceTicks];
  return {
    account: rows[at + Position.account],
    instrument,
    net,
    cost,
    realised: rows[at + Position.realised],
    unrealised: net === 0 ? 0 : net * lotValue(s.instruments, instrument, last) - cost,
    fees: rows[at + Position.fees],
    openBuys: rows[at + Position.openBuys],
    openSells: rows[at + Position.openSells],
    restricted: rows[at + Position.restricted] === 1,
  };
}

/** Numbers of the participants whose kill switch is on. */
export function killedParticipants(s: State): number[] {
  const found: number[] = [];
  s.accounts.participantKilled.forEach((killed, participant) => {
    if (killed === 1) found.push(participant);
  });
  return found;
}

/** Live orders per account. */
export function openOrdersByAccount(s: State): Map<number, number> {
  const counts = new Map<number, number>();
  forEachLive(s, (slot) => {
    const account = s.orders.word(slot, Order.account);
    counts.set(account, (counts.get(account) ?? 0) + 1);
  });
  return counts;
}

/** Every live order, for those who begin to follow now. */
export function liveOrdersOf(s: State): SeededOrder[] {
  const rows: SeededOrder[] = [];
  forEachLive(s, (slot) => {
    const cum = s.orders.word(slot, Order.cum);
    const waits = s.orders.word(slot, Order.place) === Place.stops || s.orders.word(slot, Order.place) === Place.held;
    rows.push({
      slot,
      generation: s.orders.word(slot, Order.generation),
      account: s.orders.word(slot, Order.account),
      instrument: s.orders.word(slot, Order.instrument),
      session: s.orders.word(slot, Order.session),
      terms: s.orders.word(slot, Order.terms),
      clOrdIdLow: s.orders.word(slot, Order.clOrdIdLow),
      clOrdIdHigh: s.orders.word(slot, Order.clOrdIdHigh),
      leaves: s.orders.word(slot, Order.leaves),
      cum,
      priceTicks: s.orders.word(slot, Order.priceTicks),
      stopTicks: s.orders.word(slot, Order.stopTicks),
      displayQuantity: s.orders.word(slot, Order.displayQuantity),
      status: waits ? OrderStatus.pendingNew : cum > 0 ? OrderStatus.partiallyFilled : OrderStatus.new,
    });
  });
  return rows;
}

function forEachLive(s: State, visit: (slot: number) => void): void {
  for (let slot = 0; slot < s.orders.highWater; slot++) {
    if (s.orders.words[(slot << ORDER_SHIFT) + Order.place] !== Place.free) visit(slot);
  }
}
