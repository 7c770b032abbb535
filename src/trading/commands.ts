/**
 * The layout of every command, as 32-bit little-endian words.
 *
 * A command is the same bytes on its whole way: the gateway writes the words into the journal's buffer, the engine
 * reads them there, the journal stores them, recovery reads them again. Nothing in between copies or decodes. Each
 * command begins at an even word, so its length is even. The numbers here are part of the journal's format: they
 * may be added to, never changed.
 */

export const CommandKind = {
  newOrder: 1,
  amendOrder: 2,
  cancelOrder: 3,
  massCancel: 4,
  massQuote: 5,
  clock: 6,
  marketState: 7,
  killSwitch: 8,
  instrument: 9,
  account: 10,
  riskLimits: 11,
  restriction: 12,
  funds: 13,
  locate: 14,
  tradeCancel: 15,
  tradeCorrect: 16,
  dayRoll: 17,
  tickTable: 18,
  marketMakerProtection: 19,
  corporateAction: 20,
  genesis: 21,
  semantics: 22,
} as const;
export type CommandKind = (typeof CommandKind)[keyof typeof CommandKind];

/** Words every command begins with. */
export const Header = {
  /** kind in bits 0–7, length of the whole command in words in bits 16–31. */
  kindAndLength: 0,
  /** Index of the session that asked; 0 is the platform itself. */
  session: 1,
  /** Microseconds since the epoch, low and high word. Set by the sequencer, never running back. */
  timeLow: 2,
  timeHigh: 3,
  /** The client's message sequence number, echoed in the answer; 0 when there is none. */
  clientSequence: 4,
  /** Nanoseconds between the socket's read and the sequencer's stamp; for tracing, ignored by the engine. */
  receiveDelayNanos: 5,
} as const;
export const HEADER_WORDS = 6;

/** FIX NewOrderSingle (D). 18 words, 28 with extras, then an optional extension block. */
export const NewOrder = {
  account: 6,
  instrument: 7,
  /** ClOrdID (11), 64 bits, unique per account and trading day. */
  clOrdIdLow: 8,
  clOrdIdHigh: 9,
  /** Side, order type, time in force and instructions, packed as in terms.ts. */
  terms: 10,
  /** Regulatory marks, packed as in terms.ts (capacity, DEA, short marking, manual …). */
  marks: 11,
  quantity: 12,
  priceTicks: 13,
  /** RTS 24 short codes: client, investment decision within the firm, execution within the firm. */
  clientCode: 14,
  investmentCode: 15,
  executionCode: 16,
  locateId: 17,
  /** Present when terms has the extras bit. */
  stopTicks: 18,
  displayQuantity: 19,
  minimumQuantity: 20,
  pegOffsetTicks: 21,
  expireLow: 22,
  expireHigh: 23,
  /** One-cancels-the-other group, chosen by the client, unique among the account's live orders; 0 for none. */
  linkId: 24,
  /** Bracket: exits activated when the entry is done; 0 for none. */
  takeProfitTicks: 25,
  stopLossTicks: 26,
  /** Limit of the stop-loss leg; 0 makes it a stop (market) order. */
  stopLossLimitTicks: 27,
} as const;
export const NEW_ORDER_WORDS = 18;
export const NEW_ORDER_EXTRAS_WORDS = 28;

/** FIX OrderCancelReplaceRequest (G). The order is named by OrderID, or by ClOrdID where orderGeneration is 0. */
export const AmendOrder = {
  account: 6,
  instrument: 7,
  orderSlot: 8,
  orderGeneration: 9,
  clOrdIdLow: 10,
  clOrdIdHigh: 11,
  /** New OrderQty, that is executed plus open; 0 leaves it. */
  quantity: 12,
  /** 0 leaves it; so with the two below. */
  priceTicks: 13,
  stopTicks: 14,
  displayQuantity: 15,
} as const;
export const AMEND_ORDER_WORDS = 16;

/** FIX OrderCancelRequest (F). */
export const CancelOrder = {
  account: 6,
  instrument: 7,
  orderSlot: 8,
  orderGeneration: 9,
  clOrdIdLow: 10,
  clOrdIdHigh: 11,
} as const;
export const CANCEL_ORDER_WORDS = 12;

/** FIX OrderMassCancelRequest (q): cancels live orders that meet every given condition; -1 leaves one open. */
export const MassCancel = {
  session: 6,
  account: 7,
  participant: 8,
  instrument: 9,
  /** Side (0 buy, 1 sell) or -1. */
  side: 10,
  /** A Code that the cancelled orders' reports carry. */
  reason: 11,
} as const;
export const MASS_CANCEL_WORDS = 12;

/** FIX MassQuote (i). `count` entries of QUOTE_ENTRY_WORDS follow; a quantity of 0 withdraws that side. */
export const MassQuote = { account: 6, quoteId: 7, count: 8, marks: 9, entries: 10 } as const;
export const QuoteEntry = {
  instrument: 0,
  bidTicks: 1,
  bidQuantity: 2,
  askTicks: 3,
  askQuantity: 4,
  reserved: 5,
} as const;
export const QUOTE_ENTRY_WORDS = 6;
export const QUOTE_ENTRIES_MAX = 64;

export const MarketStateCommand = {
  /** Instrument index, or -1 for all listed ones. */
  instrument: 6,
  state: 7,
} as const;
export const MARKET_STATE_WORDS = 8;

export const KillScope = { participant: 1, account: 2, instrument: 3 } as const;
export const KillSwitch = {
  scope: 6,
  id: 7,
  /** 1 blocks new orders and cancels resting ones; 0 lifts the block and brings nothing back. */
  engage: 8,
  reserved: 9,
} as const;
export const KILL_SWITCH_WORDS = 10;

export const InstrumentCommand = {
  instrument: 6,
  /** Four words of ASCII, zero padded. */
  symbol: 7,
  /** bit 0 listed, bit 1 a short sale needs a locate, bit 2 pro-rata allocation. */
  flags: 11,
  tickTable: 12,
  /** Money units that one lot gains when the price rises by one tick. */
  moneyPerTick: 13,
  referenceTicks: 14,
  lotSize: 15,
  maxOrderQuantity: 16,
  /** Hundredths of a percent either side of the reference; 0 switches the check off. So with both bands. */
  collarBasisPoints: 17,
  staticBandBasisPoints: 18,
  dynamicBandBasisPoints: 19,
  volatilityAuctionMillis: 20,
  /** Added to a price in ticks before it is multiplied with moneyPerTick; may be negative. */
  priceBaseTicks: 21,
  /** ISO 4217, three ASCII bytes. */
  currency: 22,
  minTicks: 23,
  maxTicks: 24,
  /** A tick in display units is tickMantissa × 10^tickExponent. */
  tickMantissa: 25,
  tickExponent: 26,
  reserved: 27,
} as const;
export const INSTRUMENT_WORDS = 28;

export const AccountCommand = {
  account: 6,
  participant: 7,
  /** 0 self-trade prevention by account, 1 by participant. */
  selfTradeScope: 8,
  /** Fees in millionths of the value; a rebate is negative. */
  makerRate: 9,
  takerRate: 10,
  /** bit 0 enabled. */
  flags: 11,
  /** Four words of ASCII, zero padded. */
  name: 12,
} as const;
export const ACCOUNT_WORDS = 16;

/** Pre-trade limits of an account; 0 switches a limit off. */
export const RiskLimits = {
  account: 6,
  maxOrderQuantity: 7,
  maxOrderValueLow: 8,
  maxOrderValueHigh: 9,
  /** Credit: highest sum of the value of open orders (15c3-5(c)(1)(i)). */
  maxOpenNotionalLow: 10,
  maxOpenNotionalHigh: 11,
  maxLong: 12,
  maxShort: 13,
  ordersPerSecond: 14,
  messagesPerSecond: 15,
  duplicateWindowMicros: 16,
  /** bit 0 buying power is enforced. */
  flags: 17,
} as const;
export const RISK_LIMITS_WORDS = 18;

export const Restriction = {
  /** Account index, or -1 for every account. */
  account: 6,
  instrument: 7,
  restricted: 8,
  reserved: 9,
} as const;
export const RESTRICTION_WORDS = 10;

/** Cash paid in (positive) or out (negative), in money units. */
export const Funds = { account: 6, reserved: 7, amountLow: 8, amountHigh: 9 } as const;
export const FUNDS_WORDS = 10;

/** Shares located for short sales of one account in one instrument (Reg SHO 203(b)(1)). */
export const Locate = { account: 6, instrument: 7, locateId: 8, quantity: 9 } as const;
export const LOCATE_WORDS = 10;

export const TradeCancel = { tradeIdLow: 6, tradeIdHigh: 7 } as const;
export const TRADE_CANCEL_WORDS = 8;
export const TradeCorrect = { tradeIdLow: 6, tradeIdHigh: 7, priceTicks: 8, quantity: 9 } as const;
export const TRADE_CORRECT_WORDS = 10;

export const DayRoll = {
  /** The day that begins, as yyyymmdd. */
  tradingDay: 6,
  reserved: 7,
} as const;
export const DAY_ROLL_WORDS = 8;

/** Pairs of words follow: the first tick a band holds for, and the step of prices in it. */
export const TickTable = { table: 6, count: 7, bands: 8 } as const;
export const TICK_BANDS_MAX = 16;

export const Protection = {
  account: 6,
  windowMicros: 7,
  /** Lots, and executions, of quotes within the window that trip the protection; 0 switches it off. */
  maxQuantity: 8,
  maxExecutions: 9,
  /** 1 lets quotes in again after the protection tripped. */
  reset: 10,
  reserved: 11,
} as const;
export const PROTECTION_WORDS = 12;

export const CorporateActionKind = { split: 1, cashDividend: 2 } as const;
export const CorporateAction = {
  instrument: 6,
  kind: 7,
  /** Split: new lots for old ones. */
  numerator: 8,
  denominator: 9,
  /** Dividend: money units per lot held. */
  amountLow: 10,
  amountHigh: 11,
} as const;
export const CORPORATE_ACTION_WORDS = 12;

/** The first command of every journal. */
export const Genesis = {
  semantics: 6,
  orders: 7,
  dayOrders: 8,
  accounts: 9,
  positions: 10,
  instruments: 11,
  priceLeaves: 12,
  trades: 13,
  sessions: 14,
  recentOrders: 15,
  participants: 16,
  tickTables: 17,
} as const;
export const GENESIS_WORDS = 18;

export const Semantics = { version: 6, reserved: 7 } as const;
export const SEMANTICS_WORDS = 8;

export function commandKind(words: Int32Array, at: number): number {
  return words[at] & 0xff;
}

/** Length of the command at `at` in words, header included. */
export function commandLength(words: Int32Array, at: number): number {
  return words[at] >>> 16;
}

/** Reads an integer below 2^53 in size, stored as a low and a signed high word. */
export function readWide(words: Int32Array, at: number): number {
  return words[at + 1] * 4294967296 + (words[at] >>> 0);
}

/** Writes an integer below 2^53 in size as a low and a signed high word. */
export function writeWide(words: Int32Array, at: number, value: number): void {
  words[at] = value | 0;
  words[at + 1] = Math.floor(value / 4294967296);
}

/** Writes a header with time 0; the sequencer stamps it. `lengthWords` must be even. */
export function writeHeader(
  words: Int32Array,
  at: number,
  kind: CommandKind,
  lengthWords: number,
  session: number,
  clientSequence: number,
): void {
  words[at] = kind | (lengthWords << 16);
  words[at + Header.session] = session;
  words[at + Header.timeLow] = 0;
  words[at + Header.timeHigh] = 0;
  words[at + Header.clientSequence] = clientSequence;
  words[at + Header.receiveDelayNanos] = 0;
}
