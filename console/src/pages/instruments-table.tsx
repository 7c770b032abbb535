/**
 * The instruments with what moves: state, best prices, last trade, volume. Live from the stream, the rest from HTTP.
 */
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { Instrument } from '../../../src/api/schemas/instruments.ts';
import type { LevelTuple, MarketRow } from '../../../src/api/schemas/stream.ts';
import { useMarketsFeed } from '../data/live.ts';
import { useInstruments } from '../data/queries.ts';
import { useCalm } from '../data/store.ts';
import { decimal, integer, NONE } from '../format/numbers.ts';
import { priceText, stepAt } from '../format/price.ts';
import { DataTable, type Column } from '../ui/data-table.tsx';
import { MarketStateMark, marketStateWord } from '../ui/market-state.tsx';
import { Notice } from '../ui/panel.tsx';

interface Row {
  readonly instrument: Instrument;
  readonly live: MarketRow | undefined;
}

const REFRESH_MS = 500;

function level(row: Row, side: 'bid' | 'ask'): LevelTuple | null {
  if (row.live !== undefined) return row.live[side];
  const still = row.instrument[side];
  return still === null ? null : [still.priceTicks, still.quantity, still.orders];
}

function priceOf(row: Row, ticks: number | undefined): string {
  return ticks === undefined ? NONE : decimal(priceText(ticks, row.instrument));
}

function changeShare(row: Row): number | null {
  const last = (row.live?.last ?? row.instrument.last)?.priceTicks;
  const { openTicks, priceBaseTicks } = row.instrument;
  if (last === undefined || openTicks === null || openTicks + priceBaseTicks === 0) return null;
  return (last - openTicks) / (openTicks + priceBaseTicks);
}

function Change({ share }: { share: number | null }) {
  if (share === null) return <span className="muted">{NONE}</span>;
  const text = `${share > 0 ? '+' : share < 0 ? '−' : ''}${Math.abs(share * 100).toFixed(2)}`;
  return <span className={share > 0 ? 'buy' : share < 0 ? 'sell' : 'muted'}>{text}</span>;
}

function spreadTicks(row: Row): number | null {
  const bid = level(row, 'bid');
  const ask = level(row, 'ask');
  return bid === null || ask === null ? null : (ask[0] - bid[0]) / stepAt(bid[0], row.instrument);
}

const COLUMNS: readonly Column<Row>[] = [
  {
    id: 'symbol',
    header: 'instrument',
    value: (row) => row.instrument.symbol,
    cell: (row) => (
      <Link to="/markets/$symbol" params={{ symbol: row.instrument.symbol }} className="cell-link">
        {row.instrument.symbol}
      </Link>
    ),
  },
  {
    id: 'state',
    header: 'state',
    value: (row) => marketStateWord(row.live?.state ?? row.instrument.state),
    cell: (row) => <MarketStateMark state={row.live?.state ?? row.instrument.state} killed={row.instrument.killed} />,
  },
  {
    id: 'bidSize',
    header: 'bid size',
    align: 'end',
    rank: 3,
    value: (row) => level(row, 'bid')?.[1] ?? null,
    cell: (row) => integer(level(row, 'bid')?.[1]),
  },
  {
    id: 'bid',
    header: 'bid',
    align: 'end',
    rank: 2,
    value: (row) => level(row, 'bid')?.[0] ?? null,
    cell: (row) => <span className="buy">{priceOf(row, level(row, 'bid')?.[0])}</span>,
  },
  {
    id: 'ask',
    header: 'ask',
    align: 'end',
    rank: 2,
    value: (row) => level(row, 'ask')?.[0] ?? null,
    cell: (row) => <span className="sell">{priceOf(row, level(row, 'ask')?.[0])}</span>,
  },
  {
    id: 'askSize',
    header: 'ask size',
    align: 'end',
    rank: 3,
    value: (row) => level(row, 'ask')?.[1] ?? null,
    cell: (row) => integer(level(row, 'ask')?.[1]),
  },
  {
    id: 'spread',
    header: 'spread ticks',
    align: 'end',
    rank: 3,
    value: spreadTicks,
    cell: (row) => integer(spreadTicks(row)),
  },
  {
    id: 'last',
    header: 'last',
    align: 'end',
    value: (row) => (row.live?.last ?? row.instrument.last)?.priceTicks ?? null,
    cell: (row) => priceOf(row, (row.live?.last ?? row.instrument.last)?.priceTicks),
  },
  {
    id: 'change',
    header: 'change %',
    align: 'end',
    value: changeShare,
    cell: (row) => <Change share={changeShare(row)} />,
  },
  {
    id: 'volume',
    header: 'volume lots',
    align: 'end',
    rank: 2,
    value: (row) => row.live?.dayVolume ?? row.instrument.dayVolume,
    cell: (row) => integer(row.live?.dayVolume ?? row.instrument.dayVolume),
  },
  { id: 'currency', header: 'currency', align: 'end', rank: 3, value: (row) => row.instrument.currency },
];

export function InstrumentsTable() {
  const instruments = useInstruments();
  const markets = useCalm(useMarketsFeed(), REFRESH_MS);
  const rows = useMemo(
    () =>
      (instruments.data ?? [])
        .filter((instrument) => instrument.listed)
        .map((instrument) => ({ instrument, live: markets.get(instrument.symbol) })),
    [instruments.data, markets],
  );
  return (
    <DataTable
      label="Instruments"
      columns={COLUMNS}
      rows={rows}
      rowKey={(row) => row.instrument.symbol}
      empty={
        instruments.isPending ? (
          <Notice title="Reading the instruments…" />
        ) : instruments.isError ? (
          <Notice title="The instruments cannot be read just now.">It is tried again by itself.</Notice>
        ) : (
          <Notice title="No instrument is listed.">
            List one with POST /api/v1/trading/instruments, or start with the demo market.
          </Notice>
        )
      }
    />
  );
}
