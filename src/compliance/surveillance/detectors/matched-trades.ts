/**
 * Trades that are no trades: the same owner on both sides (wash), two desks of one firm again and again (self-trades), two
 * who seem to have agreed (pre-arranged).
 */
import type { Detector, DetectorParts, Parameters } from '../detector.ts';
import { OrderFlag } from '../order-table.ts';

const MICROS = 1_000_000;
const KEPT_MAX = 1 << 15;
const ROWS_KEPT = 32;

interface Matches {
  times: number[];
  rows: number[];
  lots: number;
}

/** Counts matches under a key within a window; gives them once there are as many as asked for. */
class Pattern {
  private readonly found = new Map<number, Matches>();

  note(key: number, nowMicros: number, windowMicros: number, lots: number, rows: readonly number[]): Matches {
    if (this.found.size >= KEPT_MAX) this.found.clear();
    const known = this.found.get(key) ?? { times: [], rows: [], lots: 0 };
    this.found.set(key, known);
    known.times = known.times.filter((time) => nowMicros - time <= windowMicros);
    if (known.times.length === 0) {
      known.lots = 0;
      known.rows = [];
    }
    known.times.push(nowMicros);
    known.rows = [...known.rows, ...rows].slice(-ROWS_KEPT);
    known.lots += lots;
    return known;
  }

  forget(key: number): void {
    this.found.delete(key);
  }
}

export function matchedTrades({ market, raise }: DetectorParts, wash: Parameters, self: Parameters): Detector {
  const { orders } = market;
  const washes = new Pattern();
  const selves = new Pattern();
  return {
    onTrade(maker, taker, ticks, lots) {
      if (orders.actor[maker] !== orders.actor[taker]) return;
      const pair = orders.pair[taker];
      const isFirm = ((orders.flags[maker] | orders.flags[taker]) & OrderFlag.client) === 0;
      const isDesks = isFirm && orders.account[maker] !== orders.account[taker];
      const terms = isDesks ? self : wash;
      const gapMillis = Math.abs(orders.entered[maker] - orders.entered[taker]) / 1000;
      if (!isDesks && gapMillis > wash.gapSeconds * 1000) return;
      if (lots < terms.usualOrders * market.watch(orders.instrument[taker]).orderLots) return;
      const pattern = isDesks ? selves : washes;
      const found = pattern.note(pair, market.nowMicros, terms.windowSeconds * MICROS, lots, [maker, taker]);
      if (found.times.length < terms.trades) return;
      pattern.forget(pair);
      raise({
        scenario: isDesks ? 'self-trades' : 'wash-trades',
        actor: orders.actor[taker],
        instrument: orders.instrument[taker],
        startMicros: found.times[0] - gapMillis * 1000,
        facts: { trades: found.times.length, lots: found.lots, lastTicks: ticks, lastGapMillis: gapMillis },
        rows: found.rows,
      });
    },
  };
}

export function prearrangedTrades({ market, raise }: DetectorParts, terms: Parameters): Detector {
  const { orders } = market;
  const pattern = new Pattern();

  /** Share of an actor's trades in the window that had this other side. */
  function shareOf(actor: number, other: number, instrument: number, sinceMicros: number): number {
    const watch = market.watch(instrument);
    let all = 0;
    let together = 0;
    watch.eachTradeSince(sinceMicros, (at) => {
      const isTaker = watch.taker[at] === actor;
      if (!isTaker && watch.maker[at] !== actor) return;
      all++;
      if ((isTaker ? watch.maker[at] : watch.taker[at]) === other) together++;
    });
    return all === 0 ? 0 : together / all;
  }

  return {
    onTrade(maker, taker, _ticks, lots, side) {
      const one = orders.actor[maker];
      const other = orders.actor[taker];
      if (side === 2 || one === other) return;
      const gap = Math.abs(orders.entered[maker] - orders.entered[taker]);
      if (gap > terms.gapSeconds * MICROS) return;
      const least = terms.filledShare * Math.max(orders.quantity[maker], orders.quantity[taker]);
      const instrument = orders.instrument[taker];
      if (lots < least || lots < terms.usualOrders * market.watch(instrument).orderLots) return;
      const key = (Math.min(one, other) * 2 ** 20 + Math.max(one, other)) * 4096 + (instrument & 4095);
      const windowMicros = terms.windowSeconds * MICROS;
      const found = pattern.note(key, market.nowMicros, windowMicros, lots, [maker, taker]);
      if (found.times.length < terms.trades) return;
      const since = found.times[0] - gap;
      const from = market.nowMicros - windowMicros;
      const share = Math.min(shareOf(one, other, instrument, from), shareOf(other, one, instrument, from));
      if (share < terms.mutualShare) return;
      pattern.forget(key);
      raise({
        scenario: 'prearranged-trades',
        actor: other,
        otherActor: one,
        instrument,
        startMicros: since,
        facts: { trades: found.times.length, lots: found.lots, mutualShare: share, lastGapMillis: gap / 1000 },
        rows: found.rows,
      });
    },
  };
}
