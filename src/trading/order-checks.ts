/**
 * Whether a new order makes sense: its shape, its prices, its quantities, and whether the market takes it now.
 * Pure questions in the order of docs/trading/semantics.md; the answer is a Code, 0 for yes.
 */
import { Code } from './codes.ts';
import { NEW_ORDER_EXTRAS_WORDS, NewOrder, commandLength, readWide } from './commands.ts';
import { INSTRUMENT_SHIFT, Instrument } from './instruments.ts';
import { notes, s } from './state.ts';
import {
  CLIENT_TERMS_MASK,
  MarketState,
  OrderType,
  SelfTrade,
  ShortMark,
  Side,
  TermFlag,
  TimeInForce,
  selfTradeOf,
  shortMarkOf,
  sideOf,
  timeInForceOf,
  typeOf,
} from './terms.ts';

const CAPACITY_MARKS = 6;
const MARKS_MASK = 0x3ff;
/** Parts an iceberg may come in: without a bound one command could trade with the same order for ever. */
export const ICEBERG_PARTS_MAX = 100;

/** One of the extras words of a new order, or 0 when it has none. */
export function extra(words: Int32Array, at: number, field: number): number {
  return (words[at + NewOrder.terms] & TermFlag.extras) === 0 ? 0 : words[at + field];
}

/** Whether a price is in the instrument's range (badPrice) and on its tick table (badTick). */
export function checkPrice(instrument: number, ticks: number): Code {
  const at = instrument << INSTRUMENT_SHIFT;
  const words = s.instruments.words;
  if (ticks < words[at + Instrument.minTicks] || ticks > words[at + Instrument.maxTicks]) return Code.badPrice;
  const step = s.instruments.tickStep(instrument, ticks);
  return step === 1 || ticks % step === 0 ? Code.ok : Code.badTick;
}

/** Whether a quantity is positive, in whole lots and within the instrument's maximum. */
export function checkQuantity(instrument: number, quantity: number): Code {
  const at = instrument << INSTRUMENT_SHIFT;
  const words = s.instruments.words;
  if (quantity < 1) return Code.badQuantity;
  const lot = words[at + Instrument.lotSize];
  if (lot !== 1 && quantity % lot !== 0) return Code.badLot;
  const most = words[at + Instrument.maxOrderQuantity];
  return most !== 0 && quantity > most ? Code.badQuantity : Code.ok;
}

/** Check 4: everything about the order that needs no state but the instrument's. */
export function checkShape(words: Int32Array, at: number): Code {
  const terms = words[at + NewOrder.terms] & CLIENT_TERMS_MASK;
  const instrument = words[at + NewOrder.instrument];
  const type = typeOf(terms);
  const tif = timeInForceOf(terms);
  if ((terms & TermFlag.extras) !== 0 && commandLength(words, at) < NEW_ORDER_EXTRAS_WORDS) return Code.badParameter;
  if (type > OrderType.pegMid) return Code.badOrderType;
  if (tif > TimeInForce.atClose) return Code.badTimeInForce;
  if (selfTradeOf(terms) > SelfTrade.decrement) return Code.badParameter;
  const marks = words[at + NewOrder.marks];
  if ((marks & 7) >= CAPACITY_MARKS || (marks & ~MARKS_MASK) !== 0) return Code.badMarks;
  if (sideOf(terms) === Side.buy && shortMarkOf(marks) !== ShortMark.none) return Code.badMarks;
  const quantityCode = checkQuantity(instrument, words[at + NewOrder.quantity]);
  if (quantityCode !== Code.ok) return quantityCode;
  if ((terms & ~(1 | (3 << 4) | (7 << 7))) === 0 && type === OrderType.limit && tif !== TimeInForce.gtd) {
    return checkPrice(instrument, words[at + NewOrder.priceTicks]);
  }
  if (!combines(words, at, terms, type, tif)) return Code.badCombination;
  return checkTermsInDetail(words, at);
}

/** Whether type, time in force and instructions go together. */
function combines(words: Int32Array, at: number, terms: number, type: OrderType, tif: TimeInForce): boolean {
  const postOnly = (terms & TermFlag.postOnly) !== 0;
  const reduceOnly = (terms & TermFlag.reduceOnly) !== 0;
  const display = extra(words, at, NewOrder.displayQuantity) !== 0;
  const minimum = extra(words, at, NewOrder.minimumQuantity) !== 0;
  const link = extra(words, at, NewOrder.linkId) !== 0;
  const bracket = isBracket(words, at);
  const pegs = type === OrderType.pegPrimary || type === OrderType.pegMid;
  const rests = tif === TimeInForce.day || tif === TimeInForce.gtc || tif === TimeInForce.gtd;
  const plain = type === OrderType.limit || type === OrderType.market;
  if (postOnly && ((type !== OrderType.limit && type !== OrderType.stopLimit) || !rests)) return false;
  if (type === OrderType.market && (tif === TimeInForce.gtc || tif === TimeInForce.gtd)) return false;
  if (!plain && (!rests || display || minimum)) return false;
  if (reduceOnly && display) return false;
  if (pegs && reduceOnly) return false;
  if (display && (type !== OrderType.limit || !rests)) return false;
  if (minimum && (postOnly || link || tif === TimeInForce.atOpen || tif === TimeInForce.atClose)) return false;
  if ((link && pegs) || (bracket && !plain)) return false;
  if (bracket && (link || reduceOnly)) return false;
  return !link || rests;
}

function checkTermsInDetail(words: Int32Array, at: number): Code {
  const terms = words[at + NewOrder.terms];
  const instrument = words[at + NewOrder.instrument];
  const type = typeOf(terms);
  const quantity = words[at + NewOrder.quantity];
  const price = words[at + NewOrder.priceTicks];
  const stop = extra(words, at, NewOrder.stopTicks);
  const pegs = type === OrderType.pegPrimary || type === OrderType.pegMid;
  if (type === OrderType.limit || type === OrderType.stopLimit || (pegs && price !== 0)) {
    const code = checkPrice(instrument, price);
    if (code !== Code.ok) return code;
  } else if (price !== 0) return Code.badPrice;
  if (type === OrderType.stop || type === OrderType.stopLimit) {
    if (checkPrice(instrument, stop) !== Code.ok) return Code.badStopPrice;
  } else if (stop !== 0) return Code.badStopPrice;
  const display = extra(words, at, NewOrder.displayQuantity);
  if (display !== 0) {
    const lot = s.instruments.words[(instrument << INSTRUMENT_SHIFT) + Instrument.lotSize];
    if (display < 0 || display > quantity || display % lot !== 0 || quantity > display * ICEBERG_PARTS_MAX)
      return Code.badDisplayQuantity;
  }
  const minimum = extra(words, at, NewOrder.minimumQuantity);
  if (minimum < 0 || minimum > quantity) return Code.badMinimumQuantity;
  const expires = (terms & TermFlag.extras) === 0 ? 0 : readWide(words, at + NewOrder.expireLow);
  if (
    timeInForceOf(terms) === TimeInForce.gtd ? expires <= notes.now || expires > Number.MAX_SAFE_INTEGER : expires !== 0
  )
    return Code.badExpiry;
  const offset = extra(words, at, NewOrder.pegOffsetTicks);
  if (offset !== 0 && (type !== OrderType.pegPrimary || offset < 0)) return Code.badPegOffset;
  return checkBracket(words, at);
}

/** Whether a new order names an exit. */
export function isBracket(words: Int32Array, at: number): boolean {
  if ((words[at + NewOrder.terms] & TermFlag.extras) === 0) return false;
  return (
    (words[at + NewOrder.takeProfitTicks] |
      words[at + NewOrder.stopLossTicks] |
      words[at + NewOrder.stopLossLimitTicks]) !==
    0
  );
}

function checkBracket(words: Int32Array, at: number): Code {
  const profit = extra(words, at, NewOrder.takeProfitTicks);
  const loss = extra(words, at, NewOrder.stopLossTicks);
  const lossLimit = extra(words, at, NewOrder.stopLossLimitTicks);
  if (!isBracket(words, at)) return Code.ok;
  const instrument = words[at + NewOrder.instrument];
  const price = words[at + NewOrder.priceTicks];
  if (checkPrice(instrument, profit) !== Code.ok || checkPrice(instrument, loss) !== Code.ok) return Code.badBracket;
  if (lossLimit !== 0 && checkPrice(instrument, lossLimit) !== Code.ok) return Code.badBracket;
  const up = sideOf(words[at + NewOrder.terms]) === Side.buy ? 1 : -1;
  if ((profit - loss) * up <= 0) return Code.badBracket;
  if (price !== 0 && ((profit - price) * up <= 0 || (price - loss) * up <= 0)) return Code.badBracket;
  return lossLimit !== 0 && (loss - lossLimit) * up < 0 ? Code.badBracket : Code.ok;
}

export function isCallPhase(state: number): boolean {
  return (
    state === MarketState.preOpen ||
    state === MarketState.openingAuction ||
    state === MarketState.volatilityAuction ||
    state === MarketState.closingAuction
  );
}

/** Check 5: whether the market takes such an order in its present state. */
export function checkPhase(state: number, terms: number, minimumQuantity: number): Code {
  if (state === MarketState.continuous) {
    return timeInForceOf(terms) === TimeInForce.atOpen ? Code.notInThisPhase : Code.ok;
  }
  if (state === MarketState.closed) return Code.marketClosed;
  if (state === MarketState.halt) return Code.marketHalted;
  const tif = timeInForceOf(terms);
  const type = typeOf(terms);
  if (tif === TimeInForce.ioc || tif === TimeInForce.fok) return Code.notInThisPhase;
  if (type === OrderType.pegPrimary || type === OrderType.pegMid || minimumQuantity !== 0) return Code.notInThisPhase;
  if (tif === TimeInForce.atOpen && state !== MarketState.preOpen && state !== MarketState.openingAuction) {
    return Code.notInThisPhase;
  }
  return Code.ok;
}
