/**
 * The one stream of this page and what has come out of it: connection state, server time, feeds shared by all who look.
 */
import { useEffect, useMemo } from 'react';
import type { CandleInterval } from '../../../src/api/schemas/trades.ts';
import type { ServerMessage, Subscription } from '../../../src/api/schemas/stream.ts';
import { applyBook, EMPTY_BOOK, type Book } from './book.ts';
import * as feeds from './feeds.ts';
import { createStore, type Store } from './store.ts';
import { Stream, subscriptionKey, type ConnectionState } from './stream.ts';

export interface Connection {
  readonly state: ConnectionState;
  /** When this state began, in milliseconds of the browser's clock. */
  readonly sinceMs: number;
  /** What to add to the browser's clock to get the server's. */
  readonly offsetMs: number;
  readonly version: string | null;
  readonly simulated: boolean;
  /** How often the connection came up: a change means that everything read before is out of date. */
  readonly generation: number;
}

export const connection: Store<Connection> = createStore<Connection>({
  state: 'connecting',
  sinceMs: Date.now(),
  offsetMs: 0,
  version: null,
  simulated: false,
  generation: 0,
});

function streamAddress(): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/v1/stream`;
}

export const stream = new Stream(
  () => new WebSocket(streamAddress()),
  {
    onState: (state) => {
      const now = connection.get();
      if (now.state !== state) connection.set({ ...now, state, sinceMs: Date.now() });
    },
    onWelcome: (message) => {
      const now = connection.get();
      connection.set({
        ...now,
        offsetMs: message.timeMicros / 1_000 - Date.now(),
        version: message.version,
        simulated: message.simulated,
        generation: now.generation + 1,
      });
    },
    // A refused subscription shows as an empty panel; the page's own request says why.
    onProblem: () => undefined,
  },
  {
    nowMs: () => Date.now(),
    after: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  },
);

interface Feed<Value> {
  readonly store: Store<Value>;
  followers: number;
  /** Ends the subscription; null while there is none. */
  end: (() => void) | null;
}

const open = new Map<string, Feed<unknown>>();

/** A feed lives on for this long after its last follower, so that a change of page keeps its data. */
const LINGER_MS = 2_000;

function follow<Value>(
  subscription: Subscription,
  initial: Value,
  reduce: (value: Value, message: ServerMessage) => Value,
): { store: Store<Value>; retain: () => () => void } {
  const key = subscriptionKey(subscription);
  const existing = open.get(key) as Feed<Value> | undefined;
  const feed: Feed<Value> = existing ?? { store: createStore(initial), followers: 0, end: null };
  if (existing === undefined) open.set(key, feed as Feed<unknown>);
  const { store } = feed;

  function release() {
    if (feed.followers > 0 || feed.end === null) return;
    feed.end();
    feed.end = null;
    store.set(initial);
  }
  return {
    store,
    retain: () => {
      feed.followers += 1;
      feed.end ??= stream.subscribe(subscription, (message) => store.set(reduce(store.get(), message)));
      return () => {
        feed.followers -= 1;
        setTimeout(release, LINGER_MS);
      };
    },
  };
}

function useFeed<Value>(
  subscription: Subscription,
  initial: Value,
  reduce: (value: Value, message: ServerMessage) => Value,
): Store<Value> {
  const key = subscriptionKey(subscription);
  // The key says everything about the subscription; the reducer of a channel never changes.
  // oxlint-disable-next-line react-hooks/exhaustive-deps
  const feed = useMemo(() => follow(subscription, initial, reduce), [key]);
  useEffect(() => feed.retain(), [feed]);
  return feed.store;
}

export function useBookFeed(symbol: string): Store<Book> {
  return useFeed({ channel: 'book', symbol }, EMPTY_BOOK, (book, message) =>
    message.type === 'book.snapshot' || message.type === 'book.delta' ? applyBook(book, message) : book,
  );
}

export function useTradesFeed(symbol: string) {
  return useFeed({ channel: 'trades', symbol }, [] as ReturnType<typeof feeds.applyTrades>, (trades, message) =>
    message.type === 'trades.snapshot' || message.type === 'trades.delta' ? feeds.applyTrades(trades, message) : trades,
  );
}

export function useCandlesFeed(symbol: string, interval: CandleInterval) {
  return useFeed(
    { channel: 'candles', symbol, interval },
    [] as ReturnType<typeof feeds.applyCandles>,
    (candles, message) =>
      message.type === 'candles.snapshot' || message.type === 'candles.delta'
        ? feeds.applyCandles(candles, message)
        : candles,
  );
}

export function useMarketsFeed(): Store<feeds.Markets> {
  return useFeed({ channel: 'markets' }, new Map() as feeds.Markets, (markets, message) =>
    message.type === 'markets.snapshot' || message.type === 'markets.delta'
      ? feeds.applyMarkets(markets, message)
      : markets,
  );
}

export function useOrdersFeed(): Store<feeds.Orders> {
  return useFeed({ channel: 'orders' }, feeds.NO_ORDERS, (orders, message) =>
    message.type === 'orders.snapshot' || message.type === 'orders.delta' ? feeds.applyOrders(orders, message) : orders,
  );
}

export function useOverviewFeed(): Store<feeds.Overview> {
  return useFeed({ channel: 'overview' }, feeds.NO_OVERVIEW, (overview, message) =>
    message.type === 'overview.snapshot' || message.type === 'overview.delta'
      ? feeds.applyOverview(overview, message)
      : overview,
  );
}
