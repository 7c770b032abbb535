/**
 * Bursts of taking that move a price: momentum ignition, where their owner turns round and profits, and cross-product
 * manipulation, where it trades the other way in what follows the price.
 */
import type { Detector, DetectorParts, Parameters } from '../detector.ts';
import { OrderFlag } from '../order-table.ts';

const MICROS = 1_000_000;
const KEPT_MAX = 1 << 14;
const ROWS_KEPT = 32;

interface Burst {
  side: number;
  startMicros: number;
  lastMicros: number;
  lastRow: number;
  orders: number;
  /** Orders of the same actor since it began that did not take. */
  passives: number;
  lots: number;
  value: number;
  startMiddle: number;
  /** Furthest price reached, ticks. */
  reached: number;
  exitLots: number;
  exitValue: number;
  rows: number[];
}

export function bursts(parts: DetectorParts, ignition: Parameters, cross: Parameters): Detector {
  const { market, raise, lists } = parts;
  const { orders, pairs } = market;
  const known = new Map<number, Burst>();

  function begin(pair: number, taker: number, side: number, ticks: number): Burst {
    if (known.size >= KEPT_MAX) known.clear();
    const watch = market.watch(orders.instrument[taker]);
    const made: Burst = {
      side,
      startMicros: market.nowMicros,
      lastMicros: market.nowMicros,
      lastRow: -1,
      orders: 0,
      passives: 0,
      lots: 0,
      value: 0,
      startMiddle: orders.arrivalMiddle[taker] || watch.book.middle || ticks,
      reached: ticks,
      exitLots: 0,
      exitValue: 0,
      rows: [],
    };
    known.set(pair, made);
    return made;
  }

  function movedBy(burst: Burst): number {
    return burst.side === 0 ? burst.reached - burst.startMiddle : burst.startMiddle - burst.reached;
  }

  function isPush(burst: Burst, instrument: number, terms: Parameters): boolean {
    if (burst.orders < terms.orders || burst.passives > ignition.passiveShare * burst.orders) return false;
    const watch = market.watch(instrument);
    const seconds = (burst.lastMicros - burst.startMicros) / MICROS;
    if (movedBy(burst) < terms.usualMoves * watch.usualMove(seconds)) return false;
    let all = 0;
    watch.eachTradeSince(burst.startMicros, (at) => {
      if (watch.takerSide[at] === burst.side && watch.tradeMicros[at] <= burst.lastMicros) all += watch.tradeLots[at];
    });
    return burst.lots >= terms.share * all;
  }

  function extend(pair: number, taker: number, side: number, ticks: number, lots: number): Burst {
    const old = known.get(pair);
    const goesOn =
      old !== undefined &&
      old.side === side &&
      market.nowMicros - old.lastMicros <= ignition.gapSeconds * MICROS &&
      old.exitLots === 0;
    const burst = goesOn ? old : begin(pair, taker, side, ticks);
    if (burst.lastRow !== taker || burst.lastMicros !== market.nowMicros) {
      burst.orders++;
      if (burst.rows.length < ROWS_KEPT) burst.rows.push(taker);
    }
    burst.lastRow = taker;
    burst.lastMicros = market.nowMicros;
    burst.lots += lots;
    burst.value += lots * ticks;
    burst.reached = side === 0 ? Math.max(burst.reached, ticks) : Math.min(burst.reached, ticks);
    return burst;
  }

  function exit(pair: number, row: number, burst: Burst, lots: number, ticks: number): void {
    const instrument = orders.instrument[row];
    if (market.nowMicros - burst.lastMicros > ignition.exitSeconds * MICROS) {
      known.delete(pair);
      return;
    }
    burst.exitLots += lots;
    burst.exitValue += lots * ticks;
    if (burst.rows.length < ROWS_KEPT) burst.rows.push(row);
    if (burst.exitLots < ignition.exitShare * burst.lots || !isPush(burst, instrument, ignition)) return;
    const exitTicks = burst.exitValue / burst.exitLots;
    const above = burst.side === 0 ? exitTicks - burst.startMiddle : burst.startMiddle - exitTicks;
    // Its own selling may have brought the price back already.
    if (above < -2 * market.watch(instrument).usualMove(1)) return;
    known.delete(pair);
    raise({
      scenario: 'momentum-ignition',
      actor: orders.actor[row],
      instrument,
      startMicros: burst.startMicros,
      facts: {
        orders: burst.orders,
        lots: burst.lots,
        movedTicks: movedBy(burst),
        exitLots: burst.exitLots,
        exitAboveStartTicks: above,
      },
      rows: burst.rows,
    });
  }

  /** Whether the actor traded a multiple the other way in a linked instrument about the time of its burst. */
  function seekLinked(pair: number, burst: Burst): void {
    const actor = pairs.actor[pair];
    const instrument = pairs.instrument[pair];
    for (const linked of lists.linkedTo(instrument)) {
      if (pairs.find(actor, linked) < 0) continue;
      const watch = market.watch(linked);
      let lots = 0;
      watch.eachTradeSince(burst.startMicros - cross.aroundSeconds * MICROS, (at) => {
        const isTaker = watch.taker[at] === actor;
        if (!isTaker && watch.maker[at] !== actor) return;
        const side = isTaker ? watch.takerSide[at] : watch.takerSide[at] ^ 1;
        lots += side === burst.side ? -watch.tradeLots[at] : watch.tradeLots[at];
      });
      if (lots < cross.ratio * burst.lots || !isPush(burst, instrument, cross)) continue;
      raise({
        scenario: 'cross-product',
        actor,
        instrument,
        startMicros: burst.startMicros,
        facts: { pushedLots: burst.lots, movedTicks: movedBy(burst), linkedInstrument: linked, linkedLots: lots },
        rows: burst.rows,
      });
    }
  }

  return {
    onOrder(row) {
      if ((orders.flags[row] & OrderFlag.marketable) !== 0) return;
      const burst = known.get(orders.pair[row]);
      if (burst !== undefined && market.nowMicros - burst.lastMicros <= ignition.gapSeconds * MICROS) burst.passives++;
    },
    onTrade(maker, taker, ticks, lots, side) {
      if (side === 2) return;
      const pair = orders.pair[taker];
      const opposite = known.get(pair);
      if (opposite !== undefined && opposite.side !== side && opposite.orders >= ignition.orders)
        exit(pair, taker, opposite, lots, ticks);
      const passive = known.get(orders.pair[maker]);
      if (passive !== undefined && passive.side !== orders.side[maker] && passive.orders >= ignition.orders) {
        exit(orders.pair[maker], maker, passive, lots, ticks);
      }
      const still = known.get(pair);
      if (still !== undefined && still.side !== side && still.orders >= ignition.orders && still.exitLots > 0) {
        seekLinked(pair, still);
        return;
      }
      const burst = extend(pair, taker, side, ticks, lots);
      if (burst.orders >= cross.orders) seekLinked(pair, burst);
      const actor = orders.actor[taker];
      for (const linked of lists.linkedTo(orders.instrument[taker])) {
        const other = pairs.find(actor, linked);
        const pushed = other < 0 ? undefined : known.get(other);
        if (
          pushed !== undefined &&
          pushed.orders >= cross.orders &&
          market.nowMicros - pushed.lastMicros < cross.aroundSeconds * MICROS
        ) {
          seekLinked(other, pushed);
        }
      }
    },
  };
}
