/**
 * Messages of the WebSocket stream at /api/v1/stream, both ways. Only data shapes.
 *
 * Every message of a subscription carries `update`, which rises by one: 0 … n from its snapshot on. A gap means that
 * something is missing; it never happens on one connection. A client that was too slow gets a fresh snapshot.
 */
import { z } from 'zod';
import { accountIdSchema, symbolSchema, timeMicrosSchema } from './common.ts';
import { indicativeSchema, lastTradeSchema, marketStateSchema } from './instruments.ts';
import { attentionSchema, replayStatusSchema } from './operations.ts';
import { executionSchema, orderSchema } from './orders.ts';
import { candleIntervalSchema, candleSchema, statsSampleSchema, tradeSchema } from './trades.ts';

/** What can be subscribed to. */
export const subscriptionSchema = z.discriminatedUnion('channel', [
  z.strictObject({ channel: z.literal('book'), symbol: symbolSchema }),
  z.strictObject({ channel: z.literal('trades'), symbol: symbolSchema }),
  z.strictObject({ channel: z.literal('candles'), symbol: symbolSchema, interval: candleIntervalSchema }),
  z.strictObject({ channel: z.literal('markets') }),
  z.strictObject({
    channel: z.literal('orders'),
    account: accountIdSchema.optional(),
    symbol: symbolSchema.optional(),
  }),
  z.strictObject({ channel: z.literal('overview') }),
]);
export type Subscription = z.infer<typeof subscriptionSchema>;

export const clientMessageSchema = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('subscribe'), subscription: subscriptionSchema }),
  z.strictObject({ op: z.literal('unsubscribe'), subscription: subscriptionSchema }),
  z.strictObject({ op: z.literal('ping'), id: z.int().optional() }),
]);
export type ClientMessage = z.infer<typeof clientMessageSchema>;

/** [priceTicks, quantity, orders]; in a delta quantity 0 removes the level. */
export const levelTupleSchema = z.tuple([z.int(), z.int(), z.int()]);
export type LevelTuple = z.infer<typeof levelTupleSchema>;

const bookBody = {
  symbol: symbolSchema,
  update: z.int(),
  sequence: z.int().describe('Last journal sequence in the picture'),
  timeMicros: timeMicrosSchema,
  bids: z.array(levelTupleSchema),
  asks: z.array(levelTupleSchema),
};

export const marketRowSchema = z.object({
  symbol: symbolSchema,
  state: marketStateSchema,
  bid: levelTupleSchema.nullable(),
  ask: levelTupleSchema.nullable(),
  last: lastTradeSchema.nullable(),
  indicative: indicativeSchema.nullable(),
  dayVolume: z.int(),
});
export type MarketRow = z.infer<typeof marketRowSchema>;

export const serverMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('welcome'),
    version: z.string(),
    connectionId: z.string(),
    timeMicros: timeMicrosSchema,
    simulated: z.boolean(),
  }),
  z.object({ type: z.literal('pong'), id: z.int().nullable(), timeMicros: timeMicrosSchema }),
  z.object({ type: z.literal('error'), code: z.string(), message: z.string(), subscription: z.unknown().nullable() }),
  z.object({ type: z.literal('unsubscribed'), subscription: subscriptionSchema }),
  /** Best first, at most 50 levels a side. */
  z.object({ type: z.literal('book.snapshot'), ...bookBody }),
  z.object({ type: z.literal('book.delta'), ...bookBody }),
  /** Newest last: the last trades (at most 100). */
  z.object({ type: z.literal('trades.snapshot'), symbol: symbolSchema, update: z.int(), trades: z.array(tradeSchema) }),
  z.object({ type: z.literal('trades.delta'), symbol: symbolSchema, update: z.int(), trades: z.array(tradeSchema) }),
  z.object({
    type: z.literal('candles.snapshot'),
    symbol: symbolSchema,
    interval: candleIntervalSchema,
    update: z.int(),
    candles: z.array(candleSchema),
  }),
  /** The candles that changed, the present one among them. */
  z.object({
    type: z.literal('candles.delta'),
    symbol: symbolSchema,
    interval: candleIntervalSchema,
    update: z.int(),
    candles: z.array(candleSchema),
  }),
  z.object({ type: z.literal('markets.snapshot'), update: z.int(), markets: z.array(marketRowSchema) }),
  /** Only the rows that changed. */
  z.object({ type: z.literal('markets.delta'), update: z.int(), markets: z.array(marketRowSchema) }),
  /** Live orders of the accounts the user may see, or of the one and the instrument asked for (at most 1,000). */
  z.object({ type: z.literal('orders.snapshot'), update: z.int(), orders: z.array(orderSchema) }),
  /** Orders that changed, with what happened to them. */
  z.object({
    type: z.literal('orders.delta'),
    update: z.int(),
    orders: z.array(orderSchema),
    executions: z.array(executionSchema),
  }),
  /** The last samples, one a second (at most 300), and what waits for a person. */
  z.object({
    type: z.literal('overview.snapshot'),
    update: z.int(),
    samples: z.array(statsSampleSchema),
    attention: z.array(attentionSchema),
    replay: replayStatusSchema,
  }),
  z.object({
    type: z.literal('overview.delta'),
    update: z.int(),
    samples: z.array(statsSampleSchema),
    attention: z.array(attentionSchema),
    replay: replayStatusSchema,
  }),
]);
export type ServerMessage = z.infer<typeof serverMessageSchema>;

/** Reasons a connection is closed with, beside the standard ones. */
export const StreamClose = {
  unauthorised: 4001,
  badMessage: 4002,
  tooManySubscriptions: 4003,
  slowConsumer: 4008,
  shuttingDown: 4009,
} as const;
