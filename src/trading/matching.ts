/**
 * Continuous matching: an incoming order against the other side of the book, best price first, by time or pro rata.
 * The plain path knows displayed orders only; instruments with pegged orders take the one that also asks those.
 */
import { Met, matchOne } from './encounter.ts';
import { INSTRUMENT_SHIFT, Instrument, InstrumentFlag } from './instruments.ts';
import { ORDER_SHIFT, Order } from './order-store.ts';
import { bestPeg, pegTicks } from './pegs.ts';
import { matchLevelProRata } from './pro-rata.ts';
import { s } from './state.ts';
import { Side } from './terms.ts';

/** Whether an order that may pay up to `limit` (0: any price) would take `ticks`. */
export function accepts(side: number, limit: number, ticks: number): boolean {
  if (limit === 0) return true;
  return side === Side.buy ? ticks <= limit : ticks >= limit;
}

/**
 * Matches an incoming order that pays up to `limit` (0: any price) as far as it goes; `Met.band` when a price band
 * stopped it. The order may be gone afterwards: its leaves are 0 then.
 */
export function match(taker: number, limit: number): Met {
  const orders = s.orders.words;
  const takerAt = taker << ORDER_SHIFT;
  const instrument = orders[takerAt + Order.instrument];
  const side = orders[takerAt + Order.terms] & 1;
  const opposite = (instrument << 2) | (side ^ 1);
  const record = s.instruments.words;
  const instrumentAt = instrument << INSTRUMENT_SHIFT;
  const hasPegs = record[instrumentAt + Instrument.pegs] !== 0;
  const proRata = (record[instrumentAt + Instrument.flags] & InstrumentFlag.proRata) !== 0;
  while (orders[takerAt + Order.leaves] !== 0) {
    const displayed = s.ladders.best(opposite);
    if (hasPegs) {
      const peg = bestPeg(instrument, side ^ 1);
      const hidden = peg < 0 ? 0 : pegTicks(peg);
      if (hidden !== 0 && (displayed === 0 || !accepts(side, hidden, displayed))) {
        if (!accepts(side, limit, hidden)) return Met.done;
        if (matchOne(taker, peg, hidden) === Met.band) return Met.band;
        continue;
      }
    }
    if (displayed === 0 || !accepts(side, limit, displayed)) return Met.done;
    const level = s.ladders.bestLevel(opposite);
    const met = proRata
      ? matchLevelProRata(taker, level, displayed)
      : matchOne(taker, s.ladders.head(level), displayed);
    if (met === Met.band) return Met.band;
  }
  return Met.done;
}

/** Whether an order that pays up to `limit` would trade at once with anything displayed or pegged. */
export function wouldTrade(instrument: number, side: number, limit: number): boolean {
  const displayed = s.ladders.best((instrument << 2) | (side ^ 1));
  if (displayed !== 0 && accepts(side, limit, displayed)) return true;
  if (s.instruments.words[(instrument << INSTRUMENT_SHIFT) + Instrument.pegs] === 0) return false;
  const peg = bestPeg(instrument, side ^ 1);
  return peg >= 0 && accepts(side, limit, pegTicks(peg));
}
