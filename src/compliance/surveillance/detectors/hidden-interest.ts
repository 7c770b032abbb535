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
    onEnd(slot) {
      const usual = market.watch(orders.instrument[slot]).orderLots;
      const isBrief = market.nowMicros - orders.entered[slot] <= terms.lifeMillis * 1000;
      if (orders.quantity[slot] > terms.pingShare * usual || !isBrief) return;
      const list = orders.pair[slot] * 2 + orders.side[slot];
      const pings = seen.get(list);
      if (pings === undefined || market.nowMicros - pings.lastMicros > terms.gapSeconds * MICROS) {
        if (seen.size >= KEPT_MAX) seen.clear();
        seen.set(list, {
          count: 1,
          lots: orders.quantity[slot],
          firstMicros: orders.entered[slot],
          lastMicros: market.nowMicros,
        });
        return;
      }
      pings.count++;
      pings.lots += orders.quantity[slot];
      pings.lastMicros = market.nowMicros;
    },
    onOrder(slot) {
      const list = orders.pair[slot] * 2 + orders.side[slot];
      const pings = seen.get(list);
      if (
        pings === undefined ||
        pings.count < terms.pings ||
        market.nowMicros - pings.lastMicros > terms.gapSeconds * MICROS
      )
        return;
      const pingLots = pings.lots / pings.count;
      const usual = market.watch(orders.instrument[slot]).orderLots;
      const isLarge =
        orders.quantity[slot] >= terms.largeRatio * pingLots && orders.quantity[slot] >= terms.usualOrders * usual;
      if (!isLarge || (orders.flags[slot] & OrderFlag.marketable) === 0) return;
      seen.delete(list);
      raise({
        scenario: 'pinging',
        actor: orders.actor[slot],
        instrument: orders.instrument[slot],
        startMicros: pings.firstMicros,
        facts: { pings: pings.count, pingLots, orderLots: orders.quantity[slot] },
        slots: [slot],
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
  slots: number[];
}

export function smoking({ market, raise }: DetectorParts, terms: Parameters): Detector {
  const { orders } = market;
  const lures = new Map<number, Lure>();

  function takeAway(slot: number, price: number): void {
    const life = market.nowMicros - orders.entered[slot];
    if (orders.away[slot] >= 0 || life > terms.lifeSeconds * MICROS || orders.filled[slot] > 0) return;
    if ((orders.flags[slot] & OrderFlag.immediate) !== 0) return;
    const known = lures.get(orders.pair[slot]);
    if (lures.size >= KEPT_MAX) lures.clear();
    const fresh = known === undefined || market.nowMicros - known.endedMicros > terms.patternSeconds * MICROS;
    lures.set(orders.pair[slot], {
      price: orders.side[slot] === 0 ? price : -price,
      enteredMicros: orders.entered[slot],
      endedMicros: market.nowMicros,
      hits: fresh ? 0 : known.hits,
      firstHitMicros: fresh ? 0 : known.firstHitMicros,
      lastHitMicros: 0,
      slots: fresh ? [slot] : [...known.slots.slice(-20), slot],
    });
  }

  return {
    onEnd(slot, ending) {
      if (ending === Ending.byOwner) takeAway(slot, orders.price[slot]);
    },
    onAmend(slot, before) {
      const isWorse = orders.side[slot] === 0 ? orders.price[slot] < before : orders.price[slot] > before;
      if (isWorse) takeAway(slot, before);
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
      lure.slots.push(taker);
      if (lure.hits < terms.hits) return;
      raise({
        scenario: 'smoking',
        actor: orders.actor[taker],
        instrument: orders.instrument[taker],
        startMicros: lure.firstHitMicros,
        facts: { lures: lure.hits, luredTicks: ticks },
        slots: lure.slots,
      });
      lure.hits = 0;
    },
  };
}
