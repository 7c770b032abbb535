/**
 * The order blotter: every order and execution that the user may see, live, with what is older read on demand.
 */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { Execution, ExecutionList, Order, OrderList } from '../../../src/api/schemas/orders.ts';
import { call } from '../data/client.ts';
import { useOrdersFeed } from '../data/live.ts';
import { mergeOrders } from '../data/orders.ts';
import { useAccounts, useInstruments } from '../data/queries.ts';
import { useCalm } from '../data/store.ts';
import { orderKey } from '../data/feeds.ts';
import { count, decimal } from '../format/numbers.ts';
import { priceText } from '../format/price.ts';
import { Button } from '../ui/button.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { Segments, type Choice } from '../ui/field.tsx';
import { Notice, Panel } from '../ui/panel.tsx';
import { executionColumns, orderColumns, type PriceWriter } from './blotter-columns.tsx';
import './blotter.css';

type View = 'live' | 'done' | 'executions';
const VIEWS: readonly Choice<View>[] = [
  { value: 'live', text: 'Open' },
  { value: 'done', text: 'Done' },
  { value: 'executions', text: 'Executions' },
];
const PAGE_ROWS = 500;
const REFRESH_MS = 500;
const NONE: readonly never[] = [];

interface Filter {
  /** '' is every account, every instrument. */
  readonly account: string;
  readonly symbol: string;
}

function query(filter: Filter, rest: string, before: string | null): string {
  const account = filter.account === '' ? '' : `&account=${filter.account}`;
  const symbol = filter.symbol === '' ? '' : `&symbol=${encodeURIComponent(filter.symbol)}`;
  const cursor = before === null ? '' : `&before=${encodeURIComponent(before)}`;
  return `?limit=${PAGE_ROWS}${rest}${account}${symbol}${cursor}`;
}

function passes(row: { readonly account: number; readonly symbol: string | null }, filter: Filter): boolean {
  return (
    (filter.account === '' || String(row.account) === filter.account) &&
    (filter.symbol === '' || row.symbol === filter.symbol)
  );
}

export function BlotterPage() {
  const [view, setView] = useState<View>('live');
  const [filter, setFilter] = useState<Filter>({ account: '', symbol: '' });
  const [paused, setPaused] = useState(false);
  return (
    <div className="page fixed">
      <h1 className="visually-hidden">Order blotter</h1>
      <div className="blotter-bar">
        <Segments label="What to show" choices={VIEWS} value={view} onValue={setView} />
        <FilterChoices filter={filter} setFilter={setFilter} />
        <Button small aria-pressed={paused} onClick={() => setPaused(!paused)}>
          {paused ? 'Resume' : 'Hold still'}
        </Button>
      </div>
      {view === 'executions' ? (
        <Executions filter={filter} paused={paused} />
      ) : (
        <OrderRows key={view} view={view} filter={filter} paused={paused} />
      )}
    </div>
  );
}

function FilterChoices({ filter, setFilter }: { filter: Filter; setFilter: (filter: Filter) => void }) {
  const accounts = useAccounts().data ?? NONE;
  const instruments = useInstruments().data ?? NONE;
  return (
    <>
      <select
        className="input blotter-filter"
        aria-label="Account"
        value={filter.account}
        onChange={(event) => setFilter({ ...filter, account: event.target.value })}
      >
        <option value="">all accounts</option>
        {accounts.map((account) => (
          <option key={account.account} value={String(account.account)}>
            {account.name}
          </option>
        ))}
      </select>
      <select
        className="input blotter-filter"
        aria-label="Instrument"
        value={filter.symbol}
        onChange={(event) => setFilter({ ...filter, symbol: event.target.value })}
      >
        <option value="">all instruments</option>
        {instruments.map((instrument) => (
          <option key={instrument.symbol} value={instrument.symbol}>
            {instrument.symbol}
          </option>
        ))}
      </select>
    </>
  );
}

/** Columns that write prices in the steps of their instruments. */
function useColumns<Columns>(make: (price: PriceWriter) => Columns): Columns {
  const instruments = useInstruments().data;
  return useMemo(() => {
    const bySymbol = new Map((instruments ?? []).map((instrument) => [instrument.symbol, instrument]));
    return make((symbol, ticks, exact) => {
      const scale = symbol === null ? undefined : bySymbol.get(symbol);
      return decimal(scale === undefined || ticks === null ? exact : priceText(ticks, scale));
    });
  }, [make, instruments]);
}

function OrderRows({ view, filter, paused }: { view: 'live' | 'done'; filter: Filter; paused: boolean }) {
  const columns = useColumns(orderColumns);
  const feed = useCalm(useOrdersFeed(), REFRESH_MS, paused);
  const older = useInfiniteQuery({
    queryKey: ['orders', view, filter],
    queryFn: ({ pageParam }) => call<OrderList>('GET', `/trading/orders${query(filter, `&status=${view}`, pageParam)}`),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
  const rows = useMemo(() => {
    const read = older.data?.pages.flatMap((page) => page.orders) ?? [];
    return mergeOrders(read, feed.orders, (order) => order.live === (view === 'live') && passes(order, filter));
  }, [older.data, feed.orders, view, filter]);
  return (
    <Panel
      title={view === 'live' ? 'Open orders' : 'Done orders'}
      note={count(rows.length, 'order')}
      flush
      className="grow"
      {...(older.hasNextPage ? { actions: <Older query={older} /> } : {})}
    >
      <DataTable<Order>
        label={view === 'live' ? 'Open orders' : 'Done orders'}
        columns={columns}
        rows={rows}
        rowKey={orderKey}
        sortBy={{ id: 'created', descending: true }}
        empty={
          <Empty pending={older.isPending} failed={older.isError}>
            {view === 'live' ? 'No open order.' : 'No order is done yet.'}
          </Empty>
        }
      />
    </Panel>
  );
}

function Executions({ filter, paused }: { filter: Filter; paused: boolean }) {
  const columns = useColumns(executionColumns);
  const feed = useCalm(useOrdersFeed(), REFRESH_MS, paused);
  const older = useInfiniteQuery({
    queryKey: ['executions', filter],
    queryFn: ({ pageParam }) =>
      call<ExecutionList>('GET', `/trading/executions${query(filter, '&kind=all', pageParam)}`),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
  const rows = useMemo(() => {
    const merged = new Map<string, Execution>();
    for (const page of older.data?.pages ?? []) {
      for (const execution of page.executions) merged.set(execution.executionId, execution);
    }
    for (const execution of feed.executions) merged.set(execution.executionId, execution);
    return [...merged.values()].filter((execution) => passes(execution, filter));
  }, [older.data, feed.executions, filter]);
  return (
    <Panel
      title="Executions"
      note={count(rows.length, 'event')}
      flush
      className="grow"
      {...(older.hasNextPage ? { actions: <Older query={older} /> } : {})}
    >
      <DataTable<Execution>
        label="Executions"
        columns={columns}
        rows={rows}
        rowKey={(row) => row.executionId}
        sortBy={{ id: 'time', descending: true }}
        empty={
          <Empty pending={older.isPending} failed={older.isError}>
            Nothing was executed yet.
          </Empty>
        }
      />
    </Panel>
  );
}

function Older({ query }: { query: { isFetchingNextPage: boolean; fetchNextPage: () => Promise<unknown> } }) {
  return (
    <Button small disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
      {query.isFetchingNextPage ? 'Reading…' : 'Read older'}
    </Button>
  );
}

function Empty({ pending, failed, children }: { pending: boolean; failed: boolean; children: string }) {
  if (pending) return <Notice title="Reading…" />;
  if (failed)
    return <Notice title="This cannot be read just now.">It is shown as soon as the platform answers.</Notice>;
  return <Notice title={children} />;
}
