/**
 * Shapes that every plane's routes share: prices, times, pages, the one error shape.
 * Only data shapes: no behaviour, so that the console can import the types.
 */
import { z } from 'zod';

/** Microseconds since 1970-01-01T00:00:00Z, an integer. */
export const timeMicrosSchema = z.int().nonnegative().describe('Microseconds since 1970-01-01T00:00:00Z');

/** An instrument's symbol: 1–16 printable ASCII characters. */
export const symbolSchema = z
  .string()
  .regex(/^[A-Z0-9][A-Z0-9._/-]{0,15}$/, 'a symbol is 1 to 16 of A–Z 0–9 . _ / -')
  .describe('Instrument symbol')
  .meta({ example: 'NAUT' });

/** A decimal number as text, exact. */
export const decimalSchema = z
  .string()
  .regex(/^-?\d{1,24}(\.\d{1,18})?$/, 'a plain decimal number such as "101.25"')
  .describe('Decimal number as text');

/** A price on the wire and in the book: a positive count of the instrument's ticks. */
export const priceTicksSchema = z.int().min(1).max(2_147_483_647).describe("Price in the instrument's ticks");

/** A quantity in lots. */
export const quantitySchema = z.int().min(1).max(2_147_483_647).describe('Quantity in lots');

/** 64-bit unsigned identifiers are decimal text, because they do not fit a JSON number. */
export const idTextSchema = z.string().regex(/^\d{1,20}$/, 'an unsigned 64-bit integer in decimal');

/** Index of an account in the engine. */
export const accountIdSchema = z.int().min(0).max(1_048_575).describe('Account index');

/** A whole number arriving in a URL. */
export const integerTextSchema = z
  .string()
  .regex(/^\d{1,15}$/, 'a whole number')
  .transform(Number);

export const sideSchema = z.enum(['buy', 'sell']);

/** Why something was refused, cancelled or expired, in the engine's words. */
export const reasonSchema = z
  .object({
    code: z.string().describe('Code of the catalogue at GET /api/v1/codes'),
    text: z.string(),
  })
  .meta({ id: 'Reason', example: { code: 'ENGINE_MAX_ORDER_VALUE', text: 'order value is over the limit' } });

/** The one error shape of the API. `limit`, `value`, `used` come with refusals by a limit. */
export const errorSchema = z
  .object({
    error: z.object({
      code: z.string().describe('Code of the catalogue at GET /api/v1/codes'),
      message: z.string(),
      detail: z
        .looseObject({
          limit: z.number().optional(),
          value: z.number().optional(),
          used: z.number().optional(),
          issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
        })
        .optional(),
      requestId: z.string(),
    }),
  })
  .meta({
    id: 'Error',
    example: {
      error: {
        code: 'ENGINE_MAX_ORDER_VALUE',
        message: 'order value is over the limit',
        detail: { limit: 100000000, value: 250000000, used: 0 },
        requestId: 'req_01k2v7wq3m8x2v9c4b6n1d5f',
      },
    },
  });

/** Query of lists that are read page by page, newest first. */
export const pageQueryShape = {
  limit: integerTextSchema.pipe(z.int().min(1).max(1000)).optional().describe('Highest number of rows, default 100'),
  before: z
    .string()
    .max(40)
    .optional()
    .describe('Cursor: rows older than this one; take it from `next` of the page before'),
};

/** Marks data that does not come from a real market. */
export const simulatedSchema = z.boolean().describe('True where the data comes from a simulated or replayed market');
