/** The tape, candles and statistics. Only data shapes. */
import { z } from 'zod';
import { decimalSchema, simulatedSchema, symbolSchema, timeMicrosSchema } from './common.ts';

export const tradeSchema = z
  .object({
    tradeId: z.string(),
    symbol: symbolSchema,
    priceTicks: z.int(),
    price: decimalSchema,
    quantity: z.int(),
    aggressorSide: z.enum(['buy', 'sell', 'auction']),
    correction: z.enum(['none', 'cancelled', 'corrected']).describe('A correction repeats the id of its trade'),
    timeMicros: timeMicrosSchema,
    sequence: z.int(),
  })
  .meta({
    id: 'Trade',
    example: {
      tradeId: '81',
      symbol: 'NAUT',
      priceTicks: 10125,
      price: '101.25',
      quantity: 40,
      aggressorSide: 'buy',
      correction: 'none',
      timeMicros: 1795363200000000,
      sequence: 5120,
    },
  });
export type Trade = z.infer<typeof tradeSchema>;
export const tradeListSchema = z.object({
  symbol: symbolSchema,
  trades: z.array(tradeSchema).describe('Newest first'),
  next: z.string().nullable().describe('Cursor for `before`; null at the end'),
  simulated: simulatedSchema,
});

export const candleIntervalSchema = z.enum(['1s', '10s', '1m', '5m', '1h']).meta({ id: 'CandleInterval' });
export type CandleInterval = z.infer<typeof candleIntervalSchema>;

export const candleSchema = z
  .object({
    startMicros: timeMicrosSchema,
    openTicks: z.int(),
    highTicks: z.int(),
    lowTicks: z.int(),
    closeTicks: z.int(),
    open: decimalSchema,
    high: decimalSchema,
    low: decimalSchema,
    close: decimalSchema,
    volume: z.int().describe('Lots'),
    trades: z.int(),
  })
  .meta({ id: 'Candle' });
export type Candle = z.infer<typeof candleSchema>;
export const candleListSchema = z.object({
  symbol: symbolSchema,
  interval: candleIntervalSchema,
  candles: z.array(candleSchema).describe('Oldest first; intervals without a trade have no candle'),
  simulated: simulatedSchema,
});

/** What happened in one second of command time, and the latencies measured meanwhile. */
export const statsSampleSchema = z
  .object({
    timeMicros: timeMicrosSchema,
    commandsPerSecond: z.number(),
    ordersPerSecond: z.number(),
    tradesPerSecond: z.number(),
    rejectShare: z.number().describe('Refused share of new orders, 0 to 1'),
    wireToAckP50Micros: z.number().nullable().describe('Null while nothing was measured'),
    wireToAckP99Micros: z.number().nullable(),
    durableLagMicros: z.number().nullable().describe('Age of the oldest command that is not on the disk yet'),
    journalSequence: z.int(),
    replicaLagMicros: z.number().nullable().describe('How far this API is behind the journal'),
    connectedSessions: z.int().nullable(),
  })
  .meta({ id: 'StatsSample' });
export type StatsSample = z.infer<typeof statsSampleSchema>;
export const statsListSchema = z.object({ samples: z.array(statsSampleSchema).describe('Oldest first, one a second') });
