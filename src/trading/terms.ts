/**
 * The packed words of an order: its terms (what to do) and its marks (who and why, for the regulators).
 * FIX values are named in the comments. Both words are stored and journalled as they arrive; never change a bit's
 * meaning.
 */

/** FIX Side (54): 1 buy, 2 sell. The opposite side is `side ^ 1`. */
export const Side = { buy: 0, sell: 1 } as const;
export type Side = (typeof Side)[keyof typeof Side];

/** FIX OrdType (40): 2, 1, 3, 4, and P with PegPriceType 5 (primary) or 2 (mid). */
export const OrderType = { limit: 0, market: 1, stop: 2, stopLimit: 3, pegPrimary: 4, pegMid: 5 } as const;
export type OrderType = (typeof OrderType)[keyof typeof OrderType];

/** FIX TimeInForce (59): 0, 1, 6, 3, 4, 2, 7. */
export const TimeInForce = { day: 0, gtc: 1, gtd: 2, ioc: 3, fok: 4, atOpen: 5, atClose: 6 } as const;
export type TimeInForce = (typeof TimeInForce)[keyof typeof TimeInForce];

/** FIX SelfMatchPreventionInstruction (2964); the incoming order's instruction decides. */
export const SelfTrade = { none: 0, cancelNewest: 1, cancelOldest: 2, cancelBoth: 3, decrement: 4 } as const;
export type SelfTrade = (typeof SelfTrade)[keyof typeof SelfTrade];

/** Terms: side bit 0, type bits 1–3, time in force bits 4–6, self-trade bits 7–9, flags from bit 10. */
export const TermFlag = {
  /** ExecInst (18) 6: participate, don't initiate. */
  postOnly: 1 << 10,
  /** Never opens or enlarges a position. */
  reduceOnly: 1 << 11,
  /** The command carries the extras words. */
  extras: 1 << 12,
  /** Set by the engine on orders that stand for one side of a quote. */
  quote: 1 << 13,
  /** Set by the engine on the exits of a bracket. */
  bracketExit: 1 << 14,
} as const;
export const TYPE_MASK = 7 << 1;
export const TIME_IN_FORCE_MASK = 7 << 4;
/** Bits a client may set. */
export const CLIENT_TERMS_MASK = 0x1fff;

export function packTerms(side: Side, type: OrderType, tif: TimeInForce, selfTrade: SelfTrade, flags = 0): number {
  return side | (type << 1) | (tif << 4) | (selfTrade << 7) | flags;
}
export function sideOf(terms: number): Side {
  return (terms & 1) as Side;
}
export function typeOf(terms: number): OrderType {
  return ((terms >>> 1) & 7) as OrderType;
}
export function timeInForceOf(terms: number): TimeInForce {
  return ((terms >>> 4) & 7) as TimeInForce;
}
export function selfTradeOf(terms: number): SelfTrade {
  return ((terms >>> 7) & 7) as SelfTrade;
}

/** RTS 24 field 7 (DEAL, MTCH, AOTC) and FIX OrderCapacity (528) in bits 0–2. */
export const Capacity = { deal: 0, mtch: 1, aotc: 2, principal: 3, agency: 4, riskless: 5 } as const;

/** Reg SHO 200(g) marks in bits 3–4; `none` on buys and where the rule does not apply. */
export const ShortMark = { none: 0, long: 1, short: 2, shortExempt: 3 } as const;
export type ShortMark = (typeof ShortMark)[keyof typeof ShortMark];

export const MarkFlag = {
  directElectronicAccess: 1 << 5,
  liquidityProvision: 1 << 6,
  /** Entered by hand: the extension block carries both timestamps (CAT). */
  manual: 1 << 7,
  investmentByAlgorithm: 1 << 8,
  executionByAlgorithm: 1 << 9,
} as const;

export function shortMarkOf(marks: number): ShortMark {
  return ((marks >>> 3) & 3) as ShortMark;
}
export function packMarks(capacity: number, shortMark: ShortMark, flags = 0): number {
  return capacity | (shortMark << 3) | flags;
}

/** Market states of an instrument. */
export const MarketState = {
  closed: 0,
  preOpen: 1,
  openingAuction: 2,
  continuous: 3,
  volatilityAuction: 4,
  halt: 5,
  closingAuction: 6,
} as const;
export type MarketState = (typeof MarketState)[keyof typeof MarketState];

export const MARKET_STATE_NAMES = [
  'closed',
  'pre-open',
  'opening auction',
  'continuous',
  'volatility auction',
  'halt',
  'closing auction',
] as const;
