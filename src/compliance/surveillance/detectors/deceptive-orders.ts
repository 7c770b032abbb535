/**
 * Spoofing and layering: orders on one side that are large against what their owner really trades on the other, and are
 * taken away once that has been executed. One order or two is spoofing, three or more prices are layering.
 */
import type { Detector, DetectorParts, Parameters } from '../detector.ts';
import { Ending } from '../market-events.ts';

const MICROS = 1_000_000;
const WALK_MAX = 64;
/** A pair's side is suspected by at most one execution at a time; so many are remembered. */
const SUSPECTS_MAX = 4096;
const LAYERS_MIN = 3;
/** Executions smaller than this share of the usual order are nobody's purpose. */
const GENUINE_USUAL_ORDERS = 0.25;
const ENTERED_FADE_SECONDS = 10;
const ENTERED_MAX = 1 << 16;

interface Suspect {
  readonly fillMicros: number;
  readonly startMicros: number;
  readonly quantity: number;
  readonly prices: number;
  readonly rows: readonly number[];
  readonly filled: number;
  pulled: number;
  executed: number;
}

export function deceptiveOrders(
  { market, raise }: DetectorParts,
  spoofing: Parameters,
  layering: Parameters,
): Detector {
  const suspects = new Map<number, Suspect>();
  const { orders, pairs } = market;
  const entered = new Map<number, { lots: number; micros: number }>();

  /** Lots the actor entered on a side lately, fading: what it filled or took back since counts too. */
  function enteredLately(list: number): number {
    const known = entered.get(list);
    return known === undefined
      ? 0
      : known.lots * Math.exp(-(market.nowMicros - known.micros) / (ENTERED_FADE_SECONDS * MICROS));
  }

  /** Looks at what the actor shows on the other side when one of its orders is executed. */
  function look(row: number, lots: number): void {
    const pair = orders.pair[row];
    const own = orders.side[row];
    const list = pair * 2 + (own ^ 1);
    const shown = pairs.liveQuantity[list];
    const genuine = Math.max(orders.filled[row], lots);
    if (shown < Math.min(spoofing.sizeRatio, layering.sizeRatio) * genuine) return;
    const known = suspects.get(list);
    if (known !== undefined && market.nowMicros - known.fillMicros < MICROS) return;
    const usual = market.watch(orders.instrument[row]).orderLots;
    if (genuine < GENUINE_USUAL_ORDERS * usual) return;
    const oldest = market.nowMicros - spoofing.lookBackSeconds * MICROS;
    const rows: number[] = [];
    const prices = new Set<number>();
    let quantity = 0;
    let startMicros = market.nowMicros;
    let walked = 0;
    for (let other = pairs.head[list]; other >= 0 && walked < WALK_MAX; other = orders.next[other], walked++) {
      // Shown first, traded then: what came after the small order did not prepare it.
      if (orders.entered[other] < oldest || orders.entered[other] > orders.entered[row]) continue;
      rows.push(other);
      prices.add(orders.price[other]);
      quantity += orders.leaves[other];
      startMicros = Math.min(startMicros, orders.entered[other]);
    }
    const terms = prices.size >= LAYERS_MIN ? layering : spoofing;
    const sameSide = Math.max(pairs.liveQuantity[pair * 2 + own] + genuine, enteredLately(pair * 2 + own));
    const isLarge = quantity >= terms.sizeRatio * genuine && quantity >= terms.usualOrders * usual;
    if (!isLarge || quantity < terms.imbalance * sameSide) return;
    if (suspects.size >= SUSPECTS_MAX) suspects.clear();
    suspects.set(list, {
      fillMicros: market.nowMicros,
      startMicros,
      quantity,
      prices: prices.size,
      rows: [...rows, row],
      filled: genuine,
      pulled: 0,
      executed: 0,
    });
  }

  function pull(row: number, lots: number): void {
    const list = orders.pair[row] * 2 + orders.side[row];
    const suspect = suspects.get(list);
    if (suspect === undefined || !suspect.rows.includes(row)) return;
    const terms = suspect.prices >= LAYERS_MIN ? layering : spoofing;
    const passed = market.nowMicros - suspect.fillMicros;
    if (passed > terms.cancelSeconds * MICROS) {
      suspects.delete(list);
      return;
    }
    suspect.pulled += lots;
    if (suspect.pulled < terms.pulledShare * suspect.quantity) return;
    suspects.delete(list);
    raise({
      scenario: suspect.prices >= LAYERS_MIN ? 'layering' : 'spoofing',
      actor: orders.actor[row],
      instrument: orders.instrument[row],
      startMicros: suspect.startMicros,
      facts: {
        shownLots: suspect.quantity,
        executedLots: suspect.filled,
        sizeRatio: suspect.quantity / suspect.filled,
        prices: suspect.prices,
        cancelledAfterMillis: passed / 1000,
      },
      rows: suspect.rows,
    });
  }

  return {
    onOrder(row) {
      const list = orders.pair[row] * 2 + orders.side[row];
      const lots = enteredLately(list) + orders.quantity[row];
      if (entered.size >= ENTERED_MAX) entered.clear();
      entered.set(list, { lots, micros: market.nowMicros });
    },
    onTrade(maker, taker, _ticks, lots) {
      look(maker, lots);
      look(taker, lots);
    },
    onEnd(row, ending) {
      if (ending === Ending.byOwner) pull(row, orders.leaves[row]);
    },
    onAmend(row, before) {
      const moved = orders.side[row] === 0 ? before - orders.price[row] : orders.price[row] - before;
      const watch = market.watch(orders.instrument[row]);
      if (moved > 4 * watch.usualMove(1)) pull(row, orders.leaves[row]);
    },
  };
}
