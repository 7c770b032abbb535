/**
 * One instrument: its state and prices, ladder, candles, tape, ticket, own orders, and how fast it answers.
 */
import { getRouteApi, Link } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import type { Instrument } from '../../../../src/api/schemas/instruments.ts';
import type { MarketRow } from '../../../../src/api/schemas/stream.ts';
import type { CandleInterval } from '../../../../src/api/schemas/trades.ts';
import { describeProblem } from '../../data/client.ts';
import { useMarketsFeed } from '../../data/live.ts';
import { useOwnOrders } from '../../data/orders.ts';
import { usePreference } from '../../data/preferences.ts';
import { useAccounts, useInstrument, useMay } from '../../data/queries.ts';
import { useCalm } from '../../data/store.ts';
import { priceText } from '../../format/price.ts';
import { Segments, type Choice } from '../../ui/field.tsx';
import { isCallPhase } from '../../ui/market-state.tsx';
import { Notice, Panel } from '../../ui/panel.tsx';
import { Candles } from './candles.tsx';
import { NEW_DRAFT, type Draft } from './draft.ts';
import { Ladder } from './ladder.tsx';
import { Latency } from './latency.tsx';
import { OwnOrders } from './own-orders.tsx';
import { Strip } from './strip.tsx';
import { Tape } from './tape.tsx';
import { Ticket } from './ticket.tsx';
import './market.css';

const INTERVALS: readonly Choice<CandleInterval>[] = [
  { value: '1s', text: '1 s' },
  { value: '10s', text: '10 s' },
  { value: '1m', text: '1 m' },
  { value: '5m', text: '5 m' },
  { value: '1h', text: '1 h' },
];
const isInterval = (text: string): text is CandleInterval => INTERVALS.some((interval) => interval.value === text);
const isNumber = (text: string): text is string => /^\d+$/.test(text);
const REFRESH_MS = 250;

const route = getRouteApi('/shell/markets/$symbol');

export function MarketPage() {
  const { symbol } = route.useParams();
  const instrument = useInstrument(symbol);
  if (instrument.data !== undefined) return <MarketOf key={symbol} instrument={instrument.data} />;
  return (
    <div className="page">
      <h1 className="visually-hidden">{symbol}</h1>
      {instrument.isError ? (
        <Notice
          title={`${symbol} cannot be shown.`}
          action={
            <Link to="/markets" className="link">
              All markets
            </Link>
          }
        >
          {describeProblem(instrument.error)}
        </Notice>
      ) : (
        <Notice title={`Reading ${symbol}…`} />
      )}
    </div>
  );
}

function MarketOf({ instrument }: { instrument: Instrument }) {
  const { symbol } = instrument;
  const row = useCalm(useMarketsFeed(), REFRESH_MS).get(symbol);
  const calling = isCallPhase(row?.state ?? instrument.state);
  const accounts = useAccounts().data ?? [];
  const [remembered, remember] = usePreference('account', '0', isNumber);
  const account = accounts.find((candidate) => String(candidate.account) === remembered) ?? accounts[0] ?? null;
  const [interval, chooseInterval] = usePreference<CandleInterval>('interval', '10s', isInterval);
  const [draft, setDraft] = useState<Draft>(NEW_DRAFT);
  const own = useOwnOrders(account?.account ?? null, symbol);
  const mayWrite = useMay('orders.write');
  const mayControl = useMay('markets.write');
  const choose = useCallback((side: 'buy' | 'sell', price: string) => setDraft((now) => ({ ...now, side, price })), []);
  return (
    <div className="page fixed market">
      <Strip instrument={instrument} row={row} mayControl={mayControl} />
      <div className="market-grid">
        <Panel
          title="Depth"
          note={calling ? 'lots · collected for the auction' : 'lots'}
          flush
          className="market-ladder"
        >
          <Ladder
            instrument={instrument}
            own={own}
            indicativeTicks={calling ? (row?.indicative?.priceTicks ?? null) : null}
            choose={choose}
          />
        </Panel>
        <Panel
          title="Candles"
          note={
            <>
              {instrument.simulated ? 'simulated · ' : ''}
              <a className="quiet-link" href="https://www.tradingview.com/" rel="noreferrer noopener" target="_blank">
                charts by TradingView
              </a>
            </>
          }
          flush
          className="market-candles"
          actions={<Segments label="Candle interval" choices={INTERVALS} value={interval} onValue={chooseInterval} />}
        >
          <Candles instrument={instrument} interval={interval} simulated={instrument.simulated} />
        </Panel>
        <Panel
          title="Order ticket"
          {...(instrument.simulated ? { note: 'simulated market' } : {})}
          className="market-ticket"
        >
          {account === null || !mayWrite ? (
            <Notice title={account === null ? 'No account to trade with.' : 'You may look, not trade.'} />
          ) : (
            <Ticket
              instrument={instrument}
              accounts={accounts}
              account={account.account}
              setAccount={(next) => remember(String(next))}
              draft={draft}
              setDraft={setDraft}
              {...bestPrices(instrument, row)}
            />
          )}
        </Panel>
        <div className="market-own">
          <OwnOrders
            instrument={instrument}
            account={account?.account ?? 0}
            accountName={account?.name ?? ''}
            orders={own}
            mayWrite={mayWrite}
          />
        </div>
        <Panel title="Latency" className="market-latency">
          <Latency />
        </Panel>
        <Panel title="Trades" flush className="market-tape">
          <Tape instrument={instrument} />
        </Panel>
      </div>
    </div>
  );
}

function bestPrices(instrument: Instrument, row: MarketRow | undefined) {
  const bid = row === undefined ? instrument.bid?.priceTicks : row.bid?.[0];
  const ask = row === undefined ? instrument.ask?.priceTicks : row.ask?.[0];
  return {
    bestBid: bid === undefined ? null : priceText(bid, instrument),
    bestAsk: ask === undefined ? null : priceText(ask, instrument),
  };
}
