/**
 * Everything the reference engine knows, as plain objects, and the simplest questions about it.
 * Slow on purpose: books are lists that are filtered and sorted on every use. Never shares code with src/trading
 * beyond the layouts and numbers that the contract itself names.
 */
import { MarketState, OrderType, Side, TermFlag } from '#trading/terms.ts';
import type { PlainEvent } from './events.ts';

export type Place = 'incoming' | 'book' | 'market' | 'peg' | 'stop' | 'held' | 'done';

export interface Order {
  slot: number;
  generation: number;
  session: number;
  account: number;
  instrument: number;
  clOrdIdLow: number;
  clOrdIdHigh: number;
  terms: number;
  marks: number;
  side: number;
  type: number;
  tif: number;
  selfTrade: number;
  price: number;
  stop: number;
  display: number;
  minimum: number;
  pegOffset: number;
  expire: number;
  takeProfit: number;
  stopLoss: number;
  stopLossLimit: number;
  /** Orders of one group are linked; '' for none. */
  group: string;
  leaves: number;
  cum: number;
  displayed: number;
  riskPrice: number;
  place: Place;
  /** Place in its queue: rises with each entry at the end of one. */
  queued: number;
  /** Order of acceptance, which is also the order of creation of its timer. */
  born: number;
}

export interface Limits {
  maxOrderQuantity: number;
  maxOrderValue: number;
  maxOpenNotional: number;
  maxLong: number;
  maxShort: number;
  ordersPerSecond: number;
  messagesPerSecond: number;
  duplicateWindow: number;
  buyingPower: boolean;
}

export interface Protection {
  window: number;
  maxQuantity: number;
  maxExecutions: number;
  tripped: boolean;
  due: boolean;
  first: number;
  quantity: number;
  executions: number;
}

export interface Account {
  index: number;
  participant: number;
  scope: number;
  makerRate: number;
  takerRate: number;
  enabled: boolean;
  killed: boolean;
  cash: number;
  openNotional: number;
  reserved: number;
  limits: Limits;
  second: number;
  messages: number;
  orders: number;
  protection: Protection;
  quoteSession: number;
}

export interface Instrument {
  index: number;
  listed: boolean;
  needsLocate: boolean;
  proRata: boolean;
  tickTable: number;
  moneyPerTick: number;
  base: number;
  reference: number;
  staticReference: number;
  lotSize: number;
  maxOrderQuantity: number;
  collar: number;
  staticBand: number;
  dynamicBand: number;
  volatilityMillis: number;
  minTicks: number;
  maxTicks: number;
  state: number;
  last: number;
  /** Last trade price (or reference) when the order now matching began to trade. */
  bandReference: number;
  restricted: boolean;
  killed: boolean;
  auctionEnd: number;
  auctionBorn: number;
  indicative: { price: number; volume: number; imbalance: number };
}

export interface Row {
  account: number;
  instrument: number;
  net: number;
  cost: number;
  realised: number;
  fees: number;
  openBuys: number;
  openSells: number;
  located: number;
  locateUsed: number;
  restricted: boolean;
}

/** Prices from `first` on are multiples of `step`. */
export interface Band {
  first: number;
  step: number;
}

export interface DayRecord {
  order: Order;
}

/** One side of a kept trade, as it was told. */
export interface TradeSide {
  session: number;
  account: number;
  slot: number;
  generation: number;
  clOrdIdLow: number;
  clOrdIdHigh: number;
  terms: number;
  side: number;
  fee: number;
  maker: boolean;
}

export interface KeptTrade {
  id: number;
  instrument: number;
  price: number;
  quantity: number;
  aggressor: number;
  canceled: boolean;
  sides: [TradeSide, TradeSide];
}

export interface Recent {
  key: string;
  at: number;
  until: number;
}

export interface Capacities {
  orders: number;
  dayOrders: number;
  accounts: number;
  positions: number;
  instruments: number;
  priceLeaves: number;
  trades: number;
  sessions: number;
  recentOrders: number;
  participants: number;
  tickTables: number;
}

export class World {
  capacity: Capacities;
  now = 0;
  tradingDay = 0;
  instruments: Instrument[] = [];
  accounts: Account[] = [];
  rows: Row[] = [];
  orders: Order[] = [];
  freeSlots: number[] = [];
  freshSlot = 0;
  generations: number[] = [];
  dayRecords = new Map<string, DayRecord>();
  trades: KeptTrade[] = [];
  recents: Recent[] = [];
  tables = new Map<number, Band[]>([[0, [{ first: 0, step: 1 }]]]);
  killedParticipants = new Set<number>();
  endedEntries: Order[] = [];
  nextTrade = 1;
  serial = 1;
  events: PlainEvent[] = [];
  /** A match is only tried out: nothing is booked. */
  isRehearsal = false;

  constructor(capacity: Capacities) {
    this.capacity = capacity;
  }

  /** A copy good enough to try out a match: orders, positions, accounts and instruments are copied, history is not. */
  rehearsal(): World {
    const copy = new World(this.capacity);
    copy.now = this.now;
    copy.isRehearsal = true;
    copy.instruments = this.instruments.map((one) => ({ ...one, indicative: { ...one.indicative } }));
    copy.accounts = this.accounts.map((one) => ({ ...one, protection: { ...one.protection } }));
    copy.rows = this.rows.map((one) => ({ ...one }));
    copy.orders = this.orders.map((one) => ({ ...one }));
    copy.freeSlots = [...this.freeSlots];
    copy.freshSlot = this.freshSlot;
    copy.generations = [...this.generations];
    copy.tables = this.tables;
    copy.nextTrade = this.nextTrade;
    copy.serial = this.serial;
    return copy;
  }
}

export function flag(order: Order, bit: number): boolean {
  return (order.terms & bit) !== 0;
}

export function isReduceOnly(order: Order): boolean {
  return flag(order, TermFlag.reduceOnly);
}

export function isQuote(order: Order): boolean {
  return flag(order, TermFlag.quote);
}

export function hasBracket(order: Order): boolean {
  return order.takeProfit !== 0;
}

export function isPeg(type: number): boolean {
  return type === OrderType.pegPrimary || type === OrderType.pegMid;
}

export function isStop(type: number): boolean {
  return type === OrderType.stop || type === OrderType.stopLimit;
}

export function isCallPhase(state: number): boolean {
  return (
    state === MarketState.preOpen ||
    state === MarketState.openingAuction ||
    state === MarketState.volatilityAuction ||
    state === MarketState.closingAuction
  );
}

/** The live orders at a place of one side, in time order. */
export function queueOf(world: World, instrument: number, side: number, place: Place): Order[] {
  return world.orders
    .filter((order) => order.instrument === instrument && order.side === side && order.place === place)
    .toSorted((left, right) => left.queued - right.queued);
}

/** The displayed orders of one side, best price first, then in time order. */
export function bookSide(world: World, instrument: number, side: number): Order[] {
  const better = side === Side.buy ? -1 : 1;
  return queueOf(world, instrument, side, 'book').toSorted((left, right) => better * (left.price - right.price));
}

/** The best displayed price of a side, or 0. */
export function bestPrice(world: World, instrument: number, side: number): number {
  let best = 0;
  for (const order of world.orders) {
    if (order.instrument !== instrument || order.side !== side || order.place !== 'book') continue;
    if (best === 0 || (side === Side.buy ? order.price > best : order.price < best)) best = order.price;
  }
  return best;
}

/** Orders by slot: the order of everything that cancels many at once. */
export function bySlot(orders: readonly Order[]): Order[] {
  return orders.toSorted((left, right) => left.slot - right.slot);
}

export function findRow(world: World, account: number, instrument: number): Row | undefined {
  return world.rows.find((row) => row.account === account && row.instrument === instrument);
}

/** The row of an account in an instrument, made when it is new. */
export function takeRow(world: World, account: number, instrument: number): Row {
  const known = findRow(world, account, instrument);
  if (known !== undefined) return known;
  const row: Row = {
    account,
    instrument,
    net: 0,
    cost: 0,
    realised: 0,
    fees: 0,
    openBuys: 0,
    openSells: 0,
    located: 0,
    locateUsed: 0,
    restricted: false,
  };
  world.rows.push(row);
  return row;
}

/** The other live order of the group, if any. */
export function linkedTo(world: World, order: Order): Order | undefined {
  if (order.group === '') return undefined;
  return world.orders.find((other) => other.group === order.group && other !== order && other.place !== 'done');
}

/** What the position lets a reduce-only order trade now. */
export function closingAmount(world: World, order: Order): number {
  const net = findRow(world, order.account, order.instrument)?.net ?? 0;
  return order.side === Side.buy ? Math.max(0, -net) : Math.max(0, net);
}

export function dayKey(account: number, low: number, high: number): string {
  return `${account}/${high}/${low}`;
}
