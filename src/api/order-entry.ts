/**
 * From the API's order shapes to the words of commands: prices as text or ticks, names of terms to bits. Refuses what is
 * contradictory in itself; whether an order may enter is the engine's to say.
 */
import { invariant } from '#kit/invariant.ts';
import { packMarks, packTerms, Side, TermFlag } from '#trading/terms.ts';
import type { Capacity, OrderType, SelfTrade, ShortMark, TimeInForce } from '#trading/terms.ts';
import * as commands from './command-words.ts';
import { parsePrice } from '#kit/decimal.ts';
import type { InstrumentRow } from './engine-reads.ts';
import { API_ERRORS, ApiFailure } from './errors.ts';
import * as names from './present-orders.ts';
import { parseId } from './projections/feed.ts';
import type { AmendOrder, PlaceOrder } from './schemas/orders.ts';

/** Two words of a ClOrdID. */
export interface ClientOrderId {
  readonly low: number;
  readonly high: number;
}

/** Reads a ClOrdID; refuses what does not fit 64 bits, and 0. */
export function clientOrderId(text: string): ClientOrderId {
  const id = parseId(text);
  if (id === undefined || (id.low === 0 && id.high === 0)) {
    throw invalid('clOrdId', 'must be between 1 and 18446744073709551615');
  }
  return id;
}

/** A ClOrdID that is not 0, from random bytes. */
export function randomClientOrderId(fillRandom: (bytes: Uint8Array) => void): ClientOrderId {
  const bytes = new Uint8Array(8);
  fillRandom(bytes);
  const view = new DataView(bytes.buffer);
  // Below 2^53, so that clients that read it as a number keep it whole.
  return { low: view.getInt32(0, true) | 1, high: view.getInt32(4, true) & 0x1f_ffff };
}

/** The words of a new order. */
export function placeWords(order: PlaceOrder, instrument: InstrumentRow, id: ClientOrderId): Int32Array {
  const priceTicks = ticksOf('price', order.priceTicks, order.price, instrument);
  const stopTicks = ticksOf('stopPrice', order.stopTicks, order.stopPrice, instrument);
  const flags = (order.postOnly ? TermFlag.postOnly : 0) | (order.reduceOnly ? TermFlag.reduceOnly : 0);
  const terms = packTerms(
    order.side === 'buy' ? Side.buy : Side.sell,
    indexOf(names.TYPE_NAMES, order.type) as OrderType,
    indexOf(names.TIME_IN_FORCE_NAMES, order.timeInForce) as TimeInForce,
    indexOf(names.SELF_TRADE_NAMES, order.selfTrade) as SelfTrade,
    flags,
  );
  const extras: commands.OrderExtras = {
    stopTicks,
    displayQuantity: order.displayQuantity ?? 0,
    minimumQuantity: order.minimumQuantity ?? 0,
    pegOffsetTicks: order.pegOffsetTicks ?? 0,
    expireMicros: order.expireMicros ?? 0,
    linkId: order.linkId ?? 0,
    takeProfitTicks: order.takeProfitTicks ?? 0,
    stopLossTicks: order.stopLossTicks ?? 0,
    stopLossLimitTicks: order.stopLossLimitTicks ?? 0,
  };
  const needsExtras = Object.values(extras).some((value) => value !== 0);
  const capacity = indexOf(names.CAPACITY_NAMES, order.capacity) as (typeof Capacity)[keyof typeof Capacity];
  const shortMark = indexOf(names.SHORT_MARK_NAMES, order.shortMark) as ShortMark;
  return commands.newOrder(
    {
      account: order.account,
      instrument: instrument.instrument,
      clOrdIdLow: id.low,
      clOrdIdHigh: id.high,
      terms,
      marks: packMarks(capacity, shortMark),
      quantity: order.quantity,
      priceTicks,
      locateId: order.locateId ?? 0,
      extras: needsExtras ? extras : undefined,
    },
    TermFlag.extras,
  );
}

/** The words of an amendment; 0 leaves a term as it is. */
export function amendWords(order: commands.OrderReference, change: AmendOrder, instrument: InstrumentRow): Int32Array {
  return commands.amendOrder(order, {
    quantity: change.quantity ?? 0,
    priceTicks: ticksOf('price', change.priceTicks, change.price, instrument),
    stopTicks: ticksOf('stopPrice', change.stopTicks, change.stopPrice, instrument),
    displayQuantity: change.displayQuantity ?? 0,
  });
}

/** Ticks of a price that is given one way or the other; 0 where it is not given. */
function ticksOf(
  field: string,
  ticks: number | undefined,
  text: string | undefined,
  instrument: InstrumentRow,
): number {
  if (text === undefined) return ticks ?? 0;
  const parsed = parsePrice(text, instrument);
  if (!parsed.ok) throw invalid(field, parsed.error);
  if (ticks !== undefined && ticks !== parsed.value) throw invalid(field, 'contradicts the price given in ticks');
  return parsed.value;
}

function indexOf(list: readonly string[], name: string): number {
  const index = list.indexOf(name);
  invariant(index >= 0, 'api.unknown-term', name);
  return index;
}

/** The failure of one field of the body. */
export function invalid(path: string, message: string): ApiFailure {
  return new ApiFailure(API_ERRORS.API_INVALID_REQUEST, { issues: [{ path, message }] });
}
