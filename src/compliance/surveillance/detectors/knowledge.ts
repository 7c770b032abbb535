/** Trading on what others may not know: ahead of a client's order or block, and ahead of news. */
import type { Detector, DetectorParts, Parameters } from '../detector.ts';
import { OrderFlag } from '../order-table.ts';

const MICROS = 1_000_000;
const KEPT_MAX = 1 << 12;

interface Ahead {
  readonly side: number;
  readonly lots: number;
  readonly value: number;
  readonly startMicros: number;
  readonly clientRow: number;
  readonly clientMicros: number;
  readonly clientLots: number;
  exitLots: number;
  exitValue: number;
  readonly rows: number[];
}

export function frontRunning({ market, raise }: DetectorParts, client: Parameters, block: Parameters): Detector {
  const { orders, pairs, actors } = market;
  const armed = new Map<number, Ahead>();

  /** What the firm itself took on a side shortly before. */
  function before(
    firm: number,
    instrument: number,
    side: number,
    seconds: number,
  ): { lots: number; value: number; other: number; since: number; rows: number[] } {
    const watch = market.watch(instrument);
    const found = { lots: 0, value: 0, other: 0, since: market.nowMicros, rows: [] as number[] };
    watch.eachTradeSince(market.nowMicros - seconds * MICROS, (at) => {
      const isTaker = watch.taker[at] === firm;
      if (!isTaker && watch.maker[at] !== firm) return;
      const own = isTaker ? watch.takerSide[at] : watch.takerSide[at] ^ 1;
      if (own !== side) {
        found.other += watch.tradeLots[at];
        return;
      }
      found.lots += watch.tradeLots[at];
      found.value += watch.tradeLots[at] * watch.tradeTicks[at];
      found.since = watch.tradeMicros[at];
      if (isTaker && found.rows.at(-1) !== watch.takerRow[at]) found.rows.push(watch.takerRow[at]);
    });
    return found;
  }

  function onClientOrder(row: number): void {
    const instrument = orders.instrument[row];
    const watch = market.watch(instrument);
    const isBlock = orders.quantity[row] >= block.blockLots;
    const terms = isBlock ? block : client;
    if (!isBlock && orders.quantity[row] < client.clientOrders * watch.orderLots) return;
    const firm = actors.indexOf(0, orders.participant[row]);
    if (pairs.find(firm, instrument) < 0) return;
    const side = orders.side[row];
    const found = before(firm, instrument, side, terms.aheadSeconds);
    if (found.lots < terms.aheadOrders * watch.orderLots || found.other > terms.oppositeShare * found.lots) return;
    if (isBlock) {
      say(
        'front-running-block',
        firm,
        instrument,
        found.since,
        row,
        { aheadLots: found.lots, blockLots: orders.quantity[row] },
        found.rows,
      );
      return;
    }
    if (armed.size >= KEPT_MAX) armed.clear();
    armed.set(pairs.indexOf(firm, instrument), {
      side,
      lots: found.lots,
      value: found.value,
      startMicros: found.since,
      clientRow: row,
      clientMicros: market.nowMicros,
      clientLots: orders.quantity[row],
      exitLots: 0,
      exitValue: 0,
      rows: [...found.rows, row],
    });
  }

  function say(
    scenario: string,
    firm: number,
    instrument: number,
    startMicros: number,
    clientRow: number,
    facts: Readonly<Record<string, number>>,
    rows: readonly number[],
  ): void {
    raise({
      scenario,
      actor: firm,
      instrument,
      startMicros,
      facts,
      rows: [...rows, clientRow],
      otherActor: orders.actor[clientRow],
    });
  }

  function onFirmTrade(row: number, lots: number, ticks: number): void {
    const pair = orders.pair[row];
    const ahead = armed.get(pair);
    if (ahead === undefined || ahead.side === orders.side[row]) return;
    if (market.nowMicros - ahead.clientMicros > client.exitSeconds * MICROS) {
      armed.delete(pair);
      return;
    }
    ahead.exitLots += lots;
    ahead.exitValue += lots * ticks;
    ahead.rows.push(row);
    if (ahead.exitLots < client.exitShare * ahead.lots) return;
    armed.delete(pair);
    const gain = (ahead.side === 0 ? 1 : -1) * (ahead.exitValue / ahead.exitLots - ahead.value / ahead.lots);
    const facts = { aheadLots: ahead.lots, clientLots: ahead.clientLots, exitLots: ahead.exitLots, gainTicks: gain };
    say(
      'front-running-client',
      orders.actor[row],
      orders.instrument[row],
      ahead.startMicros,
      ahead.clientRow,
      facts,
      ahead.rows.slice(-32),
    );
  }

  return {
    onOrder(row) {
      if ((orders.flags[row] & OrderFlag.client) !== 0) onClientOrder(row);
    },
    onTrade(maker, taker, ticks, lots) {
      if (armed.size === 0) return;
      onFirmTrade(taker, lots, ticks);
      onFirmTrade(maker, lots, ticks);
    },
  };
}

interface Taken {
  net: number;
  gross: number;
  firstMicros: number;
  /** Different orders of it that were executed. */
  readonly orders: Set<number>;
  rows: number[];
}

export function insiderWindow({ market, raise }: DetectorParts, terms: Parameters): Detector {
  const due: { instrument: number; newsMicros: number; middle: number; atMicros: number; sides: Map<number, Taken> }[] =
    [];
  const usual = new Map<number, number>();

  /** What everyone had gathered in an instrument when the news came. */
  function gathered(instrument: number): Map<number, Taken> {
    const watch = market.watch(instrument);
    const found = new Map<number, Taken>();
    watch.eachTradeSince(market.nowMicros - terms.lookBackSeconds * MICROS, (at) => {
      const side = watch.takerSide[at];
      if (side > 1) return;
      for (const [actor, own, row] of [
        [watch.taker[at], side, watch.takerRow[at]],
        [watch.maker[at], side ^ 1, watch.makerRow[at]],
      ]) {
        const taken = found.get(actor) ?? { net: 0, gross: 0, firstMicros: 0, orders: new Set(), rows: [] };
        found.set(actor, taken);
        taken.net += own === 0 ? watch.tradeLots[at] : -watch.tradeLots[at];
        taken.gross += watch.tradeLots[at];
        taken.firstMicros = watch.tradeMicros[at];
        taken.orders.add(row);
        if (actor === watch.taker[at] && taken.rows.length < 32 && taken.rows.at(-1) !== watch.takerRow[at])
          taken.rows.push(watch.takerRow[at]);
      }
    });
    return found;
  }

  function judge({ instrument, middle, newsMicros, sides }: (typeof due)[number]): void {
    const watch = market.watch(instrument);
    const moved = watch.book.middle === 0 ? 0 : watch.book.middle - middle;
    // Before anybody's usual is known nobody is suspected.
    if (watch.seconds < terms.lookBackSeconds / 2) return;
    const isNews = Math.abs(moved) >= terms.usualMoves * watch.usualMove(terms.reactionSeconds);
    for (const [actor, taken] of sides) {
      const size = Math.abs(taken.net);
      const known = usual.get(actor);
      const isUsual = known !== undefined && size < terms.ownRatio * known;
      if (
        isNews &&
        !isUsual &&
        taken.orders.size >= terms.orders &&
        size >= terms.usualOrders * watch.orderLots &&
        size >= terms.oneSided * taken.gross &&
        taken.net * moved > 0
      ) {
        raise({
          scenario: 'insider-window',
          actor,
          instrument,
          startMicros: taken.firstMicros,
          facts: {
            gatheredLots: size,
            movedTicks: moved,
            secondsBefore: (newsMicros - taken.firstMicros) / MICROS,
            ownUsualLots: known ?? 0,
          },
          rows: taken.rows,
        });
      }
    }
  }

  return {
    onAnnouncement(instrument) {
      const watch = market.watch(instrument);
      due.push({
        instrument,
        newsMicros: market.nowMicros,
        middle: watch.book.middle || watch.lastTicks,
        atMicros: market.nowMicros + terms.reactionSeconds * MICROS,
        sides: gathered(instrument),
      });
    },
    onSecond(second) {
      while (due.length > 0 && due[0].atMicros <= market.nowMicros) {
        const [first] = due.splice(0, 1);
        judge(first);
      }
      if (second % Math.max(1, Math.round(terms.learnSeconds)) === 0) learn();
    },
  };

  /** Everyone's usual gathering, from instruments in turn. */
  function learn(): void {
    for (let instrument = 0; instrument < market.instrumentCount; instrument++) {
      for (const [actor, taken] of gathered(instrument)) {
        const before = usual.get(actor);
        usual.set(actor, before === undefined ? Math.abs(taken.net) : before + (Math.abs(taken.net) - before) * 0.1);
      }
    }
  }
}
