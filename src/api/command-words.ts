/**
 * Builds the words of the commands that the API sends. Shapes only: what a command may say is checked before, by the
 * routes' schemas, and after, by the engine.
 */
import * as layout from '#trading/commands.ts';
import { CommandKind, writeHeader, writeWide } from '#trading/commands.ts';

/** Room for a name or a symbol. */
const ASCII_WORDS = 4;

function command(kind: CommandKind, lengthWords: number): Int32Array {
  const words = new Int32Array(lengthWords);
  writeHeader(words, 0, kind, lengthWords, 0, 0);
  return words;
}

export interface OrderWords {
  readonly account: number;
  readonly instrument: number;
  readonly clOrdIdLow: number;
  readonly clOrdIdHigh: number;
  /** See packTerms; the extras flag is set here. */
  readonly terms: number;
  readonly marks: number;
  readonly quantity: number;
  readonly priceTicks: number;
  readonly locateId: number;
  readonly extras?: OrderExtras | undefined;
}

export interface OrderExtras {
  readonly stopTicks: number;
  readonly displayQuantity: number;
  readonly minimumQuantity: number;
  readonly pegOffsetTicks: number;
  readonly expireMicros: number;
  readonly linkId: number;
  readonly takeProfitTicks: number;
  readonly stopLossTicks: number;
  readonly stopLossLimitTicks: number;
}

export function newOrder(order: OrderWords, extrasFlag: number): Int32Array {
  const { NewOrder } = layout;
  const { extras } = order;
  const length = extras === undefined ? layout.NEW_ORDER_WORDS : layout.NEW_ORDER_EXTRAS_WORDS;
  const words = command(CommandKind.newOrder, length);
  words[NewOrder.account] = order.account;
  words[NewOrder.instrument] = order.instrument;
  words[NewOrder.clOrdIdLow] = order.clOrdIdLow;
  words[NewOrder.clOrdIdHigh] = order.clOrdIdHigh;
  words[NewOrder.terms] = extras === undefined ? order.terms : order.terms | extrasFlag;
  words[NewOrder.marks] = order.marks;
  words[NewOrder.quantity] = order.quantity;
  words[NewOrder.priceTicks] = order.priceTicks;
  words[NewOrder.locateId] = order.locateId;
  if (extras === undefined) return words;
  words[NewOrder.stopTicks] = extras.stopTicks;
  words[NewOrder.displayQuantity] = extras.displayQuantity;
  words[NewOrder.minimumQuantity] = extras.minimumQuantity;
  words[NewOrder.pegOffsetTicks] = extras.pegOffsetTicks;
  writeWide(words, NewOrder.expireLow, extras.expireMicros);
  words[NewOrder.linkId] = extras.linkId;
  words[NewOrder.takeProfitTicks] = extras.takeProfitTicks;
  words[NewOrder.stopLossTicks] = extras.stopLossTicks;
  words[NewOrder.stopLossLimitTicks] = extras.stopLossLimitTicks;
  return words;
}

/** An order by its OrderID. */
export interface OrderReference {
  readonly account: number;
  readonly instrument: number;
  readonly slot: number;
  readonly generation: number;
}

export function amendOrder(
  order: OrderReference,
  change: { quantity: number; priceTicks: number; stopTicks: number; displayQuantity: number },
): Int32Array {
  const { AmendOrder } = layout;
  const words = command(CommandKind.amendOrder, layout.AMEND_ORDER_WORDS);
  words[AmendOrder.account] = order.account;
  words[AmendOrder.instrument] = order.instrument;
  words[AmendOrder.orderSlot] = order.slot;
  words[AmendOrder.orderGeneration] = order.generation;
  words[AmendOrder.quantity] = change.quantity;
  words[AmendOrder.priceTicks] = change.priceTicks;
  words[AmendOrder.stopTicks] = change.stopTicks;
  words[AmendOrder.displayQuantity] = change.displayQuantity;
  return words;
}

export function cancelOrder(order: OrderReference): Int32Array {
  const { CancelOrder } = layout;
  const words = command(CommandKind.cancelOrder, layout.CANCEL_ORDER_WORDS);
  words[CancelOrder.account] = order.account;
  words[CancelOrder.instrument] = order.instrument;
  words[CancelOrder.orderSlot] = order.slot;
  words[CancelOrder.orderGeneration] = order.generation;
  return words;
}

/** -1 leaves a condition open. */
export interface CancelConditions {
  readonly session: number;
  readonly account: number;
  readonly participant: number;
  readonly instrument: number;
  readonly side: number;
}

export function massCancel(conditions: CancelConditions, reason: number): Int32Array {
  const { MassCancel } = layout;
  const words = command(CommandKind.massCancel, layout.MASS_CANCEL_WORDS);
  words[MassCancel.session] = conditions.session;
  words[MassCancel.account] = conditions.account;
  words[MassCancel.participant] = conditions.participant;
  words[MassCancel.instrument] = conditions.instrument;
  words[MassCancel.side] = conditions.side;
  words[MassCancel.reason] = reason;
  return words;
}

export function marketState(instrument: number, state: number): Int32Array {
  const words = command(CommandKind.marketState, layout.MARKET_STATE_WORDS);
  words[layout.MarketStateCommand.instrument] = instrument;
  words[layout.MarketStateCommand.state] = state;
  return words;
}

export function killSwitch(scope: number, id: number, engage: boolean): Int32Array {
  const words = command(CommandKind.killSwitch, layout.KILL_SWITCH_WORDS);
  words[layout.KillSwitch.scope] = scope;
  words[layout.KillSwitch.id] = id;
  words[layout.KillSwitch.engage] = engage ? 1 : 0;
  return words;
}

export interface InstrumentWords {
  readonly instrument: number;
  readonly symbol: string;
  /** See InstrumentFlag. */
  readonly flags: number;
  readonly tickTable: number;
  readonly moneyPerTick: number;
  readonly referenceTicks: number;
  readonly lotSize: number;
  readonly maxOrderQuantity: number;
  readonly collarBasisPoints: number;
  readonly staticBandBasisPoints: number;
  readonly dynamicBandBasisPoints: number;
  readonly volatilityAuctionMillis: number;
  readonly priceBaseTicks: number;
  readonly currency: string;
  readonly minTicks: number;
  readonly maxTicks: number;
  readonly tickMantissa: number;
  readonly tickExponent: number;
}

export function instrument(terms: InstrumentWords): Int32Array {
  const { InstrumentCommand } = layout;
  const words = command(CommandKind.instrument, layout.INSTRUMENT_WORDS);
  words[InstrumentCommand.instrument] = terms.instrument;
  writeAscii(words, InstrumentCommand.symbol, terms.symbol, ASCII_WORDS);
  words[InstrumentCommand.flags] = terms.flags;
  words[InstrumentCommand.tickTable] = terms.tickTable;
  words[InstrumentCommand.moneyPerTick] = terms.moneyPerTick;
  words[InstrumentCommand.referenceTicks] = terms.referenceTicks;
  words[InstrumentCommand.lotSize] = terms.lotSize;
  words[InstrumentCommand.maxOrderQuantity] = terms.maxOrderQuantity;
  words[InstrumentCommand.collarBasisPoints] = terms.collarBasisPoints;
  words[InstrumentCommand.staticBandBasisPoints] = terms.staticBandBasisPoints;
  words[InstrumentCommand.dynamicBandBasisPoints] = terms.dynamicBandBasisPoints;
  words[InstrumentCommand.volatilityAuctionMillis] = terms.volatilityAuctionMillis;
  words[InstrumentCommand.priceBaseTicks] = terms.priceBaseTicks;
  writeAscii(words, InstrumentCommand.currency, terms.currency, 1);
  words[InstrumentCommand.minTicks] = terms.minTicks;
  words[InstrumentCommand.maxTicks] = terms.maxTicks;
  words[InstrumentCommand.tickMantissa] = terms.tickMantissa;
  words[InstrumentCommand.tickExponent] = terms.tickExponent;
  return words;
}

export interface AccountWords {
  readonly account: number;
  readonly participant: number;
  readonly participantScope: boolean;
  readonly makerRate: number;
  readonly takerRate: number;
  readonly enabled: boolean;
  readonly name: string;
}

export function account(terms: AccountWords): Int32Array {
  const { AccountCommand } = layout;
  const words = command(CommandKind.account, layout.ACCOUNT_WORDS);
  words[AccountCommand.account] = terms.account;
  words[AccountCommand.participant] = terms.participant;
  words[AccountCommand.selfTradeScope] = terms.participantScope ? 1 : 0;
  words[AccountCommand.makerRate] = terms.makerRate;
  words[AccountCommand.takerRate] = terms.takerRate;
  words[AccountCommand.flags] = terms.enabled ? 1 : 0;
  writeAscii(words, AccountCommand.name, terms.name, ASCII_WORDS);
  return words;
}

/** 0 switches a limit off. */
export interface LimitWords {
  readonly maxOrderQuantity: number;
  readonly maxOrderValue: number;
  readonly maxOpenNotional: number;
  readonly maxLong: number;
  readonly maxShort: number;
  readonly ordersPerSecond: number;
  readonly messagesPerSecond: number;
  readonly duplicateWindowMicros: number;
  readonly buyingPowerEnforced: boolean;
}

export function riskLimits(accountIndex: number, limits: LimitWords): Int32Array {
  const { RiskLimits } = layout;
  const words = command(CommandKind.riskLimits, layout.RISK_LIMITS_WORDS);
  words[RiskLimits.account] = accountIndex;
  words[RiskLimits.maxOrderQuantity] = limits.maxOrderQuantity;
  writeWide(words, RiskLimits.maxOrderValueLow, limits.maxOrderValue);
  writeWide(words, RiskLimits.maxOpenNotionalLow, limits.maxOpenNotional);
  words[RiskLimits.maxLong] = limits.maxLong;
  words[RiskLimits.maxShort] = limits.maxShort;
  words[RiskLimits.ordersPerSecond] = limits.ordersPerSecond;
  words[RiskLimits.messagesPerSecond] = limits.messagesPerSecond;
  words[RiskLimits.duplicateWindowMicros] = limits.duplicateWindowMicros;
  words[RiskLimits.flags] = limits.buyingPowerEnforced ? 1 : 0;
  return words;
}

/** @param accountIndex -1 for every account */
export function restriction(accountIndex: number, instrumentIndex: number, restricted: boolean): Int32Array {
  const words = command(CommandKind.restriction, layout.RESTRICTION_WORDS);
  words[layout.Restriction.account] = accountIndex;
  words[layout.Restriction.instrument] = instrumentIndex;
  words[layout.Restriction.restricted] = restricted ? 1 : 0;
  return words;
}

export function funds(accountIndex: number, amountUnits: number): Int32Array {
  const words = command(CommandKind.funds, layout.FUNDS_WORDS);
  words[layout.Funds.account] = accountIndex;
  writeWide(words, layout.Funds.amountLow, amountUnits);
  return words;
}

export function locate(accountIndex: number, instrumentIndex: number, locateId: number, quantity: number): Int32Array {
  const words = command(CommandKind.locate, layout.LOCATE_WORDS);
  words[layout.Locate.account] = accountIndex;
  words[layout.Locate.instrument] = instrumentIndex;
  words[layout.Locate.locateId] = locateId;
  words[layout.Locate.quantity] = quantity;
  return words;
}

/** Writes printable ASCII, four bytes a word, first byte lowest, into words that are zero. */
function writeAscii(words: Int32Array, at: number, text: string, wordCount: number): void {
  for (let byte = 0; byte < Math.min(text.length, wordCount * 4); byte++) {
    words[at + (byte >> 2)] |= text.charCodeAt(byte) << ((byte & 3) * 8);
  }
}
