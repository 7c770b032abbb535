/** Cases that are looked up and not recognised: restricted lists, large traders (13h-1), late or missing reports. */
import { Code } from '#trading/codes.ts';
import { MarketState } from '#trading/terms.ts';
import type { Detector, DetectorParts, Parameters } from '../detector.ts';

const MICROS = 1_000_000;
/** Trades that wait for their report, a power of two. */
const REPORTS_KEPT = 1 << 16;

export function restrictedList({ market, raise, lists }: DetectorParts): Detector {
  const { orders } = market;
  return {
    onOrder(row) {
      const actor = orders.actor[row];
      const instrument = orders.instrument[row];
      if (!lists.isRestricted(actor, instrument)) return;
      raise({
        scenario: 'restricted-list',
        actor,
        instrument,
        startMicros: market.nowMicros,
        facts: { lots: orders.quantity[row] },
        rows: [row],
      });
    },
    onRefusal(actor, instrument, reason) {
      if (reason !== Code.instrumentRestricted) return;
      raise({
        scenario: 'restricted-list',
        actor,
        instrument,
        startMicros: market.nowMicros,
        facts: { refusedWithCode: reason },
        rows: [],
      });
    },
  };
}

export function largeTrader({ market, raise, lists }: DetectorParts, terms: Parameters): Detector {
  const { orders } = market;
  const day = new Map<number, { lots: number; value: number; told: boolean }>();

  function note(row: number, lots: number, ticks: number): void {
    const actor = orders.actor[row];
    const known = day.get(actor) ?? { lots: 0, value: 0, told: false };
    day.set(actor, known);
    known.lots += lots;
    known.value += lots * ticks * market.watch(orders.instrument[row]).moneyPerTick;
    if (known.told || (known.lots < terms.dayLots && known.value < terms.dayValue * lists.unitsPerCurrency)) return;
    known.told = true;
    if (lists.isRegisteredLargeTrader(actor)) return;
    raise({
      scenario: 'large-trader',
      actor,
      instrument: orders.instrument[row],
      startMicros: market.nowMicros,
      facts: { dayLots: known.lots, dayValue: known.value / lists.unitsPerCurrency },
      rows: [row],
    });
  }

  return {
    onTrade(maker, taker, ticks, lots) {
      note(maker, lots, ticks);
      note(taker, lots, ticks);
    },
    onState(_instrument, state, previous) {
      if (state === MarketState.preOpen && previous === MarketState.closed) day.clear();
    },
  };
}

/** Begins to expect reports with the first one: a venue that feeds none is not told that all are missing. */
export function lateReports({ market, raise }: DetectorParts, terms: Parameters): Detector {
  const { orders } = market;
  const trades = new Float64Array(REPORTS_KEPT);
  const times = new Float64Array(REPORTS_KEPT);
  const reported = new Uint8Array(REPORTS_KEPT);
  const takers = new Int32Array(REPORTS_KEPT);
  const instruments = new Int32Array(REPORTS_KEPT);
  const places = new Map<number, number>();
  let first = 0;
  let next = 0;
  let isFed = false;
  return {
    onTrade(_maker, taker, _ticks, _lots, _side, tradeId) {
      if (next - first >= REPORTS_KEPT) places.delete(trades[first++ & (REPORTS_KEPT - 1)]);
      const at = next++ & (REPORTS_KEPT - 1);
      trades[at] = tradeId;
      times[at] = market.nowMicros;
      reported[at] = 0;
      takers[at] = orders.actor[taker];
      instruments[at] = orders.instrument[taker];
      places.set(tradeId, at);
    },
    onReport(tradeId) {
      isFed = true;
      const at = places.get(tradeId);
      if (at !== undefined) reported[at] = 1;
    },
    onSecond() {
      const dueMicros = market.nowMicros - terms.dueSeconds * MICROS;
      for (; first < next; first++) {
        const at = first & (REPORTS_KEPT - 1);
        if (times[at] >= dueMicros) return;
        places.delete(trades[at]);
        if (reported[at] === 1 || !isFed) continue;
        raise({
          scenario: 'late-report',
          actor: takers[at],
          instrument: instruments[at],
          startMicros: times[at],
          facts: { tradeId: trades[at], afterSeconds: (market.nowMicros - times[at]) / MICROS },
          rows: [],
          subject: trades[at],
        });
      }
    },
  };
}
