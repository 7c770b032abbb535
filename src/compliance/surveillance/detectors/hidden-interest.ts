/** Pinging (small orders that look for hidden interest before a large one) and smoking (a lure inside the spread, 5210.03 B). */
import type { Detector, DetectorParts, Parameters } from '../detector.ts';
import { Ending } from '../market-events.ts';
import { OrderFlag } from '../order-table.ts';

const MICROS = 1_000_000;
const KEPT_MAX = 1 << 14;

interface Pings {
  count: number;
  lots: number;
  firstMicros: number;
  lastMicros: number;
}

export function pinging({ market, raise }: DetectorParts, terms: Parameters): Detector {
  const { orders } = market;
  const seen = new Map<number, Pings>();
  return {
    onEnd(row) {
      const usual = market.watch(orders.instrument[row]).orderLots;
      const isBrief = market.nowMicros - orders.entered[row] <= terms.lifeMillis * 1000;
      if (orders.quantity[row] > terms.pingShare * usual || !isBrief) return;
      const list = orders.pair[row] * 2 + orders.side[row];
      const pings = seen.get(list);
      if (pings === undefined || market.nowMicros - pings.lastMicros > terms.gapSeconds * MICROS) {
        if (seen.size >= KEPT_MAX) seen.clear();
        seen.set(list, {
          count: 1,
          lots: orders.quantity[row],
          firstMicros: orders.entered[row],
          lastMicros: market.nowMicros,
        });
        return;
      }
      pings.count++;
      pings.lots += orders.quantity[row];
      pings.lastMicros = market.nowMicros;
    },
    onOrder(row) {
      const list = orders.pair[row] * 2 + orders.side[row];
      const pings = seen.get(list);
      if (
        pings === undefined ||
        pings.count < terms.pings ||
        market.nowMicros - pings.lastMicros > terms.gapSeconds * MICROS
      )
        return;
      const pingLots = pings.lots / pings.count;
      const usual = market.watch(orders.instrument[row]).orderLots;
      const isLarge =
        orders.quantity[row] >= terms.largeRatio * pingLots && orders.quantity[row] >= terms.usualOrders * usual;
      if (!isLarge || (orders.flags[row] & OrderFlag.marketable) === 0) return;
      seen.delete(list);
      raise({
        scenario: 'pinging',
        actor: orders.actor[row],
        instrument: orders.instrument[row],
        startMicros: pings.firstMicros,
        facts: { pings: pings.count, pingLots, orderLots: orders.quantity[row] },
        rows: [row],
      });
    },
  };
}

interface Lure {
  price: number;
  enteredMicros: number;
  endedMicros: number;
  hits: number;
  firstHitMicros: number;
  lastHitMicros: number;
  rows: number[];
}

export function smoking({ market, raise }: DetectorParts, terms: Parameters): Detector {
  const { orders } = market;
  const lures = new Map<number, Lure>();

  function takeAway(row: number, price: number): void {
    const life = market.nowMicros - orders.entered[row];
    if (orders.away[row] >= 0 || life > terms.lifeSeconds * MICROS || orders.filled[row] > 0) return;
    if ((orders.flags[row] & OrderFlag.immediate) !== 0) return;
    const known = lures.get(orders.pair[row]);
    if (lures.size >= KEPT_MAX) lures.clear();
    const fresh = known === undefined || market.nowMicros - known.endedMicros > terms.patternSeconds * MICROS;
    lures.set(orders.pair[row], {
      price: orders.side[row] === 0 ? price : -price,
      enteredMicros: orders.entered[row],
      endedMicros: market.nowMicros,
      hits: fresh ? 0 : known.hits,
      firstHitMicros: fresh ? 0 : known.firstHitMicros,
      lastHitMicros: 0,
      rows: fresh ? [row] : [...known.rows.slice(-20), row],
    });
  }

  return {
    onEnd(row, ending) {
      if (ending === Ending.byOwner) takeAway(row, orders.price[row]);
    },
    onAmend(row, before) {
      const isWorse = orders.side[row] === 0 ? orders.price[row] < before : orders.price[row] > before;
      if (isWorse) takeAway(row, before);
    },
    onTrade(maker, taker, ticks, _lots, side) {
      if (side === 2) return;
      const lure = lures.get(orders.pair[taker]);
      if (lure === undefined || market.nowMicros - lure.endedMicros > terms.executeSeconds * MICROS) return;
      const isTheirs = lure.price === (orders.side[maker] === 0 ? ticks : -ticks);
      const joined = orders.entered[maker] >= lure.enteredMicros && orders.entered[maker] <= lure.endedMicros + 100_000;
      if (!isTheirs || !joined || orders.actor[maker] === orders.actor[taker]) return;
      if (lure.lastHitMicros !== 0) return;
      lure.lastHitMicros = market.nowMicros;
      lure.hits++;
      if (lure.hits === 1) lure.firstHitMicros = lure.enteredMicros;
      lure.rows.push(taker);
      if (lure.hits < terms.hits) return;
      raise({
        scenario: 'smoking',
        actor: orders.actor[taker],
        instrument: orders.instrument[taker],
        startMicros: lure.firstHitMicros,
        facts: { lures: lure.hits, luredAtTicks: ticks },
        rows: lure.rows,
      });
      lure.hits = 0;
    },
  };
}
