/**
 * The layout of every event, as 32-bit words in the engine's output buffer: what happened, in order.
 * Consumers walk the buffer by each event's length. Events are derived from commands and are not journalled, so a
 * layout may change between versions; the meaning of a replayed journal may not.
 */

export const EventKind = {
  /** Something happened to one order; goes to its session (FIX ExecutionReport). */
  execution: 1,
  /** Public print of one trade. */
  trade: 2,
  /** A price level has a new displayed quantity (0: it is gone). */
  level: 3,
  /** An instrument changed its market state. */
  marketState: 4,
  /** Price and volume an auction would have now. */
  indicative: 5,
  /** A command that is not about one order was carried out. */
  accepted: 6,
  /** A command that is not about one order was refused. */
  refused: 7,
  /** Market-maker protection tripped for an account. */
  protection: 8,
  /** An account's statement of one instrument at the day roll. */
  statement: 9,
} as const;

/** FIX ExecType (150). */
export const ExecType = {
  new: 0,
  canceled: 4,
  replaced: 5,
  rejected: 8,
  /** The rest of an order expired (time in force). */
  expired: 12,
  trade: 15,
  tradeCorrect: 16,
  tradeCancel: 17,
  triggered: 21,
  /** OrderCancelReject (9): the request was refused, the order lives on as it was. */
  requestRejected: 30,
  /** The engine changed the order by itself (ExecType D): contingent quantity, reduce-only. */
  restated: 13,
} as const;
export type ExecType = (typeof ExecType)[keyof typeof ExecType];

/** FIX OrdStatus (39). */
export const OrderStatus = {
  new: 0,
  partiallyFilled: 1,
  filled: 2,
  canceled: 4,
  rejected: 8,
  /** Held back until its trigger or its auction. */
  pendingNew: 10,
  expired: 12,
} as const;
export type OrderStatus = (typeof OrderStatus)[keyof typeof OrderStatus];

export const Execution = {
  kindAndLength: 0,
  execType: 1,
  /** A Code: why it was refused, cancelled or expired; 0 otherwise. */
  reason: 2,
  session: 3,
  account: 4,
  instrument: 5,
  /** OrderID (37): slot and generation; both 0 for an order that never lived. */
  orderSlot: 6,
  orderGeneration: 7,
  clOrdIdLow: 8,
  clOrdIdHigh: 9,
  terms: 10,
  priceTicks: 11,
  leavesQuantity: 12,
  cumQuantity: 13,
  lastQuantity: 14,
  lastTicks: 15,
  tradeIdLow: 16,
  tradeIdHigh: 17,
  /** Sequence number of the client's message this answers; 0 where nobody asked. */
  clientSequence: 18,
  /** OrderStatus in bits 0–7, Liquidity in bits 8–9. */
  status: 19,
  /** Only with reason: the limit, the value that met it and the amount already used, as wide integers. */
  limitLow: 20,
  limitHigh: 21,
  valueLow: 22,
  valueHigh: 23,
  usedLow: 24,
  usedHigh: 25,
} as const;
export const EXECUTION_WORDS = 20;
export const EXECUTION_REFUSED_WORDS = 26;

/** FIX LastLiquidityInd (851). */
export const Liquidity = { none: 0, added: 1, removed: 2, auction: 3 } as const;

export const Trade = {
  kindAndLength: 0,
  instrument: 1,
  priceTicks: 2,
  quantity: 3,
  tradeIdLow: 4,
  tradeIdHigh: 5,
  /** Side of the order that removed liquidity, or 2 in an auction. */
  aggressorSide: 6,
  makerSlot: 7,
  makerGeneration: 8,
  takerSlot: 9,
  takerGeneration: 10,
  /** 0 a trade, 1 a cancelled trade, 2 a corrected one (with its new price and quantity). */
  correction: 11,
} as const;
export const TRADE_WORDS = 12;

export const Level = {
  kindAndLength: 0,
  instrument: 1,
  side: 2,
  priceTicks: 3,
  quantity: 4,
  orders: 5,
} as const;
export const LEVEL_WORDS = 6;

export const MarketStateEvent = {
  kindAndLength: 0,
  instrument: 1,
  state: 2,
  previous: 3,
  reason: 4,
  reserved: 5,
} as const;
export const MARKET_STATE_EVENT_WORDS = 6;

export const Indicative = {
  kindAndLength: 0,
  instrument: 1,
  /** 0 when no trade would result. */
  priceTicks: 2,
  volume: 3,
  /** Buy surplus positive, sell surplus negative, at that price. */
  imbalance: 4,
  reserved: 5,
} as const;
export const INDICATIVE_WORDS = 6;

export const Accepted = {
  kindAndLength: 0,
  commandKind: 1,
  session: 2,
  clientSequence: 3,
  /** What it concerned: instrument, account, table … as the command names it. */
  subject: 4,
  /** How many orders or entries it touched. */
  count: 5,
} as const;
export const ACCEPTED_WORDS = 6;

export const Refused = {
  kindAndLength: 0,
  commandKind: 1,
  session: 2,
  clientSequence: 3,
  subject: 4,
  reason: 5,
  limitLow: 6,
  limitHigh: 7,
  valueLow: 8,
  valueHigh: 9,
  usedLow: 10,
  usedHigh: 11,
} as const;
export const REFUSED_WORDS = 12;

export const ProtectionEvent = {
  kindAndLength: 0,
  account: 1,
  session: 2,
  canceled: 3,
  quantity: 4,
  executions: 5,
} as const;
export const PROTECTION_EVENT_WORDS = 6;

export const Statement = {
  kindAndLength: 0,
  account: 1,
  instrument: 2,
  netQuantity: 3,
  costLow: 4,
  costHigh: 5,
  realisedLow: 6,
  realisedHigh: 7,
  feesLow: 8,
  feesHigh: 9,
  closeTicks: 10,
  tradingDay: 11,
} as const;
export const STATEMENT_WORDS = 12;

export function eventKind(words: Int32Array, at: number): number {
  return words[at] & 0xff;
}
export function eventLength(words: Int32Array, at: number): number {
  return words[at] >>> 16;
}

/** Takes the events of words [0, end); called after each command and whenever the buffer fills within one. */
export type EventSink = (words: Int32Array, end: number) => void;
