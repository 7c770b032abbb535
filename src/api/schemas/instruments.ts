/** Instruments, their market states and their books, as the API shows them. Only data shapes. */
import { z } from 'zod';
import {
  decimalSchema,
  priceTicksSchema,
  quantitySchema,
  simulatedSchema,
  symbolSchema,
  timeMicrosSchema,
} from './common.ts';

export const marketStateSchema = z
  .enum(['closed', 'pre-open', 'opening-auction', 'continuous', 'volatility-auction', 'halt', 'closing-auction'])
  .meta({ id: 'MarketState' });
export type MarketStateName = z.infer<typeof marketStateSchema>;

/** One price level: displayed quantity in lots and number of orders. */
export const levelSchema = z
  .object({ priceTicks: z.int(), price: decimalSchema, quantity: z.int(), orders: z.int() })
  .meta({ id: 'Level', example: { priceTicks: 10125, price: '101.25', quantity: 400, orders: 3 } });
export type BookLevel = z.infer<typeof levelSchema>;

export const lastTradeSchema = z
  .object({ priceTicks: z.int(), price: decimalSchema, quantity: z.int(), timeMicros: timeMicrosSchema.nullable() })
  .meta({ id: 'LastTrade' });

/** What an auction would do now; `imbalance` positive is a buy surplus. */
export const indicativeSchema = z
  .object({ priceTicks: z.int().nullable(), price: decimalSchema.nullable(), volume: z.int(), imbalance: z.int() })
  .meta({ id: 'Indicative' });
export type IndicativeAuction = z.infer<typeof indicativeSchema>;

export const instrumentSchema = z
  .object({
    instrument: z.int().describe('Index in the engine'),
    symbol: symbolSchema,
    currency: z.string(),
    listed: z.boolean(),
    allocation: z.enum(['price-time', 'pro-rata']),
    locateRequired: z.boolean(),
    tickTable: z.int(),
    tickBands: z
      .array(z.object({ fromTicks: z.int(), stepTicks: z.int() }))
      .describe('From this price on, prices are multiples of the step; rising'),
    tickSize: decimalSchema.describe('One tick in display units'),
    tickMantissa: z.int(),
    tickExponent: z.int(),
    priceBaseTicks: z.int().describe('Added to ticks to get the displayed price; may be negative'),
    lotSize: z.int(),
    moneyPerTick: z.int().describe('Money units one lot gains when the price rises by one tick'),
    referenceTicks: z.int(),
    referencePrice: decimalSchema,
    minTicks: z.int(),
    maxTicks: z.int(),
    maxOrderQuantity: z.int().nullable().describe('Lots; null where there is no limit'),
    collarBasisPoints: z.int().nullable(),
    staticBandBasisPoints: z.int().nullable(),
    dynamicBandBasisPoints: z.int().nullable(),
    volatilityAuctionMillis: z.int(),
    state: marketStateSchema,
    killed: z.boolean().describe('The kill switch of the instrument is on'),
    bid: levelSchema.nullable(),
    ask: levelSchema.nullable(),
    last: lastTradeSchema.nullable(),
    dayVolume: z.int().describe('Lots traded since this process began to follow the journal, or the day roll'),
    openTicks: z.int().nullable().describe('First trade price since then'),
    simulated: simulatedSchema,
  })
  .meta({ id: 'Instrument' });
export type Instrument = z.infer<typeof instrumentSchema>;

export const instrumentListSchema = z.object({ instruments: z.array(instrumentSchema) });
export type InstrumentList = z.infer<typeof instrumentListSchema>;

const basisPointsSchema = z.int().min(1).max(10_000).nullable();

/** Fields of an instrument that may be changed; null switches a check off. */
const instrumentTermsShape = {
  locateRequired: z.boolean(),
  tickTable: z.int().min(0).max(65_535),
  lotSize: z.int().min(1).max(2_147_483_647),
  referenceTicks: priceTicksSchema,
  minTicks: priceTicksSchema,
  maxTicks: priceTicksSchema,
  maxOrderQuantity: quantitySchema.nullable(),
  collarBasisPoints: basisPointsSchema,
  staticBandBasisPoints: basisPointsSchema,
  dynamicBandBasisPoints: basisPointsSchema,
  volatilityAuctionMillis: z.int().min(0).max(3_600_000),
};

export const createInstrumentSchema = z
  .strictObject({
    symbol: symbolSchema,
    currency: z.string().regex(/^[A-Z]{3}$/),
    allocation: z.enum(['price-time', 'pro-rata']).default('price-time'),
    moneyPerTick: z.int().min(1).max(2_147_483_647),
    priceBaseTicks: z.int().min(-2_147_483_648).max(2_147_483_647).default(0),
    tickMantissa: z.int().min(1).max(1_000_000),
    tickExponent: z.int().min(-12).max(6),
    ...instrumentTermsShape,
    locateRequired: instrumentTermsShape.locateRequired.default(false),
    tickTable: instrumentTermsShape.tickTable.default(0),
    lotSize: instrumentTermsShape.lotSize.default(1),
    minTicks: instrumentTermsShape.minTicks.default(1),
    maxTicks: instrumentTermsShape.maxTicks.default(2_147_483_647),
    volatilityAuctionMillis: instrumentTermsShape.volatilityAuctionMillis.default(0),
  })
  .meta({
    id: 'CreateInstrument',
    example: {
      symbol: 'NAUT',
      currency: 'USD',
      moneyPerTick: 100,
      tickMantissa: 1,
      tickExponent: -2,
      referenceTicks: 10000,
      maxOrderQuantity: 100000,
      collarBasisPoints: 2000,
      staticBandBasisPoints: 1000,
      dynamicBandBasisPoints: 300,
      volatilityAuctionMillis: 120000,
    },
  });
export type CreateInstrument = z.infer<typeof createInstrumentSchema>;

export const changeInstrumentSchema = z
  .strictObject(instrumentTermsShape)
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'name at least one field to change')
  .meta({ id: 'ChangeInstrument', example: { collarBasisPoints: 1500 } });
export type ChangeInstrument = z.infer<typeof changeInstrumentSchema>;

export const marketSchema = z
  .object({
    symbol: symbolSchema,
    instrument: z.int(),
    state: marketStateSchema,
    sinceMicros: timeMicrosSchema.nullable().describe('When this state began, where this process saw it'),
    indicative: indicativeSchema.nullable(),
  })
  .meta({ id: 'Market' });
export type Market = z.infer<typeof marketSchema>;
export const marketListSchema = z.object({ markets: z.array(marketSchema) });

export const setMarketStateSchema = z
  .strictObject({ state: marketStateSchema })
  .meta({ id: 'SetMarketState', example: { state: 'halt' } });

const bookHeaderShape = {
  symbol: symbolSchema,
  sequence: z.int().describe('Last journal sequence in the picture'),
  timeMicros: timeMicrosSchema.describe('Time of the last command in the picture'),
  state: marketStateSchema,
};

export const topOfBookSchema = z
  .object({
    ...bookHeaderShape,
    bid: levelSchema.nullable(),
    ask: levelSchema.nullable(),
    last: lastTradeSchema.nullable(),
    indicative: indicativeSchema.nullable(),
  })
  .meta({ id: 'TopOfBook' });

export const depthBookSchema = z
  .object({
    ...bookHeaderShape,
    bids: z.array(levelSchema).describe('Best first'),
    asks: z.array(levelSchema).describe('Best first'),
  })
  .meta({ id: 'DepthBook' });

/** Order by order, without owners. */
const bookOrderSchema = z
  .object({ orderId: z.string(), priceTicks: z.int(), price: decimalSchema, quantity: z.int() })
  .meta({ id: 'BookOrder' });
export const orderBookSchema = z
  .object({ ...bookHeaderShape, bids: z.array(bookOrderSchema), asks: z.array(bookOrderSchema) })
  .meta({ id: 'OrderBook' });
export type OrderBook = z.infer<typeof orderBookSchema>;
