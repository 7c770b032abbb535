/** Accounts, positions, funds, risk limits, restrictions and kill switches. Only data shapes. */
import { z } from 'zod';
import { accountIdSchema, decimalSchema, quantitySchema, symbolSchema, timeMicrosSchema } from './common.ts';

/** Money: whole units of the engine, and the same as decimal text. */
const unitsSchema = z.int().describe('Money units; see moneyExponent of GET /api/v1/trading/status');

export const accountSchema = z
  .object({
    account: z.int(),
    name: z.string(),
    participant: z.int(),
    enabled: z.boolean(),
    killed: z.boolean().describe('A kill switch of the account or its participant is on'),
    selfTradeScope: z.enum(['account', 'participant']),
    makerRate: z.int().describe('Fee in millionths of the value; negative is a rebate'),
    takerRate: z.int(),
    cashUnits: unitsSchema,
    cash: decimalSchema,
    reservedUnits: unitsSchema.describe('Held back for open buy orders'),
    reserved: decimalSchema,
    openNotionalUnits: unitsSchema,
    openNotional: decimalSchema,
    openOrders: z.int(),
  })
  .meta({ id: 'Account' });
export type Account = z.infer<typeof accountSchema>;
export const accountListSchema = z.object({ accounts: z.array(accountSchema) });
export type AccountList = z.infer<typeof accountListSchema>;

export const createAccountSchema = z
  .strictObject({
    name: z.string().regex(/^[\x20-\x7e]{1,16}$/, '1 to 16 ASCII characters'),
    participant: z.int().min(0).max(65_535),
    selfTradeScope: z.enum(['account', 'participant']).default('account'),
    makerRate: z.int().min(-100_000).max(100_000).default(0),
    takerRate: z.int().min(-100_000).max(100_000).default(0),
  })
  .meta({ id: 'CreateAccount', example: { name: 'DESK-7', participant: 1, makerRate: -20, takerRate: 100 } });
export type CreateAccount = z.infer<typeof createAccountSchema>;

export const positionSchema = z
  .object({
    account: z.int(),
    accountName: z.string(),
    symbol: symbolSchema,
    netQuantity: z.int().describe('Lots; negative is short'),
    averagePrice: decimalSchema.nullable(),
    costUnits: unitsSchema,
    realisedUnits: unitsSchema,
    realised: decimalSchema,
    unrealisedUnits: unitsSchema,
    unrealised: decimalSchema,
    feesUnits: unitsSchema,
    fees: decimalSchema,
    openBuyQuantity: z.int(),
    openSellQuantity: z.int(),
    lastPrice: decimalSchema.nullable(),
  })
  .meta({ id: 'Position' });
export type Position = z.infer<typeof positionSchema>;
export const positionListSchema = z.object({ positions: z.array(positionSchema) });
export type PositionList = z.infer<typeof positionListSchema>;

export const fundsSchema = z
  .object({
    account: z.int(),
    cashUnits: unitsSchema,
    cash: decimalSchema,
    reservedUnits: unitsSchema,
    reserved: decimalSchema,
    availableUnits: unitsSchema,
    available: decimalSchema,
  })
  .meta({ id: 'Funds' });
export type Funds = z.infer<typeof fundsSchema>;
export const moveFundsSchema = z
  .strictObject({
    amountUnits: z
      .int()
      .refine((amount) => amount !== 0, 'amount must not be 0')
      .describe('Positive pays in, negative pays out'),
  })
  .meta({ id: 'MoveFunds', example: { amountUnits: 100000000 } });

const limitUnits = z.int().min(1).max(9_007_199_254_740_991).nullable();
const limitInt = z.int().min(1).max(2_147_483_647).nullable();

/** Null switches a limit off. */
export const riskLimitsSchema = z
  .strictObject({
    maxOrderQuantity: limitInt.describe('Lots'),
    maxOrderValueUnits: limitUnits,
    maxOpenNotionalUnits: limitUnits.describe('Credit: highest sum of the value of open orders'),
    maxLong: limitInt.describe('Lots, per instrument'),
    maxShort: limitInt.describe('Lots, per instrument'),
    ordersPerSecond: limitInt,
    messagesPerSecond: limitInt,
    duplicateWindowMicros: limitInt.describe('The same order within this time is refused'),
    buyingPowerEnforced: z.boolean(),
  })
  .meta({
    id: 'RiskLimits',
    example: {
      maxOrderQuantity: 10000,
      maxOrderValueUnits: 500000000,
      maxOpenNotionalUnits: 5000000000,
      maxLong: 50000,
      maxShort: 50000,
      ordersPerSecond: 200,
      messagesPerSecond: 400,
      duplicateWindowMicros: null,
      buyingPowerEnforced: true,
    },
  });
export type RiskLimits = z.infer<typeof riskLimitsSchema>;
export const accountLimitsSchema = z.object({ account: z.int(), accountName: z.string(), limits: riskLimitsSchema });
export type AccountLimits = z.infer<typeof accountLimitsSchema>;
export const accountLimitsListSchema = z.object({ accounts: z.array(accountLimitsSchema) });
export type AccountLimitsList = z.infer<typeof accountLimitsListSchema>;

/** One limit and how much of it is used. */
export const limitUsageSchema = z
  .object({
    name: z.string(),
    unit: z.enum(['lots', 'money', 'orders', 'messages']),
    symbol: symbolSchema.nullable().describe('For limits that hold per instrument'),
    limit: z.int().nullable(),
    used: z.int(),
    share: z.number().nullable().describe('used ÷ limit, null where there is no limit'),
  })
  .meta({ id: 'LimitUsage' });
export type LimitUsage = z.infer<typeof limitUsageSchema>;
export const accountUsageSchema = z.object({
  account: z.int(),
  accountName: z.string(),
  usage: z.array(limitUsageSchema),
});
export type AccountUsage = z.infer<typeof accountUsageSchema>;
export const accountUsageListSchema = z.object({ accounts: z.array(accountUsageSchema) });
export type AccountUsageList = z.infer<typeof accountUsageListSchema>;

export const restrictionSchema = z
  .object({ account: z.int().nullable().describe('Null: every account'), symbol: symbolSchema })
  .meta({ id: 'Restriction' });
export type Restriction = z.infer<typeof restrictionSchema>;
export const restrictionListSchema = z.object({ restrictions: z.array(restrictionSchema) });
export type RestrictionList = z.infer<typeof restrictionListSchema>;
export const setRestrictionSchema = z
  .strictObject({ account: accountIdSchema.nullable(), symbol: symbolSchema })
  .meta({ id: 'SetRestriction', example: { account: null, symbol: 'NAUT' } });

export const locateSchema = z
  .strictObject({
    account: accountIdSchema,
    symbol: symbolSchema,
    locateId: z.int().min(1).max(2_147_483_647),
    quantity: quantitySchema,
  })
  .meta({ id: 'Locate', example: { account: 1, symbol: 'NAUT', locateId: 4711, quantity: 500 } });

export const killScopeSchema = z.enum(['participant', 'account', 'instrument']);
export type KillScopeName = z.infer<typeof killScopeSchema>;
/** `id` is a participant or account index, or an instrument's symbol. */
export const killTargetSchema = z
  .strictObject({
    scope: killScopeSchema,
    id: z.union([z.int().min(0), symbolSchema]).describe('Participant or account index, or instrument symbol'),
    reason: z.string().trim().min(3).max(200).describe('For the record'),
  })
  .meta({ id: 'KillTarget', example: { scope: 'account', id: 3, reason: 'runaway algorithm' } });
export type KillTarget = z.infer<typeof killTargetSchema>;
export const killSwitchSchema = z
  .object({
    scope: killScopeSchema,
    id: z.int(),
    name: z.string().describe('Account name or instrument symbol; participants by number'),
    sinceMicros: timeMicrosSchema.nullable(),
    by: z.string().nullable().describe('Who engaged it through this API, where known'),
    reason: z.string().nullable(),
  })
  .meta({ id: 'KillSwitch' });
export type KillSwitch = z.infer<typeof killSwitchSchema>;
export const killSwitchListSchema = z.object({ engaged: z.array(killSwitchSchema) });
export type KillSwitchList = z.infer<typeof killSwitchListSchema>;
/** What engaging would do: shown before it is confirmed. */
export const killPreviewSchema = z
  .object({
    scope: killScopeSchema,
    id: z.int(),
    name: z.string(),
    engaged: z.boolean().describe('It is on already'),
    openOrders: z.int().describe('Resting orders that would be cancelled'),
    openNotionalUnits: z.int().nullable().describe('Value of open orders; null for an instrument'),
    accounts: z.array(z.object({ account: z.int(), name: z.string(), openOrders: z.int() })),
  })
  .meta({ id: 'KillPreview' });
export type KillPreview = z.infer<typeof killPreviewSchema>;
export const killReceiptSchema = z
  .object({
    scope: killScopeSchema,
    id: z.int(),
    name: z.string(),
    engaged: z.boolean(),
    cancelled: z.int().describe('Orders that were cancelled'),
    timeMicros: timeMicrosSchema,
    auditId: z.string(),
  })
  .meta({ id: 'KillReceipt' });
export type KillReceipt = z.infer<typeof killReceiptSchema>;
