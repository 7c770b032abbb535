/**
 * The order ticket's draft: which fields an order of its kind has, and whether it can be sent. Pure. The server decides
 * in the end; here only what it would surely refuse is caught.
 */
import type { PlaceOrderInput } from '../../../../src/api/schemas/orders.ts';
import { parsePrice, priceText, stepAt, stepText, type TickScale } from '../../format/price.ts';

export type OrderTypeName = NonNullable<PlaceOrderInput['type']>;
export type TimeInForceName = NonNullable<PlaceOrderInput['timeInForce']>;
export type ShortMarkName = NonNullable<PlaceOrderInput['shortMark']>;

export interface Draft {
  readonly side: 'buy' | 'sell';
  readonly type: OrderTypeName;
  readonly timeInForce: TimeInForceName;
  /** As typed. */
  readonly quantity: string;
  readonly price: string;
  readonly stopPrice: string;
  readonly displayQuantity: string;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  readonly shortMark: ShortMarkName;
}

export const NEW_DRAFT: Draft = {
  side: 'buy',
  type: 'limit',
  timeInForce: 'day',
  quantity: '',
  price: '',
  stopPrice: '',
  displayQuantity: '',
  postOnly: false,
  reduceOnly: false,
  shortMark: 'none',
};

export function hasPrice(type: OrderTypeName): boolean {
  return type === 'limit' || type === 'stop-limit';
}

export function hasStopPrice(type: OrderTypeName): boolean {
  return type === 'stop' || type === 'stop-limit';
}

/** The greatest quantity and price in the protocol. */
const INT32_MAX = 2_147_483_647;

/** Whole lots, or null. */
export function parseQuantity(text: string): number | null {
  const plain = text.trim().replaceAll(',', '');
  if (!/^\d{1,10}$/.test(plain)) return null;
  const quantity = Number(plain);
  return quantity >= 1 && quantity <= INT32_MAX ? quantity : null;
}

export type Problems = Partial<Record<'quantity' | 'price' | 'stopPrice' | 'displayQuantity', string>>;

interface Market {
  readonly account: number;
  readonly symbol: string;
  readonly scale: TickScale & { readonly referenceTicks: number; readonly lotSize: number };
}

/** The request for this draft, or what is wrong with it. */
export function compileDraft(
  draft: Draft,
  market: Market,
  clOrdId: string,
): { readonly ok: true; readonly order: PlaceOrderInput } | { readonly ok: false; readonly problems: Problems } {
  const { scale } = market;
  const problems: { -readonly [Field in keyof Problems]: Problems[Field] } = {};
  const quantity = parseQuantity(draft.quantity);
  if (quantity === null) problems.quantity = 'a whole number of lots';
  else if (quantity % scale.lotSize !== 0) problems.quantity = `a multiple of ${scale.lotSize}`;
  const priceTicks = hasPrice(draft.type) ? parsePrice(draft.price, scale) : undefined;
  if (priceTicks === null) problems.price = `a multiple of ${stepText(scale.referenceTicks, scale)}`;
  const stopTicks = hasStopPrice(draft.type) ? parsePrice(draft.stopPrice, scale) : undefined;
  if (stopTicks === null) problems.stopPrice = `a multiple of ${stepText(scale.referenceTicks, scale)}`;
  const iceberg = draft.type === 'limit' && draft.displayQuantity.trim() !== '';
  const displayQuantity = iceberg ? parseQuantity(draft.displayQuantity) : undefined;
  if (displayQuantity === null) problems.displayQuantity = 'a whole number of lots';
  if (quantity === null || priceTicks === null || stopTicks === null || displayQuantity === null) {
    return { ok: false, problems };
  }
  if (Object.keys(problems).length > 0) return { ok: false, problems };
  return {
    ok: true,
    order: {
      account: market.account,
      symbol: market.symbol,
      clOrdId,
      side: draft.side,
      type: draft.type,
      timeInForce: draft.timeInForce,
      quantity,
      ...(priceTicks === undefined ? {} : { priceTicks }),
      ...(stopTicks === undefined ? {} : { stopTicks }),
      ...(displayQuantity === undefined ? {} : { displayQuantity }),
      postOnly: draft.postOnly && draft.type === 'limit',
      reduceOnly: draft.reduceOnly,
      shortMark: draft.side === 'sell' ? draft.shortMark : 'none',
    },
  };
}

/** The next allowed price in a direction, or the same text where it is no price. */
export function stepPrice(text: string, direction: 1 | -1, scale: TickScale): string {
  const now = parsePrice(text, scale);
  if (now === null) return text;
  // Downwards the step of the band below counts: at a border it may be smaller.
  const next = now + direction * stepAt(direction === 1 ? now : now - 1, scale);
  return next < 1 ? text : priceText(next, scale);
}
