/** What is far from the usual: volume of an actor, price of a trade, an order that can only be a slip, a client's bad price. */
import { Code } from '#trading/codes.ts';
import { MarketState } from '#trading/terms.ts';
import type { Detector, DetectorParts, Parameters } from '../detector.ts';
import { Ending } from '../market-events.ts';
import { OrderFlag } from '../order-table.ts';

const MICROS = 1_000_000;
const KEPT_MAX = 1 << 16;
/** What an actor that is not known yet is taken to trade in a window, in usual orders. */
const UNKNOWN_USUAL_ORDERS = 5;

interface Activity {
  lots: number;
  sinceMicros: number;
  rows: number[];
}

/** An actor's own usual: lots in a window in which it traded, over all instruments. */
interface OwnUsual {
  lots: number;
  windows: number;
}

export function unusualVolume({ market, raise }: DetectorParts, terms: Parameters): Detector {
  const { orders } = market;
  const windows = new Map<number, Activity>();
  const usual = new Map<number, OwnUsual>();

  function note(row: number, lots: number): void {
    const pair = orders.pair[row];
    const windowMicros = terms.windowSeconds * MICROS;
    let own = windows.get(pair);
    if (own === undefined || market.nowMicros - own.sinceMicros > windowMicros) {
      if (own !== undefined) learn(orders.actor[row], own.lots);
      if (windows.size >= KEPT_MAX) windows.clear();
      own = { lots: 0, sinceMicros: market.nowMicros, rows: [] };
      windows.set(pair, own);
    }
    own.lots += lots;
    if (own.rows.length < 32 && own.rows.at(-1) !== row) own.rows.push(row);
    judge(row, own);
  }

  function learn(actor: number, lots: number): void {
    const known = usual.get(actor) ?? { lots: 0, windows: 0 };
    known.windows++;
    known.lots += (lots - known.lots) * Math.max(0.05, 1 / known.windows);
    if (usual.size < KEPT_MAX) usual.set(actor, known);
  }

  function judge(row: number, own: Activity): void {
    const instrument = orders.instrument[row];
    const watch = market.watch(instrument);
    // In the first minutes of a market nobody's usual is known.
    if (watch.seconds < 1.5 * terms.windowSeconds || own.lots < terms.usualOrders * watch.orderLots) return;
    const known = usual.get(orders.actor[row]);
    const ownUsual =
      known === undefined || known.windows < terms.windowsKnown ? UNKNOWN_USUAL_ORDERS * watch.orderLots : known.lots;
    if (own.lots < terms.ownRatio * ownUsual || own.lots < terms.share * terms.windowSeconds * watch.secondLots) return;
    raise({
      scenario: 'unusual-volume',
      actor: orders.actor[row],
      instrument,
      startMicros: own.sinceMicros,
      facts: { lots: own.lots, ownUsualLots: ownUsual, marketUsualLots: terms.windowSeconds * watch.secondLots },
      rows: own.rows,
    });
  }

  return {
    // Only what is taken: who waits does not choose how much is traded with it.
    onTrade(_maker, taker, _ticks, lots, side) {
      if (side !== 2) note(taker, lots);
    },
  };
}

export function unusualPrice({ market, raise }: DetectorParts, terms: Parameters): Detector {
  const { orders } = market;
  return {
    onTrade(_maker, taker, ticks, _lots, side) {
      if (side === 2) return;
      const instrument = orders.instrument[taker];
      const watch = market.watch(instrument);
      const before = watch.middleAt(0);
      if (before === 0 || !watch.isWarm) return;
      const away = side === 0 ? ticks - before : before - ticks;
      if (away < terms.usualMoves * watch.usualMove(1)) return;
      const actor = orders.actor[taker];
      let all = 0;
      let own = 0;
      watch.eachTradeSince(market.nowMicros - MICROS, (at) => {
        if (watch.takerSide[at] !== side) return;
        all += watch.tradeLots[at];
        if (watch.taker[at] === actor) own += watch.tradeLots[at];
      });
      if (own < terms.share * all) return;
      raise({
        scenario: 'unusual-price',
        actor,
        instrument,
        startMicros: orders.entered[taker],
        facts: { priceTicks: ticks, awayTicks: away, usualTicks: watch.usualMove(1), lots: own },
        rows: [taker],
      });
    },
  };
}

/** Codes by which the engine itself refused an order as erroneous (15c3-5 (c)(1)(ii)). */
const ERRONEOUS: ReadonlySet<number> = new Set([Code.maxOrderQuantity, Code.maxOrderValue, Code.priceCollar]);

export function fatFinger({ market, raise }: DetectorParts, terms: Parameters): Detector {
  const { orders } = market;

  function say(row: number, facts: Readonly<Record<string, number>>): void {
    const finding = {
      actor: orders.actor[row],
      instrument: orders.instrument[row],
      startMicros: orders.entered[row],
    };
    raise({ scenario: 'fat-finger', ...finding, facts, rows: [row] });
  }

  return {
    onOrder(row) {
      const watch = market.watch(orders.instrument[row]);
      const opposite = watch.book.best(orders.side[row] ^ 1);
      const price = orders.price[row];
      if (opposite === 0 || price === 0) return;
      const through = ((orders.side[row] === 0 ? price - opposite : opposite - price) / opposite) * 10_000;
      if (through >= terms.throughBasisPoints)
        say(row, { throughBasisPoints: through, priceTicks: price, bestTicks: opposite });
    },
    onEnd(row, ending) {
      const watch = market.watch(orders.instrument[row]);
      const lifeSeconds = (market.nowMicros - orders.entered[row]) / MICROS;
      // Executed at once it cannot be taken back any more.
      const isBack = lifeSeconds <= terms.takenBackSeconds / (ending === Ending.byOwner ? 1 : 3);
      const ratio = orders.quantity[row] / Math.max(1, watch.orderLots);
      if (isBack && watch.isWarm && ratio >= terms.usualOrders)
        say(row, { lots: orders.quantity[row], usualLots: watch.orderLots, lifeSeconds });
    },
    onRefusal(actor, instrument, reason) {
      if (!ERRONEOUS.has(reason)) return;
      raise({
        scenario: 'fat-finger',
        actor,
        instrument,
        startMicros: market.nowMicros,
        facts: { refusedWithCode: reason },
        rows: [],
      });
    },
  };
}

export function bestExecution({ market, raise }: DetectorParts, terms: Parameters): Detector {
  const { orders } = market;
  return {
    onEnd(row) {
      if ((orders.flags[row] & OrderFlag.client) === 0 || (orders.flags[row] & OrderFlag.marketable) === 0) return;
      const filled = orders.filled[row];
      const arrival = orders.arrivalOpposite[row];
      if (filled === 0 || arrival === 0) return;
      const watch = market.watch(orders.instrument[row]);
      const isContinuous = watch.state === MarketState.continuous && orders.entered[row] > watch.stateSinceMicros;
      if (!watch.isWarm || !isContinuous) return;
      const average = orders.filledValue[row] / filled;
      const cost = orders.side[row] === 0 ? average - arrival : arrival - average;
      const spread = Math.max(1, watch.spreadTicks);
      const aroundTicks = Math.abs(orders.arrivalMiddle[row] - (watch.middleAt(2) || orders.arrivalMiddle[row]));
      if (cost < terms.spreads * spread || (cost / arrival) * 10_000 < terms.basisPoints) return;
      // In a market that was moving already a bad price has another reason.
      if (aroundTicks > terms.calmMoves * watch.usualMove(2)) return;
      raise({
        scenario: 'best-execution',
        actor: orders.actor[row],
        instrument: orders.instrument[row],
        startMicros: orders.entered[row],
        facts: { costTicks: cost, spreadTicks: spread, lots: filled, brokerFirm: orders.participant[row] },
        rows: [row],
      });
    },
  };
}
