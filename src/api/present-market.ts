/** Rows of the engine and the projections as the API's market shapes. Pure. */
import type { MarketState } from '#trading/terms.ts';
import type { BookOrderRow, InstrumentRow, LevelRow, ScaleRow } from './engine-reads.ts';
import { priceText, tickText, type TickScale } from '#kit/decimal.ts';
import type { CandleRow } from './projections/candles.ts';
import { orderIdText } from './projections/feed.ts';
import type { StatsRow } from './projections/stats.ts';
import type { DaySummary, TapeTrade } from './projections/tape.ts';
import type {
  BookLevel,
  IndicativeAuction,
  Instrument,
  Market,
  MarketStateName,
  OrderBook,
} from './schemas/instruments.ts';
import type { LevelTuple, MarketRow } from './schemas/stream.ts';
import type { Candle, StatsSample, Trade } from './schemas/trades.ts';

/** Names of the market states, by number. */
export const STATE_NAMES: readonly MarketStateName[] = [
  'closed',
  'pre-open',
  'opening-auction',
  'continuous',
  'volatility-auction',
  'halt',
  'closing-auction',
];

/** Number of a market state. */
export function stateNumber(name: MarketStateName): MarketState {
  return STATE_NAMES.indexOf(name) as MarketState;
}

/** The engine's 0 for "no limit" as null. */
function orNull(value: number): number | null {
  return value === 0 ? null : value;
}

export function presentLevel(level: LevelRow, scale: TickScale): BookLevel {
  return { ...level, price: priceText(level.priceTicks, scale) };
}

export function presentLast(row: InstrumentRow, day: DaySummary): Instrument['last'] {
  if (row.lastTicks === 0) return null;
  return {
    priceTicks: row.lastTicks,
    price: priceText(row.lastTicks, row),
    quantity: day.lastQuantity,
    timeMicros: orNull(day.lastTimeMicros),
  };
}

export function presentInstrument(row: InstrumentRow, day: DaySummary, simulated: boolean): Instrument {
  return {
    instrument: row.instrument,
    symbol: row.symbol,
    currency: row.currency,
    listed: row.listed,
    allocation: row.proRata ? 'pro-rata' : 'price-time',
    locateRequired: row.needsLocate,
    tickTable: row.tickTable,
    tickBands: row.tickBands.map(([fromTicks, stepTicks]) => ({ fromTicks, stepTicks })),
    tickSize: tickText(row),
    tickMantissa: row.tickMantissa,
    tickExponent: row.tickExponent,
    priceBaseTicks: row.priceBaseTicks,
    lotSize: row.lotSize,
    moneyPerTick: row.moneyPerTick,
    referenceTicks: row.referenceTicks,
    referencePrice: priceText(row.referenceTicks, row),
    minTicks: row.minTicks,
    maxTicks: row.maxTicks,
    maxOrderQuantity: orNull(row.maxOrderQuantity),
    collarBasisPoints: orNull(row.collarBasisPoints),
    staticBandBasisPoints: orNull(row.staticBandBasisPoints),
    dynamicBandBasisPoints: orNull(row.dynamicBandBasisPoints),
    volatilityAuctionMillis: row.volatilityAuctionMillis,
    state: STATE_NAMES[row.state],
    killed: row.killed,
    bid: row.bid === undefined ? null : presentLevel(row.bid, row),
    ask: row.ask === undefined ? null : presentLevel(row.ask, row),
    last: presentLast(row, day),
    dayVolume: day.volume,
    openTicks: orNull(day.openTicks),
    simulated,
  };
}

export function presentIndicative(row: InstrumentRow): IndicativeAuction | null {
  if (row.indicative === undefined) return null;
  const { priceTicks, volume, imbalance } = row.indicative;
  if (priceTicks === 0) return { priceTicks: null, price: null, volume: 0, imbalance };
  return { priceTicks, price: priceText(priceTicks, row), volume, imbalance };
}

export function presentMarket(row: InstrumentRow, sinceMicros: number | null): Market {
  return {
    symbol: row.symbol,
    instrument: row.instrument,
    state: STATE_NAMES[row.state],
    sinceMicros,
    indicative: presentIndicative(row),
  };
}

export function presentBookOrder(order: BookOrderRow, scale: TickScale): OrderBook['bids'][number] {
  return {
    orderId: orderIdText(order.slot, order.generation) ?? '',
    priceTicks: order.priceTicks,
    price: priceText(order.priceTicks, scale),
    quantity: order.quantity,
  };
}

const AGGRESSORS = ['buy', 'sell', 'auction'] as const;
const CORRECTIONS = ['none', 'cancelled', 'corrected'] as const;

export function presentTrade(trade: TapeTrade, instrument: ScaleRow): Trade {
  return {
    tradeId: String(trade.tradeId),
    symbol: instrument.symbol,
    priceTicks: trade.priceTicks,
    price: priceText(trade.priceTicks, instrument),
    quantity: trade.quantity,
    aggressorSide: AGGRESSORS[trade.aggressorSide] ?? 'auction',
    correction: CORRECTIONS[trade.correction] ?? 'none',
    timeMicros: trade.timeMicros,
    sequence: trade.sequence,
  };
}

export function presentCandle(row: CandleRow, scale: TickScale): Candle {
  return {
    startMicros: row.startMicros,
    openTicks: row.openTicks,
    highTicks: row.highTicks,
    lowTicks: row.lowTicks,
    closeTicks: row.closeTicks,
    open: priceText(row.openTicks, scale),
    high: priceText(row.highTicks, scale),
    low: priceText(row.lowTicks, scale),
    close: priceText(row.closeTicks, scale),
    volume: row.volume,
    trades: row.trades,
  };
}

export function presentStats({ entry: _entry, ...sample }: StatsRow): StatsSample {
  return sample;
}

export function levelTuple(level: LevelRow): LevelTuple {
  return [level.priceTicks, level.quantity, level.orders];
}

export function presentMarketRow(row: InstrumentRow, day: DaySummary): MarketRow {
  return {
    symbol: row.symbol,
    state: STATE_NAMES[row.state],
    bid: row.bid === undefined ? null : levelTuple(row.bid),
    ask: row.ask === undefined ? null : levelTuple(row.ask),
    last: presentLast(row, day),
    indicative: presentIndicative(row),
    dayVolume: day.volume,
  };
}
