/** Ramping over minutes, marking the open and the close, and the squeeze: one actor's taking that carries a price. */
import { MarketState } from '#trading/terms.ts';
import type { Detector, DetectorParts, Parameters } from '../detector.ts';
import type { InstrumentWatch } from '../instrument-watch.ts';

const MICROS = 1_000_000;

interface Pressure {
  /** Lots and orders that took on each side. */
  readonly lots: [number, number];
  readonly orders: [number, number];
  /** Trades at a price that was new in the window, in the direction of the side. */
  readonly advances: [number, number];
  rows: number[];
  lastRow: number;
}

interface Look {
  readonly actors: Map<number, Pressure>;
  readonly total: [number, number];
  readonly firstTicks: number;
  readonly lastTicks: number;
}

/** What everyone took since `sinceMicros`, oldest first. */
function lookBack(watch: InstrumentWatch, sinceMicros: number): Look {
  const places: number[] = [];
  watch.eachTradeSince(sinceMicros, (at) => places.push(at));
  const actors = new Map<number, Pressure>();
  const total: [number, number] = [0, 0];
  let highest = 0;
  let lowest = Number.POSITIVE_INFINITY;
  const firstTicks = places.length === 0 ? 0 : watch.tradeTicks[places[places.length - 1]];
  for (let index = places.length - 1; index >= 0; index--) {
    const at = places[index];
    const side = watch.takerSide[at];
    const ticks = watch.tradeTicks[at];
    if (side < 2) {
      const actor = watch.taker[at];
      let own = actors.get(actor);
      if (own === undefined) {
        own = { lots: [0, 0], orders: [0, 0], advances: [0, 0], rows: [], lastRow: -1 };
        actors.set(actor, own);
      }
      own.lots[side] += watch.tradeLots[at];
      total[side] += watch.tradeLots[at];
      if (own.lastRow !== watch.takerRow[at]) {
        own.orders[side]++;
        own.lastRow = watch.takerRow[at];
        if (own.rows.length < 32) own.rows.push(own.lastRow);
      }
      if (highest !== 0 && (side === 0 ? ticks > highest : ticks < lowest)) own.advances[side]++;
    }
    highest = Math.max(highest, ticks);
    lowest = Math.min(lowest, ticks);
  }
  return { actors, total, firstTicks, lastTicks: watch.lastTicks };
}

/** Raises for actors that took most on one side while the price went their way. */
function judge(
  parts: DetectorParts,
  scenario: string,
  instrument: number,
  sinceMicros: number,
  fromTicks: number,
  terms: Parameters,
): void {
  const { market, raise } = parts;
  const watch = market.watch(instrument);
  const look = lookBack(watch, sinceMicros);
  const seconds = (market.nowMicros - sinceMicros) / MICROS;
  for (const [actor, own] of look.actors) {
    const side = own.lots[0] >= own.lots[1] ? 0 : 1;
    const moved = (side === 0 ? 1 : -1) * (watch.lastTicks - fromTicks);
    const share = own.lots[side] / Math.max(1, look.total[side]);
    const isAlone =
      own.orders[side] >= terms.orders &&
      share >= terms.share &&
      own.lots[side ^ 1] <= terms.oppositeShare * own.lots[side];
    if (!isAlone || moved < terms.usualMoves * watch.usualMove(seconds)) continue;
    if (own.lots[side] < terms.usualOrders * watch.orderLots || own.advances[side] < (terms.advances ?? 0)) continue;
    raise({
      scenario,
      actor,
      instrument,
      startMicros: sinceMicros,
      facts: {
        orders: own.orders[side],
        lots: own.lots[side],
        shareOfTaking: share,
        movedTicks: moved,
        advances: own.advances[side],
      },
      rows: own.rows,
    });
  }
}

export function markingTheClose(parts: DetectorParts, terms: Parameters): Detector {
  const { market } = parts;
  return {
    onState(instrument, state, previous) {
      const watch = market.watch(instrument);
      const ends =
        previous === MarketState.continuous && (state === MarketState.closingAuction || state === MarketState.closed);
      if (!ends) return;
      const from = watch.middleAt(Math.round(terms.windowSeconds));
      watch.closeTicks = watch.book.middle || watch.lastTicks;
      if (from !== 0)
        judge(parts, 'marking-the-close', instrument, market.nowMicros - terms.windowSeconds * MICROS, from, terms);
    },
  };
}

export function markingTheOpen(parts: DetectorParts, terms: Parameters): Detector {
  const { market } = parts;
  const due = new Map<number, { atMicros: number; openMicros: number; fromTicks: number }>();
  return {
    onState(instrument, state, previous) {
      if (
        state !== MarketState.continuous ||
        previous === MarketState.volatilityAuction ||
        previous === MarketState.halt
      )
        return;
      const watch = market.watch(instrument);
      const fromTicks = watch.book.middle || watch.lastTicks;
      due.set(instrument, {
        atMicros: market.nowMicros + terms.windowSeconds * MICROS,
        openMicros: market.nowMicros,
        fromTicks,
      });
    },
    onSecond() {
      if (due.size === 0) return;
      for (const [instrument, { atMicros, openMicros, fromTicks }] of due) {
        if (market.nowMicros < atMicros) continue;
        due.delete(instrument);
        judge(parts, 'marking-the-open', instrument, openMicros, fromTicks, terms);
      }
    },
  };
}

export function ramping(parts: DetectorParts, terms: Parameters): Detector {
  const { market } = parts;
  const every = Math.max(1, Math.round(terms.everySeconds));
  return {
    onSecond(second) {
      for (let instrument = 0; instrument < market.instrumentCount; instrument++) {
        if ((second + instrument) % every !== 0) continue;
        const watch = market.watch(instrument);
        if (watch.state !== MarketState.continuous || !watch.isWarm) continue;
        const sinceMicros = Math.max(watch.stateSinceMicros, market.nowMicros - terms.windowSeconds * MICROS);
        const from = watch.middleAt(Math.round((market.nowMicros - sinceMicros) / MICROS));
        if (from === 0 || Math.abs(watch.lastTicks - from) < terms.usualMoves * watch.usualMove(terms.windowSeconds))
          continue;
        judge(parts, 'ramping', instrument, sinceMicros, from, terms);
      }
    },
  };
}

export function squeeze(parts: DetectorParts, terms: Parameters): Detector {
  const { market, raise } = parts;
  const { pairs } = market;
  const every = Math.max(1, Math.round(terms.everySeconds));

  function look(instrument: number): void {
    const watch = market.watch(instrument);
    let long = 0;
    let top = -1;
    for (let pair = pairs.firstOf(instrument); pair >= 0; pair = pairs.nextOfInstrument[pair]) {
      if (pairs.net[pair] <= 0) continue;
      long += pairs.net[pair];
      if (top < 0 || pairs.net[pair] > pairs.net[top]) top = pair;
    }
    if (top < 0 || pairs.net[top] < terms.longShare * long || pairs.net[top] < terms.usualOrders * watch.orderLots)
      return;
    const from = watch.middleAt(Math.round(terms.windowSeconds));
    const moved = watch.lastTicks - from;
    if (from === 0 || moved < terms.usualMoves * watch.usualMove(terms.windowSeconds)) return;
    const actor = pairs.actor[top];
    const taken = lookBack(watch, market.nowMicros - terms.windowSeconds * MICROS);
    const own = taken.actors.get(actor);
    if (own === undefined || own.lots[0] < terms.buyShare * taken.total[0]) return;
    raise({
      scenario: 'squeeze',
      actor,
      instrument,
      startMicros: market.nowMicros - terms.windowSeconds * MICROS,
      facts: {
        heldLots: pairs.net[top],
        shareOfLong: pairs.net[top] / long,
        shareOfBuying: own.lots[0] / taken.total[0],
        movedTicks: moved,
      },
      rows: own.rows,
    });
  }

  return {
    onSecond(second) {
      for (let instrument = 0; instrument < market.instrumentCount; instrument++) {
        if ((second + instrument * 3) % every !== 0) continue;
        const watch = market.watch(instrument);
        if (watch.state === MarketState.continuous && watch.isWarm) look(instrument);
      }
    },
  };
}
