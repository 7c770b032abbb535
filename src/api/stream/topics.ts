/**
 * What can be followed on the stream. A topic gives its whole picture and, each time it is asked, what changed since; all
 * its followers get the same messages. It keeps only what it needs to tell the difference.
 */
import type { ApiContext } from '../context.ts';
import { findSymbol, instrumentsOf, levelsOf, scaleOf, symbolOf } from '../engine-reads.ts';
import type { Principal } from '../authentication.ts';
import * as present from '../present-market.ts';
import { presentExecution, presentOrder } from '../present-orders.ts';
import type { IntervalName } from '../projections/candles.ts';
import type { LevelTuple, ServerMessage, Subscription } from '../schemas/stream.ts';
import type { Overview } from './overview.ts';

/** One subject, shared by everybody who follows it. */
export interface Topic {
  /** The picture as the last delta left it. */
  snapshot(): ServerMessage;
  /** What changed since; undefined when nothing did. Raises the topic's update. */
  delta(): ServerMessage | undefined;
}

const BOOK_LEVELS_MAX = 50;
const TRADES_SHOWN = 100;
const CANDLES_SHOWN = 300;
const SAMPLES_SHOWN = 300;
const ORDERS_SHOWN_MAX = 1000;

/** Names a topic; followers with the same key share it. Own orders differ by the accounts one may see. */
export function topicKey(subscription: Subscription, principal: Principal): string {
  if (subscription.channel !== 'orders') return JSON.stringify(subscription);
  return JSON.stringify([subscription, principal.accounts]);
}

/** Makes the topic of a subscription; undefined when the instrument does not exist. */
export function createTopic(
  context: ApiContext,
  overview: Overview,
  subscription: Subscription,
  principal: Principal,
): Topic | undefined {
  if (subscription.channel === 'markets') return marketsTopic(context);
  if (subscription.channel === 'overview') return overviewTopic(context, overview);
  const { state } = context.deps.view;
  const instrument =
    state === undefined || subscription.symbol === undefined ? -1 : findSymbol(state, subscription.symbol);
  if (subscription.symbol !== undefined && instrument < 0) return undefined;
  if (subscription.channel === 'orders') {
    return ordersTopic(context, principal, subscription.account, instrument < 0 ? undefined : instrument);
  }
  if (subscription.channel === 'book') return bookTopic(context, instrument);
  if (subscription.channel === 'trades') return tradesTopic(context, instrument);
  return candlesTopic(context, instrument, subscription.interval);
}

function bookTopic(context: ApiContext, instrument: number): Topic {
  const { view } = context.deps;
  const symbol = symbolOf(view.ready, instrument);
  const side = (index: number): LevelTuple[] =>
    levelsOf(view.ready, instrument, index, BOOK_LEVELS_MAX).map(present.levelTuple);
  let update = 0;
  let seen = view.changesOf(instrument);
  let bids = side(0);
  let asks = side(1);
  const body = (changedBids: LevelTuple[], changedAsks: LevelTuple[]) => ({
    symbol,
    update,
    sequence: view.sequence,
    timeMicros: view.timeMicros,
    bids: changedBids,
    asks: changedAsks,
  });
  return {
    snapshot: () => ({ type: 'book.snapshot', ...body(bids, asks) }),
    delta() {
      if (view.changesOf(instrument) === seen) return undefined;
      seen = view.changesOf(instrument);
      const [before, nowBids, nowAsks] = [{ bids, asks }, side(0), side(1)];
      const changedBids = changedLevels(before.bids, nowBids);
      const changedAsks = changedLevels(before.asks, nowAsks);
      bids = nowBids;
      asks = nowAsks;
      if (changedBids.length === 0 && changedAsks.length === 0) return undefined;
      update += 1;
      return { type: 'book.delta', ...body(changedBids, changedAsks) };
    },
  };
}

/** Levels that are new or different, and those that are gone with quantity 0. */
function changedLevels(before: readonly LevelTuple[], now: readonly LevelTuple[]): LevelTuple[] {
  const known = new Map(before.map((level) => [level[0], level]));
  const changed: LevelTuple[] = [];
  for (const level of now) {
    const old = known.get(level[0]);
    known.delete(level[0]);
    if (old?.[1] !== level[1] || old[2] !== level[2]) changed.push(level);
  }
  for (const gone of known.keys()) changed.push([gone, 0, 0]);
  return changed;
}

function tradesTopic(context: ApiContext, instrument: number): Topic {
  const { view } = context.deps;
  const symbol = symbolOf(view.ready, instrument);
  let update = 0;
  let next = view.tape.nextEntry(instrument);
  const show = (from: number) => {
    const row = scaleOf(view.ready, instrument);
    return view.tape.tradesFrom(instrument, from).map((trade) => present.presentTrade(trade, row));
  };
  return {
    snapshot: () => ({
      type: 'trades.snapshot',
      symbol,
      update,
      trades: show(next - TRADES_SHOWN).slice(-TRADES_SHOWN),
    }),
    delta() {
      if (view.tape.nextEntry(instrument) === next) return undefined;
      const trades = show(next);
      next = view.tape.nextEntry(instrument);
      update += 1;
      return { type: 'trades.delta', symbol, update, trades };
    },
  };
}

function candlesTopic(context: ApiContext, instrument: number, interval: IntervalName): Topic {
  const { view } = context.deps;
  const symbol = symbolOf(view.ready, instrument);
  let update = 0;
  let last = view.candles.candles(instrument, interval, 1)[0];
  return {
    snapshot() {
      const row = scaleOf(view.ready, instrument);
      const rows = view.candles.candles(instrument, interval, CANDLES_SHOWN);
      const candles = rows.map((candle) => present.presentCandle(candle, row));
      return { type: 'candles.snapshot', symbol, interval, update, candles };
    },
    delta() {
      const rows = view.candles.candlesFrom(instrument, interval, last?.entry ?? 0);
      const newest = rows.at(-1);
      if (newest === undefined || (newest.entry === last?.entry && newest.trades === last.trades)) return undefined;
      last = newest;
      update += 1;
      const row = scaleOf(view.ready, instrument);
      const candles = rows.map((candle) => present.presentCandle(candle, row));
      return { type: 'candles.delta', symbol, interval, update, candles };
    },
  };
}

function marketsTopic(context: ApiContext): Topic {
  const { view } = context.deps;
  let update = 0;
  let seen = view.changes;
  const rows = (since: number) =>
    (view.state === undefined ? [] : instrumentsOf(view.state))
      .filter((row) => since < 0 || view.changesOf(row.instrument) > since)
      .map((row) => present.presentMarketRow(row, view.tape.day(row.instrument)));
  return {
    snapshot: () => ({ type: 'markets.snapshot', update, markets: rows(-1) }),
    delta() {
      if (view.changes === seen) return undefined;
      const markets = rows(seen);
      seen = view.changes;
      update += 1;
      return { type: 'markets.delta', update, markets };
    },
  };
}

function ordersTopic(
  context: ApiContext,
  principal: Principal,
  account: number | undefined,
  instrument: number | undefined,
): Topic {
  const { view } = context.deps;
  const accounts = principal.accountSet;
  const concerns = (row: { readonly account: number; readonly instrument: number }): boolean =>
    accounts?.has(row.account) !== false &&
    (account === undefined || row.account === account) &&
    (instrument === undefined || row.instrument === instrument);
  let update = 0;
  let nextChange = view.orders.nextChange;
  let nextExecution = view.executions.next;
  const snapshot = (): ServerMessage => {
    const { rows } = view.orders.list({ status: 'live', accounts, account, instrument }, ORDERS_SHOWN_MAX);
    return { type: 'orders.snapshot', update, orders: rows.map((row) => presentOrder(row, view.ready)) };
  };
  return {
    snapshot,
    delta() {
      if (view.executions.next === nextExecution) return undefined;
      const changed = view.orders.changedSince(nextChange);
      const from = nextExecution;
      nextChange = view.orders.nextChange;
      nextExecution = view.executions.next;
      if (changed === undefined || nextExecution - from > ORDERS_SHOWN_MAX) {
        update += 1;
        return snapshot();
      }
      const orders = [...changed]
        .map((entry) => view.orders.row(entry))
        .filter((row) => row !== undefined)
        .filter(concerns)
        .map((row) => presentOrder(row, view.ready));
      const executions = [];
      for (let entry = from; entry < nextExecution; entry++) {
        const row = view.executions.row(entry);
        if (row !== undefined && concerns(row)) executions.push(presentExecution(row, view.ready));
      }
      if (orders.length === 0 && executions.length === 0) return undefined;
      update += 1;
      return { type: 'orders.delta', update, orders, executions };
    },
  };
}

function overviewTopic(context: ApiContext, overview: Overview): Topic {
  const { view, replay } = context.deps;
  let update = 0;
  let next = view.stats.next;
  const body = () => ({ update, attention: [...overview.attention], replay: { ...replay.status() } });
  return {
    snapshot: () => ({
      type: 'overview.snapshot',
      ...body(),
      samples: view.stats.samples(SAMPLES_SHOWN).map(present.presentStats),
    }),
    delta() {
      if (view.stats.next === next) return undefined;
      const samples = view.stats.samplesFrom(next).map(present.presentStats);
      next = view.stats.next;
      update += 1;
      return { type: 'overview.delta', ...body(), samples };
    },
  };
}
