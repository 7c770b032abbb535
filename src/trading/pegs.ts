/**
 * Pegged orders: hidden, with a price that follows the displayed best prices as they stood when the
 * present order began to trade.
 */
import { INSTRUMENT_SHIFT, Instrument } from './instruments.ts';
import { ORDER_SHIFT, Order, Place } from './order-store.ts';
import { s } from './state.ts';
import { OrderType, Side, typeOf } from './terms.ts';

/** The list a pegged order waits in. */
export function pegPlace(terms: number): number {
  return (typeOf(terms) === OrderType.pegMid ? Place.midBuys : Place.primaryBuys) + (terms & 1);
}

/** The present price of a pegged order, or 0 while its reference is missing. */
export function pegTicks(slot: number): number {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  const terms = orders[at + Order.terms];
  const instrument = orders[at + Order.instrument];
  const words = s.instruments.words;
  const bid = words[(instrument << INSTRUMENT_SHIFT) + Instrument.bidAtStart];
  const ask = words[(instrument << INSTRUMENT_SHIFT) + Instrument.askAtStart];
  const buys = (terms & 1) === Side.buy;
  let ticks: number;
  if (typeOf(terms) === OrderType.pegMid) {
    if (bid === 0 || ask === 0) return 0;
    ticks = buys ? Math.floor((bid + ask) / 2) : Math.ceil((bid + ask) / 2);
  } else {
    const reference = buys ? bid : ask;
    if (reference === 0) return 0;
    const offset = orders[at + Order.pegOffsetTicks];
    ticks = buys ? reference - offset : reference + offset;
  }
  const limit = orders[at + Order.priceTicks];
  if (limit !== 0 && (buys ? ticks > limit : ticks < limit)) ticks = limit;
  return onTable(instrument, ticks, buys);
}

/** Rounds to the tick table away from the market; 0 when that leaves the instrument's range. */
function onTable(instrument: number, ticks: number, buys: boolean): number {
  const at = instrument << INSTRUMENT_SHIFT;
  const most = s.instruments.words[at + Instrument.maxTicks];
  const least = s.instruments.words[at + Instrument.minTicks];
  if (ticks < least || ticks > most) return 0;
  const step = s.instruments.tickStep(instrument, ticks);
  const over = step === 1 ? 0 : ticks % step;
  const rounded = over === 0 ? ticks : buys ? ticks - over : ticks - over + step;
  return rounded < least || rounded > most ? 0 : rounded;
}

/** The pegged order of a side that trades first (best price, then first come), or -1. */
export function bestPeg(instrument: number, side: number): number {
  const primary = firstOfList(instrument, Place.primaryBuys + side, side);
  return betterPeg(side, primary, firstOfList(instrument, Place.midBuys + side, side));
}

/** The same within one list. */
export function firstOfList(instrument: number, place: number, side: number): number {
  let best = -1;
  for (let slot = s.instruments.listHead(instrument, place); slot >= 0; slot = s.orders.word(slot, Order.next)) {
    if (pegTicks(slot) !== 0) best = betterPeg(side, best, slot);
  }
  return best;
}

function betterPeg(side: number, left: number, right: number): number {
  if (left < 0) return right;
  if (right < 0) return left;
  return comesBefore(side, right, left) ? right : left;
}

/** Whether the first pegged order trades before the second: better price, then earlier arrival. */
export function comesBefore(side: number, first: number, second: number): boolean {
  const difference = pegTicks(first) - pegTicks(second);
  if (difference !== 0) return side === Side.buy ? difference > 0 : difference < 0;
  return ((s.orders.word(first, Order.arrival) - s.orders.word(second, Order.arrival)) | 0) < 0;
}
