/** The error answers that every route documents. */
import { errorSchema } from '../schemas/common.ts';

/** Spread into a route's `response`. */
export const PROBLEMS = { '4xx': errorSchema, '5xx': errorSchema } as const;
