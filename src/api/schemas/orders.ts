/** Orders, executions and traces, as the API takes and shows them. Only data shapes. */
import { z } from 'zod';
import {
  accountIdSchema,
  decimalSchema,
  idTextSchema,
  pageQueryShape,
  priceTicksSchema,
  quantitySchema,
  reasonSchema,
  sideSchema,
  symbolSchema,
  timeMicrosSchema,
} from './common.ts';

const orderTypeSchema = z.enum(['limit', 'market', 'stop', 'stop-limit', 'peg-primary', 'peg-mid']);
const timeInForceSchema = z.enum(['day', 'gtc', 'gtd', 'ioc', 'fok', 'at-open', 'at-close']);
const selfTradeSchema = z.enum(['none', 'cancel-newest', 'cancel-oldest', 'cancel-both', 'decrement']);
const capacitySchema = z.enum(['deal', 'mtch', 'aotc', 'principal', 'agency', 'riskless']);
const shortMarkSchema = z.enum(['none', 'long', 'short', 'short-exempt']);
export const orderStatusSchema = z
  .enum(['new', 'partially-filled', 'filled', 'cancelled', 'rejected', 'pending-new', 'expired'])
  .meta({ id: 'OrderStatus' });
export type OrderStatusName = z.infer<typeof orderStatusSchema>;
const execTypeSchema = z.enum([
  'new',
  'cancelled',
  'replaced',
  'rejected',
  'expired',
  'trade',
  'trade-correct',
  'trade-cancel',
  'triggered',
  'request-rejected',
  'restated',
]);

/** A price is given as `priceTicks` or, exactly on the tick, as decimal text `price`; so with the other prices. */
export const placeOrderSchema = z
  .strictObject({
    account: accountIdSchema,
    symbol: symbolSchema,
    clOrdId: idTextSchema
      .optional()
      .describe(
        'ClOrdID, unique per account and trading day; made by the server where absent. Sending it again returns the order',
      ),
    side: sideSchema,
    type: orderTypeSchema.default('limit'),
    timeInForce: timeInForceSchema.default('day'),
    quantity: quantitySchema,
    priceTicks: priceTicksSchema.optional(),
    price: decimalSchema.optional(),
    stopTicks: priceTicksSchema.optional(),
    stopPrice: decimalSchema.optional(),
    displayQuantity: quantitySchema.optional().describe('Iceberg: lots shown at a time'),
    minimumQuantity: quantitySchema.optional(),
    pegOffsetTicks: z.int().min(0).max(2_147_483_647).optional(),
    expireMicros: timeMicrosSchema.optional().describe('Good-till-date only'),
    postOnly: z.boolean().default(false),
    reduceOnly: z.boolean().default(false),
    selfTrade: selfTradeSchema.default('cancel-newest'),
    linkId: z.int().min(1).max(2_147_483_647).optional().describe('One-cancels-the-other group'),
    takeProfitTicks: priceTicksSchema.optional(),
    stopLossTicks: priceTicksSchema.optional(),
    stopLossLimitTicks: priceTicksSchema.optional(),
    capacity: capacitySchema.default('principal'),
    shortMark: shortMarkSchema.default('none'),
    locateId: z.int().min(1).max(2_147_483_647).optional(),
  })
  .meta({
    id: 'PlaceOrder',
    example: {
      account: 1,
      symbol: 'NAUT',
      side: 'buy',
      type: 'limit',
      timeInForce: 'day',
      quantity: 100,
      price: '101.25',
    },
  });
export type PlaceOrder = z.infer<typeof placeOrderSchema>;
export type PlaceOrderInput = z.input<typeof placeOrderSchema>;

export const amendOrderSchema = z
  .strictObject({
    quantity: quantitySchema.optional().describe('New total quantity: executed plus open'),
    priceTicks: priceTicksSchema.optional(),
    price: decimalSchema.optional(),
    stopTicks: priceTicksSchema.optional(),
    stopPrice: decimalSchema.optional(),
    displayQuantity: quantitySchema.optional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'name at least one field to change')
  .meta({ id: 'AmendOrder', example: { quantity: 80 } });
export type AmendOrder = z.infer<typeof amendOrderSchema>;

export const massCancelSchema = z
  .strictObject({
    account: accountIdSchema.optional(),
    participant: z.int().min(0).optional(),
    session: z.int().min(0).max(65_535).optional(),
    symbol: symbolSchema.optional(),
    side: sideSchema.optional(),
  })
  .refine((scope) => Object.keys(scope).length > 0, 'name at least one condition')
  .meta({ id: 'MassCancel', example: { account: 1, symbol: 'NAUT' } });
export type MassCancel = z.infer<typeof massCancelSchema>;

export const orderSchema = z
  .object({
    orderId: z.string().nullable().describe('`slot-generation`; null for an order that never lived'),
    clOrdId: z.string().describe('"0" where the engine made the order itself'),
    account: z.int(),
    accountName: z.string(),
    session: z.int().describe('Order-entry session; 0 is the platform'),
    symbol: symbolSchema,
    side: sideSchema,
    type: orderTypeSchema,
    timeInForce: timeInForceSchema,
    quantity: z.int(),
    leavesQuantity: z.int(),
    cumQuantity: z.int(),
    averagePrice: decimalSchema.nullable().describe('Of the executed part'),
    priceTicks: z.int().nullable(),
    price: decimalSchema.nullable(),
    stopTicks: z.int().nullable(),
    stopPrice: decimalSchema.nullable(),
    displayQuantity: z.int().nullable(),
    postOnly: z.boolean(),
    reduceOnly: z.boolean(),
    origin: z.enum(['client', 'quote', 'bracket']),
    status: orderStatusSchema,
    live: z.boolean(),
    reason: reasonSchema.nullable(),
    createdMicros: timeMicrosSchema.nullable(),
    updatedMicros: timeMicrosSchema.nullable(),
    sequence: z.int().nullable().describe('Journal sequence of the command that entered it, where known'),
  })
  .meta({ id: 'Order' });
export type Order = z.infer<typeof orderSchema>;

export const orderListSchema = z.object({
  orders: z.array(orderSchema).describe('Newest first'),
  next: z.string().nullable().describe('Cursor for `before`; null at the end'),
});
export type OrderList = z.infer<typeof orderListSchema>;

export const orderQuerySchema = z.strictObject({
  account: z
    .string()
    .regex(/^\d{1,7}$/)
    .transform(Number)
    .optional(),
  symbol: symbolSchema.optional(),
  status: z.enum(['live', 'done', 'all']).default('all'),
  ...pageQueryShape,
});

export const executionSchema = z
  .object({
    executionId: z.string().describe('`sequence.index`: the event with this index of the command with this sequence'),
    timeMicros: timeMicrosSchema,
    sequence: z.int(),
    execType: execTypeSchema,
    orderStatus: orderStatusSchema,
    orderId: z.string().nullable(),
    clOrdId: z.string(),
    account: z.int(),
    symbol: symbolSchema.nullable().describe('Null where the order named no known instrument'),
    side: sideSchema,
    priceTicks: z.int().nullable(),
    price: decimalSchema.nullable(),
    lastQuantity: z.int(),
    lastTicks: z.int().nullable(),
    lastPrice: decimalSchema.nullable(),
    leavesQuantity: z.int(),
    cumQuantity: z.int(),
    tradeId: z.string().nullable(),
    liquidity: z.enum(['none', 'added', 'removed', 'auction']),
    reason: reasonSchema.nullable(),
    limit: z.number().optional(),
    value: z.number().optional(),
    used: z.number().optional(),
  })
  .meta({ id: 'Execution' });
export type Execution = z.infer<typeof executionSchema>;

export const executionListSchema = z.object({
  executions: z.array(executionSchema).describe('Newest first'),
  next: z.string().nullable(),
});
export type ExecutionList = z.infer<typeof executionListSchema>;

export const executionQuerySchema = z.strictObject({
  account: z
    .string()
    .regex(/^\d{1,7}$/)
    .transform(Number)
    .optional(),
  symbol: symbolSchema.optional(),
  kind: z.enum(['trades', 'all']).default('all'),
  ...pageQueryShape,
});

/** The answer to placing, amending, cancelling: the order as it stands after the command, and what happened to it. */
export const orderResultSchema = z
  .object({
    order: orderSchema,
    duplicate: z.boolean().describe('The ClOrdID was used before: this is that order, and nothing new happened'),
    executions: z.array(executionSchema).describe('Oldest first'),
    roundTripMicros: z.number().describe('From the request to the acknowledgement, as this server saw it'),
  })
  .meta({ id: 'OrderResult' });
export type OrderResult = z.infer<typeof orderResultSchema>;

export const massCancelResultSchema = z.object({ cancelled: z.int(), roundTripMicros: z.number() });
export type MassCancelResult = z.infer<typeof massCancelResultSchema>;

/** Where the time of one order went, from the stamps that its journal batch carries. */
export const traceSchema = z
  .object({
    orderId: z.string().nullable(),
    clOrdId: z.string(),
    sequence: z.int(),
    epoch: z.int(),
    timeMicros: timeMicrosSchema,
    batch: z.object({ firstSequence: z.int(), count: z.int() }).describe('Commands that shared the write'),
    stages: z.array(
      z.object({
        name: z.enum(['receive', 'match', 'journal', 'acknowledge']),
        startNanos: z.int().describe('After the socket was read'),
        durationNanos: z.int(),
        help: z.string(),
      }),
    ),
    totalNanos: z.int(),
    complete: z.boolean().describe('False while the batch that carries the last stamps is not written yet'),
  })
  .meta({ id: 'Trace' });
