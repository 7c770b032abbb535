/** Static and dynamic price bands, and what pegs and bands go by: prices as they stood when an order began to trade. */
import { INSTRUMENT_SHIFT, Instrument } from './instruments.ts';
import { ORDER_SHIFT, Order } from './order-store.ts';
import { isOutside, referenceTicks } from './risk.ts';
import { s } from './state.ts';
import { Side } from './terms.ts';

/** Whether a trade at a price would leave the instrument's static or dynamic band. */
export function breachesBand(instrument: number, ticks: number): boolean {
  const at = instrument << INSTRUMENT_SHIFT;
  const words = s.instruments.words;
  const dynamic = words[at + Instrument.dynamicBandBasisPoints];
  if (dynamic !== 0 && isOutside(ticks, words[at + Instrument.lastAtStart], dynamic)) return true;
  const fixed = words[at + Instrument.staticBandBasisPoints];
  return fixed !== 0 && isOutside(ticks, words[at + Instrument.staticReferenceTicks], fixed);
}

/** Notes best prices and last price before an order begins to trade. */
export function noteStart(instrument: number): void {
  const at = instrument << INSTRUMENT_SHIFT;
  const words = s.instruments.words;
  words[at + Instrument.bidAtStart] = s.ladders.best(instrument << 2);
  words[at + Instrument.askAtStart] = s.ladders.best((instrument << 2) | 1);
  words[at + Instrument.lastAtStart] = referenceTicks(instrument);
}

/** The same as if an order of the book were not there. */
export function noteStartWithout(slot: number): void {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  const instrument = orders[at + Order.instrument];
  const side = orders[at + Order.terms] & 1;
  const level = orders[at + Order.level];
  noteStart(instrument);
  if (s.ladders.bestLevel((instrument << 2) | side) !== level || s.ladders.count(level) > 1) return;
  const next = s.ladders.nextLevel(level);
  const field = side === Side.buy ? Instrument.bidAtStart : Instrument.askAtStart;
  s.instruments.words[(instrument << INSTRUMENT_SHIFT) + field] = next < 0 ? 0 : s.ladders.priceOf(next);
}
